/*
 * Journals as other systems import them: OUT/PERIOD/journal-FORMAT[-draft][-PART].ENDING. The external id of every
 * entry is the journal's id, and the same journals give the same bytes. Exporting changes nothing in the database.
 */
#pragma once
#include "base/arena.h"
#include "base/civil.h"
#include "store/db.h"

/* What some formats want to know besides; each is an option of the same name. NULL: the default. */
enum export_setting {
	EXPORT_DATES,      /* netsuite, xero, quickbooks: iso, us, eu or long */
	EXPORT_REVERSALS,  /* netsuite: date or journal */
	EXPORT_SUBSIDIARY, /* netsuite */
	EXPORT_LEDGER,     /* fbdi, which needs it: the ledger's id */
	EXPORT_SOURCE,     /* fbdi: journal source */
	EXPORT_CATEGORY,   /* fbdi: journal category */
	EXPORT_SEGMENTS,   /* fbdi: what the segments hold, in order */
	EXPORT_GROUP,      /* fbdi: interface group */
	EXPORT_TAX_RATE,   /* xero */
	EXPORT_TRACKING,   /* xero: the names of the two tracking categories */
	EXPORT_OPENS,      /* hledger, beancount: yes or no, whether accounts are declared */
	EXPORT_SETTINGS
};
struct export_request {
	struct period period;
	const char *format, *kind, *journal; /* kind, journal: NULL for any */
	bool draft;                          /* the draft accrual, which else is refused, instead of what was issued */
	const char *setting[EXPORT_SETTINGS];
};
struct export_result {
	const char *const *path; /* the files, in the arena; none when printed */
	size_t paths;
	size_t reversals_left_out; /* because their accruals name the date themselves */
	size_t empty_left_out;     /* journals without lines */
};

/* "native, netsuite, …", in the arena. */
const char *export_format_names(struct arena *a);
/*
 * Writes the files below `folder`, complete or not at all, and removes parts of an earlier, longer export; with
 * `folder` NULL prints to stdout what makes one file. ERR_USAGE: unknown format, kind or journal, settings that are
 * wrong or not the format's, nothing to export. ERR_CONTROL: only a draft, and it was not asked for; a journal that
 * does not balance; reversals that the system would do a second time.
 */
bool export_journals(struct db *db, const struct export_request *r, const char *folder, struct arena *a,
                     struct export_result *out, struct err *e);
