/*
 * OpenAI's dashboard exports: usage (counts, no cost) and costs. A dimension that the export was not grouped by is an
 * empty cell, an empty bucket a row with times only; rows that are equal in every dimension add up.
 */
#include "format/bill_csv.h"
#include "format/openai_item.h"
#include "format/unit.h"

enum usage_column {
	USAGE_START,
	USAGE_END,
	USAGE_START_ISO,
	USAGE_END_ISO,
	USAGE_PROJECT,
	USAGE_ORGANIZATION,
	USAGE_API_KEY,
	USAGE_USER,
	USAGE_MODEL,
	USAGE_BATCH,
	USAGE_TIER,
	USAGE_REQUESTS,
	USAGE_INPUT,
	USAGE_UNCACHED,
	USAGE_CACHE_READ,
	USAGE_CACHE_WRITE,
	USAGE_OUTPUT,
	USAGE_COLUMNS,
};
static const struct csv_column usage_columns[USAGE_COLUMNS] = {
        [USAGE_START] = {.name = "start_time", .required = true},
        [USAGE_END] = {.name = "end_time", .required = true},
        [USAGE_START_ISO] = {.name = "start_time_iso"},
        [USAGE_END_ISO] = {.name = "end_time_iso"},
        [USAGE_PROJECT] = {.name = "project_id"},
        [USAGE_ORGANIZATION] = {.name = "organization_id"},
        [USAGE_API_KEY] = {.name = "api_key_id"},
        [USAGE_USER] = {.name = "user_id"},
        [USAGE_MODEL] = {.name = "model"},
        [USAGE_BATCH] = {.name = "batch"},
        [USAGE_TIER] = {.name = "service_tier"},
        [USAGE_REQUESTS] = {.name = "num_model_requests"},
        [USAGE_INPUT] = {.name = "input_tokens"},
        [USAGE_UNCACHED] = {.name = "input_uncached_tokens"},
        [USAGE_CACHE_READ] = {.name = "input_cached_tokens"},
        [USAGE_CACHE_WRITE] = {.name = "input_cache_write_tokens"},
        [USAGE_OUTPUT] = {.name = "output_tokens"},
};

enum cost_column {
	COST_START,
	COST_END,
	COST_START_ISO,
	COST_END_ISO,
	COST_AMOUNT,
	COST_CURRENCY,
	COST_QUANTITY,
	COST_UNIT,
	COST_LINE_ITEM,
	COST_PROJECT,
	COST_ORGANIZATION,
	COST_API_KEY,
	COST_USER,
	COST_COLUMNS,
};
static const struct csv_column cost_columns[COST_COLUMNS] = {
        [COST_START] = {.name = "start_time", .required = true},
        [COST_END] = {.name = "end_time", .required = true},
        [COST_START_ISO] = {.name = "start_time_iso"},
        [COST_END_ISO] = {.name = "end_time_iso"},
        [COST_AMOUNT] = {.name = "amount_value", .required = true},
        [COST_CURRENCY] = {.name = "amount_currency", .required = true},
        [COST_QUANTITY] = {.name = "quantity"},
        [COST_UNIT] = {.name = "quantity_unit"},
        [COST_LINE_ITEM] = {.name = "line_item"},
        [COST_PROJECT] = {.name = "project_id"},
        [COST_ORGANIZATION] = {.name = "organization_id"},
        [COST_API_KEY] = {.name = "api_key_id"},
        [COST_USER] = {.name = "user_id"},
};

/* One end of the bucket: unix seconds, which dashboards print as "1790812800.0" too, else the ISO column. */
static bool bucket_time(const struct bill_csv *b, size_t unix_column, size_t iso_column, utc_us *out, struct err *e)
{
	bool has;
	if (!csv_reader_time(b->csv, unix_column, &has, out, e))
		return false;
	if (!has && !csv_reader_time(b->csv, iso_column, &has, out, e))
		return false;
	return has || csv_reader_refuse(b->csv, unix_column, "is missing", e);
}

static bool set_bucket(const struct bill_csv *b, struct line *l, struct err *e)
{
	l->provider = SLICE("openai");
	/* Both tables begin with the four time columns. */
	if (!bucket_time(b, USAGE_START, USAGE_START_ISO, &l->usage_start, e) ||
	    !bucket_time(b, USAGE_END, USAGE_END_ISO, &l->usage_end, e))
		return false;
	if (l->usage_end < l->usage_start)
		return csv_reader_refuse(b->csv, USAGE_END, "is before the start", e);
	bill_set_day(l);
	return true;
}

static struct slice organization(const struct bill_csv *b, size_t column)
{
	struct slice id = bill_stated(b, column);
	return id.ptr ? id : SLICE("");
}

