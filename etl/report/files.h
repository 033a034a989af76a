/* The files of a run: OUT/PERIOD/{variance,exceptions,journal}.csv, summary.json, manifest.json. */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "report/table.h"

/* The columns of the three listings, as their SQL returns them. */
extern const struct table_column report_variance_columns[], report_exception_columns[], report_journal_columns[];
enum { REPORT_VARIANCE_COLUMNS = 17, REPORT_EXCEPTION_COLUMNS = 16, REPORT_JOURNAL_COLUMNS = 14 };

/* The one row of totals of a period (report/totals); none when it was never reconciled. Names in sql/report/totals.sql.
 */
bool report_totals(struct table *t, struct db *db, const char *period, const char *style, struct err *e);

/*
 * Writes the files to temporary names and renames them when all are complete, the manifest last. Same database content
 * and as-of give the same bytes. `folder` is OUT; the folder of the period is returned in the arena. ERR_USAGE when the
 * period was never reconciled.
 */
bool report_write(struct db *db, const char *folder, struct period period, struct arena *a, const char **written,
                  struct err *e);
/* What summary.json holds; errors as above. */
bool report_print_json(FILE *out, struct db *db, struct period period, struct err *e);
/* What a person at a terminal wants to know of a period: totals that tie, breaches, what to do about exceptions. */
bool report_print(FILE *out, struct db *db, struct period period, struct err *e);
