/*
 * Evidence: a folder that stands alone, for somebody who has never worked with closebook. What it is about is explained
 * as `explain` does it; beside that lie the events, bill lines, rules and decisions that the amounts rest on, and a
 * README that spells out the arithmetic. Same database content, original files and as-of give the same bytes.
 */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "report/explain.h"

struct packet_request {
	const char *period;
	const struct explain_kind *kind; /* NULL: the whole month */
	const char *id, *provider;       /* as explain/known has them; id is the period when kind is NULL */
	const char *defaults;            /* JSON: what an event's empty value counts as */
	const char *percent, *amount;    /* default thresholds, decimal text */
	const char *rows;                /* at most so many in each file */
	utc_us as_of;
	bool zip, tar;
};
struct packet_result {
	const char *folder, *archive[2]; /* in the arena; NULL: not asked for */
};
/*
 * Writes FOLDER/PERIOD/packet-…, and archives beside it, to temporary names and renames them when all are complete.
 * Nothing in the database changes. ERR_IO where there is no room.
 */
bool packet_write(struct db *db, const struct packet_request *r, const char *folder, struct arena *a,
                  struct packet_result *out, struct err *e);
