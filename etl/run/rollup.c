#include "run/rollup.h"

#include "base/progress.h"
#include "run/steps.h"

/* Finds out whether events are new; if so, the hours that they touch, and makes these anew: with $1 price_digest, $2
 * from, $3 to, $4 hours. */
static const char *const remake[] = {"rollup/bands",      "rollup/new_keys",  "rollup/cells",    "rollup/names",
                                     "rollup/rates",      "rollup/new_cells", "rollup/hours",    "rollup/keys",
                                     "rollup/odd_events", "rollup/judge",     "rollup/findings", "rollup/seen"};

static bool remake_hours(struct db *db, const char *price_digest, struct err *e)
{
	DB_RESULT span = DB_RESULT_INIT;
	if (!step_run(db, NULL, "rollup/repeats", DB_NO_PARAMS, NULL, e) ||
	    !step_run(db, NULL, "rollup/span", DB_NO_PARAMS, &span, e))
		return false;
	if (db_rows(&span) == 0)
		return true;
	struct db_params stale =
	        DB_PARAMS(price_digest, db_text(&span, 0, 0), db_text(&span, 0, 1), db_text(&span, 0, 2));
	return STEPS_RUN(db, NULL, remake, stale, e);
}

bool rollup_steps(struct db *db, struct err *e)
{
	DB_RESULT state = DB_RESULT_INIT;
	DB_RESULT fresh = DB_RESULT_INIT;
	bool fine = db_run(db, "ingest/restored", DB_NO_PARAMS, NULL, e) &&
	            db_run(db, "rollup/state", DB_NO_PARAMS, &state, e);
	progress_begin("roll-up");
	fine = fine && step_run(db, NULL, "rollup/settings", DB_NO_PARAMS, NULL, e) &&
	       step_run(db, NULL, "rollup/fresh",
	                DB_PARAMS(db_text(&state, 0, 0), db_text(&state, 0, 1), db_text(&state, 0, 2),
	                          db_text(&state, 0, 3)),
	                &fresh, e) &&
	       (!db_bool(&fresh, 0, 0) || remake_hours(db, db_text(&state, 0, 0), e));
	fine = fine && db_run(db, "rollup/snapshot", DB_PARAMS(db_text(&state, 0, 0)), NULL, e);
	progress_end();
	return fine;
}

bool rollup_run(struct db *db, struct err *e)
{
	bool fine = db_begin_snapshot(db, e) && rollup_steps(db, e) && db_commit(db, e);
	db_rollback(db);
	return fine;
}
