#include "run/ingest.h"

#include "run/rollup.h"
#include <inttypes.h>
#include <stdio.h>

/* Repeats are known only after the roll-up has seen the new events. */
static bool count_repeats(struct db *db, struct ingest_plan *plan, struct ingest_totals *totals, struct err *e)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		struct ingest_file *f = plan->file[i];
		if (f->outcome != FILE_LOADED || !f->format->yields_events)
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

/* What gave nothing stays told of until the same path loads. */
static bool record_rejection(struct db *db, const struct ingest_options *o, const struct ingest_file *f, struct err *e)
{
	char line[24], as_of[UTC_TEXT_MAX];
	snprintf(line, sizeof line, "%" PRIu64, f->error.line);
	utc_text(o->as_of, as_of);
	return db_run(db, "ingest/rejected",
	              DB_PARAMS(f->source, f->path, f->digest, f->error.code ? f->error.code : "malformed_row", line,
	                        f->error.message, as_of),
	              NULL, e);
}

static bool record_rejected(struct db *db, const struct ingest_options *o, const struct ingest_plan *plan,
                            struct ingest_totals *totals, struct err *e)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		if (plan->file[i]->outcome != FILE_REJECTED)
			continue;
		totals->files_rejected++;
		if (!record_rejection(db, o, plan->file[i], e))
			return false;
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
	if (!record_rejected(db, o, plan, totals, e))
		return false;
	return rollup_run(db, e) && count_repeats(db, plan, totals, e);
}
