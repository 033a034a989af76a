/* The CSV reader: whatever it takes is UTF-8 and as wide as its header; lines only go forward; it always ends. */
#include "fuzz.h"

#include "format/csv.h"

static const struct csv_column columns[] = {
        {.name = "request_id", .also = {"id", "Request"}},
        {.name = "timestamp"},
        {.name = "cost", .also = {"amount"}},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void check_row(const struct csv_reader *r, bool whole)
{
	struct err e = ERR_INIT;
	bool has;
	struct decimal cost;
	utc_us at;
	for (size_t i = 0; i < COLUMNS; i++) {
		struct slice cell = csv_reader_cell(r, i);
		MUST((cell.ptr != NULL) == csv_reader_has(r, i));
		MUST(cell.len <= CSV_FIELD_MAX && slice_is_utf8(cell));
	}
	csv_reader_time(r, 1, &has, &at, &e);
	err_clear(&e);
	csv_reader_decimal(r, 2, &has, &cost, &e);
	for (size_t i = 0; whole && i < csv_reader_columns(r); i++)
		MUST(slice_is_utf8(csv_reader_other(r, i)));
	MUST(!whole || csv_reader_raw(r).len <= 4096);
}

static void read_all(struct slice text, bool whole)
{
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in.csv", text);
	struct csv_reader *r = csv_reader_open(in, &e);
	MUST((r == NULL) == (e.kind != ERR_NONE));
	if (r && csv_reader_want(r, columns, COLUMNS, NULL, whole, &e)) {
		uint64_t line = 0;
		enum csv_result result;
		while ((result = csv_reader_try(r, &e)) == CSV_ROW || result == CSV_BAD_ROW) {
			MUST(csv_reader_line(r) > line);
			line = csv_reader_line(r);
			if (result == CSV_ROW)
				check_row(r, whole);
			else
				MUST(csv_reader_fault(r)[0]);
		}
		MUST((result == CSV_FAILED) == (e.kind != ERR_NONE));
	}
	csv_reader_free(r);
	stream_free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_all(fuzz_slice(data, size), false);
	read_all(fuzz_slice(data, size), true);
	return 0;
}
