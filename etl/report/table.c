#include "report/table.h"

#include "base/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_number(enum column_type type)
{
	return type == COLUMN_NUMBER || type == COLUMN_COUNT;
}

void table_csv(FILE *out, const struct table *t)
{
	for (size_t i = 0; i < t->columns; i++)
		csv_text(out, i == 0, t->column[i].name);
	fputc('\n', out);
	for (size_t row = 0; row < table_rows(t); row++) {
		for (size_t i = 0; i < t->columns; i++) {
			const char *text = db_text(&t->result, row, i);
			if (is_number(t->column[i].type))
				csv_number(out, i == 0, text);
			else
				csv_text(out, i == 0, text);
		}
		fputc('\n', out);
	}
}

static json_t *cell_json(enum column_type type, const char *text)
{
	char *end;
	if (*text == '\0')
		return json_null();
	switch (type) {
	case COLUMN_COUNT:
		errno = 0;
		long long count = strtoll(text, &end, 10);
		return *end == '\0' && errno == 0 ? json_integer(count) : json_string(text);
	case COLUMN_FLAG:
		return json_boolean(strcmp(text, "true") == 0);
	case COLUMN_JSON:
		return json_loads(text, JSON_DECODE_ANY, NULL);
	default:
		return json_string(text);
	}
}

json_t *table_row_json(const struct table *t, size_t row)
{
	json_t *object = json_object();
	for (size_t i = 0; i < t->columns; i++)
		json_object_set_new(object, t->column[i].name,
		                    cell_json(t->column[i].type, db_text(&t->result, row, i)));
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

/* What is printed: cells by row and column, their headings, and which columns stand at the right. */
struct grid {
	size_t rows, columns;
	const char **heading; /* NULL: not shown */
	bool *right;
	const char **cell;
};

static void grid_init(struct grid *g, struct arena *a, size_t rows, size_t columns)
{
	*g = (struct grid){.rows = rows,
	                   .columns = columns,
	                   .heading = arena_alloc(a, (columns + 1) * sizeof *g->heading),
	                   .right = arena_alloc(a, columns + 1),
	                   .cell = arena_alloc(a, (rows * columns + 1) * sizeof *g->cell)};
}

static int grid_width(const struct grid *g, size_t column)
{
	int width = 0, heading = g->heading[column] ? width_of(g->heading[column]) : 0;
	for (size_t row = 0; heading && row < g->rows; row++) {
		int cell = width_of(g->cell[row * g->columns + column]);
		width = cell > width ? cell : width;
	}
	return width == 0 ? 0 : heading > width ? heading : width;
}

static void grid_print(FILE *out, const struct grid *g, struct arena *a, int indent)
{
	int *width = arena_alloc(a, (g->columns + 1) * sizeof *width);
	size_t last = 0;
	for (size_t i = 0; i < g->columns; i++)
		if ((width[i] = grid_width(g, i)) > 0)
			last = i;
	for (size_t row = 0; row <= g->rows; row++) {
		fprintf(out, "%*s", indent, "");
		for (size_t i = 0; i < g->columns; i++)
			if (width[i] > 0)
				put_cell(out, row == 0 ? g->heading[i] : g->cell[(row - 1) * g->columns + i], width[i],
				         g->right[i], i == last);
	}
}

void table_text(FILE *out, const struct table *t, int indent)
{
	struct arena a = ARENA_INIT;
	struct grid g;
	grid_init(&g, &a, table_rows(t), t->columns);
	for (size_t i = 0; i < t->columns; i++) {
		g.heading[i] = t->column[i].heading;
		g.right[i] = is_number(t->column[i].type);
		for (size_t row = 0; row < g.rows; row++)
			g.cell[row * g.columns + i] = db_text(&t->result, row, i);
	}
	grid_print(out, &g, &a, indent);
	arena_release(&a);
}

static const char *json_cell(struct arena *a, const json_t *value)
{
	if (json_is_integer(value))
		return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_boolean(value))
		return json_is_true(value) ? "yes" : "no";
	return json_is_string(value) ? json_string_value(value) : "";
}

void table_text_json(FILE *out, const json_t *rows, int indent)
{
	struct arena a = ARENA_INIT;
	struct grid g;
	json_t *first = json_array_get(rows, 0), *value;
	grid_init(&g, &a, json_array_size(rows), json_object_size(first));
	const char *name;
	size_t column = 0;
	json_object_foreach(first, name, value)
	{
		g.heading[column] = name;
		g.right[column] = json_is_integer(value);
		for (size_t row = 0; row < g.rows; row++)
			g.cell[row * g.columns + column] =
			        json_cell(&a, json_object_get(json_array_get(rows, row), name));
		column++;
	}
	grid_print(out, &g, &a, indent);
	arena_release(&a);
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