/* input_tokens includes what was read from and written to the cache. */
static bool uncached_line(struct bill_csv *b, struct line *l, struct err *e)
{
	bool has, ignored;
	int64_t all, uncached, read, written;
	if (!bill_count(b, USAGE_UNCACHED, &has, &uncached, e))
		return false;
	if (!has) {
		if (!bill_count(b, USAGE_INPUT, &has, &all, e) ||
		    !bill_count(b, USAGE_CACHE_READ, &ignored, &read, e) ||
		    !bill_count(b, USAGE_CACHE_WRITE, &ignored, &written, e))
			return false;
		uncached = all - read - written;
		if (has && uncached < 0)
			return csv_reader_refuse(b->csv, USAGE_INPUT, "is less than its cached part", e);
	}
	if (!has)
		return true;
	l->has_quantity = true;
	l->quantity = decimal_of_int(uncached);
	l->usage_class = CLASS_INPUT;
	l->unit = SLICE("tokens");
	return bill_yield(b, l, e);
}

static bool usage_row(struct bill_csv *b, struct line *l, struct err *e)
{
	static const struct bill_quantity quantities[] = {
	        {.column = USAGE_CACHE_READ, .usage_class = CLASS_CACHE_READ, .unit = "tokens"},
	        {.column = USAGE_CACHE_WRITE, .usage_class = CLASS_CACHE_WRITE_5M, .unit = "tokens"},
	        {.column = USAGE_OUTPUT, .usage_class = CLASS_OUTPUT, .unit = "tokens"},
	        {.column = USAGE_REQUESTS, .usage_class = CLASS_REQUEST, .unit = "requests"},
	};
	if (!set_bucket(b, l, e))
		return false;
	l->delivery.payer = organization(b, USAGE_ORGANIZATION);
	l->account_id = bill_stated(b, USAGE_PROJECT);
	l->api_key_id = bill_stated(b, USAGE_API_KEY);
	l->principal = bill_stated(b, USAGE_USER);
	l->model = bill_stated(b, USAGE_MODEL);
	l->service_tier = bill_stated(b, USAGE_TIER);
	struct slice batch = bill_stated(b, USAGE_BATCH);
	if (slice_is_nocase(batch, "true") || slice_is(batch, "1"))
		l->service_tier = SLICE("batch");
	return uncached_line(b, l, e) && bill_quantities(b, l, quantities, sizeof quantities / sizeof *quantities, e);
}

static bool set_quantity(const struct bill_csv *b, struct line *l, struct err *e)
{
	if (!csv_reader_decimal(b->csv, COST_QUANTITY, &l->has_quantity, &l->quantity, e))
		return false;
	int places = unit_places(bill_stated(b, COST_UNIT), &l->unit);
	return !l->has_quantity || decimal_shift(&l->quantity, places) ||
	       csv_reader_refuse(b->csv, COST_QUANTITY, "can't be read: more than 30 integer digits", e);
}

static bool cost_row(struct bill_csv *b, struct line *l, struct err *e)
{
	char currency[4];
	if (!set_bucket(b, l, e) || !csv_reader_decimal(b->csv, COST_AMOUNT, &l->has_cost, &l->cost, e))
		return false;
	if (!l->has_cost) {
		bool is_empty_bucket = !bill_stated(b, COST_LINE_ITEM).ptr && !bill_stated(b, COST_CURRENCY).ptr;
		return is_empty_bucket ? b->out->bucket(b->out->context, &l->delivery, e)
		                       : csv_reader_refuse(b->csv, COST_AMOUNT, "is missing", e);
	}
	l->delivery.payer = organization(b, COST_ORGANIZATION);
	l->account_id = bill_stated(b, COST_PROJECT);
	l->api_key_id = bill_stated(b, COST_API_KEY);
	l->principal = bill_stated(b, COST_USER);
	l->description = bill_stated(b, COST_LINE_ITEM);
	openai_item_parse(l->description, &l->model, &l->usage_class, &l->service_tier);
	return bill_currency(b, COST_CURRENCY, currency, l, e) && set_quantity(b, l, e) && bill_yield(b, l, e);
}

static bool usage_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = usage_columns, .count = USAGE_COLUMNS, .dataset = "usage/completions", .row = usage_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool cost_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = cost_columns, .count = COST_COLUMNS, .dataset = "costs", .row = cost_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool usage_detect(struct slice head)
{
	static const char *const names[] = {"start_time", "end_time", "num_model_requests", NULL};
	return csv_head_has(head, names);
}

static bool cost_detect(struct slice head)
{
	static const char *const names[] = {"start_time", "end_time", "amount_value", "amount_currency", NULL};
	return csv_head_has(head, names);
}

const struct format format_openai_usage_csv = {
        .name = "openai-usage-csv",
        .has_parts = true,
        .source_type = "openai",
        .summary = "OpenAI usage, as the dashboard exports it",
        .detect = usage_detect,
        .read = usage_read,
};

const struct format format_openai_cost_csv = {
        .name = "openai-cost-csv",
        .has_parts = true,
        .source_type = "openai",
        .summary = "OpenAI costs, as the dashboard exports them",
        .detect = cost_detect,
        .read = cost_read,
};
