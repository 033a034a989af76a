#include "format/json_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *text, *walked; /* KIND KEY VALUE; of each member or element; ! where a backslash is */
} cases[] = {
        {"{}", ""},
        {"[ ]", ""},
        {"7", ""},
        {"\"[1]\"", ""},
        {"", ""},
        {" { \"a\" : 1 ,\n\"b\":[{\"c\":\"]}\"}] , \"d\\\\\" : \"x\\\"\\\\\" , \"e\":null}\n",
         "3 a 1;6 b [{\"c\":\"]}\"}];4! d\\\\ \"x\\\"\\\\\";0 e null;"},
        {"[true,false,-1.5e3,\"\",{\"a\":[[\"[\"]]}]", "1  true;2  false;3  -1.5e3;4  \"\";5  {\"a\":[[\"[\"]]};"},
        {"{\"a\":{\"b\":{}},\"c\":\"\\\\\\\"}\"}", "5 a {\"b\":{}};4! c \"\\\\\\\"}\";"},
};

static void steps_over_one_level(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf got = BUF_INIT;
		struct json_scan scan = {0};
		struct json_member m;
		struct json_walk w = json_walk_begin(slice_of(cases[i].text));
		if (cases[i].text[0])
			assert_true(json_scan(&scan, slice_of(cases[i].text)));
		while (json_walk_next(&w, &m))
			buf_printf(&got, "%d%s %.*s %.*s;", (int)m.kind, m.value_escaped ? "!" : "", (int)m.key.len,
			           m.key.ptr ? m.key.ptr : "", (int)m.value.len, m.value.ptr);
		if (!slice_is(buf_slice(&got), cases[i].walked))
			fail_msg("%s: got %s", cases[i].text, got.ptr);
		json_scan_release(&scan);
		buf_release(&got);
	}
}

static void finds_the_last_of_a_key(void **state)
{
	(void)state;
	struct json_member m = {.kind = JSON_IS_NULL};
	assert_true(json_walk_find(SLICE("{\"a\":1,\"b\":{\"c\":5},\"a\":2}"), SLICE("a"), &m));
	assert_true(slice_is(m.value, "2"));
	assert_false(json_walk_find(SLICE("{\"a\":1,\"b\":{\"c\":5}}"), SLICE("c"), &m));
	assert_false(json_walk_find(SLICE("[\"a\",1]"), SLICE("a"), &m));
	assert_true(slice_is(m.value, "2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(steps_over_one_level),
	        cmocka_unit_test(finds_the_last_of_a_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
