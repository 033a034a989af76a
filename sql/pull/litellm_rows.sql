-- LiteLLM's log of calls, each row as a gateway event, in the order of ("endTime", request_id). Runs in LiteLLM's own
-- database, in a session whose time zone is UTC.
-- $1 from_time: timestamptz, $2 to_time: timestamptz   null: no bound
-- $3 part: text[], $4 kind: text[], $5 name: text[]   where service, environment and feature are taken from: part names
--   the column; kind is tag (an entry NAME:… or NAME=… of request_tags), metadata (spend_logs_metadata.NAME) or
--   key_alias; of one part the first that gives a value counts
-- Result: when the call ended, the month in which it began, its request id, the mark of the row's content, the event.
--
-- Columns that older versions lack: an unqualified name that the table does not have means the outer query's, which is
-- null. The bodies of requests and answers are not read.
with call as (
	select c.*
	  from (select null::text as model_id, null::text as model_group, null::text as custom_llm_provider,
	               null::jsonb as metadata, null::text as cache_hit, null::jsonb as request_tags, null::text as team_id,
	               null::text as organization_id, null::text as end_user, null::text as session_id,
	               null::text as status, null::text as agent_id, null::text as mcp_namespaced_tool_name,
	               null::text as litellm_call_id) as older
	 cross join lateral (
		select "startTime"::timestamp as started, "endTime"::timestamp as ended, request_id, call_type, api_key,
		       spend::text as spend, prompt_tokens, completion_tokens, model, "user" as user_id, model_id, model_group,
		       custom_llm_provider, coalesce(metadata, '{}') as metadata, cache_hit, request_tags, team_id,
		       organization_id, end_user, session_id, status, agent_id, mcp_namespaced_tool_name, litellm_call_id
		  from "LiteLLM_SpendLogs"
		 where ($1 is null or "endTime" >= $1 at time zone 'UTC')
		   and ($2 is null or "endTime" < $2 at time zone 'UTC')
		   and isfinite("endTime")) c
), marked as (
	-- Null members are left out of the mark: a column that is read one day as well, null in old rows, changes nothing.
	select *, md5(jsonb_strip_nulls(to_jsonb(call))::text) as mark,
	       case when jsonb_typeof(metadata -> 'usage_object') = 'object' then metadata -> 'usage_object'
	            else metadata -> 'additional_usage_values' end as usage
	  from call
	offset 0 -- or what is computed here would be computed wherever it is used
), counted as (
	select m.*, n.cache_read, n.cache_write, n.cache_write_1h
	  from marked m
	 cross join lateral (
		-- The same count under two names: what OpenAI calls it, and what Anthropic does. One of them may be 0.
		select max(value) filter (where class = 'read') as cache_read,
		       max(value) filter (where class = 'write') as cache_write,
		       max(value) filter (where class = 'write_1h') as cache_write_1h
		  from (select class, case when jsonb_typeof(count) = 'number' then count::numeric end as value
		          from (values ('read', usage -> 'cache_read_input_tokens'),
		                       ('read', usage #> '{prompt_tokens_details,cached_tokens}'),
		                       ('write', usage -> 'cache_creation_input_tokens'),
		                       ('write', usage #> '{prompt_tokens_details,cache_creation_tokens}'),
		                       ('write_1h', usage #> '{prompt_tokens_details,cache_creation_token_details,ephemeral_1h_input_tokens}'),
		                       ('write_1h', usage #> '{cache_creation,ephemeral_1h_input_tokens}')) v (class, count)) w) n
), placed as (
	select c.*, p.service, p.environment, p.feature
	  from counted c
	 cross join lateral (
		select (array_agg(value order by place, tag_place) filter (where part = 'service'))[1] as service,
		       (array_agg(value order by place, tag_place) filter (where part = 'environment'))[1] as environment,
		       (array_agg(value order by place, tag_place) filter (where part = 'feature'))[1] as feature
		  from (select o.part, o.place, 0 as tag_place,
		               case o.kind when 'metadata' then case jsonb_typeof(metadata -> 'spend_logs_metadata')
		                                                when 'object' then metadata -> 'spend_logs_metadata' ->> o.name end
		                           when 'key_alias' then metadata ->> 'user_api_key_alias' end as value
		          from unnest($3, $4, $5) with ordinality as o (part, kind, name, place)
		        union all
		        select o.part, o.place, t.place, substr(t.tag, length(o.name) + 2)
		          from jsonb_array_elements_text(case jsonb_typeof(request_tags) when 'array' then request_tags else '[]' end)
		                 with ordinality as t (tag, place)
		          join unnest($3, $4, $5) with ordinality as o (part, kind, name, place)
		            on o.kind = 'tag' and left(t.tag, length(o.name) + 1) in (o.name || ':', o.name || '=')) v
		 where btrim(value) <> '') p
)
select to_char(ended, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ended, to_char(started, 'YYYY-MM') as period, request_id, mark,
       json_strip_nulls(json_build_object(
	'request_id', request_id,
	'attributes', json_build_object(
		'litellm_row', mark,
		'call_type', nullif(call_type, ''),
		'model_group', nullif(model_group, ''),
		'model_id', nullif(model_id, ''),
		'end_user', nullif(end_user, ''),
		'agent_id', nullif(agent_id, ''),
		'key_alias', nullif(metadata ->> 'user_api_key_alias', ''),
		'litellm_call_id', nullif(litellm_call_id, ''),
		'attempted_retries', metadata -> 'attempted_retries',
		'attempted_fallbacks', metadata -> 'attempted_fallbacks'),
	'timestamp', to_char(started, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
	-- Failed calls and tool calls may not have come to a provider: the gateway itself answered.
	'provider', case when coalesce(custom_llm_provider, '') <> '' then custom_llm_provider
	                 when outcome = 'error' or coalesce(mcp_namespaced_tool_name, '') <> '' then 'litellm' end,
	'model', nullif(case when custom_llm_provider <> '' and starts_with(model, custom_llm_provider || '/')
	                     then substr(model, length(custom_llm_provider) + 2) else model end, ''),
	'team_id', coalesce(nullif(team_id, ''), nullif(metadata ->> 'user_api_key_team_id', '')),
	'service', service,
	'environment', environment,
	'feature', feature,
	'input_tokens', prompt_tokens,
	'output_tokens', completion_tokens,
	'cache_read_input_tokens', cache_read,
	'cache_write_input_tokens', cache_write,
	'cache_write_1h_input_tokens', cache_write_1h,
	'computed_cost_usd', case when spend in ('NaN', 'Infinity', '-Infinity') then spend else spend::numeric::text end,
	'status', outcome,
	'org_id', nullif(organization_id, ''),
	'user_id', nullif(user_id, ''),
	'project_id', nullif(metadata ->> 'user_api_key_project_id', ''),
	'tool_name', nullif(mcp_namespaced_tool_name, ''),
	'step_kind', case when mcp_namespaced_tool_name <> '' then 'tool' end,
	-- `attempt` counts from 1, retries from 0.
	'attempt', case when metadata ->> 'attempted_retries' ~ '^[0-9]{1,6}$'
	                then (metadata ->> 'attempted_retries')::integer + 1 end,
	'api_key_id', nullif(api_key, ''),
	'service_tier', case jsonb_typeof(usage -> 'service_tier') when 'string' then usage ->> 'service_tier' end,
	-- Batches: the call types of the batch API, and the row in which LiteLLM books a finished batch's cost.
	'batch', case when call_type ~ '^a?(create|retrieve)_batch$' or request_id like '%\_batch\_cost' then true end,
	'cache_hit', case when lower(cache_hit) = 'true' then true end,
	'trace_id', nullif(session_id, ''))) as event
  from placed
 cross join lateral (
	select case when lower(cache_hit) = 'true' then 'cache_hit'
	            when coalesce(nullif(status, ''), metadata ->> 'status') = 'failure' then 'error'
	            else coalesce(nullif(status, ''), nullif(metadata ->> 'status', ''), 'success') end as outcome) o
 order by placed.ended, request_id collate "C";
