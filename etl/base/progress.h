/*
 * A progress line on stderr, drawn only if stderr is a terminal and the log is not JSON or quiet;
 * silent under cron. Redrawn at most ten times a second; wiped at the end and before log lines.
 */
#pragma once
#include <stdint.h>

/* "ingest  october.csv.gz  34 %  1 234 567 rows  210 000/s". total_bytes 0 = unknown; rows 0 = there are none to count.
 * Thread-safe. */
void progress_begin(const char *stage);
/* The same for what is measured in bytes: "pull  aws  12.3 of 45.6 MB  3.1 MB/s  0:11 left  7 requests". */
void progress_begin_bytes(const char *stage, const char *unit);
void progress_update(const char *what, uint64_t done_bytes, uint64_t total_bytes, uint64_t rows);
void progress_end(void);
/* Wipes the line if one is drawn (log calls this). */
void progress_wipe(void);
