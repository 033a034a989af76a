/* closebook report --period P: writes the files of a period. */
#include "command/command.h"
#include "report/files.h"
#include <stdio.h>

struct report_arguments {
	const char *period, *out;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct report_arguments, period)},
        {.name = "out",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .argument = "FOLDER",
         .help = "where to (default: out_dir of the configuration)",
         .offset = offsetof(struct report_arguments, out)},
        OPTION_END,
};

bool command_report(struct context *c, int argc, char **argv, struct err *e)
{
	struct report_arguments a = {0};
	struct period period;
	struct command_line line = {
	        .usage = "closebook report --period YYYY-MM [--out FOLDER]",
	        .summary = "Writes variance.csv, exceptions.csv, journal.csv, summary.json and manifest.json to "
	                   "OUT/PERIOD, complete or not\n"
	                   "at all, from the last reconciliation of the period.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	struct arena arena = ARENA_INIT;
	const char *folder = NULL;
	bool fine = context_period(a.period, &period, e) &&
	            report_write(&c->db, a.out ? a.out : c->config.out_dir, period, &arena, &folder, e);
	if (fine)
		printf("%s/{variance.csv,exceptions.csv,journal.csv,summary.json,manifest.json}\n", folder);
	arena_release(&arena);
	return fine;
}
