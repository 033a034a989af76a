/*
 * CSV files, row by row: strict quoting, UTF-8 only, limits, physical line numbers, and columns that are resolved once
 * by their header name.
 */
#pragma once
#include "base/civil.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"
#include "format/csv_wide.h"
#include "source/stream.h"

enum {
	CSV_FIELD_MAX = 1 << 20, /* bytes in a field: a stray quote must not swallow the file */
	CSV_ROW_MAX = 8 << 20,   /* bytes kept of a row */
	CSV_COLUMNS_MAX = 4096,
};

/* A column that a format wants, by the names that its dialects give it. */
struct csv_column {
	const char *name;
	const char *also[2];
	bool required;
};

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct csv_reader;

/*
 * Reads the header. Without any byte in the file the reader has no columns and no rows. NULL on failure:
 * malformed_row with file and line, or what the stream reports. The stream stays the caller's.
 */
struct csv_reader *csv_reader_open(struct stream *in, struct err *e);
/* The same with an engine other than $CLOSEBOOK_CSV's. Whichever it is, rows, lines, faults and errors are the same. */
struct csv_reader *csv_reader_open_with(struct stream *in, const struct csv_engine *engine, struct err *e);
void csv_reader_free(struct csv_reader *r);

/*
 * Chooses the columns; cells are then asked for by their index in `columns`. `renames` (their header → our name, may be
 * NULL) goes before a column's own name, and that before `also`. Fails with malformed_row when required columns are
 * missing (hint: those seen) or when two columns claim one name. The table is copied, its names are not. `whole` keeps
 * the other columns and the row's text too.
 */
bool csv_reader_want(struct csv_reader *r, const struct csv_column *columns, size_t count,
                     const struct name_map *renames, bool whole, struct err *e);

enum csv_result { CSV_ROW, CSV_END, CSV_BAD_ROW, CSV_FAILED };
/* The next row. CSV_BAD_ROW: csv_reader_fault says why, and reading may go on; CSV_FAILED: e says why, and it may not.
 */
enum csv_result csv_reader_try(struct csv_reader *r, struct err *e);
/* The same for files in which a bad row is a failure (malformed_row with file and line). *has_row is false at the end.
 */
bool csv_reader_next(struct csv_reader *r, bool *has_row, struct err *e);

/* Valid until the next row. A cell is absent (ptr NULL) when the file has no such column, and empty when it has. What
 * it holds is found out when asked for, each time. */
struct slice csv_reader_cell(const struct csv_reader *r, size_t column);
uint64_t csv_reader_line(const struct csv_reader *r);     /* physical line on which the row starts, from 1 */
const char *csv_reader_fault(const struct csv_reader *r); /* static phrase */
struct slice csv_reader_raw(const struct csv_reader *r);  /* the row's text, its first 4 096 bytes (whole) */
size_t csv_reader_columns(const struct csv_reader *r);    /* in the header */
struct slice csv_reader_header(const struct csv_reader *r, size_t i);
struct slice csv_reader_other(const struct csv_reader *r, size_t i); /* header column i unless it was chosen (whole) */
bool csv_reader_has(const struct csv_reader *r, size_t column);

/* Typed cells of a bill. An empty or absent one gives has = false; an unreadable one fails with malformed_row, file,
 * line and the column's name. */
bool csv_reader_decimal(const struct csv_reader *r, size_t column, bool *has, struct decimal *out, struct err *e);
bool csv_reader_time(const struct csv_reader *r, size_t column, bool *has, utc_us *out, struct err *e);
/* Fails with malformed_row for that column: `COLUMN "TEXT" PROBLEM`. */
bool csv_reader_refuse(const struct csv_reader *r, size_t column, const char *problem, struct err *e);

/* For detection: whether the first line of these bytes is a CSV header with all of these names (NULL-terminated). */
bool csv_head_has(struct slice head, const char *const *names);
/* The names of that line that begin with `prefix`. */
size_t csv_head_count(struct slice head, const char *prefix);
