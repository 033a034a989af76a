/*
 * The generic bill, under closebook's own column names or the config's `columns:` map; rows may carry a request id.
 * A dimension whose column is absent or whose cell is empty is one that the line does not state.
 */
#include "format/bill_csv.h"
#include "format/json.h"
#include "format/unit.h"

enum usage_column {
	USAGE_PROVIDER,
	USAGE_REQUEST_ID,
	USAGE_START,
	USAGE_END,
	USAGE_ACCOUNT_ID,
	USAGE_REGION,
	USAGE_API_KEY_ID,
	USAGE_RESOURCE_ID,
	USAGE_MODEL,
	USAGE_CLASS,
	USAGE_TIER,
	USAGE_QUANTITY,
	USAGE_UNIT,
	USAGE_COST,
	USAGE_CURRENCY,
	USAGE_CHARGE_TYPE,
	USAGE_INVOICE_ID,
	USAGE_TAGS,
	USAGE_DESCRIPTION,
	USAGE_COLUMNS,
};
static const struct csv_column usage_columns[USAGE_COLUMNS] = {
        [USAGE_PROVIDER] = {.name = "provider", .required = true},
        [USAGE_REQUEST_ID] = {.name = "request_id"},
        [USAGE_START] = {.name = "usage_start", .required = true},
        [USAGE_END] = {.name = "usage_end"},
        [USAGE_ACCOUNT_ID] = {.name = "account_id"},
        [USAGE_REGION] = {.name = "region"},
        [USAGE_API_KEY_ID] = {.name = "api_key_id"},
        [USAGE_RESOURCE_ID] = {.name = "resource_id"},
        [USAGE_MODEL] = {.name = "model"},
        [USAGE_CLASS] = {.name = "usage_class"},
        [USAGE_TIER] = {.name = "service_tier"},
        [USAGE_QUANTITY] = {.name = "quantity"},
        [USAGE_UNIT] = {.name = "unit"},
        [USAGE_COST] = {.name = "cost"},
        [USAGE_CURRENCY] = {.name = "currency"},
        [USAGE_CHARGE_TYPE] = {.name = "charge_type"},
        [USAGE_INVOICE_ID] = {.name = "invoice_id"},
        [USAGE_TAGS] = {.name = "tags"},
        [USAGE_DESCRIPTION] = {.name = "description"},
};

static bool set_window(const struct bill_csv *b, struct line *l, struct err *e)
{
	bool has_start, has_end;
	if (!csv_reader_time(b->csv, USAGE_START, &has_start, &l->usage_start, e) ||
	    !csv_reader_time(b->csv, USAGE_END, &has_end, &l->usage_end, e))
		return false;
	if (!has_start)
		return csv_reader_refuse(b->csv, USAGE_START, "is missing", e);
	/* A request happens at an instant; an aggregate without an end could be of any length. */
	if (!has_end && !l->request_id.ptr)
		return csv_reader_refuse(b->csv, USAGE_END, "is missing, and the row has no request_id", e);
	if (!has_end)
		l->usage_end = l->usage_start;
	if (l->usage_end < l->usage_start)
		return csv_reader_refuse(b->csv, USAGE_END, "is before usage_start", e);
	bill_set_day(l);
	return true;
}

static bool set_kind(const struct bill_csv *b, struct line *l, struct err *e)
{
	struct slice charge = bill_stated(b, USAGE_CHARGE_TYPE);
	l->charge_type = charge.ptr ? charge_type_find(charge) : CHARGE_USAGE;
	if (l->charge_type == CHARGE_TYPES)
		return csv_reader_refuse(b->csv, USAGE_CHARGE_TYPE, "is not a charge type", e);
	l->usage_class = usage_class_find(bill_stated(b, USAGE_CLASS));
	return l->usage_class != USAGE_CLASSES || csv_reader_refuse(b->csv, USAGE_CLASS, "is not a usage class", e);
}

static bool set_amounts(const struct bill_csv *b, char currency[4], struct line *l, struct err *e)
{
	if (!csv_reader_decimal(b->csv, USAGE_QUANTITY, &l->has_quantity, &l->quantity, e) ||
	    !csv_reader_decimal(b->csv, USAGE_COST, &l->has_cost, &l->cost, e))
		return false;
	if (!l->has_cost && !l->has_quantity)
		return csv_reader_refuse(b->csv, USAGE_COST, "is missing, and so is the quantity", e);
	int places = unit_places(bill_stated(b, USAGE_UNIT), &l->unit);
	if (l->has_quantity && !decimal_shift(&l->quantity, places))
		return csv_reader_refuse(b->csv, USAGE_QUANTITY, "can't be read: more than 30 integer digits", e);
	/* Without such a column the file is in USD; an empty cell beside others is a fault. */
	bool silent = !csv_reader_has(b->csv, USAGE_CURRENCY) || (!l->has_cost && !bill_stated(b, USAGE_CURRENCY).ptr);
	return silent || bill_currency(b, USAGE_CURRENCY, currency, l, e);
}

static bool set_tags(const struct bill_csv *b, struct line *l, struct err *e)
{
	struct slice text = bill_stated(b, USAGE_TAGS);
	if (!text.ptr || slice_is(text, "{}"))
		return true;
	struct json_reader reader = {0};
	const char *why = "is not a JSON object";
	json_t *tags = json_build(&reader, text, &why);
	bool is_object = json_is_object(tags);
	json_decref(tags);
	json_reader_release(&reader);
	l->tags = text;
	return is_object || csv_reader_refuse(b->csv, USAGE_TAGS, "is not a JSON object", e);
}

static bool usage_row(struct bill_csv *b, struct line *l, struct err *e)
{
	char scratch[64], currency[4];
	struct provider_names names = {.source_map = b->o->source ? &b->o->source->provider_map : NULL,
	                               .aliases = b->o->provider_aliases};
	l->provider = provider_canonical(&names, bill_cell(b, USAGE_PROVIDER), scratch);
	if (slice_empty(l->provider))
		return csv_reader_refuse(b->csv, USAGE_PROVIDER, "is missing", e);
	l->request_id = bill_stated(b, USAGE_REQUEST_ID);
	l->account_id = bill_stated(b, USAGE_ACCOUNT_ID);
	l->region = bill_stated(b, USAGE_REGION);
	l->api_key_id = bill_stated(b, USAGE_API_KEY_ID);
	l->resource_id = bill_stated(b, USAGE_RESOURCE_ID);
	l->model = bill_stated(b, USAGE_MODEL);
	l->service_tier = bill_stated(b, USAGE_TIER);
	l->invoice_id = bill_stated(b, USAGE_INVOICE_ID);
	l->description = bill_stated(b, USAGE_DESCRIPTION);
	return set_window(b, l, e) && set_kind(b, l, e) && set_amounts(b, currency, l, e) && set_tags(b, l, e) &&
	       bill_yield(b, l, e);
}

static bool usage_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = usage_columns, .count = USAGE_COLUMNS, .dataset = "usage-csv", .row = usage_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool usage_detect(struct slice head)
{
	static const char *const names[] = {"provider", "usage_start", NULL};
	return csv_head_has(head, names);
}

const struct format format_usage_csv = {
        .name = "usage-csv",
        .has_parts = true,
        .source_type = "usage-csv",
        .summary = "generic bill, CSV, with or without request ids",
        .detect = usage_detect,
        .read = usage_read,
};
