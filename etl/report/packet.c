#include "report/packet_part.h"

#include "base/archive.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/folder.h"
#include "report/files.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(column)                                                                                                   \
	{                                                                                                              \
		column, NULL, COLUMN_TEXT                                                                              \
	}
#define NUMBER(column)                                                                                                 \
	{                                                                                                              \
		column, NULL, COLUMN_NUMBER                                                                            \
	}
#define COLUMNS(table) table, sizeof table / sizeof *table

static const struct table_column trace[] = {
        TEXT("request_id"),
        TEXT("timestamp"),
        TEXT("provider"),
        TEXT("model"),
        TEXT("model_as_named"),
        TEXT("business_unit"),
        TEXT("team"),
        TEXT("stated_team"),
        TEXT("service"),
        TEXT("environment"),
        TEXT("tenant_id"),
        TEXT("feature"),
        TEXT("account_id"),
        TEXT("region"),
        TEXT("service_tier"),
        TEXT("status"),
        TEXT("billable"),
        NUMBER("input"),
        NUMBER("cache_read"),
        NUMBER("cache_write_5m"),
        NUMBER("cache_write_1h"),
        NUMBER("output"),
        NUMBER("input_price"),
        NUMBER("cache_read_price"),
        NUMBER("cache_write_5m_price"),
        NUMBER("cache_write_1h_price"),
        NUMBER("output_price"),
        TEXT("billing_rule_version"),
        NUMBER("rule_cost_usd"),
        NUMBER("stated_cost_usd"),
        NUMBER("computed_usd"),
        TEXT("file"),
        NUMBER("line"),
        TEXT("digest"),
};
static const struct table_column bill[] = {
        TEXT("file"),        NUMBER("line"),    TEXT("source"),      TEXT("dataset"),     NUMBER("delivery"),
        TEXT("provider"),    TEXT("step"),      TEXT("bucket"),      TEXT("request_id"),  TEXT("charge_type"),
        TEXT("account_id"),  TEXT("region"),    TEXT("model"),       TEXT("usage_class"), TEXT("service_tier"),
        TEXT("resource_id"), TEXT("principal"), TEXT("api_key_id"),  TEXT("usage_start"), TEXT("usage_end"),
        NUMBER("quantity"),  TEXT("unit"),      NUMBER("cost"),      TEXT("currency"),    NUMBER("cost_usd"),
        TEXT("invoice_id"),  TEXT("tags"),      TEXT("description"), TEXT("digest"),
};
static const struct table_column shares[] = {
        TEXT("step"),          TEXT("bucket"),         TEXT("provider"),        TEXT("business_unit"),
        TEXT("team_id"),       TEXT("service"),        TEXT("environment"),     TEXT("tenant_id"),
        TEXT("feature"),       TEXT("model"),          TEXT("usage_class"),     TEXT("charge_type"),
        TEXT("cost_center"),   TEXT("account"),        NUMBER("lines"),         NUMBER("usage_billed_usd"),
        NUMBER("charges_usd"), NUMBER("computed_usd"), NUMBER("rule_cost_usd"), NUMBER("rating_usd"),
        NUMBER("rate_usd"),    NUMBER("quantity_usd"), NUMBER("unbilled_usd"),  NUMBER("unmetered_usd"),
        NUMBER("timing_usd"),
};
static const struct table_column buckets[] = {
        TEXT("bucket"),
        TEXT("source"),
        TEXT("provider"),
        TEXT("account_id"),
        TEXT("region"),
        TEXT("model"),
        TEXT("usage_class"),
        TEXT("service_tier"),
        TEXT("usage_start"),
        TEXT("usage_end"),
        NUMBER("lines"),
        NUMBER("cost_usd"),
        NUMBER("billed_quantity"),
        NUMBER("metered_quantity"),
        NUMBER("rule_cost_usd"),
        NUMBER("left_usd"),
};
static const struct table_column cells[] = {
        TEXT("provider"),          TEXT("business_unit"),     TEXT("cost_center"),    TEXT("account"),
        NUMBER("billed_usd"),      NUMBER("reallocated_usd"), NUMBER("recovery_usd"), NUMBER("charged_usd"),
        NUMBER("whole_cents_usd"), NUMBER("remainder_usd"),   NUMBER("rank"),         TEXT("gets_a_cent"),
        NUMBER("booked_usd"),      NUMBER("estimate_usd"),    NUMBER("accrued_usd"),  NUMBER("accrual_usd"),
};
static const struct table_column charges[] = {
        TEXT("business_unit"), NUMBER("line"), TEXT("step"),  TEXT("detail"),
        NUMBER("quantity"),    NUMBER("rate"), NUMBER("per"), NUMBER("amount_usd"),
};
static const struct table_column approvals[] = {
        NUMBER("entry"), TEXT("at"),   TEXT("login"),  TEXT("kind"), TEXT("step"),
        TEXT("subject"), TEXT("what"), TEXT("reason"), TEXT("hash"),
};
static const struct table_column chain[] = {
        {"entry_no", NULL, COLUMN_COUNT},
        TEXT("previous"),
        TEXT("kind"),
        TEXT("period"),
        TEXT("login"),
        TEXT("at"),
        TEXT("content"),
        TEXT("hash"),
};
static const struct table_column thresholds[] = {
        TEXT("business_unit"),
        NUMBER("threshold_pct"),
        NUMBER("threshold_usd"),
        TEXT("defaults"),
        NUMBER("percent_of_usage_usd"),
        NUMBER("tolerance_usd"),
        NUMBER("variance_usd"),
        TEXT("status"),
        TEXT("owner_login"),
        TEXT("owner_email"),
};
static const struct table_column prices[] = {
        TEXT("billing_rule_version"),
        TEXT("provider"),
        TEXT("model"),
        TEXT("usage_class"),
        TEXT("service_tier"),
        NUMBER("above_input_tokens"),
        NUMBER("per_units"),
        NUMBER("price_usd"),
        TEXT("valid_from"),
        TEXT("valid_to"),
        TEXT("origin"),
};
static const struct table_column models[] = {TEXT("provider"), TEXT("alias"), TEXT("model")};
static const struct table_column owners[] = {TEXT("provider"), TEXT("match_kind"), TEXT("match_value"),
                                             TEXT("team_id"),  TEXT("valid_from"), TEXT("valid_to")};
