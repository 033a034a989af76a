/* closebook weekly: the reports of the open months, and who has to do what about them. */
#include "base/log.h"
#include "command/command.h"
#include "report/actions.h"
#include "report/files.h"
#include <stdio.h>
#include <string.h>

struct weekly_arguments {
	const char *out, *overdue_days;
	bool json, check;
};
static const struct option table[] = {
        {.name = "out",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .argument = "FOLDER",
         .help = "where to (default: out_dir of the configuration)",
         .offset = offsetof(struct weekly_arguments, out)},
        {.name = "overdue-days",
         .kind = OPTION_TEXT,
         .argument = "N",
         .help = "an item that has been open for more days is overdue (default: 14)",
         .offset = offsetof(struct weekly_arguments, overdue_days)},
        {.name = "check",
         .kind = OPTION_FLAG,
         .help = "exit 1 if an item is overdue",
         .offset = offsetof(struct weekly_arguments, check)},
        {.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct weekly_arguments, json)},
        OPTION_END,
};

static bool check_days(const char *days, struct err *e)
{
	int64_t count;
	return (slice_uint(slice_of(days), &count) && count <= 3660) ||
	       fail(e, ERR_USAGE, "--overdue-days takes a number from 0 to 3660, not %s", days);
}

/* The report of each month; its folders, one a line. */
static bool publish(struct context *c, const char *out, struct arena *a, json_t *folders, struct err *e)
{
	DB_RESULT periods = DB_RESULT_INIT;
	struct period period;
	const char *folder;
	bool fine = db_run(&c->db, "weekly/periods", DB_NO_PARAMS, &periods, e);
	for (size_t i = 0; fine && i < db_rows(&periods); i++) {
		fine = context_period(db_text(&periods, i, 0), &period, e) &&
		       report_write(&c->db, out, period, a, &folder, e);
		if (fine)
			json_array_append_new(folders, json_string(folder));
	}
	return fine;
}

static void print_text(const struct table *items, const json_t *folders, const char *path)
{
	size_t i;
	json_t *folder;
	if (table_rows(items) > 0)
		table_text(stdout, items, 0);
	else
		printf("nothing to do\n");
	printf("\n%s\n", path);
	json_array_foreach(folders, i, folder) printf(
	        "%s/{variance.csv,exceptions.csv,journal.csv,summary.json,manifest.json}\n", json_string_value(folder));
}

static void print_json(const struct table *items, json_t *folders, const char *path)
{
	json_t *root = json_pack("{s:o, s:O, s:s}", "items", table_json(items), "reports", folders, "file", path);
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(root);
}

static bool find_overdue(const struct table *items, const char *days, struct err *e)
{
	size_t overdue = 0;
	for (size_t row = 0; row < table_rows(items); row++)
		overdue += strcmp(table_cell(items, row, "overdue"), "true") == 0;
	return overdue == 0 || fail(e, ERR_FINDINGS, "items open for more than %s days: %zu", days, overdue);
}

bool command_weekly(struct context *c, int argc, char **argv, struct err *e)
{
	struct weekly_arguments a = {.overdue_days = "14"};
	struct command_line line = {
	        .usage = "closebook weekly [--overdue-days N] [--check] [--out FOLDER] [--json]",
	        .summary =
	                "Writes the reports of every month that is not posted, as `closebook report` does, and opens an "
	                "action item for each\n"
	                "breach that nobody has signed and each kind of exception that a business unit has. An item "
	                "keeps its first date from\n"
	                "week to week and is closed when its matter is gone. OUT/weekly/YYYY-Www.csv lists them with "
	                "owner and age.\n"
	                "Nothing is reconciled and nobody is written to. With -q nothing is printed.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (!check_days(a.overdue_days, e))
		return false;
	struct arena arena = ARENA_INIT;
	struct table items = TABLE_INIT;
	json_t *folders = json_array();
	const char *out = a.out ? a.out : c->config.out_dir, *path = NULL;
	bool fine = actions_update(&c->db, c->as_of, e) && publish(c, out, &arena, folders, e) &&
	            actions_write(&c->db, out, c->as_of, a.overdue_days, &arena, &path, e) &&
	            actions_load(&items, &c->db, c->as_of, a.json ? "exact" : "screen", a.overdue_days, e);
	if (fine && a.json)
		print_json(&items, folders, path);
	else if (fine && log_writes(LOG_INFO))
		print_text(&items, folders, path);
	fine = fine && (!a.check || find_overdue(&items, a.overdue_days, e));
	table_release(&items);
	json_decref(folders);
	arena_release(&arena);
	return fine;
}
