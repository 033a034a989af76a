#include "run/pull_task.h"

#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"
#include "run/array_param.h"
#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { AT_ONCE = 8, FOLDER_MODE = 0750, CLEAR_AT_ONCE = 1000, FOLDER_DEPTH = 8 };
#define BYTES_LIMIT (UINT64_C(64) << 30)

static const struct {
	const char *type;
	pull_way *pull;
} ways[] = {
        {"aws-cur", pull_cur},    {"bedrock-invocation-log", pull_logs},
        {"openai", pull_api},     {"anthropic", pull_api},
        {"openrouter", pull_api}, {"http", pull_web},
        {"otlp", pull_tail},      {"litellm", pull_gateway},
};

static pull_way *way_of(const struct source_config *s)
{
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(s->type, ways[i].type) == 0)
			return ways[i].pull;
	return NULL;
}

/* ---- shared by the ways ---- */

bool pull_land(struct pull_task *p, const char *period, const char *name, struct slice bytes,
               const struct origin_file *origin, struct err *e)
{
	const char *folder = path_join(p->arena, p->folder, period), *path = path_join(p->arena, folder, name);
	struct file_writer w = {0};
	bool fine =
	        folder_make(folder, FOLDER_MODE, e) && origin_write(path, origin, e) && file_writer_begin(&w, path, e);
	if (fine)
		fwrite(bytes.ptr, 1, bytes.len, w.stream);
	fine = fine && file_writer_finish(&w, e) && file_writer_publish(&w, e);
	file_writer_release(&w);
	p->result->files += fine;
	return fine;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

bool pull_remove(struct pull_task *p, const char *path, struct err *e)
{
	if (nftw(path, remove_one, FOLDER_DEPTH, FTW_DEPTH | FTW_PHYS) != 0)
		return fail_errno(e, "cannot remove %s", path);
	unlink(arena_printf(p->arena, "%s.origin.json", path));
	return db_run(p->db, "pull/forget_path", DB_PARAMS(path), NULL, e);
}

bool pull_plans(struct pull_task *p, const char *what, uint64_t files, uint64_t bytes)
{
	if (!p->options->dry_run)
		return false;
	p->result->files += files;
	p->result->bytes += bytes;
	buf_printf(&p->result->planned, "%s\n", what);
	return true;
}

bool pull_fail_name(const struct pull_task *p, const char *address, const char *former, struct err *e)
{
	return fail(e, ERR_CONFIG, "what is at %s was loaded as source %s: as source %s it would count twice", address,
	            former, p->source->name) ||
	       err_hint(e, "give the source its name back; to start anew, use another database");
}

bool pull_check_name(struct pull_task *p, const char *address, struct err *e)
{
	struct column names = column_new(p->arena, p->config->source_count);
	for (size_t i = 0; i < p->config->source_count; i++)
		column_text(&names, p->config->source[i].name);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(p->db, "pull/former_name", DB_PARAMS(p->source->name, address, column_array(&names)), &r, e))
		return false;
	return db_rows(&r) == 0 || pull_fail_name(p, address, db_text(&r, 0, 0), e);
}

static void on_progress(void *context, uint64_t bytes)
{
	struct pull_task *p = context;
	p->bytes_done += bytes;
	p->result->bytes += bytes;
	progress_update(p->what, p->bytes_done, p->bytes_total, http_requests(p->http));
}

bool pull_fetch(struct pull_task *p, struct http_transfer *transfer, size_t count, struct err *e)
{
	return http_run(p->http, transfer, count, true, on_progress, p, e);
}

utc_us pull_from(const struct pull_task *p, utc_us newest)
{
	const struct remote_config *r = &p->source->remote;
	utc_us since = UTC_NONE, today = utc_day_start(p->options->as_of);
	if (p->options->from != UTC_NONE)
		return p->options->from;
	if (r->since)
		utc_parse(slice_of(r->since), &since);
	if (newest != UTC_NONE) {
		utc_us from = (newest < today ? newest : today) - r->trailing_days * UTC_DAY;
		return from > since ? utc_day_start(from) : since;
	}
	return since != UTC_NONE ? since
	                         : period_start(period_of(period_start(period_of(p->options->as_of)) - UTC_DAY));
}

bool pull_lacks_days(const struct pull_task *p, utc_us oldest)
{
	utc_us since;
	return p->source->remote.since && utc_parse(slice_of(p->source->remote.since), &since) && oldest > since;
}

utc_us pull_to(const struct pull_task *p)
{
	utc_us today = utc_day_start(p->options->as_of); /* which is not complete */
	return p->options->to != UTC_NONE && p->options->to < today ? p->options->to : today;
}

