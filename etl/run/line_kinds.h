/*
 * What matching asks of a line without looking at its attributes, as a number: provider, charge type, usage class,
 * currency and whether it has a request id. Kept in provider.line_kind, from which a unit begins and to which it adds
 * what is new.
 */
#pragma once
#include "base/arena.h"
#include "format/record.h"
#include "store/db.h"
#include <pthread.h>

struct line_kind {
	int32_t kind_no; /* its last bits: 8 if there is a request id, and the token class as in enum usage_class; 0:
	                    none; 7: one, of a quantity that is no whole number of at most 18 digits */
	const char *provider, *charge_type, *usage_class, *currency;
	bool has_request_id;
};
/* Shared by a unit's workers; asked only for attributes that are new to a file. */
struct line_kinds {
	pthread_mutex_t mutex;
	struct arena arena;
	struct line_kind *all;
	size_t count, capacity, stored; /* the first of them are in the database */
	int32_t next;                   /* number, without its last bits */
};
bool line_kinds_begin(struct line_kinds *k, struct db *db, struct err *e);
/* Whether the line's quantity cannot be compared as a machine word: the one thing of its kind that is not of its
 * attributes. */
static inline bool line_is_odd(const struct line *l)
{
	return l->has_quantity && !decimal_is_small_whole(&l->quantity);
}
/* The number of a line's kind. Thread-safe. */
int32_t line_kinds_number(struct line_kinds *k, const struct line *l);
/* Stores what is new in the lines of these files (an array parameter) that stayed; in the unit's transaction. */
bool line_kinds_store(struct line_kinds *k, const char *file_ids, struct db *db, struct arena *a, struct err *e);
void line_kinds_release(struct line_kinds *k);
