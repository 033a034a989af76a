/*
 * Which journals are exported, and into which files. A draft is rebuilt every night, so it never stands beside what was
 * issued: it is asked for by itself, and its file is called a draft. NetSuite reverses an accrual itself when it is
 * given a date, so it gets either that or the ledger's reversal journals, never both; and the date only where the
 * ledger reverses on the first of the next month, too.
 */
#include "report/export_format.h"

#include "base/file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name, *fallback;
	const char *choice[5]; /* none: any text */
} settings[EXPORT_SETTINGS] = {
        [EXPORT_DATES] = {"dates", NULL, {"iso", "us", "eu", "long"}},
        [EXPORT_REVERSALS] = {"reversals", "journal", {"date", "journal"}},
        [EXPORT_SUBSIDIARY] = {"subsidiary", "", {NULL}},
        [EXPORT_LEDGER] = {"ledger", "", {NULL}},
        [EXPORT_SOURCE] = {"source", "closebook", {NULL}},
        [EXPORT_CATEGORY] = {"category", "LLM usage", {NULL}},
        [EXPORT_SEGMENTS] = {"segments", "account,cost_center,business_unit", {NULL}},
        [EXPORT_GROUP] = {"group", "", {NULL}},
        [EXPORT_TAX_RATE] = {"tax-rate", "Tax Exempt", {NULL}},
        [EXPORT_TRACKING] = {"tracking", "Business unit,Cost center", {NULL}},
        [EXPORT_OPENS] = {"opens", "yes", {"yes", "no"}},
};
/* In the order of the choices of EXPORT_DATES. */
static const char *const date_pattern[] = {"YYYY-MM-DD", "MM/DD/YYYY", "DD/MM/YYYY", "DD Mon YYYY"};
#define BIT(setting) (1U << (setting))
static const struct export_format formats[] = {
        {.name = "native", .ending = "csv", .date = "YYYY-MM-DD", .write = export_csv_native},
        {.name = "netsuite",
         .ending = "csv",
         .date = "MM/DD/YYYY",
         .takes = BIT(EXPORT_DATES) | BIT(EXPORT_REVERSALS) | BIT(EXPORT_SUBSIDIARY),
         .write = export_csv_netsuite},
        {.name = "fbdi",
         .ending = "csv",
         .date = "YYYY/MM/DD",
         .takes = BIT(EXPORT_LEDGER) | BIT(EXPORT_SOURCE) | BIT(EXPORT_CATEGORY) | BIT(EXPORT_SEGMENTS) |
                  BIT(EXPORT_GROUP),
         .prepare = export_prepare_fbdi,
         .write = export_csv_fbdi},
        {.name = "xero",
         .ending = "csv",
         .date = "DD Mon YYYY", /* one of the two that Xero documents, and the one that can't be misread */
         .at_most = "300",
         .takes = BIT(EXPORT_DATES) | BIT(EXPORT_TAX_RATE) | BIT(EXPORT_TRACKING),
         .prepare = export_prepare_xero,
         .write = export_csv_xero},
        {.name = "quickbooks",
         .ending = "csv",
         .date = "MM/DD/YYYY",
         .takes = BIT(EXPORT_DATES),
         .write = export_csv_quickbooks},
        {.name = "hledger",
         .ending = "journal",
         .date = "YYYY-MM-DD",
         .takes = BIT(EXPORT_OPENS),
         .prepare = export_prepare_accounts,
         .write = export_hledger},
        {.name = "beancount",
         .ending = "beancount",
         .date = "YYYY-MM-DD",
         .takes = BIT(EXPORT_OPENS),
         .prepare = export_prepare_accounts,
         .write = export_beancount},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))
static const char *const kinds[] = {"accrual", "reversal", "final", "correction"};

