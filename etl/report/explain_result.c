/* Explanations of what reconciling brought about: variances, journals, exceptions. */
#include "report/explain_kind.h"

static const struct table_column sentence[] = {TEXT("text", "")};

static const struct table_column unit_variance[] = {
        TEXT("period", "period"),           TEXT("business_unit", "business unit"),
        TEXT("computed_usd", "computed"),   TEXT("usage_billed_usd", "usage billed"),
        TEXT("variance_usd", "variance"),   TEXT("variance_pct", "variance in % of usage billed"),
        TEXT("tolerance_usd", "tolerance"), TEXT("status", "status"),
        TEXT("charges_usd", "charges"),     TEXT("billed_usd", "billed, with charges"),
};
static const struct table_column unit_causes[] = {TEXT("cause", "cause"), NUMBER("amount_usd", "USD"),
                                                  TEXT("meaning", "what it is")};
static const struct table_column unit_sources[] = {
        TEXT("step", "step"),
        TEXT("provider", "provider"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        TEXT("charge_type", "charge"),
        NUMBER("computed_usd", "computed"),
        NUMBER("usage_billed_usd", "usage billed"),
        NUMBER("rating_usd", "rating"),
        NUMBER("rate_usd", "rate"),
        NUMBER("quantity_usd", "quantity"),
        NUMBER("unbilled_usd", "unbilled"),
        NUMBER("unmetered_usd", "unmetered"),
        NUMBER("timing_usd", "timing"),
        NUMBER("difference_usd", "difference"),
        NUMBER("charges_usd", "charges"),
};
static const struct table_column unit_buckets[] = {
        TEXT("id", "bucket"),
        TEXT("usage_start", "from (UTC)"),
        TEXT("usage_end", "to"),
        TEXT("provider", "provider"),
        TEXT("account_id", "account"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        TEXT("service_tier", "tier"),
        COUNTED("lines", "lines"),
        NUMBER("bucket_cost_usd", "cost C"),
        NUMBER("billed_quantity", "billed Q"),
        NUMBER("metered_quantity", "metered M"),
        NUMBER("rule_cost_usd", "own rule cost"),
        NUMBER("billed_usd", "own share"),
        NUMBER("rate_usd", "rate"),
        NUMBER("quantity_usd", "quantity"),
        NUMBER("timing_usd", "timing"),
};
static const struct table_column unit_unmetered[] = {
        TEXT("id", "bucket"),
        TEXT("usage_start", "from (UTC)"),
        TEXT("usage_end", "to"),
        TEXT("provider", "provider"),
        TEXT("account_id", "account"),
        TEXT("region", "region"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        COUNTED("lines", "lines"),
        NUMBER("bucket_cost_usd", "cost C"),
        NUMBER("billed_quantity", "billed Q"),
        NUMBER("metered_quantity", "metered M"),
        NUMBER("unmetered_usd", "unmetered"),
        TEXT("borne_by", "borne by"),
};
static const struct table_column unit_findings[] = {
        TEXT("request_id", "request"),
        TEXT("timestamp", "time (UTC)"),
        TEXT("code", "code"),
        TEXT("provider", "provider"),
        TEXT("model", "model"),
        TEXT("team_id", "team"),
        TEXT("service", "service"),
        NUMBER("rule_cost_usd", "rule cost"),
        NUMBER("computed_usd", "computed"),
        NUMBER("amount_usd", "rating"),
};
static const struct table_column unit_exceptions[] = {
        TEXT("exception_id", "exception"),
        TEXT("code", "code"),
        TEXT("severity", "severity"),
        TEXT("team_id", "team"),
        TEXT("service", "service"),
        TEXT("provider", "provider"),
        TEXT("model", "model"),
        COUNTED("count", "count"),
        NUMBER("amount_usd", "USD"),
        TEXT("request_id", "for example"),
        TEXT("status", "status"),
};
static const struct explain_part unit_parts[] = {
        OUTDATED(sentence),
        {.name = "variance",
         .title = "The variance, in USD",
         .sql = "explain/unit_variance",
         COLUMNS(unit_variance),
         .shape = EXPLAIN_RECORD},
        {.name = "causes",
         .title = "Its causes",
         .sql = "explain/unit_causes",
         COLUMNS(unit_causes),
         .shape = EXPLAIN_TABLE},
        {.name = "sources",
         .title = "Where it comes from",
         .sql = "explain/unit_sources",
         COLUMNS(unit_sources),
         .shape = EXPLAIN_TABLE},
        {.name = "buckets",
         .title = "The largest buckets behind rate, quantity and timing",
         .sql = "explain/unit_buckets",
         COLUMNS(unit_buckets),
         .shape = EXPLAIN_TABLE},
        {.name = "unmetered",
         .title = "The largest buckets behind unmetered",
         .sql = "explain/unit_unmetered",
         COLUMNS(unit_unmetered),
         .shape = EXPLAIN_TABLE},
        {.name = "findings",
         .title = "The largest events behind rating",
         .sql = "explain/unit_findings",
         COLUMNS(unit_findings),
         .shape = EXPLAIN_TABLE},
        {.name = "exceptions",
         .title = "Its open exceptions",
         .sql = "explain/unit_exceptions",
         COLUMNS(unit_exceptions),
         .shape = EXPLAIN_TABLE},
        {.name = "next",
         .title = "How to go on",
         .sql = "explain/unit_next",
         COLUMNS(sentence),
         .shape = EXPLAIN_SENTENCES},
};

const struct explain_kind explain_unit = {.name = "unit",
                                          .title = "Variance of",
                                          .prepare = {"explain/left_buckets", "explain/lines_of_buckets",
                                                      "explain/unit_events", "explain/findings", "rollup/judge"},
                                          .scope = "packet/scope_unit",
                                          PARTS(unit_parts)};

static const struct table_column journal_head[] = {
        TEXT("journal_id", NULL),     TEXT("kind", "kind"),   TEXT("posting_date", "posting date"),
        TEXT("period", "period"),     TEXT("debit", "debit"), TEXT("credit", "credit"),
        TEXT("currency", "currency"), TEXT("memo", "memo"),
};
static const struct table_column journal_lines[] = {
        TEXT("id", "line"),
        TEXT("provider", "provider"),
        TEXT("account", "account"),
        TEXT("cost_center", "cost center"),
        TEXT("business_unit", "business unit"),
        NUMBER("debit", "debit"),
        NUMBER("credit", "credit"),
        TEXT("currency", NULL),
        TEXT("memo", "memo"),
};
static const struct explain_part journal_parts[] = {
        OUTDATED(sentence),
        {.name = "journal",
         .title = "The journal",
         .sql = "explain/journal_head",
         COLUMNS(journal_head),
         .shape = EXPLAIN_RECORD},
        {.name = "lines",
         .title = "Its lines; `closebook explain LINE` says what one is made of",
         .sql = "explain/journal",
         COLUMNS(journal_lines),
         .shape = EXPLAIN_TABLE},
};

static const struct table_column journal_line[] = {
        TEXT("id", NULL),
        TEXT("kind", "kind"),
        TEXT("posting_date", "posting date"),
        TEXT("period", "period"),
        TEXT("provider", "provider"),
        TEXT("account", "account"),
        TEXT("cost_center", "cost center"),
        TEXT("business_unit", "business unit"),
        TEXT("debit", "debit"),
        TEXT("credit", "credit"),
        TEXT("currency", "currency"),
        TEXT("memo", "memo"),
        TEXT("written_by", "written by"),
        TEXT("written_at", "written at (UTC)"),
        TEXT("entry", "entry of the ledger"),
        TEXT("reverses", "reverses"),
        TEXT("reversed_by", "reversed by"),
};
static const struct table_column adjustment[] = {
        TEXT("adjustment_id", "adjustment"),
        TEXT("period", "period"),
        TEXT("provider", "provider"),
        TEXT("from_business_unit", "from"),
        TEXT("from_cost_center", "its cost center"),
        TEXT("from_account", "its account"),
        TEXT("to_business_unit", "to"),
        TEXT("to_cost_center", "its cost center"),
        TEXT("to_account", "its account"),
        TEXT("amount_usd", "USD"),
        TEXT("status", "status"),
        TEXT("reason", "reason"),
        TEXT("evidence", "evidence"),
        TEXT("proposed_by", "proposed by"),
        TEXT("proposed_at", "proposed at (UTC)"),
        TEXT("proposal_entry", "entry of the ledger"),
        TEXT("decided_by", "decided by"),
        TEXT("decided_at", "decided at (UTC)"),
        TEXT("decision_entry", "entry of the ledger"),
        TEXT("decision", "decision"),
};
#define ADJUSTMENT(head)                                                                                               \
	{                                                                                                              \
		.name = "adjustment", .title = head, .sql = "explain/adjustment", COLUMNS(adjustment),                 \
		.shape = EXPLAIN_RECORD                                                                                \
	}
static const struct table_column journal_tie[] = {TEXT("item", "item"), NUMBER("amount_usd", "USD"),
                                                  TEXT("remark", "remark")};
static const struct table_column journal_postings[] = {
        TEXT("step", "step"),
        TEXT("business_unit", "business unit"),
        TEXT("team_id", "team"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        TEXT("charge_type", "charge"),
        COUNTED("buckets", "buckets"),
        COUNTED("lines", "lines"),
        NUMBER("amount_usd", "USD"),
};
static const struct table_column journal_estimates[] = {TEXT("business_unit", "business unit"), TEXT("team_id", "team"),
                                                        COUNTED("events", "events"), NUMBER("amount_usd", "USD")};
static const struct table_column journal_charges[] = {
        TEXT("step", "step"),   TEXT("business_unit", "business unit"), TEXT("team_id", "team"),
        TEXT("model", "model"), TEXT("usage_class", "usage class"),     NUMBER("amount_usd", "USD"),
};
static const struct table_column journal_buckets[] = {
        TEXT("id", "bucket"),
        TEXT("usage_start", "from (UTC)"),
        TEXT("usage_end", "to"),
        TEXT("account_id", "account"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        COUNTED("lines", "lines"),
        NUMBER("bucket_cost_usd", "cost C"),
        NUMBER("amount_usd", "in this line"),
};
static const struct table_column journal_exact[] = {
        TEXT("request_id", "request"),
        TEXT("charge_type", "charge"),
        TEXT("usage_class", "usage class"),
        TEXT("file", "file"),
        COUNTED("line_no", "line"),
        COUNTED("delivery_id", "delivery"),
        TEXT("business_unit", "business unit"),
        TEXT("team", "team"),
        TEXT("service", "service"),
        NUMBER("cost_usd", "USD"),
        TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column journal_events[] = {
        TEXT("request_id", "request"),      TEXT("timestamp", "time (UTC)"), TEXT("team_id", "team"),
        TEXT("service", "service"),         TEXT("model", "model"),          TEXT("account_id", "account"),
        NUMBER("computed_usd", "computed"),
};
static const struct table_column journal_bill[] = {
        TEXT("step", "step"),
        TEXT("file", "file"),
        COUNTED("line_no", "line"),
        TEXT("charge_type", "charge"),
        TEXT("account_id", "account"),
        TEXT("model", "model"),
        TEXT("usage_class", "usage class"),
        NUMBER("quantity", "quantity"),
        NUMBER("cost_usd", "USD"),
        TEXT("digest", "SHA-256 of the file"),
};
static const struct table_column journal_metered[] = {
        TEXT("request_id", "request"),
        TEXT("timestamp", "time (UTC)"),
        TEXT("team_id", "team"),
        TEXT("service", "service"),
        TEXT("model", "model"),
        TEXT("billing_rule_version", "billing rule"),
        NUMBER("rule_cost_usd", "rule cost"),
        NUMBER("computed_usd", "computed"),
};
static const struct table_column journal_rules[] = {
        TEXT("model", "model"),
        TEXT("service_tier", "tier"),
        TEXT("usage_class", "usage class"),
        TEXT("billing_rule_version", "billing rule"),
        COUNTED("count", "count"),
        NUMBER("usd_per_million", "USD per million"),
        NUMBER("rule_cost_usd", "rule cost"),
};
static const struct table_column journal_correction[] = {
        TEXT("original_period", "of"),
        TEXT("cause", "cause"),
        TEXT("business_unit", "business unit"),
        TEXT("cost_center", "cost center"),
        TEXT("account", "account"),
        NUMBER("posted_usd", "posted"),
        NUMBER("reprocessed_usd", "reprocessed"),
        NUMBER("difference_usd", "difference"),
};
static const struct table_column journal_correction_inputs[] = {
        TEXT("item", "computed from"), TEXT("was", "booked with"), TEXT("became", "corrected with")};
static const struct table_column journal_correction_deliveries[] = {
        COUNTED("delivery_id", "delivery"),
        TEXT("dataset", "dataset"),
        TEXT("bucket", "from"),
        TEXT("kind", "kind"),
        COUNTED("lines", "lines"),
        NUMBER("cost", "cost"),
        TEXT("files", "files"),
        TEXT("digest", "SHA-256"),
};
static const struct table_column journal_correction_lines[] = {
        TEXT("place", "file:line"),     TEXT("usage_start", "from"), TEXT("charge_type", "charge"),
        TEXT("account_id", "account"),  TEXT("model", "model"),      TEXT("usage_class", "usage class"),
        NUMBER("quantity", "quantity"), NUMBER("cost", "cost"),      TEXT("currency", "currency"),
        TEXT("invoice_id", "invoice"),
};
static const struct table_column journal_correction_events[] = {
        TEXT("request_id", "request"),      TEXT("timestamp", "time (UTC)"), TEXT("team_id", "team"),
        TEXT("service", "service"),         TEXT("model", "model"),          TEXT("file", "file"),
        NUMBER("computed_usd", "computed"),
};
static const struct explain_part journal_line_parts[] = {
        OUTDATED(sentence),
        {.name = "line",
         .title = "The line",
         .sql = "explain/journal_line",
         COLUMNS(journal_line),
         .shape = EXPLAIN_RECORD},
        {.name = "tie",
         .title = "How it adds up",
         .sql = "explain/journal_tie",
         COLUMNS(journal_tie),
         .shape = EXPLAIN_TABLE},
        ADJUSTMENT("The adjustment that it books"),
        {.name = "correction",
         .title = "What it corrects",
         .sql = "explain/journal_correction",
         COLUMNS(journal_correction),
         .shape = EXPLAIN_TABLE},
        {.name = "correction_inputs",
         .title = "What the month was computed from",
         .sql = "explain/journal_correction_inputs",
         COLUMNS(journal_correction_inputs),
         .shape = EXPLAIN_TABLE},
        {.name = "correction_deliveries",
         .title = "Bills of the month that came in between",
         .sql = "explain/journal_correction_deliveries",
         COLUMNS(journal_correction_deliveries),
         .shape = EXPLAIN_TABLE},
        {.name = "correction_lines",
         .title = "The largest of their lines",
         .sql = "explain/journal_correction_lines",
         COLUMNS(journal_correction_lines),
         .shape = EXPLAIN_TABLE},
        {.name = "correction_events",
         .title = "The largest events of the month that came in between",
         .sql = "explain/journal_correction_events",
         COLUMNS(journal_correction_events),
         .shape = EXPLAIN_TABLE},
        {.name = "postings",
         .title = "What was billed, by the step that attributed it",
         .sql = "explain/journal_postings",
         COLUMNS(journal_postings),
         .shape = EXPLAIN_TABLE,
         .empty = "Nothing was billed: the line is an estimate, an adjustment or a correction."},
        {.name = "estimates",
         .title = "What no bill has reached, by computed cost",
         .sql = "explain/journal_estimates",
         COLUMNS(journal_estimates),
         .shape = EXPLAIN_TABLE},
        {.name = "charges",
         .title = "What is charged beyond what was billed",
         .sql = "explain/journal_charges",
         COLUMNS(journal_charges),
         .shape = EXPLAIN_TABLE},
        {.name = "buckets",
         .title = "The largest buckets in it",
         .sql = "explain/journal_buckets",
         COLUMNS(journal_buckets),
         .shape = EXPLAIN_TABLE},
        {.name = "exact",
         .title = "The largest bill lines in it that name a request",
         .sql = "explain/journal_exact",
         COLUMNS(journal_exact),
         .shape = EXPLAIN_TABLE},
        {.name = "bill_lines",
         .title = "The largest bill lines in it that name no request",
         .sql = "explain/journal_bill_lines",
         COLUMNS(journal_bill),
         .shape = EXPLAIN_TABLE},
        {.name = "events",
         .title = "The largest events of the estimate",
         .sql = "explain/journal_events",
         COLUMNS(journal_events),
         .shape = EXPLAIN_TABLE},
        {.name = "metered",
         .title = "The largest events of those who bear it",
         .sql = "explain/journal_metered",
         COLUMNS(journal_metered),
         .shape = EXPLAIN_TABLE},
        {.name = "rules",
         .title = "The rules by which these are priced",
         .sql = "explain/journal_rules",
         COLUMNS(journal_rules),
         .shape = EXPLAIN_TABLE},
};
static const struct explain_part adjustment_parts[] = {
        ADJUSTMENT("The adjustment"),
        {.name = "lines",
         .title = "The journal lines that book it",
         .sql = "explain/adjustment_lines",
         COLUMNS(journal_lines),
         .shape = EXPLAIN_TABLE,
         .empty = "It is in no journal: the final journal of its month books it if it was approved."},
};

const struct explain_kind explain_journal = {
        .name = "journal", .title = "Journal", .scope = "packet/scope_journal", PARTS(journal_parts)};
const struct explain_kind explain_journal_line = {
        .name = "journal_line",
        .title = "Journal line",
        .prepare = {"explain/journal_scope", "explain/journal_left", "explain/lines_of_buckets"},
        .scope = "packet/scope_journal_line",
        PARTS(journal_line_parts)};
const struct explain_kind explain_adjustment = {
        .name = "adjustment", .title = "Adjustment", .scope = "packet/scope_adjustment", PARTS(adjustment_parts)};

static const struct table_column exception[] = {
        TEXT("exception_id", NULL),   TEXT("period", "period"),
        TEXT("class", "class"),       TEXT("code", "code"),
        TEXT("severity", "severity"), TEXT("business_unit", "business unit"),
        TEXT("team_id", "team"),      TEXT("service", "service"),
        TEXT("provider", "provider"), TEXT("model", "model"),
        TEXT("amount_usd", "USD"),    COUNTED("count", "count"),
        TEXT("detail", "detail"),     TEXT("owner", "owner"),
        TEXT("status", "status"),     TEXT("request_id", "first request"),
        TEXT("cause", "cause"),       TEXT("remedy", "remedy"),
};
static const struct table_column evidence[] = {TEXT("id", "id"), TEXT("at", "time (UTC)"), TEXT("what", "what"),
                                               NUMBER("amount_usd", "USD")};
static const struct table_column exception_postings[] = {
        TEXT("step", "step"),          TEXT("service", "service"),
        TEXT("model", "model"),        TEXT("usage_class", "usage class"),
        TEXT("charge_type", "charge"), COUNTED("lines", "lines"),
        NUMBER("amount_usd", "USD"),
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
static const struct explain_part exception_event_parts[] = {
        OUTDATED(sentence), EXCEPTION,
        EVIDENCE("events", "The largest events behind it", "explain/exception_findings")};
static const struct explain_part exception_record_parts[] = {
        OUTDATED(sentence), EXCEPTION,
        EVIDENCE("events", "The largest records behind it", "explain/exception_records")};
static const struct explain_part exception_amount_parts[] = {
        OUTDATED(sentence),
        EXCEPTION,
        {.name = "postings",
         .title = "What it consists of",
         .sql = "explain/exception_postings",
         COLUMNS(exception_postings),
         .shape = EXPLAIN_TABLE},
        EVIDENCE("buckets", "The largest buckets behind it", "explain/exception_buckets"),
        EVIDENCE("requests", "The largest requests behind it that bill lines name", "explain/exception_exact"),
        EVIDENCE("late", "The largest events behind it that came after a freeze", "explain/exception_late"),
};
static const struct explain_part exception_unbilled_parts[] = {
        OUTDATED(sentence), EXCEPTION,
        EVIDENCE("events", "The largest events that no line covers", "explain/exception_unbilled")};
static const struct explain_part exception_line_parts[] = {
        OUTDATED(sentence), EXCEPTION,
        EVIDENCE("lines", "The largest bill lines behind it", "explain/exception_lines")};
static const struct explain_part exception_input_parts[] = {
        OUTDATED(sentence), EXCEPTION, EVIDENCE("inputs", "What is behind it", "explain/exception_inputs")};

const struct explain_kind explain_exception[EXPLAIN_EXCEPTION_KINDS] = {
        {.name = "exception",
         .evidence = "events",
         .title = "Exception",
         .prepare = {"explain/exception_scope", "explain/exception_events", "explain/findings", "rollup/judge"},
         .scope = "packet/scope_exception",
         PARTS(exception_event_parts)},
        {.name = "exception",
         .evidence = "records",
         .title = "Exception",
         .prepare = {"explain/exception_scope"},
         .scope = "packet/scope_exception",
         PARTS(exception_record_parts)},
        {.name = "exception",
         .evidence = "amounts",
         .title = "Exception",
         .prepare = {"explain/exception_scope", "explain/exception_left", "explain/lines_of_buckets"},
         .scope = "packet/scope_exception",
         PARTS(exception_amount_parts)},
        {.name = "exception",
         .evidence = "unbilled",
         .title = "Exception",
         .prepare = {"explain/exception_scope"},
         .scope = "packet/scope_exception",
         PARTS(exception_unbilled_parts)},
        {.name = "exception",
         .evidence = "lines",
         .title = "Exception",
         .prepare = {"explain/exception_scope"},
         .scope = "packet/scope_exception",
         PARTS(exception_line_parts)},
        {.name = "exception",
         .evidence = "inputs",
         .title = "Exception",
         .prepare = {"explain/exception_scope"},
         .scope = "packet/scope_exception",
         PARTS(exception_input_parts)},
};
