/* Ingest: plan, load unit by unit, bring the roll-up up to date. */
#pragma once
#include "run/ingest_load.h"

/*
 * Loads what the options name. Files that gave nothing are FILE_REJECTED in the plan, and the others are loaded all the
 * same; false only when the call could not go on. The caller holds the run's lock, and releases the plan.
 */
bool ingest_run(struct db *db, const struct config *config, const struct ingest_options *o, struct ingest_plan *plan,
                struct ingest_totals *totals, struct err *e);
