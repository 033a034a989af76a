-- Above which counts of tokens and from which days on prices change; after prices did.
delete from recon.price_band where (select prices from rollup_scope);

insert into recon.price_band
select provider, model, array_agg(distinct above_input_tokens order by above_input_tokens)
  from ref.price
 where above_input_tokens > 0 and (select prices from rollup_scope)
 group by provider, model;

update recon.price_epoch
   set boundaries = coalesce((select array_agg(day order by day)
                                from (select valid_from as day from ref.price where isfinite(valid_from)
                                      union select valid_to from ref.price where isfinite(valid_to)) days), '{}')
 where (select prices from rollup_scope);

select ops.settle(name) from unnest('{recon.price_band, recon.uncounted_event}'::regclass[]) name;
