#include "run/load_sink.h"

#include "run/line_sums.h"
#include <stdio.h>
#include <stdlib.h>

enum { BATCH_BYTES = 4 << 20, RAW_LIMIT = 2000, ATTRIBUTE_SLOTS = 1 << 14, ATTRIBUTE_BYTES = 8 << 20 };

#define ATTRIBUTES (UINT64_C(1) << EV_COLUMNS) /* of a set of an event's columns */

const char load_line_columns[] =
        "match_key, file_id, line_no, attribute_no, kind_no, usage_start, usage_end, quantity, cost, delivery_id, period";
const char load_bill_columns[] =
        "match_key, file_id, line_no, attribute_no, kind_no, usage_start, usage_end, quantity, cost";
const char load_copy_attribute[] =
        "COPY provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, account_id, "
        "region, "
        "api_key_id, resource_id, principal, model, usage_class, service_tier, unit, currency, invoice_id, tags, "
        "description, product_code, net_cost_missing) FROM STDIN (FORMAT binary)";
const char load_copy_usage_log[] =
        "COPY provider.usage_log (request_id, provider, \"timestamp\", account_id, region, inference_region, model, "
        "operation, "
        "principal, error_code, input_tokens, cache_read_input_tokens, cache_write_input_tokens, "
        "cache_write_1h_input_tokens, output_tokens, file_id, row_no) FROM STDIN (FORMAT binary)";
const char load_copy_quarantine[] = "COPY ops.quarantine (file_id, line, reason, raw) FROM STDIN (FORMAT binary)";

/* ---- sets of names ---- */

bool name_set_has(const struct name_set *set, const char *name)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (strcmp(set->name[i], name) == 0)
			return true;
	return false;
}

bool name_set_add(struct name_set *set, struct slice name)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_is(name, set->name[i]))
			return false;
	set->name = must_realloc(set->name, (set->count + 1) * sizeof *set->name);
	char *copy = must_alloc(name.len + 1);
	memcpy(copy, name.ptr, name.len);
	set->name[set->count++] = copy;
	return true;
}

static void name_set_free(struct name_set *set)
{
	for (size_t i = 0; set && i < set->count; i++)
		free(set->name[i]);
	if (set)
		free(set->name);
	free(set);
}

/* ---- deliveries ---- */

void delivery_table_init(struct delivery_table *t, int64_t first_id)
{
	*t = (struct delivery_table){.next_id = first_id, .arena = ARENA_INIT};
	pthread_mutex_init(&t->mutex, NULL);
}

void delivery_table_release(struct delivery_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		name_set_free(t->all[i]->selected);
		name_set_free(t->all[i]->candidates);
		name_set_free(t->all[i]->net_candidates);
		free(t->all[i]->file_id);
	}
	free(t->all);
	arena_release(&t->arena);
	pthread_mutex_destroy(&t->mutex);
}

static bool delivery_is(const struct load_delivery *d, const struct delivery_key *key)
{
	return d->bucket_start == key->bucket_start && d->bucket_end == key->bucket_end &&
	       slice_is(key->payer, d->payer) && slice_is(key->dataset, d->dataset);
}

static void delivery_add_file(struct load_delivery *d, int64_t file_id)
{
	for (size_t i = d->file_count; i > 0; i--)
		if (d->file_id[i - 1] == file_id)
			return;
	d->file_id = must_realloc(d->file_id, (d->file_count + 1) * sizeof *d->file_id);
	d->file_id[d->file_count++] = file_id;
}

/* Finds or adds; the table's mutex is held. */
static struct load_delivery *delivery_find(struct delivery_table *t, const struct delivery_key *key)
{
	uint64_t hash = slice_hash(key->payer, slice_hash(key->dataset, SLICE_HASH_INIT)) ^
	                (uint64_t)key->bucket_start ^ ((uint64_t)key->bucket_end << 7);
	struct load_delivery **slot = &t->slot[(hash ^ hash >> 29) % 1024];
	for (struct load_delivery *d = *slot; d; d = d->next)
		if (delivery_is(d, key))
			return d;
	struct load_delivery *d = arena_alloc(&t->arena, sizeof *d);
	*d = (struct load_delivery){.delivery_id = t->next_id++,
	                            .dataset = arena_cstr(&t->arena, key->dataset),
	                            .payer = arena_cstr(&t->arena, key->payer),
	                            .bucket_start = key->bucket_start,
	                            .bucket_end = key->bucket_end,
	                            .period = key->period,
	                            .selected = must_alloc(sizeof(struct name_set)),
	                            .candidates = must_alloc(sizeof(struct name_set)),
	                            .net_candidates = must_alloc(sizeof(struct name_set)),
	                            .next = *slot};
	*slot = d;
	if (t->count == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 64;
		t->all = must_realloc(t->all, t->capacity * sizeof *t->all);
	}
	t->all[t->count++] = d;
	return d;
}

static struct load_delivery *sink_delivery(struct load_sink *s, const struct delivery_key *key)
{
	if (s->recent && delivery_is(s->recent, key))
		return s->recent;
	pthread_mutex_lock(&s->deliveries->mutex);
	s->recent = delivery_find(s->deliveries, key);
	delivery_add_file(s->recent, s->file->file_id);
	pthread_mutex_unlock(&s->deliveries->mutex);
	return s->recent;
}

/* ---- attributes of lines ---- */

enum { ATTRIBUTE_PARTS = 15, ATTRIBUTE_FLAGS = 4 };

