-- Proves that every cent of the lines is somewhere, and records what the result rests on.
-- $1 period: text, $2 as_of: timestamptz, $3 options: jsonb
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

insert into recon.result (period, result_id, as_of, line_total_usd, notices)
select $1,
       encode(sha256(convert_to(concat_ws(E'\n', $1, to_char($2 at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), $3::text,
           (select digest from ops.refdata order by refdata_id desc limit 1),
           (select string_agg(concat_ws(' ', source, dataset, payer, bucket_start, bucket_end, digest), E'\n'
                              order by source collate "C", dataset collate "C", payer collate "C", bucket_start, bucket_end)
              from provider.delivery where period = $1 and superseded_by is null),
           (select encode(sha256(convert_to(coalesce(string_agg(h::text, E'\n' order by h::text collate "C"), ''), 'UTF8')), 'hex')
              from recon.event_hour h, run_option o where h.hour >= o.period_start and h.hour < o.period_end)), 'UTF8')), 'hex'),
       $2, (select coalesce(sum(usage_billed + charges), 0) from recon.posting where period = $1),
       (select coalesce(jsonb_agg(notice order by notice collate "C"), '[]')
          from (select format('source %s: %s is not compared, because no billable event of %s carries it', c.source, d.name, c.provider) as notice
                  from carried c
                  join (values (1, 'account_id'), (2, 'region'), (4, 'model'), (16, 'service_tier'), (32, 'api_key_id'), (64, 'resource_id')) d (bit, name)
                    on c.match_on & d.bit <> 0 and c.dimensions & d.bit = 0
                 where exists (select from open_line l
                                where l.source = c.source and l.provider = c.provider and l.own
                                  and case d.bit when 1 then l.account_id when 2 then l.region when 4 then l.model
                                                 when 16 then l.service_tier when 32 then l.api_key_id else l.resource_id end is not null)) n);

drop table scratch.exact_attribute, scratch.exact_reach;
drop table if exists scratch.exact_cover, scratch.exact_event, scratch.exact_unmet, scratch.exact_repeated;
