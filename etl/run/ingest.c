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
