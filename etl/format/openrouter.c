/*
 * OpenRouter's activity export: one row per request, with its cost. The cost is of all classes together; the events'
 * own counts say how it is made up. What a customer pays to a provider with his own key is not on OpenRouter's bill.
 */
#include "format/bill_csv.h"

enum activity_column {
	ACTIVITY_ID,
	ACTIVITY_CREATED_AT,
	ACTIVITY_COST,
	ACTIVITY_MODEL,
	ACTIVITY_API_KEY,
	ACTIVITY_USER,
	ACTIVITY_APP,
	ACTIVITY_UPSTREAM,
	ACTIVITY_VARIANT,
	ACTIVITY_COLUMNS,
};
static const struct csv_column activity_columns[ACTIVITY_COLUMNS] = {
        [ACTIVITY_ID] = {.name = "generation_id", .required = true},
        [ACTIVITY_CREATED_AT] = {.name = "created_at", .required = true},
        [ACTIVITY_COST] = {.name = "cost_total", .required = true},
        [ACTIVITY_MODEL] = {.name = "model_permaslug"},
        [ACTIVITY_API_KEY] = {.name = "api_key_name"},
        [ACTIVITY_USER] = {.name = "user"},
        [ACTIVITY_APP] = {.name = "app_name"},
        [ACTIVITY_UPSTREAM] = {.name = "provider_name"},
        [ACTIVITY_VARIANT] = {.name = "variant"},
};

static bool activity_row(struct bill_csv *b, struct line *l, struct err *e)
{
	bool has_time;
	if (!csv_reader_time(b->csv, ACTIVITY_CREATED_AT, &has_time, &l->usage_start, e) ||
	    !csv_reader_decimal(b->csv, ACTIVITY_COST, &l->has_cost, &l->cost, e))
		return false;
	if (!has_time || !l->has_cost)
		return csv_reader_refuse(b->csv, has_time ? ACTIVITY_COST : ACTIVITY_CREATED_AT, "is missing", e);
	l->request_id = bill_stated(b, ACTIVITY_ID);
	l->usage_end = l->usage_start;
	bill_set_day(l);
	l->provider = SLICE("openrouter");
	l->model = bill_stated(b, ACTIVITY_MODEL);
	l->api_key_id = bill_stated(b, ACTIVITY_API_KEY);
	l->principal = bill_stated(b, ACTIVITY_USER);
	b->tags.count = 0;
	tags_add(&b->tags, SLICE("app_name"), bill_stated(b, ACTIVITY_APP), 0);
	tags_add(&b->tags, SLICE("provider_name"), bill_stated(b, ACTIVITY_UPSTREAM), 0);
	tags_add(&b->tags, SLICE("variant"), bill_stated(b, ACTIVITY_VARIANT), 0);
	l->tags = tags_json(&b->tags, &b->tags_text);
	return bill_yield(b, l, e);
}

static bool activity_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = activity_columns, .count = ACTIVITY_COLUMNS, .dataset = "activity", .row = activity_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool activity_detect(struct slice head)
{
	static const char *const names[] = {"generation_id", "created_at", "cost_total", NULL};
	return csv_head_has(head, names);
}

const struct format format_openrouter_csv = {
        .name = "openrouter-csv",
        .has_parts = true,
        .source_type = "openrouter",
        .summary = "OpenRouter activity, CSV: a row per request",
        .detect = activity_detect,
        .read = activity_read,
};
