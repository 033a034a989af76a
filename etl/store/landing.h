/*
 * New event files in a source's landing folder: FOLDER/YYYY-MM/spend-FROM-DIGEST.jsonl, one per month that its events
 * begin in. A row that closebook has already is not written again, whether it is in gateway.event, was quarantined, or
 * sits in a landed file that was not loaded yet; so windows may overlap, and a pull may be repeated at any time. What
 * tells a row's content from another one's is its mark, 32 hex digits, which its line holds as "litellm_row".
 */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/file.h"
#include "store/db.h"

enum {
	LANDING_FILES = 60,              /* open at once; more months are written in turns */
	LANDING_ROWS = 1000,             /* looked up at once, or fewer: */
	LANDING_BYTES = 4 * 1024 * 1024, /* of lines held */
};

struct landing_row {
	struct slice request_id, mark;
	struct slice line; /* JSON, without line end */
	struct period period;
	utc_us ended; /* which says how far the gateway was read */
};

struct landing {
	struct db *own;
	const char *folder;
	const char *source, *uri; /* of its files' origin: the gateway's address as it may be shown */
	char from[24];            /* in file names: "20261001T000000Z", or "start" */
	struct arena memory;      /* of the batch */
	struct landing_row batch[LANDING_ROWS];
	size_t batch_count;
	struct landing_file {
		struct period period;
		struct file_writer writer;
		struct digest digest;
		utc_us newest; /* ended */
		uint64_t rows;
	} file[LANDING_FILES];
	size_t file_count;
	uint64_t rows_new, files; /* in files that are complete */
};

/* Asks `own`, closebook's database, and the folder what has landed. `uri` is what may be shown of the gateway; `from`
 * is where the window begins, or UTC_NONE. */
bool landing_begin(struct landing *l, struct db *own, const char *source, const char *folder, const char *uri,
                   utc_us from, struct err *e);
/* Takes a row (copies it), and writes it later if it is new. */
bool landing_add(struct landing *l, const struct landing_row *row, struct err *e);
/* Completes the files. Without a new row there is none. */
bool landing_end(struct landing *l, struct err *e);
/* Removes what is not complete. Safe to call always after landing_begin. */
void landing_release(struct landing *l);
