/*
 * Anthropic's console exports: tokens (counts, no cost) and cost, a row per day and dimensions. Unlike the API's, costs
 * are dollars. The set of columns has grown over time, so only what closebook reads is named here.
 */
#include "format/bill_csv.h"

enum token_column {
	TOKEN_DAY,
	TOKEN_MODEL,
	TOKEN_API_KEY,
	TOKEN_WORKSPACE,
	TOKEN_USAGE_TYPE,
	TOKEN_CONTEXT_WINDOW,
	TOKEN_GEO,
	TOKEN_SPEED,
	TOKEN_INPUT,
	TOKEN_CACHE_WRITE_5M,
	TOKEN_CACHE_WRITE_1H,
	TOKEN_CACHE_READ,
	TOKEN_OUTPUT,
	TOKEN_WEB_SEARCH,
	TOKEN_COLUMNS,
};
static const struct csv_column token_columns[TOKEN_COLUMNS] = {
        [TOKEN_DAY] = {.name = "usage_date_utc", .required = true},
        [TOKEN_MODEL] = {.name = "model_version", .also = {"model"}},
        [TOKEN_API_KEY] = {.name = "api_key"},
        [TOKEN_WORKSPACE] = {.name = "workspace"},
        [TOKEN_USAGE_TYPE] = {.name = "usage_type"},
        [TOKEN_CONTEXT_WINDOW] = {.name = "context_window"},
        [TOKEN_GEO] = {.name = "inference_geo"},
        [TOKEN_SPEED] = {.name = "speed"},
        [TOKEN_INPUT] = {.name = "usage_input_tokens_no_cache", .required = true},
        [TOKEN_CACHE_WRITE_5M] = {.name = "usage_input_tokens_cache_write_5m"},
        [TOKEN_CACHE_WRITE_1H] = {.name = "usage_input_tokens_cache_write_1h"},
        [TOKEN_CACHE_READ] = {.name = "usage_input_tokens_cache_read"},
        [TOKEN_OUTPUT] = {.name = "usage_output_tokens", .required = true},
        [TOKEN_WEB_SEARCH] = {.name = "web_search_count"},
};

enum cost_column {
	COST_DAY,
	COST_MODEL,
	COST_API_KEY,
	COST_WORKSPACE,
	COST_USAGE_TYPE,
	COST_CONTEXT_WINDOW,
	COST_GEO,
	COST_SPEED,
	COST_TOKEN_TYPE,
	COST_TYPE,
	COST_AMOUNT,
	COST_COLUMNS,
};
static const struct csv_column cost_columns[COST_COLUMNS] = {
        [COST_DAY] = {.name = "usage_date_utc", .required = true},
        [COST_MODEL] = {.name = "model", .also = {"model_version"}},
        [COST_API_KEY] = {.name = "api_key"},
        [COST_WORKSPACE] = {.name = "workspace"},
        [COST_USAGE_TYPE] = {.name = "usage_type"},
        [COST_CONTEXT_WINDOW] = {.name = "context_window"},
        [COST_GEO] = {.name = "inference_geo"},
        [COST_SPEED] = {.name = "speed"},
        [COST_TOKEN_TYPE] = {.name = "token_type"},
        [COST_TYPE] = {.name = "cost_type"},
        [COST_AMOUNT] = {.name = "cost_usd", .required = true},
};

/* token_type as the console and as the cost API write it. */
static const struct {
	const char *type;
	enum usage_class usage_class;
} token_types[] = {
        {.type = "uncached_input_tokens", .usage_class = CLASS_INPUT},
        {.type = "input_no_cache", .usage_class = CLASS_INPUT},
        {.type = "input_tokens_no_cache", .usage_class = CLASS_INPUT},
        {.type = "input", .usage_class = CLASS_INPUT},
        {.type = "input_tokens", .usage_class = CLASS_INPUT},
        {.type = "cache_read_input_tokens", .usage_class = CLASS_CACHE_READ},
        {.type = "input_cache_read", .usage_class = CLASS_CACHE_READ},
        {.type = "input_tokens_cache_read", .usage_class = CLASS_CACHE_READ},
        {.type = "cache_read", .usage_class = CLASS_CACHE_READ},
        {.type = "cache_creation.ephemeral_5m_input_tokens", .usage_class = CLASS_CACHE_WRITE_5M},
        {.type = "input_cache_write_5m", .usage_class = CLASS_CACHE_WRITE_5M},
        {.type = "input_tokens_cache_write_5m", .usage_class = CLASS_CACHE_WRITE_5M},
        {.type = "cache_write_5m", .usage_class = CLASS_CACHE_WRITE_5M},
        {.type = "cache_creation.ephemeral_1h_input_tokens", .usage_class = CLASS_CACHE_WRITE_1H},
        {.type = "input_cache_write_1h", .usage_class = CLASS_CACHE_WRITE_1H},
        {.type = "input_tokens_cache_write_1h", .usage_class = CLASS_CACHE_WRITE_1H},
        {.type = "cache_write_1h", .usage_class = CLASS_CACHE_WRITE_1H},
        {.type = "output_tokens", .usage_class = CLASS_OUTPUT},
        {.type = "output", .usage_class = CLASS_OUTPUT},
};

/* What the two exports have in common, by the columns of either. */
struct dimensions {
	size_t model, api_key, workspace, usage_type, context_window, geo, speed;
};

static struct slice tier_of(struct slice usage_type)
{
	static const char *const tiers[] = {"batch", "flex", "priority", "standard"};
	for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
		if (slice_is_nocase(usage_type, tiers[i]))
			return slice_of(tiers[i]);
	return SLICE_NULL;
}

