#include "run/ingest.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"

bool rollup_run(struct db *db, struct err *e)
{
	static const char *const step[] = {"rollup/fresh", "rollup/repeats", "rollup/rates", "rollup/hours", "rollup/odd_events", "rollup/judge",
					  "rollup/findings"};
	DB_RESULT state = DB_RESULT_INIT;
	if (!db_begin_snapshot(db, e) || !db_run(db, "rollup/state", DB_NO_PARAMS, &state, e))
		return false;
	progress_begin("roll-up");
	for (size_t i = 0; i < sizeof step / sizeof *step && e->kind == ERR_NONE; i++) {
		progress_update(path_name(step[i]), i, sizeof step / sizeof *step, 0);
		utc_us begin = utc_now();
		db_run(db, step[i], DB_PARAMS(db_text(&state, 0, 0)), NULL, e);
		log_debug("%s: %lld ms", step[i], (long long)((utc_now() - begin) / 1000));
	}
	progress_end();
	if (e->kind == ERR_NONE)
		db_commit(db, e);
	db_rollback(db);
	return e->kind == ERR_NONE;
}

/* Repeats are known only after the roll-up has seen the new events. */
static bool count_repeats(struct db *db, struct ingest_plan *plan, struct ingest_totals *totals, struct err *e)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		struct ingest_file *f = plan->file[i];
		if (f->outcome != FILE_LOADED || strcmp(f->format->source_type, "events") != 0)
			continue;
		char id[24];
		snprintf(id, sizeof id, "%" PRId64, f->load.file_id);
		DB_RESULT r = DB_RESULT_INIT;
		if (!db_run(db, "ingest/duplicates", DB_PARAMS(id), &r, e))
			return false;
		f->rows_duplicate = (uint64_t)db_int(&r, 0, 0);
		totals->rows_duplicate += f->rows_duplicate;
		totals->rows_accepted -= f->rows_duplicate;
	}
	return true;
}

bool ingest_run(struct db *db, const struct config *config, const struct ingest_options *o, struct ingest_plan *plan,
		struct ingest_totals *totals, struct err *e)
{
	*totals = (struct ingest_totals){0};
	if (!ingest_plan_make(plan, config, o, db, e))
		return false;
	for (size_t i = 0; i < plan->file_count; i++)
		totals->files_known += plan->file[i]->outcome == FILE_KNOWN;
	for (size_t i = 0; i < plan->unit_count; i++)
		if (!ingest_load_unit(db, config, o, &plan->unit[i], totals, e))
			return false;
	if (!ingest_record_rejected(db, o, plan, totals, e))
		return false;
	return rollup_run(db, e) && count_repeats(db, plan, totals, e);
}
