#include "report/files.h"

#include "base/digest.h"
#include "base/file.h"

const struct table_column report_variance_columns[REPORT_VARIANCE_COLUMNS] = {
        {"period", NULL, COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"computed_usd", "computed", COLUMN_NUMBER},
        {"usage_billed_usd", "usage billed", COLUMN_NUMBER},
        {"variance_usd", "variance", COLUMN_NUMBER},
        {"variance_pct", "%", COLUMN_NUMBER},
        {"tolerance_usd", "tolerance", COLUMN_NUMBER},
        {"status", "status", COLUMN_TEXT},
        {"rating_usd", "rating", COLUMN_NUMBER},
        {"rate_usd", "rate", COLUMN_NUMBER},
        {"quantity_usd", "quantity", COLUMN_NUMBER},
        {"unbilled_usd", "unbilled", COLUMN_NUMBER},
        {"unmetered_usd", "unmetered", COLUMN_NUMBER},
        {"timing_usd", "timing", COLUMN_NUMBER},
        {"rounding_usd", "rounding", COLUMN_NUMBER},
        {"charges_usd", "charges", COLUMN_NUMBER},
        {"billed_usd", "billed", COLUMN_NUMBER},
};
const struct table_column report_exception_columns[REPORT_EXCEPTION_COLUMNS] = {
        {"exception_id", "id", COLUMN_TEXT},   {"period", NULL, COLUMN_TEXT},
        {"class", NULL, COLUMN_TEXT},          {"code", "code", COLUMN_TEXT},
        {"severity", "severity", COLUMN_TEXT}, {"business_unit", "business unit", COLUMN_TEXT},
        {"team_id", "team", COLUMN_TEXT},      {"service", "service", COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT}, {"model", "model", COLUMN_TEXT},
        {"request_id", NULL, COLUMN_TEXT},     {"amount_usd", "amount", COLUMN_NUMBER},
        {"count", "count", COLUMN_COUNT},      {"detail", NULL, COLUMN_TEXT},
        {"owner", NULL, COLUMN_TEXT},          {"status", "status", COLUMN_TEXT},
};
const struct table_column report_journal_columns[REPORT_JOURNAL_COLUMNS] = {
        {"journal_id", "journal", COLUMN_TEXT},
        {"line", "line", COLUMN_COUNT},
        {"kind", NULL, COLUMN_TEXT},
        {"posting_date", "date", COLUMN_TEXT},
        {"period", NULL, COLUMN_TEXT},
        {"provider", "provider", COLUMN_TEXT},
        {"account", "account", COLUMN_TEXT},
        {"cost_center", "cost center", COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"debit", "debit", COLUMN_NUMBER},
        {"credit", "credit", COLUMN_NUMBER},
        {"currency", NULL, COLUMN_TEXT},
        {"memo", NULL, COLUMN_TEXT},
        {"external_id", NULL, COLUMN_TEXT},
};
static const struct table_column total_columns[] = {
        {"period", NULL, COLUMN_TEXT},
        {"result_id", NULL, COLUMN_TEXT},
        {"as_of", NULL, COLUMN_TEXT},
        {"line_total_usd", "provider lines", COLUMN_NUMBER},
        {"billed_usd", "billed to business units", COLUMN_NUMBER},
        {"usage_billed_usd", "of it usage", COLUMN_NUMBER},
        {"charges_usd", "of it taxes, credits, fees", COLUMN_NUMBER},
        {"computed_usd", "computed by the gateway", COLUMN_NUMBER},
        {"variance_usd", "variance", COLUMN_NUMBER},
        {"unattributed_usd", "unattributed", COLUMN_NUMBER},
        {"breaches", NULL, COLUMN_COUNT},
        {"accrual_estimate_usd", "not billed yet (estimate)", COLUMN_NUMBER},
        {"journal_debit_usd", "journal debits", COLUMN_NUMBER},
        {"journal_credit_usd", "journal credits", COLUMN_NUMBER},
        {"ties", NULL, COLUMN_FLAG},
        {"notices", NULL, COLUMN_JSON},
};
static const struct table_column provider_columns[] = {
        {"provider", "provider", COLUMN_TEXT},
        {"billed_usd", "billed", COLUMN_NUMBER},
        {"computed_usd", "computed", COLUMN_NUMBER},
        {"accrual_estimate_usd", "not billed yet", COLUMN_NUMBER},
};
static const struct table_column top_columns[] = {
        {"code", "code", COLUMN_TEXT},           {"severity", "severity", COLUMN_TEXT},
        {"exceptions", NULL, COLUMN_COUNT},      {"occurrences", "count", COLUMN_COUNT},
        {"amount_usd", "amount", COLUMN_NUMBER}, {"remedy", "what to do", COLUMN_TEXT},
};
static const struct table_column action_columns[] = {
        {"item_key", NULL, COLUMN_TEXT},
        {"code", "code", COLUMN_TEXT},
        {"business_unit", "business unit", COLUMN_TEXT},
        {"owner_login", "owner", COLUMN_TEXT},
        {"owner_email", "email", COLUMN_TEXT},
        {"amount_usd", "amount", COLUMN_NUMBER},
        {"opened", "since", COLUMN_TEXT},
};
static const struct table_column input_columns[] = {
        {"source", NULL, COLUMN_TEXT},
        {"format", NULL, COLUMN_TEXT},
        {"name", NULL, COLUMN_TEXT},
        {"digest", NULL, COLUMN_TEXT},
        {"rows_read", NULL, COLUMN_COUNT},
        {"rows_accepted", NULL, COLUMN_COUNT},
        {"rows_quarantined", NULL, COLUMN_COUNT},
        {"rows_duplicate", NULL, COLUMN_COUNT},
        {"rows_passed_over", NULL, COLUMN_COUNT},
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

bool report_totals(struct table *t, struct db *db, const char *period, const char *style, struct err *e)
{
	return table_load(t, total_columns, COUNT(total_columns), db, "report/totals", DB_PARAMS(period, style), e);
}

/* The same; ERR_USAGE when there are none. */
static bool load_totals(struct table *t, struct db *db, const char *period, const char *style, struct err *e)
{
	if (!report_totals(t, db, period, style, e))
		return false;
	if (table_rows(t) > 0)
		return true;
	fail(e, ERR_USAGE, "period %s has not been reconciled", period);
	return err_hint(e, "closebook reconcile --period %s", period);
}

/* ---- files ---- */

static const struct listing {
	const char *file, *sql;
	const struct table_column *column;
	size_t columns;
} listings[] = {
        {"variance.csv", "report/variance", report_variance_columns, REPORT_VARIANCE_COLUMNS},
        {"exceptions.csv", "report/exceptions", report_exception_columns, REPORT_EXCEPTION_COLUMNS},
        {"journal.csv", "report/journal", report_journal_columns, REPORT_JOURNAL_COLUMNS},
};
enum { LISTINGS = COUNT(listings), SUMMARY = LISTINGS, MANIFEST, FILES };

struct report {
	struct db *db;
	const char *folder;
	char period[PERIOD_TEXT_MAX];
	struct arena *arena;
	struct file_writer writer[FILES];
	const char *name[FILES];
	struct table totals;
};

static bool begin_file(struct report *r, int index, const char *name, struct err *e)
{
	r->name[index] = name;
	return file_writer_begin(&r->writer[index], path_join(r->arena, r->folder, name), e);
}

static bool write_listing(struct report *r, int index, struct err *e)
{
	const struct listing *l = &listings[index];
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, l->column, l->columns, r->db, l->sql,
	                       DB_PARAMS(r->period, "exact", NULL, NULL, NULL), e) &&
	            begin_file(r, index, l->file, e);
	if (fine)
		table_csv(r->writer[index].stream, &t);
	table_release(&t);
	return fine && file_writer_finish(&r->writer[index], e);
}

