/*
 * A result as a table: the one model of everything that is listed, and its renderers. Amounts come from SQL as text, in
 * the style asked for: exact (files, JSON) or in cents with separators (screens).
 */
#pragma once
#include "store/db.h"
#include <jansson.h>
#include <stdio.h>

enum column_type {
	COLUMN_TEXT,
	COLUMN_NUMBER, /* an amount, rate or quantity: right-aligned; never guarded against formulas in CSV */
	COLUMN_COUNT,  /* the same for whole numbers; an integer in JSON */
	COLUMN_FLAG,   /* "true" or "false"; a boolean in JSON */
	COLUMN_JSON,   /* JSON text; stands in JSON as it is */
};
struct table_column {
	const char *name;    /* as the SQL returns it, and as CSV and JSON call it */
	const char *heading; /* on screens; NULL: not shown there */
	enum column_type type;
};
struct table {
	const struct table_column *column;
	size_t columns;
	struct db_result result;
};
#define TABLE_INIT                                                                                                     \
	{                                                                                                              \
		.result = DB_RESULT_INIT                                                                               \
	}
void table_release(struct table *t);

/* Runs the SQL file; its result must have exactly these columns, in order. */
bool table_load(struct table *t, const struct table_column *column, size_t columns, struct db *db, const char *sql,
                struct db_params params, struct err *e);
static inline size_t table_rows(const struct table *t)
{
	return db_rows(&t->result);
}
/* The cell of a column by name. */
const char *table_cell(const struct table *t, size_t row, const char *column);

void table_csv(FILE *out, const struct table *t);
/*
 * Array of objects. Whole numbers and flags are what they are; amounts, rates and quantities are strings, so that no
 * reader rounds them; what is missing (null or empty) is null. New reference.
 */
json_t *table_json(const struct table *t);
json_t *table_row_json(const struct table *t, size_t row);
void table_print_json(FILE *out, const struct table *t);
/* Aligned columns with headings; `indent` blanks before each line. Columns whose cells are all empty are left out. */
void table_text(FILE *out, const struct table *t, int indent);
/* The same for an array of JSON objects of one shape; headings are the members' names. */
void table_text_json(FILE *out, const json_t *rows, int indent);
/* One row, a line for each column that has a heading and a value. */
void table_text_row(FILE *out, const struct table *t, size_t row, int indent);