/* What a killed run was just writing (file_writer's temporary names); nobody else writes while the lock is held. */
static void sweep(const char *folder, int depth)
{
	struct arena a = ARENA_INIT;
	DIR *d = opendir(folder);
	for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;) {
		const char *path = path_join(&a, folder, entry->d_name);
		if (entry->d_name[0] == '.' && strstr(entry->d_name, ".part-"))
			unlink(path);
		else if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		         strcmp(entry->d_name, "..") != 0 && depth < FOLDER_DEPTH)
			sweep(path, depth + 1);
	}
	if (d)
		closedir(d);
	arena_release(&a);
}

/* ---- the run ---- */

static bool remember(struct db *db, const struct pull_result *r, utc_us as_of, struct err *e)
{
	struct arena a = ARENA_INIT;
	char at[UTC_TEXT_MAX];
	const char *path = arena_printf(&a, "pull/%s", r->source->name);
	utc_text(as_of, at);
	bool fine = db_run(db, "pull/succeeded", DB_PARAMS(path), NULL, e) &&
	            (r->error.kind == ERR_NONE ||
	             db_run(db, "pull/failed", DB_PARAMS(r->source->name, path, r->error.message, at), NULL, e));
	arena_release(&a);
	return fine;
}

static bool pull_one(struct pull_task *p, struct err *e)
{
	const struct remote_config *r = &p->source->remote;
	int64_t limit = 0;
	struct http_settings settings = {.ca_file = r->ca_file,
	                                 .proxy = r->proxy,
	                                 .retry_seconds = r->retry_seconds,
	                                 .timeout_seconds = r->timeout_seconds,
	                                 .at_once = AT_ONCE,
	                                 .bytes_limit = BYTES_LIMIT};
	if (r->max_bytes && slice_uint(slice_of(r->max_bytes), &limit))
		settings.bytes_limit = (uint64_t)limit;
	p->http = http_new(&settings, e);
	p->folder = p->source->uri;
	p->what = p->source->name;
	if (!p->options->dry_run && p->http && folder_make(p->folder, FOLDER_MODE, e)) {
		/* ingest stores paths without links */
		char *real = realpath(p->folder, NULL);
		p->folder = real ? arena_strdup(p->arena, real) : p->folder;
		free(real);
		sweep(p->folder, 0);
	}
	bool fine =
	        p->http && (p->options->dry_run || folder_make(p->folder, FOLDER_MODE, e)) && way_of(p->source)(p, e);
	p->result->requests = p->http ? http_requests(p->http) : 0;
	http_free(p->http);
	return fine;
}

static bool choose(const struct config *config, const struct pull_options *o, struct pull_results *r, struct err *e)
{
	r->result = arena_alloc(&r->arena, (config->source_count + o->count + 1) * sizeof *r->result);
	for (size_t i = 0; i < config->source_count && o->count == 0; i++)
		if (config->source[i].remote.url)
			r->result[r->count++].source = &config->source[i];
	for (size_t i = 0; i < o->count; i++) {
		const struct source_config *s = config_source(config, o->name[i]);
		if (!s)
			return fail(e, ERR_USAGE, "there is no source %s", o->name[i]) ||
			       err_hint(e, "the configuration's `sources` name them");
		if (!s->remote.url)
			return fail(e, ERR_USAGE, "source %s is not fetched: its files are in %s", s->name,
			            s->uri ? s->uri : "a folder given to ingest");
		bool twice = false;
		for (size_t k = 0; k < r->count; k++)
			twice |= r->result[k].source == s;
		if (!twice)
			r->result[r->count++].source = s;
	}
	return true;
}

static bool forget_sources(struct db *db, struct pull_results *r, struct err *e)
{
	struct column path = column_new(&r->arena, r->count);
	for (size_t i = 0; i < r->count; i++)
		column_text(&path, arena_printf(&r->arena, "pull/%s", r->result[i].source->name));
	return db_run(db, "pull/forget_sources", DB_PARAMS(column_array(&path)), NULL, e);
}

bool pull_run(struct db *db, const struct config *config, const struct pull_options *o, struct pull_results *r,
              struct err *e)
{
	*r = (struct pull_results){.arena = ARENA_INIT};
	if (!choose(config, o, r, e))
		return false;
	bool fine = o->count > 0 || o->dry_run || forget_sources(db, r, e);
	progress_begin_bytes("pull", "request");
	for (size_t i = 0; fine && i < r->count; i++) {
		struct arena arena = ARENA_INIT;
		struct pull_task p = {.db = db,
		                      .config = config,
		                      .source = r->result[i].source,
		                      .options = o,
		                      .result = &r->result[i],
		                      .arena = &arena};
		progress_update(p.source->name, 0, 0, 0);
		pull_one(&p, &r->result[i].error);
		arena_release(&arena);
		/* The database's own failure is no source's. */
		db_rollback(db);
		r->failed += r->result[i].error.kind != ERR_NONE;
		log_debug("pulled %s: %" PRIu64 " files, %" PRIu64 " bytes, %" PRIu64 " requests", p.source->name,
		          p.result->files, p.result->bytes, p.result->requests);
		fine = o->dry_run || remember(db, &r->result[i], o->as_of, e);
	}
	progress_end();
	return fine;
}

