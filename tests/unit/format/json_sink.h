/*
 * A sink that writes down everything it is given, one line each, so that a test compares one text with another.
 * Only what is present is written.
 */
#pragma once
/* cmocka.h defines a macro fail, and needs the four before it. */
#include "format/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct transcript {
	struct buf text;
	uint64_t records;
	bool counts_only;
	bool without_buckets;
	const struct source_config *source;
};

static void put(struct buf *b, const char *name, struct slice value)
{
	if (value.ptr)
		buf_printf(b, " %s=%.*s", name, (int)value.len, value.ptr);
}

static void put_decimal(struct buf *b, const char *name, const struct decimal *d)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_text(d, text);
	buf_printf(b, " %s=%s", name, text);
}

static void put_key(struct buf *b, const struct delivery_key *key)
{
	char start[UTC_TEXT_MAX], end[UTC_TEXT_MAX], period[PERIOD_TEXT_MAX];
	utc_text(key->bucket_start, start);
	utc_text(key->bucket_end, end);
	period_text(key->period, period);
	buf_printf(b, " %.*s[%.*s] %s/%s %s%s", (int)key->dataset.len, key->dataset.ptr, (int)key->payer.len,
	           key->payer.ptr, start, end, period, key->is_day_of_file ? " day" : "");
}

static bool sink_event(void *context, struct event *ev, struct err *e)
{
	struct transcript *t = context;
	(void)e;
	t->records++;
	if (t->counts_only)
		return true;
	buf_printf(&t->text, "event %llu:", (unsigned long long)ev->line);
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		if (ev->text[c].len)
			put(&t->text, event_columns[c].name, ev->text[c]);
	put(&t->text, "attributes", ev->attributes);
	buf_add_text(&t->text, "\n");
	return true;
}

static bool sink_line(void *context, const struct line *l, struct err *e)
{
	struct transcript *t = context;
	(void)e;
	t->records++;
	buf_printf(&t->text, "line %llu:", (unsigned long long)l->line);
	put_key(&t->text, &l->delivery);
	assert_true(l->usage_start == l->delivery.bucket_start && l->usage_end == l->delivery.bucket_end);
	put(&t->text, "charge", slice_of(charge_type_name[l->charge_type]));
	put(&t->text, "class", slice_of(usage_class_name[l->usage_class]));
	put(&t->text, "provider", l->provider);
	put(&t->text, "account", l->account_id);
	put(&t->text, "key", l->api_key_id);
	put(&t->text, "model", l->model);
	put(&t->text, "tier", l->service_tier);
	if (l->has_quantity)
		put_decimal(&t->text, "quantity", &l->quantity);
	put(&t->text, "unit", l->unit);
	if (l->has_cost)
		put_decimal(&t->text, "cost", &l->cost);
	put(&t->text, "currency", l->currency);
	put(&t->text, "tags", l->tags);
	put(&t->text, "description", l->description);
	buf_add_text(&t->text, "\n");
	return true;
}

static bool sink_log(void *context, const struct usage_log *l, struct err *e)
{
	struct transcript *t = context;
	char at[UTC_TEXT_MAX];
	(void)e;
	t->records++;
	utc_text(l->timestamp, at);
	buf_printf(&t->text, "log %llu: %s", (unsigned long long)l->line, at);
	put(&t->text, "provider", l->provider);
	put(&t->text, "request", l->request_id);
	put(&t->text, "account", l->account_id);
	put(&t->text, "region", l->region);
	put(&t->text, "inference", l->inference_region);
	put(&t->text, "model", l->model);
	put(&t->text, "operation", l->operation);
	put(&t->text, "principal", l->principal);
	put(&t->text, "error", l->error_code);
	buf_printf(&t->text, " in=%lld read=%lld write=%lld write1h=%lld out=%lld\n", (long long)l->input_tokens,
	           (long long)l->cache_read_input_tokens, (long long)l->cache_write_input_tokens,
	           (long long)l->cache_write_1h_input_tokens, (long long)l->output_tokens);
	return true;
}

