/*
 * OpenTelemetry's spans of generative AI, as the collector's file exporter writes them: OTLP JSON, a batch a line. A
 * span is an event when it names a provider and is a model call; the spans around it (agents, workflows, tools) repeat
 * its tokens as sums, and the rest of a trace has nothing to do with it. Of its attributes those of gen_ai.* and app.*
 * are kept, but never what was asked and answered.
 *
 * A batch may be large and hold whole conversations. So json_scan checks the line once, json_walk steps over it, and
 * only what an event needs is looked at.
 */
#include "format/event_source.h"
#include "format/json.h"
#include "format/json_walk.h"
#include "format/span_set.h"
#include <stdlib.h>

enum {
	LINE_MAX_BYTES = 64 << 20, /* of one batch */
	ATTRIBUTES_MAX = 4096,     /* of a span or resource that are looked at */
	VALUE_MAX = 2000,          /* bytes of an attribute that is kept as one; longer ones are left out */
	NANO_DIGITS = 9,
};

/* Names of attributes, per column the preferred one first. */
static const struct default_name {
	const char *name;
	enum event_column column;
} default_names[] = {
        {"gen_ai.response.id", EV_REQUEST_ID},
        {"gen_ai.provider.name", EV_PROVIDER},
        {"gen_ai.system", EV_PROVIDER},
        {"gen_ai.response.model", EV_MODEL},
        {"gen_ai.request.model", EV_MODEL},
        {"gen_ai.usage.input_tokens", EV_INPUT_TOKENS},
        {"gen_ai.usage.prompt_tokens", EV_INPUT_TOKENS},
        {"gen_ai.usage.output_tokens", EV_OUTPUT_TOKENS},
        {"gen_ai.usage.completion_tokens", EV_OUTPUT_TOKENS},
        {"gen_ai.usage.cache_read.input_tokens", EV_CACHE_READ_INPUT_TOKENS},
        {"gen_ai.usage.cache_write.input_tokens", EV_CACHE_WRITE_INPUT_TOKENS},
        {"gen_ai.usage.cache_creation.input_tokens", EV_CACHE_WRITE_INPUT_TOKENS},
        {"gen_ai.conversation.id", EV_WORKFLOW_ID},
        {"service.name", EV_SERVICE},
        {"deployment.environment.name", EV_ENVIRONMENT},
        {"deployment.environment", EV_ENVIRONMENT},
        {"app.team_id", EV_TEAM_ID},
        {"team.id", EV_TEAM_ID},
};
enum { DEFAULT_NAMES = sizeof default_names / sizeof *default_names };

static const char *const model_calls[] = {"chat", "text_completion", "generate_content", "embeddings"};
/* What was asked and answered, and with which tools. */
static const char *const bodies[] = {
        "gen_ai.input.messages",      "gen_ai.output.messages",  "gen_ai.prompt",     "gen_ai.completion",
        "gen_ai.system_instructions", "gen_ai.tool.definitions", "gen_ai.tool.call.",
};

/* Which attribute a column has. Those of `columns:` win over the others, then a span's over its resource's, then the
 * name that comes first. */
enum { RANK_DEFAULT = 1 << 30, RANK_RESOURCE = 1 << 29, RANK_NONE = INT32_MAX };
struct attribute {
	struct slice key;
	struct json_member value; /* plain; null for lists and maps. Its key is the kind: intValue, … */
	unsigned target, rank;    /* TARGETS: it has no meaning of its own */
};
struct attributes {
	struct attribute *item;
	size_t count, cap;
};
/* The members of a span that matter; absent ones are null. */
struct span {
	struct slice text;
	struct json_member trace_id, span_id, start, status, attributes;
};
struct choice {
	unsigned rank;
	struct slice text;
};

struct otlp {
	const struct sink *out;
	struct event_source source;
	struct json_scan scan;
	struct json_reader inner; /* for strings with escapes */
	struct arena arena;       /* what they mean, of one span */
	struct buf attributes;
	struct span_set spans;
	uint64_t passed_over;
	/* Of the span at hand. */
	struct attributes of_resource, of_span;
	struct choice column[EV_COLUMNS];
};

/* ---- Attributes ---- */

static bool unescape(struct otlp *r, struct slice quoted, struct slice *text, const char **reason)
{
	JSON_AUTO value = json_build(&r->inner, quoted, reason);
	if (!json_is_string(value))
		return false;
	*text = arena_slice(&r->arena, (struct slice){json_string_value(value), json_string_length(value)});
	return true;
}

