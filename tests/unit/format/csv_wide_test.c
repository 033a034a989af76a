/* The splitter against libcsv, on purpose where vectors, blocks, windows and chunks end. */
#include "format/csv_wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "csv_chunks.h"

#include <cmocka.h>

static const struct csv_column columns[] = {{.name = "a"}, {.name = "b"}, {.name = "none"}};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const struct csv_engine *engine(const char *name)
{
	struct err e = ERR_INIT;
	const struct csv_engine *found = csv_engine_find(name, &e);
	assert_non_null(found);
	return found;
}

/* Every engine's transcript is that of libcsv. */
static void assert_agreed(struct slice text, size_t first, size_t size, bool whole)
{
	struct buf stored = chunks_of(text, first, size);
	struct buf wanted = chunks_read(&stored, engine("libcsv"), columns, COLUMNS, whole);
	for (const struct csv_engine *one = csv_engines; one->name; one++) {
		if (!one->is_usable())
			continue;
		struct buf got = chunks_read(&stored, one, columns, COLUMNS, whole);
		if (!slice_equal(buf_slice(&got), buf_slice(&wanted)))
			fail_msg("%s, chunks of %zu and %zu:\n%s\nlibcsv:\n%s", one->name, first, size, got.ptr,
			         wanted.ptr);
		buf_release(&got);
	}
	buf_release(&wanted);
	buf_release(&stored);
}

#define MARK "\xef\xbb\xbf"

static const struct slice texts[] = {
        SLICE(""),
        SLICE("\n"),
        SLICE("a,b"),
        SLICE("a,b\n1,2"),
        SLICE("a,b\r\n1,2\r\n3,4\r\n"),
        SLICE(MARK "a,b\n1,2\n" MARK "3,4\n"),
        SLICE("a,b\n\"\",\"\"\n,\n\"\"\"\",\"\"\"\"\"\"\n"),
        SLICE("a\n1\n\n\"\"\n\r\n \n2\n"),
        SLICE("a,b,c\n\"1,2\",\"3\n4\",\"5\r\n6\"\n\"7\"\"\n\"\"\",8,9\nx,y,z\n"),
        SLICE("a,b\n\"1\"\r\n\"2\",3\n4,5\n6,7,8\n9\n10,11\n"),
        SLICE("a,b\n1,2\"x\n3,4\n\"5\"x,6\n7,8\n\"9\"\"x\"y,10\n11,12\n"),
        SLICE("a,b\n1,\"2\n3,4\n5,6\n"),
        SLICE("a,b\n1,\"2\n3\",\"4\"5\n6,7\n"),
        SLICE("a,b\n1,2\r3,4\n5,6\n7,8\r\r\n9,10\n"),
        SLICE("a,b\n1,2\r\"3,\n4\"\n5,6\n7,8\n"),
        SLICE("a,b\n\"1\r\",\"\r2\"\r\n\"3\r\r\",\"\n\"\r\n4,5\n"),
        SLICE("a,b\n1,\0\n\0,3\n4,5\n\"\0\",6\n"),
        SLICE("a,b,x\n1,2,\xff\n3,\xe2\x82\xac,4\n5,\xe2\x82,6\n\xed\xa0\x80,7,8\n9,\"\xc3\"\"\xa9\",10\n\xf0\x9f\x98\x80,1,2\n"),
        SLICE("a,b\n 1 , \"2\"\n\t3,4 \n"),
};

static void every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (size_t first = 0; first <= texts[i].len; first++)
			for (int whole = 0; whole < 2; whole++)
				assert_agreed(texts[i], first, 0, whole);
		for (size_t size = 1; size < 4; size++)
			assert_agreed(texts[i], 0, size, true);
	}
}

static void add_many(struct buf *out, size_t count, char c)
{
	buf_reserve(out, count);
	memset(out->ptr + out->len, c, count);
	out->len += count;
}

/* Plain and odd rows, one at a time, since the splitter begins anew behind an odd one. */
static const struct slice rows[] = {
        SLICE("1,2\n"),
        SLICE("\"1,2\",\"3\n4\"\r\n"),
        SLICE("\"\"\"1\"\",\"\"\",\"\"\n"),
        SLICE("1,\"2\"x\n"),
        SLICE("1,\"2\"x\r\n"),
        SLICE("1,\"2\" \n"),
        SLICE("1,2\"\n"),
        SLICE("1,x\"2\"\n"),
        SLICE("1,2\rx\n"),
        SLICE("1,2\r\"x\n"),
        SLICE("1,2\r\r\n"),
        SLICE("1,2\r,\n"),
        SLICE("1\r"),
        SLICE("1,\"2\"\rx\n"),
        SLICE("1,\"\r\n\",\"\n\"\n"),
        SLICE("1,\xe2\x82\xac\n"),
        SLICE("1,\xe2\x82\n"),
        SLICE("1,\0\n"),
        SLICE("1\n"),
        SLICE("1,2,3\n"),
        SLICE("\n"),
        SLICE("\r\n"),
};

/* What matters moves over the edges of 16, 32 and 64 bytes. */
static void every_place_in_a_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		for (size_t before = 0; before < 132; before++) {
			struct buf text = BUF_INIT;
			buf_add_text(&text, "a,b\n");
			add_many(&text, before, 'x');
			buf_add_text(&text, before % 2 ? ",\n" : ",\"y\"\r\n");
			buf_add_slice(&text, rows[i]);
			add_many(&text, 100, 'z');
			buf_add_text(&text, ",\"3\"\n4,5\n");
			assert_agreed(buf_slice(&text), 0, 0, before % 3 == 0);
			buf_release(&text);
		}
	}
}

