/*
 * Gateway events as JSON: one object a line, one array of objects, or an API's answer that holds such an array. Which
 * members are which columns, the source's `columns:` says, else the columns' own names.
 *
 * An event has some thirty plain members, and building all of them with jansson costs more than everything else
 * together. So json_scan checks the record and says where its members stand; texts and numbers are taken as they
 * were written, and jansson builds only what needs it: strings with escapes, and the objects that go to jsonb.
 */
#include "base/arena.h"
#include "format/event_source.h"
#include "format/json.h"
#include "format/json_walk.h"
#include <stdlib.h>

enum { EXPECTED_MAX = 64 };

/* A member's name that means something. Of two that are one column the lower rank wins; those of `columns:` come in its
 * order and before a column's own. */
struct known_name {
	struct slice name;
	unsigned target, rank;
};
enum { RANK_OWN = 1 << 30, RANK_NONE };

struct events {
	const struct sink *out;
	struct event_source source;
	struct json_scan scan, embedded; /* the record; JSON in a string of it */
	struct json_reader inner;        /* for values that jansson builds */
	struct arena arena;              /* unescaped strings of one event */
	struct buf others;               /* members that are no columns, as a JSON object */
	struct buf attributes;           /* the same with the members of `attributes` */
	struct buf checked_price;        /* the last unit_price found valid: it rarely changes */
	struct known_name *known, *path; /* path: names in `columns:` with dots */
	size_t known_count, path_count;
	bool *seen; /* of known names, in the record */
	/* The known names of the members of the last event, by position: writers keep their order. */
	size_t expected[EXPECTED_MAX];
	bool is_renamed[EV_COLUMNS]; /* `columns:` has a name for it, so that its own may be another thing's */
	unsigned rank[EV_COLUMNS];   /* of the text that the record's column has */
};

static size_t search_known(const struct events *r, struct slice key)
{
	size_t i = 0;
	while (i < r->known_count && !slice_equal(key, r->known[i].name))
		i++;
	return i;
}

