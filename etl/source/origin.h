/* What is said of a file that was fetched, in FILE.origin.json beside it: where from, in which state, and what the file
 * itself does not say. ingest records it with the file. */
#pragma once
#include "base/err.h"

struct origin_file {
	const char *source;  /* that fetched it */
	const char *uri;     /* what may be shown of it */
	const char *version; /* an ETag, a digest, a cursor: what tells it from an earlier state */
	const char *dataset; /* NULL: the file says it itself */
};
/* Writes it for the file at `path`, complete or not at all. */
bool origin_write(const char *path, const struct origin_file *origin, struct err *e);
