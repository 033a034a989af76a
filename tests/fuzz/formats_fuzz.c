/*
 * Every format over any bytes, plain or gzip; the first byte chooses the format, and whether a source is configured.
 * What reaches the sink must be fit for the database: UTF-8 where text is wanted, JSON objects where jsonb is, decimals
 * and times within their limits.
 */
#include "fuzz.h"

#include "format/format.h"
#include <jansson.h>

static void check_text(struct slice s)
{
	MUST(s.len == 0 || (s.ptr && slice_is_utf8(s)));
}
static void check_object(struct slice s)
{
	if (s.len == 0)
		return;
	json_t *value = json_loadb(s.ptr, s.len, 0, NULL);
	MUST(json_is_object(value));
	json_decref(value);
}
static void check_decimal(const struct decimal *d)
{
	MUST(d->count <= DECIMAL_DIGITS &&
	     (d->count == 0 || (d->point <= DECIMAL_INT_DIGITS && d->count - d->point <= DECIMAL_FRACTION_DIGITS)));
}
static void check_time(utc_us at)
{
	MUST(at >= 0 && at < INT64_C(253402300800) * UTC_SECOND);
}
static void check_key(const struct delivery_key *key)
{
	check_text(key->dataset);
	check_text(key->payer);
	check_time(key->bucket_start);
	MUST(key->bucket_end > key->bucket_start);
	MUST(key->period.month >= 1 && key->period.month <= 12);
}

static bool take_event(void *context, struct event *ev, struct err *e)
{
	(void)context, (void)e;
	MUST(ev->text[EV_REQUEST_ID].len > 0 && ev->text[EV_PROVIDER].len > 0);
	check_time(ev->number[EV_TIMESTAMP]);
	for (enum event_column c = 0; c < EV_COLUMNS; c++) {
		if (event_columns[c].kind == KIND_COUNT && ev->text[c].len)
			MUST(ev->number[c] >= 0);
		if (event_columns[c].kind == KIND_JSON)
			check_object(ev->text[c]);
		check_text(ev->text[c]);
	}
	check_object(ev->attributes);
	check_decimal(&ev->computed_cost_usd);
	return true;
}

static bool take_line(void *context, const struct line *l, struct err *e)
{
	(void)context, (void)e;
	const struct slice texts[] = {l->provider,     l->request_id,  l->account_id,   l->region,
	                              l->api_key_id,   l->resource_id, l->principal,    l->model,
	                              l->service_tier, l->unit,        l->currency,     l->invoice_id,
	                              l->description,  l->tags,        l->product_code, l->candidate_code};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_text(texts[i]);
	MUST(l->provider.len > 0 && l->currency.len > 0);
	MUST((unsigned)l->charge_type < CHARGE_TYPES && (unsigned)l->usage_class < USAGE_CLASSES);
	check_key(&l->delivery);
	check_object(l->tags);
	check_time(l->usage_start);
	check_time(l->usage_end);
	MUST(l->usage_end >= l->usage_start);
	if (l->has_quantity)
		check_decimal(&l->quantity);
	if (l->has_cost)
		check_decimal(&l->cost);
	if (l->has_net_cost)
		check_decimal(&l->net_cost);
	return true;
}

static bool take_log(void *context, const struct usage_log *l, struct err *e)
{
	(void)context, (void)e;
	const struct slice texts[] = {l->provider, l->account_id, l->region,    l->inference_region,
	                              l->model,    l->operation,  l->principal, l->error_code};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		check_text(texts[i]);
	MUST(l->request_id.len > 0);
	check_text(l->request_id);
	check_time(l->timestamp);
	MUST(l->input_tokens >= 0 && l->output_tokens >= 0 && l->cache_read_input_tokens >= 0 &&
	     l->cache_write_input_tokens >= 0);
	MUST(l->cache_write_1h_input_tokens >= -1);
	return true;
}

static bool take_price(void *context, const struct price_row *row, struct err *e)
{
	(void)context, (void)e;
	check_text(row->provider);
	check_text(row->model);
	check_text(row->service_tier);
	check_decimal(&row->price_usd);
	MUST(row->per_units > 0 && row->above_input_tokens >= 0 && (unsigned)row->usage_class < USAGE_CLASSES);
	return true;
}

static bool take_bucket(void *context, const struct delivery_key *key, struct err *e)
{
	(void)context, (void)e;
	check_key(key);
	return true;
}

static bool take_quarantine(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	(void)context, (void)e;
	MUST(line > 0 && reason && reason[0] && (raw.ptr || raw.len == 0));
	return true;
}

static void take_passed_over(void *context, uint64_t rows)
{
	(void)context, (void)rows;
}

static const struct sink sink = {.event = take_event,
                                 .line = take_line,
                                 .usage_log = take_log,
                                 .price = take_price,
                                 .bucket = take_bucket,
                                 .quarantine = take_quarantine,
                                 .passed_over = take_passed_over};

#define MAP(pairs)                                                                                                     \
	{                                                                                                              \
		.pair = pairs, .count = sizeof pairs / sizeof *pairs                                                   \
	}
static struct name_pair columns[] = {
        {"id", "request_id"},         {"created_at", "timestamp"},
        {"metadata.team", "team_id"}, {"usage.input", "input_tokens"},
        {"team.of.it", "team_id"},    {"prompt", "none"},
        {"meta", "attributes"},       {"cost", "computed_cost_usd"},
        {"app.note", "none"},         {"price", "unit_price"},
};
static struct name_pair constants[] = {{"provider", "openai"}, {"model", "m"}};
static const struct source_config source = {.name = "fuzzed",
                                            .columns = MAP(columns),
                                            .constants = MAP(constants),
                                            .excludes_cache = 1,
                                            .cost_in_cents = 1};
enum { WITH_SOURCE = 0x80 };

static const struct format *chosen(uint8_t byte)
{
	size_t count = 0;
	while (formats[count])
		count++;
	size_t i = (byte & ~WITH_SOURCE) % (count + 2);
	return i < count ? formats[i] : i == count ? &format_litellm_prices : &format_genai_prices;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct slice bytes = fuzz_slice(data + 1, size - 1), head;
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in", bytes);
	if (stream_peek(in, 64 << 10, &head, &e)) {
		for (size_t i = 0; formats[i]; i++)
			formats[i]->detect(head);
		struct reader_options options = {.source = data[0] & WITH_SOURCE ? &source : NULL,
		                                 .as_of = INT64_C(1793768400) * UTC_SECOND,
		                                 .path = "report/in"};
		bool fine = chosen(data[0])->read(in, &options, &sink, &e);
		MUST(fine == (e.kind == ERR_NONE) && (fine || e.message[0]));
	}
	stream_free(in);
	return 0;
}