/* The text of a string, number or word; absent for all else. */
static bool plain_text(struct otlp *r, const struct json_member *m, struct slice *text, const char **reason)
{
	*text = SLICE_NULL;
	if (m->kind == JSON_IS_NULL || m->kind == JSON_IS_OBJECT || m->kind == JSON_IS_ARRAY)
		return true;
	if (m->kind != JSON_IS_STRING) {
		*text = m->value;
		return true;
	}
	*text = (struct slice){m->value.ptr + 1, m->value.len - 2};
	return !m->value_escaped || unescape(r, m->value, text, reason);
}

/* What a name stands for, TARGETS if nothing, and its rank. */
static unsigned find_target(const struct otlp *r, struct slice key, unsigned *rank)
{
	const struct name_map *columns = r->source.columns;
	for (*rank = 0; *rank < columns->count; ++*rank)
		if (slice_is(key, columns->pair[*rank].from))
			return event_target_find(slice_of(columns->pair[*rank].to));
	for (unsigned i = 0; i < DEFAULT_NAMES; i++) {
		if (slice_is(key, default_names[i].name)) {
			*rank = RANK_DEFAULT | i;
			return default_names[i].column;
		}
	}
	return TARGETS;
}

/* One of {"key": …, "value": {"stringValue": …}}; false when it has no key. */
static bool read_attribute(struct slice object, struct attribute *a)
{
	static const char *const kinds[] = {"stringValue", "intValue", "doubleValue", "boolValue"};
	struct json_walk members = json_walk_begin(object);
	struct json_member m;
	*a = (struct attribute){.value.kind = JSON_IS_NULL};
	while (json_walk_next(&members, &m)) {
		if (slice_is(m.key, "key") && m.kind == JSON_IS_STRING && !m.value_escaped)
			a->key = (struct slice){m.value.ptr + 1, m.value.len - 2};
		if (!slice_is(m.key, "value") || m.kind != JSON_IS_OBJECT)
			continue;
		struct json_walk value = json_walk_begin(m.value);
		while (json_walk_next(&value, &m))
			for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
				if (slice_is(m.key, kinds[i]) && m.kind != JSON_IS_OBJECT && m.kind != JSON_IS_ARRAY)
					a->value = m;
	}
	return a->key.ptr != NULL;
}

/* The attributes of a span or resource; those past the limit are left out. */
static void read_attributes(const struct otlp *r, struct slice array, unsigned added_rank, struct attributes *list)
{
	struct json_walk items = json_walk_begin(array);
	struct json_member item;
	struct attribute a;
	list->count = 0;
	while (list->count < ATTRIBUTES_MAX && json_walk_next(&items, &item)) {
		if (!read_attribute(item.value, &a))
			continue;
		a.target = find_target(r, a.key, &a.rank);
		a.rank |= added_rank;
		if (list->count == list->cap) {
			list->cap = list->cap ? 2 * list->cap : 64;
			list->item = must_realloc(list->item, list->cap * sizeof *list->item);
		}
		list->item[list->count++] = a;
	}
}

static bool choose(struct otlp *r, const struct attributes *list, const char **reason)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct attribute *a = &list->item[i];
		struct slice text;
		if (a->target >= EV_COLUMNS || a->rank > r->column[a->target].rank)
			continue;
		if (!plain_text(r, &a->value, &text, reason))
			return false;
		if (!slice_empty(slice_trim(text)))
			r->column[a->target] = (struct choice){a->rank, text};
	}
	return true;
}

static bool is_body(struct slice key)
{
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (slice_starts(key, bodies[i]))
			return true;
	return false;
}

/* Whether an attribute goes to the event's attributes: what is ours to keep and is no column of it. */
static bool is_kept(const struct otlp *r, const struct attribute *a)
{
	if (a->value.kind == JSON_IS_NULL || a->value.value.len > VALUE_MAX || is_body(a->key))
		return false;
	if (a->target < EV_COLUMNS && r->column[a->target].rank == a->rank)
		return false;
	return a->target == TARGET_ATTRIBUTES ||
	       (a->target != TARGET_NONE && (slice_starts(a->key, "gen_ai.") || slice_starts(a->key, "app.")));
}

/* An integer is mostly written as a string. */
static struct slice without_quotes(const struct json_member *m)
{
	struct slice inner = slice_head(slice_from(m->value, 1), m->value.len - 2);
	int64_t number;
	bool is_number = m->kind == JSON_IS_STRING && slice_is(m->key, "intValue") && slice_uint(inner, &number);
	return is_number && (inner.ptr[0] != '0' || inner.len == 1) ? inner : m->value;
}

static void keep(struct otlp *r, const struct attributes *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct attribute *a = &list->item[i];
		if (!is_kept(r, a))
			continue;
		buf_add_char(&r->attributes, r->attributes.len ? ',' : '{');
		buf_add(&r->attributes, a->key.ptr - 1, a->key.len + 2);
		buf_add_char(&r->attributes, ':');
		buf_add_slice(&r->attributes, without_quotes(&a->value));
	}
}

