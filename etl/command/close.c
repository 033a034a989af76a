/*
 * closebook close VERB: the steps of the month end. Each is one function of the database, which knows its caller by the
 * login and decides; here is only how it is called and what is said of it.
 */
#include "base/decimal.h"
#include "base/log.h"
#include "command/command.h"
#include "report/files.h"
#include "report/table.h"
#include "run/ledger_head.h"
#include "run/replay.h"
#include <stdio.h>
#include <string.h>

struct close_arguments {
	const char *period, *reason, *cause, *business_unit, *provider, *from, *to, *amount, *evidence, *id, *code,
	        *until, *version;
	bool json, check;
};
#define TEXT_OPTION(option_name, member, shown, text)                                                                  \
	{                                                                                                              \
		.name = option_name, .kind = OPTION_TEXT, .argument = shown, .help = text,                             \
		.offset = offsetof(struct close_arguments, member)                                                     \
	}
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct close_arguments, period)},
        TEXT_OPTION("reason", reason, "TEXT", "why; sign-off, unfreeze, waive, reject, withdraw and adjust need one"),
        {.name = "business-unit",
         .letter = 'b',
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "sign-off: whose variance",
         .offset = offsetof(struct close_arguments, business_unit)},
        TEXT_OPTION("cause", cause, "CAUSE",
                    "sign-off: rating, rate, quantity, unbilled, unmetered, timing, rounding or other"),
        TEXT_OPTION("code", code, "CODE", "waive: the blocker, as check calls it"),
        TEXT_OPTION("until", until, "YYYY-MM-DD", "waive: its last day (default: for good)"),
        TEXT_OPTION("from", from, "ID", "adjust propose: the business unit that is relieved"),
        TEXT_OPTION("to", to, "ID", "adjust propose: the business unit that is charged"),
        TEXT_OPTION("amount", amount, "USD", "adjust propose: in whole cents"),
        TEXT_OPTION("provider", provider, "NAME", "adjust propose: whose cost, if it is of several"),
        TEXT_OPTION("evidence", evidence, "TEXT", "adjust propose: a reference to what proves it"),
        TEXT_OPTION("version", version, "ID", "rerate: the billing rule version of prices.csv"),
        TEXT_OPTION("id", id, "ID", "adjust approve, reject, withdraw: the adjustment"),
        {.name = "check",
         .kind = OPTION_FLAG,
         .help = "check: exit 1 if anything stands in the way",
         .offset = offsetof(struct close_arguments, check)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "listings as JSON",
         .offset = offsetof(struct close_arguments, json)},
        OPTION_END,
};

static const struct table_column check_columns[] = {{"code", "code", COLUMN_TEXT},
                                                    {"what", "what", COLUMN_TEXT},
                                                    {"who", "who can clear it", COLUMN_TEXT},
                                                    {"blocks", "blocks", COLUMN_TEXT},
                                                    {"can_be_waived", "waivable", COLUMN_FLAG}};
static const struct table_column adjustment_columns[] = {
        {"adjustment_id", "adjustment", COLUMN_TEXT},
        {"period", NULL, COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},
        {"from_business_unit", "from", COLUMN_TEXT},
        {"to_business_unit", "to", COLUMN_TEXT},
        {"amount_usd", "amount", COLUMN_NUMBER},
        {"status", "status", COLUMN_TEXT},
        {"proposed_by", "proposed by", COLUMN_TEXT},
        {"decided_by", "decided by", COLUMN_TEXT},
        {"reason", "reason", COLUMN_TEXT},
        {"evidence", "evidence", COLUMN_TEXT},
        {"decision", "decision", COLUMN_TEXT},
};
static const struct table_column status_columns[] = {{"period", "period", COLUMN_TEXT},
                                                     {"state", "state", COLUMN_TEXT},
                                                     {"frozen_by", "frozen by", COLUMN_TEXT},
                                                     {"approved_by", "approved by", COLUMN_TEXT},
                                                     {"posted_by", "posted by", COLUMN_TEXT},
                                                     {"final_journal", "final journal", COLUMN_TEXT},
                                                     {"late_deliveries", "late deliveries", COLUMN_COUNT},
                                                     {"waiting_usd", "to be corrected", COLUMN_NUMBER}};
