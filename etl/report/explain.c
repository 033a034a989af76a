#include "report/explain.h"

#include "report/explain_kind.h"
#include <string.h>

static json_t *part_json(const struct explain_part *part, const struct table *t)
{
	if (part->shape == EXPLAIN_TABLE)
		return table_json(t);
	if (part->shape == EXPLAIN_RECORD)
		return table_rows(t) > 0 ? table_row_json(t, 0) : json_null();
	json_t *sentences = json_array();
	for (size_t row = 0; row < table_rows(t); row++)
		json_array_append_new(sentences, json_string(db_text(&t->result, row, 0)));
	return sentences;
}

static void part_text(FILE *out, const struct explain_part *part, const struct table *t)
{
	if (table_rows(t) == 0 && !part->empty)
		return;
	fprintf(out, "\n%s%s", part->title ? part->title : "", part->title ? "\n" : "");
	if (table_rows(t) == 0)
		fprintf(out, "  %s\n", part->empty);
	else if (part->shape == EXPLAIN_RECORD)
		table_text_row(out, t, 0, 2);
	else if (part->shape == EXPLAIN_TABLE)
		table_text(out, t, 2);
	for (size_t row = 0; part->shape == EXPLAIN_SENTENCES && row < table_rows(t); row++)
		fprintf(out, "%s%s\n", part->title ? "  " : "", db_text(&t->result, row, 0));
}

static bool load_part(const struct explain_part *part, struct db *db, struct db_params params, FILE *out,
                      json_t *object, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, part->column, part->columns, db, part->sql, params, e);
	if (fine && object)
		json_object_set_new(object, part->name, part_json(part, &t));
	else if (fine)
		part_text(out, part, &t);
	table_release(&t);
	return fine;
}

bool explain_parts(struct db *db, const struct explain_kind *kind, const char *id, struct db_params params, FILE *out,
                   json_t *object, struct err *e)
{
	bool fine = true;
	for (size_t i = 0; fine && i < sizeof kind->prepare / sizeof *kind->prepare && kind->prepare[i]; i++)
		fine = db_run(db, kind->prepare[i], params, NULL, e);
	if (fine && !object)
		fprintf(out, "%s %s\n", kind->title, id);
	for (size_t i = 0; fine && i < kind->parts; i++)
		fine = load_part(&kind->part[i], db, params, out, object, e);
	return fine;
}

bool explain_run(struct db *db, const struct explain_kind *kind, const char *id, struct db_params params, FILE *out,
                 json_t *object, struct err *e)
{
	bool fine = db_begin_snapshot(db, e) && explain_parts(db, kind, id, params, out, object, e);
	db_rollback(db);
	return fine;
}

const struct explain_kind *explain_kind_find(const char *name, const char *evidence)
{
	static const struct explain_kind *const single[] = {&explain_request,      &explain_bucket,
	                                                    &explain_unit,         &explain_journal,
	                                                    &explain_journal_line, &explain_adjustment};
	for (size_t i = 0; i < sizeof single / sizeof *single; i++)
		if (strcmp(single[i]->name, name) == 0)
			return single[i];
	for (size_t i = 0; i < EXPLAIN_EXCEPTION_KINDS; i++)
		if (strcmp(explain_exception[i].name, name) == 0 &&
		    strcmp(explain_exception[i].evidence, evidence) == 0)
			return &explain_exception[i];
	return NULL;
}
