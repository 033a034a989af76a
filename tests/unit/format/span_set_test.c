#include "format/span_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static bool add(struct span_set *s, unsigned trace, unsigned span)
{
	char trace_id[33], span_id[17];
	snprintf(trace_id, sizeof trace_id, "%032x", trace);
	snprintf(span_id, sizeof span_id, "%016x", span);
	return span_set_add(s, slice_of(trace_id), slice_of(span_id));
}

static void both_ids_tell_spans_apart(void **state)
{
	(void)state;
	struct span_set s = {0};
	assert_true(add(&s, 1, 2));
	assert_true(add(&s, 2, 1));
	assert_true(add(&s, 1, 1));
	assert_true(add(&s, 2, 2));
	assert_false(add(&s, 1, 2));
	assert_false(add(&s, 2, 2));
	span_set_release(&s);
}

static void forgets_the_oldest_only(void **state)
{
	(void)state;
	struct span_set s = {0};
	for (unsigned i = 0; i < 2 * SPANS_KEPT; i++)
		if (!add(&s, i / 7, i))
			fail_msg("span %u is taken for another", i);
	for (unsigned i = 0; i < 2 * SPANS_KEPT; i += 1001)
		assert_false(add(&s, i / 7, i));
	assert_true(add(&s, 1, 2 * SPANS_KEPT));
	assert_true(add(&s, 0, 0));
	assert_false(add(&s, SPANS_KEPT / 7, SPANS_KEPT));
	assert_int_equal(s.newer.count, 2);
	assert_int_equal(s.older.count, SPANS_KEPT);
	span_set_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(both_ids_tell_spans_apart),
	        cmocka_unit_test(forgets_the_oldest_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
