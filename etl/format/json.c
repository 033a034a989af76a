#include "format/json.h"
#include <stdio.h>
#include <stdlib.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
enum { ENVELOPE_MAX = 64 << 10 }; /* bytes in which an envelope's records begin */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t after_blanks(struct slice s, size_t i)
{
	while (i < s.len && is_blank(s.ptr[i]))
		i++;
	return i;
}

void json_records_begin(struct json_records *r, struct stream *in, bool by_line, size_t limit)
{
	*r = (struct json_records){.in = in, .by_line = by_line, .limit = limit, .line = 1, .next_line = 1};
}

void json_records_release(struct json_records *r)
{
	buf_release(&r->carry);
}

static uint64_t count_lines(struct slice s)
{
	uint64_t lines = 0;
	const char *at = s.ptr, *end = s.ptr + s.len;
	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		lines++;
		at++;
	}
	return lines;
}

static bool too_long(struct json_records *r, struct err *e)
{
	fail_input(e, "malformed_row", "a JSON record is longer than %zu MiB", r->limit >> 20);
	return err_where(e, stream_path(r->in), r->line, 0);
}

/* Makes sure that there is something in r->chunk, unless the file is at its end. */
static bool fill(struct json_records *r, struct err *e)
{
	return !slice_empty(r->chunk) || stream_next(r->in, &r->chunk, e);
}

/* The next byte that is no blank, not taken; 0 at the end of the file. */
static bool next_byte(struct json_records *r, char *byte, struct err *e)
{
	for (;;) {
		if (!fill(r, e))
			return false;
		if (slice_empty(r->chunk)) {
			*byte = 0;
			return true;
		}
		size_t blanks = 0;
		while (blanks < r->chunk.len && is_blank(r->chunk.ptr[blanks])) {
			r->next_line += r->chunk.ptr[blanks] == '\n';
			blanks++;
		}
		r->chunk = slice_from(r->chunk, blanks);
		if (!slice_empty(r->chunk)) {
			*byte = r->chunk.ptr[0];
			return true;
		}
	}
}

/* One line without its LF; *found = false at the end of the file. */
static bool next_line(struct json_records *r, struct slice *line, bool *found, struct err *e)
{
	buf_reset(&r->carry);
	r->line = r->next_line;
	*found = false;
	for (;;) {
		if (!fill(r, e))
			return false;
		if (slice_empty(r->chunk)) {
			*line = buf_slice(&r->carry);
			return true;
		}
		*found = true;
		const char *lf = memchr(r->chunk.ptr, '\n', r->chunk.len);
		struct slice part = slice_head(r->chunk, lf ? (size_t)(lf - r->chunk.ptr) : r->chunk.len);
		r->chunk = slice_from(r->chunk, part.len + (lf ? 1 : 0));
		if (r->carry.len + part.len > r->limit)
			return too_long(r, e);
		if (lf)
			r->next_line++;
		if (lf && r->carry.len == 0) {
			*line = part;
			return true;
		}
		buf_add_slice(&r->carry, part);
		if (lf) {
			*line = buf_slice(&r->carry);
			return true;
		}
	}
}

/* Where a value ends, told by its brackets and quotes alone; json_scan judges what is inside. */
struct value_end {
	size_t depth;
	bool is_scalar, in_string, escaped, begun, done;
};

static size_t string_part(struct value_end *v, struct slice s, size_t i)
{
	while (i < s.len) {
		if (v->escaped) {
			v->escaped = false;
			i++;
			continue;
		}
		while (i < s.len && s.ptr[i] != '"' && s.ptr[i] != '\\')
			i++;
		if (i == s.len)
			return i;
		v->escaped = s.ptr[i] == '\\';
		v->in_string = v->escaped;
		i++;
		if (!v->in_string)
			return i;
	}
	return i;
}

/* How many bytes of s belong to the value; sets done when it ends there. */
static size_t value_part(struct value_end *v, struct slice s)
{
	size_t i = 0;
	while (i < s.len && !v->done) {
		if (v->in_string) {
			i = string_part(v, s, i);
			v->done = !v->in_string && v->depth == 0;
			continue;
		}
		char c = s.ptr[i];
		if (v->is_scalar && (is_blank(c) || c == ',' || c == ']' || c == '}')) {
			v->done = true;
			return i;
		}
		i++;
		if (c == '"' && !v->is_scalar) {
			v->in_string = true;
		} else if (c == '{' || c == '[') {
			v->depth++;
		} else if ((c == '}' || c == ']') && v->depth > 0) {
			v->done = --v->depth == 0;
		} else if (!v->begun) {
			v->is_scalar = true;
		}
		v->begun = true;
	}
	return i;
}

