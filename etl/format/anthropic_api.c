/*
 * Anthropic's usage_report/messages and cost_report APIs. Their results do not say which of the two they come from:
 * only a cost has an amount. Amounts are cents, as decimal text.
 */
#include "format/api_page.h"
#include <stdlib.h>

static struct slice anthropic_dataset(const json_t *result, char scratch[64])
{
	(void)scratch;
	if (json_object_get(result, "amount"))
		return SLICE("cost_report");
	if (json_object_get(result, "uncached_input_tokens") || json_object_get(result, "cache_read_input_tokens") ||
	    json_object_get(result, "output_tokens"))
		return SLICE("usage_report/messages");
	return SLICE_NULL;
}

struct token_spec {
	const char *type;   /* as cost_report's token_type calls it */
	const char *object; /* where usage_report has the count; NULL: in the result itself */
	const char *member;
	enum usage_class klass;
};
static const struct token_spec token_types[] = {
        {"uncached_input_tokens", NULL, "uncached_input_tokens", CLASS_INPUT},
        {"cache_read_input_tokens", NULL, "cache_read_input_tokens", CLASS_CACHE_READ},
        {"cache_creation.ephemeral_5m_input_tokens", "cache_creation", "ephemeral_5m_input_tokens",
         CLASS_CACHE_WRITE_5M},
        {"cache_creation.ephemeral_1h_input_tokens", "cache_creation", "ephemeral_1h_input_tokens",
         CLASS_CACHE_WRITE_1H},
        {"output_tokens", NULL, "output_tokens", CLASS_OUTPUT},
};
enum { TOKEN_TYPES = sizeof token_types / sizeof *token_types };

static bool usage_lines(struct api_result *r, const struct sink *out, struct err *e)
{
	for (size_t i = 0; i < TOKEN_TYPES; i++) {
		const struct token_spec *t = &token_types[i];
		const json_t *object = t->object ? json_object_get(r->json, t->object) : r->json;
		if (!api_stated_count(r, object, t->member, t->klass, "tokens", out, e))
			return false;
	}
	const json_t *tools = json_object_get(r->json, "server_tool_use");
	return api_stated_count(r, tools, "web_search_requests", CLASS_OTHER, "web_search_requests", out, e);
}

/* What is no token (searches, code execution, sessions, whatever comes) is `other`; a token of unknown type no class.
 */
static enum usage_class cost_class(const json_t *result)
{
	struct slice type = json_word(result, "token_type"), cost = json_word(result, "cost_type");
	for (size_t i = 0; i < TOKEN_TYPES; i++)
		if (slice_is(type, token_types[i].type))
			return token_types[i].klass;
	return cost.ptr && !slice_is(cost, "tokens") ? CLASS_OTHER : CLASS_NONE;
}

static bool cost_line(struct api_result *r, const struct sink *out, struct err *e)
{
	char currency[4];
	if (!api_cost(r, r->json, "amount", "amount", currency, e))
		return false;
	if (!decimal_shift(&r->line.cost, -2))
		return api_refuse(r, "amount", "is out of range", e);
	r->line.usage_class = cost_class(r->json);
	r->line.description = json_word(r->json, "description");
	return out->line(out->context, &r->line, e);
}

/* What a line has no column for. The caller frees it. */
static char *tags_of(const json_t *result)
{
	static const char *const names[] = {"context_window", "inference_geo"};
	JSON_AUTO tags = json_object();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct slice value = json_word(result, names[i]);
		if (value.ptr)
			json_object_set_new(tags, names[i], json_stringn(value.ptr, value.len));
	}
	return json_object_size(tags) ? json_dumps(tags, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

static bool anthropic_result(struct api_result *r, const struct sink *out, struct err *e)
{
	const json_t *workspace = json_object_get(r->json, "workspace_id");
	char *tags = tags_of(r->json);
	r->line.tags = slice_of(tags);
	r->line.account_id = json_is_null(workspace) ? SLICE("default") : json_word(r->json, "workspace_id");
	r->line.api_key_id = json_word(r->json, "api_key_id");
	r->line.model = json_word(r->json, "model");
	r->line.service_tier = api_tier(json_word(r->json, "service_tier"));
	bool ok = json_object_get(r->json, "amount") ? cost_line(r, out, e) : usage_lines(r, out, e);
	free(tags);
	return ok;
}

static bool anthropic_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct api_dialect dialect = {
	        .provider = "anthropic",
	        .start = "starting_at",
	        .end = "ending_at",
	        .time = utc_parse,
	        .dataset = anthropic_dataset,
	        .result = anthropic_result,
	};
	return api_pages_read(&dialect, in, o, out, e);
}

/* A page without buckets has nothing but its envelope. */
static bool anthropic_detect(struct slice head)
{
	char first = json_head_first(head);
	if (first != '{' && first != '[')
		return false;
	if (json_head_has(head, "starting_at", NULL) && json_head_has(head, "results", NULL))
		return true;
	return json_head_has(head, "data", NULL) && json_head_has(head, "has_more", NULL) &&
	       json_head_has(head, "next_page", NULL) && !json_head_has(head, "object", NULL);
}

const struct format format_anthropic_api = {
        .name = "anthropic-api",
        .source_type = "anthropic",
        .summary = "Anthropic usage_report and cost_report API, pages as returned",
        .detect = anthropic_detect,
        .read = anthropic_read,
};
