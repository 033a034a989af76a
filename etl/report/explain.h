/*
 * An explanation: a list of parts, each the result of one SQL file of sql/explain/ under a heading. What the parts are
 * is a table per kind of id (explain_kind.h); how they look is here. Some kinds first gather what their parts have in
 * common in temporary tables.
 */
#pragma once
#include "report/table.h"

enum explain_shape {
	EXPLAIN_SENTENCES, /* one column, a sentence a row */
	EXPLAIN_RECORD,    /* at most one row, a line for each value */
	EXPLAIN_TABLE,
};
struct explain_part {
	const char *name;  /* JSON member */
	const char *title; /* heading of the text; NULL: none */
	const char *sql;
	const char *empty; /* what the text says when there are no rows; NULL: the part is left out */
	const struct table_column *column;
	size_t columns;
	enum explain_shape shape;
};
struct explain_kind {
	const char *name;     /* "request", "bucket", … as explain/known.sql says it */
	const char *evidence; /* of exceptions: "events", "lines", … as that file says it for their code; NULL: any */
	const char *title;    /* before the id: "Request" */
	const char *prepare[6]; /* SQL files that create temporary tables, NULL-terminated */
	const char *scope;      /* SQL file that says what belongs into a packet about it; runs after its parts */
	const struct explain_part *part;
	size_t parts;
};
/* NULL when there is no such kind. */
const struct explain_kind *explain_kind_find(const char *name, const char *evidence);

/*
 * Runs the kind's SQL with the parameters and writes the text to `out`, or, when `object` is not NULL, sets a member of
 * it for each part. Runs in a transaction of its own, which sees one state of the database and changes nothing.
 */
bool explain_run(struct db *db, const struct explain_kind *kind, const char *id, struct db_params params, FILE *out,
                 json_t *object, struct err *e);
/* The same within the caller's transaction, in which the temporary tables stay. */
bool explain_parts(struct db *db, const struct explain_kind *kind, const char *id, struct db_params params, FILE *out,
                   json_t *object, struct err *e);