static const struct table_column correction_columns[] = {
        {"original_period", "of", COLUMN_TEXT},          {"booked_in", "booked in", COLUMN_TEXT},
        {"journal_id", "journal", COLUMN_TEXT},          {"cause", "cause", COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},           {"business_unit", "business unit", COLUMN_TEXT},
        {"cost_center", "cost center", COLUMN_TEXT},     {"account", "account", COLUMN_TEXT},
        {"posted_usd", "posted", COLUMN_NUMBER},         {"reprocessed_usd", "reprocessed", COLUMN_NUMBER},
        {"difference_usd", "difference", COLUMN_NUMBER},
};
static const struct table_column rerate_columns[] = {
        {"business_unit", "business unit", COLUMN_TEXT},     {"computed_usd", "computed", COLUMN_NUMBER},
        {"rerated_usd", "re-rated", COLUMN_NUMBER},          {"difference_usd", "difference", COLUMN_NUMBER},
        {"usage_billed_usd", "usage billed", COLUMN_NUMBER}, {"variance_usd", "variance", COLUMN_NUMBER},
        {"rerated_variance_usd", "would be", COLUMN_NUMBER}, {"status", "status", COLUMN_TEXT},
        {"rerated_status", "would be ", COLUMN_TEXT},
};
static const struct table_column history_columns[] = {
        {"entry", "entry", COLUMN_COUNT}, {"at", "at", COLUMN_TEXT},     {"login", "login", COLUMN_TEXT},
        {"kind", "kind", COLUMN_TEXT},    {"what", "what", COLUMN_TEXT}, {"reason", "reason", COLUMN_TEXT},
        {"hash", NULL, COLUMN_TEXT}};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Lists what an SQL file returns; *rows is how many there were. */
static bool list(struct context *c, const struct close_arguments *a, const char *sql, const struct table_column *column,
                 size_t columns, const char *none, size_t *rows, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, column, columns, &c->db, sql, DB_PARAMS(a->period, a->json ? "exact" : "screen"), e);
	if (fine && a->json)
		table_print_json(stdout, &t);
	else if (fine && table_rows(&t) == 0)
		printf("%s\n", none);
	else if (fine)
		table_text(stdout, &t, 0);
	*rows = fine ? table_rows(&t) : 0;
	table_release(&t);
	return fine;
}

static bool check(struct context *c, const struct close_arguments *a, struct err *e)
{
	size_t rows;
	if (!list(c, a, "close/check", check_columns, COUNT(check_columns), "nothing stands in the way", &rows, e))
		return false;
	return !a->check || rows == 0 || fail(e, ERR_FINDINGS, "%zu blockers", rows);
}

static bool adjust_list(struct context *c, const struct close_arguments *a, struct err *e)
{
	size_t rows;
	return list(c, a, "close/adjustments", adjustment_columns, COUNT(adjustment_columns), "no adjustments", &rows,
	            e);
}

static bool status(struct context *c, const struct close_arguments *a, struct err *e)
{
	size_t rows;
	return list(c, a, "close/status", status_columns, COUNT(status_columns), "nothing was reconciled yet", &rows,
	            e);
}

static bool history(struct context *c, const struct close_arguments *a, struct err *e)
{
	size_t rows;
	return list(c, a, "close/history", history_columns, COUNT(history_columns), "nothing was done yet", &rows, e);
}

static bool corrections(struct context *c, const struct close_arguments *a, struct err *e)
{
	size_t rows;
	return list(c, a, "close/corrections", correction_columns, COUNT(correction_columns), "no corrections", &rows,
	            e);
}

/* Computes the month under another rule version, shows what comes of it, and leaves everything as it was. */
static bool rerate(struct context *c, const struct close_arguments *a, struct err *e)
{
	DB_RESULT inputs = DB_RESULT_INIT;
	size_t rows;
	bool may;
	if (!a->version)
		return fail(e, ERR_USAGE, "under which billing rule version?") || err_hint(e, "give --version");
	if (!context_reconciled(c, a->period, NULL, e) ||
	    !db_run(&c->db, "replay/rerate", DB_PARAMS(a->period, a->version), &inputs, e))
		return false;
	if (!replay_may(&c->db, &may, e))
		return false;
	if (!may)
		return fail(e, ERR_CONTROL, "this login may not compute months anew") ||
		       err_hint(e, "closebook_loader may");
	if (!db_bool(&inputs, 0, 6))
		return fail(e, ERR_USAGE, "there is no billing rule version %s", a->version) ||
		       err_hint(e, "it stands in prices.csv; `closebook refdata show prices` lists them");
	if (!(c->holds_lock = db_lock(&c->db, c->command, e)))
		return false;
	struct replay r = {.period = a->period,
	                   .as_of = db_text(&inputs, 0, 0),
	                   .options = db_text(&inputs, 0, 1),
	                   .last_delivery_id = db_text(&inputs, 0, 2),
	                   .last_file_id = db_text(&inputs, 0, 3),
	                   .events = db_text(&inputs, 0, 4),
	                   .refdata_id = db_text(&inputs, 0, 5),
	                   .version = a->version,
	                   .keeps = true,
	                   .remake_hours = true};
	bool fine = replay_begin(&c->db, &r, e) &&
	            list(c, a, "close/rerate", rerate_columns, COUNT(rerate_columns), "nothing to rate", &rows, e);
	db_rollback(&c->db);
	return fine;
}

