/*
 * What every format yields: events, bill lines, usage-log records and price rows. Slices point into
 * the reader's memory and are valid only during the sink's call.
 */
#pragma once
#include "base/civil.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/str.h"

/* The columns of gateway.event, in table order; the same names in JSON, CSV and SQL. */
enum event_column {
	EV_REQUEST_ID,
	EV_TIMESTAMP,
	EV_PROVIDER,
	EV_MODEL,
	EV_TEAM_ID,
	EV_SERVICE,
	EV_ENVIRONMENT,
	EV_INPUT_TOKENS,
	EV_OUTPUT_TOKENS,
	EV_CACHE_READ_INPUT_TOKENS,
	EV_CACHE_WRITE_INPUT_TOKENS,
	EV_CACHE_WRITE_1H_INPUT_TOKENS,
	EV_UNIT_PRICE,
	EV_COMPUTED_COST_USD,
	EV_BILLING_RULE_VERSION,
	EV_STATUS,
	EV_ORG_ID,
	EV_USER_ID,
	EV_COST_CENTER,
	EV_PROJECT_ID,
	EV_FEATURE,
	EV_WORKLOAD_CLASS,
	EV_TENANT_ID,
	EV_PARENT_RUN_ID,
	EV_STEP_KIND,
	EV_TOOL_NAME,
	EV_WORKFLOW_ID,
	EV_OPERATION_ID,
	EV_ORIGINATOR_ID,
	EV_ISSUANCE_ID,
	EV_SIGNING_KEY_ID,
	EV_ENVELOPE_HMAC,
	EV_ATTEMPT,
	EV_RETRY_OF,
	EV_ACCOUNT_ID,
	EV_REGION,
	EV_API_KEY_ID,
	EV_RESOURCE_ID,
	EV_SERVICE_TIER,
	EV_BATCH,
	EV_CACHE_HIT,
	EV_TRACE_ID,
	EV_COLUMNS,
};
enum column_kind { KIND_TEXT, KIND_TIME, KIND_COUNT, KIND_MONEY, KIND_JSON, KIND_BOOL };
struct event_column_spec {
	const char *name;
	enum column_kind kind;
	bool required; /* a row without it is quarantined */
};
extern const struct event_column_spec event_columns[EV_COLUMNS];
/* The column of that name, or EV_COLUMNS. */
enum event_column event_column_find(struct slice name);

struct event {
	uint64_t line;                 /* in the file, from 1 */
	struct slice text[EV_COLUMNS]; /* as the source wrote it; ptr NULL or empty = absent */
	struct slice attributes;       /* JSON object text of what else came; empty = none */
	/* Filled by event_check for columns that are present: KIND_COUNT the number, KIND_TIME utc_us, KIND_BOOL 0/1.
	 */
	int64_t number[EV_COLUMNS];
	struct decimal computed_cost_usd;
	char provider_name[64]; /* event_check: memory of a provider's name that had to be folded */
};

struct event_check_options {
	utc_us as_of; /* a time more than a day past it is refused */
	const struct provider_names *providers;
};
/*
 * Normalises in place (provider names, status, numbers, times) and says whether the row can be used. If not, *reason
 * is a static phrase for the quarantine ("no request_id", "input_tokens is negative", …).
 */
bool event_check(struct event *ev, const struct event_check_options *o, const char **reason);

/* Provider names: the shipped alias table, the config's aliases, the source's provider_map (tried first, on the raw
 * name). */
struct name_map;
struct provider_names {
	const struct name_map *source_map; /* may be NULL */
	const struct name_map *aliases;    /* may be NULL */
};
/* The canonical name; else the name itself in lower case, written to `scratch` (names over 63 bytes are cut). */
struct slice provider_canonical(const struct provider_names *names, struct slice raw, char scratch[64]);