static void dump(json_t *root, FILE *out)
{
	json_dumpf(root, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', out);
}

static bool write_json(struct report *r, int index, const char *name, json_t *root, struct err *e)
{
	bool fine = begin_file(r, index, name, e);
	if (fine) {
		dump(root, r->writer[index].stream);
		fine = file_writer_finish(&r->writer[index], e);
	}
	json_decref(root);
	return fine;
}

static bool add_listing(json_t *root, const char *name, struct db *db, const char *period, const char *sql,
                        const struct table_column *column, size_t columns, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, column, columns, db, sql, DB_PARAMS(period, "exact", NULL), e);
	if (fine)
		json_object_set_new(root, name, table_json(&t));
	table_release(&t);
	return fine;
}

/* The totals and what they consist of; NULL on failure. */
static json_t *summary_of(struct db *db, const char *period, const struct table *totals, struct err *e)
{
	json_t *root = table_row_json(totals, 0);
	if (add_listing(root, "providers", db, period, "report/providers", provider_columns, COUNT(provider_columns),
	                e) &&
	    add_listing(root, "business_units", db, period, "report/variance", report_variance_columns,
	                REPORT_VARIANCE_COLUMNS, e) &&
	    add_listing(root, "exceptions", db, period, "report/top_exceptions", top_columns, COUNT(top_columns), e) &&
	    add_listing(root, "action_items", db, period, "report/action_items", action_columns, COUNT(action_columns),
	                e))
		return root;
	json_decref(root);
	return NULL;
}

bool report_print_json(FILE *out, struct db *db, struct period period, struct err *e)
{
	char name[PERIOD_TEXT_MAX];
	period_text(period, name);
	struct table totals = TABLE_INIT;
	json_t *root = load_totals(&totals, db, name, "exact", e) ? summary_of(db, name, &totals, e) : NULL;
	if (root)
		dump(root, out);
	json_decref(root);
	table_release(&totals);
	return root != NULL;
}

static bool write_summary(struct report *r, struct err *e)
{
	json_t *root = summary_of(r->db, r->period, &r->totals, e);
	return root && write_json(r, SUMMARY, "summary.json", root, e);
}

