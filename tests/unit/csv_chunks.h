/* Everything that a CSV reader says about a text that comes in chunks of a given size, as one text to compare. */
#pragma once
#include "format/csv.h"

#include <isa-l/crc.h>
#include <stdlib.h>

/* One gzip member that stores the bytes: the stream hands out a chunk for each. */
static inline void chunks_add(struct buf *out, struct slice bytes)
{
	enum { STORED_MAX = 65535 };
	static const unsigned char head[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
	uint32_t tail[] = {crc32_gzip_refl(0, (const unsigned char *)bytes.ptr, bytes.len), (uint32_t)bytes.len};
	buf_add(out, head, sizeof head);
	bool is_last;
	do {
		struct slice part = slice_head(bytes, STORED_MAX);
		bytes = slice_from(bytes, part.len);
		is_last = bytes.len == 0;
		uint16_t size[] = {(uint16_t)part.len, (uint16_t)~part.len};
		buf_add_char(out, is_last);
		buf_add(out, size, sizeof size);
		buf_add_slice(out, part);
	} while (!is_last);
	buf_add(out, tail, sizeof tail);
}

/* The text in chunks of `first` bytes, then of `size`; 0 = all that is left. */
static inline struct buf chunks_of(struct slice text, size_t first, size_t size)
{
	struct buf out = BUF_INIT;
	buf_add(&out, "", 0);
	struct slice part = slice_head(text, first ? first : text.len);
	for (;;) {
		chunks_add(&out, part);
		text = slice_from(text, part.len);
		if (slice_empty(text))
			return out;
		part = slice_head(text, size ? size : text.len);
	}
}

static inline void chunks_put_row(struct buf *out, const struct csv_reader *r, size_t wanted, bool whole)
{
	for (size_t i = 0; i < wanted; i++) {
		struct slice cell = csv_reader_cell(r, i);
		buf_printf(out, cell.ptr ? "|%zu:" : "|-", cell.len);
		buf_add_slice(out, cell);
	}
	for (size_t i = 0; i < csv_reader_columns(r); i++) {
		struct slice cell = csv_reader_other(r, i);
		buf_printf(out, cell.ptr ? "/%zu:" : "/-", cell.len);
		buf_add_slice(out, cell);
	}
	if (whole) {
		buf_add_text(out, " raw ");
		buf_add_slice(out, csv_reader_raw(r));
	}
}

/* Reads the stored gzip text; `wanted` holds the columns, `whole` goes to csv_reader_want. */
static inline struct buf chunks_read(const struct buf *stored, const struct csv_engine *engine,
                                     const struct csv_column *wanted, size_t count, bool whole)
{
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in.csv", buf_slice(stored));
	struct csv_reader *r = csv_reader_open_with(in, engine, &e);
	enum csv_result result = CSV_FAILED;
	if (r && csv_reader_want(r, wanted, count, NULL, whole, &e)) {
		while ((result = csv_reader_try(r, &e)) == CSV_ROW || result == CSV_BAD_ROW) {
			buf_printf(&out, "%llu", (unsigned long long)csv_reader_line(r));
			if (result == CSV_ROW)
				chunks_put_row(&out, r, count, whole);
			else
				buf_printf(&out, " %s", csv_reader_fault(r));
			if (whole && result == CSV_BAD_ROW)
				buf_add_slice(&out, csv_reader_raw(r));
			buf_add_char(&out, '\n');
		}
	}
	buf_printf(&out, "result %d kind %d code %s: %s:%llu: %s (%s)\n", result, e.kind, e.code ? e.code : "", e.file,
	           (unsigned long long)e.line, e.message, e.hint);
	csv_reader_free(r);
	stream_free(in);
	return out;
}
