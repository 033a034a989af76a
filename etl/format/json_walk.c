#include "format/json_walk.h"

static const char *after_blanks(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
		at++;
	return at;
}

/* `at` stands on the opening quote; returns what is behind the closing one. */
static const char *after_string(const char *at, const char *end, bool *escaped)
{
	const char *quote = at;
	size_t backslashes;
	*escaped = false;
	do {
		const char *from = quote + 1;
		quote = from < end ? memchr(from, '"', (size_t)(end - from)) : NULL;
		if (!quote)
			return end;
		backslashes = 0;
		while (quote[-1 - (ptrdiff_t)backslashes] == '\\')
			backslashes++;
	} while (backslashes % 2);
	*escaped = memchr(at, '\\', (size_t)(quote - at)) != NULL;
	return quote + 1;
}

/* `at` stands on the opening bracket. */
static const char *after_container(const char *at, const char *end)
{
	size_t depth = 0;
	bool escaped;
	while (at < end) {
		if (*at == '"') {
			at = after_string(at, end, &escaped);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
		at++;
	}
	return end;
}

static const char *after_word(const char *at, const char *end)
{
	while (at < end && !strchr(" \t\r\n,]}", *at))
		at++;
	return at;
}

struct json_walk json_walk_begin(struct slice value)
{
	const char *end = value.ptr + value.len, *at = after_blanks(value.ptr, end);
	if (at == end || (*at != '{' && *at != '['))
		return (struct json_walk){.at = end, .end = end};
	return (struct json_walk){.at = at + 1, .end = end, .is_object = *at == '{'};
}

static void read_value(struct json_walk *w, struct json_member *m)
{
	const char *start = w->at;
	m->value_escaped = false;
	switch (*start) {
	case '"':
		m->kind = JSON_IS_STRING;
		w->at = after_string(start, w->end, &m->value_escaped);
		break;
	case '{':
	case '[':
		m->kind = *start == '{' ? JSON_IS_OBJECT : JSON_IS_ARRAY;
		w->at = after_container(start, w->end);
		break;
	default:
		m->kind = *start == 't'   ? JSON_IS_TRUE
		          : *start == 'f' ? JSON_IS_FALSE
		          : *start == 'n' ? JSON_IS_NULL
		                          : JSON_IS_NUMBER;
		w->at = after_word(start, w->end);
	}
	m->value = (struct slice){start, (size_t)(w->at - start)};
}

bool json_walk_next(struct json_walk *w, struct json_member *m)
{
	w->at = after_blanks(w->at, w->end);
	if (w->at < w->end && *w->at == ',')
		w->at = after_blanks(w->at + 1, w->end);
	if (w->at >= w->end || *w->at == '}' || *w->at == ']')
		return false;
	m->key = SLICE_NULL;
	m->key_escaped = false;
	if (w->is_object) {
		const char *start = w->at + 1;
		w->at = after_string(w->at, w->end, &m->key_escaped);
		m->key = (struct slice){start, (size_t)(w->at - 1 - start)};
		w->at = after_blanks(w->at, w->end);
		w->at = after_blanks(w->at + 1, w->end);
	}
	read_value(w, m);
	return true;
}

bool json_walk_find(struct slice object, struct slice key, struct json_member *m)
{
	struct json_walk w = json_walk_begin(object);
	struct json_member next;
	bool found = false;
	while (w.is_object && json_walk_next(&w, &next)) {
		if (slice_equal(next.key, key)) {
			*m = next;
			found = true;
		}
	}
	return found;
}