static const struct table_column journal_columns[] = {
        {"journal_id", NULL, COLUMN_TEXT},     {"kind", NULL, COLUMN_TEXT},   {"draft", NULL, COLUMN_FLAG},
        {"currency", NULL, COLUMN_TEXT},       {"lines", NULL, COLUMN_COUNT}, {"balanced", NULL, COLUMN_FLAG},
        {"reversed_early", NULL, COLUMN_TEXT},
};
static const struct table_column line_columns[] = {
        {"file", NULL, COLUMN_COUNT},         {"journal_id", NULL, COLUMN_TEXT},
        {"part", NULL, COLUMN_COUNT},         {"line", NULL, COLUMN_COUNT},
        {"kind", NULL, COLUMN_TEXT},          {"draft", NULL, COLUMN_FLAG},
        {"period", NULL, COLUMN_TEXT},        {"posting_date", NULL, COLUMN_TEXT},
        {"posting_month", NULL, COLUMN_TEXT}, {"reversal_date", NULL, COLUMN_TEXT},
        {"currency", NULL, COLUMN_TEXT},      {"journal_memo", NULL, COLUMN_TEXT},
        {"narration", NULL, COLUMN_TEXT},     {"provider", NULL, COLUMN_TEXT},
        {"account", NULL, COLUMN_TEXT},       {"cost_center", NULL, COLUMN_TEXT},
        {"business_unit", NULL, COLUMN_TEXT}, {"memo", NULL, COLUMN_TEXT},
        {"debit", NULL, COLUMN_NUMBER},       {"credit", NULL, COLUMN_NUMBER},
        {"amount", NULL, COLUMN_NUMBER},      {"root", NULL, COLUMN_TEXT},
};

const char *export_format_names(struct arena *a)
{
	const char *names = "";
	for (size_t i = 0; i < COUNT(formats); i++)
		names = arena_printf(a, "%s%s%s", names, i ? ", " : "", formats[i].name);
	return names;
}

