/*
 * LiteLLM's own PostgreSQL tables, read in place: its log of calls becomes event files in the source's landing folder,
 * its teams and budgets become reference files. The gateway's database is never written to. What a row means is in
 * sql/pull/litellm_rows.sql.
 */
#pragma once
#include "base/civil.h"
#include "base/err.h"
#include "config/config.h"
#include "store/db.h"

struct litellm_options {
	const struct source_config *source; /* uri: of the gateway's database; service_from and its like */
	const char *password;               /* NULL: as libpq finds it */
	const char *folder;                 /* the source's landing folder, which exists */
	utc_us from, to; /* rows whose "endTime" is in [from, to) are looked at; UTC_NONE: no bound */
};

struct litellm_totals {
	uint64_t rows_read;
	uint64_t rows_new; /* written: rows that closebook did not have, or not with this content */
	uint64_t files;    /* of events */
	uint64_t teams;    /* rows of teams.csv */
	utc_us newest_end; /* the latest "endTime" read: where the next window begins; UTC_NONE without rows */
};

/*
 * Writes FOLDER/YYYY-MM/spend-*.jsonl with the rows that `own`, closebook's database, does not have, and nothing when
 * there are none: windows may overlap, and whatever was done before a failure is not done again. With
 * `business_unit_from` also FOLDER/refdata/teams.csv and budgets.csv, when their content has changed. ERR_CONFIG: a
 * table or a privilege is missing, the hint being the GRANT; ERR_UNAVAILABLE: the gateway's database does not answer.
 */
bool litellm_pull(struct db *own, const struct litellm_options *o, struct litellm_totals *t, struct err *e);
