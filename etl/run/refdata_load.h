/*
 * One load of reference data, shared by the CSV files and the price books: rows go into temporary tables as they are
 * read; fields are checked here, rows and files against one another by the queries in sql/refdata/. Only if nothing is
 * wrong do the tables of the schema `ref` change, in the same transaction.
 */
#pragma once
#include <jansson.h>

#include "run/refdata.h"
#include "run/refdata_file.h"
#include "store/copy.h"

struct refdata_load {
	struct db *db;
	struct refdata_result *out;
	struct refdata_context context; /* its arena holds one row's values */
	struct arena row;
	struct provider_names providers;
	struct copy copy;                /* call copy_begin before a file's first row */
	const struct refdata_file *file; /* being read */
	const char *path;                /* its path */
	bool is_pulled;  /* from a gateway: its rows go into pulled_NAME, and from there if they add any */
	json_t *digests; /* file name → SHA-256 */
	bool unreadable; /* a file could not be read to its end: references to it can't be judged */
};

void refdata_load_begin(struct refdata_load *l, struct db *db, const struct name_map *aliases,
                        struct refdata_result *out);
void refdata_load_end(struct refdata_load *l); /* rolls back what was not accepted */

void refdata_load_problem(struct refdata_load *l, const char *path, uint64_t line, const char *message,
                          const char *hint);
/* Takes an input error as one problem more and forgets it; false for any other failure, which stays one. */
bool refdata_load_take_problem(struct refdata_load *l, struct err *e);
void refdata_load_notice(struct refdata_result *out, const char *text);
/* Fails because of the problems found, and puts them in order. */
bool refdata_load_refuse(struct refdata_load *l, const char *subject, struct err *e);

/* Notes the digest of l->path under a name. */
bool refdata_load_digest(struct refdata_load *l, const char *name, struct err *e);
/* Checks and stages one row, whose fields are in the order of l->file's columns. */
bool refdata_load_row(struct refdata_load *l, uint64_t line, const struct slice *raw, struct err *e);
/* Sends the rows that are still in memory. */
bool refdata_load_flush(struct refdata_load *l, struct err *e);
/* Runs a query that finds problems. `folder`: where the files are that it names; NULL: they are all of l->path. */
bool refdata_load_check(struct refdata_load *l, const char *query, const char *folder, struct err *e);
/* Numbers what is now in `ref` and commits; or leaves all as it was, if its content is in force already. */
bool refdata_load_accept(struct refdata_load *l, bool imported, struct err *e);
