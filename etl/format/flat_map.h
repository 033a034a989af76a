/*
 * A JSON object that is nothing but a few plain strings, read where it stands: {"env":"prod","request_id":"7f3a"}. Tags
 * are such maps, one or two in each of millions of rows, and no two rows' are alike when a request id is among them.
 */
#pragma once
#include "base/str.h"

enum { FLAT_MAP_MAX = 64 }; /* members: AWS allows 50 tags */
struct flat_map {
	size_t count;
	struct {
		struct slice key, value;
	} member[FLAT_MAP_MAX];
};

/*
 * Slices are of the text, which has to be UTF-8. False: it is not an object of that kind (it has escapes, other values,
 * blanks in odd places, too many members), repeats a key, or is not JSON; which of these, the JSON reader says.
 */
bool flat_map_read(struct flat_map *map, struct slice text);