static bool choose_format(struct export *x, const char *name, struct err *e)
{
	for (size_t i = 0; name && i < COUNT(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			x->format = &formats[i];
	if (x->format)
		return true;
	if (name)
		fail(e, ERR_USAGE, "there is no format %s", name);
	else
		fail(e, ERR_USAGE, "which format?");
	return err_hint(e, "--format takes %s", export_format_names(x->arena));
}

static bool check_setting(const struct export *x, size_t i, const char *given, struct err *e)
{
	if (!(x->format->takes & BIT(i)))
		return fail(e, ERR_USAGE, "--%s is of no use to %s", settings[i].name, x->format->name) ||
		       err_hint(e, "closebook export --help says which format takes it");
	if (!settings[i].choice[0])
		return true;
	const char *list = "";
	for (const char *const *choice = settings[i].choice; *choice; choice++) {
		if (strcmp(*choice, given) == 0)
			return true;
		list = arena_printf(x->arena, "%s%s%s", list, *list ? ", " : "", *choice);
	}
	return fail(e, ERR_USAGE, "--%s does not know %s", settings[i].name, given) || err_hint(e, "it takes %s", list);
}

static bool take_settings(struct export *x, const struct export_request *r, struct err *e)
{
	for (size_t i = 0; i < EXPORT_SETTINGS; i++) {
		if (r->setting[i] && !check_setting(x, i, r->setting[i], e))
			return false;
		x->setting[i] = r->setting[i] ? r->setting[i] : settings[i].fallback;
	}
	return true;
}

/* ---- which journals ---- */

static bool check_journal(const struct table *t, size_t row, struct err *e)
{
	const char *id = table_cell(t, row, "journal_id"), *currency = table_cell(t, row, "currency");
	if (strcmp(table_cell(t, row, "balanced"), "true") != 0)
		return fail(e, ERR_CONTROL, "journal %s does not balance", id) ||
		       err_hint(e, "nothing was exported; closebook journal shows its lines");
	return (strlen(currency) == 3 && strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3) ||
	       fail(e, ERR_CONTROL, "journal %s is in the currency \"%s\"", id, currency);
}

/* Nothing is left to be exported: why. */
static bool refuse(const struct export_request *r, const struct export_result *out, const char *period, bool known,
                   size_t issued, size_t drafts, struct err *e)
{
	if (out->reversals_left_out)
		return fail(e, ERR_CONTROL, "NetSuite reverses the accruals of %s itself, by their Reversal Date",
		            period) ||
		       err_hint(
		               e,
		               "to give it the reversals as journals, and the accruals no such date: --reversals journal");
	if (r->journal && !known)
		return fail(e, ERR_USAGE, "there is no journal %s in %s", r->journal, period) ||
		       err_hint(e, "closebook journal --period %s lists them", period);
	if (!r->draft && drafts && (!issued || r->journal))
		return fail(e, ERR_CONTROL, "%s in %s, which every reconcile rebuilds",
		            r->journal ? "this is the draft accrual" : "there is only a draft accrual", period) ||
		       err_hint(e, "what is imported must not change any more; to look at it all the same: --draft");
	fail(e, ERR_USAGE, "there is no %s%s%sjournal to export in %s", r->draft ? "draft " : "",
	     r->kind ? r->kind : "", r->kind ? " " : "", period);
	return err_hint(e, "closebook journal --period %s lists them", period);
}

static bool is(const char *given, const char *text)
{
	return !given || strcmp(given, text) == 0;
}

/* Fills x->journals. */
static bool select_journals(struct export *x, const struct export_request *r, struct export_result *out, struct err *e)
{
	struct table t = TABLE_INIT;
	if (!table_load(&t, journal_columns, COUNT(journal_columns), x->db, "export/journals", DB_PARAMS(x->period),
	                e)) {
		table_release(&t);
		return false;
	}
	bool dated = strcmp(x->setting[EXPORT_REVERSALS], "date") == 0 && x->format->takes & BIT(EXPORT_REVERSALS);
	bool fine = true, known = false;
	size_t count = 0, issued = 0, drafts = 0;
	struct slice *chosen = arena_alloc(x->arena, (table_rows(&t) + 1) * sizeof *chosen);
	for (size_t row = 0; fine && row < table_rows(&t); row++) {
		const char *id = table_cell(&t, row, "journal_id"), *kind = table_cell(&t, row, "kind");
		bool draft = strcmp(table_cell(&t, row, "draft"), "true") == 0;
		*(draft ? &drafts : &issued) += is(r->journal, id);
		known |= is(r->journal, id);
		if (draft != r->draft || !is(r->kind, kind) || !is(r->journal, id))
			continue;
		if (dated && strcmp(kind, "reversal") == 0)
			out->reversals_left_out++;
		else if (strcmp(table_cell(&t, row, "lines"), "0") == 0)
			out->empty_left_out++;
		else if (dated && *table_cell(&t, row, "reversed_early"))
			fine = fail(e, ERR_CONTROL,
			            "the ledger reverses %s on %s, NetSuite would on the first of the next month", id,
			            table_cell(&t, row, "reversed_early")) ||
			       err_hint(
			               e,
			               "clear its Reversal Date in NetSuite if it is there already, and give it the reversals as journals: --reversals journal");
		else if ((fine = check_journal(&t, row, e)))
			chosen[count++] = arena_slice(x->arena, slice_of(id));
	}
	table_release(&t);
	x->journals = db_text_array(x->arena, chosen, count);
	return fine && (count > 0 || refuse(r, out, x->period, known, issued, drafts, e));
}

static bool check_kind(const char *kind, struct err *e)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (is(kind, kinds[i]))
			return true;
	return fail(e, ERR_USAGE, "there is no kind of journal called %s", kind) ||
	       err_hint(e, "--kind takes accrual, reversal, final, correction");
}

static bool load_lines(struct export *x, struct err *e)
{
	const char *pattern = x->format->date, *dates = x->setting[EXPORT_DATES];
	for (size_t i = 0; dates && i < COUNT(date_pattern); i++)
		if (strcmp(settings[EXPORT_DATES].choice[i], dates) == 0)
			pattern = date_pattern[i];
	const char *reversals = x->format->takes & BIT(EXPORT_REVERSALS) ? x->setting[EXPORT_REVERSALS] : "";
	return table_load(&x->lines, line_columns, COUNT(line_columns), x->db, "export/lines",
	                  DB_PARAMS(x->journals, pattern, x->format->at_most, reversals), e);
}

/* ---- files ---- */

/* The row after the file that begins at `first`. */
static size_t file_end(const struct table *t, size_t first)
{
	size_t end = first + 1;
	while (end < table_rows(t) && strcmp(table_cell(t, end, "file"), table_cell(t, first, "file")) == 0)
		end++;
	return end;
}

static const char *file_path(const struct export *x, const char *base, size_t part)
{
	return part ? arena_printf(x->arena, "%s-%zu.%s", base, part, x->format->ending)
	            : arena_printf(x->arena, "%s.%s", base, x->format->ending);
}

/* Parts that an earlier export had and this one has not. */
static bool remove_others(const struct export *x, const char *base, size_t files, struct err *e)
{
	if (files > 1 && unlink(file_path(x, base, 0)) != 0 && errno != ENOENT)
		return fail_errno(e, "cannot remove %s", file_path(x, base, 0));
	for (size_t part = files > 1 ? files + 1 : 1; file_exists(file_path(x, base, part)); part++)
		if (unlink(file_path(x, base, part)) != 0)
			return fail_errno(e, "cannot remove %s", file_path(x, base, part));
	return true;
}

static bool write_files(const struct export *x, const char *base, size_t files, struct file_writer *writer,
                        struct export_result *out, struct err *e)
{
	const char **path = arena_alloc(x->arena, files * sizeof *path);
	size_t first = 0;
	for (size_t i = 0; i < files; i++) {
		size_t end = file_end(&x->lines, first);
		path[i] = file_path(x, base, files > 1 ? i + 1 : 0);
		if (!file_writer_begin(&writer[i], path[i], e))
			return false;
		x->format->write(writer[i].stream, x, first, end);
		if (!file_writer_finish(&writer[i], e))
			return false;
		first = end;
	}
	for (size_t i = 0; i < files; i++)
		if (!file_writer_publish(&writer[i], e))
			return false;
	out->path = path;
	out->paths = files;
	return remove_others(x, base, files, e);
}

static bool put_out(const struct export *x, const char *folder, bool draft, struct export_result *out, struct err *e)
{
	size_t files = 0;
	for (size_t row = 0; row < table_rows(&x->lines); row = file_end(&x->lines, row))
		files++;
	if (!folder && files > 1)
		return fail(e, ERR_USAGE, "this makes %zu files, and only one can be printed", files) ||
		       err_hint(e, "give a folder with --out, or a journal with --journal");
	if (!folder) {
		x->format->write(stdout, x, 0, table_rows(&x->lines));
		return true;
	}
	folder = path_join(x->arena, folder, x->period);
	const char *name = arena_printf(x->arena, "journal-%s%s", x->format->name, draft ? "-draft" : "");
	struct file_writer *writer = arena_alloc(x->arena, files * sizeof *writer);
	bool fine = folder_make(folder, 0755, e) &&
	            write_files(x, path_join(x->arena, folder, name), files, writer, out, e);
	for (size_t i = 0; i < files; i++)
		file_writer_release(&writer[i]);
	return fine;
}

bool export_journals(struct db *db, const struct export_request *r, const char *folder, struct arena *a,
                     struct export_result *out, struct err *e)
{
	struct export x = {.db = db, .arena = a, .lines = TABLE_INIT, .accounts = TABLE_INIT};
	*out = (struct export_result){0};
	period_text(r->period, x.period);
	if (!choose_format(&x, r->format, e) || !check_kind(r->kind, e) || !take_settings(&x, r, e))
		return false;
	/* One snapshot: a close that posts meanwhile shows in all of it or in none. */
	bool fine = db_begin_snapshot(db, e) && select_journals(&x, r, out, e) &&
	            (!x.format->prepare || x.format->prepare(&x, e)) && load_lines(&x, e);
	db_rollback(db);
	fine = fine && put_out(&x, folder, r->draft, out, e);
	table_release(&x.lines);
	table_release(&x.accounts);
	return fine;
}
