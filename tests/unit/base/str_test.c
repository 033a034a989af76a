#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void compares(void **unused)
{
	(void)unused;
	assert_true(slice_equal(SLICE("a"), SLICE("a")));
	assert_false(slice_equal(SLICE("a"), SLICE("b")));
	assert_false(slice_equal(SLICE("a"), SLICE("ab")));
	assert_true(slice_equal(SLICE_NULL, SLICE("")));
	assert_true(slice_is(SLICE("usage"), "usage"));
	assert_false(slice_is(SLICE("Usage"), "usage"));
	assert_true(slice_is_nocase(SLICE("USAGE-z@"), "usage-Z@"));
	assert_false(slice_is_nocase(SLICE("a@"), "a`"));
	assert_false(slice_is_nocase(SLICE("a["), "a{"));
	assert_false(slice_is_nocase(SLICE("usag"), "usage"));
	assert_true(slice_empty(SLICE_NULL));
	assert_true(slice_starts(SLICE("aws.bedrock"), "aws."));
	assert_true(slice_starts(SLICE("aws"), ""));
	assert_false(slice_starts(SLICE("aw"), "aws"));
	assert_true(slice_ends(SLICE("x.csv.gz"), ".gz"));
	assert_false(slice_ends(SLICE("gz"), ".gz"));
	assert_false(slice_starts(SLICE_NULL, "a"));
	assert_true(slice_ends(SLICE_NULL, ""));
}

static void orders_by_bytes(void **unused)
{
	(void)unused;
	static const char *const sorted[] = {"", "A", "AA", "B", "a", "a\x01", "ab", "\xc3\xa9"};
	const size_t count = sizeof(sorted) / sizeof(sorted[0]);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			assert_int_equal(slice_compare(slice_of(sorted[i]), slice_of(sorted[j])), (i > j) - (i < j));
	assert_int_equal(slice_compare(SLICE_NULL, SLICE("")), 0);
}

static void cuts_and_finds(void **unused)
{
	(void)unused;
	assert_true(slice_is(slice_trim(SLICE(" \t\r\n a b \n")), "a b"));
	assert_int_equal(slice_trim(SLICE(" \t ")).len, 0);
	assert_null(slice_trim(SLICE_NULL).ptr);
	assert_true(slice_is(slice_from(SLICE("abc"), 1), "bc"));
	assert_int_equal(slice_from(SLICE("abc"), 4).len, 0);
	assert_null(slice_from(SLICE_NULL, 4).ptr);
	assert_true(slice_is(slice_head(SLICE("abc"), 2), "ab"));
	assert_true(slice_is(slice_head(SLICE("abc"), 9), "abc"));
	assert_int_equal(slice_find(SLICE("abcabc"), "ca"), 2);
	assert_int_equal(slice_find(SLICE("abc"), ""), 0);
	assert_true(slice_find(SLICE("abc"), "x") == SIZE_MAX);
	assert_true(slice_find(SLICE_NULL, "x") == SIZE_MAX);

	struct slice rest = SLICE("a,,b,");
	assert_true(slice_is(slice_cut(&rest, ','), "a"));
	assert_true(slice_is(slice_cut(&rest, ','), ""));
	assert_true(slice_is(slice_cut(&rest, ','), "b"));
	assert_non_null(rest.ptr); /* an empty part is left after the last separator … */
	assert_true(slice_is(slice_cut(&rest, ','), ""));
	assert_null(rest.ptr); /* … and now nothing */
}

