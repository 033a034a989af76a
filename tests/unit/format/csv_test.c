#include "format/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct csv_column columns[] = {
        {.name = "a", .required = true},
        {.name = "b", .also = {"bee"}},
        {.name = "c"},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void put_cell(struct buf *out, struct slice cell)
{
	buf_add_char(out, '|');
	if (cell.ptr)
		buf_add_slice(out, cell);
	else
		buf_add_char(out, '-');
}

static void put_rows(struct buf *out, struct csv_reader *r, struct err *e)
{
	for (;;) {
		enum csv_result result = csv_reader_try(r, e);
		if (result == CSV_END || result == CSV_FAILED)
			return;
		buf_printf(out, "%llu", (unsigned long long)csv_reader_line(r));
		if (result == CSV_BAD_ROW)
			buf_printf(out, " %s", csv_reader_fault(r));
		for (size_t i = 0; result == CSV_ROW && i < COLUMNS; i++)
			put_cell(out, csv_reader_cell(r, i));
		buf_add_char(out, '\n');
	}
}

/* "LINE|a|b|c" a row, "-" an absent column; a fault in place of cells; a failure on the last line. */
static void read_rows(struct buf *out, struct slice input, const struct name_map *renames)
{
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in.csv", input);
	struct csv_reader *r = csv_reader_open(in, &e);
	if (r && csv_reader_columns(r) && csv_reader_want(r, columns, COLUMNS, renames, false, &e))
		put_rows(out, r, &e);
	csv_reader_free(r);
	stream_free(in);
	if (e.kind == ERR_NONE)
		return;
	char text[2048];
	err_text(&e, text, sizeof(text));
	buf_printf(out, "%s %s%s%s\n", e.code, text, e.hint[0] ? " // " : "", e.hint);
}

static const struct {
	const char *name, *input, *wanted;
} cases[] = {
        {"plain", "a,b,c\n1,2,3\n4,5,6\n", "2|1|2|3\n3|4|5|6\n"},
        {"no newline at the end", "a,b,c\n1,2,3", "2|1|2|3\n"},
        {"CRLF", "a,b,c\r\n1,2,3\r\n4,5,6\r\n", "2|1|2|3\n3|4|5|6\n"},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a,b\n1,2\n",
         "2|1|2|-\n"},
        {"quoted header after the mark", "\xef\xbb\xbf\"a\",\"b\"\n1,2\n", "2|1|2|-\n"},
        {"empty, quoted empty and absent", "a,b\n,\"\"\n", "2|||-\n"},
        {"blanks stay", "a,b\n 1 ,\" 2 \"\n", "2| 1 | 2 |-\n"},
        {"other columns, other order", "x,c,a\n9,3,1\n", "2|1|-|3\n"},
        {"another dialect's name", "a,bee\n1,2\n", "2|1|2|-\n"},
        {"own name before the dialect's", "bee,a,b\n9,1,2\n", "2|1|2|-\n"},
        {"quotes, commas and lines in a field", "a,b,c\n\"x \"\"y\"\", z\",\"l1\nl2\r\nl3\",3\n4,5,6\n",
         "2|x \"y\", z|l1\nl2\r\nl3|3\n5|4|5|6\n"},
        {"blank lines", "\n\na,b,c\n\n1,2,3\n\r\n\n4,5,6\n\n", "5|1|2|3\n8|4|5|6\n"},
        {"a blank is no blank line", "a,b\n \n1,2\n", "2 has fewer fields than the header\n3|1|2|-\n"},
        {"fewer", "a,b,c\n1,2\n4,5,6\n", "2 has fewer fields than the header\n3|4|5|6\n"},
        {"fewer at the end", "a,b,c\n1,2,3\n4,5", "2|1|2|3\n3 has fewer fields than the header\n"},
        {"more", "a,b,c\n1,2,3,4\n4,5,6\n", "2 has more fields than the header\n3|4|5|6\n"},
        {"broken quote", "a,b,c\n1,2\"x,3\n4,5,6\n", "2 has a broken quote\n3|4|5|6\n"},
        {"broken quote at the end", "a,b,c\n1,\"2\"x,3", "2 has a broken quote\n"},
        {"text behind the quote", "a,b,c\n\"1\" ,2,3\n4,5,6\n", "2 has a broken quote\n3|4|5|6\n"},
        {"broken quote that took a line with it", "a,b,c\n1,2,\"3\n4,\"5\",6\n",
         "malformed_row in.csv:2: row has a quote that is not closed properly\n"},
        {"quote that never ends", "a,b,c\n1,2,3\n4,\"5,6\n7,8,9\n",
         "2|1|2|3\nmalformed_row in.csv:3: row has a quote that is not closed\n"},
        {"bare carriage return", "a,b\n1,2\r3,4\n5,6\n", "2 has a carriage return without a line feed\n3|5|6|-\n"},
        {"bare carriage return at the end", "a,b\n1,2\r3", "2 has a carriage return without a line feed\n"},
        {"carriage returns only", "a,b\r1,2\r3,4\r",
         "malformed_row in.csv:1: row has a carriage return without a line feed\n"},
        {"carriage return at the very end", "a,b\n1,2\r", "2|1|2|-\n"},
        {"not UTF-8", "a,b\n1,\xe9t\xe9\n3,4\n", "2 is not valid UTF-8\n3|3|4|-\n"},
        {"not UTF-8 in a column that nobody wants", "a,x\n1,\xff\n3,4\n", "2 is not valid UTF-8\n3|3|-|-\n"},
        {"UTF-8", "a,b\n\xc3\xa9,\xe2\x82\xac\n", "2|\xc3\xa9|\xe2\x82\xac|-\n"},
        {"header not UTF-8", "a,\xff\n1,2\n", "malformed_row in.csv:1: row is not valid UTF-8\n"},
        {"header with a broken quote", "a,b\"\n1,2\n", "malformed_row in.csv:1: row has a broken quote\n"},
        {"missing column", "x,y\n1,2\n", "malformed_row in.csv:1: columns missing: a // the file has: x, y\n"},
        {"two of one name", "a,b,a\n1,2,3\n", "malformed_row in.csv:1: two columns are both \"a\"\n"},
        {"two of a name that nobody wants", "a,x,x\n1,2,3\n", "2|1|-|-\n"},
        {"header only", "a,b", ""},
        {"nothing", "", ""},
        {"blank lines only", "\n\r\n", ""},
};

