/*
 * The deliveries that a unit of files turns out to hold, by what identifies them: found by the threads that read the
 * files, written when all is read.
 */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "format/format.h"
#include <pthread.h>

/* One delivery that the unit's files hold, found while reading. */
struct load_delivery {
	int64_t delivery_id;
	const char *dataset, *payer;
	utc_us bucket_start, bucket_end;
	struct period period;
	bool rejected;                          /* some file of it could not be read to its end */
	bool has_net_cost;                      /* CUR: the net cost column is the delivery's cost */
	struct name_set *selected, *candidates; /* CUR: product codes taken for certain, and those that wait for one */
	struct name_set *net_candidates;        /* those of them with a line that has a net cost */
	int64_t *file_id;                       /* files with lines of it, ascending */
	size_t file_count;
	struct load_delivery *next; /* of the same hash slot */
};

/* A small set of strings. */
struct name_set {
	char **name;
	size_t count;
};
bool name_set_add(struct name_set *set, struct slice name); /* true when it is new */
bool name_set_has(const struct name_set *set, const char *name);

/* All deliveries of a unit; shared by its workers. */
struct delivery_table {
	pthread_mutex_t mutex;
	struct arena arena;
	int64_t next_id;
	struct load_delivery **all; /* in order of discovery */
	size_t count, capacity;
	struct load_delivery *slot[1024];
};
void delivery_table_init(struct delivery_table *t, int64_t first_id);
void delivery_table_release(struct delivery_table *t);
/* The delivery of this key, which the file has lines of from now on; added when it is new. */
struct load_delivery *delivery_table_find(struct delivery_table *t, const struct delivery_key *key, int64_t file_id);
bool load_delivery_is(const struct load_delivery *d, const struct delivery_key *key);
