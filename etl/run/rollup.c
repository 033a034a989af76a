#include "run/rollup.h"

#include "base/civil.h"
#include "base/log.h"
#include "base/progress.h"

/* Finds out whether events are new; if so, the hours that they touch, and makes these anew. */
static const char *const find[] = {"rollup/repeats", "rollup/span"};
static const char *const remake[] = {"rollup/bands",      "rollup/new_keys",  "rollup/cells",    "rollup/names",
                                     "rollup/rates",      "rollup/new_cells", "rollup/hours",    "rollup/keys",
                                     "rollup/odd_events", "rollup/judge",     "rollup/findings", "rollup/seen"};
enum { FINDS = sizeof find / sizeof *find, REMAKES = sizeof remake / sizeof *remake };

static bool step(struct db *db, const char *name, size_t done, struct db_params params, struct db_result *out,
                 struct err *e)
{
	progress_update(name, done, FINDS + REMAKES, 0);
	utc_us begin = utc_now();
	bool fine = db_run(db, name, params, out, e);
	log_debug("%s: %lld ms", name, (long long)((utc_now() - begin) / 1000));
	return fine;
}

/* With $1 price_digest, $2 from, $3 to, $4 hours. */
static bool remake_hours(struct db *db, const char *price_digest, const struct db_result *span, struct err *e)
{
	bool fine = true;
	for (size_t i = 0; fine && db_rows(span) > 0 && i < REMAKES; i++)
		fine = step(db, remake[i], FINDS + i,
		            DB_PARAMS(price_digest, db_text(span, 0, 0), db_text(span, 0, 1), db_text(span, 0, 2)),
		            NULL, e);
	return fine;
}

bool rollup_steps(struct db *db, struct err *e)
{
	DB_RESULT state = DB_RESULT_INIT;
	DB_RESULT fresh = DB_RESULT_INIT;
	DB_RESULT span = DB_RESULT_INIT;
	bool fine = db_run(db, "ingest/restored", DB_NO_PARAMS, NULL, e) &&
	            db_run(db, "rollup/state", DB_NO_PARAMS, &state, e);
	progress_begin("roll-up");
	fine = fine && step(db, "rollup/settings", 0, DB_NO_PARAMS, NULL, e) &&
	       step(db, "rollup/fresh", 0,
	            DB_PARAMS(db_text(&state, 0, 0), db_text(&state, 0, 1), db_text(&state, 0, 2),
	                      db_text(&state, 0, 3)),
	            &fresh, e);
	if (fine && db_bool(&fresh, 0, 0)) {
		for (size_t i = 0; fine && i < FINDS; i++)
			fine = step(db, find[i], i, DB_NO_PARAMS, &span, e);
		fine = fine && remake_hours(db, db_text(&state, 0, 0), &span, e);
	}
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