/* One value; r->chunk stands on its first byte. */
static bool next_value(struct json_records *r, struct slice *value, struct err *e)
{
	struct value_end v = {0};
	buf_reset(&r->carry);
	r->line = r->next_line;
	for (;;) {
		if (!fill(r, e))
			return false;
		size_t used = value_part(&v, r->chunk);
		struct slice part = slice_head(r->chunk, used);
		bool ends = v.done || slice_empty(r->chunk);
		r->next_line += count_lines(part);
		r->chunk = slice_from(r->chunk, used);
		if (r->carry.len + used > r->limit)
			return too_long(r, e);
		if (v.done && r->carry.len == 0) {
			*value = part;
			return true;
		}
		if (used)
			buf_add_slice(&r->carry, part);
		if (!ends)
			continue;
		*value = buf_slice(&r->carry);
		if (v.done || v.is_scalar)
			return true;
		fail_input(e, "truncated_file", "the file ends within a JSON value that begins at line %llu",
		           (unsigned long long)r->line);
		return err_where(e, stream_path(r->in), r->next_line, 0);
	}
}

/* The next element of the array; *found = false behind its end. */
static bool next_element(struct json_records *r, struct slice *element, bool *found, struct err *e)
{
	char byte;
	*found = false;
	if (!next_byte(r, &byte, e))
		return false;
	if (r->after_element && byte == ',') {
		r->chunk = slice_from(r->chunk, 1);
		if (!next_byte(r, &byte, e))
			return false;
		if (byte == ']')
			byte = ',';
	} else if (byte == ']') {
		r->chunk = slice_from(r->chunk, 1);
		r->in_array = false;
		return true;
	} else if (r->after_element && byte) {
		byte = ',';
	}
	if (!byte) {
		fail_input(e, "truncated_file", "the file ends within a JSON array");
		return err_where(e, stream_path(r->in), r->next_line, 0);
	}
	if (byte == ',') {
		fail_input(e, "malformed_row", "not valid JSON: misplaced or missing ',' in the array");
		return err_where(e, stream_path(r->in), r->next_line, 0);
	}
	*found = r->after_element = true;
	return next_value(r, element, e);
}

/* r->chunk stands on the bracket. */
static void open_array(struct json_records *r)
{
	r->chunk = slice_from(r->chunk, 1);
	r->in_array = true;
	r->after_element = false;
}

/* Steps over one value at the start of *s and what blanks follow it; false if it does not end there. */
static bool step_over(struct slice *s)
{
	struct value_end v = {0};
	*s = slice_from(*s, value_part(&v, *s));
	*s = slice_from(*s, after_blanks(*s, 0));
	return v.done && !slice_empty(*s);
}

/* Whether a value that an envelope may hold before its records begins here: an event begins with some text. */
static bool is_of_envelope(struct slice key, struct slice value)
{
	char after = value.ptr[0] == '[' || value.ptr[0] == '{' ? slice_from(value, after_blanks(value, 1)).ptr[0] : 0;
	switch (value.ptr[0]) {
	case '"':
		return slice_is(key, "object") && slice_starts(value, "\"list\"");
	case '[':
		return after == ']';
	case '{':
		return after == '}';
	default:
		return true;
	}
}

/* How many bytes stand before the array of an envelope; SIZE_MAX when the file does not begin with one. */
static size_t envelope_part(struct slice head)
{
	struct slice s = slice_from(head, slice_starts(head, BYTE_ORDER_MARK) ? 3 : 0);
	s = slice_from(s, after_blanks(s, 0));
	if (!slice_starts(s, "{"))
		return SIZE_MAX;
	for (;;) {
		s = slice_from(s, 1);
		s = slice_from(s, after_blanks(s, 0));
		struct slice key = slice_from(s, 1);
		if (!slice_starts(s, "\"") || !step_over(&s) || s.ptr[0] != ':')
			return SIZE_MAX;
		key = slice_cut(&key, '"');
		s = slice_from(s, 1);
		s = slice_from(s, after_blanks(s, 0));
		struct slice inner = slice_from(s, after_blanks(s, 1));
		if (slice_empty(inner))
			return SIZE_MAX;
		if (s.ptr[0] == '[' && (slice_is(key, "data") || slice_is(key, "result")))
			return inner.ptr[0] == '{' || inner.ptr[0] == ']' ? head.len - s.len : SIZE_MAX;
		if (!is_of_envelope(key, s) || !step_over(&s) || s.ptr[0] != ',')
			return SIZE_MAX;
	}
}

static bool skip_bytes(struct json_records *r, size_t left, struct err *e)
{
	while (left) {
		if (!fill(r, e))
			return false;
		if (slice_empty(r->chunk))
			break;
		struct slice part = slice_head(r->chunk, left);
		r->next_line += count_lines(part);
		r->chunk = slice_from(r->chunk, part.len);
		left -= part.len;
	}
	return true;
}

/* What the object holds behind its records, to its closing bracket. */
static bool close_envelope(struct json_records *r, struct err *e)
{
	struct value_end v = {.depth = 1, .begun = true};
	r->in_envelope = false;
	while (!v.done) {
		if (!fill(r, e))
			return false;
		if (slice_empty(r->chunk)) {
			fail_input(e, "truncated_file", "the file ends within a JSON object");
			return err_where(e, stream_path(r->in), r->next_line, 0);
		}
		size_t used = value_part(&v, r->chunk);
		r->next_line += count_lines(slice_head(r->chunk, used));
		r->chunk = slice_from(r->chunk, used);
	}
	return true;
}

