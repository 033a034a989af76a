/*
 * OpenRouter's activity API: a day's cost and counts per model and endpoint, without request ids. The API names the day
 * in the question; `pull` keeps the answer's rows as the results of that day's bucket. `usage` is what OpenRouter
 * bills, in USD; what a customer pays to a provider with his own key (byok_usage_inference) is not on its bill. The
 * cost is of all classes together, so that its lines state none.
 */
#include "format/api_page.h"

static struct slice activity_dataset(const json_t *result, char scratch[64])
{
	(void)scratch;
	return json_object_get(result, "usage") ? SLICE("activity/daily") : SLICE_NULL;
}

static bool activity_result(struct api_result *r, const struct sink *out, struct err *e)
{
	struct line *line = &r->line;
	line->model = json_word(r->json, "model_permaslug");
	if (!line->model.ptr)
		line->model = json_word(r->json, "model");
	line->currency = SLICE("USD");
	line->description = json_word(r->json, "provider_name");
	if (!api_decimal(r, r->json, "usage", "usage", &line->cost, &line->has_cost, e))
		return false;
	return line->has_cost ? out->line(out->context, line, e) : api_refuse(r, "usage", "is missing", e);
}

static bool activity_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct api_dialect dialect = {
	        .provider = "openrouter",
	        .start = "starting_at",
	        .end = "ending_at",
	        .time = utc_parse,
	        .dataset = activity_dataset,
	        .result = activity_result,
	};
	return api_pages_read(&dialect, in, o, out, e);
}

static bool activity_detect(struct slice head)
{
	return json_head_first(head) == '{' && json_head_has(head, "starting_at", NULL) &&
	       json_head_has(head, "byok_usage_inference", NULL);
}

const struct format format_openrouter_api = {
        .name = "openrouter-api",
        .source_type = "openrouter",
        .summary = "OpenRouter activity API, a bucket a day, as `pull` keeps it",
        .detect = activity_detect,
        .read = activity_read,
};
