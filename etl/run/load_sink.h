/*
 * Turns records into COPY rows: what a worker thread that reads files hands to the thread that owns the connection. A
 * batch holds rows of every table; attributes of lines that repeat are written once per file.
 */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "format/format.h"
#include "run/line_kinds.h"
#include "store/copy.h"
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

struct load_batch {
	uint64_t event_columns;           /* that its events are written with: a bit per event_column, and one for other
	                                     attributes */
	const struct load_delivery *bill; /* whose lines these are: they do not say it; NULL: they do */
	struct copy event, line, attribute, sum, usage_log, quarantine;
};
struct load_batch *load_batch_new(void);
void load_batch_free(struct load_batch *b);
size_t load_batch_size(const struct load_batch *b);

/* A file being read. */
struct load_file {
	int64_t file_id;
	uint64_t rows_read, rows_quarantined, rows_passed_over;
	struct period period; /* of the first record; year 0 = none yet */
	uint64_t last_row;
};

/* One worker's state for one file. */
struct load_sink {
	struct load_file *file;
	struct delivery_table *deliveries;
	struct line_kinds *kinds;
	struct load_batch *batch;
	uint64_t event_columns; /* that some event of the file had */
	/* Called when the batch is full: hands it over and gives an empty one. */
	bool (*hand_over)(void *context, struct load_batch **batch, struct err *e);
	void *context;
	struct attribute_table *attributes;
	struct line_sums *sums;
	bool is_whole_bill,
	        is_mixed; /* the file is of a format of which a delivery holds a whole bill; it has several */
	struct load_delivery *recent; /* most lines follow one of the same delivery */
	struct load_note {            /* what was told to a delivery last: most lines tell it again */
		const struct load_delivery *delivery;
		bool has_net_cost;
		struct buf selected, candidate;
	} note;
	struct buf key;
};
void load_sink_begin(struct load_sink *s, struct load_file *file, bool is_whole_bill);
void load_sink_end(struct load_sink *s);
struct sink load_sink_interface(struct load_sink *s);

/* The COPY commands of a batch's tables; of its lines only the columns (of a bill: but delivery_id and period), because
 * a bill has a table of its own. */
void load_copy_event(const struct load_batch *b, struct buf *out); /* adds it */
extern const char load_line_columns[], load_bill_columns[], load_copy_attribute[], load_copy_usage_log[],
        load_copy_quarantine[];
