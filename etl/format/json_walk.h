/*
 * Steps over the members of an object, or the elements of an array, one level at a time. The text must have passed
 * json_scan: nothing is checked here, and nothing is built.
 */
#pragma once
#include "format/json_scan.h"

struct json_walk {
	const char *at, *end;
	bool is_object;
};
/* Of a value that is no object or array there is nothing to step over. */
struct json_walk json_walk_begin(struct slice value);
/* The next one; false behind the last. An element has no key. */
bool json_walk_next(struct json_walk *w, struct json_member *m);
/* The last member with that key (written without escapes) of an object. */
bool json_walk_find(struct slice object, struct slice key, struct json_member *m);
