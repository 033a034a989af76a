#include "store/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_written(int64_t memory_mb, const char *line)
{
	struct buf text = BUF_INIT;
	buf_add_char(&text, '\n');
	settings_write(&text, memory_mb);
	if (slice_find(buf_slice(&text), line) == SIZE_MAX)
		fail_msg("with %d MB: no %s in %s", (int)memory_mb, line, text.ptr);
	buf_release(&text);
}

static void memory_is_shared_out_within_bounds(void **unused)
{
	(void)unused;
	static const struct {
		int64_t memory_mb;
		const char *line;
	} written[] = {
	        {256, "\nshared_buffers = 128MB\n"},
	        {256, "\nwork_mem = 16MB\n"},
	        {256, "\nmaintenance_work_mem = 64MB\n"},
	        {256, "\neffective_cache_size = 256MB\n"},
	        {2048, "\nshared_buffers = 512MB\n"},
	        {2048, "\nwork_mem = 32MB\n"},
	        {2048, "\nmaintenance_work_mem = 128MB\n"},
	        {2048, "\neffective_cache_size = 1024MB\n"},
	        {24000, "\nshared_buffers = 768MB\n"},
	        {24000, "\nwork_mem = 256MB\n"},
	        {24000, "\nmaintenance_work_mem = 1024MB\n"},
	        {24000, "\neffective_cache_size = 12000MB\n"},
	        {2048, "\nmax_wal_size = 4GB\n"},
	        {24000, "\nhash_mem_multiplier = 2\n"},
	};
	for (size_t i = 0; i < sizeof written / sizeof *written; i++)
		assert_written(written[i].memory_mb, written[i].line);
}

static void data_asks_for_memory(void **unused)
{
	(void)unused;
	const int64_t gb = INT64_C(1) << 30;
	assert_int_equal(settings_memory_for(0), 2048);
	assert_int_equal(settings_memory_for(gb), 2048);
	assert_int_equal(settings_memory_for(gb + gb / 2), 4096);
	assert_int_equal(settings_memory_for(4 * gb), 8192);
	assert_int_equal(settings_memory_for(5 * gb), 16384);
	assert_int_equal(settings_memory_for(5000 * gb), 16384);
}

/* What is written is what is compared. */
static void parameters_say_the_same(void **unused)
{
	(void)unused;
	struct arena a = ARENA_INIT;
	struct db_params p = settings_params(&a, 2048);
	assert_int_equal(p.count, 4);
	assert_true(slice_starts(slice_of(p.value[0]), "{\"shared_buffers\",\"effective_cache_size\",\"work_mem\","));
	assert_true(slice_starts(slice_of(p.value[1]), "{\"512MB\",\"1024MB\",\"32MB\",\"2\","));
	assert_true(slice_starts(slice_of(p.value[2]), "{\"least\","));
	arena_release(&a);
	assert_true(settings_memory_mb() > 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(memory_is_shared_out_within_bounds),
	        cmocka_unit_test(data_asks_for_memory),
	        cmocka_unit_test(parameters_say_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
