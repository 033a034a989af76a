/*
 * Reads CSV text as a format and writes down what it yields, one line of text per record, so that a test compares one
 * text with another. A failure is the last line.
 */
#pragma once
#include "format/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static inline void put(struct buf *b, const char *name, struct slice value)
{
	if (value.ptr)
		buf_printf(b, " %s=%.*s", name, (int)value.len, value.ptr);
}

static inline void put_decimal(struct buf *b, const char *name, bool has, const struct decimal *d)
{
	char text[DECIMAL_TEXT_MAX];
	decimal_text(d, text);
	if (has)
		buf_printf(b, " %s=%s", name, text);
}

static inline void put_time(struct buf *b, const char *name, utc_us at)
{
	char text[UTC_TEXT_MAX];
	utc_text(at, text);
	buf_printf(b, " %s=%s", name, text);
}

static inline void put_key(struct buf *b, const struct delivery_key *d)
{
	char period[PERIOD_TEXT_MAX];
	period_text(d->period, period);
	buf_printf(b, " %.*s[%.*s]", (int)d->dataset.len, d->dataset.ptr, (int)d->payer.len, d->payer.ptr);
	put_time(b, "from", d->bucket_start);
	put_time(b, "to", d->bucket_end);
	buf_printf(b, " %s%s", period, d->is_day_of_file ? " day" : "");
}

static inline bool sink_line(void *context, const struct line *l, struct err *e)
{
	struct buf *b = context;
	(void)e;
	buf_printf(b, "line %llu:", (unsigned long long)l->line);
	put_key(b, &l->delivery);
	put_time(b, "start", l->usage_start);
	put_time(b, "end", l->usage_end);
	put(b, "charge", slice_of(charge_type_name[l->charge_type]));
	if (l->usage_class != CLASS_NONE)
		put(b, "class", slice_of(usage_class_name[l->usage_class]));
	put(b, "provider", l->provider);
	put(b, "request", l->request_id);
	put(b, "account", l->account_id);
	put(b, "region", l->region);
	put(b, "key", l->api_key_id);
	put(b, "resource", l->resource_id);
	put(b, "principal", l->principal);
	put(b, "model", l->model);
	put(b, "tier", l->service_tier);
	put_decimal(b, "quantity", l->has_quantity, &l->quantity);
	put(b, "unit", l->unit);
	put_decimal(b, "cost", l->has_cost, &l->cost);
	put_decimal(b, "net", l->has_net_cost, &l->net_cost);
	put(b, "currency", l->currency);
	put(b, "invoice", l->invoice_id);
	put(b, "tags", l->tags);
	put(b, "description", l->description);
	put(b, "code", l->product_code);
	put(b, "candidate", l->candidate_code);
	buf_add_char(b, '\n');
	return true;
}

static inline bool sink_event(void *context, struct event *ev, struct err *e)
{
	struct buf *b = context;
	(void)e;
	buf_printf(b, "event %llu:", (unsigned long long)ev->line);
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		if (ev->text[c].len)
			put(b, event_columns[c].name, ev->text[c]);
	put(b, "attributes", ev->attributes);
	buf_add_char(b, '\n');
	return true;
}

static inline bool sink_quarantine(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	(void)e;
	buf_printf(context, "quarantine %llu: %s [%.*s]\n", (unsigned long long)line, reason, (int)raw.len, raw.ptr);
	return true;
}

/* Deliveries without lines are the end-to-end tests' matter. */
static inline bool sink_bucket(void *context, const struct delivery_key *key, struct err *e)
{
	(void)context;
	(void)key;
	(void)e;
	return true;
}

static inline void sink_passed_over(void *context, uint64_t rows)
{
	buf_printf(context, "passed over %llu\n", (unsigned long long)rows);
}

static inline void put_failure(struct buf *b, const struct err *e)
{
	char text[2048];
	err_text(e, text, sizeof(text));
	buf_printf(b, "%s: %s\n", e->code ? e->code : "-", text);
}

/* As of 2026-11-05. */
static inline void read_csv(struct buf *out, const struct format *format, struct slice bytes,
                            const struct source_config *source, const char *path)
{
	struct err e = ERR_INIT;
	struct reader_options o = {.source = source, .path = path};
	struct sink sink = {.context = out,
	                    .event = sink_event,
	                    .line = sink_line,
	                    .bucket = sink_bucket,
	                    .quarantine = sink_quarantine,
	                    .passed_over = sink_passed_over};
	assert_true(utc_parse(SLICE("2026-11-05"), &o.as_of));
	struct stream *in = stream_of_memory("in.csv", bytes);
	bool done = format->read(in, &o, &sink, &e);
	stream_free(in);
	assert_int_equal(done, e.kind == ERR_NONE);
	if (!done)
		put_failure(out, &e);
}

struct csv_case {
	const char *name, *input, *wanted;
	const struct source_config *source;
};

static inline void check_cases(const struct format *format, const struct csv_case *cases, size_t count,
                               const char *path)
{
	size_t wrong = 0;
	for (size_t i = 0; i < count; i++) {
		struct buf got = BUF_INIT;
		read_csv(&got, format, slice_of(cases[i].input), cases[i].source, path);
		if (!slice_is(buf_slice(&got), cases[i].wanted)) {
			print_error("%s: wanted\n%sgot\n%s\n", cases[i].name, cases[i].wanted, got.ptr ? got.ptr : "");
			wrong++;
		}
		buf_release(&got);
	}
	assert_int_equal(wrong, 0);
}
#define CHECK_CASES(format, cases, path) check_cases(&(format), (cases), sizeof(cases) / sizeof *(cases), (path))
