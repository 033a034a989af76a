/* closebook journal --period P */
#include <stdio.h>
#include "command/command.h"
#include "report/files.h"

struct journal_arguments {
	const char *period;
	bool json, csv;
};
static const struct option table[] = {
	{.name = "period", .letter = 'p', .kind = OPTION_TEXT, .argument = "YYYY-MM", .help = "the month", .offset = offsetof(struct journal_arguments, period)},
	{.name = "csv", .kind = OPTION_FLAG, .help = "as in journal.csv", .offset = offsetof(struct journal_arguments, csv)},
	{.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct journal_arguments, json)},
	OPTION_END,
};

bool command_journal(struct context *c, int argc, char **argv, struct err *e)
{
	struct journal_arguments a = {0};
	const struct option_group group = {"Options", table, &a};
	struct option_rest rest;
	struct period period;
	if (!option_parse(&group, 1, argc, argv, false, &rest, e))
		return false;
	if (rest.help) {
		option_help(stdout, "closebook journal --period YYYY-MM",
			    "The journals of a period, line by line. The draft accrual is rebuilt by every reconcile.\n"
			    "`closebook explain JOURNAL/LINE` goes down from a line.",
			    &group, 1);
		return true;
	}
	if (rest.count > 0)
		return fail(e, ERR_USAGE, "journal takes options only") || err_hint(e, "closebook journal --help");
	if (!context_period(a.period, &period, e))
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
