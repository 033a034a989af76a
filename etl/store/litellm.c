#include "store/litellm.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "store/landing.h"

struct pull {
	const struct litellm_options *options;
	struct litellm_totals *totals;
	struct db gateway;
	struct arena arena;
	struct landing *landing;
	bool keeps_deleted_teams; /* newer versions of LiteLLM do */
};

static bool wants_teams(const struct pull *p)
{
	return p->options->source->business_unit_from.count > 0;
}

/* ---- What may be read ---- */

static bool check_access(struct pull *p, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(&p->gateway, "pull/litellm_access", DB_PARAMS(wants_teams(p) ? "true" : "false"), &r, e))
		return false;
	p->keeps_deleted_teams = wants_teams(p);
	for (size_t i = 0; i < db_rows(&r); i++) {
		if (strcmp(db_text(&r, i, 2), "absent") == 0) {
			p->keeps_deleted_teams = false;
			continue;
		}
		char shown[512];
		db_uri_display(p->options->source->remote.url, shown, sizeof(shown));
		fail(e, ERR_CONFIG, "source %s, %s: %s", p->options->source->name, shown, db_text(&r, i, 0));
		return err_hint(e, "%s", db_text(&r, i, 1));
	}
	return true;
}

/* ---- Calls ---- */

/* The lists of origins as three arrays of equal length, for unnest(). */
struct origin_arrays {
	struct slice part[3 * ORIGINS_MAX], kind[3 * ORIGINS_MAX], name[3 * ORIGINS_MAX];
	size_t count;
};

static void add_origins(struct origin_arrays *o, const char *part, const struct origin_list *list)
{
	for (size_t i = 0; i < list->count; i++, o->count++) {
		o->part[o->count] = slice_of(part);
		o->kind[o->count] = slice_of(list->item[i].kind);
		o->name[o->count] = slice_of(list->item[i].name);
	}
}

enum { URI_SHOWN_MAX = 512 };
enum { ROW_ENDED, ROW_PERIOD, ROW_REQUEST_ID, ROW_MARK, ROW_EVENT };

static bool take_row(void *context, const struct db_result *r, struct err *e)
{
	struct pull *p = context;
	struct landing_row row = {
	        .request_id = db_slice(r, 0, ROW_REQUEST_ID),
	        .mark = db_slice(r, 0, ROW_MARK),
	        .line = db_slice(r, 0, ROW_EVENT),
	};
	utc_us ended;
	if (!utc_parse(db_slice(r, 0, ROW_ENDED), &ended))
		return fail(e, ERR_INPUT, "\"endTime\" %s of request %s is not a time after 1970",
		            db_text(r, 0, ROW_ENDED), db_text(r, 0, ROW_REQUEST_ID));
	/* An absurd start goes where ingest will find it, and quarantine it. */
	if (!period_parse(db_slice(r, 0, ROW_PERIOD), &row.period))
		row.period = period_of(ended);
	row.ended = ended;
	p->totals->rows_read++;
	p->totals->newest_end = ended;
	return landing_add(p->landing, &row, e);
}

static const char *time_param(struct pull *p, utc_us at)
{
	char text[UTC_TEXT_MAX];
	if (at == UTC_NONE)
		return NULL;
	utc_text(at, text);
	return arena_strdup(&p->arena, text);
}

static bool pull_calls(struct pull *p, struct db *own, struct err *e)
{
	const struct litellm_options *o = p->options;
	struct origin_arrays origins = {.count = 0};
	add_origins(&origins, "service", &o->source->service_from);
	add_origins(&origins, "environment", &o->source->environment_from);
	add_origins(&origins, "feature", &o->source->feature_from);
	const char *part = db_text_array(&p->arena, origins.part, origins.count);
	const char *kind = db_text_array(&p->arena, origins.kind, origins.count);
	const char *name = db_text_array(&p->arena, origins.name, origins.count);
	const char *from = time_param(p, o->from), *to = time_param(p, o->to);
	char uri[URI_SHOWN_MAX];
	db_uri_display(o->source->remote.url, uri, sizeof(uri));
	bool done = landing_begin(p->landing, own, o->source->name, o->folder, uri, o->from, e) &&
	            db_each(&p->gateway, "pull/litellm_rows", DB_PARAMS(from, to, part, kind, name), take_row, p, e) &&
	            landing_end(p->landing, e);
	p->totals->rows_new = p->landing->rows_new;
	p->totals->files = p->landing->files;
	landing_release(p->landing);
	return done;
}

