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
	TEXT("timestamp", "time (UTC)"), TEXT("account_id", "account"), TEXT("region", "region"), TEXT("inference_region", "served in"), TEXT("model", "model"), TEXT("model_as_named", "model as named"),
	TEXT("operation", "operation"), TEXT("principal", "principal"), TEXT("error_code", "error"), TEXT("source_file", "from file"), TEXT("source_line", "line"), TEXT("source_digest", "SHA-256"),
};
static const struct table_column request_log_counts[] = {
	TEXT("usage_class", "usage class"), NUMBER("logged", "logged"), NUMBER("metered", "at the gateway"), NUMBER("difference", "difference"),
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
	{.name = "log", .title = "The provider's usage log", .sql = "explain/request_log", COLUMNS(request_log), .shape = EXPLAIN_RECORD},
	{.name = "log_counts", .title = "Logged against metered", .sql = "explain/request_log_counts", COLUMNS(request_log_counts), .shape = EXPLAIN_TABLE},
};
static const struct table_column unit_variance[] = {
	TEXT("period", "period"), TEXT("business_unit", "business unit"), TEXT("computed_usd", "computed"), TEXT("usage_billed_usd", "usage billed"), TEXT("variance_usd", "variance"), TEXT("variance_pct", "variance in % of usage billed"),
	TEXT("tolerance_usd", "tolerance"), TEXT("status", "status"), TEXT("charges_usd", "charges"), TEXT("billed_usd", "billed, with charges"),
};
static const struct table_column unit_causes[] = {TEXT("cause", "cause"), NUMBER("amount_usd", "USD"), TEXT("meaning", "")};
static const struct table_column unit_sources[] = {
	TEXT("step", "step"), TEXT("provider", "provider"), TEXT("model", "model"), TEXT("usage_class", "usage class"), TEXT("charge_type", "charge"), NUMBER("computed_usd", "computed"), NUMBER("usage_billed_usd", "usage billed"),
	NUMBER("rating_usd", "rating"), NUMBER("rate_usd", "rate"), NUMBER("quantity_usd", "quantity"), NUMBER("unbilled_usd", "unbilled"), NUMBER("unmetered_usd", "unmetered"), NUMBER("timing_usd", "timing"),
	NUMBER("difference_usd", "difference"), NUMBER("charges_usd", "charges"),
};
static const struct table_column unit_buckets[] = {
	TEXT("id", "bucket"), TEXT("usage_start", "from (UTC)"), TEXT("usage_end", "to"), TEXT("provider", "provider"), TEXT("account_id", "account"), TEXT("model", "model"), TEXT("usage_class", "usage class"), TEXT("service_tier", "tier"),
	NUMBER("lines", "lines"), NUMBER("bucket_cost_usd", "cost C"), NUMBER("billed_quantity", "billed Q"), NUMBER("metered_quantity", "metered M"), NUMBER("rule_cost_usd", "own rule cost"), NUMBER("billed_usd", "own share"),
	NUMBER("rate_usd", "rate"), NUMBER("quantity_usd", "quantity"), NUMBER("timing_usd", "timing"),
};
static const struct table_column unit_unmetered[] = {
	TEXT("id", "bucket"), TEXT("usage_start", "from (UTC)"), TEXT("usage_end", "to"), TEXT("provider", "provider"), TEXT("account_id", "account"), TEXT("region", "region"), TEXT("model", "model"), TEXT("usage_class", "usage class"),
	NUMBER("lines", "lines"), NUMBER("bucket_cost_usd", "cost C"), NUMBER("billed_quantity", "billed Q"), NUMBER("metered_quantity", "metered M"), NUMBER("unmetered_usd", "unmetered"), TEXT("borne_by", "borne by"),
};
static const struct table_column unit_findings[] = {
	TEXT("request_id", "request"), TEXT("timestamp", "time (UTC)"), TEXT("code", "code"), TEXT("provider", "provider"), TEXT("model", "model"), TEXT("team_id", "team"), TEXT("service", "service"),
	NUMBER("rule_cost_usd", "rule cost"), NUMBER("computed_usd", "computed"), NUMBER("amount_usd", "rating"),
};
static const struct table_column unit_exceptions[] = {
	TEXT("exception_id", "exception"), TEXT("code", "code"), TEXT("severity", "severity"), TEXT("team_id", "team"), TEXT("service", "service"), TEXT("provider", "provider"), TEXT("model", "model"), NUMBER("count", "count"),
	NUMBER("amount_usd", "USD"), TEXT("request_id", "for example"), TEXT("status", "status"),
};
static const struct explain_part unit_parts[] = {
	{.name = "variance", .title = "The variance, in USD", .sql = "explain/unit_variance", COLUMNS(unit_variance), .shape = EXPLAIN_RECORD},
	{.name = "causes", .title = "Its causes", .sql = "explain/unit_causes", COLUMNS(unit_causes), .shape = EXPLAIN_TABLE},
	{.name = "sources", .title = "Where it comes from", .sql = "explain/unit_sources", COLUMNS(unit_sources), .shape = EXPLAIN_TABLE},
	{.name = "buckets", .title = "The largest buckets behind rate, quantity and timing", .sql = "explain/unit_buckets", COLUMNS(unit_buckets), .shape = EXPLAIN_TABLE},
	{.name = "unmetered", .title = "The largest buckets behind unmetered", .sql = "explain/unit_unmetered", COLUMNS(unit_unmetered), .shape = EXPLAIN_TABLE},
	{.name = "findings", .title = "The largest events behind rating", .sql = "explain/unit_findings", COLUMNS(unit_findings), .shape = EXPLAIN_TABLE},
	{.name = "exceptions", .title = "Its open exceptions", .sql = "explain/unit_exceptions", COLUMNS(unit_exceptions), .shape = EXPLAIN_TABLE},
	{.name = "next", .title = "How to go on", .sql = "explain/unit_next", COLUMNS(sentence), .shape = EXPLAIN_SENTENCES},
};

