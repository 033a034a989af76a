/* closebook report --period P: writes the files of a period. */
#include <stdio.h>
#include "command/command.h"
#include "report/files.h"

struct report_arguments {
	const char *period, *out;
};
static const struct option table[] = {
	{.name = "period", .letter = 'p', .kind = OPTION_TEXT, .argument = "YYYY-MM", .help = "the month", .offset = offsetof(struct report_arguments, period)},
	{.name = "out", .letter = 'o', .kind = OPTION_TEXT, .argument = "FOLDER", .help = "where to (default: out_dir of the configuration)", .offset = offsetof(struct report_arguments, out)},
	OPTION_END,
};

bool command_report(struct context *c, int argc, char **argv, struct err *e)
{
	struct report_arguments a = {0};
	const struct option_group group = {"Options", table, &a};
	struct option_rest rest;
	struct period period;
	if (!option_parse(&group, 1, argc, argv, false, &rest, e))
		return false;
	if (rest.help) {
		option_help(stdout, "closebook report --period YYYY-MM",
			    "Writes variance.csv, exceptions.csv, journal.csv, summary.json and manifest.json to OUT/PERIOD, complete or not\n"
			    "at all, from the last reconciliation of the period.",
			    &group, 1);
		return true;
	}
	if (rest.count > 0)
		return fail(e, ERR_USAGE, "report takes no argument %s", rest.argument[0]) || err_hint(e, "closebook report --period YYYY-MM");
	struct arena arena = ARENA_INIT;
	const char *folder = NULL;
	bool fine = context_period(a.period, &period, e) &&
		    report_write(&c->db, a.out ? a.out : c->config.out_dir, period, &arena, &folder, e);
	if (fine)
		printf("%s/{variance.csv,exceptions.csv,journal.csv,summary.json,manifest.json}\n", folder);
	arena_release(&arena);
	return fine;
}
