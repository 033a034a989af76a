/*
 * LiteLLM's model_prices_and_context_window.json: one flat map of models, USD per unit. The tier and the context step
 * of a price are suffixes of its key, in either order: input_cost_per_token_above_200k_tokens_priority.
 */
#include "format/json.h"

struct price_key {
	const char *name;
	enum usage_class klass;
};
/* A name that begins with another stands before it. */
static const struct price_key price_keys[] = {
        {"input_cost_per_token", CLASS_INPUT},
        {"output_cost_per_token", CLASS_OUTPUT},
        {"cache_read_input_token_cost", CLASS_CACHE_READ},
        {"cache_creation_input_token_cost_above_1hr", CLASS_CACHE_WRITE_1H},
        {"cache_creation_input_token_cost", CLASS_CACHE_WRITE_5M},
};
static const struct {
	const char *suffix, *tier;
} tiers[] = {
        {"_batches", "batch"},
        {"_flex", "flex"},
        {"_priority", "priority"},
};

struct litellm {
	const struct sink *out;
	struct provider_names names;
	const char *path;
	uint64_t models;
};

/* "_above_200k_tokens" at the front of *rest: 200000; false if something else stands there. */
static bool take_above(struct slice *rest, int64_t *above)
{
	static const char before[] = "_above_", after[] = "k_tokens";
	if (!slice_starts(*rest, before))
		return false;
	struct slice tail = slice_from(*rest, sizeof before - 1);
	size_t digits = slice_find(tail, after);
	if (digits > 6 || !slice_uint(slice_head(tail, digits), above))
		return false;
	*above *= 1000;
	*rest = slice_from(tail, digits + sizeof after - 1);
	return true;
}

static bool take_tier(struct slice *rest, struct slice *tier)
{
	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++) {
		if (slice_starts(*rest, tiers[i].suffix)) {
			*tier = slice_of(tiers[i].tier);
			*rest = slice_from(*rest, strlen(tiers[i].suffix));
			return true;
		}
	}
	return false;
}

/* Class, tier and step of a price's key; false for keys that are no price of a token class. */
static bool read_key(struct slice key, struct price_row *row)
{
	row->service_tier = SLICE("standard");
	row->above_input_tokens = 0;
	for (size_t i = 0; i < sizeof price_keys / sizeof *price_keys; i++) {
		if (!slice_starts(key, price_keys[i].name))
			continue;
		row->usage_class = price_keys[i].klass;
		struct slice rest = slice_from(key, strlen(price_keys[i].name));
		while (!slice_empty(rest))
			if (!take_above(&rest, &row->above_input_tokens) && !take_tier(&rest, &row->service_tier))
				return false;
		return true;
	}
	return false;
}

/* The model's name without its provider, if it begins with it: "openrouter/z-ai/glm-5". */
static struct slice bare_model(const struct litellm *b, struct slice name, struct slice provider)
{
	char scratch[64];
	struct slice rest = name, prefix = slice_cut(&rest, '/');
	if (slice_empty(rest) || !slice_equal(provider_canonical(&b->names, prefix, scratch), provider))
		return name;
	return rest;
}

/* Whether the book has the model under its bare name too, for the same provider: then that entry is the one to take. */
static bool is_repeated(const struct litellm *b, const json_t *book, struct slice name, struct slice model,
                        struct slice provider)
{
	char scratch[64];
	if (model.len == name.len)
		return false;
	struct slice other = json_text(json_object_getn(book, model.ptr, model.len), "litellm_provider");
	return slice_equal(provider_canonical(&b->names, other, scratch), provider);
}

static bool read_prices(const struct litellm *b, json_t *entry, struct price_row *row, struct err *e)
{
	const char *key;
	json_t *value;
	json_object_foreach(entry, key, value)
	{
		const char *why = NULL;
		bool given;
		if (!read_key(slice_of(key), row))
			continue;
		if (!json_decimal(entry, key, &row->price_usd, &given, &why) || row->price_usd.negative) {
			fail_input(e, "malformed_row", "%.*s, %s: %s", (int)slice_head(row->model, 200).len,
			           row->model.ptr, key, why ? why : "negative");
			return err_where(e, b->path, row->line, 0);
		}
		if (given && !b->out->price(b->out->context, row, e))
			return false;
	}
	return true;
}

static bool read_book(struct litellm *b, json_t *book, struct err *e)
{
	const char *key;
	json_t *entry;
	json_object_foreach(book, key, entry)
	{
		char scratch[64];
		struct slice name = slice_of(key);
		struct slice provider = provider_canonical(&b->names, json_text(entry, "litellm_provider"), scratch);
		struct price_row row = {.line = ++b->models, .provider = provider, .per_units = 1};
		row.model = bare_model(b, name, provider);
		row.valid_from = row.valid_to = SLICE("");
		if (slice_empty(provider) || slice_is(name, "sample_spec") ||
		    is_repeated(b, book, name, row.model, provider))
			b->out->passed_over(b->out->context, 1);
		else if (!read_prices(b, entry, &row, e))
			return false;
	}
	return true;
}

static bool litellm_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct litellm b = {
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
		JSON_AUTO book = json_build_document(&reader, text, b.path, records.line, e);
		ok = book && read_book(&b, book, e);
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

static bool litellm_detect(struct slice head)
{
	return json_head_first(head) == '{' && json_head_has(head, "litellm_provider", NULL);
}

const struct format format_litellm_prices = {
        .name = "litellm-prices",
        .source_type = NULL,
        .summary = "LiteLLM's model_prices_and_context_window.json",
        .detect = litellm_detect,
        .read = litellm_read,
};
