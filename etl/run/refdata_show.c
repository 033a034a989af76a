/* What is in force. The rows come from SQL as JSON, whose members keep the order of the columns; what is empty is null.
 */
#include <jansson.h>

#include "run/refdata.h"

static json_t *parse(const char *text, struct err *e)
{
	json_error_t problem;
	json_t *value = json_loads(text, 0, &problem);
	if (value == NULL)
		fail(e, ERR_BUG, "refdata: %s", problem.text);
	return value;
}

static json_t *summary(struct db *db, const char *day, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "refdata/summary", DB_PARAMS(day), &r, e))
		return NULL;
	return parse(db_text(&r, 0, 0), e);
}

json_t *refdata_show(struct db *db, const char *name, utc_us as_of, struct err *e)
{
	char day[UTC_TEXT_MAX];
	utc_text(utc_day_start(as_of), day);
	day[strlen("2026-10-01")] = '\0';
	if (name == NULL)
		return summary(db, day, e);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "refdata/show", DB_PARAMS(name, day), &r, e))
		return NULL;
	json_t *rows = json_array(), *value;
	const char *key;
	void *next;
	for (size_t i = 0; i < db_rows(&r); i++) {
		json_t *row = parse(db_text(&r, i, 0), e);
		if (row == NULL || json_array_append_new(rows, row) != 0) {
			json_decref(rows);
			return NULL;
		}
		json_object_foreach_safe(row, next, key, value)
		{
			if (json_is_string(value) && json_string_length(value) == 0)
				json_object_set_new(row, key, json_null());
		}
	}
	return json_pack("{s:s, s:s, s:o}", "name", name, "day", day, "rows", rows);
}
