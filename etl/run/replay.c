#include "run/replay.h"

#include "base/log.h"
#include "run/reconcile.h"
#include "run/steps.h"
#include <stdio.h>
#include <string.h>

/*
 * The part of the roll-up that the month needs, from its events and prices as they were. To prove it, the hours are
 * first compared with what the events give, which takes a third of making them, and those alone are made anew that
 * differ.
 */
static bool make_hours(struct db *db, struct replay *r, struct err *e)
{
	static const char *const look[] = {"replay/cells", "rollup/names", "rollup/rates", "rollup/new_cells"};
	static const char *const events[] = {"rollup/new_keys", "rollup/cells", "rollup/names"};
	static const char *const hours[] = {"rollup/rates", "rollup/new_cells", "rollup/hours", "rollup/keys"};
	DB_RESULT all = DB_RESULT_INIT;
	DB_RESULT differing = DB_RESULT_INIT;
	if (!db_run(db, "replay/hours", DB_PARAMS(r->period), &all, e) ||
	    !db_run(db, "rollup/bands", DB_NO_PARAMS, NULL, e))
		return false;
	struct db_params span = DB_PARAMS(r->period, db_text(&all, 0, 0), db_text(&all, 0, 1), db_text(&all, 0, 2));
	if (r->proves) {
		if (!STEPS_RUN(db, r->period, look, span, e) || !db_run(db, "replay/same", span, &differing, e))
			return false;
		if (db_rows(&differing) == 0)
			return true;
		if (!db_is_null(&differing, 0, 3))
			snprintf(r->differing_hour, sizeof r->differing_hour, "%s", db_text(&differing, 0, 3));
		if (!db_run(db, "replay/anew", DB_NO_PARAMS, NULL, e))
			return false;
	}
	struct db_params some = r->proves ? DB_PARAMS(r->period, db_text(&differing, 0, 0), db_text(&differing, 0, 1),
	                                              db_text(&differing, 0, 2))
	                                  : span;
	return STEPS_RUN(db, r->period, events, some, e) &&
	       (!r->version || db_run(db, "replay/rate_under", DB_NO_PARAMS, NULL, e)) &&
	       STEPS_RUN(db, r->period, hours, some, e);
}

static bool make_sums(struct db *db, struct err *e)
{
	DB_RESULT deliveries = DB_RESULT_INIT;
	return db_run(db, "replay/forget_sums", DB_NO_PARAMS, &deliveries, e) &&
	       db_run(db, "replay/sums",
	              DB_PARAMS(db_text(&deliveries, 0, 0), db_text(&deliveries, 0, 1), db_text(&deliveries, 0, 2),
	                        db_text(&deliveries, 0, 3)),
	              NULL, e);
}

bool replay_begin(struct db *db, struct replay *r, struct err *e)
{
	utc_us begin = utc_now();
	bool fine = db_begin_snapshot(db, e) && db_run(db, "rollup/settings", DB_NO_PARAMS, NULL, e) &&
	            db_run(db, "replay/begin",
	                   DB_PARAMS(r->period, r->last_delivery_id, r->last_file_id, r->events, r->refdata_id,
	                             r->price_refdata_id, r->version),
	                   NULL, e) &&
	            (!(r->keeps || r->proves) || db_run(db, "replay/keep", DB_NO_PARAMS, NULL, e)) &&
	            db_run(db, "replay/deliveries", DB_NO_PARAMS, NULL, e) && (!r->proves || make_sums(db, e)) &&
	            (!(r->refdata_id || r->price_refdata_id) || db_run(db, "replay/refdata", DB_NO_PARAMS, NULL, e)) &&
	            db_run(db, "replay/events", DB_NO_PARAMS, NULL, e) &&
	            (!(r->remake_hours || r->proves) || make_hours(db, r, e)) &&
	            reconcile_amounts(db, DB_PARAMS(r->period, r->as_of, r->options), true, e);
	log_debug("%s computed anew: %lld ms", r->period, (long long)((utc_now() - begin) / 1000));
	return fine;
}