/* A span's attributes come last, and so win in jsonb. What has escapes may hold what jsonb does not take. */
static bool join_attributes(struct otlp *r, struct slice *attributes, const char **reason)
{
	buf_reset(&r->attributes);
	keep(r, &r->of_resource);
	keep(r, &r->of_span);
	*attributes = SLICE_NULL;
	if (!r->attributes.len)
		return true;
	buf_add_char(&r->attributes, '}');
	*attributes = buf_slice(&r->attributes);
	if (!memchr(attributes->ptr, '\\', attributes->len))
		return true;
	struct json_walk members = json_walk_begin(*attributes);
	struct json_member m;
	struct slice text;
	while (json_walk_next(&members, &m))
		if (m.value_escaped && !unescape(r, m.value, &text, reason))
			return false;
	return true;
}

/* ---- Spans ---- */

/* Whether the span itself names a provider (a resource can't make events of all that it does) and an operation that is
 * a call of a model, or none. */
static bool is_model_call(const struct otlp *r)
{
	bool has_provider = false, is_call = true;
	for (size_t i = 0; i < r->of_span.count; i++) {
		const struct attribute *a = &r->of_span.item[i];
		has_provider = has_provider || a->target == EV_PROVIDER;
		if (!slice_is(a->key, "gen_ai.operation.name") || a->value.kind != JSON_IS_STRING)
			continue;
		struct slice name = {a->value.value.ptr + 1, a->value.value.len - 2};
		is_call = slice_empty(name);
		for (size_t k = 0; k < sizeof model_calls / sizeof *model_calls; k++)
			is_call = is_call || slice_is(name, model_calls[k]);
	}
	return has_provider && is_call;
}

/* Nanoseconds as seconds: the point is set, and what is below the microsecond is cut where times are read. */
static struct slice seconds_of(struct otlp *r, struct slice nanoseconds)
{
	if (nanoseconds.len <= NANO_DIGITS || nanoseconds.len > 20)
		return nanoseconds;
	size_t point = nanoseconds.len - NANO_DIGITS;
	return slice_of(arena_printf(&r->arena, "%.*s.%.*s", (int)point, nanoseconds.ptr, (int)NANO_DIGITS,
	                             nanoseconds.ptr + point));
}

static bool status_of(struct otlp *r, const struct span *span, struct slice *status, const char **reason)
{
	struct json_member m;
	struct slice code = SLICE_NULL;
	if (json_walk_find(span->status.value, SLICE("code"), &m) && !plain_text(r, &m, &code, reason))
		return false;
	*status = slice_is(code, "2") || slice_is(code, "STATUS_CODE_ERROR") ? SLICE("error") : SLICE("success");
	return true;
}

/* What stands in the span beside its attributes fills columns that these left empty. */
static bool fill_event(struct otlp *r, const struct span *span, struct event *ev, const char **reason)
{
	struct slice span_id, trace_id, start, status;
	for (size_t c = 0; c < EV_COLUMNS; c++)
		r->column[c] = (struct choice){.rank = RANK_NONE};
	if (!choose(r, &r->of_resource, reason) || !choose(r, &r->of_span, reason) ||
	    !plain_text(r, &span->span_id, &span_id, reason) || !plain_text(r, &span->trace_id, &trace_id, reason) ||
	    !plain_text(r, &span->start, &start, reason) || !status_of(r, span, &status, reason))
		return false;
	for (size_t c = 0; c < EV_COLUMNS; c++)
		ev->text[c] = r->column[c].text;
	const struct {
		enum event_column column;
		struct slice text;
	} fallbacks[] = {{EV_REQUEST_ID, span_id},
	                 {EV_TRACE_ID, trace_id},
	                 {EV_TIMESTAMP, seconds_of(r, start)},
	                 {EV_STATUS, status}};
	for (size_t i = 0; i < sizeof fallbacks / sizeof *fallbacks; i++)
		if (slice_empty(ev->text[fallbacks[i].column]))
			ev->text[fallbacks[i].column] = fallbacks[i].text;
	return join_attributes(r, &ev->attributes, reason);
}

static bool is_repeat(struct otlp *r, const struct span *span)
{
	const char *why;
	struct slice trace_id, span_id;
	return plain_text(r, &span->trace_id, &trace_id, &why) && plain_text(r, &span->span_id, &span_id, &why) &&
	       !slice_empty(trace_id) && !slice_empty(span_id) && !span_set_add(&r->spans, trace_id, span_id);
}

