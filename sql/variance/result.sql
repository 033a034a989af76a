-- Proves that every cent of the lines is somewhere, and records what the result rests on.
-- $1 period: text, $2 as_of: timestamptz, $3 options: jsonb, $4 inputs: text
do $$
declare
	lines numeric;
	posted numeric;
begin
	select coalesce(sum(case when a.currency = 'USD' then l.cost else l.cost * x.usd_rate end), 0) into lines
	  from provider.line_sum l
	  join scope_delivery d on d.delivery_id = l.delivery_id and d.own
	  join scope_attribute a on a.file_id = l.file_id and a.attribute_no = l.attribute_no
	  left join ref.fx x on x.period = l.period and x.currency = a.currency;
	select coalesce(sum(usage_billed + charges), 0) into posted from recon.posting p join run_option o on o.period = p.period;
	if lines <> posted then
		raise exception 'the lines of % add up to %, but % is attributed', (select period from run_option), lines, posted
			using errcode = 'Z0070', hint = 'this is a fault of closebook; nothing was changed';
	end if;
end $$;

delete from recon.result where period = $1;

insert into recon.result (period, result_id, as_of, line_total_usd, notices, inputs, steady_from)
select $1, recon.result_id($1, $2, $3),
       $2, (select coalesce(sum(usage_billed + charges), 0) from recon.posting where period = $1),
       (select coalesce(jsonb_agg(notice order by notice collate "C"), '[]')
          from (select format('source %s: %s is not compared, because no billable event of %s carries it', c.source, d.name, c.provider) as notice
                  from carried c
                  join (values (1, 'account_id'), (2, 'region'), (4, 'model'), (16, 'service_tier'), (32, 'api_key_id'), (64, 'resource_id')) d (bit, name)
                    on c.match_on & d.bit <> 0 and c.dimensions & d.bit = 0
                 where exists (select from open_line l
                                where l.source = c.source and l.provider = c.provider and l.own
                                  and case d.bit when 1 then l.account_id when 2 then l.region when 4 then l.model
                                                 when 16 then l.service_tier when 32 then l.api_key_id else l.resource_id end is not null)) n),
       $4,
       (select (coalesce(max(d.day), '2000-01-01') + 1 + o.settle_days)::timestamp at time zone 'UTC'
          from run_option o
          left join kind_day d on d.in_period
         group by o.settle_days);

drop table if exists scratch.exact_line, scratch.exact_uneven, scratch.exact_request, scratch.exact_cover, scratch.exact_unmet, scratch.exact_late_cell,
	scratch.exact_odd_cell, scratch.exact_odd_line;

select ops.settle(name, 'period') from unnest('{recon.posting, recon.bucket, recon.exact_covered}'::regclass[]) name;
