/*
 * Gateway events as JSON: one object a line, or one array of objects.
 *
 * An event has some thirty plain members, and building all of them with jansson costs more than everything else
 * together. So json_scan checks the record and says where its members stand; texts and numbers are taken as they
 * were written, and jansson builds only what needs it: strings with escapes, and the objects that go to jsonb.
 */
#include "base/arena.h"
#include "format/json.h"
#include <stdlib.h>

enum { EXPECTED_MAX = 64 };

struct events {
	const struct sink *out;
	struct event_check_options check;
	struct json_scan scan;
	struct json_reader inner; /* for values that jansson builds */
	struct arena arena;       /* unescaped strings of one event */
	struct buf others;        /* members that are no columns, as a JSON object */
	struct buf attributes;    /* the same with the members of `attributes` */
	struct buf checked_price; /* the last unit_price found valid: it rarely changes */
	/* The columns of the members of the last event, by position: writers keep their order. */
	enum event_column expected[EXPECTED_MAX];
	struct slice name[EV_COLUMNS];
};

static enum event_column find_column(struct events *r, size_t position, struct slice key)
{
	if (position >= EXPECTED_MAX)
		return event_column_find(key);
	enum event_column *expected = &r->expected[position];
	if (*expected == EV_COLUMNS || !slice_equal(key, r->name[*expected]))
		*expected = event_column_find(key);
	return *expected;
}

/* What a string with escapes means; false: *reason. */
static bool unescape(struct events *r, struct slice quoted, struct slice *text, const char **reason)
{
	JSON_AUTO value = json_build(&r->inner, quoted, reason);
	if (!value)
		return false;
	*text = arena_slice(&r->arena, (struct slice){json_string_value(value), json_string_length(value)});
	return true;
}

/* Whether jsonb will take it: an object, no key twice, no bad string. */
static bool object_is_valid(struct events *r, struct slice object, const char **reason)
{
	JSON_AUTO value = json_build(&r->inner, object, reason);
	if (value && !json_is_object(value))
		*reason = "not a JSON object";
	return json_is_object(value);
}

static bool member_key(struct events *r, const struct json_member *m, struct slice *key, const char **reason)
{
	*key = m->key;
	/* The quotes stand around it in the text. */
	return !m->key_escaped || unescape(r, (struct slice){m->key.ptr - 1, m->key.len + 2}, key, reason);
}

static bool member_text(struct events *r, const struct json_member *m, struct slice *text, const char **reason)
{
	switch (m->kind) {
	case JSON_IS_NULL:
		*text = SLICE_NULL;
		return true;
	case JSON_IS_STRING:
		*text = (struct slice){m->value.ptr + 1, m->value.len - 2};
		return !m->value_escaped || unescape(r, m->value, text, reason);
	case JSON_IS_OBJECT:
	case JSON_IS_ARRAY:
		*reason = "an object or array where a plain value belongs";
		return false;
	default:
		*text = m->value;
		return true;
	}
}

/* A unit_price: an object, or a string that holds one. */
static bool member_price(struct events *r, const struct json_member *m, struct slice *text, const char **reason)
{
	if (m->kind != JSON_IS_OBJECT && !member_text(r, m, text, reason)) {
		*reason = "unit_price is not a JSON object";
		return false;
	}
	if (m->kind == JSON_IS_OBJECT)
		*text = m->value;
	if (slice_empty(*text) || slice_equal(*text, buf_slice(&r->checked_price)))
		return true;
	const char *why;
	if (!object_is_valid(r, *text, &why)) {
		*reason = "unit_price is not a JSON object";
		return false;
	}
	buf_reset(&r->checked_price);
	buf_add_slice(&r->checked_price, *text);
	return true;
}

static void add_other(struct buf *object, const struct json_member *m)
{
	buf_add_char(object, object->len ? ',' : '{');
	buf_add(object, m->key.ptr - 1, m->key.len + 2);
	buf_add_char(object, ':');
	buf_add_slice(object, m->value);
}

static bool has_members(struct slice object)
{
	return !slice_empty(slice_trim((struct slice){object.ptr + 1, object.len - 2}));
}

/*
 * Joins what stands in the member `attributes` with the members that are no columns; these come last, and so win in
 * jsonb. Each of the two may not repeat a key.
 */