static const struct table_column allocations[] = {TEXT("charge_type"), TEXT("method"), TEXT("target")};
static const struct table_column business_units[] = {
        TEXT("business_unit_id"), TEXT("name"),        TEXT("cost_center"),     TEXT("expense_account"),
        TEXT("owner_email"),      TEXT("owner_login"), NUMBER("threshold_pct"), NUMBER("threshold_usd"),
        TEXT("valid_from"),       TEXT("valid_to"),
};
static const struct table_column teams[] = {TEXT("team_id"),     TEXT("business_unit_id"), TEXT("name"),
                                            TEXT("cost_center"), TEXT("valid_from"),       TEXT("valid_to")};
static const struct table_column services[] = {TEXT("service"), TEXT("team_id"), TEXT("valid_from"), TEXT("valid_to")};
static const struct table_column chargeback[] = {
        TEXT("business_unit_id"),  TEXT("model"),         NUMBER("markup"),
        NUMBER("pool_usd"),        NUMBER("from_tokens"), NUMBER("to_tokens"),
        NUMBER("usd_per_million"), TEXT("valid_from"),    TEXT("valid_to"),
};
static const struct table_column reallocations[] = {TEXT("from_business_unit"), TEXT("basis"),
                                                    TEXT("to_business_unit"),   NUMBER("share"),
                                                    TEXT("valid_from"),         TEXT("valid_to")};
static const struct table_column accounts[] = {TEXT("role"), TEXT("account")};
static const struct table_column fx[] = {TEXT("period"), TEXT("currency"), NUMBER("usd_rate")};

