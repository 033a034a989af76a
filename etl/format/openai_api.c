/*
 * OpenAI's organization/usage and organization/costs APIs. Costs is the money; usage has the quantities, which need
 * not add up to it. Each result says its endpoint in `object`.
 */
#include "format/api_page.h"
#include "format/openai_item.h"

static struct slice openai_dataset(const json_t *result, char scratch[64])
{
	static const char prefix[] = "organization.usage.", suffix[] = ".result";
	struct slice object = json_text(result, "object");
	if (slice_is(object, "organization.costs.result"))
		return SLICE("costs");
	if (!slice_starts(object, prefix) || !slice_ends(object, suffix) || object.len > 60 ||
	    object.len < sizeof prefix + sizeof suffix - 1)
		return SLICE_NULL;
	struct slice name = slice_from(slice_head(object, object.len - (sizeof suffix - 1)), sizeof prefix - 1);
	int len = snprintf(scratch, 64, "usage/%.*s", (int)name.len, name.ptr);
	return (struct slice){scratch, (size_t)len};
}

struct quantity_spec {
	const char *member;
	enum usage_class klass;
	const char *unit;
};
/* Of all endpoints but for the token counts; a result holds those of its own. */
static const struct quantity_spec quantities[] = {
        {"num_model_requests", CLASS_REQUEST, "requests"},
        {"images", CLASS_IMAGE, "images"},
        {"characters", CLASS_AUDIO, "characters"},
        {"seconds", CLASS_AUDIO, "seconds"},
        {"usage_bytes", CLASS_OTHER, "bytes"},
        {"num_sessions", CLASS_OTHER, "sessions"},
        {"sessions", CLASS_OTHER, "sessions"},
        {"num_requests", CLASS_OTHER, "calls"},
};

/* input_tokens includes what was read from and written to the cache; `input_text_…` and the like are parts of it. */
static bool token_lines(struct api_result *r, const struct sink *out, struct err *e)
{
	int64_t all, cached, written, uncached;
	const json_t *json = r->json;
	if (!api_count(r, json, "input_tokens", &all, e) || !api_count(r, json, "input_cached_tokens", &cached, e) ||
	    !api_count(r, json, "input_cache_write_tokens", &written, e) ||
	    !api_count(r, json, "input_uncached_tokens", &uncached, e))
		return false;
	bool has_input = json_text(json, "input_tokens").ptr || json_text(json, "input_uncached_tokens").ptr;
	if (!json_text(json, "input_uncached_tokens").ptr) {
		uncached = all - cached - written;
		if (uncached < 0)
			return api_refuse(r, "input_tokens", "is less than its cached part", e);
	}
	return (!has_input || api_quantity(r, CLASS_INPUT, decimal_of_int(uncached), "tokens", out, e)) &&
	       api_stated_count(r, json, "input_cached_tokens", CLASS_CACHE_READ, "tokens", out, e) &&
	       api_stated_count(r, json, "input_cache_write_tokens", CLASS_CACHE_WRITE_5M, "tokens", out, e) &&
	       api_stated_count(r, json, "output_tokens", CLASS_OUTPUT, "tokens", out, e);
}

static bool usage_lines(struct api_result *r, const struct sink *out, struct err *e)
{
	r->line.model = json_word(r->json, "model");
	r->line.service_tier = json_is_true(json_object_get(r->json, "batch"))
	                               ? SLICE("batch")
	                               : api_tier(json_word(r->json, "service_tier"));
	if (!token_lines(r, out, e))
		return false;
	for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++) {
		const struct quantity_spec *q = &quantities[i];
		struct decimal quantity;
		bool given;
		if (!api_decimal(r, r->json, q->member, q->member, &quantity, &given, e))
			return false;
		if (quantity.negative)
			return api_refuse(r, q->member, "is negative", e);
		if (given && !api_quantity(r, q->klass, quantity, q->unit, out, e))
			return false;
	}
	return true;
}

static bool cost_line(struct api_result *r, const struct sink *out, struct err *e)
{
	struct line *line = &r->line;
	char currency[4];
	if (!api_cost(r, json_object_get(r->json, "amount"), "value", "amount.value", currency, e))
		return false;
	if (!api_decimal(r, r->json, "quantity", "quantity", &line->quantity, &line->has_quantity, e))
		return false;
	line->unit = json_word(r->json, "quantity_unit");
	if (slice_is(line->unit, "1000_tokens")) {
		line->unit = SLICE("tokens");
		if (!decimal_shift(&line->quantity, 3))
			return api_refuse(r, "quantity", "is out of range", e);
	}
	line->description = json_word(r->json, "line_item");
	openai_item_parse(line->description, &line->model, &line->usage_class, &line->service_tier);
	line->service_tier = api_tier(line->service_tier);
	return out->line(out->context, line, e);
}

static bool openai_result(struct api_result *r, const struct sink *out, struct err *e)
{
	r->line.account_id = json_word(r->json, "project_id");
	r->line.api_key_id = json_word(r->json, "api_key_id");
	bool is_cost = slice_is(json_text(r->json, "object"), "organization.costs.result");
	return is_cost ? cost_line(r, out, e) : usage_lines(r, out, e);
}

static bool openai_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct api_dialect dialect = {
	        .provider = "openai",
	        .start = "start_time",
	        .end = "end_time",
	        .time = utc_parse_unix,
	        .payer = "organization_id",
	        .dataset = openai_dataset,
	        .result = openai_result,
	};
	return api_pages_read(&dialect, in, o, out, e);
}

static bool openai_detect(struct slice head)
{
	char first = json_head_first(head);
	return (first == '{' || first == '[') &&
	       (json_head_has(head, "object", "page") || json_head_has(head, "object", "bucket") ||
	        slice_find(head, "\"organization.costs.result\"") != SIZE_MAX ||
	        slice_find(head, "\"organization.usage.") != SIZE_MAX);
}

const struct format format_openai_api = {
        .name = "openai-api",
        .source_type = "openai",
        .summary = "OpenAI organization usage and costs API, pages as returned",
        .detect = openai_detect,
        .read = openai_read,
};
