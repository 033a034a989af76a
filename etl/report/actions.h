/* Action items: what somebody has to do about an open month, with since when. */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "report/table.h"

/* Opens, keeps and closes them by what is due now, as of a time. In a transaction of its own. */
bool actions_update(struct db *db, utc_us as_of, struct err *e);
/* Those that are open, and those closed in the run's week. Names in sql/weekly/items.sql. */
bool actions_load(struct table *t, struct db *db, utc_us as_of, const char *style, const char *overdue_days,
                  struct err *e);
/* Writes FOLDER/weekly/YYYY-Www.csv; its path is returned in the arena. */
bool actions_write(struct db *db, const char *folder, utc_us as_of, const char *overdue_days, struct arena *a,
                   const char **path, struct err *e);