static void reads_whole_numbers(void **unused)
{
	(void)unused;
	int64_t value = 0;
	assert_true(slice_uint(SLICE("0"), &value));
	assert_int_equal(value, 0);
	assert_true(slice_uint(SLICE("999999999999999999"), &value));
	assert_true(value == INT64_C(999999999999999999));
	static const char *const none[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1000000000000000000"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (slice_uint(slice_of(none[i]), &value))
			fail_msg("%s was read", none[i]);
}

static void hashes_by_fnv1a(void **unused)
{
	(void)unused;
	assert_true(slice_hash(SLICE(""), SLICE_HASH_INIT) == UINT64_C(0xcbf29ce484222325));
	assert_true(slice_hash(SLICE("a"), SLICE_HASH_INIT) == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(slice_hash(SLICE("foobar"), SLICE_HASH_INIT) == UINT64_C(0x85944171f73967e8));
	assert_true(slice_hash(SLICE("bar"), slice_hash(SLICE("foo"), SLICE_HASH_INIT)) ==
	            UINT64_C(0x85944171f73967e8));
}

static void accepts_well_formed_utf8_only(void **unused)
{
	(void)unused;
	static const struct {
		struct slice bytes;
		bool valid;
	} cases[] = {
	        {SLICE_NULL, true},
	        {{"", 0}, true},
	        {{"plain", 5}, true},
	        {{"\x7f", 1}, true},
	        {{"\xc2\x80", 2}, true},
	        {{"\xdf\xbf", 2}, true},
	        {{"\xe0\xa0\x80", 3}, true},
	        {{"\xed\x9f\xbf", 3}, true},
	        {{"\xee\x80\x80", 3}, true},
	        {{"\xef\xbf\xbf", 3}, true},
	        {{"\xf0\x90\x80\x80", 4}, true},
	        {{"\xf4\x8f\xbf\xbf", 4}, true},
	        {{"\0", 1}, false},
	        {{"\x80", 1}, false},
	        {{"\xbf", 1}, false},
	        {{"\xc0\x80", 2}, false},
	        {{"\xc1\xbf", 2}, false},
	        {{"\xc2", 1}, false},
	        {{"\xc2\x41", 2}, false},
	        {{"\xe0\x9f\xbf", 3}, false},
	        {{"\xed\xa0\x80", 3}, false},
	        {{"\xed\xbf\xbf", 3}, false},
	        {{"\xe2\x82", 2}, false},
	        {{"\xe2\x82\x41", 3}, false},
	        {{"\xf0\x8f\xbf\xbf", 4}, false},
	        {{"\xf0\x9f\x92", 3}, false},
	        {{"\xf4\x90\x80\x80", 4}, false},
	        {{"\xf5\x80\x80\x80", 4}, false},
	        {{"\xff", 1}, false},
	};
	/* Each at every offset within longer ASCII text, in memory of exactly its size: the eight-byte steps must
	 * neither miss it nor read beyond the end. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t before = 0; before < 20; before++) {
			for (size_t after = 0; after < 10; after += 3) {
				size_t len = before + cases[i].bytes.len + after;
				char *text = must_alloc(len);
				memset(text, 'x', len);
				if (cases[i].bytes.len > 0)
					memcpy(text + before, cases[i].bytes.ptr, cases[i].bytes.len);
				bool valid = slice_is_utf8((struct slice){text, len});
				free(text);
				if (valid != cases[i].valid)
					fail_msg("case %zu behind %zu bytes", i, before);
			}
		}
	}
}

static void buffer_grows_and_stays_terminated(void **unused)
{
	(void)unused;
	struct buf b = BUF_INIT;
	assert_string_equal(buf_slice(&b).ptr, "");
	buf_add_slice(&b, SLICE_NULL);
	assert_string_equal(b.ptr, "");
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 2000);
	assert_int_equal(strlen(b.ptr), 2000);
	buf_reset(&b);
	buf_add_text(&b, "one ");
	buf_add_slice(&b, SLICE("two"));
	buf_add_char(&b, '!');
	assert_string_equal(b.ptr, "one two!");
	char *longer = must_alloc(5001);
	memset(longer, 'y', 5000);
	buf_printf(&b, "%s", longer);
	assert_int_equal(b.len, 5008);
	assert_int_equal(strlen(b.ptr), 5008);
	free(longer);
	buf_reserve(&b, 100000);
	assert_true(b.cap - b.len > 100000);
	buf_release(&b);
	assert_null(b.ptr);
	assert_int_equal(b.len, 0);
}

static void memory_is_zeroed(void **unused)
{
	(void)unused;
	unsigned char *p = must_alloc(64);
	for (int i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	p = must_realloc(p, 128);
	free(p);
	free(must_alloc(0));
	char *text = must_strdup("copy");
	assert_string_equal(text, "copy");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(compares),
	        cmocka_unit_test(orders_by_bytes),
	        cmocka_unit_test(cuts_and_finds),
	        cmocka_unit_test(reads_whole_numbers),
	        cmocka_unit_test(hashes_by_fnv1a),
	        cmocka_unit_test(accepts_well_formed_utf8_only),
	        cmocka_unit_test(buffer_grows_and_stays_terminated),
	        cmocka_unit_test(memory_is_zeroed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
