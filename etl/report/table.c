#include "report/table.h"

#include <string.h>
#include "base/file.h"

void table_release(struct table *t)
{
	db_result_release(&t->result);
}

bool table_load(struct table *t, const struct table_column *column, size_t columns, struct db *db, const char *sql,
		struct db_params params, struct err *e)
{
	t->column = column;
	t->columns = columns;
	if (!db_run(db, sql, params, &t->result, e))
		return false;
	bool same = db_columns(&t->result) == columns;
	for (size_t i = 0; same && i < columns; i++)
		same = strcmp(db_column_name(&t->result, i), column[i].name) == 0;
	return same || fail(e, ERR_BUG, "%s.sql returns other columns than the program expects", sql);
}

const char *table_cell(const struct table *t, size_t row, const char *column)
{
	for (size_t i = 0; i < t->columns; i++)
		if (strcmp(t->column[i].name, column) == 0)
			return db_text(&t->result, row, i);
	return "";
}

void table_csv(FILE *out, const struct table *t)
{
	for (size_t i = 0; i < t->columns; i++)
		csv_text(out, i == 0, t->column[i].name);
	fputc('\n', out);
	for (size_t row = 0; row < table_rows(t); row++) {
		for (size_t i = 0; i < t->columns; i++) {
			const char *text = db_text(&t->result, row, i);
			if (t->column[i].type == COLUMN_NUMBER)
				csv_number(out, i == 0, text);
			else
				csv_text(out, i == 0, text);
		}
		fputc('\n', out);
	}
}

json_t *table_row_json(const struct table *t, size_t row)
{
	json_t *object = json_object();
	for (size_t i = 0; i < t->columns; i++)
		json_object_set_new(object, t->column[i].name,
				    db_is_null(&t->result, row, i) ? json_null() : json_string(db_text(&t->result, row, i)));
	return object;
}

json_t *table_json(const struct table *t)
{
	json_t *array = json_array();
	for (size_t row = 0; row < table_rows(t); row++)
		json_array_append_new(array, table_row_json(t, row));
	return array;
}

void table_print_json(FILE *out, const struct table *t)
{
	json_t *array = table_json(t);
	json_dumpf(array, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(array);
}

/* Characters, not bytes. */
static int width_of(const char *text)
{
	int width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xC0) != 0x80;
	return width;
}

static void put_cell(FILE *out, const char *text, int width, bool right, bool last)
{
	int blanks = width - width_of(text);
	if (right)
		fprintf(out, "%*s", blanks, "");
	for (const char *p = text; *p; p++)
		fputc((unsigned char)*p < 0x20 || *p == 0x7F ? ' ' : *p, out);
	if (!right && !last)
		fprintf(out, "%*s", blanks, "");
	fputs(last ? "\n" : "  ", out);
}

static int column_width(const struct table *t, size_t column)
{
	if (!t->column[column].heading)
		return 0;
	int width = 0;
	for (size_t row = 0; row < table_rows(t); row++) {
		int cell = width_of(db_text(&t->result, row, column));
		width = cell > width ? cell : width;
	}
	int heading = width_of(t->column[column].heading);
	return width == 0 ? 0 : heading > width ? heading : width;
}

void table_text(FILE *out, const struct table *t, int indent)
{
	enum { COLUMNS_MAX = 32 };
	int width[COLUMNS_MAX] = {0};
	size_t last = 0;
	for (size_t i = 0; i < t->columns && i < COLUMNS_MAX; i++)
		if ((width[i] = column_width(t, i)) > 0)
			last = i;
	for (size_t row = 0; row <= table_rows(t); row++) {
		fprintf(out, "%*s", indent, "");
		for (size_t i = 0; i < t->columns && i < COLUMNS_MAX; i++)
			if (width[i] > 0)
				put_cell(out, row == 0 ? t->column[i].heading : db_text(&t->result, row - 1, i), width[i],
					 t->column[i].type == COLUMN_NUMBER, i == last);
	}
}

void table_text_row(FILE *out, const struct table *t, size_t row, int indent)
{
	int width = 0;
	for (size_t i = 0; i < t->columns; i++)
		if (t->column[i].heading && *db_text(&t->result, row, i) && width_of(t->column[i].heading) > width)
			width = width_of(t->column[i].heading);
	for (size_t i = 0; i < t->columns; i++) {
		const char *text = db_text(&t->result, row, i);
		if (!t->column[i].heading || !*text)
			continue;
		fprintf(out, "%*s", indent, "");
		put_cell(out, t->column[i].heading, width, false, false);
		put_cell(out, text, 0, false, true);
	}
}