static bool sink_price(void *context, const struct price_row *row, struct err *e)
{
	struct transcript *t = context;
	(void)e;
	t->records++;
	buf_printf(&t->text, "price %llu: %.*s %.*s %s %.*s above=%lld per=%lld", (unsigned long long)row->line,
	           (int)row->provider.len, row->provider.ptr, (int)row->model.len, row->model.ptr,
	           usage_class_name[row->usage_class], (int)row->service_tier.len, row->service_tier.ptr,
	           (long long)row->above_input_tokens, (long long)row->per_units);
	put_decimal(&t->text, "usd", &row->price_usd);
	if (row->valid_from.len)
		put(&t->text, "from", row->valid_from);
	if (row->valid_to.len)
		put(&t->text, "to", row->valid_to);
	buf_add_text(&t->text, "\n");
	return true;
}

static bool sink_bucket(void *context, const struct delivery_key *key, struct err *e)
{
	struct transcript *t = context;
	(void)e;
	if (t->without_buckets)
		return true;
	buf_add_text(&t->text, "bucket:");
	put_key(&t->text, key);
	buf_add_text(&t->text, "\n");
	return true;
}

static bool sink_quarantine(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	struct transcript *t = context;
	(void)e;
	assert_non_null(raw.ptr);
	buf_printf(&t->text, "quarantine %llu: %s\n", (unsigned long long)line, reason);
	return true;
}

static void sink_passed_over(void *context, uint64_t rows)
{
	struct transcript *t = context;
	buf_printf(&t->text, "passed over %llu\n", (unsigned long long)rows);
}

/* Reads the bytes as that format, as of 2026-11-05; a failure is the transcript's last line. */
static void read_into(struct transcript *t, const struct format *format, struct slice bytes, const char *dataset)
{
	struct err e = ERR_INIT;
	struct reader_options o = {.source = t->source, .dataset = dataset, .path = "in.json"};
	struct sink sink = {
	        .context = t,
	        .event = sink_event,
	        .line = sink_line,
	        .usage_log = sink_log,
	        .price = sink_price,
	        .bucket = sink_bucket,
	        .quarantine = sink_quarantine,
	        .passed_over = sink_passed_over,
	};
	assert_true(utc_parse(SLICE("2026-11-05"), &o.as_of));
	struct stream *in = stream_of_memory("in.json", bytes);
	bool ok = format->read(in, &o, &sink, &e);
	stream_free(in);
	assert_int_equal(ok, e.kind == ERR_NONE);
	if (!ok) {
		char text[2048];
		err_text(&e, text, sizeof text);
		buf_printf(&t->text, "error %s: %s\n", e.code ? e.code : "-", text);
	}
}

struct format_case {
	const char *name;
	const char *input;
	const char *transcript;
	const char *dataset; /* of --dataset */
	const struct source_config *source;
};
#define CASE(called, bytes, wanted)                                                                                    \
	{                                                                                                              \
		.name = (called), .input = (bytes), .transcript = (wanted)                                             \
	}
#define CASE_OF(of_source, called, bytes, wanted)                                                                      \
	{                                                                                                              \
		.name = (called), .input = (bytes), .transcript = (wanted), .source = &(of_source)                     \
	}

static inline void check_cases(const struct format *format, const struct format_case *cases, size_t count,
                               bool without_buckets)
{
	size_t wrong = 0;
	for (size_t i = 0; i < count; i++) {
		struct transcript t = {.without_buckets = without_buckets, .source = cases[i].source};
		read_into(&t, format, slice_of(cases[i].input), cases[i].dataset);
		struct slice got = buf_slice(&t.text);
		if (!slice_is(got, cases[i].transcript)) {
			print_error("%s: wanted\n%sgot\n%.*s", cases[i].name, cases[i].transcript, (int)got.len,
			            got.ptr);
			wrong++;
		}
		buf_release(&t.text);
	}
	assert_int_equal(wrong, 0);
}
