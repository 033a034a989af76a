#include "run/load_sink.h"

#include "run/line_attributes.h"
#include "run/line_sums.h"
#include <stdio.h>
#include <stdlib.h>

enum { BATCH_BYTES = 4 << 20, RAW_LIMIT = 2000 };

#define ATTRIBUTES (UINT64_C(1) << EV_COLUMNS) /* of a set of an event's columns */

const char load_line_columns[] =
        "match_key, file_id, line_no, attribute_no, kind_no, usage_start, usage_end, quantity, cost, delivery_id, period";
const char load_bill_columns[] =
        "match_key, file_id, line_no, attribute_no, kind_no, usage_start, usage_end, quantity, cost";
const char load_copy_usage_log[] =
        "COPY provider.usage_log (request_id, provider, \"timestamp\", account_id, region, inference_region, model, "
        "operation, "
        "principal, error_code, input_tokens, cache_read_input_tokens, cache_write_input_tokens, "
        "cache_write_1h_input_tokens, output_tokens, file_id, row_no) FROM STDIN (FORMAT binary)";
const char load_copy_quarantine[] = "COPY ops.quarantine (file_id, line, reason, raw) FROM STDIN (FORMAT binary)";

/* ---- the sink's calls ---- */

static struct load_delivery *sink_delivery(struct load_sink *s, const struct delivery_key *key)
{
	if (!s->recent || !load_delivery_is(s->recent, key))
		s->recent = delivery_table_find(s->deliveries, key, s->file->file_id);
	return s->recent;
}

static bool batch_check(struct load_sink *s, struct err *e)
{
	return load_batch_size(s->batch) < BATCH_BYTES || s->hand_over(s->context, &s->batch, e);
}

static void note_period(struct load_file *file, utc_us at)
{
	if (file->period.year == 0)
		file->period = period_of(at);
}

/* The record's line; where several records stand on one line, the following numbers, so that each has its own. */
static int64_t row_number_of(struct load_file *file, uint64_t line)
{
	file->last_row = line > file->last_row ? line : file->last_row + 1;
	return (int64_t)file->last_row;
}

static uint64_t columns_of(const struct event *ev)
{
	uint64_t columns = ev->attributes.len > 0 ? ATTRIBUTES : 0;
	for (int i = 0; i < EV_COLUMNS; i++)
		columns |= (uint64_t)(ev->text[i].len > 0) << i;
	return columns;
}

static void copy_event_column(struct copy *c, const struct event *ev, int column)
{
	struct slice text = ev->text[column];
	if (text.len == 0) {
		copy_null(c);
		return;
	}
	switch (event_columns[column].kind) {
	case KIND_TEXT:
		copy_text(c, text);
		break;
	case KIND_TIME:
		copy_timestamptz(c, ev->number[column]);
		break;
	case KIND_COUNT:
		copy_int8(c, ev->number[column]);
		break;
	case KIND_MONEY:
		copy_numeric(c, &ev->computed_cost_usd);
		break;
	case KIND_JSON:
		copy_jsonb(c, text);
		break;
	case KIND_BOOL:
		copy_bool(c, ev->number[column] != 0);
		break;
	}
}

/* A batch has the columns that some event of the file had so far: the server takes a column that is not there for less
 * than one that is null. A wider event begins a new batch. */
static bool widen_batch(struct load_sink *s, const struct event *ev, struct err *e)
{
	uint64_t columns = columns_of(ev);
	if ((columns & ~s->batch->event_columns) == 0)
		return true;
	s->event_columns |= columns | s->batch->event_columns;
	if (s->batch->event.rows > 0 && !s->hand_over(s->context, &s->batch, e))
		return false;
	s->batch->event_columns = s->event_columns;
	return true;
}

static bool sink_event(void *context, struct event *ev, struct err *e)
{
	struct load_sink *s = context;
	if (!widen_batch(s, ev, e))
		return false;
	struct copy *c = &s->batch->event;
	uint64_t columns = s->batch->event_columns;
	s->file->rows_read++;
	note_period(s->file, ev->number[EV_TIMESTAMP]);
	copy_row(c, __builtin_popcountll(columns) + 2);
	for (uint64_t left = columns & ~ATTRIBUTES; left; left &= left - 1)
		copy_event_column(c, ev, __builtin_ctzll(left));
	if (columns & ATTRIBUTES)
		copy_jsonb(c, ev->attributes.len > 0 ? ev->attributes : SLICE_NULL);
	copy_int8(c, s->file->file_id);
	copy_int8(c, row_number_of(s->file, ev->line));
	return batch_check(s, e);
}

