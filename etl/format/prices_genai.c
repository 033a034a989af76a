/*
 * genai-prices' data.json: an array of providers with their models, USD per million tokens (or per thousand calls).
 * A model's prices are one object, or a list of which the last that is active counts, and the first if none is; so an
 * entry is in force from its start date to the earliest start of any later entry of the list. Prices by time of day
 * have no place in a price list by date and are passed over.
 */
#include "format/json.h"

struct price_key {
	const char *name;
	enum usage_class klass;
	int64_t per_units;
};
static const struct price_key price_keys[] = {
        {"input_mtok", CLASS_INPUT, 1000000},
        {"output_mtok", CLASS_OUTPUT, 1000000},
        {"cache_read_mtok", CLASS_CACHE_READ, 1000000},
        {"cache_write_mtok", CLASS_CACHE_WRITE_5M, 1000000},
        {"cache_write_1h_mtok", CLASS_CACHE_WRITE_1H, 1000000},
        {"requests_kcount", CLASS_REQUEST, 1000},
        {"web_searches_kcount", CLASS_OTHER, 1000},
};

struct genai {
	const struct sink *out;
	struct provider_names names;
	const char *path;
	uint64_t models;
};

static bool refuse(const struct genai *b, const struct price_row *row, const char *member, const char *problem,
                   struct err *e)
{
	fail_input(e, "malformed_row", "%.*s, %s: %s", (int)slice_head(row->model, 200).len, row->model.ptr, member,
	           problem);
	return err_where(e, b->path, row->line, 0);
}

/* One price, the member `name` of `object`; `key` is how messages call it. */
static bool yield_price(const struct genai *b, const json_t *object, const char *name, const char *key,
                        struct price_row *row, struct err *e)
{
	const char *why = NULL;
	bool given;
	if (!json_decimal(object, name, &row->price_usd, &given, &why))
		return refuse(b, row, key, why, e);
	if (row->price_usd.negative)
		return refuse(b, row, key, "negative", e);
	return !given || b->out->price(b->out->context, row, e);
}

static bool read_tiers(const struct genai *b, const json_t *price, const char *key, struct price_row *row,
                       struct err *e)
{
	const json_t *tier, *tiers = json_object_get(price, "tiers");
	size_t i;
	if (!yield_price(b, price, "base", key, row, e))
		return false;
	json_array_foreach(tiers, i, tier)
	{
		if (!json_count(tier, "start", &row->above_input_tokens) || row->above_input_tokens == 0)
			return refuse(b, row, key, "a tier whose start is not a whole number above 0", e);
		if (!yield_price(b, tier, "price", key, row, e))
			return false;
	}
	return true;
}

static bool read_prices(const struct genai *b, const json_t *prices, struct price_row *row, struct err *e)
{
	for (size_t i = 0; i < sizeof price_keys / sizeof *price_keys; i++) {
		const struct price_key *k = &price_keys[i];
		const json_t *price = json_object_get(prices, k->name);
		row->usage_class = k->klass;
		row->per_units = k->per_units;
		row->above_input_tokens = 0;
		bool ok = json_is_object(price) ? read_tiers(b, price, k->name, row, e)
		                                : yield_price(b, prices, k->name, k->name, row, e);
		if (!ok)
			return false;
	}
	return true;
}

static const json_t *constraint_of(const json_t *entry)
{
	return json_object_get(entry, "constraint");
}

static bool is_by_hour(const json_t *entry)
{
	return json_object_get(constraint_of(entry), "start_time") || json_object_get(constraint_of(entry), "end_time");
}

/* Dates of one form (checked), so that byte order is their order; "" is since ever. */
static struct slice start_of(const json_t *entry)
{
	struct slice start = json_text(constraint_of(entry), "start_date");
	return start.ptr ? start : SLICE("");
}

static bool is_date(struct slice text)
{
	utc_us at;
	return slice_empty(text) || (text.len == 10 && utc_parse(text, &at));
}

/* From when to when an entry counts; false: never. */
static bool in_force(const json_t *list, size_t index, struct price_row *row)
{
	row->valid_from = index == 0 ? SLICE("") : start_of(json_array_get(list, index));
	row->valid_to = SLICE("");
	for (size_t i = index + 1; i < json_array_size(list); i++) {
		const json_t *later = json_array_get(list, i);
		struct slice start = start_of(later);
		if (is_by_hour(later))
			continue;
		if (slice_compare(start, row->valid_from) <= 0)
			return false;
		if (slice_empty(row->valid_to) || slice_compare(start, row->valid_to) < 0)
			row->valid_to = start;
	}
	return true;
}

static bool read_list(const struct genai *b, const json_t *list, struct price_row *row, struct err *e)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(list, i, entry)
	{
		if (!is_date(start_of(entry)))
			return refuse(b, row, "start_date", "not a date", e);
	}
	json_array_foreach(list, i, entry)
	{
		if (is_by_hour(entry) || !in_force(list, i, row))
			b->out->passed_over(b->out->context, 1);
		else if (!read_prices(b, json_object_get(entry, "prices"), row, e))
			return false;
	}
	return true;
}

static bool read_provider(struct genai *b, const json_t *provider, uint64_t line, struct err *e)
{
	char scratch[64];
	struct slice id = json_text(provider, "id");
	/* Their `aws` is what everyone else calls Bedrock; the others' ids are in the alias table. */
	struct slice name = provider_canonical(&b->names, slice_is(id, "aws") ? SLICE("bedrock") : id, scratch);
	const json_t *model, *models = json_object_get(provider, "models");
	size_t i;
	if (slice_empty(name) || !json_is_array(models)) {
		fail_input(e, "malformed_row", "not a provider: no \"id\" or no array \"models\"");
		return err_where(e, b->path, line, 0);
	}
	json_array_foreach(models, i, model)
	{
		const json_t *prices = json_object_get(model, "prices");
		struct price_row row = {
		        .line = ++b->models,
		        .provider = name,
		        .model = json_text(model, "id"),
		        .service_tier = SLICE("standard"),
		        .valid_from = SLICE(""),
		        .valid_to = SLICE(""),
		};
		if (slice_empty(row.model))
			return refuse(b, &row, "id", "missing", e);
		if (!(json_is_array(prices) ? read_list : read_prices)(b, prices, &row, e))
			return false;
	}
	return true;
}

static bool genai_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct genai b = {
	        .out = out,
	        .names = {.source_map = o->source ? &o->source->provider_map : NULL, .aliases = o->provider_aliases},
	        .path = stream_path(in),
	};
	struct json_reader reader = {0};
	struct json_records records;
	struct slice text;
	bool ok;
	json_records_begin(&records, in, false, JSON_DOCUMENT_MAX);
	while ((ok = json_records_next(&records, &text, e)) && text.ptr) {
		JSON_AUTO provider = json_build_document(&reader, text, b.path, records.line, e);
		ok = provider && read_provider(&b, provider, records.line, e);
		if (!ok)
			break;
	}
	if (ok && !b.models) {
		fail_input(e, "malformed_row", "the file holds no models");
		ok = err_where(e, b.path, 1, 0);
	}
	json_records_release(&records);
	json_reader_release(&reader);
	return ok;
}

static bool genai_detect(struct slice head)
{
	char first = json_head_first(head);
	return (first == '[' || first == '{') && slice_find(head, "_mtok\"") != SIZE_MAX;
}

const struct format format_genai_prices = {
        .name = "genai-prices",
        .source_type = NULL,
        .summary = "genai-prices' data.json",
        .detect = genai_detect,
        .read = genai_read,
};
