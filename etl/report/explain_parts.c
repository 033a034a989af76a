/* What an explanation consists of, by kind of id. The SQL files and these tables agree on names and order of columns. */
#include "report/explain.h"

#include <string.h>

#define TEXT(column, head)                                                                                             \
	{                                                                                                              \
		.name = column, .heading = head, .type = COLUMN_TEXT                                                   \
	}
#define NUMBER(column, head)                                                                                           \
	{                                                                                                              \
		.name = column, .heading = head, .type = COLUMN_NUMBER                                                 \
	}
#define COLUMNS(table) .column = table, .columns = sizeof table / sizeof *table
#define PARTS(table) .part = table, .parts = sizeof table / sizeof *table

static const struct table_column sentence[] = {TEXT("text", "")};

static const struct table_column request_who[] = {
	TEXT("business_unit", "business unit"), TEXT("business_unit_name", "its name"), TEXT("team", "team"), TEXT("owned_through", "owned through"), TEXT("stated_team", "team as stated"),
	TEXT("user_id", "user"), TEXT("originator_id", "originator"), TEXT("org_id", "organisation"), TEXT("project_id", "project"), TEXT("cost_center", "cost center"),
	TEXT("issuance_id", "issuance"), TEXT("signing_key_id", "signing key"), TEXT("envelope_hmac", "envelope"), TEXT("tenant_id", "tenant"), TEXT("feature", "feature"),
	TEXT("workload_class", "workload class"), TEXT("environment", "environment"), TEXT("stated_environment", "environment as stated"), TEXT("parent_run_id", "parent run"),
	TEXT("step_kind", "step"), TEXT("tool_name", "tool"), TEXT("workflow_id", "workflow"), TEXT("operation_id", "operation"), TEXT("trace_id", "trace"), TEXT("attempt", "attempt"), TEXT("retry_of", "retry of"),
};
static const struct table_column request_call[] = {
	TEXT("service", "service"), TEXT("provider", "provider"), TEXT("model", "model"), TEXT("model_as_named", "model as named"), TEXT("region", "region"), TEXT("account_id", "account"),
	TEXT("service_tier", "service tier"), TEXT("api_key_id", "API key"), TEXT("resource_id", "resource"), TEXT("timestamp", "time (UTC)"), TEXT("period", "period"), TEXT("status", "status"),
	TEXT("input_tokens", "input tokens, all"), TEXT("cache_read_input_tokens", "cache reads"), TEXT("cache_write_input_tokens", "cache writes"), TEXT("cache_write_1h_input_tokens", "1-hour cache writes"),
	TEXT("output_tokens", "output tokens"), TEXT("source_file", "from file"), TEXT("source_line", "line"), TEXT("source_digest", "SHA-256"), TEXT("attributes", "other attributes"),
};
static const struct table_column request_price[] = {
	TEXT("usage_class", "usage class"), NUMBER("count", "count"), NUMBER("usd_per_million", "USD per million"), NUMBER("rule_cost_usd", "cost USD"), TEXT("price_source", "price from"), TEXT("valid", "in force"),
};
static const struct table_column request_cost[] = {
	TEXT("rule_cost_usd", "by the billing rule"), TEXT("stated_cost_usd", "stated by the gateway"), TEXT("computed_usd", "counted as computed"), TEXT("rating_usd", "difference (rating)"),
	TEXT("billing_rule_version", "billing rule named"), TEXT("unit_price", "unit price stated"),
};
static const struct table_column request_findings[] = {
	TEXT("code", "code"), TEXT("class", "class"), TEXT("severity", "severity"), NUMBER("amount_usd", "USD"), TEXT("cause", "cause"), TEXT("remedy", NULL),
};
static const struct table_column request_revisions[] = {
	TEXT("timestamp", "time (UTC)"), TEXT("status", "status"), TEXT("model", "model"), NUMBER("input_tokens", "input"), NUMBER("output_tokens", "output"),
	NUMBER("computed_cost_usd", "computed USD"), TEXT("source", "from"), TEXT("reason", "why not counted"),
};
static const struct table_column request_billed[] = {
	TEXT("usage_class", "usage class"), TEXT("how", "billed by"), TEXT("period", "period"), NUMBER("metered", "metered"), NUMBER("billed_quantity", "billed quantity"), NUMBER("rule_cost_usd", "rule cost"),
	NUMBER("billed_usd", "billed"), NUMBER("rate_usd", "rate"), NUMBER("quantity_usd", "quantity"), NUMBER("timing_usd", "timing"), NUMBER("unmetered_usd", "unmetered"), NUMBER("unbilled_usd", "unbilled"),
};
static const struct table_column request_lines[] = {
	TEXT("period", "period"), TEXT("source", "source"), TEXT("dataset", "dataset"), TEXT("delivery_id", "delivery"), TEXT("file", "file"), NUMBER("line_no", "line"), TEXT("charge_type", "charge"),
	TEXT("usage_class", "usage class"), NUMBER("quantity", "quantity"), TEXT("unit", "unit"), NUMBER("cost", "cost"), TEXT("currency", ""), NUMBER("cost_usd", "USD"), TEXT("invoice_id", "invoice"), TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column request_buckets[] = {
	TEXT("id", "bucket"), TEXT("source", "source"), TEXT("usage_start", "from (UTC)"), TEXT("usage_end", "to"), TEXT("account_id", "account"), TEXT("region", "region"), TEXT("model", "model"), TEXT("service_tier", "tier"),
	TEXT("usage_class", "usage class"), NUMBER("lines", "lines"), NUMBER("bucket_cost_usd", "cost C"), NUMBER("bucket_billed", "billed Q"), NUMBER("bucket_metered", "metered M"), NUMBER("metered", "of this request"), NUMBER("share_usd", "its share USD"),
};
static const struct table_column request_line_owner[] = {
	TEXT("period", "period"), TEXT("usage_class", "usage class"), NUMBER("cost_usd", "USD"), TEXT("model", "model"), TEXT("account_id", "account"), TEXT("principal", "principal"), TEXT("resource_id", "resource"),
	TEXT("api_key_id", "API key"), TEXT("team_id", "team"), TEXT("business_unit", "business unit"), TEXT("match_kind", "through"), TEXT("match_value", "value"),
};
static const struct table_column request_log[] = {
	TEXT("timestamp", "time (UTC)"), TEXT("account_id", "account"), TEXT("region", "region"), TEXT("inference_region", "served in"), TEXT("model", "model"), TEXT("operation", "operation"), TEXT("principal", NULL),
	TEXT("error_code", "error"), TEXT("usage_class", "usage class"), NUMBER("logged", "logged"), NUMBER("metered", "at the gateway"), NUMBER("difference", "difference"), TEXT("source", "from"),
};
static const struct explain_part request_parts[] = {
	{.name = "summary", .sql = "explain/request_summary", COLUMNS(sentence), .shape = EXPLAIN_SENTENCES},
	{.name = "who", .title = "Who", .sql = "explain/request_who", COLUMNS(request_who), .shape = EXPLAIN_RECORD},
	{.name = "call", .title = "The call", .sql = "explain/request_call", COLUMNS(request_call), .shape = EXPLAIN_RECORD},
	{.name = "prices", .title = "Cost by the billing rule", .sql = "explain/request_price", COLUMNS(request_price), .shape = EXPLAIN_TABLE},
	{.name = "cost", .title = "Cost in USD", .sql = "explain/request_cost", COLUMNS(request_cost), .shape = EXPLAIN_RECORD},
	{.name = "findings", .title = "Exceptions that it is part of", .sql = "explain/request_findings", COLUMNS(request_findings), .shape = EXPLAIN_TABLE},
	{.name = "revisions", .title = "Records of the same request that are not counted", .sql = "explain/request_revisions", COLUMNS(request_revisions), .shape = EXPLAIN_TABLE},
	{.name = "billed", .title = "What was billed, in USD", .sql = "explain/request_billed", COLUMNS(request_billed), .shape = EXPLAIN_TABLE},
	{.name = "lines", .title = "Bill lines that name it", .sql = "explain/request_lines", COLUMNS(request_lines), .shape = EXPLAIN_TABLE},
	{.name = "buckets", .title = "Its share of lines that name no request: C × its count ÷ max(M, Q); without usage class, by rule cost", .sql = "explain/request_buckets", COLUMNS(request_buckets), .shape = EXPLAIN_TABLE},
	{.name = "line_owners", .title = "Who bears lines without event", .sql = "explain/request_line_owner", COLUMNS(request_line_owner), .shape = EXPLAIN_TABLE},
	{.name = "log", .title = "The provider's usage log", .sql = "explain/request_log", COLUMNS(request_log), .shape = EXPLAIN_TABLE},
};
static const struct explain_kind kinds[] = {
	{.name = "request", .title = "Request", .prepare = {"explain/request", "explain/findings"}, PARTS(request_parts)},
};

const struct explain_kind *explain_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}