/* ---- Reference data ---- */

/*
 * A query's result as a CSV file, its columns being the result's. The texts stand as they are: it is closebook that
 * reads the file, and an id must stay what it is.
 */
static void write_csv(FILE *out, const struct db_result *r)
{
	for (size_t c = 0; c < db_columns(r); c++)
		csv_number(out, c == 0, db_column_name(r, c));
	fputc('\n', out);
	for (size_t row = 0; row < db_rows(r); row++) {
		for (size_t c = 0; c < db_columns(r); c++)
			csv_number(out, c == 0, db_text(r, row, c));
		fputc('\n', out);
	}
}

/* Leaves the file as it is when it has this content. */
static bool publish_changed(struct file_writer *w, const char *path, struct err *e)
{
	char old[DIGEST_HEX_SIZE], new[DIGEST_HEX_SIZE];
	uint64_t size;
	if (!file_writer_finish(w, e))
		return false;
	if (file_exists(path)) {
		if (!digest_file(path, old, &size, e) || !digest_file(w->temporary, new, &size, e))
			return false;
		if (strcmp(old, new) == 0)
			return true;
	}
	return file_writer_publish(w, e);
}

static bool refdata_write(struct pull *p, const char *name, const struct db_result *r, struct err *e)
{
	const char *folder = path_join(&p->arena, p->options->folder, "refdata");
	const char *path = path_join(&p->arena, folder, name);
	struct file_writer w = {0};
	if (!folder_make(folder, 0755, e) || !file_writer_begin(&w, path, e))
		return false;
	write_csv(w.stream, r);
	bool done = publish_changed(&w, path, e);
	file_writer_release(&w);
	return done;
}

static bool pull_teams(struct pull *p, struct err *e)
{
	const struct source_config *source = p->options->source;
	struct origin_arrays origins = {.count = 0};
	add_origins(&origins, "", &source->business_unit_from);
	bool is_unit = false;
	for (size_t i = 0; i < origins.count; i++)
		is_unit |= slice_is(origins.kind[i], "organization");
	const char *kind = db_text_array(&p->arena, origins.kind, origins.count);
	const char *name = db_text_array(&p->arena, origins.name, origins.count);
	const char *query = p->keeps_deleted_teams ? "pull/litellm_all_teams" : "pull/litellm_teams";
	DB_RESULT teams = DB_RESULT_INIT;
	DB_RESULT budgets = DB_RESULT_INIT;
	if (!db_run(&p->gateway, query, DB_PARAMS(kind, name), &teams, e) ||
	    !db_run(&p->gateway, "pull/litellm_budgets", DB_PARAMS(source->name, is_unit ? "true" : "false"), &budgets,
	            e))
		return false;
	p->totals->teams = db_rows(&teams);
	return refdata_write(p, "teams.csv", &teams, e) && refdata_write(p, "budgets.csv", &budgets, e);
}

bool litellm_pull(struct db *own, const struct litellm_options *o, struct litellm_totals *t, struct err *e)
{
	*t = (struct litellm_totals){.newest_end = UTC_NONE};
	struct pull p = {.options = o, .totals = t, .arena = ARENA_INIT};
	if (!db_connect_reader(&p.gateway, o->source->remote.url, o->password, e))
		return false;
	p.landing = must_alloc(sizeof(*p.landing));
	bool done = db_begin_snapshot(&p.gateway, e) && check_access(&p, e) && pull_calls(&p, own, e) &&
	            (!wants_teams(&p) || pull_teams(&p, e));
	db_close(&p.gateway);
	free(p.landing);
	arena_release(&p.arena);
	return done;
}
