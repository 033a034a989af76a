#include "format/tags.h"

#include <stdlib.h>

static size_t find(const struct tags *t, struct slice key)
{
	size_t i = 0;
	while (i < t->count && !slice_equal(t->tag[i].key, key))
		i++;
	return i;
}

void tags_add(struct tags *t, struct slice key, struct slice value, int rank)
{
	if (slice_empty(key) || slice_empty(value))
		return;
	size_t i = find(t, key);
	if (i == TAGS_MAX || (i < t->count && t->tag[i].rank <= rank))
		return;
	t->tag[i] = (struct tag){.key = key, .value = value, .rank = rank};
	if (i == t->count)
		t->count++;
}

struct slice tags_take(struct tags *t, struct slice key)
{
	size_t i = find(t, key);
	if (i == t->count)
		return SLICE_NULL;
	struct slice value = t->tag[i].value;
	t->tag[i] = t->tag[--t->count];
	return value;
}

static int compare_keys(const void *a, const void *b)
{
	return slice_compare(((const struct tag *)a)->key, ((const struct tag *)b)->key);
}

struct slice tags_json(struct tags *t, struct buf *out)
{
	buf_reset(out);
	if (t->count == 0)
		return SLICE_NULL;
	qsort(t->tag, t->count, sizeof(*t->tag), compare_keys);
	for (size_t i = 0; i < t->count; i++) {
		buf_add_char(out, i ? ',' : '{');
		json_string_add(out, t->tag[i].key);
		buf_add_char(out, ':');
		json_string_add(out, t->tag[i].value);
	}
	buf_add_char(out, '}');
	return buf_slice(out);
}

void json_string_add(struct buf *out, struct slice text)
{
	buf_add_char(out, '"');
	size_t plain = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, text.ptr + plain, i - plain);
		if (c >= 0x20)
			buf_printf(out, "\\%c", c);
		else
			buf_printf(out, "\\u%04x", c);
		plain = i + 1;
	}
	buf_add(out, text.ptr + plain, text.len - plain);
	buf_add_char(out, '"');
}
