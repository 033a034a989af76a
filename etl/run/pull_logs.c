/*
 * Bedrock's invocation logs in S3: …/AWSLogs/ACCOUNT/BedrockModelInvocationLogs/REGION/YYYY/MM/DD/HH/NAME.json.gz. Keys
 * are in the order of time, so that a listing begins at an hour: that of the last object loaded, less trailing_days,
 * because some come late. What was loaded is known by its key and ETag.
 */
#include "base/file.h"
#include "run/array_param.h"
#include "run/pull_s3.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH = 500, FOLDER_MODE = 0750, HOUR_PATH = sizeof "YYYY/MM/DD/HH" };
#define ACCOUNTS "AWSLogs/"
#define LOGS "BedrockModelInvocationLogs/"

/* What comes after the last occurrence: the bucket's own folders may have any name. NULL: there is none. */
static const char *after_last(const char *key, const char *folder)
{
	const char *found = NULL;
	for (const char *at = key; (at = strstr(at, folder)) != NULL; at += strlen(folder))
		found = at + strlen(folder);
	return found;
}

static bool is_record(const struct s3_object *o)
{
	const char *tail = after_last(o->key, LOGS);
	return o->bytes > 0 && !strstr(tail ? tail : o->key, "/data/") && slice_ends(slice_of(o->key), ".json.gz");
}

static bool is_folder(const struct s3_object *o)
{
	return o->is_folder;
}

/* "2026/10/01/13" */
static void hour_path(utc_us at, char out[HOUR_PATH])
{
	char text[UTC_TEXT_MAX];
	utc_text(at, text);
	snprintf(out, HOUR_PATH, "%.4s/%.2s/%.2s/%.2s", text, text + 5, text + 8, text + 11);
}

static utc_us hour_of(const char *path)
{
	utc_us at;
	char text[UTC_TEXT_MAX];
	if (strlen(path) < HOUR_PATH - 1)
		return UTC_NONE;
	snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:00:00Z", path, path + 5, path + 8, path + 11);
	return utc_parse(slice_of(text), &at) ? at : UTC_NONE;
}

static const char *origin_of(const struct s3 *s, struct arena *a, const char *key)
{
	return arena_printf(a, "s3://%s/%s", s->bucket, key);
}

/* Where a record lies here: its key from the account on, without slashes, behind the beginning of its ETag. */
static const char *path_of(struct pull_task *p, const struct s3_object *o)
{
	const char *logs = after_last(o->key, LOGS), *tail = logs ? logs : o->key, *slash = strchr(tail, '/');
	const char *account = after_last(o->key, ACCOUNTS);
	char *name = arena_printf(p->arena, "%.9s-%s", *o->etag ? o->etag + 1 : "", account ? account : tail);
	for (char *c = name; *c; c++)
		*c = *c == '/' ? '-' : *c;
	for (char *c = name; *c == '.'; c++)
		*c = '-';
	utc_us hour = hour_of(slash ? slash + 1 : ""); /* a key may be anything: only what is a time becomes a folder */
	char period[PERIOD_TEXT_MAX] = "unknown";
	if (hour != UTC_NONE)
		period_text(period_of(hour), period);
	return path_join(p->arena, path_join(p->arena, p->folder, period), name);
}

static bool mark_known(struct pull_task *p, const struct s3 *s, const struct s3_object *o, size_t count, bool *known,
                       struct err *e)
{
	struct column origin = column_new(p->arena, count), version = column_new(p->arena, count);
	for (size_t i = 0; i < count; i++) {
		column_text(&origin, origin_of(s, p->arena, o[i].key));
		column_text(&version, o[i].etag);
	}
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(p->db, "pull/known_objects",
	            DB_PARAMS(p->source->name, column_array(&origin), column_array(&version)), &r, e))
		return false;
	memset(known, 0, count * sizeof *known);
	for (size_t i = 0; i < db_rows(&r); i++)
		known[db_int(&r, i, 0) - 1] = true;
	for (size_t i = 0; i < count; i++)
		known[i] = known[i] || file_exists(path_of(p, &o[i]));
	return true;
}

/* A file gets its name when it and what is said of it are complete. */
static bool settle(struct pull_task *p, const struct s3 *s, const struct s3_object *o, const struct http_transfer *t,
                   struct err *e)
{
	const char *path = path_of(p, o);
	if (t->bytes != o->bytes)
		return fail(e, ERR_UNAVAILABLE, "s3://%s/%s changed while it was fetched", s->bucket, o->key);
	unlink(arena_printf(p->arena, "%s.etag", t->part_path));
	if (!origin_write(path,
	                  &(struct origin_file){
	                          .source = p->source->name, .uri = origin_of(s, p->arena, o->key), .version = o->etag},
	                  e))
		return false;
	if (rename(t->part_path, path) != 0)
		return fail_errno(e, "cannot rename %s", t->part_path);
	p->result->files++;
	return true;
}

