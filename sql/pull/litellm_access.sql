-- What keeps this role from reading LiteLLM's tables; no row: nothing does. Column privileges are enough. Columns that
-- newer versions added are listed as well: they may be missing, but must be readable where they are there.
-- $1 teams: boolean   whether teams and budgets are read too
-- Result: message, hint, kind (fault, or absent: a table that only newer versions have).
with wanted (table_name, newer, core, optional) as (values
	('LiteLLM_SpendLogs', false,
	 '{request_id,call_type,api_key,spend,prompt_tokens,completion_tokens,startTime,endTime,model,user}'::text[],
	 '{model_id,model_group,custom_llm_provider,metadata,cache_hit,request_tags,team_id,organization_id,end_user,session_id,status,agent_id,mcp_namespaced_tool_name,litellm_call_id}'::text[]),
	('LiteLLM_TeamTable', false, '{team_id,team_alias,organization_id,metadata,max_budget,budget_duration}', '{soft_budget}'),
	('LiteLLM_OrganizationTable', false, '{organization_id,budget_id}', '{}'),
	('LiteLLM_BudgetTable', false, '{budget_id,max_budget,soft_budget,budget_duration}', '{}'),
	('LiteLLM_DeletedTeamTable', true, '{team_id,team_alias,organization_id,metadata,deleted_at}', '{}')
), found as (
	select w.*, c.oid as relation, (select array_agg(n.nspname::text order by n.nspname)
	                                  from pg_class o join pg_namespace n on n.oid = o.relnamespace
	                                 where o.relname = w.table_name and o.relkind in ('r', 'p', 'v', 'm')) as schemas
	  from wanted w
	  left join pg_class c on c.oid = to_regclass(quote_ident(w.table_name))
	 where $1 or w.table_name = 'LiteLLM_SpendLogs'
), judged as (
	select f.*,
	       (select string_agg(c.name, ', ')
	          from unnest(f.core) c (name)
	         where not exists (select from pg_attribute a where a.attrelid = f.relation and a.attname = c.name
	                              and a.attnum > 0 and not a.attisdropped)) as missing,
	       (select string_agg(a.attname, ', ' order by a.attnum)
	          from pg_attribute a
	         where a.attrelid = f.relation and a.attname = any (f.core || f.optional) and a.attnum > 0
	           and not a.attisdropped and not has_column_privilege(f.relation, a.attnum, 'SELECT')) as unreadable
	  from found f
)
select case when relation is null and schemas is not null
            then format('role %s does not see table "%s" in schema %s', current_user, table_name, schemas[1])
            when relation is null then format('there is no table "%s"', table_name)
            when missing is not null then format('table "%s" has no column %s', table_name, missing)
            else format('role %s may not read table "%s" (columns %s)', current_user, table_name, unreadable) end as message,
       case when relation is null and schemas is not null
            then format('GRANT USAGE ON SCHEMA %1$I TO %2$I; ALTER ROLE %2$I SET search_path = %1$I', schemas[1], current_user)
            when relation is null then 'is the URI that of LiteLLM''s own database?'
            when missing is not null then 'this version of LiteLLM is not known'
            else format('GRANT SELECT ON "%s" TO %I', table_name, current_user) end as hint,
       case when relation is null and schemas is null and newer then 'absent' else 'fault' end as kind
  from judged
 where relation is null or missing is not null or unreadable is not null
 order by 3 desc, table_name collate "C";
