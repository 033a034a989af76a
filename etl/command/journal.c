/* closebook journal --period P */
#include "command/command.h"
#include "report/files.h"
#include <stdio.h>

struct journal_arguments {
	const char *period;
	bool json, csv;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct journal_arguments, period)},
        {.name = "csv",
         .kind = OPTION_FLAG,
         .help = "as in journal.csv",
         .offset = offsetof(struct journal_arguments, csv)},
        {.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct journal_arguments, json)},
        OPTION_END,
};

bool command_journal(struct context *c, int argc, char **argv, struct err *e)
{
	struct journal_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook journal --period YYYY-MM [--csv | --json]",
	        .summary = "The journals of a period, line by line. The draft accrual is rebuilt by every reconcile.\n"
	                   "`closebook explain JOURNAL/LINE` goes down from a line.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (a.json && a.csv)
		return fail(e, ERR_USAGE, "--csv or --json, not both") || err_hint(e, "closebook journal --help");
	if (!context_reconciled(c, a.period, NULL, e))
		return false;
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, report_journal_columns, REPORT_JOURNAL_COLUMNS, &c->db, "report/journal",
	                       DB_PARAMS(a.period, a.json || a.csv ? "exact" : "screen"), e);
	if (fine && a.json)
		table_print_json(stdout, &t);
	else if (fine && a.csv)
		table_csv(stdout, &t);
	else if (fine && table_rows(&t) == 0)
		printf("no journals in %s\n", a.period);
	else if (fine)
		table_text(stdout, &t, 0);
	table_release(&t);
	return fine;
}