/* Runs one step and says what came of it: `said` takes the value that the step returns. `role` is who may take it: a
 * login without it is refused by the database before the step can say so, and who may do what is a control, too. */
static bool step(struct context *c, const char *role, const char *sql, struct db_params params, const char *said,
                 struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(&c->db, sql, params, &r, e)) {
		if (e->kind != ERR_CONFIG)
			return false;
		e->kind = ERR_CONTROL;
		if (!strstr(e->message, "permission denied for function"))
			return false;
		err_clear(e);
		return fail(e, ERR_CONTROL, "this takes a %s", role) ||
		       err_hint(
		               e,
		               "`closebook db roles` shows who has which role; you are who the database connection says");
	}
	printf("%s%s\n", said,
	       db_is_null(&r, 0, 0) ? "without a final journal: nothing was billed" : db_text(&r, 0, 0));
	return ledger_head_publish(&c->db, &c->config, e);
}

static bool freeze(struct context *c, const struct close_arguments *a, struct err *e)
{
	return step(c, "closebook_preparer", "close/freeze", DB_PARAMS(a->period, a->reason), "frozen: entry ", e);
}

static bool unfreeze(struct context *c, const struct close_arguments *a, struct err *e)
{
	return step(c, "closebook_preparer", "close/unfreeze", DB_PARAMS(a->period, a->reason), "open again: entry ",
	            e);
}

static bool waive(struct context *c, const struct close_arguments *a, struct err *e)
{
	utc_us day;
	if (a->until && (strlen(a->until) != strlen("YYYY-MM-DD") || !utc_parse(slice_of(a->until), &day)))
		return fail(e, ERR_USAGE, "--until %s is no date", a->until) || err_hint(e, "write it like 2026-12-31");
	return step(c, "closebook_approver", "close/waive", DB_PARAMS(a->period, a->code, a->reason, a->until),
	            "waived: entry ", e);
}

static bool sign_off(struct context *c, const struct close_arguments *a, struct err *e)
{
	if (!a->business_unit)
		return fail(e, ERR_USAGE, "whose variance?") || err_hint(e, "give --business-unit");
	return step(c, "closebook_signer", "close/sign_off",
	            DB_PARAMS(a->period, a->business_unit, a->cause, a->reason), "signed off: entry ", e);
}

static bool approve(struct context *c, const struct close_arguments *a, struct err *e)
{
	return step(c, "closebook_approver", "close/approve", DB_PARAMS(a->period, a->reason), "approved: entry ", e);
}

/* The month's files as they now stand. The step does not depend on them: who posts may not be who writes there. */
static void write_files(struct context *c, const char *name)
{
	struct arena arena = ARENA_INIT;
	struct err e = ERR_INIT;
	struct period period;
	const char *folder;
	if (period_parse(slice_of(name), &period) &&
	    !report_write(&c->db, c->config.out_dir, period, &arena, &folder, &e))
		log_warning("the files of %s are still those of before: %s (closebook report --period %s)", name,
		            e.message, name);
	arena_release(&arena);
}

static bool post(struct context *c, const struct close_arguments *a, struct err *e)
{
	bool later = c->config.final_date == FINAL_NEXT_PERIOD_START;
	if (!step(c, "closebook_preparer or closebook_approver", "close/post",
	          DB_PARAMS(a->period, later ? "next_period_start" : "period_end"), "posted ", e))
		return false;
	write_files(c, a->period);
	return true;
}

static bool accrual(struct context *c, const struct close_arguments *a, struct err *e)
{
	return step(c, "closebook_preparer", "close/accrual", DB_PARAMS(a->period), "issued ", e);
}

static bool propose(struct context *c, const struct close_arguments *a, struct err *e)
{
	struct decimal amount;
	const char *why;
	if (!a->amount || !a->from || !a->to)
		return fail(e, ERR_USAGE, "an adjustment needs --from, --to and --amount");
	if (!decimal_parse(slice_of(a->amount), &amount, &why))
		return fail(e, ERR_USAGE, "--amount %s is %s", a->amount, why) || err_hint(e, "write it like 12.50");
	return step(c, "closebook_preparer", "close/adjust_propose",
	            DB_PARAMS(a->period, a->provider, a->from, a->to, a->amount, a->reason, a->evidence), "proposed ",
	            e);
}

