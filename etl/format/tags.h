/*
 * Tags of a bill line: collected as key and value, written as one compact JSON object with its keys in byte order, so
 * that equal tags are equal text and can be stored once.
 */
#pragma once
#include "base/str.h"

enum { TAGS_MAX = 512 }; /* further ones are left out: AWS allows 50 on a resource */

struct tag {
	struct slice key, value;
	int rank; /* of two with one key the lower rank stays; of equal ones the first */
};
struct tags {
	size_t count;
	struct tag tag[TAGS_MAX];
};

/* Slices are borrowed. An empty value is no tag. */
void tags_add(struct tags *t, struct slice key, struct slice value, int rank);
/* Takes the tag out and returns its value; absent when there is none. */
struct slice tags_take(struct tags *t, struct slice key);
/* The object's text in `out` (reset first); absent when there are no tags. Sorts t. */
struct slice tags_json(struct tags *t, struct buf *out);
/* One JSON string with its quotes. */
void json_string_add(struct buf *out, struct slice text);