/* One step over the span, whose conversation may be long. */
static void find_members(struct slice text, struct span *span)
{
	const struct json_member none = {.value = SLICE(""), .kind = JSON_IS_NULL};
	struct json_walk members = json_walk_begin(text);
	struct json_member m;
	*span = (struct span){text, none, none, none, none, none};
	while (json_walk_next(&members, &m)) {
		if (slice_is(m.key, "attributes") && m.kind == JSON_IS_ARRAY)
			span->attributes = m;
		else if (slice_is(m.key, "traceId"))
			span->trace_id = m;
		else if (slice_is(m.key, "spanId"))
			span->span_id = m;
		else if (slice_is(m.key, "startTimeUnixNano"))
			span->start = m;
		else if (slice_is(m.key, "status"))
			span->status = m;
	}
}

static bool read_span(struct otlp *r, struct slice text, uint64_t line, struct err *e)
{
	const char *reason = "";
	struct event ev = {.line = line};
	struct span span;
	arena_reset(&r->arena);
	find_members(text, &span);
	read_attributes(r, span.attributes.value, 0, &r->of_span);
	if (!is_model_call(r) || is_repeat(r, &span)) {
		r->passed_over++;
		return true;
	}
	if (!fill_event(r, &span, &ev, &reason) || !event_source_check(&r->source, &ev, &reason))
		return r->out->quarantine(r->out->context, line, reason, text, e);
	return r->out->event(r->out->context, &ev, e);
}

/* ---- Lines ---- */

/* Nothing when it is no list. */
static struct json_walk list_begin(const struct json_member *m)
{
	return json_walk_begin(m->kind == JSON_IS_ARRAY ? m->value : SLICE(""));
}

static bool read_scope(struct otlp *r, struct slice scope, uint64_t line, struct err *e)
{
	struct json_member spans, span;
	if (!json_walk_find(scope, SLICE("spans"), &spans))
		return true;
	struct json_walk list = list_begin(&spans);
	while (json_walk_next(&list, &span))
		if (!read_span(r, span.value, line, e))
			return false;
	return true;
}

static bool read_resource(struct otlp *r, struct slice resource_spans, uint64_t line, struct err *e)
{
	struct json_walk members = json_walk_begin(resource_spans);
	struct json_member m, attributes, scopes = {.kind = JSON_IS_NULL}, scope;
	r->of_resource.count = 0;
	while (json_walk_next(&members, &m)) {
		if (slice_is(m.key, "scopeSpans"))
			scopes = m;
		if (slice_is(m.key, "resource") && json_walk_find(m.value, SLICE("attributes"), &attributes))
			read_attributes(r, attributes.value, RANK_RESOURCE, &r->of_resource);
	}
	struct json_walk list = list_begin(&scopes);
	while (json_walk_next(&list, &scope))
		if (!read_scope(r, scope.value, line, e))
			return false;
	return true;
}

static bool read_line(struct otlp *r, struct slice text, uint64_t line, struct err *e)
{
	struct json_member m;
	bool is_json = json_scan(&r->scan, text);
	if (!is_json || r->scan.kind != JSON_IS_OBJECT)
		return r->out->quarantine(r->out->context, line, is_json ? "not a JSON object" : r->scan.fault, text,
		                          e);
	if (!json_walk_find(text, SLICE("resourceSpans"), &m)) {
		r->passed_over++; /* metrics or logs */
		return true;
	}
	struct json_walk list = list_begin(&m);
	while (json_walk_next(&list, &m))
		if (!read_resource(r, m.value, line, e))
			return false;
	return true;
}

static bool read_lines(struct otlp *r, struct json_records *records, struct err *e)
{
	for (;;) {
		struct slice record;
		if (!json_records_next(records, &record, e))
			return false;
		if (!record.ptr)
			return true;
		if (!read_line(r, record, records->line, e))
			return false;
	}
}

static bool otlp_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct otlp r = {.out = out};
	struct json_records records;
	json_records_begin(&records, in, true, LINE_MAX_BYTES);
	bool ok = event_source_begin(&r.source, o, e) && read_lines(&r, &records, e);
	if (r.passed_over)
		out->passed_over(out->context, r.passed_over);
	json_records_release(&records);
	json_scan_release(&r.scan);
	json_reader_release(&r.inner);
	arena_release(&r.arena);
	buf_release(&r.attributes);
	free(r.of_resource.item);
	free(r.of_span.item);
	span_set_release(&r.spans);
	return ok;
}

static bool otlp_detect(struct slice head)
{
	char first = json_head_first(head);
	struct slice rest = slice_trim(head), line = slice_cut(&rest, '\n');
	return (first == '{' || first == '[') && json_head_has(line, "resourceSpans", NULL);
}

const struct format format_otlp = {
        .name = "otlp",
        .source_type = "otlp",
        .summary = "OpenTelemetry spans of generative AI, OTLP JSON lines",
        .yields_events = true,
        .detect = otlp_detect,
        .read = otlp_read,
};
