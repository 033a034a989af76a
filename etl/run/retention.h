/* What is kept of bills that were superseded: their lines for a time, that they came for good. */
#pragma once
#include "base/civil.h"
#include "config/config.h"
#include "store/db.h"

struct retention_totals {
	uint64_t deliveries, lines;
	bool in_use; /* another session reads them: what is left is dropped another time */
};

/*
 * Drops the lines of deliveries that were superseded more than the configuration's retention_days before `as_of`. Does
 * not wait for readers.
 */
bool retention_run(struct db *db, const struct config *config, utc_us as_of, struct retention_totals *totals,
                   struct err *e);
