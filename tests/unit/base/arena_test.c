#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned_after_a_reset_too(void **unused)
{
	(void)unused;
	struct arena a = ARENA_INIT;
	for (int round = 0; round < 3; round++) {
		for (size_t size = 0; size < 300; size++) {
			unsigned char *p = arena_alloc(&a, size);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xee, size);
		}
		arena_reset(&a);
		assert_int_equal(a.used, 0);
	}
	arena_release(&a);
}

static void blocks_do_not_overlap(void **unused)
{
	(void)unused;
	enum { COUNT = 4000 };
	static unsigned char *piece[COUNT];
	static const size_t sizes[] = {1, 100, 5000, 17, 70000, 3, 300000, 2000000, 64};
	const size_t kinds = sizeof(sizes) / sizeof(sizes[0]);
	struct arena a = ARENA_INIT;
	size_t count = 0, asked = 0;
	while (count < COUNT && asked < 50000000) {
		size_t size = sizes[count % kinds];
		piece[count] = arena_alloc(&a, size);
		memset(piece[count], (int)(count % 251), size);
		asked += size;
		count++;
	}
	for (size_t i = 0; i < count; i++) {
		size_t size = sizes[i % kinds];
		assert_int_equal(piece[i][0], i % 251);
		assert_int_equal(piece[i][size - 1], i % 251);
	}
	assert_true(a.used >= asked);
	arena_release(&a);
	assert_null(a.head);
	assert_int_equal(a.used, 0);
}

static void reset_reuses_a_block(void **unused)
{
	(void)unused;
	struct arena a = ARENA_INIT;
	arena_reset(&a);
	void *first = arena_alloc(&a, 100);
	arena_alloc(&a, 500000);
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 100), first);
	arena_release(&a);
	arena_release(&a);
}

static void copies_text(void **unused)
{
	(void)unused;
	struct arena a = ARENA_INIT;
	assert_string_equal(arena_strdup(&a, "text"), "text");
	assert_null(arena_strdup(&a, NULL));
	struct slice part = slice_head(SLICE("october"), 3), copy = arena_slice(&a, part);
	assert_int_equal(copy.len, 3);
	assert_string_equal(copy.ptr, "oct");
	assert_null(arena_slice(&a, SLICE_NULL).ptr);
	assert_non_null(arena_slice(&a, SLICE("")).ptr);
	assert_string_equal(arena_cstr(&a, part), "oct");
	assert_string_equal(arena_cstr(&a, SLICE_NULL), "");
	assert_string_equal(arena_printf(&a, "%s-%02d", "2026", 5), "2026-05");
	assert_string_equal(arena_printf(&a, "%s", ""), "");
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(memory_is_zeroed_and_aligned_after_a_reset_too),
	        cmocka_unit_test(blocks_do_not_overlap),
	        cmocka_unit_test(reset_reuses_a_block),
	        cmocka_unit_test(copies_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
