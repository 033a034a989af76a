#include "run/rollup.h"

#include "base/civil.h"
#include "base/log.h"
#include "base/progress.h"

bool rollup_steps(struct db *db, struct err *e)
{
	static const char *const step[] = {"rollup/fresh",      "rollup/repeats", "rollup/rates",   "rollup/hours",
	                                   "rollup/odd_events", "rollup/judge",   "rollup/findings"};
	enum { STEPS = sizeof step / sizeof *step };
	DB_RESULT state = DB_RESULT_INIT;
	bool fine = db_run(db, "ingest/restored", DB_NO_PARAMS, NULL, e) &&
	            db_run(db, "rollup/state", DB_NO_PARAMS, &state, e);
	progress_begin("roll-up");
	for (size_t i = 0; fine && i < STEPS; i++) {
		progress_update(step[i], i, STEPS, 0);
		utc_us begin = utc_now();
		fine = db_run(db, step[i], DB_PARAMS(db_text(&state, 0, 0)), NULL, e);
		log_debug("%s: %lld ms", step[i], (long long)((utc_now() - begin) / 1000));
	}
	progress_end();
	return fine;
}

bool rollup_run(struct db *db, struct err *e)
{
	bool fine = db_begin_snapshot(db, e) && rollup_steps(db, e) && db_commit(db, e);
	db_rollback(db);
	return fine;
}