static void rows_and_faults(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf got = BUF_INIT;
		read_rows(&got, slice_of(cases[i].input), NULL);
		if (!slice_is(buf_slice(&got), cases[i].wanted)) {
			print_error("%s: wanted\n%sgot\n%s\n", cases[i].name, cases[i].wanted, got.ptr ? got.ptr : "");
			wrong++;
		}
		buf_release(&got);
	}
	assert_int_equal(wrong, 0);
}

static void nul_byte(void **state)
{
	(void)state;
	struct buf got = BUF_INIT;
	read_rows(&got, SLICE("a,b\n1,\0\n3,4\n"), NULL);
	assert_string_equal(got.ptr, "2 holds a NUL byte\n3|3|4|-\n");
	buf_release(&got);
}

static void renamed_columns(void **state)
{
	(void)state;
	struct name_pair pair[] = {{"Alpha", "a"}, {"b", "c"}};
	struct name_map map = {.pair = pair, .count = 2};
	struct buf got = BUF_INIT;
	/* The config's word goes before the file's own a, and takes b away from our b. */
	read_rows(&got, SLICE("a,Alpha,b\n9,1,3\n"), &map);
	assert_string_equal(got.ptr, "2|1|-|3\n");
	buf_release(&got);
}

static void field_limit(void **state)
{
	(void)state;
	struct buf input = BUF_INIT, got = BUF_INIT;
	buf_add_text(&input, "a,b\n1,\"");
	for (size_t i = 0; i < CSV_FIELD_MAX; i++)
		buf_add_char(&input, 'x');
	buf_add_text(&input, "\"\n");
	read_rows(&got, buf_slice(&input), NULL);
	assert_int_equal(got.len, strlen("2|1||-\n") + CSV_FIELD_MAX);
	input.len -= 2;
	buf_add_text(&input, "x\"\n2,3\n");
	buf_reset(&got);
	read_rows(&got, buf_slice(&input), NULL);
	assert_string_equal(got.ptr, "malformed_row in.csv:2: row has a field longer than 1 MiB\n");
	buf_release(&input);
	buf_release(&got);
}

static void too_many_columns(void **state)
{
	(void)state;
	struct buf input = BUF_INIT, got = BUF_INIT;
	buf_add_text(&input, "a");
	for (size_t i = 0; i < CSV_COLUMNS_MAX; i++)
		buf_add_text(&input, ",x");
	read_rows(&got, buf_slice(&input), NULL);
	assert_string_equal(got.ptr, "malformed_row in.csv:1: row has more than 4096 columns\n");
	buf_release(&input);
	buf_release(&got);
}

