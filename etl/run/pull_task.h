/* What the ways of fetching share: one source being pulled. */
#pragma once
#include "run/pull.h"
#include "source/http.h"
#include "source/origin.h"

struct pull_task {
	struct db *db;
	const struct config *config;
	const struct source_config *source;
	const struct pull_options *options;
	struct pull_result *result;
	struct http *http;
	struct arena *arena;
	const char *folder;               /* landing_dir/NAME */
	uint64_t bytes_done, bytes_total; /* for progress */
	const char *what;
};

/* A way of fetching; each brings files into the task's folder and counts them in its result. */
typedef bool pull_way(struct pull_task *p, struct err *e);
pull_way pull_cur, pull_logs, pull_api, pull_web, pull_tail, pull_gateway;

/* Writes FOLDER/PERIOD/NAME with its origin file (first), complete or not at all. */
bool pull_land(struct pull_task *p, const char *period, const char *name, struct slice bytes,
               const struct origin_file *origin, struct err *e);
/* Removes a file that was fetched (with its origin file) or a folder of such, and the record that it was refused. */
bool pull_remove(struct pull_task *p, const char *path, struct err *e);
/* Notes what a dry run would fetch; returns whether it is one. */
bool pull_plans(struct pull_task *p, const char *what, uint64_t files, uint64_t bytes);
/* ERR_CONFIG when what lies below the address was loaded by a source that is configured no more: under another name it
 * would count twice. */
bool pull_check_name(struct pull_task *p, const char *address, struct err *e);
bool pull_fail_name(const struct pull_task *p, const char *address, const char *former, struct err *e);
/* Fetches the transfers side by side with progress; stops at the first that fails. */
bool pull_fetch(struct pull_task *p, struct http_transfer *transfer, size_t count, struct err *e);
/* The first day that is asked for: --from, else `newest` less trailing_days, else since, else the previous month's
 * first. newest UTC_NONE: nothing was pulled yet. */
utc_us pull_from(const struct pull_task *p, utc_us newest);
/* Whether there are days between `since` and the oldest one that was loaded. */
bool pull_lacks_days(const struct pull_task *p, utc_us oldest);
/* The end (exclusive): --to, else the start of today. */
utc_us pull_to(const struct pull_task *p);