static bool start(struct json_records *r, struct err *e)
{
	char byte;
	struct slice head;
	r->started = true;
	if (!stream_peek(r->in, r->enveloped ? ENVELOPE_MAX : 3, &head, e))
		return false;
	size_t before = r->enveloped ? envelope_part(head) : SIZE_MAX;
	r->in_envelope = before != SIZE_MAX;
	if (!r->in_envelope)
		before = slice_starts(head, BYTE_ORDER_MARK) ? 3 : 0;
	if (!skip_bytes(r, before, e))
		return false;
	if (!next_byte(r, &byte, e))
		return false;
	if (byte == '[')
		open_array(r);
	return true;
}

/* The next line that is not blank. */
static bool next_full_line(struct json_records *r, struct slice *record, struct err *e)
{
	bool found = true;
	while (found) {
		if (!next_line(r, record, &found, e))
			return false;
		if (!slice_empty(slice_trim(*record)))
			return true;
	}
	*record = SLICE_NULL;
	return true;
}

bool json_records_next(struct json_records *r, struct slice *record, struct err *e)
{
	char byte;
	*record = SLICE_NULL;
	if (!r->started && !start(r, e))
		return false;
	for (;;) {
		if (r->in_array) {
			bool found;
			if (!next_element(r, record, &found, e))
				return false;
			if (found)
				return true;
			if (r->in_envelope && !close_envelope(r, e))
				return false;
		}
		if (r->by_line)
			return next_full_line(r, record, e);
		if (!next_byte(r, &byte, e))
			return false;
		if (byte != '[')
			return byte ? next_value(r, record, e) : true;
		open_array(r);
	}
}

void json_reader_release(struct json_reader *r)
{
	json_scan_release(&r->scan);
	buf_release(&r->quoted);
}

const char *json_refusal(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_duplicate_key:
		return "a JSON object repeats a key";
	case json_error_invalid_utf8:
		return "invalid UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a string holds a NUL character";
	case json_error_out_of_memory:
		return "not enough memory for the JSON";
	default:
		return "not valid JSON: bad character in a string";
	}
}

json_t *json_build(struct json_reader *r, struct slice text, const char **why)
{
	json_error_t error;
	r->scan.quoted = &r->quoted;
	if (!json_scan(&r->scan, text)) {
		*why = r->scan.fault;
		return NULL;
	}
	json_t *value = json_loadb(r->quoted.ptr, r->quoted.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value)
		*why = json_refusal(&error);
	return value;
}

json_t *json_build_document(struct json_reader *r, struct slice text, const char *path, uint64_t line, struct err *e)
{
	const char *why = NULL;
	json_t *value = json_build(r, text, &why);
	if (value)
		return value;
	uint64_t column = 0;
	if (r->scan.fault) {
		struct slice before = slice_head(text, r->scan.fault_at);
		const char *lf = before.len ? memrchr(before.ptr, '\n', before.len) : NULL;
		line += count_lines(before);
		column = lf ? (uint64_t)(before.ptr + before.len - lf) : 0;
	}
	fail_input(e, r->scan.cut_off ? "truncated_file" : "malformed_row", "%s", why);
	err_where(e, path, line, column);
	return NULL;
}

struct slice json_text(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	if (!json_is_string(value))
		return SLICE_NULL;
	return (struct slice){json_string_value(value), json_string_length(value)};
}

struct slice json_word(const json_t *object, const char *name)
{
	struct slice text = json_text(object, name);
	return slice_empty(text) ? SLICE_NULL : text;
}

bool json_decimal(const json_t *object, const char *name, struct decimal *out, bool *given, const char **why)
{
	const json_t *value = json_object_get(object, name);
	*given = value && !json_is_null(value);
	*out = (struct decimal){0};
	if (!*given)
		return true;
	if (!json_is_string(value)) {
		*why = "not a decimal number";
		return false;
	}
	return decimal_parse(json_text(object, name), out, why);
}

bool json_count(const json_t *object, const char *name, int64_t *out)
{
	struct decimal number;
	bool given;
	const char *why;
	*out = 0;
	if (!json_decimal(object, name, &number, &given, &why))
		return false;
	return !given || (decimal_to_int(&number, out) && *out >= 0 && *out <= INT64_C(1000000000000000));
}

char json_head_first(struct slice head)
{
	size_t i = after_blanks(head, slice_starts(head, BYTE_ORDER_MARK) ? 3 : 0);
	return i < head.len ? head.ptr[i] : '\0';
}

bool json_head_has(struct slice head, const char *key, const char *value)
{
	char name[64], text[64];
	snprintf(name, sizeof name, "\"%s\"", key);
	snprintf(text, sizeof text, "\"%s\"", value ? value : "");
	for (;;) {
		size_t at = slice_find(head, name);
		if (at == SIZE_MAX)
			return false;
		head = slice_from(head, at + strlen(name));
		size_t i = after_blanks(head, 0);
		if (i >= head.len || head.ptr[i] != ':')
			continue;
		if (!value || slice_starts(slice_from(head, after_blanks(head, i + 1)), text))
			return true;
	}
}
