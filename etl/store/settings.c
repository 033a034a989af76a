#include "store/settings.h"

#include "base/file.h"
#include <inttypes.h>
#include <unistd.h>

#define MEGABYTE (INT64_C(1) << 20)
enum { FILE_LIMIT = 1 << 20, SETTING_MAX = 32 };

/* What closebook's sessions set themselves (jit, client_connection_check_interval) is not here: see db_connect. */
static const struct setting {
	const char *name, *rule, *value; /* value NULL: a share of memory, within bounds in MB */
	int64_t share, low, high;
	const char *why;
} settings[] = {
        {"shared_buffers", "least", NULL, 4, 128, 768,
         "a month's roll-up stays; more is read as fast from the system's cache, and new memory is dear"},
        {"effective_cache_size", "least", NULL, 2, 256, 1024 * 1024, "tells the planner what memory holds"},
        {"work_mem", "least", NULL, 64, 16, 256, "hash joins and sums of a month stay in memory"},
        {"hash_mem_multiplier", "least", "2", 0, 0, 0, "hash joins are most of a reconciliation"},
        {"maintenance_work_mem", "least", NULL, 16, 64, 1024, "indexes are built when a load ends"},
        {"max_wal_size", "least", "4GB", 0, 0, 0, "a load goes without checkpoints in its middle"},
        {"checkpoint_timeout", "least", "15min", 0, 0, 0, "each checkpoint makes the next writes dearer"},
        {"max_worker_processes", "least", "8", 0, 0, 0, "joins of lines and events run in parallel"},
        {"max_parallel_workers", "least", "8", 0, 0, 0, "joins of lines and events run in parallel"},
        {"max_parallel_workers_per_gather", "least", "1", 0, 0, 0, "joins of lines and events run in parallel"},
        {"random_page_cost", "most", "4", 0, 0, 0, "explain finds single requests by index"},
        {"autovacuum", "exactly", "on", 0, 0, 0, "the planner must know what a gateway wrote"},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

int64_t settings_memory_mb(void)
{
	int64_t size = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), limit;
	static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
	                                     "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct buf text = BUF_INIT;
		struct err unread = ERR_INIT;
		if (file_read(limits[i], FILE_LIMIT, &text, &unread) &&
		    slice_uint(slice_trim(buf_slice(&text)), &limit) && limit < size)
			size = limit;
		buf_release(&text);
	}
	return size / MEGABYTE;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

int64_t settings_memory_for(int64_t data_bytes)
{
	int64_t memory_mb = 2048;
	while (memory_mb < 16384 && memory_mb < 2 * (data_bytes / MEGABYTE))
		memory_mb *= 2;
	return memory_mb;
}

static void value_of(const struct setting *s, int64_t memory_mb, char out[SETTING_MAX])
{
	if (s->value)
		snprintf(out, SETTING_MAX, "%s", s->value);
	else
		snprintf(out, SETTING_MAX, "%" PRId64 "MB", clamp(memory_mb / s->share, s->low, s->high));
}

void settings_write(struct buf *out, int64_t memory_mb)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		char value[SETTING_MAX];
		value_of(&settings[i], memory_mb, value);
		buf_printf(out, "%s = %s\n", settings[i].name, value);
	}
}

struct db_params settings_params(struct arena *a, int64_t memory_mb)
{
	struct slice name[SETTINGS], better[SETTINGS], rule[SETTINGS], why[SETTINGS];
	for (size_t i = 0; i < SETTINGS; i++) {
		char value[SETTING_MAX];
		value_of(&settings[i], memory_mb, value);
		name[i] = slice_of(settings[i].name);
		better[i] = slice_of(arena_strdup(a, value));
		rule[i] = slice_of(settings[i].rule);
		why[i] = slice_of(settings[i].why);
	}
	const char **param = arena_alloc(a, 4 * sizeof *param);
	param[0] = db_text_array(a, name, SETTINGS);
	param[1] = db_text_array(a, better, SETTINGS);
	param[2] = db_text_array(a, rule, SETTINGS);
	param[3] = db_text_array(a, why, SETTINGS);
	return (struct db_params){param, 4};
}
