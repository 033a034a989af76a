#include "format/record.h"

const struct event_column_spec event_columns[EV_COLUMNS] = {
        [EV_REQUEST_ID] = {.name = "request_id", .kind = KIND_TEXT, .required = true},
        [EV_TIMESTAMP] = {.name = "timestamp", .kind = KIND_TIME, .required = true},
        [EV_PROVIDER] = {.name = "provider", .kind = KIND_TEXT, .required = true},
        [EV_MODEL] = {.name = "model", .kind = KIND_TEXT},
        [EV_TEAM_ID] = {.name = "team_id", .kind = KIND_TEXT},
        [EV_SERVICE] = {.name = "service", .kind = KIND_TEXT},
        [EV_ENVIRONMENT] = {.name = "environment", .kind = KIND_TEXT},
        [EV_INPUT_TOKENS] = {.name = "input_tokens", .kind = KIND_COUNT},
        [EV_OUTPUT_TOKENS] = {.name = "output_tokens", .kind = KIND_COUNT},
        [EV_CACHE_READ_INPUT_TOKENS] = {.name = "cache_read_input_tokens", .kind = KIND_COUNT},
        [EV_CACHE_WRITE_INPUT_TOKENS] = {.name = "cache_write_input_tokens", .kind = KIND_COUNT},
        [EV_CACHE_WRITE_1H_INPUT_TOKENS] = {.name = "cache_write_1h_input_tokens", .kind = KIND_COUNT},
        [EV_UNIT_PRICE] = {.name = "unit_price", .kind = KIND_JSON},
        [EV_COMPUTED_COST_USD] = {.name = "computed_cost_usd", .kind = KIND_MONEY},
        [EV_BILLING_RULE_VERSION] = {.name = "billing_rule_version", .kind = KIND_TEXT},
        [EV_STATUS] = {.name = "status", .kind = KIND_TEXT},
        [EV_ORG_ID] = {.name = "org_id", .kind = KIND_TEXT},
        [EV_USER_ID] = {.name = "user_id", .kind = KIND_TEXT},
        [EV_COST_CENTER] = {.name = "cost_center", .kind = KIND_TEXT},
        [EV_PROJECT_ID] = {.name = "project_id", .kind = KIND_TEXT},
        [EV_FEATURE] = {.name = "feature", .kind = KIND_TEXT},
        [EV_WORKLOAD_CLASS] = {.name = "workload_class", .kind = KIND_TEXT},
        [EV_TENANT_ID] = {.name = "tenant_id", .kind = KIND_TEXT},
        [EV_PARENT_RUN_ID] = {.name = "parent_run_id", .kind = KIND_TEXT},
        [EV_STEP_KIND] = {.name = "step_kind", .kind = KIND_TEXT},
        [EV_TOOL_NAME] = {.name = "tool_name", .kind = KIND_TEXT},
        [EV_WORKFLOW_ID] = {.name = "workflow_id", .kind = KIND_TEXT},
        [EV_OPERATION_ID] = {.name = "operation_id", .kind = KIND_TEXT},
        [EV_ORIGINATOR_ID] = {.name = "originator_id", .kind = KIND_TEXT},
        [EV_ISSUANCE_ID] = {.name = "issuance_id", .kind = KIND_TEXT},
        [EV_SIGNING_KEY_ID] = {.name = "signing_key_id", .kind = KIND_TEXT},
        [EV_ENVELOPE_HMAC] = {.name = "envelope_hmac", .kind = KIND_TEXT},
        [EV_ATTEMPT] = {.name = "attempt", .kind = KIND_COUNT},
        [EV_RETRY_OF] = {.name = "retry_of", .kind = KIND_TEXT},
        [EV_ACCOUNT_ID] = {.name = "account_id", .kind = KIND_TEXT},
        [EV_REGION] = {.name = "region", .kind = KIND_TEXT},
        [EV_API_KEY_ID] = {.name = "api_key_id", .kind = KIND_TEXT},
        [EV_RESOURCE_ID] = {.name = "resource_id", .kind = KIND_TEXT},
        [EV_SERVICE_TIER] = {.name = "service_tier", .kind = KIND_TEXT},
        [EV_BATCH] = {.name = "batch", .kind = KIND_BOOL},
        [EV_CACHE_HIT] = {.name = "cache_hit", .kind = KIND_BOOL},
        [EV_TRACE_ID] = {.name = "trace_id", .kind = KIND_TEXT},
};

const char *const charge_type_name[CHARGE_TYPES] = {
        [CHARGE_USAGE] = "usage",           [CHARGE_TAX] = "tax",           [CHARGE_CREDIT] = "credit",
        [CHARGE_REFUND] = "refund",         [CHARGE_DISCOUNT] = "discount", [CHARGE_FEE] = "fee",
        [CHARGE_ADJUSTMENT] = "adjustment",
};

const char *const usage_class_name[USAGE_CLASSES] = {
        [CLASS_NONE] = "",
        [CLASS_INPUT] = "input",
        [CLASS_CACHE_READ] = "cache_read",
        [CLASS_CACHE_WRITE_5M] = "cache_write_5m",
        [CLASS_CACHE_WRITE_1H] = "cache_write_1h",
        [CLASS_OUTPUT] = "output",
        [CLASS_REQUEST] = "request",
        [CLASS_IMAGE] = "image",
        [CLASS_AUDIO] = "audio",
        [CLASS_HOUR] = "hour",
        [CLASS_OTHER] = "other",
};

enum event_column event_column_find(struct slice name)
{
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		if (slice_is(name, event_columns[c].name))
			return c;
	return EV_COLUMNS;
}

enum charge_type charge_type_find(struct slice name)
{
	for (enum charge_type t = 0; t < CHARGE_TYPES; t++)
		if (slice_is(name, charge_type_name[t]))
			return t;
	return CHARGE_TYPES;
}

enum usage_class usage_class_find(struct slice name)
{
	for (enum usage_class c = 0; c < USAGE_CLASSES; c++)
		if (slice_is(name, usage_class_name[c]))
			return c;
	return USAGE_CLASSES;
}
