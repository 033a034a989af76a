/*
 * The check that every event passes, whichever format it came in. A row that can't be used is refused with a phrase
 * that names the column; a row that can be used but not owned is not this file's business.
 */
#include "format/record.h"

enum { TEXT_MAX = 512 }; /* bytes in a text column: keys of indexes have to fit a page */
#define COUNT_MAX INT64_C(1000000000000)
/* From here on, whole numbers are milliseconds: as seconds they would lie beyond the year 9999. */
#define UNIX_MS_FROM INT64_C(1000000000000)
/* Smaller numbers are no unix seconds of any event: 2001-09-09. */
#define UNIX_FROM (INT64_C(1000000000) * UTC_SECOND)

struct column_reasons {
	const char *missing, *malformed, *negative, *too_large, *not_text, *too_long;
};
#define REASONS(name)                                                                                                  \
	{                                                                                                              \
		.missing = "no " name, .malformed = name " can't be read", .negative = name " is negative",            \
		.too_large = name " is absurdly large", .not_text = name " is not valid UTF-8",                        \
		.too_long = name " is longer than 512 bytes",                                                          \
	}
static const struct column_reasons reasons[EV_COLUMNS] = {
        [EV_REQUEST_ID] = REASONS("request_id"),
        [EV_TIMESTAMP] = REASONS("timestamp"),
        [EV_PROVIDER] = REASONS("provider"),
        [EV_MODEL] = REASONS("model"),
        [EV_TEAM_ID] = REASONS("team_id"),
        [EV_SERVICE] = REASONS("service"),
        [EV_ENVIRONMENT] = REASONS("environment"),
        [EV_INPUT_TOKENS] = REASONS("input_tokens"),
        [EV_OUTPUT_TOKENS] = REASONS("output_tokens"),
        [EV_CACHE_READ_INPUT_TOKENS] = REASONS("cache_read_input_tokens"),
        [EV_CACHE_WRITE_INPUT_TOKENS] = REASONS("cache_write_input_tokens"),
        [EV_CACHE_WRITE_1H_INPUT_TOKENS] = REASONS("cache_write_1h_input_tokens"),
        [EV_UNIT_PRICE] = REASONS("unit_price"),
        [EV_COMPUTED_COST_USD] = REASONS("computed_cost_usd"),
        [EV_BILLING_RULE_VERSION] = REASONS("billing_rule_version"),
        [EV_STATUS] = REASONS("status"),
        [EV_ORG_ID] = REASONS("org_id"),
        [EV_USER_ID] = REASONS("user_id"),
        [EV_COST_CENTER] = REASONS("cost_center"),
        [EV_PROJECT_ID] = REASONS("project_id"),
        [EV_FEATURE] = REASONS("feature"),
        [EV_WORKLOAD_CLASS] = REASONS("workload_class"),
        [EV_TENANT_ID] = REASONS("tenant_id"),
        [EV_PARENT_RUN_ID] = REASONS("parent_run_id"),
        [EV_STEP_KIND] = REASONS("step_kind"),
        [EV_TOOL_NAME] = REASONS("tool_name"),
        [EV_WORKFLOW_ID] = REASONS("workflow_id"),
        [EV_OPERATION_ID] = REASONS("operation_id"),
        [EV_ORIGINATOR_ID] = REASONS("originator_id"),
        [EV_ISSUANCE_ID] = REASONS("issuance_id"),
        [EV_SIGNING_KEY_ID] = REASONS("signing_key_id"),
        [EV_ENVELOPE_HMAC] = REASONS("envelope_hmac"),
        [EV_ATTEMPT] = REASONS("attempt"),
        [EV_RETRY_OF] = REASONS("retry_of"),
        [EV_ACCOUNT_ID] = REASONS("account_id"),
        [EV_REGION] = REASONS("region"),
        [EV_API_KEY_ID] = REASONS("api_key_id"),
        [EV_RESOURCE_ID] = REASONS("resource_id"),
        [EV_SERVICE_TIER] = REASONS("service_tier"),
        [EV_BATCH] = REASONS("batch"),
        [EV_CACHE_HIT] = REASONS("cache_hit"),
        [EV_TRACE_ID] = REASONS("trace_id"),
};

static const struct {
	const char *word, *status;
} status_words[] = {
        {.word = "success", .status = "success"},   {.word = "partial", .status = "partial"},
        {.word = "error", .status = "error"},       {.word = "cache_hit", .status = "cache_hit"},
        {.word = "ok", .status = "success"},        {.word = "succeeded", .status = "success"},
        {.word = "completed", .status = "success"}, {.word = "failure", .status = "error"},
        {.word = "failed", .status = "error"},      {.word = "cancelled", .status = "error"},
        {.word = "true", .status = "success"},      {.word = "false", .status = "error"},   /* Cloudflare's success */
        {.word = "default", .status = "success"},   {.word = "debug", .status = "success"}, /* Langfuse's levels */
        {.word = "warning", .status = "success"},
};

static bool refuse(const char **reason, const char *phrase)
{
	*reason = phrase;
	return false;
}

