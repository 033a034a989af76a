/* Reconcile: roll-up, match, allocate, variance, exceptions and the draft accrual of one period, in one transaction. */
#pragma once
#include "base/civil.h"
#include "config/config.h"
#include "store/db.h"

/*
 * Brings the roll-up up to date first, in the same transaction. A result whose inputs are unchanged stands and only
 * takes the new as-of, unless `again`. The caller holds the run's lock. ERR_CONTROL when the period is frozen or later.
 */
bool reconcile_run(struct db *db, const struct config *config, struct period period, utc_us as_of, bool again,
                   struct err *e);
/*
 * Steps 1 to 5 and the variance, in the caller's transaction and over what it sees; $1 period, $2 as_of, $3 options.
 * Step 1 is done again where it rests on something else than the last time, or if `again`.
 */
bool reconcile_amounts(struct db *db, struct db_params params, bool again, struct err *e);
/* The open periods that nightly reconciles (variance/periods), ascending; in the arena. */
bool reconcile_periods(struct db *db, struct arena *a, struct period **out, size_t *count, struct err *e);
