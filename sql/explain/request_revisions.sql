-- Records of the same request that are not counted. The counted one: success before partial before other, then more
-- output tokens, then the higher computed cost.
-- $1 request_id: text, $2 provider: text, $4 style: text
select to_char(g."timestamp" at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp", g.status, g.model, g.input_tokens::text as input_tokens,
       g.output_tokens::text as output_tokens, ref.amount_digits(g.computed_cost_usd, $4) as computed_cost_usd,
       coalesce(regexp_replace(f.path, '^.*/', '') || ':' || g.row_no, 'written by the gateway') as source,
       case when e.status in ('success', 'partial') and g.status not in ('success', 'partial') then 'the counted one was answered'
            when e.status = 'success' and g.status <> 'success' then 'the counted one ended well'
            when coalesce(g.output_tokens, 0) < e.n_output then 'the counted one has more output tokens'
            when coalesce(g.computed_cost_usd, -1) < coalesce(e.stated_cost, -1) then 'the counted one has a higher computed cost'
            else 'says the same as the counted one' end as reason
  from gateway.event g
  join seen_request e on e.request_id = g.request_id and e.provider = g.provider
  left join ops.file f on f.file_id = g.file_id
 where g.request_id = $1 and g.provider = $2 and (g.file_id, g.row_no) <> (e.file_id, e.row_no)
 order by g."timestamp", g.file_id, g.row_no
 limit 50;