/* Those of a report come with its own SQL, whose parameters are others. */
static const struct listing {
	const char *file, *what, *sql;
	const struct table_column *column;
	size_t columns;
} listings[] = {
        {"trace.csv", "the events: who called what, when, counts, prices, rule, cost", "packet/trace", COLUMNS(trace)},
        {"lines.csv", "the bill's lines as stored, with file and line", "packet/bill", COLUMNS(bill)},
        {"shares.csv", "where every amount went", "packet/shares", COLUMNS(shares)},
        {"buckets.csv", "lines that name no request: cost, billed and metered quantity", "packet/buckets",
         COLUMNS(buckets)},
        {"cells.csv", "what the journal debits, exact and in cents", "packet/cells", COLUMNS(cells)},
        {"chargeback.csv", "how each business unit's charge comes about, line by line", "packet/charges",
         COLUMNS(charges)},
        {"journal.csv", "all journals of the month", "report/journal", report_journal_columns, REPORT_JOURNAL_COLUMNS},
        {"variance.csv", "billed against computed, per business unit, with causes", "report/variance",
         report_variance_columns, REPORT_VARIANCE_COLUMNS},
        {"exceptions.csv", "what was found wrong in the month", "report/exceptions", report_exception_columns,
         REPORT_EXCEPTION_COLUMNS},
        {"thresholds.csv", "what makes a variance a breach", "packet/thresholds", COLUMNS(thresholds)},
        {"approvals.csv", "sign-offs, waivers, steps, adjustments, journals: who, when, why", "packet/approvals",
         COLUMNS(approvals)},
        {"rules/prices.csv", "prices", "packet/rules_prices", COLUMNS(prices)},
        {"rules/models.csv", "other names of models", "packet/rules_models", COLUMNS(models)},
        {"rules/owners.csv", "who bears lines without events", "packet/rules_owners", COLUMNS(owners)},
        {"rules/allocations.csv", "who bears charges", "packet/rules_allocations", COLUMNS(allocations)},
        {"rules/business_units.csv", "who is charged", "packet/rules_business_units", COLUMNS(business_units)},
        {"rules/teams.csv", "which business unit a team belongs to", "packet/rules_teams", COLUMNS(teams)},
        {"rules/services.csv", "whose a service is", "packet/rules_services", COLUMNS(services)},
        {"rules/chargeback.csv", "by which model who is charged", "packet/rules_chargeback", COLUMNS(chargeback)},
        {"rules/reallocations.csv", "whose cost others bear", "packet/rules_reallocations", COLUMNS(reallocations)},
        {"rules/accounts.csv", "ledger accounts", "packet/rules_accounts", COLUMNS(accounts)},
        {"rules/fx.csv", "USD for one unit of a currency", "packet/rules_fx", COLUMNS(fx)},
};

bool packet_begin(struct packet *p, struct file_writer *w, const char *name, const char *what, long rows, struct err *e)
{
	if (p->files == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		struct packet_file *more = arena_alloc(p->arena, room * sizeof *more);
		if (p->files)
			memcpy(more, p->file, p->files * sizeof *more);
		p->file = more;
		p->room = room;
	}
	p->file[p->files++] =
	        (struct packet_file){arena_strdup(p->arena, name), what, rows < 0 ? 0 : (size_t)rows, rows >= 0};
	return file_writer_begin(w, path_join(p->arena, p->folder, name), e);
}

static bool write_listing(struct packet *p, const struct listing *l, struct err *e)
{
	struct table t = TABLE_INIT;
	struct file_writer w = {0};
	struct db_params params = strncmp(l->sql, "report/", 7) == 0
	                                  ? DB_PARAMS(p->request->period, "exact", NULL, NULL, NULL)
	                                  : p->params;
	bool fine = table_load(&t, l->column, l->columns, p->db, l->sql, params, e) &&
	            packet_begin(p, &w, l->file, l->what, (long)table_rows(&t), e);
	if (fine) {
		table_csv(w.stream, &t);
		fine = file_writer_publish(&w, e);
	}
	file_writer_release(&w);
	table_release(&t);
	return fine;
}