/* What an HTTP status code says. */
static bool status_of_code(struct slice word, struct slice *status)
{
	int64_t code;
	if (!slice_uint(word, &code) || code < 200 || code > 599 || (code > 299 && code < 400))
		return false;
	*status = code < 400 ? SLICE("success") : SLICE("error");
	return true;
}

static bool check_status(struct event *ev, const char **reason)
{
	struct slice word = ev->text[EV_STATUS];
	if (slice_empty(word)) {
		ev->text[EV_STATUS] = SLICE("success");
		return true;
	}
	for (size_t i = 0; i < sizeof status_words / sizeof *status_words; i++) {
		if (slice_is_nocase(word, status_words[i].word)) {
			ev->text[EV_STATUS] = slice_of(status_words[i].status);
			return true;
		}
	}
	return status_of_code(word, &ev->text[EV_STATUS]) || refuse(reason, "status is not known");
}

static bool check_count(struct slice text, int64_t *number, const struct column_reasons *why, const char **reason)
{
	if (!slice_uint(text, number)) {
		struct decimal d;
		if (!decimal_parse(text, &d, NULL))
			return refuse(reason, why->malformed);
		if (d.negative && !decimal_is_zero(&d))
			return refuse(reason, why->negative);
		if (d.count > 0 && d.point > 13)
			return refuse(reason, why->too_large);
		if (!decimal_to_int(&d, number))
			return refuse(reason, why->malformed);
	}
	return *number <= COUNT_MAX || refuse(reason, why->too_large);
}

/* More than 10^9, which is the digit 1 before nine zeros. */
static bool is_over_limit(const struct decimal *d)
{
	return d->count > 0 && (d->point > 10 || (d->point == 10 && (d->digit[0] > 1 || d->count > 1)));
}

static bool check_cost(struct event *ev, struct slice text, const char **reason)
{
	const struct column_reasons *why = &reasons[EV_COMPUTED_COST_USD];
	if (!decimal_parse(text, &ev->computed_cost_usd, NULL))
		return refuse(reason, why->malformed);
	if (ev->computed_cost_usd.negative && !decimal_is_zero(&ev->computed_cost_usd))
		return refuse(reason, why->negative);
	return !is_over_limit(&ev->computed_cost_usd) || refuse(reason, why->too_large);
}

static bool check_bool(struct slice text, int64_t *number, const struct column_reasons *why, const char **reason)
{
	if (slice_is_nocase(text, "true") || slice_is(text, "1"))
		*number = 1;
	else if (slice_is_nocase(text, "false") || slice_is(text, "0"))
		*number = 0;
	else
		return refuse(reason, why->malformed);
	return true;
}

static bool parse_unix_ms(struct slice text, int64_t *number)
{
	if (text.len > 15 || !slice_uint(text, number) || *number < UNIX_MS_FROM)
		return false;
	*number *= 1000;
	return true;
}

static bool check_time(struct slice text, utc_us as_of, int64_t *number, const struct column_reasons *why,
                       const char **reason)
{
	if (!utc_parse(text, number) && !(utc_parse_unix(text, number) && *number >= UNIX_FROM) &&
	    !parse_unix_ms(text, number))
		return refuse(reason, why->malformed);
	return *number <= as_of + UTC_DAY || refuse(reason, "timestamp is in the future");
}

static bool check_text(struct slice text, const struct column_reasons *why, const char **reason)
{
	if (text.len > TEXT_MAX)
		return refuse(reason, why->too_long);
	return slice_is_utf8(text) || refuse(reason, why->not_text);
}

static bool check_json(struct slice text, const struct column_reasons *why, const char **reason)
{
	if (text.ptr[0] != '{')
		return refuse(reason, why->malformed);
	return slice_is_utf8(text) || refuse(reason, why->not_text);
}

static bool check_column(struct event *ev, enum event_column c, utc_us as_of, const char **reason)
{
	const struct column_reasons *why = &reasons[c];
	struct slice text = ev->text[c] = slice_trim(ev->text[c]);
	if (slice_empty(text))
		return !event_columns[c].required || refuse(reason, why->missing);
	switch (event_columns[c].kind) {
	case KIND_TEXT:
		return check_text(text, why, reason);
	case KIND_TIME:
		return check_time(text, as_of, &ev->number[c], why, reason);
	case KIND_COUNT:
		return check_count(text, &ev->number[c], why, reason);
	case KIND_MONEY:
		return check_cost(ev, text, reason);
	case KIND_JSON:
		return check_json(text, why, reason);
	case KIND_BOOL:
		return check_bool(text, &ev->number[c], why, reason);
	}
	return false;
}

bool event_check(struct event *ev, const struct event_check_options *o, const char **reason)
{
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		if (!check_column(ev, c, o->as_of, reason))
			return false;
	if (!slice_empty(ev->attributes) && !slice_is_utf8(ev->attributes))
		return refuse(reason, "attributes are not valid UTF-8");
	ev->text[EV_PROVIDER] = provider_canonical(o->providers, ev->text[EV_PROVIDER], ev->provider_name);
	return check_status(ev, reason);
}
