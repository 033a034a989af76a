/*
 * What came after a month was posted. The month is computed once for each cause that there is, each time with one more
 * of its inputs as it is now; the differences between one stage and the next add up to what has to be booked.
 */
#include "run/replay.h"

#include "base/log.h"
#include "base/progress.h"
#include "run/rollup.h"

/* Columns of replay/due. */
enum due_column {
	DUE_PERIOD,
	DUE_AS_OF,
	DUE_OPTIONS,
	DUE_BOOKED_DELIVERY,
	DUE_BOOKED_FILE,
	DUE_BOOKED_EVENTS,
	DUE_BOOKED_REFDATA,
	DUE_DELIVERY,
	DUE_FILE,
	DUE_EVENTS,
	DUE_EVENTS_CHANGED,
	DUE_LINES_CHANGED,
	DUE_CREDITS,
	DUE_PRICES_CHANGED,
	DUE_REFDATA_CHANGED,
};

struct stages {
	struct db *db;
	struct replay replay;
	struct buf json; /* an array, its bracket open */
	size_t count;
};

/* Computes with the inputs as they are set; `cause` is what the last change of them stands for, "null" or a JSON
 * string. */
static bool stage(struct stages *s, const char *cause, struct err *e)
{
	DB_RESULT cells = DB_RESULT_INIT;
	progress_update(cause, s->count, 0, 0);
	bool fine = replay_begin(s->db, &s->replay, e) &&
	            db_run(s->db, "replay/result", DB_PARAMS(s->replay.period), &cells, e);
	db_rollback(s->db);
	if (fine)
		buf_printf(&s->json, "%s{\"cause\": %s, \"cells\": %s}", s->count++ ? ", " : "", cause,
		           db_text(&cells, 0, 0));
	return fine;
}

static bool stage_inputs(struct stages *s, const struct db_result *due, size_t row, struct err *e)
{
	struct replay *r = &s->replay;
	bool events = db_bool(due, row, DUE_EVENTS_CHANGED), lines = db_bool(due, row, DUE_LINES_CHANGED),
	     prices = db_bool(due, row, DUE_PRICES_CHANGED), refdata = db_bool(due, row, DUE_REFDATA_CHANGED);
	r->period = db_text(due, row, DUE_PERIOD);
	r->as_of = db_text(due, row, DUE_AS_OF);
	r->options = db_text(due, row, DUE_OPTIONS);
	r->last_delivery_id = db_text(due, row, lines ? DUE_BOOKED_DELIVERY : DUE_DELIVERY);
	r->last_file_id = db_text(due, row, events ? DUE_BOOKED_FILE : DUE_FILE);
	r->events = db_text(due, row, events ? DUE_BOOKED_EVENTS : DUE_EVENTS);
	r->price_refdata_id = prices ? db_text(due, row, DUE_BOOKED_REFDATA) : NULL;
	r->refdata_id = refdata ? db_text(due, row, DUE_BOOKED_REFDATA) : NULL;
	r->remake_hours = events || prices;
	if (!events && lines && db_bool(due, row, DUE_CREDITS) && !stage(s, "null", e))
		return false;
	r->last_file_id = db_text(due, row, DUE_FILE);
	r->events = db_text(due, row, DUE_EVENTS);
	r->remake_hours = prices;
	if (events && !stage(s, "\"late_event\"", e))
		return false;
	r->last_delivery_id = db_text(due, row, DUE_DELIVERY);
	if (lines && !stage(s, "\"late_line\"", e))
		return false;
	r->price_refdata_id = NULL;
	r->remake_hours = false;
	if (prices && !stage(s, "\"price\"", e))
		return false;
	r->refdata_id = NULL;
	return !refdata || stage(s, "\"reference_data\"", e);
}

static bool reprocess(struct db *db, const struct db_result *due, size_t row, struct err *e)
{
	DB_RESULT correction = DB_RESULT_INIT;
	struct stages s = {.db = db, .json = BUF_INIT};
	buf_printf(&s.json, "{\"stages\": [");
	bool fine = stage_inputs(&s, due, row, e);
	buf_printf(&s.json, "]}");
	fine = fine && db_begin(db, e) &&
	       db_run(db, "replay/correction", DB_PARAMS(s.replay.period, s.json.ptr), &correction, e) &&
	       db_run(db, "replay/record",
	              DB_PARAMS(s.replay.period, s.replay.as_of, s.replay.options, CLOSEBOOK_VERSION), NULL, e) &&
	       db_commit(db, e);
	db_rollback(db);
	if (fine && db_int(&correction, 0, 0) > 0)
		log_info("%s is posted, and %s USD are to be corrected: closebook close corrections --period %s",
		         s.replay.period, db_text(&correction, 0, 1), s.replay.period);
	buf_release(&s.json);
	return fine;
}

bool replay_corrections(struct db *db, size_t *changed, struct err *e)
{
	DB_RESULT due = DB_RESULT_INIT;
	bool fine = rollup_run(db, e) && db_run(db, "replay/due", DB_NO_PARAMS, &due, e);
	*changed = fine ? db_rows(&due) : 0;
	progress_begin("corrections");
	for (size_t i = 0; fine && i < *changed; i++)
		fine = reprocess(db, &due, i, e);
	progress_end();
	return fine;
}
