/*
 * The SQL files, compiled in. A name is the path below sql/ without the ending: "match/exact",
 * "migrations/0001_schemas". A file may hold several statements: each ends with a `;` that ends its line.
 */
#pragma once
#include "base/str.h"

struct sql_file {
	const char *name, *text;
};
extern const struct sql_file sql_files[];
extern const size_t sql_file_count;
/* The file of that name, or NULL. */
const struct sql_file *sql_find(const char *name);

struct sql_statement {
	struct slice text; /* without the final `;` */
	unsigned line;     /* where it begins in the file, from 1 */
	unsigned params;   /* the highest $n in it; 0 = none */
};
/*
 * Cuts the next statement off *rest. A statement ends at a `;` followed by nothing but blanks and a comment on its
 * line, outside of quotes, dollar quotes, comments and parentheses, or at the end of the text. *line counts the lines
 * passed: begin with 1. False when nothing but blanks and comments is left.
 */
bool sql_next(struct slice *rest, unsigned *line, struct sql_statement *out);

enum { SQL_PARAMS = 32 };
/*
 * The types that the comments on top of a file declare, as PostgreSQL type oids: `-- $1 period: text`, or several on
 * one line: `-- $1 period: text, $2 as_of: timestamptz`. Parameters that are not declared are text. False for an
 * unknown type or a number over SQL_PARAMS: *bad is then the declaration.
 */
bool sql_param_types(struct slice text, unsigned types[SQL_PARAMS], struct slice *bad);