/* Rows of about a window's length, and rows that end where windows do. */
static void windows(void **state)
{
	(void)state;
	for (size_t len = CSV_WINDOW - 5; len < CSV_WINDOW + 3; len++) {
		for (int quoted = 0; quoted < 2; quoted++) {
			struct buf text = BUF_INIT;
			buf_add_text(&text, quoted ? "a,b\n\"" : "a,b\n");
			add_many(&text, len, quoted ? ',' : 'x');
			buf_add_text(&text, quoted ? "\",1\n2,3\n" : ",1\n2,3\n");
			for (int i = 0; i < 10000; i++)
				buf_printf(&text, "\"%d\"\"\n\",%d\n", i, i);
			assert_agreed(buf_slice(&text), 0, 0, false);
			assert_agreed(buf_slice(&text), 1000, CSV_WINDOW, true);
			buf_release(&text);
		}
	}
}

static void limits(void **state)
{
	(void)state;
	struct buf kept = BUF_INIT;
	buf_add_text(&kept, "a,b\n1,");
	add_many(&kept, 5000, 'x');
	buf_add_text(&kept, "\n3,4\n");
	assert_agreed(buf_slice(&kept), 0, 0, true);
	buf_release(&kept);
	for (size_t len = CSV_FIELD_MAX - 1; len < CSV_FIELD_MAX + 2; len++) {
		struct buf text = BUF_INIT;
		buf_add_text(&text, "a,b\n1,2\n3,");
		add_many(&text, len, 'x');
		buf_add_text(&text, "\n4,5\n");
		assert_agreed(buf_slice(&text), 0, 0, false);
		buf_release(&text);
	}
	struct buf text = BUF_INIT;
	for (int line = 0; line < 3; line++) {
		add_many(&text, CSV_COLUMNS_MAX - 2 + (size_t)line, ',');
		buf_add_char(&text, '\n');
	}
	assert_agreed(buf_slice(&text), 0, 0, true);
	buf_release(&text);
}

/* A chunk takes the place of the one before: what was found out about that one is forgotten. */
static void chunks_of_one_size(void **state)
{
	(void)state;
	assert_agreed(SLICE("a,b\nx,x\n1,\"2\"\"3\"\n4,\"5\"\"6\"\n7,\"8\"\"9\"\n"), 18, 20, false);
	assert_agreed(SLICE("a,b\n1,2\n3,4\n5,6\n7\n8\n9,1\n"), 12, 8, true);
}

static const struct {
	const char *text;
	size_t rows, fields;
	bool is_ascii, has_quoted_lf;
} indexed[] = {
        {"1,2\n3,4\n5", 2, 4, true, false},          {"1\r\n\"2\"\r\n", 2, 2, true, false},
        {"\"1,\"\"\n\",2\n3,4\n", 2, 4, true, true}, {"\n\n,\n", 3, 4, true, false},
        {"1,2\n3,\xc3\xa9\n", 2, 4, false, false},   {"1,2\n3,x\"4\n5,6\n", 1, 2, true, true},
        {"1,2\n\"3\"4,\n5,6\n", 1, 2, true, false},  {"1,2\n3,4\r5\n", 1, 2, true, false},
        {"1,\"2\n3,4\n", 0, 0, true, true},          {"", 0, 0, true, false},
};

/* Else everything might agree because libcsv reads it all. */
static void plain_rows_are_found(void **state)
{
	(void)state;
	for (const struct csv_engine *one = csv_engines; one->index; one++) {
		if (!one->is_usable())
			continue;
		struct csv_index ix;
		csv_index_init(&ix);
		for (size_t i = 0; i < sizeof indexed / sizeof *indexed; i++) {
			one->index(&ix, slice_of(indexed[i].text));
			assert_int_equal(ix.rows, indexed[i].rows);
			assert_int_equal(csv_index_first_field(&ix, ix.rows), indexed[i].fields);
			assert_int_equal(ix.is_ascii, indexed[i].is_ascii);
			assert_int_equal(ix.has_quoted_lf, indexed[i].has_quoted_lf);
		}
		struct buf commas = BUF_INIT;
		add_many(&commas, CSV_WINDOW - 1, ',');
		buf_add_text(&commas, "\n,\n");
		one->index(&ix, buf_slice(&commas));
		assert_int_equal(ix.rows, 1);
		assert_int_equal(ix.last[0], CSV_WINDOW - 1);
		assert_int_equal(ix.end[CSV_WINDOW - 1], CSV_WINDOW - 1);
		buf_release(&commas);
		csv_index_release(&ix);
	}
}

static void names(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	assert_null(engine("libcsv")->index);
	assert_ptr_equal(engine(NULL), engine(""));
	assert_non_null(engine(NULL)->index);
	assert_null(csv_engine_find("avx", &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.message, "avx is no way to read CSV");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_split),
	        cmocka_unit_test(every_place_in_a_block),
	        cmocka_unit_test(windows),
	        cmocka_unit_test(limits),
	        cmocka_unit_test(chunks_of_one_size),
	        cmocka_unit_test(plain_rows_are_found),
	        cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
