#include "report/export_format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
	const char *text, *part;
} parts[] = {
        {"6410", "6410"},
        {"search", "Search"},
        {"Search", "Search--"},
        {"data-platform", "Data-platform"},
        {"CC-4100", "CC-4100--"},
        {"a.b", "A--2eb"},
        {"a--b", "A--2d--2db"},
        {"a--2db", "A--2d--2d2db"},
        {"a-", "A--2d"},
        {"-a", "X--2da--x"},
        {"x-a", "X-a"},
        {"", "X--x"},
        {"x", "X"},
        {"x--x", "X--2d--2dx"},
        {":", "X--3a--x"},
        {"R&D", "R--26D--"},
        {"\xC3\xA9t\xC3\xA9", "X--c3--a9t--c3--a9--x"},
        {"two words\n", "Two--20words--0a"},
};
enum { PARTS = sizeof parts / sizeof *parts };

static void test_account_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < PARTS; i++) {
		struct buf b = BUF_INIT;
		export_account_part(&b, parts[i].text);
		assert_string_equal(b.ptr, parts[i].part);
		buf_release(&b);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(parts[i].part, parts[j].part);
	}
}

static void test_percent(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	export_percent(&b, "a,b\t[c]\n100% \xC3\xA9\x7F", "%,[");
	assert_string_equal(b.ptr, "a%2Cb%09%5Bc]%0A100%25 \xC3\xA9%7F");
	buf_release(&b);
}

enum { SEGMENTS = 5 };
static const struct {
	const char *text;
	struct export_segment segment[SEGMENTS];
	size_t count;
	const char *message; /* of the expected failure */
} lists[] = {
        {"account", {{"account", ""}}, 1, NULL},
        {" account , cost_center:0000,business_unit: 000 ,provider",
         {{"account", ""}, {"cost_center", "0000"}, {"business_unit", "000"}, {"provider", ""}},
         4,
         NULL},
        {"=01,,account,=", {{NULL, "01"}, {NULL, ""}, {"account", ""}, {NULL, ""}}, 4, NULL},
        {"=a:b", {{NULL, "a:b"}}, 1, NULL},
        {"account,team", {{NULL, NULL}}, 0, "--segments does not know team"},
        {"account:", {{"account", ""}}, 1, NULL},
        {",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", {{NULL, NULL}}, 0, "--segments has more than 30"},
};

static void test_segments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct arena a = ARENA_INIT;
		struct export x = {.arena = &a};
		struct err e = ERR_INIT;
		assert_int_equal(export_segments_read(&x, lists[i].text, &e), lists[i].message == NULL);
		assert_string_equal(e.message, lists[i].message ? lists[i].message : "");
		for (size_t j = 0; j < lists[i].count; j++) {
			assert_string_equal(x.segment[j].text, lists[i].segment[j].text);
			assert_string_equal(x.segment[j].column ? x.segment[j].column : "",
			                    lists[i].segment[j].column ? lists[i].segment[j].column : "");
		}
		if (!lists[i].message)
			assert_int_equal(x.segments, lists[i].count);
		arena_release(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_account_parts),
	        cmocka_unit_test(test_percent),
	        cmocka_unit_test(test_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
