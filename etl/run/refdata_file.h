/*
 * The reference files: their columns, and how a field is read. A field that is accepted has one form only, so that SQL
 * can cast it without failing and equal content has equal digests.
 */
#pragma once
#include "base/arena.h"
#include "format/record.h"

enum { REFDATA_FILES = 12, REFDATA_COLUMNS = 12, REFDATA_FIELD_BYTES = 2000 };

struct refdata_context {
	struct arena *arena; /* holds the values that differ from what was read */
	const struct provider_names *providers;
};

/* What a column may hold. */
struct refdata_kind {
	const char *expected; /* "a date (YYYY-MM-DD)": completes "is not …" */
	/* Sets *value, which is not empty, to its one form; false if it is of another kind. */
	bool (*read)(const struct refdata_context *c, struct slice *value);
};

struct refdata_column {
	const char *name;
	const struct refdata_kind *kind; /* NULL: any text */
	bool required;                   /* the column must be there, and no field of it empty */
};

struct refdata_file {
	const char *name; /* of NAME.csv and of the temporary table staged_NAME */
	struct refdata_column column[REFDATA_COLUMNS];
	/* What two fields say of each other: the index of the column at fault, *why set; else -1. May be NULL. */
	int (*check)(const struct slice *value, const char **why);
};
extern const struct refdata_file refdata_files[REFDATA_FILES];

size_t refdata_column_count(const struct refdata_file *file);
/* The file of that name ("teams"), or NULL. */
const struct refdata_file *refdata_file_find(const char *name);
/*
 * Reads one field: blanks around it are dropped; empty gives an absent slice. False with a message ("valid_from
 * "soon" is not a date (YYYY-MM-DD)") in the arena.
 */
bool refdata_field(const struct refdata_context *c, const struct refdata_column *column, struct slice raw,
                   struct slice *value, const char **message);
/* Checks a row's fields against one another; absent ones take no part. False as above; *column is the one at fault. */
bool refdata_row(const struct refdata_context *c, const struct refdata_file *file, const struct slice *value,
                 int *column, const char **message);
