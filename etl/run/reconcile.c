/*
 * The work is in sql/: this is the order of its files. Amounts are split in one way only, match/share, which reads the
 * temporary table share_in and fills share_out; the files around it prepare the one and use the other.
 */
#include "run/reconcile.h"

#include "base/progress.h"
#include "run/rollup.h"
#include "run/steps.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Steps 1 to 5, and what they amount to per business unit. */
static const char *const amounts[] = {
        "match/day_owner",   "match/exact_post",  "match/bucket",       "match/allocate",      "match/share",
        "match/metered",     "match/owner",       "match/share",        "match/owned",         "match/policy",
        "match/share",       "match/policy_post", "match/charge_pools", "match/policy",        "match/share",
        "match/policy_post", "match/computed",    "match/share",        "match/computed_post", "variance/variance",
};

/* What business units are charged for it. */
static const char *const charges[] = {
        "journal/estimate", "chargeback/scope", "match/share", "chargeback/moved", "match/share", "chargeback/recovery",
};

/* What is said of it. */
static const char *const findings[] = {
        "exceptions/provider_delta", "exceptions/deliveries", "exceptions/attribution",
        "exceptions/events",         "exceptions/logs",       "exceptions/input_control",
        "exceptions/store",          "journal/accrual",       "variance/result",
};

/* What the SQL needs of the configuration, as JSON; in the arena. */
static const char *options_json(struct arena *a, const struct config *c)
{
	json_t *sources = json_array();
	for (size_t i = 0; i < c->source_count; i++) {
		const struct source_config *s = &c->source[i];
		json_t *one = json_pack("{s:s}", "source", s->name);
		if (s->match_on_given)
			json_object_set_new(one, "match_on", json_integer(s->match_on));
		for (int d = 0; d < DIM_COUNT; d++)
			if (s->defaults[d])
				json_object_set_new(one, dimension_name[d], json_string(s->defaults[d]));
		json_array_append_new(sources, one);
	}
	json_t *root =
	        json_pack("{s:s, s:i, s:s, s:s, s:o}", "residual",
	                  c->residual == RESIDUAL_PRO_RATA ? "pro_rata" : "unattributed", "settle_days", c->settle_days,
	                  "percent", c->threshold_percent, "amount", c->threshold_amount, "sources", sources);
	char *text = json_dumps(root, JSON_COMPACT);
	const char *out = arena_strdup(a, text);
	free(text);
	json_decref(root);
	return out;
}

/* Step 1, where what it rests on has changed; see match/exact_scope. What only some bills have is looked at where
 * match/exact_requests tells that this one has it. */
static bool run_exact(struct db *db, const char *period, bool again, struct err *e)
{
	static const char *const special[] = {"match/exact_unmet", "match/exact_late", "match/exact_quantity",
	                                      "match/exact_repeated"};
	DB_RESULT scope = DB_RESULT_INIT;
	DB_RESULT has = DB_RESULT_INIT;
	if (!step_run(db, period, "match/exact_scope", DB_PARAMS(period, CLOSEBOOK_VERSION), &scope, e))
		return false;
	if (!again && !db_bool(&scope, 0, 0))
		return true;
	const char *unrated = db_is_null(&scope, 0, 8) ? NULL : db_text(&scope, 0, 8);
	struct db_params params = DB_PARAMS(period, db_text(&scope, 0, 2), db_text(&scope, 0, 3), db_text(&scope, 0, 4),
	                                    db_text(&scope, 0, 1), db_text(&scope, 0, 5), db_text(&scope, 0, 6),
	                                    db_text(&scope, 0, 7), unrated);
	bool fine = step_run(db, period, "match/exact", params, NULL, e) &&
	            step_run(db, period, "match/exact_requests", params, &has, e) &&
	            step_run(db, period, "match/exact_amounts", params, NULL, e);
	for (size_t i = 0; fine && i < sizeof special / sizeof *special; i++)
		if (db_bool(&has, 0, i))
			fine = step_run(db, period, special[i], params, NULL, e);
	return fine;
}

bool reconcile_amounts(struct db *db, struct db_params params, bool again, struct err *e)
{
	return step_run(db, params.value[0], "match/scope", params, NULL, e) &&
	       run_exact(db, params.value[0], again, e) && STEPS_RUN(db, params.value[0], amounts, params, e) &&
	       STEPS_RUN(db, params.value[0], charges, params, e);
}

static bool compute(struct db *db, struct db_params params, bool again, struct err *e)
{
	return reconcile_amounts(db, params, again, e) && STEPS_RUN(db, params.value[0], findings, params, e);
}

/* What was frozen stands: late data waits for the next open period. In the run's transaction, under the run's lock. */
static bool require_open(struct db *db, const char *period, struct err *e)
{
	DB_RESULT state = DB_RESULT_INIT;
	if (!db_run(db, "close/state", DB_PARAMS(period), &state, e))
		return false;
	if (strcmp(db_text(&state, 0, 0), "open") == 0)
		return true;
	fail(e, ERR_CONTROL, "%s is %s, and is not computed anew", period, db_text(&state, 0, 0));
	return err_hint(e, "a frozen month can be opened again with `closebook close unfreeze`; what comes after a "
	                   "posted one belongs to the next");
}

bool reconcile_run(struct db *db, const struct config *config, struct period period, utc_us as_of, bool again,
                   struct err *e)
{
	struct arena a = ARENA_INIT;
	char name[PERIOD_TEXT_MAX], at[UTC_TEXT_MAX];
	period_text(period, name);
	utc_text(as_of, at);
	const char *options = options_json(&a, config);
	DB_RESULT inputs = DB_RESULT_INIT;
	bool fine = db_begin_snapshot(db, e) && require_open(db, name, e) && rollup_steps(db, e);
	progress_begin("reconcile");
	fine = fine &&
	       step_run(db, name, "variance/inputs", DB_PARAMS(name, at, options, CLOSEBOOK_VERSION), &inputs, e);
	if (fine && db_bool(&inputs, 0, 0) && !again)
		fine = step_run(db, name, "variance/unchanged", DB_PARAMS(name, at, options), NULL, e);
	else if (fine)
		fine = compute(db, DB_PARAMS(name, at, options, db_text(&inputs, 0, 1)), again, e) &&
		       step_run(db, name, "replay/record", DB_PARAMS(name, at, options, CLOSEBOOK_VERSION), NULL, e);
	fine = fine && db_commit(db, e);
	db_rollback(db);
	progress_end();
	arena_release(&a);
	return fine;
}

bool reconcile_periods(struct db *db, struct arena *a, struct period **out, size_t *count, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "variance/periods", DB_NO_PARAMS, &r, e))
		return false;
	*count = db_rows(&r);
	*out = arena_alloc(a, (*count + 1) * sizeof **out);
	for (size_t i = 0; i < *count; i++)
		if (!period_parse(db_slice(&r, i, 0), &(*out)[i]))
			return fail(e, ERR_BUG, "the database has a period %s", db_text(&r, i, 0));
	return true;
}
