/* The hourly roll-up of events: recon.event_hour and what rests on it. */
#pragma once
#include "store/db.h"

/* Brings it up to date with gateway.event and the reference data in force, in a transaction of its own. */
bool rollup_run(struct db *db, struct err *e);
/* The same within the caller's transaction, begun by db_begin_snapshot: whoever goes on to read events must see the
 * same ones, because a record that came later could be a second one of a request that is counted already. */
bool rollup_steps(struct db *db, struct err *e);