static bool write_manifest(struct report *r, struct err *e)
{
	struct table inputs = TABLE_INIT;
	DB_RESULT refdata = DB_RESULT_INIT, head = DB_RESULT_INIT;
	bool fine = table_load(&inputs, input_columns, COUNT(input_columns), r->db, "report/inputs",
	                       DB_PARAMS(r->period), e) &&
	            db_run(r->db, "report/refdata", DB_NO_PARAMS, &refdata, e) &&
	            db_run(r->db, "close/head", DB_NO_PARAMS, &head, e);
	json_t *files = json_object();
	for (int i = 0; fine && i < MANIFEST; i++) {
		char hex[DIGEST_HEX_SIZE];
		uint64_t size;
		fine = digest_file(r->writer[i].temporary, hex, &size, e);
		json_object_set_new(files, r->name[i],
		                    json_pack("{s:s, s:I}", "sha256", hex, "bytes", (json_int_t)size));
	}
	if (!fine) {
		table_release(&inputs);
		json_decref(files);
		return false;
	}
	json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "program", "closebook " CLOSEBOOK_VERSION, "period",
	                         r->period, "as_of", table_cell(&r->totals, 0, "as_of"), "result_id",
	                         table_cell(&r->totals, 0, "result_id"), "files", files, "inputs", table_json(&inputs));
	if (db_rows(&refdata))
		json_object_set_new(root, "reference_data",
		                    json_pack("{s:s, s:o}", "digest", db_text(&refdata, 0, 0), "files",
		                              json_loads(db_text(&refdata, 0, 1), 0, NULL)));
	if (db_int(&head, 0, 0) > 0)
		json_object_set_new(root, "ledger",
		                    json_pack("{s:I, s:s}", "entries", (json_int_t)db_int(&head, 0, 0), "head",
		                              db_text(&head, 0, 1)));
	table_release(&inputs);
	return write_json(r, MANIFEST, "manifest.json", root, e);
}

static bool write_all(struct report *r, struct err *e)
{
	if (!load_totals(&r->totals, r->db, r->period, "exact", e))
		return false;
	if (!folder_make(r->folder, 0755, e))
		return false;
	for (int i = 0; i < LISTINGS; i++)
		if (!write_listing(r, i, e))
			return false;
	if (!write_summary(r, e) || !write_manifest(r, e))
		return false;
	for (int i = 0; i < FILES; i++)
		if (!file_writer_publish(&r->writer[i], e))
			return false;
	return true;
}

bool report_write(struct db *db, const char *folder, struct period period, struct arena *a, const char **written,
                  struct err *e)
{
	struct report r = {.db = db, .arena = a, .totals = TABLE_INIT};
	period_text(period, r.period);
	*written = r.folder = path_join(a, folder, r.period);
	/* One snapshot for all files: a reconcile that ends meanwhile shows in none of them. */
	bool fine = db_begin_snapshot(db, e) && write_all(&r, e);
	db_rollback(db);
	for (int i = 0; i < FILES; i++)
		file_writer_release(&r.writer[i]);
	table_release(&r.totals);
	return fine;
}

/* ---- screen ---- */

static bool print_listing(FILE *out, struct db *db, const char *heading, const char *sql,
                          const struct table_column *column, size_t columns, struct db_params params, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, column, columns, db, sql, params, e);
	if (fine && table_rows(&t) > 0) {
		fprintf(out, "\n%s\n", heading);
		table_text(out, &t, 2);
	}
	table_release(&t);
	return fine;
}

bool report_print(FILE *out, struct db *db, struct period period, struct err *e)
{
	char name[PERIOD_TEXT_MAX];
	period_text(period, name);
	struct table totals = TABLE_INIT;
	if (!load_totals(&totals, db, name, "screen", e)) {
		table_release(&totals);
		return false;
	}
	fprintf(out, "%s, as of %s (USD)\n", name, table_cell(&totals, 0, "as_of"));
	table_text_row(out, &totals, 0, 2);
	fprintf(out, "  %s\n",
	        strcmp(table_cell(&totals, 0, "ties"), "true") == 0 ? "Totals tie: lines = billed, debits = credits."
	                                                            : "TOTALS DO NOT TIE.");
	table_release(&totals);
	return print_listing(out, db, "By provider", "report/providers", provider_columns, COUNT(provider_columns),
	                     DB_PARAMS(name, "screen"), e) &&
	       print_listing(out, db, "Variance by business unit", "report/variance", report_variance_columns,
	                     REPORT_VARIANCE_COLUMNS, DB_PARAMS(name, "screen", NULL), e) &&
	       print_listing(out, db, "Exceptions by code", "report/top_exceptions", top_columns, COUNT(top_columns),
	                     DB_PARAMS(name, "screen"), e) &&
	       print_listing(out, db, "Action items, as of the last weekly", "report/action_items", action_columns,
	                     COUNT(action_columns), DB_PARAMS(name, "screen"), e);
}
