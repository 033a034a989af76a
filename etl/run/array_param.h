/* Array parameters of SQL files, column by column; everything is in the arena. */
#pragma once
#include "base/civil.h"
#include "store/db.h"

/* Collects one column. */
struct column {
	struct arena *arena;
	struct slice *item;
	size_t count;
};

const char *id_array(struct arena *a, const int64_t *id, size_t count);
struct column column_new(struct arena *a, size_t capacity);
void column_text(struct column *c, const char *text);
void column_number(struct column *c, uint64_t number);
void column_time(struct column *c, utc_us at);
const char *column_array(struct column *c);