static bool decide(struct context *c, const struct close_arguments *a, const char *what, const char *said,
                   struct err *e)
{
	if (!a->id)
		return fail(e, ERR_USAGE, "which adjustment?") ||
		       err_hint(e, "give --id; `close adjust list` shows them");
	return step(c, "closebook_preparer or closebook_approver", "close/adjust_decide",
	            DB_PARAMS(a->id, what, a->reason), said, e);
}

static bool adjust_approve(struct context *c, const struct close_arguments *a, struct err *e)
{
	return decide(c, a, "approve", "approved: entry ", e);
}

static bool adjust_reject(struct context *c, const struct close_arguments *a, struct err *e)
{
	return decide(c, a, "reject", "rejected: entry ", e);
}

static bool adjust_withdraw(struct context *c, const struct close_arguments *a, struct err *e)
{
	return decide(c, a, "withdraw", "withdrawn: entry ", e);
}

static bool head(struct context *c, const struct close_arguments *a, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	(void)a;
	if (!c->config.head_file && !c->config.head_webhook)
		return fail(e, ERR_CONFIG, "there is nowhere to publish the ledger's head to") ||
		       err_hint(e, "name a file or a webhook under `ledger_head:` in closebook.yaml");
	if (!ledger_head_publish(&c->db, &c->config, e) || !db_run(&c->db, "close/head", DB_NO_PARAMS, &r, e))
		return false;
	printf("published: entry %s\n", db_text(&r, 0, 0));
	return true;
}

static const struct verb {
	const char *name, *second;
	bool (*run)(struct context *, const struct close_arguments *, struct err *);
	bool without_period;
} verbs[] = {
        {"check", NULL, check, false},
        {"freeze", NULL, freeze, false},
        {"unfreeze", NULL, unfreeze, false},
        {"sign-off", NULL, sign_off, false},
        {"waive", NULL, waive, false},
        {"adjust", "propose", propose, false},
        {"adjust", "list", adjust_list, false},
        {"adjust", "approve", adjust_approve, true},
        {"adjust", "reject", adjust_reject, true},
        {"adjust", "withdraw", adjust_withdraw, true},
        {"approve", NULL, approve, false},
        {"post", NULL, post, false},
        {"accrual", NULL, accrual, false},
        {"corrections", NULL, corrections, false},
        {"rerate", NULL, rerate, false},
        {"status", NULL, status, true},
        {"history", NULL, history, false},
        {"head", NULL, head, true},
};

static const struct verb *find_verb(const struct option_rest *rest)
{
	for (size_t i = 0; i < COUNT(verbs); i++)
		if (rest->count == (verbs[i].second ? 2 : 1) && strcmp(rest->argument[0], verbs[i].name) == 0 &&
		    (!verbs[i].second || strcmp(rest->argument[1], verbs[i].second) == 0))
			return &verbs[i];
	return NULL;
}

bool command_close(struct context *c, int argc, char **argv, struct err *e)
{
	struct close_arguments a = {0};
	struct period period;
	struct command_line line = {
	        .usage = "closebook close VERB --period YYYY-MM [OPTIONS]",
	        .summary =
	                "The month end. Who you are is the login of your database connection; the database refuses what "
	                "it may not do.\n\n"
	                "  check        what stands in the way, and who can clear it\n"
	                "  waive        accept a blocker as it stands (approver)\n"
	                "  freeze       pin what the month rests on; new data then waits (preparer)\n"
	                "  unfreeze     take that back, until it is approved (preparer)\n"
	                "  sign-off     for a business unit in breach (its owner_login; `unattributed`: an approver)\n"
	                "  adjust propose | list | approve | reject | withdraw\n"
	                "               move an amount between business units (proposed by one, approved by another)\n"
	                "  approve      (an approver who did not freeze it)\n"
	                "  post         final journal; locks the month for good (preparer or approver)\n"
	                "  accrual      give the draft accrual a number (preparer)\n"
	                "  corrections  what came after a month was posted, by cause: what waits, and what is booked\n"
	                "  rerate       what a month would have cost under another rule version (loader; changes nothing)\n"
	                "  status       state of each month     history    every step, by whom and why\n"
	                "  head         publish the head of the ledger's chain again, where ledger_head: says",
	        .table = table,
	        .target = &a,
	        .arguments = 2,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	const struct verb *verb = find_verb(&line.rest);
	if (!verb)
		return fail(e, ERR_USAGE, "close takes a verb, like check or freeze") ||
		       err_hint(e, "closebook close --help");
	if ((!verb->without_period || a.period) && !context_period(a.period, &period, e))
		return false;
	return verb->run(c, &a, e);
}
