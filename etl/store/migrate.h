/*
 * The schema's versions: the embedded files migrations/NNNN_name, in order, each applied once in a transaction of its
 * own together with its row in ops.migration. Two at once are safe: an advisory lock makes the second wait.
 */
#pragma once
#include "store/db.h"

struct migrate_state {
	int applied; /* number of the latest that the database has; 0 = none */
	int known;   /* number of the latest that this program has */
};
/* Reads the state. ERR_CONTROL: an applied migration was edited, one is missing, or the database is newer than the
 * program. */
bool migrate_state(struct db *db, struct migrate_state *out, struct err *e);
/* Applies what is missing. *count (may be NULL) is how many were applied. Errors as migrate_state, and as db.h. */
bool migrate_apply(struct db *db, int *count, struct err *e);
/*
 * For every command that uses the schema: when it is not current, applies what is missing if `automatic` (the embedded
 * cluster), else refuses with a hint to `closebook db migrate` (a server given by URI, which belongs to someone:
 * ERR_CONTROL).
 */
bool migrate_check(struct db *db, bool automatic, struct err *e);