enum charge_type {
	CHARGE_USAGE,
	CHARGE_TAX,
	CHARGE_CREDIT,
	CHARGE_REFUND,
	CHARGE_DISCOUNT,
	CHARGE_FEE,
	CHARGE_ADJUSTMENT,
	CHARGE_TYPES
};
extern const char *const charge_type_name[CHARGE_TYPES];
enum usage_class {
	CLASS_NONE, /* not stated */
	CLASS_INPUT,
	CLASS_CACHE_READ,
	CLASS_CACHE_WRITE_5M,
	CLASS_CACHE_WRITE_1H,
	CLASS_OUTPUT,
	CLASS_REQUEST,
	CLASS_IMAGE,
	CLASS_AUDIO,
	CLASS_HOUR,
	CLASS_OTHER,
	USAGE_CLASSES,
};
extern const char *const usage_class_name[USAGE_CLASSES]; /* "" for CLASS_NONE */
enum charge_type charge_type_find(struct slice name);     /* CHARGE_TYPES when unknown */
enum usage_class usage_class_find(struct slice name);     /* USAGE_CLASSES when unknown, CLASS_NONE when empty */

/* The set that a delivery replaces, without the source, which the caller knows. */
struct delivery_key {
	struct slice dataset; /* API endpoint, CUR report name, … */
	struct slice payer;   /* payer account or organisation; may be empty */
	utc_us bucket_start, bucket_end;
	struct period period; /* that its lines belong to */
	bool is_day_of_file;  /* bucket is a UTC day found in the rows (console CSV, usage-csv), not one the provider
	                         named */
};

struct line {
	uint64_t line; /* in the file, from 1 (JSON: number of the result) */
	struct delivery_key delivery;
	enum charge_type charge_type;
	enum usage_class usage_class;
	/* Absent (ptr NULL) = the export does not state it; for dimensions empty and absent differ. */
	struct slice provider, request_id, account_id, region, api_key_id, resource_id, principal, model, service_tier;
	struct slice unit, currency, invoice_id, description;
	struct slice tags; /* JSON object text, or absent */
	utc_us usage_start, usage_end;
	bool has_quantity, has_cost;
	struct decimal quantity, cost;
	/* CUR: what the export's net cost column holds. It is the delivery's cost (empty counting 0) if any kept line
	 * has it. */
	bool has_net_cost;
	struct decimal net_cost;
	/* CUR: product_code on a line that is taken for certain; candidate_code on one (tax, credit, discount of a code
	 * not yet taken) that counts only if some line of the same delivery has that product code, else it is passed
	 * over. */
	struct slice product_code, candidate_code;
};

struct usage_log {
	uint64_t line;
	struct slice provider, request_id, account_id, region, inference_region, model, operation, principal,
	        error_code;
	utc_us timestamp;
	int64_t input_tokens, cache_read_input_tokens, cache_write_input_tokens,
	        output_tokens;               /* input EXCLUDES cache, as logged */
	int64_t cache_write_1h_input_tokens; /* -1 = the log does not say */
};

/* A row of prices.csv, as price-book formats yield it (texts as they stand; valid_* "" or a date). */
struct price_row {
	uint64_t line;
	struct slice provider, model, service_tier, valid_from, valid_to;
	enum usage_class usage_class;
	int64_t above_input_tokens;
	int64_t per_units;
	struct decimal price_usd;
};

/* Who takes the records. Each call may fail (ERR_IO, ERR_UNAVAILABLE …): the reader then stops and returns false. */
struct sink {
	void *context;
	bool (*event)(void *context, struct event *ev, struct err *e);
	bool (*line)(void *context, const struct line *l, struct err *e);
	bool (*usage_log)(void *context, const struct usage_log *log, struct err *e);
	bool (*price)(void *context, const struct price_row *row, struct err *e);
	/* A bucket that the provider returned without results: a delivery all the same. */
	bool (*bucket)(void *context, const struct delivery_key *key, struct err *e);
	/* An event or log record that can't be used: reason is a phrase, raw its text (cut to 2 000 bytes by the sink).
	 */
	bool (*quarantine)(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e);
	/* A row of other services, counted only. */
	void (*passed_over)(void *context, uint64_t rows);
};
