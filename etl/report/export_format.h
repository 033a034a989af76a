/* What export.c and the families of formats share. */
#pragma once
#include "report/export.h"
#include "report/table.h"

/* One segment of an Oracle account: a column of a line, or what stands there when it is empty. */
struct export_segment {
	const char *column; /* NULL: always the text */
	const char *text;
};
enum { EXPORT_SEGMENTS_MAX = 30, EXPORT_TRACKING_MAX = 2 };

struct export
{
	struct db *db;
	struct arena *arena;
	const struct export_format *format;
	const char *setting[EXPORT_SETTINGS]; /* defaults filled in */
	const char *journals;                 /* the ids, as an array parameter */
	char period[PERIOD_TEXT_MAX];
	struct table lines, accounts;
	struct export_segment segment[EXPORT_SEGMENTS_MAX];
	size_t segments;
	const char *tracking[EXPORT_TRACKING_MAX];
};

struct export_format {
	const char *name, *ending;
	const char *date;                                 /* pattern of to_char */
	const char *at_most;                              /* lines of a file; NULL: no limit */
	unsigned takes;                                   /* settings, by bit */
	bool (*prepare)(struct export *x, struct err *e); /* before the lines are loaded; may be NULL */
	void (*write)(FILE *out, const struct export *x, size_t first, size_t end); /* a file: lines [first, end) */
};

void export_csv_native(FILE *out, const struct export *x, size_t first, size_t end);
void export_csv_netsuite(FILE *out, const struct export *x, size_t first, size_t end);
void export_csv_fbdi(FILE *out, const struct export *x, size_t first, size_t end);
void export_csv_xero(FILE *out, const struct export *x, size_t first, size_t end);
void export_csv_quickbooks(FILE *out, const struct export *x, size_t first, size_t end);
/* ERR_USAGE for a ledger that is missing, and segments that can't be read. */
bool export_prepare_fbdi(struct export *x, struct err *e);
/* ERR_USAGE for anything but two names. */
bool export_prepare_xero(struct export *x, struct err *e);
/* Reads "=01,account,cost_center:0000": constants, and columns with what stands there when they are empty. */
bool export_segments_read(struct export *x, const char *text, struct err *e);

void export_hledger(FILE *out, const struct export *x, size_t first, size_t end);
void export_beancount(FILE *out, const struct export *x, size_t first, size_t end);
/* Loads the accounts, which are declared before they are used. */
bool export_prepare_accounts(struct export *x, struct err *e);
/*
 * Adds one part of an account's name, legal in beancount and hledger: ASCII letters, digits and single dashes, a
 * capital or a digit first. Different texts give different parts: a small first letter becomes a capital, "--" at the
 * end says that it was one; other bytes, and dashes that do not stand between letters or digits, become --HH
 * (hexadecimal); an X in front and "--x" at the end are there when the first byte can't be.
 */
void export_account_part(struct buf *out, const char *text);
/* Adds text, other than `reserved` bytes and control characters, which become %HH. */
void export_percent(struct buf *out, const char *text, const char *reserved);
