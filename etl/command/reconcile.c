/* closebook reconcile --period P */
#include "run/reconcile.h"

#include "base/log.h"
#include "command/command.h"
#include "report/files.h"
#include "run/replay.h"
#include <stdio.h>

struct reconcile_arguments {
	const char *period;
	bool json, check, again;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct reconcile_arguments, period)},
        {.name = "check",
         .kind = OPTION_FLAG,
         .help = "exit 1 if a business unit is in breach",
         .offset = offsetof(struct reconcile_arguments, check)},
        {.name = "again",
         .kind = OPTION_FLAG,
         .help = "compute also what rests on unchanged inputs",
         .offset = offsetof(struct reconcile_arguments, again)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "what summary.json holds",
         .offset = offsetof(struct reconcile_arguments, json)},
        OPTION_END,
};

static bool warn(struct context *c, const char *period, struct err *e)
{
	DB_RESULT warnings = DB_RESULT_INIT;
	if (!db_run(&c->db, "report/warnings", DB_PARAMS(period), &warnings, e))
		return false;
	for (size_t i = 0; i < db_rows(&warnings); i++) {
		struct err said = ERR_INIT;
		fail(&said, ERR_FINDINGS, "%s", db_text(&warnings, i, 0));
		err_hint(&said, "%s", db_text(&warnings, i, 1));
		log_err(LOG_WARNING, &said);
	}
	return true;
}

static bool check_breaches(struct context *c, const char *period, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = report_totals(&t, &c->db, period, "exact", e);
	if (fine && strcmp(table_cell(&t, 0, "breaches"), "0") != 0)
		fine = fail(e, ERR_FINDINGS, "business units in breach: %s", table_cell(&t, 0, "breaches"));
	table_release(&t);
	return fine;
}

bool command_reconcile(struct context *c, int argc, char **argv, struct err *e)
{
	struct reconcile_arguments a = {0};
	struct period period;
	struct command_line line = {
	        .usage = "closebook reconcile --period YYYY-MM [--check] [--again] [--json]",
	        .summary =
	                "Matches the period's bill lines with events, attributes every cent, computes the variance "
	                "and its causes per\n"
	                "business unit, finds exceptions, and drafts the accrual. What came after earlier months were posted is "
	                "computed too, as\n"
	                "corrections.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	size_t corrected;
	if (!context_period(a.period, &period, e) || !reconcile_run(&c->db, &c->config, period, c->as_of, a.again, e) ||
	    !replay_corrections(&c->db, &corrected, e) || !warn(c, a.period, e))
		return false;
	if (!(a.json ? report_print_json(stdout, &c->db, period, e) : report_print(stdout, &c->db, period, e)))
		return false;
	return !a.check || check_breaches(c, a.period, e);
}
