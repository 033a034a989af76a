-- Some calls of October 2026 as LiteLLM logs them, one for each way in which its rows differ; teams and budgets.
insert into "LiteLLM_SpendLogs" ("request_id", "call_type", "api_key", "spend", "prompt_tokens", "completion_tokens", "startTime", "endTime",
                                 "model", "model_group", "custom_llm_provider", "user", "metadata", "cache_hit", "request_tags", "team_id",
                                 "organization_id", "end_user", "session_id", "status", "mcp_namespaced_tool_name", "agent_id", "litellm_call_id")
values
-- a plain call, tags name the service; the user agent is a tag of LiteLLM's own
('chatcmpl-1', 'acompletion', 'c0ffee01', 0.00245, 1000, 120, '2026-10-01 00:00:00.5', '2026-10-01 00:00:02.75',
 'gpt-4o-2024-08-06', 'gpt-4o', 'openai', 'u-ann',
 '{"status":"success","attempted_retries":0,"user_api_key_alias":"search-prod","usage_object":{"prompt_tokens":1000,"completion_tokens":120,"prompt_tokens_details":{"cached_tokens":0},"service_tier":"default"}}',
 'None', '["User-Agent: OpenAI","svc:search","env=production"]', 'team-search', 'org-retail', 'customer-7', 'session-1', 'success', null, null, 'call-1'),
-- a stream that began in October and ended in November; OpenAI's shape of cached tokens
('chatcmpl-2', 'acompletion', 'c0ffee01', 5.4e-05, 2048, 10, '2026-10-31 23:59:59.999', '2026-11-01 00:00:30',
 'gpt-4o-mini', 'gpt-4o-mini', 'openai', '',
 '{"attempted_retries":2,"attempted_fallbacks":1,"usage_object":{"prompt_tokens_details":{"cached_tokens":1024}}}',
 'False', '[]', 'team-search', '', '', null, 'success', null, null, null),
-- Anthropic's shape, with writes of both lifetimes; the model has the provider's prefix
('msg_3', 'anthropic_messages', 'c0ffee02', 0.0913, 5000, 300, '2026-10-02 10:00:00', '2026-10-02 10:00:09',
 'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet', 'bedrock', 'u-bob',
 '{"user_api_key_alias":"agents-key","spend_logs_metadata":{"service":"assistant","stage":"prod"},"user_api_key_project_id":"proj-1","usage_object":{"cache_read_input_tokens":2000,"cache_creation_input_tokens":1500,"prompt_tokens_details":{"cached_tokens":2000,"cache_creation_tokens":1500,"cache_creation_token_details":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":1000}}}}',
 'False', '["feature:chat:beta"]', 'team-agents', 'org-agents', '', 'session-2', 'success', null, 'agent-9', 'call-3'),
-- older LiteLLM: usage in additional_usage_values
('msg_4', 'acompletion', 'c0ffee02', 0.01, 700, 5, '2026-10-02 10:05:00', '2026-10-02 10:05:01',
 'anthropic/claude-haiku-4-5', 'claude-haiku', 'anthropic', '',
 '{"additional_usage_values":{"cache_read_input_tokens":600,"cache_creation_input_tokens":0}}',
 'False', '[]', 'team-agents', null, '', null, null, null, null, null),
-- the gateway's own cache answered
('chatcmpl-1_cache_hit1790870405.123', 'acompletion', 'c0ffee01', 0, 1000, 120, '2026-10-02 11:00:00', '2026-10-02 11:00:00.01',
 'gpt-4o', 'gpt-4o', 'openai', 'u-ann', '{"usage_object":{}}', 'True', '["svc:search"]', 'team-search', null, '', null, 'success', null, null, null),
-- a failure before any provider was asked, and one that the provider returned
('f-6', 'acompletion', 'c0ffee03', 0, 0, 0, '2026-10-03 00:00:00', '2026-10-03 00:00:00.2',
 '', '', '', '', '{"status":"failure","error_information":{"error_code":"401"}}', 'None', '[]', '', '', '', null, 'failure', null, null, null),
('f-7', 'acompletion', 'c0ffee03', 0, 0, 0, '2026-10-03 00:00:01', '2026-10-03 00:00:01.5',
 'azure/gpt-4o', 'gpt-4o', 'azure', '', '{"status":"failure","user_api_key_team_id":"team-gone"}', 'None', '{}', '', '', '', null, 'failure', null, null, null),
-- a provider that closebook does not know, and text that JSON has to escape
('x-8', 'aembedding', 'c0ffee03', 1e-07, 12, 0, '2026-10-03 00:00:02', '2026-10-03 00:00:03',
 'house/"embed"', 'embed', 'House_LLM', 'Zoë "z"', null, 'None', null, 'team-gone', null, '', null, 'success', null, null, null),
-- a tool call, and a batch's cost
('mcp-9', 'call_mcp_tool', 'c0ffee02', 0.005, 0, 0, '2026-10-04 00:00:00', '2026-10-04 00:00:01',
 'MCP: search', '', '', '', '{}', 'None', '[]', 'team-agents', null, '', 'session-2', 'success', 'web/search', 'agent-9', null),
('batch_10_batch_cost', 'aretrieve_batch', 'c0ffee02', 1.25, 100000, 50000, '2026-10-05 00:00:00', '2026-10-05 06:00:00',
 'gpt-4o', 'gpt-4o', 'openai', '', '{"batch_models":["gpt-4o"]}', 'None', '[]', 'team-agents', null, '', null, 'success', null, null, null),
-- tokens without a provider: ingest must refuse it, and say so
('n-11', 'acompletion', 'c0ffee02', 0.5, 100, 100, '2026-10-05 07:00:00', '2026-10-05 07:00:01',
 'mystery', '', '', '', '{}', 'None', '[]', 'team-agents', null, '', null, 'success', null, null, null);

update "LiteLLM_SpendLogs"
   set "messages" = '[{"role":"user","content":"a secret prompt"}]', "response" = '{"choices":["a secret answer"]}';

insert into "LiteLLM_BudgetTable" ("budget_id", "max_budget", "soft_budget", "budget_duration", "created_by", "updated_by")
values ('b-retail', 10000, 7500, '30d', 'admin', 'admin'),
       ('b-agents', null, null, null, 'admin', 'admin');
insert into "LiteLLM_OrganizationTable" ("organization_id", "organization_alias", "budget_id", "created_by", "updated_by")
values ('org-retail', 'Retail', 'b-retail', 'admin', 'admin'),
       ('org-agents', 'Agents', 'b-agents', 'admin', 'admin');
insert into "LiteLLM_TeamTable" ("team_id", "team_alias", "organization_id", "metadata", "max_budget", "soft_budget", "budget_duration")
values ('team-search', 'Search, "relevance"', 'org-retail', '{}', 1200.5, 900, '1mo'),
       ('team-agents', '=Agents', 'org-agents', '{"bu":"agents"}', 50, null, '1d'),
       ('team-again', 'Again', 'org-agents', '{}', null, 20, '7d'),
       ('team-lone', 'Lone', null, '{}', 10, null, '45d');
insert into "LiteLLM_DeletedTeamTable" ("id", "team_id", "team_alias", "organization_id", "deleted_at")
values ('d1', 'team-gone', 'Gone', 'org-retail', '2026-10-03 12:00:00'),
       ('d2', 'team-again', 'Before', 'org-retail', '2026-09-10 23:59:59'),
       ('d3', 'team-again', 'Before, again', 'org-agents', '2026-09-10 08:00:00'),
       ('d4', 'team-nobody', 'Nobody', null, '2026-10-03 12:00:00');
