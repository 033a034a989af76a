#include "format/flat_map.h"

/* The string that begins at *at, without escapes and control characters; moves *at behind it. */
static bool take_string(struct slice text, size_t *at, struct slice *out)
{
	size_t start = *at + 1, i = start;
	if (*at >= text.len || text.ptr[*at] != '"')
		return false;
	while (i < text.len && text.ptr[i] != '"' && text.ptr[i] != '\\' && (unsigned char)text.ptr[i] >= 0x20)
		i++;
	if (i >= text.len || text.ptr[i] != '"')
		return false;
	*out = (struct slice){text.ptr + start, i - start};
	*at = i + 1;
	return true;
}

static bool take_byte(struct slice text, size_t *at, char byte)
{
	bool is_there = *at < text.len && text.ptr[*at] == byte;
	*at += is_there;
	while (is_there && *at < text.len && text.ptr[*at] == ' ')
		++*at;
	return is_there;
}

bool flat_map_read(struct flat_map *map, struct slice text)
{
	size_t at = 0;
	map->count = 0;
	if (!take_byte(text, &at, '{'))
		return false;
	do {
		size_t n = map->count;
		if (n == FLAT_MAP_MAX || !take_string(text, &at, &map->member[n].key) || !take_byte(text, &at, ':') ||
		    !take_string(text, &at, &map->member[n].value))
			return false;
		for (size_t i = 0; i < n; i++)
			if (slice_equal(map->member[i].key, map->member[n].key))
				return false;
		map->count++;
	} while (take_byte(text, &at, ','));
	return at + 1 == text.len && text.ptr[at] == '}';
}
