#include "report/actions.h"

#include "base/file.h"

static const struct table_column columns[] = {
        {"item_key", NULL, COLUMN_TEXT},
        {"period", "period", COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"code", "code", COLUMN_TEXT},
        {"class", NULL, COLUMN_TEXT},
        {"severity", "severity", COLUMN_TEXT},
        {"owner_login", "owner", COLUMN_TEXT},
        {"owner_email", "email", COLUMN_TEXT},
        {"amount_usd", "amount", COLUMN_NUMBER},
        {"count", "count", COLUMN_COUNT},
        {"opened", "opened", COLUMN_TEXT},
        {"age_days", "days", COLUMN_COUNT},
        {"overdue", NULL, COLUMN_FLAG},
        {"status", "status", COLUMN_TEXT},
        {"closed", "closed", COLUMN_TEXT},
        {"closed_because", "because", COLUMN_TEXT},
        {"what", NULL, COLUMN_TEXT},
        {"remedy", "what to do", COLUMN_TEXT},
};

bool actions_update(struct db *db, utc_us as_of, struct err *e)
{
	char at[UTC_TEXT_MAX];
	utc_text(as_of, at);
	bool fine = db_begin(db, e) && db_run(db, "weekly/open", DB_PARAMS(at), NULL, e) && db_commit(db, e);
	db_rollback(db);
	return fine;
}

bool actions_load(struct table *t, struct db *db, utc_us as_of, const char *style, const char *overdue_days,
                  struct err *e)
{
	char at[UTC_TEXT_MAX];
	utc_text(as_of, at);
	return table_load(t, columns, sizeof columns / sizeof *columns, db, "weekly/items",
	                  DB_PARAMS(at, style, overdue_days), e);
}

bool actions_write(struct db *db, const char *folder, utc_us as_of, const char *overdue_days, struct arena *a,
                   const char **path, struct err *e)
{
	char at[UTC_TEXT_MAX];
	utc_text(as_of, at);
	struct table t = TABLE_INIT;
	struct file_writer w = {0};
	DB_RESULT week = DB_RESULT_INIT;
	const char *weekly = path_join(a, folder, "weekly");
	bool fine = db_run(db, "weekly/week", DB_PARAMS(at), &week, e) &&
	            actions_load(&t, db, as_of, "exact", overdue_days, e) && folder_make(weekly, 0755, e);
	if (fine) {
		*path = path_join(a, weekly, arena_printf(a, "%s.csv", db_text(&week, 0, 0)));
		fine = file_writer_begin(&w, *path, e);
	}
	if (fine) {
		table_csv(w.stream, &t);
		fine = file_writer_publish(&w, e);
	}
	file_writer_release(&w);
	table_release(&t);
	return fine;
}
