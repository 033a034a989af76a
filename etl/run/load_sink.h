/*
 * Turns records into COPY rows: what a worker thread that reads files hands to the thread that owns the connection. A
 * batch holds rows of every table; attributes of lines that repeat are written once per file.
 */
#pragma once
#include "base/civil.h"
#include "format/format.h"
#include "run/delivery_table.h"
#include "run/line_kinds.h"
#include "store/copy.h"

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
	struct line_attributes *attributes;
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
extern const char load_line_columns[], load_bill_columns[], load_copy_usage_log[], load_copy_quarantine[];