static bool join_attributes(struct events *r, struct slice given, struct slice *attributes, const char **reason)
{
	bool has_given = given.ptr && has_members(given);
	if (given.ptr && !object_is_valid(r, given, reason))
		return false;
	if (r->others.len) {
		buf_add_char(&r->others, '}');
		if (!object_is_valid(r, buf_slice(&r->others), reason))
			return false;
	}
	if (!has_given || !r->others.len) {
		*attributes = has_given ? given : r->others.len ? buf_slice(&r->others) : SLICE_NULL;
		return true;
	}
	buf_reset(&r->attributes);
	buf_add(&r->attributes, given.ptr, given.len - 1);
	buf_add_char(&r->attributes, ',');
	buf_add_slice(&r->attributes, slice_from(buf_slice(&r->others), 1));
	*attributes = buf_slice(&r->attributes);
	return true;
}

static bool fill_event(struct events *r, struct event *ev, const char **reason)
{
	bool seen[EV_COLUMNS] = {false};
	struct slice given = SLICE_NULL;
	buf_reset(&r->others);
	for (size_t i = 0; i < r->scan.member_count; i++) {
		const struct json_member *m = &r->scan.member[i];
		struct slice key;
		if (!member_key(r, m, &key, reason))
			return false;
		enum event_column column = find_column(r, i, key);
		bool is_attributes = column == EV_COLUMNS && slice_is(key, "attributes");
		bool is_given = is_attributes && m->kind == JSON_IS_OBJECT;
		if (is_given ? given.ptr != NULL : column != EV_COLUMNS && seen[column]) {
			*reason = "a JSON object repeats a key";
			return false;
		}
		if (is_given) {
			given = m->value;
			continue;
		}
		if (column == EV_COLUMNS) {
			if (!is_attributes || m->kind != JSON_IS_NULL)
				add_other(&r->others, m);
			continue;
		}
		seen[column] = true;
		bool is_json = event_columns[column].kind == KIND_JSON;
		if (!(is_json ? member_price : member_text)(r, m, &ev->text[column], reason))
			return false;
	}
	return join_attributes(r, given, &ev->attributes, reason);
}

/* False: *reason says why the record is no event. */
static bool read_event(struct events *r, struct slice record, struct event *ev, const char **reason)
{
	if (!json_scan(&r->scan, record)) {
		*reason = r->scan.fault;
		return false;
	}
	if (r->scan.kind != JSON_IS_OBJECT) {
		*reason = "not a JSON object";
		return false;
	}
	return fill_event(r, ev, reason) && event_check(ev, &r->check, reason);
}

static bool read_all(struct events *r, struct json_records *records, struct err *e)
{
	for (;;) {
		struct slice record;
		const char *reason = "";
		if (!json_records_next(records, &record, e))
			return false;
		if (!record.ptr)
			return true;
		struct event ev = {.line = records->line};
		arena_reset(&r->arena);
		bool is_event = read_event(r, record, &ev, &reason);
		if (is_event ? !r->out->event(r->out->context, &ev, e)
		             : !r->out->quarantine(r->out->context, ev.line, reason, record, e))
			return false;
	}
}

static bool events_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct provider_names names = {
	        .source_map = o->source ? &o->source->provider_map : NULL,
	        .aliases = o->provider_aliases,
	};
	struct events r = {
	        .out = out,
	        .check = {.as_of = o->as_of, .providers = &names},
	        .scan = {.want_members = true},
	};
	struct json_records records;
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		r.name[c] = slice_of(event_columns[c].name);
	json_records_begin(&records, in, true, JSON_RECORD_MAX);
	bool ok = read_all(&r, &records, e);
	json_records_release(&records);
	json_scan_release(&r.scan);
	json_reader_release(&r.inner);
	arena_release(&r.arena);
	buf_release(&r.others);
	buf_release(&r.attributes);
	buf_release(&r.checked_price);
	return ok;
}

static bool events_detect(struct slice head)
{
	char first = json_head_first(head);
	return (first == '{' || first == '[') && json_head_has(head, "request_id", NULL) &&
	       (json_head_has(head, "provider", NULL) || json_head_has(head, "timestamp", NULL));
}

const struct format format_events_json = {
        .name = "events-json",
        .source_type = "events",
        .summary = "gateway events, JSON lines or one JSON array",
        .detect = events_detect,
        .read = events_read,
};