bool pull_verdict(const struct pull_results *r, bool strict, struct err *e)
{
	bool waiting_helps = false;
	for (size_t i = 0; i < r->count; i++)
		waiting_helps |= r->result[i].error.kind != ERR_NONE && r->result[i].error.kind != ERR_CONFIG;
	if (r->failed == 0 || (!strict && r->failed < r->count))
		return true;
	return fail(e, waiting_helps ? ERR_UNAVAILABLE : ERR_CONFIG, "%zu of %zu sources could not be pulled",
	            r->failed, r->count);
}

void pull_results_release(struct pull_results *r)
{
	for (size_t i = 0; i < r->count; i++)
		buf_release(&r->result[i].planned);
	arena_release(&r->arena);
}

/* ---- how long landed files stay ---- */

struct clearing {
	struct db *db;
	const char *source;
	struct arena arena;
	struct slice path[CLEAR_AT_ONCE];
	size_t count;
	char before[UTC_TEXT_MAX];
};

static bool clear_batch(struct clearing *c, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (c->count > 0 && !db_run(c->db, "pull/loaded_before",
	                            DB_PARAMS(db_text_array(&c->arena, c->path, c->count), c->before), &r, e))
		return false;
	for (size_t i = 0; c->count > 0 && i < db_rows(&r); i++) {
		const char *path = c->path[db_int(&r, i, 0) - 1].ptr;
		unlink(path);
		unlink(arena_printf(&c->arena, "%s.origin.json", path));
	}
	c->count = 0;
	arena_reset(&c->arena);
	return true;
}

/* A bill goes as a whole: its manifest makes no sense without all of its files. */
static bool clear_bill(struct clearing *c, const char *folder, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(c->db, "pull/bill_loaded_before", DB_PARAMS(c->source, path_name(folder), c->before), &r, e))
		return false;
	return !db_bool(&r, 0, 0) || nftw(folder, remove_one, FOLDER_DEPTH, FTW_DEPTH | FTW_PHYS) == 0 ||
	       fail_errno(e, "cannot remove %s", folder);
}

static bool holds_manifest(const char *folder)
{
	DIR *d = opendir(folder);
	bool found = false;
	for (const struct dirent *entry; d && !found && (entry = readdir(d)) != NULL;)
		found = slice_ends(slice_of(entry->d_name), "anifest.json");
	if (d)
		closedir(d);
	return found;
}

static bool clear_folder(struct clearing *c, const char *folder, int depth, struct err *e)
{
	if (holds_manifest(folder))
		return clear_bill(c, folder, e);
	struct arena a = ARENA_INIT;
	DIR *d = opendir(folder);
	bool fine = true;
	for (const struct dirent *entry; fine && d && (entry = readdir(d)) != NULL;) {
		const char *path = path_join(&a, folder, entry->d_name);
		struct stat st;
		if (entry->d_name[0] == '.' || lstat(path, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH)
			fine = clear_folder(c, path, depth + 1, e);
		else if (S_ISREG(st.st_mode) && !slice_ends(slice_of(path), ".origin.json"))
			c->path[c->count++] = slice_of(arena_strdup(&c->arena, path));
		if (fine && c->count == CLEAR_AT_ONCE)
			fine = clear_batch(c, e);
	}
	if (d)
		closedir(d);
	fine = fine && clear_batch(c, e);
	if (fine && depth > 0)
		rmdir(folder); /* only when it is empty */
	arena_release(&a);
	return fine;
}

static bool clear_source(struct clearing *c, const struct source_config *s, struct err *e)
{
	char *folder = realpath(s->uri, NULL); /* as ingest stores paths */
	c->source = s->name;
	bool fine = !folder || clear_folder(c, folder, 0, e);
	free(folder);
	return fine;
}

bool pull_clear_landing(struct db *db, const struct config *config, utc_us as_of, struct err *e)
{
	if (config->landing_days == RETENTION_FOREVER)
		return true;
	struct clearing *c = must_alloc(sizeof *c);
	c->db = db;
	utc_text(as_of - config->landing_days * UTC_DAY, c->before);
	bool fine = true;
	for (size_t i = 0; fine && i < config->source_count; i++)
		if (config->source[i].remote.url)
			fine = clear_source(c, &config->source[i], e);
	arena_release(&c->arena);
	free(c);
	return fine;
}