static const struct table_column bucket_head[] = {
	TEXT("id", NULL), TEXT("source", "source"), TEXT("provider", "provider"), TEXT("account_id", "account"), TEXT("region", "region"), TEXT("model", "model"), TEXT("usage_class", "usage class"), TEXT("service_tier", "service tier"),
	TEXT("api_key_id", "API key"), TEXT("resource_id", "resource"), TEXT("usage_start", "usage from (UTC)"), TEXT("usage_end", "usage to"), TEXT("lines", "lines"), TEXT("cost_usd", "cost C in USD"),
	TEXT("billed_quantity", "billed quantity Q"), TEXT("metered_quantity", "metered quantity M"), TEXT("rule_cost_usd", "rule cost of what was metered"), TEXT("shared_usd", "shared over events"), TEXT("unmetered_usd", "unmetered rest"), TEXT("remark", "remark"),
};
static const struct table_column bucket_groups[] = {
	TEXT("business_unit", "business unit"), TEXT("team_id", "team"), TEXT("service", "service"), TEXT("environment", "environment"), TEXT("tenant_id", "tenant"), TEXT("feature", "feature"), NUMBER("rule_cost_usd", "rule cost"),
	NUMBER("billed_usd", "billed"), NUMBER("rate_usd", "rate"), NUMBER("quantity_usd", "quantity"), NUMBER("timing_usd", "timing"), NUMBER("unmetered_usd", "unmetered"),
};
static const struct table_column bucket_lines[] = {
	TEXT("file", "file"), NUMBER("line_no", "line"), TEXT("delivery_id", "delivery"), TEXT("account_id", "account"), TEXT("model", "model"), TEXT("usage_class", "usage class"), NUMBER("quantity", "quantity"), TEXT("unit", "unit"), NUMBER("cost", "cost"),
	TEXT("currency", ""), NUMBER("cost_usd", "USD"), TEXT("borne_by", "borne by"), TEXT("description", "description"), TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column bucket_reports[] = {
	TEXT("source", "source"), TEXT("dataset", "dataset"), TEXT("file", "file"), NUMBER("line_no", "line"), TEXT("delivery_id", "delivery"), TEXT("usage_start", "from (UTC)"), TEXT("usage_end", "to"), TEXT("account_id", "account"),
	TEXT("model", "model"), NUMBER("quantity", "quantity"), TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column bucket_events[] = {
	TEXT("request_id", "request"), TEXT("timestamp", "time (UTC)"), TEXT("team_id", "team"), TEXT("service", "service"), TEXT("model", "model"), TEXT("usage_class", "usage class"), NUMBER("metered", "metered"),
	NUMBER("rule_cost_usd", "rule cost"), NUMBER("share_usd", "share"),
};
static const struct explain_part bucket_parts[] = {
	{.name = "bucket", .title = "Lines of one window that name no request", .sql = "explain/bucket", COLUMNS(bucket_head), .shape = EXPLAIN_RECORD},
	{.name = "groups", .title = "Who bears it, in USD", .sql = "explain/bucket_groups", COLUMNS(bucket_groups), .shape = EXPLAIN_TABLE},
	{.name = "lines", .title = "Its lines", .sql = "explain/bucket_lines", COLUMNS(bucket_lines), .shape = EXPLAIN_TABLE, .empty = "The deliveries they came from have been replaced since: reconcile again."},
	{.name = "usage_reports", .title = "Usage reports that give the billed quantity", .sql = "explain/bucket_reports", COLUMNS(bucket_reports), .shape = EXPLAIN_TABLE},
	{.name = "events", .title = "Its events", .sql = "explain/bucket_events", COLUMNS(bucket_events), .shape = EXPLAIN_TABLE, .empty = "No billable event of the gateway has this usage."},
};

static const struct table_column journal_head[] = {
	TEXT("journal_id", NULL), TEXT("kind", "kind"), TEXT("posting_date", "posting date"), TEXT("period", "period"), TEXT("debit", "debit"), TEXT("credit", "credit"), TEXT("currency", "currency"), TEXT("memo", "memo"),
};
static const struct table_column journal_lines[] = {
	TEXT("id", "line"), TEXT("provider", "provider"), TEXT("account", "account"), TEXT("cost_center", "cost center"), TEXT("business_unit", "business unit"), NUMBER("debit", "debit"), NUMBER("credit", "credit"), TEXT("currency", NULL), TEXT("memo", "memo"),
};
static const struct explain_part journal_parts[] = {
	{.name = "journal", .title = "The journal", .sql = "explain/journal_head", COLUMNS(journal_head), .shape = EXPLAIN_RECORD},
	{.name = "lines", .title = "Its lines; `closebook explain LINE` says what one is made of", .sql = "explain/journal", COLUMNS(journal_lines), .shape = EXPLAIN_TABLE},
};

static const struct table_column journal_line[] = {
	TEXT("id", NULL), TEXT("kind", "kind"), TEXT("posting_date", "posting date"), TEXT("period", "period"), TEXT("provider", "provider"), TEXT("account", "account"), TEXT("cost_center", "cost center"), TEXT("business_unit", "business unit"),
	TEXT("debit", "debit"), TEXT("credit", "credit"), TEXT("currency", "currency"), TEXT("memo", "memo"),
};
static const struct table_column journal_tie[] = {TEXT("item", "item"), NUMBER("amount_usd", "USD"), TEXT("remark", "")};
static const struct table_column journal_postings[] = {
	TEXT("step", "step"), TEXT("business_unit", "business unit"), TEXT("team_id", "team"), TEXT("model", "model"), TEXT("usage_class", "usage class"), TEXT("charge_type", "charge"), NUMBER("buckets", "buckets"), NUMBER("lines", "lines"), NUMBER("amount_usd", "USD"),
};
static const struct table_column journal_estimates[] = {TEXT("business_unit", "business unit"), TEXT("team_id", "team"), NUMBER("events", "events"), NUMBER("amount_usd", "USD")};
static const struct table_column journal_buckets[] = {
	TEXT("id", "bucket"), TEXT("usage_start", "from (UTC)"), TEXT("usage_end", "to"), TEXT("account_id", "account"), TEXT("model", "model"), TEXT("usage_class", "usage class"), NUMBER("lines", "lines"), NUMBER("bucket_cost_usd", "cost C"), NUMBER("amount_usd", "in this line"),
};
static const struct table_column journal_exact[] = {
	TEXT("request_id", "request"), TEXT("charge_type", "charge"), TEXT("usage_class", "usage class"), TEXT("file", "file"), NUMBER("line_no", "line"), TEXT("delivery_id", "delivery"), TEXT("business_unit", "business unit"), TEXT("team", "team"),
	TEXT("service", "service"), NUMBER("cost_usd", "USD"), TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column journal_events[] = {
	TEXT("request_id", "request"), TEXT("timestamp", "time (UTC)"), TEXT("team_id", "team"), TEXT("service", "service"), TEXT("model", "model"), TEXT("account_id", "account"), NUMBER("computed_usd", "computed"),
};
static const struct explain_part journal_line_parts[] = {
	{.name = "line", .title = "The line", .sql = "explain/journal_line", COLUMNS(journal_line), .shape = EXPLAIN_RECORD},
	{.name = "tie", .title = "How it adds up", .sql = "explain/journal_tie", COLUMNS(journal_tie), .shape = EXPLAIN_TABLE},
	{.name = "postings", .title = "What was billed, by the step that attributed it", .sql = "explain/journal_postings", COLUMNS(journal_postings), .shape = EXPLAIN_TABLE, .empty = "Nothing was billed: the line is an estimate."},
	{.name = "estimates", .title = "What no bill has reached, by computed cost", .sql = "explain/journal_estimates", COLUMNS(journal_estimates), .shape = EXPLAIN_TABLE},
	{.name = "buckets", .title = "The largest buckets in it", .sql = "explain/journal_buckets", COLUMNS(journal_buckets), .shape = EXPLAIN_TABLE},
	{.name = "exact", .title = "The largest bill lines in it that name a request", .sql = "explain/journal_exact", COLUMNS(journal_exact), .shape = EXPLAIN_TABLE},
	{.name = "events", .title = "The largest events of the estimate", .sql = "explain/journal_events", COLUMNS(journal_events), .shape = EXPLAIN_TABLE},
};

static const struct table_column exception[] = {
	TEXT("exception_id", NULL), TEXT("period", "period"), TEXT("class", "class"), TEXT("code", "code"), TEXT("severity", "severity"), TEXT("business_unit", "business unit"), TEXT("team_id", "team"), TEXT("service", "service"), TEXT("provider", "provider"),
	TEXT("model", "model"), TEXT("amount_usd", "USD"), TEXT("count", "count"), TEXT("detail", "detail"), TEXT("owner", "owner"), TEXT("status", "status"), TEXT("request_id", "first request"), TEXT("cause", "cause"), TEXT("remedy", "remedy"),
};
static const struct table_column evidence[] = {TEXT("id", "id"), TEXT("at", "time (UTC)"), TEXT("what", "what"), NUMBER("amount_usd", "USD")};
static const struct table_column exception_postings[] = {
	TEXT("step", "step"), TEXT("service", "service"), TEXT("model", "model"), TEXT("usage_class", "usage class"), TEXT("charge_type", "charge"), NUMBER("lines", "lines"), NUMBER("amount_usd", "USD"),
};
#define EXCEPTION                                                                                                      \
	{                                                                                                              \
		.name = "exception", .title = "The exception", .sql = "explain/exception", COLUMNS(exception),         \
		.shape = EXPLAIN_RECORD                                                                                \
	}
#define EVIDENCE(member, head, file)                                                                                   \
	{                                                                                                              \
		.name = member, .title = head, .sql = file, COLUMNS(evidence), .shape = EXPLAIN_TABLE                  \
	}
static const struct explain_part exception_event_parts[] = {EXCEPTION, EVIDENCE("events", "The largest events behind it", "explain/exception_findings")};
static const struct explain_part exception_record_parts[] = {EXCEPTION, EVIDENCE("events", "The largest records behind it", "explain/exception_records")};
static const struct explain_part exception_amount_parts[] = {
	EXCEPTION,
	{.name = "postings", .title = "What it consists of", .sql = "explain/exception_postings", COLUMNS(exception_postings), .shape = EXPLAIN_TABLE},
	EVIDENCE("buckets", "The largest buckets behind it", "explain/exception_buckets"),
	EVIDENCE("requests", "The largest requests behind it that bill lines name", "explain/exception_exact"),
};
static const struct explain_part exception_unbilled_parts[] = {EXCEPTION, EVIDENCE("events", "The largest events that no line covers", "explain/exception_unbilled")};
static const struct explain_part exception_line_parts[] = {EXCEPTION, EVIDENCE("lines", "The largest bill lines behind it", "explain/exception_lines")};
static const struct explain_part exception_input_parts[] = {EXCEPTION, EVIDENCE("inputs", "What is behind it", "explain/exception_inputs")};

static const struct explain_kind kinds[] = {
	{.name = "request", .title = "Request", .prepare = {"explain/request", "explain/findings"}, PARTS(request_parts)},
	{.name = "unit", .title = "Variance of", .prepare = {"explain/left_buckets", "explain/lines_of_buckets", "explain/unit_events", "explain/findings"}, PARTS(unit_parts)},
	{.name = "bucket", .title = "Bucket", .prepare = {"explain/bucket_scope", "explain/lines_of_buckets"}, PARTS(bucket_parts)},
	{.name = "journal", .title = "Journal", PARTS(journal_parts)},
	{.name = "journal_line", .title = "Journal line", .prepare = {"explain/journal_scope"}, PARTS(journal_line_parts)},
	{.name = "exception", .evidence = "events", .title = "Exception", .prepare = {"explain/exception_scope", "explain/exception_events", "explain/findings"}, PARTS(exception_event_parts)},
	{.name = "exception", .evidence = "records", .title = "Exception", .prepare = {"explain/exception_scope"}, PARTS(exception_record_parts)},
	{.name = "exception", .evidence = "amounts", .title = "Exception", .prepare = {"explain/exception_scope", "explain/exception_left", "explain/lines_of_buckets"}, PARTS(exception_amount_parts)},
	{.name = "exception", .evidence = "unbilled", .title = "Exception", .prepare = {"explain/exception_scope"}, PARTS(exception_unbilled_parts)},
	{.name = "exception", .evidence = "lines", .title = "Exception", .prepare = {"explain/exception_scope"}, PARTS(exception_line_parts)},
	{.name = "exception", .evidence = "inputs", .title = "Exception", .prepare = {"explain/exception_scope"}, PARTS(exception_input_parts)},
};

const struct explain_kind *explain_kind_find(const char *name, const char *evidence_kind)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].name, name) == 0 && (!kinds[i].evidence || strcmp(kinds[i].evidence, evidence_kind) == 0))
			return &kinds[i];
	return NULL;
}