static bool write_json(struct packet *p, const char *name, const char *what, const json_t *root, struct err *e)
{
	struct file_writer w = {0};
	bool fine = packet_begin(p, &w, name, what, -1, e);
	if (fine) {
		json_dumpf(root, w.stream, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		fputc('\n', w.stream);
		fine = file_writer_publish(&w, e);
	}
	file_writer_release(&w);
	return fine;
}

/* ---- what it is about ---- */

/* As `explain` has it: once for programs, whose temporary tables go again, and once for people, whose tables stay. */
static bool explain_subject(struct packet *p, struct err *e)
{
	const struct packet_request *r = p->request;
	struct file_writer w = {0};
	json_t *root = json_object();
	bool fine = db_query(p->db, "savepoint explained", DB_NO_PARAMS, NULL, e) &&
	            explain_parts(p->db, r->kind, r->id, DB_PARAMS(r->id, r->provider, r->period, "exact", r->defaults),
	                          NULL, root, e) &&
	            db_query(p->db, "rollback to savepoint explained", DB_NO_PARAMS, NULL, e);
	json_t *subject = json_pack("{s:s, s:s, s:o}", "kind", r->kind->name, "id", r->id, "answer", root);
	fine = fine && write_json(p, "dispute.json", "the same for programs", subject, e) &&
	       packet_begin(p, &w, "dispute.txt", "what this packet is about, explained", -1, e) &&
	       explain_parts(p->db, r->kind, r->id, DB_PARAMS(r->id, r->provider, r->period, "screen", r->defaults),
	                     w.stream, NULL, e) &&
	       file_writer_publish(&w, e);
	json_decref(subject);
	file_writer_release(&w);
	return fine;
}

static bool select_content(struct packet *p, struct err *e)
{
	static const char *const steps[] = {"packet/postings", "packet/corrected", "explain/lines_of_buckets",
	                                    "packet/lines",    "packet/events",    "packet/rules"};
	const struct explain_kind *kind = p->request->kind;
	bool fine = (!kind || explain_subject(p, e)) &&
	            db_run(p->db, kind ? kind->scope : "packet/scope_period", p->params, NULL, e);
	for (size_t i = 0; fine && i < sizeof steps / sizeof *steps; i++)
		fine = db_run(p->db, steps[i], p->params, NULL, e);
	static const struct table_column totals[] = {TEXT("name"), {"rows", NULL, COLUMN_COUNT}, NUMBER("total_usd")};
	return fine && table_load(&p->totals, COLUMNS(totals), p->db, "packet/totals", DB_NO_PARAMS, e);
}

/* ---- manifest ---- */

static json_t *file_json(struct packet *p, const struct packet_file *f, struct err *e)
{
	char hex[DIGEST_HEX_SIZE];
	uint64_t size;
	if (!digest_file(path_join(p->arena, p->folder, f->name), hex, &size, e))
		return NULL;
	json_t *one = json_pack("{s:s, s:I}", "sha256", hex, "bytes", (json_int_t)size);
	if (f->counted)
		json_object_set_new(one, "rows", json_integer((json_int_t)f->rows));
	for (size_t row = 0; row < table_rows(&p->totals); row++)
		if (strcmp(table_cell(&p->totals, row, "name"), f->name) == 0) {
			json_object_set_new(one, "rows_in_all", json_integer(db_int(&p->totals.result, row, 1)));
			json_object_set_new(one, "total_usd", json_string(table_cell(&p->totals, row, "total_usd")));
		}
	return one;
}

static bool write_manifest(struct packet *p, struct err *e)
{
	const struct packet_request *r = p->request;
	DB_RESULT head = DB_RESULT_INIT, refdata = DB_RESULT_INIT, state = DB_RESULT_INIT;
	struct table totals = TABLE_INIT;
	char as_of[UTC_TEXT_MAX];
	utc_text(r->as_of, as_of);
	json_t *files = json_object();
	bool fine = db_run(p->db, "close/head", DB_NO_PARAMS, &head, e) &&
	            db_run(p->db, "report/refdata", DB_NO_PARAMS, &refdata, e) &&
	            db_run(p->db, "close/state", DB_PARAMS(r->period), &state, e) &&
	            report_totals(&totals, p->db, r->period, "exact", e);
	for (size_t i = 0; fine && i < p->files; i++) {
		json_t *one = file_json(p, &p->file[i], e);
		fine = one != NULL;
		json_object_set_new(files, p->file[i].name, one);
	}
	json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:s}", "program", "closebook " CLOSEBOOK_VERSION, "period",
	                         r->period, "about", r->id, "as_of", as_of, "state", fine ? db_text(&state, 0, 0) : "");
	if (fine) {
		json_object_set_new(root, "result_id", json_string(table_cell(&totals, 0, "result_id")));
		json_object_set_new(root, "result_as_of", json_string(table_cell(&totals, 0, "as_of")));
		json_object_set_new(root, "ledger",
		                    json_pack("{s:I, s:s}", "entries", (json_int_t)db_int(&head, 0, 0), "head",
		                              db_text(&head, 0, 1)));
		if (db_rows(&refdata))
			json_object_set_new(root, "reference_data",
			                    json_pack("{s:s, s:o}", "digest", db_text(&refdata, 0, 0), "files",
			                              json_loads(db_text(&refdata, 0, 1), 0, NULL)));
	}
	json_object_set_new(root, "files", files);
	fine = fine && write_json(p, "manifest.json", "", root, e);
	json_decref(root);
	table_release(&totals);
	return fine;
}