/* What makes a line's attributes, and its hash. */
struct attribute {
	struct slice part[ATTRIBUTE_PARTS];
	char flag[ATTRIBUTE_FLAGS];
	uint64_t hash;
};
struct attribute_entry {
	struct slice key; /* flags; then of each part its length, SIZE_MAX when it is absent, and its bytes */
	uint64_t hash;
	int32_t number, kind_no[2]; /* of lines, and of odd ones; 0: not asked for so far */
	struct attribute_entry *next;
};
struct attribute_table {
	struct arena arena;
	int32_t next_number;
	struct attribute_entry *slot[ATTRIBUTE_SLOTS];
};

static size_t part_length(struct slice part)
{
	return part.ptr ? part.len : SIZE_MAX;
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time: a line has some 300 bytes of attributes. */
static uint64_t hash_part(uint64_t hash, struct slice part)
{
	uint64_t word;
	hash = hash_word(hash, part_length(part) + 1);
	for (; part.len >= sizeof word; part.ptr += sizeof word, part.len -= sizeof word) {
		memcpy(&word, part.ptr, sizeof word);
		hash = hash_word(hash, word);
	}
	word = 0;
	for (size_t i = 0; i < part.len; i++)
		word = word << 8 | (unsigned char)part.ptr[i];
	return part.len > 0 ? hash_word(hash, word) : hash;
}

static struct attribute attribute_of(const struct line *l, bool net_cost_missing)
{
	struct attribute a = {
	        .part = {l->provider, l->account_id, l->region, l->api_key_id, l->resource_id, l->principal, l->model,
	                 l->service_tier, l->unit, l->currency, l->invoice_id, l->tags, l->description, l->product_code,
	                 l->candidate_code},
	        .flag = {(char)l->charge_type, (char)l->usage_class, l->request_id.len > 0, net_cost_missing},
	};
	a.hash = hash_part(SLICE_HASH_INIT, (struct slice){a.flag, sizeof a.flag});
	for (size_t i = 0; i < ATTRIBUTE_PARTS; i++)
		a.hash = hash_part(a.hash, a.part[i]);
	return a;
}

static struct slice attribute_key(struct buf *key, const struct attribute *a)
{
	buf_reset(key);
	buf_add(key, a->flag, sizeof a->flag);
	for (size_t i = 0; i < ATTRIBUTE_PARTS; i++) {
		size_t length = part_length(a->part[i]);
		buf_add(key, &length, sizeof length);
		buf_add_slice(key, a->part[i]);
	}
	return buf_slice(key);
}

static bool entry_is(const struct attribute_entry *entry, const struct attribute *a)
{
	const char *at = entry->key.ptr;
	if (entry->hash != a->hash || memcmp(at, a->flag, sizeof a->flag) != 0)
		return false;
	at += sizeof a->flag;
	for (size_t i = 0; i < ATTRIBUTE_PARTS; i++) {
		size_t length;
		memcpy(&length, at, sizeof length);
		at += sizeof length;
		if (length != part_length(a->part[i]) || !slice_equal((struct slice){at, a->part[i].len}, a->part[i]))
			return false;
		at += a->part[i].len;
	}
	return true;
}

static void attribute_write(struct load_sink *s, const struct line *l, int32_t number, bool net_cost_missing)
{
	struct copy *c = &s->batch->attribute;
	copy_row(c, 20);
	copy_int8(c, s->file->file_id);
	copy_int4(c, number);
	copy_text(c, l->provider);
	copy_text(c, slice_of(charge_type_name[l->charge_type]));
	copy_bool(c, l->request_id.len > 0);
	copy_text(c, l->account_id);
	copy_text(c, l->region);
	copy_text(c, l->api_key_id);
	copy_text(c, l->resource_id);
	copy_text(c, l->principal);
	copy_text(c, l->model);
	copy_text(c, l->usage_class == CLASS_NONE ? SLICE_NULL : slice_of(usage_class_name[l->usage_class]));
	copy_text(c, l->service_tier);
	copy_text(c, l->unit);
	copy_text(c, l->currency);
	copy_text(c, l->invoice_id);
	copy_jsonb(c, l->tags);
	copy_text(c, l->description);
	copy_text(c, l->product_code.ptr ? l->product_code : l->candidate_code);
	copy_bool(c, net_cost_missing);
}

/* The line's attributes with their number, written to the batch when they are new. A table that grew too large begins
 * anew: the same attributes may then stand twice, which costs room and nothing else. */
static struct attribute_entry *attribute_find(struct load_sink *s, const struct line *l, bool net_cost_missing)
{
	struct attribute a = attribute_of(l, net_cost_missing);
	struct attribute_table *t = s->attributes;
	if (t->arena.used > ATTRIBUTE_BYTES) {
		arena_reset(&t->arena);
		memset(t->slot, 0, sizeof t->slot);
	}
	struct attribute_entry **slot = &t->slot[a.hash % ATTRIBUTE_SLOTS];
	for (struct attribute_entry *entry = *slot; entry; entry = entry->next)
		if (entry_is(entry, &a))
			return entry;
	struct attribute_entry *entry = arena_alloc(&t->arena, sizeof *entry);
	*entry = (struct attribute_entry){.key = arena_slice(&t->arena, attribute_key(&s->key, &a)),
	                                  .hash = a.hash,
	                                  .number = t->next_number++,
	                                  .next = *slot};
	*slot = entry;
	attribute_write(s, l, entry->number, net_cost_missing);
	return entry;
}

/* ---- the sink's calls ---- */

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
	struct attribute_entry *attribute = attribute_find(s, l, l->has_cost && !l->has_net_cost);
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
	s->attributes = must_alloc(sizeof *s->attributes);
	s->sums = line_sums_new();
	s->recent = NULL;
}

void load_sink_end(struct load_sink *s)
{
	line_sums_write(s->sums, s->file->file_id, &s->batch->sum);
	line_sums_free(s->sums);
	if (s->attributes)
		arena_release(&s->attributes->arena);
	free(s->attributes);
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
