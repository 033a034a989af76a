/*
 * Reference data: a folder of CSV files, or a published price book, loaded all or nothing. What is wrong with the files
 * is collected, so that one run shows everything there is to mend.
 */
#pragma once
#include "base/arena.h"
#include "config/config.h"
#include "format/format.h"
#include "run/refdata_file.h"
#include "store/db.h"

enum { REFDATA_PROBLEMS = 50, REFDATA_NOTICES = 8, REFDATA_ROWS = 1000000 };

struct refdata_problem {
	const char *file;
	uint64_t line; /* 0: the file as a whole */
	const char *message;
	const char *hint; /* may be empty */
	size_t place;     /* of the file in refdata_files, from 1; 0: none of these */
	size_t number;    /* in the order of finding */
};

struct refdata_result {
	struct arena arena;
	struct refdata_problem problem[REFDATA_PROBLEMS]; /* in the files' order */
	size_t problem_count;
	uint64_t problem_total;              /* also those that were too many to keep */
	const char *notice[REFDATA_NOTICES]; /* what a person should know though all is well */
	size_t notice_count;
	uint64_t rows;       /* loaded */
	int64_t refdata_id;  /* of what is in force now */
	const char *digest;  /* its digest */
	bool changed;        /* false: the same content was in force before */
	const char *version; /* import: the billing rule version */
};
#define REFDATA_RESULT_INIT                                                                                            \
	{                                                                                                              \
		.arena = ARENA_INIT                                                                                    \
	}
void refdata_result_release(struct refdata_result *r);

/*
 * Loads DIR/business_units.csv and its like in place of the reference data in force; imported prices stay. ERR_INPUT:
 * the files have problems (see out), and nothing was changed. Content that is in force already changes nothing.
 * Teams and budgets that were pulled from the gateways of `config` (landing_dir/SOURCE/refdata/) are added where DIR
 * has none of that id. The caller holds the run's lock.
 */
bool refdata_apply(struct db *db, const char *folder, const struct config *config, struct refdata_result *out,
                   struct err *e);

/* A published price book, by the name that --format takes. */
struct refdata_book {
	const char *name; /* "litellm", "genai-prices"; NULL ends the table */
	const struct format *format;
};
extern const struct refdata_book refdata_books[];

struct refdata_import {
	const char *path;
	const struct refdata_book *book; /* NULL: told by the file's first bytes */
	const char *version;             /* NULL: the book's name and the first 12 digits of the file's digest */
	const struct name_map *aliases;
	utc_us as_of;
};
/*
 * Loads a price book as one billing rule version, in place of an earlier import of that version. A version that
 * prices.csv has is refused (ERR_INPUT). The caller holds the run's lock.
 */
bool refdata_import(struct db *db, const struct refdata_import *options, struct refdata_result *out, struct err *e);

/*
 * What is in force on the day of `as_of`, as the JSON that `refdata show --json` prints: the tables and their sizes
 * (name NULL), or the rows of one ("teams"). Decimals are strings. NULL on failure.
 */
struct json_t *refdata_show(struct db *db, const char *name, utc_us as_of, struct err *e);