/* ---- all of it ---- */

static bool write_content(struct packet *p, struct err *e)
{
	struct table entries = TABLE_INIT;
	bool fine = folder_make(path_join(p->arena, p->folder, "rules"), 0755, e) && select_content(p, e);
	for (size_t i = 0; fine && i < sizeof listings / sizeof *listings; i++)
		fine = write_listing(p, &listings[i], e);
	fine = fine && table_load(&entries, COLUMNS(chain), p->db, "packet/chain", p->params, e);
	if (fine) {
		json_t *root = table_json(&entries);
		fine = write_json(p, "chain.json", "the same entries as they were hashed", root, e);
		json_decref(root);
	}
	table_release(&entries);
	return fine && packet_originals(p, e) && packet_readme(p, e) && write_manifest(p, e);
}

/* A name for files: other characters than letters, digits, dot, dash, underscore become dashes; then, and where it is
 * long, a part of its digest tells it from others. */
static const char *name_of(const struct packet_request *r, struct arena *a)
{
	if (!r->kind)
		return arena_printf(a, "packet-%s", r->period);
	const char *rest = strncmp(r->id, r->period, strlen(r->period)) == 0 && r->id[strlen(r->period)] == '/'
	                           ? r->id + strlen(r->period) + 1
	                           : r->id;
	char *name = arena_strdup(a, rest), hex[DIGEST_HEX_SIZE];
	bool changed = strlen(name) > 80;
	if (changed)
		name[80] = '\0';
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c)) {
			*c = '-';
			changed = true;
		}
	struct buf whole = BUF_INIT;
	buf_printf(&whole, "%s %s %s", r->kind->name, r->provider ? r->provider : "", r->id);
	digest_bytes(whole.ptr, whole.len, hex);
	buf_release(&whole);
	return changed ? arena_printf(a, "packet-%s-%s-%.8s", r->period, name, hex)
	               : arena_printf(a, "packet-%s-%s", r->period, name);
}

static bool write_archives(const struct packet *p, struct file_writer writer[2], const char *path, struct err *e)
{
	static const char *const ending[] = {[ARCHIVE_ZIP] = "zip", [ARCHIVE_TAR_GZ] = "tar.gz"};
	const char **name = arena_alloc(p->arena, p->files * sizeof *name);
	for (size_t i = 0; i < p->files; i++)
		name[i] = p->file[i].name;
	bool fine = true;
	for (int kind = 0; fine && kind < 2; kind++)
		if (kind == ARCHIVE_ZIP ? p->request->zip : p->request->tar)
			fine = file_writer_begin(&writer[kind], arena_printf(p->arena, "%s.%s", path, ending[kind]),
			                         e) &&
			       archive_write(&writer[kind], (enum archive_kind)kind, p->folder, p->name, name, p->files,
			                     p->request->as_of, e);
	return fine;
}

bool packet_write(struct db *db, const struct packet_request *r, const char *folder, struct arena *a,
                  struct packet_result *out, struct err *e)
{
	char as_of[UTC_TEXT_MAX];
	utc_text(r->as_of, as_of);
	struct packet p = {
	        .db = db, .request = r, .arena = a, .name = name_of(r, a), .totals = TABLE_INIT, .missing = BUF_INIT};
	p.params =
	        DB_PARAMS(r->id, r->provider, r->period, "exact", r->defaults, r->rows, r->percent, r->amount, as_of);
	const char *path = path_join(a, path_join(a, folder, r->period), p.name);
	struct folder_writer target = {0};
	struct file_writer archive[2] = {0};
	/* One snapshot for all files: what others change meanwhile shows in none of them. */
	bool fine = db_begin_snapshot(db, e) && folder_writer_begin(&target, path, e);
	if (fine) {
		p.folder = target.temporary;
		fine = write_content(&p, e) && write_archives(&p, archive, path, e);
	}
	db_rollback(db);
	fine = fine && folder_writer_publish(&target, e);
	for (int kind = 0; kind < 2; kind++) {
		out->archive[kind] = fine && archive[kind].path ? arena_strdup(a, archive[kind].path) : NULL;
		fine = fine && (!archive[kind].path || file_writer_publish(&archive[kind], e));
		file_writer_release(&archive[kind]);
	}
	out->folder = path;
	folder_writer_release(&target);
	table_release(&p.totals);
	buf_release(&p.missing);
	return fine;
}
