/*
 * Finds the rows and fields of plain CSV: fields are free of quotes, or quoted as a whole with inner quotes doubled;
 * rows end with LF or CRLF. Only positions are noted. Where a text stops being plain, the index ends with the row
 * before; what to do about the rest is the reader's business (format/csv.c, which leaves it to libcsv).
 */
#pragma once
#include "base/err.h"
#include "base/str.h"

enum { CSV_WINDOW = 64 << 10 }; /* bytes that one index covers; a longer row is never in it */

struct csv_index {
	const char *text;   /* what the positions count from; NULL = nothing */
	size_t rows;        /* complete rows, beginning at `text`, one after the other */
	size_t row;         /* of them, the next to be read; the reader's */
	bool is_ascii;      /* without NUL; else a row has to be looked at for UTF-8 */
	bool has_quoted_lf; /* a row may have more than one physical line */
	uint16_t *end;      /* of each field: where its comma or line feed stands */
	uint16_t *last;     /* of each row: which field is its last */
	/* For each value of eight mask bits: how many are set, and which, lowest first, a byte each. */
	uint8_t count[256];
	uint8_t set[256][8];
};
void csv_index_init(struct csv_index *ix);
void csv_index_release(struct csv_index *ix);

static inline size_t csv_index_first_field(const struct csv_index *ix, size_t row)
{
	return row ? (size_t)ix->last[row - 1] + 1 : 0;
}
static inline const char *csv_index_row(const struct csv_index *ix, size_t row)
{
	return row ? ix->text + ix->end[ix->last[row - 1]] + 1 : ix->text;
}

/* Something to read CSV with. */
struct csv_engine {
	const char *name;
	bool (*is_usable)(void); /* on this machine */
	/* Indexes the text, which begins with a row, as far as the window reaches. NULL: libcsv reads everything. */
	void (*index)(struct csv_index *ix, struct slice text);
};
/* The fastest first; ended by an engine without a name. */
extern const struct csv_engine csv_engines[];
/* The engine of that name; for NULL and "" the fastest usable one. Fails with ERR_CONFIG for any other. */
const struct csv_engine *csv_engine_find(const char *name, struct err *e);
