/* closebook exceptions list|show */
#include "command/command.h"
#include "report/files.h"
#include <stdio.h>
#include <string.h>

struct exceptions_arguments {
	const char *period, *code, *business_unit, *status;
	bool json, check;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "list: the month",
         .offset = offsetof(struct exceptions_arguments, period)},
        {.name = "code",
         .kind = OPTION_TEXT,
         .argument = "CODE",
         .help = "list: only this code, or this class (provider_delta, attribution, rating,\nevent_integrity, input, control)",
         .offset = offsetof(struct exceptions_arguments, code)},
        {.name = "business-unit",
         .letter = 'b',
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "list: only this business unit's",
         .offset = offsetof(struct exceptions_arguments, business_unit)},
        {.name = "status",
         .kind = OPTION_TEXT,
         .argument = "STATUS",
         .help = "list: only open, acknowledged, resolved or waived ones (this version leaves all open)",
         .offset = offsetof(struct exceptions_arguments, status)},
        {.name = "check",
         .kind = OPTION_FLAG,
         .help = "list: exit 1 if there are any",
         .offset = offsetof(struct exceptions_arguments, check)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "as JSON, exact amounts",
         .offset = offsetof(struct exceptions_arguments, json)},
        OPTION_END,
};
static const struct table_column show_columns[] = {
        {"exception_id", "exception", COLUMN_TEXT},
        {"period", "period", COLUMN_TEXT},
        {"class", "class", COLUMN_TEXT},
        {"code", "code", COLUMN_TEXT},
        {"severity", "severity", COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"team_id", "team", COLUMN_TEXT},
        {"service", "service", COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},
        {"model", "model", COLUMN_TEXT},
        {"request_id", "first request", COLUMN_TEXT},
        {"amount_usd", "amount (USD)", COLUMN_TEXT},
        {"count", "count", COLUMN_COUNT},
        {"detail", "detail", COLUMN_TEXT},
        {"owner", "owner", COLUMN_TEXT},
        {"status", "status", COLUMN_TEXT},
        {"cause", "cause", COLUMN_TEXT},
        {"remedy", "remedy", COLUMN_TEXT},
};

static bool check_filters(struct context *c, const struct exceptions_arguments *a, struct err *e)
{
	static const char *const statuses[] = {"open", "acknowledged", "resolved", "waived"};
	DB_RESULT codes = DB_RESULT_INIT;
	if (a->code && (!db_run(&c->db, "report/codes", DB_NO_PARAMS, &codes, e) ||
	                !context_choose(&codes, a->code, "exception code or class", e)))
		return false;
	for (size_t i = 0; a->status && i < sizeof statuses / sizeof *statuses; i++)
		if (strcmp(a->status, statuses[i]) == 0)
			return true;
	return !a->status || fail(e, ERR_USAGE, "there is no status %s", a->status) ||
	       err_hint(e, "there are open, acknowledged, resolved, waived");
}

static bool list(struct context *c, const struct exceptions_arguments *a, struct err *e)
{
	if (!context_reconciled(c, a->period, a->business_unit, e) || !check_filters(c, a, e))
		return false;
	struct table t = TABLE_INIT;
	bool fine =
	        table_load(&t, report_exception_columns, REPORT_EXCEPTION_COLUMNS, &c->db, "report/exceptions",
	                   DB_PARAMS(a->period, a->json ? "exact" : "screen", a->code, a->business_unit, a->status), e);
	if (fine && a->json)
		table_print_json(stdout, &t);
	else if (fine && table_rows(&t) == 0)
		printf("no such exceptions in %s\n", a->period);
	else if (fine)
		table_text(stdout, &t, 0);
	if (fine && a->check && table_rows(&t) > 0)
		fine = fail(e, ERR_FINDINGS, "%zu exceptions", table_rows(&t));
	table_release(&t);
	return fine;
}

static bool show(struct context *c, const struct exceptions_arguments *a, const char *id, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, show_columns, sizeof show_columns / sizeof *show_columns, &c->db, "report/exception",
	                       DB_PARAMS(id, a->json ? "exact" : "screen"), e);
	if (fine && table_rows(&t) != 1)
		fine = fail(e, ERR_USAGE,
		            table_rows(&t) ? "more than one exception begins with %s" : "there is no exception %s",
		            id) ||
		       err_hint(e, "`closebook exceptions list --period YYYY-MM` shows their ids");
	if (fine && a->json)
		table_print_json(stdout, &t);
	else if (fine)
		table_text_row(stdout, &t, 0, 0);
	table_release(&t);
	return fine;
}

bool command_exceptions(struct context *c, int argc, char **argv, struct err *e)
{
	struct exceptions_arguments a = {0};
	struct command_line line = {
	        .usage =
	                "closebook exceptions list --period YYYY-MM [--code CODE] [--business-unit ID] [--status STATUS] [--check] "
	                "[--json]\n       closebook exceptions show ID [--json]",
	        .summary = "What is wrong, one row per cause and owner; `show` adds cause and remedy, `closebook "
	                   "explain ID` the evidence.",
	        .table = table,
	        .target = &a,
	        .arguments = 2,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (line.rest.count == 1 && strcmp(line.rest.argument[0], "list") == 0)
		return list(c, &a, e);
	if (line.rest.count == 2 && strcmp(line.rest.argument[0], "show") == 0)
		return show(c, &a, line.rest.argument[1], e);
	return fail(e, ERR_USAGE, "exceptions takes list or show ID") || err_hint(e, "closebook exceptions --help");
}
