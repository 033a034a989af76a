/* closebook chargeback --period P */
#include "command/command.h"
#include "report/table.h"
#include <stdio.h>
#include <string.h>

struct chargeback_arguments {
	const char *period, *group_by, *business_unit;
	bool accrual, json;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct chargeback_arguments, period)},
        {.name = "group-by",
         .kind = OPTION_TEXT,
         .argument = "LIST",
         .help = "business_unit (the default, with its arithmetic),team,service,provider,\n"
                 "model,class,environment,feature,tenant",
         .offset = offsetof(struct chargeback_arguments, group_by)},
        {.name = "business-unit",
         .letter = 'b',
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "only this one",
         .offset = offsetof(struct chargeback_arguments, business_unit)},
        {.name = "accrual",
         .kind = OPTION_FLAG,
         .help = "as the draft accrual has it: with what no bill has reached",
         .offset = offsetof(struct chargeback_arguments, accrual)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "as JSON, exact amounts",
         .offset = offsetof(struct chargeback_arguments, json)},
        OPTION_END,
};
static const struct grouping groupings[] = {
        {"business_unit", "business_unit"}, {"team", "team_id"},    {"service", "service"},
        {"provider", "provider"},           {"model", "model"},     {"class", "usage_class"},
        {"environment", "environment"},     {"feature", "feature"}, {"tenant", "tenant_id"},
};
static const struct table_column group_columns[] = {
        {"period", NULL, COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"team_id", "team", COLUMN_TEXT},
        {"service", "service", COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},
        {"model", "model", COLUMN_TEXT},
        {"usage_class", "class", COLUMN_TEXT},
        {"environment", "environment", COLUMN_TEXT},
        {"feature", "feature", COLUMN_TEXT},
        {"tenant_id", "tenant", COLUMN_TEXT},
        {"chargeback_model", "chargeback", COLUMN_TEXT},
        {"billed_usd", "billed", COLUMN_NUMBER},
        {"estimate_usd", "not billed yet", COLUMN_NUMBER},
        {"reallocated_out_usd", "re-allocated out", COLUMN_NUMBER},
        {"reallocated_in_usd", "in", COLUMN_NUMBER},
        {"recovery_usd", "recovery", COLUMN_NUMBER},
        {"charged_usd", "charged", COLUMN_NUMBER},
        {"central_usd", "central", COLUMN_NUMBER},
        {"steps", NULL, COLUMN_JSON},
};
static const struct table_column step_columns[] = {
        {"business_unit", "business unit", COLUMN_TEXT},
        {"step", "step", COLUMN_TEXT},
        {"detail", "of", COLUMN_TEXT},
        {"quantity", "quantity", COLUMN_NUMBER},
        {"rate", "× rate", COLUMN_NUMBER},
        {"per", "÷ per", COLUMN_NUMBER},
        {"amount_usd", "amount", COLUMN_NUMBER},
};
#define COLUMNS(a) a, sizeof(a) / sizeof *(a)

static bool list(struct context *c, const struct chargeback_arguments *a, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct table groups = TABLE_INIT, steps = TABLE_INIT;
	const char *style = a->json ? "exact" : "screen", *with_estimate = a->accrual ? "true" : "false";
	const char *by = a->group_by ? a->group_by : "business_unit";
	const char *chosen = context_groupings(&arena, "--group-by", by, COLUMNS(groupings), e);
	bool fine = chosen && db_begin_snapshot(&c->db, e) &&
	            table_load(&groups, COLUMNS(group_columns), &c->db, "report/chargeback",
	                       DB_PARAMS(a->period, style, chosen, with_estimate, a->business_unit), e);
	bool has_steps = fine && !a->json && strcmp(by, "business_unit") == 0;
	fine = fine && (!has_steps || table_load(&steps, COLUMNS(step_columns), &c->db, "report/chargeback_steps",
	                                         DB_PARAMS(a->period, style, with_estimate, a->business_unit), e));
	if (fine && a->json)
		table_print_json(stdout, &groups);
	else if (fine)
		table_text(stdout, &groups, 0);
	if (fine && has_steps) {
		printf("\nHow each is charged: quantity × rate ÷ per\n");
		table_text(stdout, &steps, 2);
	}
	db_rollback(&c->db);
	table_release(&groups);
	table_release(&steps);
	arena_release(&arena);
	return fine;
}

bool command_chargeback(struct context *c, int argc, char **argv, struct err *e)
{
	struct chargeback_arguments a = {0};
	struct command_line line = {
	        .usage =
	                "closebook chargeback --period YYYY-MM [--group-by LIST] [--business-unit ID] [--accrual] [--json]",
	        .summary =
	                "What business units are charged for what was billed. Billed + re-allocated + recovery = charged "
	                "+ central:\n"
	                "recovery is what a model charges beyond cost (or less), central is what is only shown to a "
	                "business unit.\n"
	                "Models and re-allocations are those of chargeback.csv and reallocations.csv at the month's "
	                "last instant.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	return context_reconciled(c, a.period, a.business_unit, e) && list(c, &a, e);
}
