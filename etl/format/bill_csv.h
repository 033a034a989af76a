/*
 * What the CSV bills of consoles, dashboards and the generic format have in common: every row is one line or a few, and
 * belongs to the delivery of the UTC day on which its usage starts. One bad row rejects the file.
 */
#pragma once
#include "format/csv.h"
#include "format/format.h"
#include "format/tags.h"

struct bill_csv {
	struct csv_reader *csv;
	const struct reader_options *o;
	const struct sink *out;
	struct tags tags; /* for the row's use */
	struct buf tags_text;
	bool failed; /* a row was bad: lines are yielded no more, deliveries still announced */
};

struct bill_csv_spec {
	const struct csv_column *columns;
	size_t count;
	const char *dataset; /* unless the caller or the config gives one; as the API calls the same facts, so that one
	                        replaces the other */
	/* Yields the row's lines. `l` has its number, dataset and USD; charge_type is usage. */
	bool (*row)(struct bill_csv *b, struct line *l, struct err *e);
};
bool bill_csv_read(const struct bill_csv_spec *spec, struct stream *in, const struct reader_options *o,
                   const struct sink *out, struct err *e);

struct slice bill_cell(const struct bill_csv *b, size_t column);
/* The same, absent when it is empty: for columns whose empty cell says nothing. */
struct slice bill_stated(const struct bill_csv *b, size_t column);
/* Puts the line into the delivery of the day of l->usage_start. */
void bill_set_day(struct line *l);
/* An ISO currency code in upper case, of what the cell says in any; fails when it is none. */
bool bill_currency(const struct bill_csv *b, size_t column, char code[4], struct line *l, struct err *e);
bool bill_yield(struct bill_csv *b, const struct line *l, struct err *e);

/* A column that counts one class. */
struct bill_quantity {
	size_t column;
	enum usage_class usage_class;
	const char *unit;
};
/* A usage-only line for each of them that the row states. Whole numbers from 0. */
bool bill_quantities(struct bill_csv *b, struct line *l, const struct bill_quantity *table, size_t count,
                     struct err *e);
/* A count of the row; has is false for an empty cell. */
bool bill_count(const struct bill_csv *b, size_t column, bool *has, int64_t *out, struct err *e);