static void delivery_note(struct load_sink *s, struct load_delivery *d, const struct line *l)
{
	struct load_note *note = &s->note;
	if (!l->product_code.len && !l->candidate_code.len && !l->has_net_cost)
		return;
	if (note->delivery == d && note->has_net_cost == l->has_net_cost &&
	    slice_equal(buf_slice(&note->selected), l->product_code) &&
	    slice_equal(buf_slice(&note->candidate), l->candidate_code))
		return;
	pthread_mutex_lock(&s->deliveries->mutex);
	if (l->has_net_cost && !l->candidate_code.len)
		d->has_net_cost = true;
	if (l->has_net_cost && l->candidate_code.len)
		name_set_add(d->net_candidates, l->candidate_code);
	if (l->product_code.len)
		name_set_add(d->selected, l->product_code);
	if (l->candidate_code.len)
		name_set_add(d->candidates, l->candidate_code);
	pthread_mutex_unlock(&s->deliveries->mutex);
	note->delivery = d;
	note->has_net_cost = l->has_net_cost;
	buf_reset(&note->selected);
	buf_add_slice(&note->selected, l->product_code);
	buf_reset(&note->candidate);
	buf_add_slice(&note->candidate, l->candidate_code);
}

/* What a line without request id is called: "#FILE:LINE". */
static struct slice line_name(char out[48], uint64_t file_id, uint64_t line)
{
	char *end = out + 48, *at = end;
	do
		*--at = (char)('0' + line % 10);
	while (line /= 10);
	*--at = ':';
	do
		*--at = (char)('0' + file_id % 10);
	while (file_id /= 10);
	*--at = '#';
	return (struct slice){at, (size_t)(end - at)};
}

/* A batch holds the lines of one bill, which do not say so, as long as the file is all of one. */
static bool open_bill(struct load_sink *s, const struct load_delivery *d, struct err *e)
{
	const struct load_delivery *bill = s->is_whole_bill && !s->is_mixed ? d : NULL;
	if (s->batch->bill != bill && s->batch->line.rows > 0 && !s->hand_over(s->context, &s->batch, e))
		return false;
	s->batch->bill = bill;
	return true;
}

static bool sink_line(void *context, const struct line *l, struct err *e)
{
	struct load_sink *s = context;
	const struct load_delivery *before = s->recent;
	struct load_delivery *d = sink_delivery(s, &l->delivery);
	s->is_mixed |= before && d != before;
	s->file->rows_read++;
	if (s->file->period.year == 0)
		s->file->period = l->delivery.period;
	delivery_note(s, d, l);
	if (!open_bill(s, d, e))
		return false;
	struct line_attribute *attribute = line_attributes_find(s->attributes, l, &s->batch->attribute);
	int32_t *kind_no = &attribute->kind_no[line_is_odd(l)];
	if (*kind_no == 0)
		*kind_no = line_kinds_number(s->kinds, l);
	const struct decimal *cost = l->has_net_cost ? &l->net_cost : l->has_cost ? &l->cost : NULL;
	char name[48], period[PERIOD_TEXT_MAX];
	struct copy *c = &s->batch->line;
	copy_row(c, s->batch->bill ? 9 : 11);
	copy_text(c, l->request_id.len ? l->request_id : line_name(name, (uint64_t)s->file->file_id, l->line));
	copy_int8(c, s->file->file_id);
	copy_int8(c, (int64_t)l->line);
	copy_int4(c, attribute->number);
	copy_int4(c, *kind_no);
	copy_timestamptz(c, l->usage_start);
	copy_timestamptz(c, l->usage_end);
	copy_numeric(c, l->has_quantity ? &l->quantity : NULL);
	copy_numeric(c, cost);
	if (!s->batch->bill) {
		period_text(l->delivery.period, period);
		copy_int8(c, d->delivery_id);
		copy_text(c, slice_of(period));
	}
	line_sums_add(s->sums, d, attribute->number, l, cost, s->file->file_id, &s->batch->sum);
	return batch_check(s, e);
}

static bool sink_usage_log(void *context, const struct usage_log *log, struct err *e)
{
	struct load_sink *s = context;
	struct copy *c = &s->batch->usage_log;
	s->file->rows_read++;
	note_period(s->file, log->timestamp);
	copy_row(c, 17);
	copy_text(c, log->request_id);
	copy_text(c, log->provider);
	copy_timestamptz(c, log->timestamp);
	copy_text(c, log->account_id);
	copy_text(c, log->region);
	copy_text(c, log->inference_region);
	copy_text(c, log->model);
	copy_text(c, log->operation);
	copy_text(c, log->principal);
	copy_text(c, log->error_code);
	copy_int8(c, log->input_tokens);
	copy_int8(c, log->cache_read_input_tokens);
	copy_int8(c, log->cache_write_input_tokens);
	if (log->cache_write_1h_input_tokens < 0)
		copy_null(c);
	else
		copy_int8(c, log->cache_write_1h_input_tokens);
	copy_int8(c, log->output_tokens);
	copy_int8(c, s->file->file_id);
	copy_int8(c, row_number_of(s->file, log->line));
	return batch_check(s, e);
}

