/* closebook variance --period P */
#include "command/command.h"
#include "report/files.h"
#include <stdio.h>

struct variance_arguments {
	const char *period, *by, *business_unit;
	bool json, check;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct variance_arguments, period)},
        {.name = "by",
         .kind = OPTION_TEXT,
         .argument = "LIST",
         .help = "below the business unit: team,service,provider,model,class,environment",
         .offset = offsetof(struct variance_arguments, by)},
        {.name = "business-unit",
         .letter = 'b',
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "only this one",
         .offset = offsetof(struct variance_arguments, business_unit)},
        {.name = "check",
         .kind = OPTION_FLAG,
         .help = "exit 1 if a business unit is in breach",
         .offset = offsetof(struct variance_arguments, check)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "as JSON, exact amounts",
         .offset = offsetof(struct variance_arguments, json)},
        OPTION_END,
};
static const struct table_column detail_columns[] = {
        {"period", NULL, COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"team_id", "team", COLUMN_TEXT},
        {"service", "service", COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},
        {"model", "model", COLUMN_TEXT},
        {"usage_class", "class", COLUMN_TEXT},
        {"environment", "environment", COLUMN_TEXT},
        {"computed_usd", "computed", COLUMN_NUMBER},
        {"usage_billed_usd", "usage billed", COLUMN_NUMBER},
        {"variance_usd", "variance", COLUMN_NUMBER},
        {"rating_usd", "rating", COLUMN_NUMBER},
        {"rate_usd", "rate", COLUMN_NUMBER},
        {"quantity_usd", "quantity", COLUMN_NUMBER},
        {"unbilled_usd", "unbilled", COLUMN_NUMBER},
        {"unmetered_usd", "unmetered", COLUMN_NUMBER},
        {"timing_usd", "timing", COLUMN_NUMBER},
        {"rounding_usd", "rounding", COLUMN_NUMBER},
        {"charges_usd", "charges", COLUMN_NUMBER},
        {"billed_usd", "billed", COLUMN_NUMBER},
};

static const struct grouping groupings[] = {
        {"team", "team_id"}, {"service", "service"},   {"provider", "provider"},
        {"model", "model"},  {"class", "usage_class"}, {"environment", "environment"},
};

static bool find_breach(const struct table *t, struct err *e)
{
	size_t breaches = 0;
	for (size_t row = 0; row < table_rows(t); row++)
		breaches += strcmp(table_cell(t, row, "status"), "breach") == 0;
	return breaches == 0 || fail(e, ERR_FINDINGS, "business units in breach: %zu", breaches);
}

static bool list(struct context *c, const struct variance_arguments *a, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct table t = TABLE_INIT, units = TABLE_INIT;
	const char *style = a->json ? "exact" : "screen";
	const char *chosen =
	        a->by ? context_groupings(&arena, "--by", a->by, groupings, sizeof groupings / sizeof *groupings, e)
	              : NULL;
	bool fine =
	        e->kind == ERR_NONE && table_load(&units, report_variance_columns, REPORT_VARIANCE_COLUMNS, &c->db,
	                                          "report/variance", DB_PARAMS(a->period, style, a->business_unit), e);
	if (fine && a->by)
		fine = table_load(&t, detail_columns, sizeof detail_columns / sizeof *detail_columns, &c->db,
		                  "report/variance_detail", DB_PARAMS(a->period, style, chosen, a->business_unit), e);
	const struct table *shown = a->by ? &t : &units;
	if (fine && a->json)
		table_print_json(stdout, shown);
	else if (fine)
		table_text(stdout, shown, 0);
	fine = fine && (!a->check || find_breach(&units, e));
	table_release(&t);
	table_release(&units);
	arena_release(&arena);
	return fine;
}

bool command_variance(struct context *c, int argc, char **argv, struct err *e)
{
	struct variance_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook variance --period YYYY-MM [--by LIST] [--business-unit ID] [--check] [--json]",
	        .summary = "Billed usage against computed cost, per business unit, with the seven causes of the "
	                   "difference;\n"
	                   "`rounding`, the seventh, stands there only where it makes a cent.\n"
	                   "`closebook explain PERIOD/BUSINESS_UNIT` goes down from a row.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	return context_reconciled(c, a.period, a.business_unit, e) && list(c, &a, e);
}