bool replay_may(struct db *db, bool *may, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "replay/may", DB_NO_PARAMS, &r, e))
		return false;
	*may = db_bool(&r, 0, 0);
	return true;
}

/* ---- proof ---- */

struct prover {
	struct db *db;
	struct arena *arena;
	struct replay_proof *out;
	size_t capacity;
};

static void add(struct prover *p, const char *period, const char *what)
{
	struct replay_proof *o = p->out;
	if (o->findings == p->capacity) {
		struct replay_finding *more = arena_alloc(p->arena, (p->capacity * 2 + 16) * sizeof *more);
		for (size_t i = 0; i < o->findings; i++)
			more[i] = o->finding[i];
		o->finding = more;
		p->capacity = p->capacity * 2 + 16;
	}
	o->finding[o->findings++] =
	        (struct replay_finding){arena_strdup(p->arena, period), arena_strdup(p->arena, what)};
}

/* A month that cannot be computed any more, or does not tie, is a finding as well. */
static bool prove_one(struct prover *p, const struct db_result *pinned, size_t row, struct err *e)
{
	DB_RESULT differences = DB_RESULT_INIT;
	struct err said = ERR_INIT;
	const char *period = db_text(pinned, row, 2);
	size_t found = p->out->findings;
	struct replay r = {.period = period,
	                   .as_of = db_text(pinned, row, 3),
	                   .options = db_text(pinned, row, 4),
	                   .last_delivery_id = db_text(pinned, row, 5),
	                   .last_file_id = db_text(pinned, row, 6),
	                   .events = db_text(pinned, row, 7),
	                   .refdata_id = db_text(pinned, row, 8),
	                   .price_refdata_id = db_text(pinned, row, 8),
	                   .proves = true};
	if (!db_is_null(pinned, row, 9))
		add(p, period, db_text(pinned, row, 9));
	if (db_is_null(pinned, row, 3)) {
		p->out->whole = false;
		return true;
	}
	bool fine = replay_begin(p->db, &r, &said) &&
	            db_run(p->db, db_bool(pinned, row, 1) ? "replay/compare" : "replay/compare_booked",
	                   DB_PARAMS(db_text(pinned, row, 0)), &differences, &said);
	db_rollback(p->db);
	p->out->whole &= fine;
	if (fine && r.differing_hour[0] != '\0' && db_bool(pinned, row, 11)) {
		char what[128];
		snprintf(what, sizeof what, "the roll-up is not what its events give, first in the hour of %s",
		         r.differing_hour);
		add(p, period, what);
	}
	for (size_t i = 0; fine && i < db_rows(&differences); i++)
		add(p, period, db_text(&differences, i, 0));
	if (!fine && said.kind == ERR_CONTROL)
		add(p, period, said.message);
	else if (!fine)
		*e = said;
	if (p->out->findings > found && strcmp(db_text(pinned, row, 10), CLOSEBOOK_VERSION) != 0)
		snprintf(p->out->other_version, sizeof p->out->other_version, "%s", db_text(pinned, row, 10));
	return fine || said.kind == ERR_CONTROL;
}

bool replay_prove(struct db *db, const char *period, struct arena *a, struct replay_proof *out, struct err *e)
{
	*out = (struct replay_proof){.whole = true};
	DB_RESULT pinned = DB_RESULT_INIT;
	struct prover p = {.db = db, .arena = a, .out = out};
	if (!replay_may(db, &out->done, e) || !out->done)
		return e->kind == ERR_NONE;
	bool fine = db_run(db, "replay/pinned", DB_PARAMS(period), &pinned, e);
	for (size_t i = 0; fine && i < db_rows(&pinned); i++)
		fine = prove_one(&p, &pinned, i, e);
	return fine;
}