static bool fetch_batch(struct pull_task *p, struct s3 *s, const struct s3_object *o, size_t count, struct err *e)
{
	struct arena batch = ARENA_INIT, *outer = p->arena; /* logs are many */
	p->arena = &batch;
	bool known[BATCH], fine = mark_known(p, s, o, count, known, e);
	struct http_transfer *t = must_alloc(count * sizeof *t);
	const struct s3_object *wanted[BATCH];
	size_t n = 0;
	for (size_t i = 0; fine && i < count; i++) {
		if (known[i] || pull_plans(p, origin_of(s, p->arena, o[i].key), 1, o[i].bytes))
			continue;
		const char *path = path_of(p, &o[i]);
		size_t len = (size_t)(path_name(path) - path);
		const char *folder = arena_printf(p->arena, "%.*s", (int)len, path);
		fine = folder_make(folder, FOLDER_MODE, e) && s3_transfer(s, o[i].key, o[i].etag, p->arena, &t[n], e);
		t[n].part_path = arena_printf(p->arena, "%s.%s.part", folder, path_name(path));
		p->bytes_total += o[i].bytes;
		wanted[n++] = &o[i];
	}
	fine = fine && pull_fetch(p, t, n, e);
	for (size_t i = 0; fine && i < n; i++)
		fine = settle(p, s, wanted[i], &t[i], e);
	for (size_t i = 0; i < n; i++)
		http_transfer_release(&t[i]);
	free(t);
	p->arena = outer;
	arena_release(&batch);
	return fine;
}

/* The first hour of one account's and region's logs that is looked at. */
static bool first_hour(struct pull_task *p, const struct s3 *s, const char *base, utc_us *from, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	const char *origin = origin_of(s, p->arena, base);
	if (!db_run(p->db, "pull/last_origin", DB_PARAMS(p->source->name, origin), &r, e))
		return false;
	*from = pull_from(p, db_is_null(&r, 0, 0) ? UTC_NONE : hour_of(db_text(&r, 0, 0) + strlen(origin)));
	return true;
}

static bool pull_region(struct pull_task *p, struct s3 *s, const char *base, struct err *e)
{
	utc_us from, to = p->options->to;
	char first[HOUR_PATH], end[HOUR_PATH] = "9999";
	if (!first_hour(p, s, base, &from, e))
		return false;
	hour_path(from, first);
	if (to != UTC_NONE)
		hour_path(to, end);
	struct s3_listing found = {.task = p, .wanted = is_record};
	bool fine = s3_listing_read(&found, s, base, arena_printf(p->arena, "%s%s", base, first), NULL, e);
	size_t count = 0;
	while (count < found.count && strcmp(found.object[count].key + strlen(base), end) < 0)
		count++;
	for (size_t i = 0; fine && i < count; i += BATCH)
		fine = fetch_batch(p, s, &found.object[i], count - i < BATCH ? count - i : BATCH, e);
	s3_listing_release(&found);
	return fine;
}

/* The folders below one. */
static bool list_folders(struct pull_task *p, struct s3 *s, const char *base, struct s3_listing *out, struct err *e)
{
	*out = (struct s3_listing){.task = p, .wanted = is_folder};
	return s3_listing_read(out, s, base, NULL, "/", e);
}

static bool pull_account(struct pull_task *p, struct s3 *s, const char *base, struct err *e)
{
	struct s3_listing regions;
	bool fine = list_folders(p, s, arena_printf(p->arena, "%s" LOGS, base), &regions, e);
	for (size_t i = 0; fine && i < regions.count; i++)
		fine = pull_region(p, s, regions.object[i].key, e);
	s3_listing_release(&regions);
	return fine;
}

bool pull_logs(struct pull_task *p, struct err *e)
{
	struct s3 s;
	const char *prefix;
	if (!pull_s3_begin(p, &s, &prefix, e))
		return false;
	const char *base = *prefix ? arena_printf(p->arena, "%s/", prefix) : "";
	struct s3_listing accounts;
	bool fine = list_folders(p, &s, arena_printf(p->arena, "%s" ACCOUNTS, base), &accounts, e);
	if (fine && accounts.count == 0) {
		fine = fail(e, ERR_UNAVAILABLE, "there are no logs below s3://%s/%s" ACCOUNTS, s.bucket, base);
		err_hint(e, "`uri` is the prefix that Bedrock's logging was given: what lies above AWSLogs/");
	}
	for (size_t i = 0; fine && i < accounts.count; i++)
		fine = pull_account(p, &s, accounts.object[i].key, e);
	s3_listing_release(&accounts);
	s3_release(&s);
	return fine;
}
