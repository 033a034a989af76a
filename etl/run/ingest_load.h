/*
 * Loads one unit in one transaction: worker threads read and encode files, this thread copies to the database.
 */
#pragma once
#include "run/ingest_plan.h"

struct ingest_totals {
	uint64_t files_loaded, files_known, files_rejected;
	uint64_t rows_read, rows_accepted, rows_quarantined, rows_duplicate, rows_passed_over;
	uint64_t deliveries, superseded;
};

/*
 * Files that can't be read to their end are FILE_REJECTED, and so are files that share a delivery with one; the others
 * are loaded. False only for what stops the whole call: the database, the disk, a bug.
 */
bool ingest_load_unit(struct db *db, const struct config *config, const struct ingest_options *o,
                      struct ingest_unit *unit, struct ingest_totals *totals, struct err *e);
