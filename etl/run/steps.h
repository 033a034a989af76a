/* Files of sql/ one after another: what a run is made of. */
#pragma once
#include "store/db.h"

/* Runs one, and tells the debug log how long it took; of: what it is a step of, as the log has it ("2026-10"), or NULL.
 */
bool step_run(struct db *db, const char *of, const char *name, struct db_params params, struct db_result *out,
              struct err *e);
/* Runs all with the same parameters, and shows progress where some is under way; the first one that fails ends it. */
bool steps_run(struct db *db, const char *of, const char *const *name, size_t count, struct db_params params,
               struct err *e);
#define STEPS_RUN(db, of, list, params, e) steps_run(db, of, list, sizeof(list) / sizeof *(list), params, e)
