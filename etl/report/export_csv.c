/* Formats that are CSV: each a table of columns, which are cells of a line, settings, constants, or of no use here. */
#include "report/export_format.h"

#include "base/file.h"
#include <string.h>

enum cell_kind {
	CELL_TEXT,    /* of the line, by name */
	CELL_NUMBER,  /* the same, an amount */
	CELL_SETTING, /* by its number */
	CELL_CONSTANT,
	CELL_EMPTY,    /* `count` of them */
	CELL_SEGMENTS, /* all thirty */
	CELL_TRACKING, /* the category's name, by its number; empty where the line's column `text` is */
};
struct csv_cell {
	const char *heading;
	enum cell_kind kind;
	const char *text; /* column or constant */
	size_t number;    /* setting, tracking category or count */
};

static const struct csv_cell native[] = {
        {"journal_id", CELL_TEXT, "journal_id", 0},
        {"line", CELL_NUMBER, "line", 0},
        {"kind", CELL_TEXT, "kind", 0},
        {"posting_date", CELL_TEXT, "posting_date", 0},
        {"period", CELL_TEXT, "period", 0},
        {"provider", CELL_TEXT, "provider", 0},
        {"account", CELL_TEXT, "account", 0},
        {"cost_center", CELL_TEXT, "cost_center", 0},
        {"business_unit", CELL_TEXT, "business_unit", 0},
        {"debit", CELL_NUMBER, "debit", 0},
        {"credit", CELL_NUMBER, "credit", 0},
        {"currency", CELL_TEXT, "currency", 0},
        {"memo", CELL_TEXT, "memo", 0},
        {"external_id", CELL_TEXT, "journal_id", 0},
};
static const struct csv_cell netsuite[] = {
        {"External ID", CELL_TEXT, "journal_id", 0},
        {"Date", CELL_TEXT, "posting_date", 0},
        {"Posting Period", CELL_TEXT, "posting_month", 0},
        {"Subsidiary", CELL_SETTING, NULL, EXPORT_SUBSIDIARY},
        {"Currency", CELL_TEXT, "currency", 0},
        {"Memo", CELL_TEXT, "journal_memo", 0},
        {"Reversal Date", CELL_TEXT, "reversal_date", 0},
        {"Journal Entry - Line: Account", CELL_TEXT, "account", 0},
        {"Journal Entry - Line: Debit", CELL_NUMBER, "debit", 0},
        {"Journal Entry - Line: Credit", CELL_NUMBER, "credit", 0},
        {"Journal Entry - Line: Memo", CELL_TEXT, "memo", 0},
        {"Journal Entry - Line: Department", CELL_TEXT, "cost_center", 0},
        {"Journal Entry - Line: Class", CELL_TEXT, "business_unit", 0},
        {"Journal Entry - Line: Location", CELL_EMPTY, NULL, 1},
};
/* GL_INTERFACE has no headings; these say what stands where. */
static const struct csv_cell fbdi[] = {
        {"Status Code", CELL_CONSTANT, "NEW", 0},
        {"Ledger ID", CELL_SETTING, NULL, EXPORT_LEDGER},
        {"Effective Date", CELL_TEXT, "posting_date", 0},
        {"Journal Source", CELL_SETTING, NULL, EXPORT_SOURCE},
        {"Journal Category", CELL_SETTING, NULL, EXPORT_CATEGORY},
        {"Currency Code", CELL_TEXT, "currency", 0},
        {"Creation Date", CELL_TEXT, "posting_date", 0}, /* not the clock's: a second export gives the same */
        {"Actual Flag", CELL_CONSTANT, "A", 0},
        {"Segment1 to 30", CELL_SEGMENTS, NULL, 0},
        {"Entered Debit", CELL_NUMBER, "debit", 0},
        {"Entered Credit", CELL_NUMBER, "credit", 0},
        {"Converted Debit, Credit", CELL_EMPTY, NULL, 2},
        {"REFERENCE1 (batch)", CELL_TEXT, "journal_id", 0},
        {"REFERENCE2, 3", CELL_EMPTY, NULL, 2},
        {"REFERENCE4 (journal)", CELL_TEXT, "journal_id", 0},
        {"REFERENCE5 (description)", CELL_TEXT, "journal_memo", 0},
        {"REFERENCE6 (reference)", CELL_TEXT, "journal_id", 0},
        {"REFERENCE7 to 9 (reversal)", CELL_EMPTY, NULL, 3}, /* reversals are journals of their own */
        {"REFERENCE10 (line)", CELL_TEXT, "memo", 0},
        {"Reference column 1", CELL_TEXT, "journal_id", 0},
        {"Reference column 2", CELL_NUMBER, "line", 0},
        {"Reference column 3", CELL_TEXT, "provider", 0},
        {"Reference column 4", CELL_TEXT, "business_unit", 0},
        {"Reference column 5 to 10", CELL_EMPTY, NULL, 6},
        {"Statistical Amount; Currency Conversion Type, Date, Rate", CELL_EMPTY, NULL, 4},
        {"Interface Group Identifier", CELL_SETTING, NULL, EXPORT_GROUP},
        {"Context, Attribute1 to 20", CELL_EMPTY, NULL, 21},
        {"Average Journal Flag to Period Name", CELL_EMPTY, NULL, 6},
};
static const struct csv_cell xero[] = {
        {"*Narration", CELL_TEXT, "narration", 0},
        {"*Date", CELL_TEXT, "posting_date", 0},
        {"Description", CELL_TEXT, "memo", 0},
        {"*AccountCode", CELL_TEXT, "account", 0},
        {"*TaxRate", CELL_SETTING, NULL, EXPORT_TAX_RATE},
        {"*Amount", CELL_NUMBER, "amount", 0},
        {"TrackingName1", CELL_TRACKING, "business_unit", 0},
        {"TrackingOption1", CELL_TEXT, "business_unit", 0},
        {"TrackingName2", CELL_TRACKING, "cost_center", 1},
        {"TrackingOption2", CELL_TEXT, "cost_center", 0},
};
static const struct csv_cell quickbooks[] = {
        {"Journal No.", CELL_TEXT, "journal_id", 0},
        {"Journal Date", CELL_TEXT, "posting_date", 0},
        {"Account Name", CELL_TEXT, "account", 0},
        {"Description", CELL_TEXT, "memo", 0},
        {"Debits", CELL_NUMBER, "debit", 0},
        {"Credits", CELL_NUMBER, "credit", 0},
        {"Name", CELL_EMPTY, NULL, 1},
        {"Class", CELL_TEXT, "business_unit", 0},
        {"Location", CELL_TEXT, "cost_center", 0},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void put_segments(FILE *out, const struct export *x, size_t row)
{
	for (size_t i = 0; i < EXPORT_SEGMENTS_MAX; i++) {
		const struct export_segment *s = i < x->segments ? &x->segment[i] : NULL;
		const char *text = s && s->column ? table_cell(&x->lines, row, s->column) : "";
		csv_text(out, false, *text || !s ? text : s->text);
	}
}

static void put_cell(FILE *out, const struct export *x, const struct csv_cell *c, size_t row, bool first)
{
	switch (c->kind) {
	case CELL_TEXT:
		csv_text(out, first, table_cell(&x->lines, row, c->text));
		break;
	case CELL_NUMBER:
		csv_number(out, first, table_cell(&x->lines, row, c->text));
		break;
	case CELL_SETTING:
		csv_text(out, first, x->setting[c->number]);
		break;
	case CELL_CONSTANT:
		csv_text(out, first, c->text);
		break;
	case CELL_EMPTY:
		for (size_t i = 0; i < c->number; i++)
			csv_text(out, false, NULL);
		break;
	case CELL_SEGMENTS:
		put_segments(out, x, row);
		break;
	case CELL_TRACKING:
		csv_text(out, first, *table_cell(&x->lines, row, c->text) ? x->tracking[c->number] : NULL);
		break;
	}
}

static void put_rows(FILE *out, const struct export *x, const struct csv_cell *cell, size_t cells, size_t first,
                     size_t end)
{
	for (size_t row = first; row < end; row++) {
		for (size_t i = 0; i < cells; i++)
			put_cell(out, x, &cell[i], row, i == 0);
		fputc('\n', out);
	}
}

static void put_file(FILE *out, const struct export *x, const struct csv_cell *cell, size_t cells, size_t first,
                     size_t end)
{
	for (size_t i = 0; i < cells; i++)
		csv_text(out, i == 0, cell[i].heading);
	fputc('\n', out);
	put_rows(out, x, cell, cells, first, end);
}

void export_csv_native(FILE *out, const struct export *x, size_t first, size_t end)
{
	put_file(out, x, native, COUNT(native), first, end);
}

void export_csv_netsuite(FILE *out, const struct export *x, size_t first, size_t end)
{
	put_file(out, x, netsuite, COUNT(netsuite), first, end);
}

void export_csv_fbdi(FILE *out, const struct export *x, size_t first, size_t end)
{
	put_rows(out, x, fbdi, COUNT(fbdi), first, end);
}

void export_csv_xero(FILE *out, const struct export *x, size_t first, size_t end)
{
	put_file(out, x, xero, COUNT(xero), first, end);
}

void export_csv_quickbooks(FILE *out, const struct export *x, size_t first, size_t end)
{
	put_file(out, x, quickbooks, COUNT(quickbooks), first, end);
}

/* ---- settings ---- */

bool export_segments_read(struct export *x, const char *text, struct err *e)
{
	static const char *const known[] = {"account", "cost_center", "business_unit", "provider"};
	struct slice rest = slice_of(text);
	x->segments = 0;
	while (rest.ptr) {
		struct slice item = slice_trim(slice_cut(&rest, ','));
		if (x->segments == EXPORT_SEGMENTS_MAX)
			return fail(e, ERR_USAGE, "--segments has more than %d", EXPORT_SEGMENTS_MAX);
		struct export_segment *s = &x->segment[x->segments++];
		*s = (struct export_segment){NULL, ""};
		if (slice_empty(item))
			continue;
		if (item.ptr[0] == '=') {
			s->text = arena_cstr(x->arena, slice_from(item, 1));
			continue;
		}
		struct slice name = slice_trim(slice_cut(&item, ':'));
		for (size_t i = 0; i < COUNT(known); i++)
			if (slice_is(name, known[i]))
				s->column = known[i];
		if (!s->column) {
			fail(e, ERR_USAGE, "--segments does not know %.*s", (int)name.len, name.ptr);
			return err_hint(e, "it takes account, cost_center, business_unit, provider (each may say what "
			                   "stands there when it is empty, like cost_center:0000) and constants like "
			                   "=01, separated by commas");
		}
		if (item.ptr)
			s->text = arena_cstr(x->arena, slice_trim(item));
	}
	return true;
}

bool export_prepare_fbdi(struct export *x, struct err *e)
{
	if (!*x->setting[EXPORT_LEDGER]) {
		fail(e, ERR_USAGE, "which ledger?");
		return err_hint(e, "fbdi needs the id of Oracle's ledger: --ledger 300000001234567");
	}
	return export_segments_read(x, x->setting[EXPORT_SEGMENTS], e);
}

bool export_prepare_xero(struct export *x, struct err *e)
{
	struct slice rest = slice_of(x->setting[EXPORT_TRACKING]);
	for (size_t i = 0; i < EXPORT_TRACKING_MAX; i++)
		x->tracking[i] = arena_cstr(x->arena, slice_trim(slice_cut(&rest, ',')));
	if (rest.ptr || !*x->tracking[0] || !*x->tracking[1]) {
		fail(e, ERR_USAGE, "--tracking takes two names");
		return err_hint(e, "those of the tracking categories of business units and of cost centers: --tracking "
		                   "\"Business unit,Cost center\"");
	}
	return true;
}
