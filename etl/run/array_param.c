#include "run/array_param.h"

#include <inttypes.h>

const char *id_array(struct arena *a, const int64_t *id, size_t count)
{
	struct buf text = BUF_INIT;
	buf_add_char(&text, '{');
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s%" PRId64, i ? "," : "", id[i]);
	buf_add_char(&text, '}');
	const char *out = arena_cstr(a, buf_slice(&text));
	buf_release(&text);
	return out;
}

struct column column_new(struct arena *a, size_t capacity)
{
	return (struct column){a, arena_alloc(a, (capacity + 1) * sizeof(struct slice)), 0};
}
void column_text(struct column *c, const char *text)
{
	c->item[c->count++] = slice_of(arena_strdup(c->arena, text));
}
void column_number(struct column *c, uint64_t number)
{
	column_text(c, arena_printf(c->arena, "%" PRIu64, number));
}
void column_time(struct column *c, utc_us at)
{
	char text[UTC_TEXT_MAX];
	utc_text(at, text);
	column_text(c, text);
}
const char *column_array(struct column *c)
{
	return db_text_array(c->arena, c->item, c->count);
}