/* Rows, quotes, line ends and characters fall on every place of the stream's chunks. */
static void chunk_boundaries(void **state)
{
	(void)state;
	enum { ROWS = 150000 };
	struct buf input = BUF_INIT;
	buf_add_text(&input, "a,b,c\r\n");
	for (int i = 0; i < ROWS; i++)
		buf_printf(&input, "%d,\"\xe2\x82\xac\n\"\"%d\",x\r\n", i, i);
	assert_true(input.len > 3 << 20);
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in.csv", buf_slice(&input));
	struct csv_reader *r = csv_reader_open(in, &e);
	assert_true(csv_reader_want(r, columns, COLUMNS, NULL, false, &e));
	bool has_row = true;
	for (int i = 0; i < ROWS; i++) {
		char a[16], b[32];
		snprintf(a, sizeof(a), "%d", i);
		snprintf(b, sizeof(b), "\xe2\x82\xac\n\"%d", i);
		assert_true(csv_reader_next(r, &has_row, &e) && has_row);
		assert_true(slice_is(csv_reader_cell(r, 0), a) && slice_is(csv_reader_cell(r, 1), b));
		assert_int_equal(csv_reader_line(r), 2 + 2 * i);
	}
	assert_true(csv_reader_next(r, &has_row, &e));
	assert_false(has_row);
	csv_reader_free(r);
	stream_free(in);
	buf_release(&input);
}

static void whole_rows(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("in.csv", SLICE("x,a,y\n1,2,\"3\n4\"\n"));
	struct csv_reader *r = csv_reader_open(in, &e);
	bool has_row;
	assert_true(csv_reader_want(r, columns, COLUMNS, NULL, true, &e) && csv_reader_next(r, &has_row, &e));
	assert_true(slice_is(csv_reader_raw(r), "1,2,\"3\n4\""));
	assert_true(slice_is(csv_reader_header(r, 2), "y"));
	assert_true(slice_is(csv_reader_other(r, 0), "1") && slice_is(csv_reader_other(r, 2), "3\n4"));
	assert_null(csv_reader_other(r, 1).ptr);
	assert_true(csv_reader_has(r, 0) && !csv_reader_has(r, 1));
	csv_reader_free(r);
	stream_free(in);
}

static const struct {
	const char *text, *decimal, *time;
} typed[] = {
        {"9.052E-7", "0.0000009052", NULL},
        {" 1.50 ", "1.5", NULL},
        {"", "none", "none"},
        {" ", "none", "none"},
        {"1,000.00", NULL, NULL},
        {"1e400", NULL, NULL},
        {"NaN", NULL, NULL},
        {"2026-10-01T00:00:00.000Z", NULL, "2026-10-01T00:00:00Z"},
        {"2026-10-01 00:00:00", NULL, "2026-10-01T00:00:00Z"},
        {"1790812800", "1790812800", "2026-10-01T00:00:00Z"},
        {"1790812800.0", "1790812800", "2026-10-01T00:00:00Z"},
        {"20261001", "20261001", NULL},
        {"yesterday", NULL, NULL},
};

static void typed_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
		struct buf input = BUF_INIT;
		buf_printf(&input, "a\n\"%s\"\n", typed[i].text);
		struct stream *in = stream_of_memory("in.csv", buf_slice(&input));
		struct err e = ERR_INIT, te = ERR_INIT;
		struct csv_reader *r = csv_reader_open(in, &e);
		bool has;
		assert_true(csv_reader_want(r, columns, COLUMNS, NULL, false, &e) && csv_reader_next(r, &has, &e));
		struct decimal d;
		char text[DECIMAL_TEXT_MAX] = "none", time[UTC_TEXT_MAX] = "none";
		bool read = csv_reader_decimal(r, 0, &has, &d, &e);
		if (has)
			decimal_text(&d, text);
		assert_int_equal(read, typed[i].decimal != NULL);
		if (read)
			assert_string_equal(text, typed[i].decimal);
		else
			assert_true(strstr(e.message, "a \"") == e.message && e.line == 2);
		utc_us at;
		read = csv_reader_time(r, 0, &has, &at, &te);
		if (read && has)
			utc_text(at, time);
		assert_int_equal(read, typed[i].time != NULL);
		if (read)
			assert_string_equal(time, typed[i].time);
		csv_reader_free(r);
		stream_free(in);
		buf_release(&input);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rows_and_faults),  cmocka_unit_test(nul_byte),
	        cmocka_unit_test(renamed_columns),  cmocka_unit_test(field_limit),
	        cmocka_unit_test(too_many_columns), cmocka_unit_test(chunk_boundaries),
	        cmocka_unit_test(whole_rows),       cmocka_unit_test(typed_cells),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