static bool set_dimensions(struct bill_csv *b, const struct dimensions *d, struct line *l, struct err *e)
{
	bool has;
	if (!csv_reader_time(b->csv, TOKEN_DAY, &has, &l->usage_start, e)) /* the first column of both tables */
		return false;
	if (!has)
		return csv_reader_refuse(b->csv, TOKEN_DAY, "is missing", e);
	l->usage_end = l->usage_start + UTC_DAY;
	bill_set_day(l);
	l->provider = SLICE("anthropic");
	l->model = bill_stated(b, d->model);
	l->api_key_id = bill_stated(b, d->api_key);
	l->service_tier = tier_of(bill_stated(b, d->usage_type));
	l->account_id = slice_trim(bill_cell(b, d->workspace));
	if (l->account_id.ptr && (slice_empty(l->account_id) || slice_is_nocase(l->account_id, "default")))
		l->account_id = SLICE("default");
	b->tags.count = 0;
	tags_add(&b->tags, SLICE("context_window"), bill_stated(b, d->context_window), 0);
	tags_add(&b->tags, SLICE("inference_geo"), bill_stated(b, d->geo), 0);
	tags_add(&b->tags, SLICE("speed"), bill_stated(b, d->speed), 0);
	l->tags = tags_json(&b->tags, &b->tags_text);
	return true;
}

static bool token_row(struct bill_csv *b, struct line *l, struct err *e)
{
	static const struct dimensions dimensions = {.model = TOKEN_MODEL,
	                                             .api_key = TOKEN_API_KEY,
	                                             .workspace = TOKEN_WORKSPACE,
	                                             .usage_type = TOKEN_USAGE_TYPE,
	                                             .context_window = TOKEN_CONTEXT_WINDOW,
	                                             .geo = TOKEN_GEO,
	                                             .speed = TOKEN_SPEED};
	static const struct bill_quantity quantities[] = {
	        {.column = TOKEN_INPUT, .usage_class = CLASS_INPUT, .unit = "tokens"},
	        {.column = TOKEN_CACHE_READ, .usage_class = CLASS_CACHE_READ, .unit = "tokens"},
	        {.column = TOKEN_CACHE_WRITE_5M, .usage_class = CLASS_CACHE_WRITE_5M, .unit = "tokens"},
	        {.column = TOKEN_CACHE_WRITE_1H, .usage_class = CLASS_CACHE_WRITE_1H, .unit = "tokens"},
	        {.column = TOKEN_OUTPUT, .usage_class = CLASS_OUTPUT, .unit = "tokens"},
	        {.column = TOKEN_WEB_SEARCH, .usage_class = CLASS_OTHER, .unit = "web_search_requests"},
	};
	return set_dimensions(b, &dimensions, l, e) &&
	       bill_quantities(b, l, quantities, sizeof quantities / sizeof *quantities, e);
}

/* What is no token (searches, code execution, sessions, whatever comes) is `other`; a token of unknown type no class.
 */
static enum usage_class cost_class(const struct bill_csv *b)
{
	struct slice type = bill_stated(b, COST_TOKEN_TYPE), cost = bill_stated(b, COST_TYPE);
	for (size_t i = 0; i < sizeof token_types / sizeof *token_types; i++)
		if (slice_is_nocase(type, token_types[i].type))
			return token_types[i].usage_class;
	return cost.ptr && !slice_is_nocase(cost, "tokens") && !slice_is_nocase(cost, "token") ? CLASS_OTHER
	                                                                                       : CLASS_NONE;
}

static bool cost_row(struct bill_csv *b, struct line *l, struct err *e)
{
	static const struct dimensions dimensions = {.model = COST_MODEL,
	                                             .api_key = COST_API_KEY,
	                                             .workspace = COST_WORKSPACE,
	                                             .usage_type = COST_USAGE_TYPE,
	                                             .context_window = COST_CONTEXT_WINDOW,
	                                             .geo = COST_GEO,
	                                             .speed = COST_SPEED};
	if (!set_dimensions(b, &dimensions, l, e) ||
	    !csv_reader_decimal(b->csv, COST_AMOUNT, &l->has_cost, &l->cost, e))
		return false;
	if (!l->has_cost)
		return (!l->model.ptr && !bill_stated(b, COST_TYPE).ptr && !bill_stated(b, COST_TOKEN_TYPE).ptr) ||
		       csv_reader_refuse(b->csv, COST_AMOUNT, "is missing", e);
	l->usage_class = cost_class(b);
	l->description = bill_stated(b, COST_TOKEN_TYPE);
	if (!l->description.ptr)
		l->description = bill_stated(b, COST_TYPE);
	return bill_yield(b, l, e);
}

static bool token_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = token_columns, .count = TOKEN_COLUMNS, .dataset = "usage_report/messages", .row = token_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool cost_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	static const struct bill_csv_spec spec = {
	        .columns = cost_columns, .count = COST_COLUMNS, .dataset = "cost_report", .row = cost_row};
	return bill_csv_read(&spec, in, o, out, e);
}

static bool token_detect(struct slice head)
{
	static const char *const names[] = {"usage_date_utc", "usage_input_tokens_no_cache", NULL};
	return csv_head_has(head, names);
}

static bool cost_detect(struct slice head)
{
	static const char *const names[] = {"usage_date_utc", "cost_usd", NULL};
	return csv_head_has(head, names);
}

const struct format format_anthropic_usage_csv = {
        .name = "anthropic-usage-csv",
        .has_parts = true,
        .source_type = "anthropic",
        .summary = "Anthropic token usage, as the console exports it",
        .detect = token_detect,
        .read = token_read,
};

const struct format format_anthropic_cost_csv = {
        .name = "anthropic-cost-csv",
        .has_parts = true,
        .source_type = "anthropic",
        .summary = "Anthropic costs, as the console exports them",
        .detect = cost_detect,
        .read = cost_read,
};