/* known_count when it is none of them. */
static size_t find_known(struct events *r, size_t position, struct slice key)
{
	if (position >= EXPECTED_MAX)
		return search_known(r, key);
	size_t *expected = &r->expected[position];
	if (*expected >= r->known_count || !slice_equal(key, r->known[*expected].name))
		*expected = search_known(r, key);
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

static bool fill_column(struct events *r, const struct json_member *m, unsigned column, unsigned rank, struct event *ev,
                        const char **reason)
{
	struct slice text;
	bool is_json = event_columns[column].kind == KIND_JSON;
	if (!(is_json ? member_price : member_text)(r, m, &text, reason))
		return false;
	if (rank == RANK_OWN || (rank < r->rank[column] && !slice_empty(slice_trim(text)))) {
		ev->text[column] = text;
		r->rank[column] = rank;
	}
	return true;
}

/* JSON that stands in a string, as some gateways write metadata; false if it is no object. */
static bool open_string(struct events *r, struct json_member *m)
{
	const char *why;
	struct slice text;
	if (m->kind != JSON_IS_STRING || !member_text(r, m, &text, &why) || !json_scan(&r->embedded, text))
		return false;
	*m = (struct json_member){.value = text, .kind = r->embedded.kind};
	return m->kind == JSON_IS_OBJECT;
}

static bool find_path(struct events *r, struct slice path, struct json_member *m)
{
	struct slice key = slice_cut(&path, '.');
	size_t i = r->scan.member_count;
	while (i > 0 && !slice_equal(r->scan.member[i - 1].key, key))
		i--;
	if (i == 0)
		return false;
	*m = r->scan.member[i - 1];
	while (!slice_empty(path)) {
		key = slice_cut(&path, '.');
		if ((m->kind != JSON_IS_OBJECT && !open_string(r, m)) || !json_walk_find(m->value, key, m))
			return false;
	}
	return true;
}

static bool fill_paths(struct events *r, struct event *ev, const char **reason)
{
	struct json_member m;
	for (size_t i = 0; i < r->path_count; i++)
		if (find_path(r, r->path[i].name, &m) &&
		    !fill_column(r, &m, r->path[i].target, r->path[i].rank, ev, reason))
			return false;
	return true;
}

/* Members with the own name of a column that `columns:` looks for elsewhere: they stand in for what was not found
 * there, and are something else otherwise. */
static bool fill_renamed(struct events *r, const struct json_member *const *own, struct event *ev, const char **reason)
{
	for (unsigned c = 0; c < EV_COLUMNS; c++) {
		if (!own[c])
			continue;
		if (r->rank[c] < RANK_OWN)
			add_other(&r->others, own[c]);
		else if (!fill_column(r, own[c], c, RANK_OWN, ev, reason))
			return false;
	}
	return true;
}

static bool fill_event(struct events *r, struct event *ev, const char **reason)
{
	const struct json_member *own[EV_COLUMNS] = {NULL};
	struct slice given = SLICE_NULL;
	buf_reset(&r->others);
	memset(r->seen, 0, r->known_count * sizeof *r->seen);
	for (size_t c = 0; c < EV_COLUMNS; c++)
		r->rank[c] = RANK_NONE;
	for (size_t i = 0; i < r->scan.member_count; i++) {
		const struct json_member *m = &r->scan.member[i];
		struct slice key;
		if (!member_key(r, m, &key, reason))
			return false;
		size_t at = find_known(r, i, key);
		if (at == r->known_count) {
			add_other(&r->others, m);
			continue;
		}
		const struct known_name *known = &r->known[at];
		if (r->seen[at]) {
			*reason = "a JSON object repeats a key";
			return false;
		}
		r->seen[at] = true;
		if (known->target == TARGET_NONE || (known->target == TARGET_ATTRIBUTES && m->kind == JSON_IS_NULL))
			continue;
		if (known->target == TARGET_ATTRIBUTES && m->kind == JSON_IS_OBJECT && !given.ptr)
			given = m->value;
		else if (known->target == TARGET_ATTRIBUTES)
			add_other(&r->others, m);
		else if (known->rank == RANK_OWN && r->is_renamed[known->target])
			own[known->target] = m;
		else if (!fill_column(r, m, known->target, known->rank, ev, reason))
			return false;
	}
	return fill_paths(r, ev, reason) && fill_renamed(r, own, ev, reason) &&
	       join_attributes(r, given, &ev->attributes, reason);
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
	return fill_event(r, ev, reason) && event_source_check(&r->source, ev, reason);
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

static void add_known(struct events *r, struct slice name, unsigned target, unsigned rank)
{
	if (search_known(r, name) == r->known_count)
		r->known[r->known_count++] = (struct known_name){name, target, rank};
}

static bool learn_names(struct events *r, struct err *e)
{
	const struct name_map *columns = r->source.columns;
	size_t count = columns->count + EV_COLUMNS + 1;
	r->known = must_alloc(count * sizeof *r->known);
	r->path = must_alloc(count * sizeof *r->path);
	r->seen = must_alloc(count * sizeof *r->seen);
	for (unsigned i = 0; i < columns->count; i++) {
		struct slice name = slice_of(columns->pair[i].from);
		unsigned target = event_target_find(slice_of(columns->pair[i].to));
		bool is_path = slice_find(name, ".") != SIZE_MAX;
		add_known(r, name, target, i);
		if (target < EV_COLUMNS)
			r->is_renamed[target] = true;
		if (is_path && target < EV_COLUMNS)
			r->path[r->path_count++] = (struct known_name){name, target, i};
		else if (is_path)
			return fail(e, ERR_CONFIG, "`columns`: `%s` can't be `%s`, only a whole member can",
			            columns->pair[i].from, columns->pair[i].to);
	}
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		add_known(r, slice_of(event_columns[c].name), c, RANK_OWN);
	add_known(r, SLICE("attributes"), TARGET_ATTRIBUTES, RANK_OWN);
	return true;
}

static bool events_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct events r = {.out = out, .scan = {.want_members = true}};
	struct json_records records;
	json_records_begin(&records, in, true, JSON_RECORD_MAX);
	records.enveloped = true;
	bool ok = event_source_begin(&r.source, o, e) && learn_names(&r, e) && read_all(&r, &records, e);
	json_records_release(&records);
	free(r.known);
	free(r.path);
	free(r.seen);
	json_scan_release(&r.scan);
	json_scan_release(&r.embedded);
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
        .yields_events = true,
        .detect = events_detect,
        .read = events_read,
};
