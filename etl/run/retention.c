/*
 * A partition goes as a table, for which nobody may be reading its month; who waits for a reader holds up all that come
 * after it. So the wait is short, and some deliveries at a time are a transaction: what was dropped before it stays so.
 */
#include "run/retention.h"

#include <inttypes.h>
#include <stdio.h>

enum { DELIVERIES_MOST = 100 };

/* One transaction; *count is how many deliveries it was about. */
static bool drop_some(struct db *db, const char *as_of, const char *days, struct retention_totals *totals,
                      uint64_t *count, struct err *e)
{
	char most[24];
	snprintf(most, sizeof most, "%d", DELIVERIES_MOST);
	DB_RESULT dropped = DB_RESULT_INIT;
	bool fine = db_begin(db, e) && db_query(db, "SET LOCAL lock_timeout = '2s'", DB_NO_PARAMS, NULL, e) &&
	            db_run(db, "retention/drop", DB_PARAMS(as_of, days, most), &dropped, e) && db_commit(db, e);
	db_rollback(db);
	*count = fine ? (uint64_t)db_int(&dropped, 0, 0) : 0;
	totals->deliveries += *count;
	totals->lines += fine ? (uint64_t)db_int(&dropped, 0, 1) : 0;
	return fine;
}

bool retention_run(struct db *db, const struct config *config, utc_us as_of, struct retention_totals *totals,
                   struct err *e)
{
	*totals = (struct retention_totals){0};
	if (config->retention_days == RETENTION_FOREVER)
		return true;
	char at[UTC_TEXT_MAX], days[24];
	utc_text(as_of, at);
	snprintf(days, sizeof days, "%d", config->retention_days);
	uint64_t count = DELIVERIES_MOST;
	while (count == DELIVERIES_MOST)
		if (!drop_some(db, at, days, totals, &count, e)) {
			totals->in_use = e->kind == ERR_BUSY;
			if (totals->in_use)
				err_clear(e);
			return totals->in_use;
		}
	return true;
}