static bool sink_bucket(void *context, const struct delivery_key *key, struct err *e)
{
	(void)e;
	struct load_sink *s = context;
	note_period(s->file, period_start(key->period));
	sink_delivery(s, key);
	return true;
}

/* The longest head of at most RAW_LIMIT bytes that PostgreSQL takes as text; other bytes become '?'. */
static struct slice printable(struct buf *out, struct slice raw)
{
	raw = slice_head(raw, RAW_LIMIT);
	while (raw.len == RAW_LIMIT && ((unsigned char)raw.ptr[raw.len - 1] & 0xC0) == 0x80)
		raw.len--;
	if (raw.len == RAW_LIMIT && ((unsigned char)raw.ptr[raw.len - 1] & 0xC0) == 0xC0)
		raw.len--;
	if (slice_is_utf8(raw))
		return raw.ptr ? raw : SLICE("");
	buf_reset(out);
	for (size_t i = 0; i < raw.len; i++) {
		unsigned char byte = (unsigned char)raw.ptr[i];
		buf_add_char(out, byte >= 0x20 && byte < 0x7F ? (char)byte : '?');
	}
	return buf_slice(out);
}

static bool sink_quarantine(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	struct load_sink *s = context;
	struct copy *c = &s->batch->quarantine;
	s->file->rows_read++;
	s->file->rows_quarantined++;
	copy_row(c, 4);
	copy_int8(c, s->file->file_id);
	copy_int8(c, (int64_t)line);
	copy_text(c, slice_of(reason));
	copy_text(c, printable(&s->key, raw));
	return batch_check(s, e);
}

static void sink_passed_over(void *context, uint64_t rows)
{
	struct load_sink *s = context;
	s->file->rows_passed_over += rows;
}

void load_sink_begin(struct load_sink *s, struct load_file *file, bool is_whole_bill)
{
	s->file = file;
	s->is_whole_bill = is_whole_bill;
	s->is_mixed = false;
	s->attributes = line_attributes_new(file->file_id);
	s->sums = line_sums_new();
	s->recent = NULL;
}

void load_sink_end(struct load_sink *s)
{
	line_sums_write(s->sums, s->file->file_id, &s->batch->sum);
	line_sums_free(s->sums);
	line_attributes_free(s->attributes);
	s->attributes = NULL;
	buf_release(&s->note.selected);
	buf_release(&s->note.candidate);
	buf_release(&s->key);
}

struct sink load_sink_interface(struct load_sink *s)
{
	return (struct sink){.context = s,
	                     .event = sink_event,
	                     .line = sink_line,
	                     .usage_log = sink_usage_log,
	                     .bucket = sink_bucket,
	                     .quarantine = sink_quarantine,
	                     .passed_over = sink_passed_over};
}

/* ---- batches ---- */

struct load_batch *load_batch_new(void)
{
	struct load_batch *b = must_alloc(sizeof *b);
	copy_begin(&b->event);
	copy_begin(&b->line);
	copy_begin(&b->attribute);
	copy_begin(&b->sum);
	copy_begin(&b->usage_log);
	copy_begin(&b->quarantine);
	return b;
}

void load_batch_free(struct load_batch *b)
{
	copy_release(&b->event);
	copy_release(&b->line);
	copy_release(&b->attribute);
	copy_release(&b->sum);
	copy_release(&b->usage_log);
	copy_release(&b->quarantine);
	free(b);
}

void load_copy_event(const struct load_batch *b, struct buf *out)
{
	buf_add_text(out, "COPY gateway.event (");
	for (int i = 0; i < EV_COLUMNS; i++)
		if (b->event_columns >> i & 1)
			buf_printf(out, "\"%s\", ", event_columns[i].name);
	buf_printf(out, "%sfile_id, row_no) FROM STDIN (FORMAT binary)",
	           b->event_columns & ATTRIBUTES ? "attributes, " : "");
}

size_t load_batch_size(const struct load_batch *b)
{
	return copy_size(&b->event) + copy_size(&b->line) + copy_size(&b->attribute) + copy_size(&b->sum) +
	       copy_size(&b->usage_log) + copy_size(&b->quarantine);
}
