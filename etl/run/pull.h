/*
 * Pull: brings what sources have and the database has not into landing_dir, from where ingest loads it. What was
 * fetched is remembered by the load itself (ops.file.origin and version, provider.delivery.label), in its transaction:
 * a kill anywhere leaves files that the next pull completes or finds done, and nothing is fetched twice.
 */
#pragma once
#include "base/civil.h"
#include "config/config.h"
#include "store/db.h"

struct pull_options {
	const char *const *name; /* of sources; none: all that are fetched */
	size_t count;
	utc_us from, to; /* UTC_NONE: what is new, and the days that providers restate */
	bool dry_run;    /* nothing is fetched or written: only what would be */
	utc_us as_of;
};

struct pull_result {
	const struct source_config *source;
	uint64_t files, bytes, requests; /* landed; bytes as they came */
	struct err error;                /* it failed; what had come until then is kept */
	struct buf planned;              /* dry run: a line for each */
};
struct pull_results {
	struct arena arena;
	struct pull_result *result;
	size_t count;
	size_t failed;
};

/*
 * Pulls the sources one after the other. A source that fails is in its result, and remembered as a missing_delivery of
 * the month; the others go on. False only when nothing could go on (the database, a source that is not there:
 * ERR_USAGE). The caller holds the run's lock, and releases the results.
 */
bool pull_run(struct db *db, const struct config *config, const struct pull_options *o, struct pull_results *r,
              struct err *e);
/* What the failures of sources mean for the run when all failed, or some and `strict`: ERR_UNAVAILABLE, or ERR_CONFIG
 * where waiting helps none of them. */
bool pull_verdict(const struct pull_results *r, bool strict, struct err *e);
void pull_results_release(struct pull_results *r);
/* Removes files from landing_dir that were loaded more than landing_days ago. */
bool pull_clear_landing(struct db *db, const struct config *config, utc_us as_of, struct err *e);
