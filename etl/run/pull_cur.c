/*
 * Cost and Usage Reports in S3, by their manifests, which AWS writes last: Data Exports under
 * PREFIX/metadata/BILLING_PERIOD=2026-10/, legacy reports under PREFIX/20261001-20261101/. A bill is fetched when its
 * assembly or execution was not loaded yet. Its files go to a hidden folder, in which a later run goes on where this
 * one was ended, and the folder gets its name when all of them have the sizes and ETags of the listing and the manifest
 * is still the same: so ingest sees complete bills only.
 */
#include "base/file.h"
#include "run/pull_s3.h"
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MANIFEST_BYTES = 64 << 20, CHUNKS_MAX = 20000, PERIODS_MAX = 600, ID_MAX = 128, TRIES = 3, FOLDER_MODE = 0750 };

struct bill {
	struct pull_task *task;
	struct s3 *s3;
	struct period period;
	struct s3_object manifest;
	struct buf text;  /* of the manifest */
	const char *id;   /* assembly or execution */
	const char **key; /* of its files */
	size_t count;
	bool *found;               /* whether any month has a manifest */
	struct s3_listing listing; /* sizes and ETags of the files */
	const char *part, *folder; /* where it comes to, and where it ends */
};

static bool is_manifest(const struct s3_object *o)
{
	return slice_ends(slice_of(o->key), "-Manifest.json") || slice_ends(slice_of(o->key), "-manifest.json");
}

static size_t depth_of(const char *key)
{
	size_t depth = 0;
	for (; *key; key++)
		depth += *key == '/';
	return depth;
}

/* The newest one; of a legacy report's copies, which are equally new, the one on top. */
static bool find_manifest(struct bill *b, const char *prefix, struct err *e)
{
	char text[PERIOD_TEXT_MAX], next[PERIOD_TEXT_MAX];
	struct arena *a = b->task->arena;
	period_text(b->period, text);
	period_text(period_next(b->period), next);
	const char *base = *prefix ? arena_printf(a, "%s/", prefix) : "";
	const char *place[] = {arena_printf(a, "%smetadata/BILLING_PERIOD=%s/", base, text),
	                       arena_printf(a, "%s%.4s%s01-%.4s%s01/", base, text, text + 5, next, next + 5)};
	struct s3_listing found = {.task = b->task, .wanted = is_manifest};
	bool fine = true;
	for (size_t i = 0; fine && found.count == 0 && i < sizeof place / sizeof *place; i++)
		fine = s3_listing_read(&found, b->s3, place[i], NULL, NULL, e);
	for (size_t i = 0; i < found.count; i++) {
		const struct s3_object *o = &found.object[i], *best = &b->manifest;
		size_t depth = depth_of(o->key), best_depth = best->key ? depth_of(best->key) : SIZE_MAX;
		if (!best->key || o->modified > best->modified ||
		    (o->modified == best->modified && depth <= best_depth))
			b->manifest = *o;
	}
	s3_listing_release(&found);
	return fine;
}

/* A file is named by its URI, its key, or an object that has one of them. */
static const char *key_of_entry(const json_t *entry)
{
	const char *key = json_string_value(entry);
	for (const char *const *name = (const char *const[]){"key", "uri", "path", "file", NULL}; !key && *name; name++)
		key = json_string_value(json_object_get(entry, *name));
	return key;
}

static bool add_key(struct bill *b, const char *key, struct err *e)
{
	struct arena *a = b->task->arena;
	if (key && strncmp(key, "s3://", 5) == 0) {
		struct slice rest = slice_of(key + 5), bucket = slice_cut(&rest, '/');
		if (!slice_is(bucket, b->s3->bucket))
			return fail(e, ERR_UNAVAILABLE, "the manifest names a file in another bucket: %s", key);
		key = rest.ptr;
	}
	while (key && *key == '/')
		key++;
	const char *name = key ? path_name(key) : "";
	if (!*name || *name == '.' || slice_ends(slice_of(name), ".etag") ||
	    slice_ends(slice_of(name), ".origin.json") || strcmp(name, path_name(b->manifest.key)) == 0)
		return fail(e, ERR_UNAVAILABLE, "the manifest's list of files names none at entry %zu", b->count + 1);
	for (size_t i = 0; i < b->count; i++)
		if (strcmp(path_name(b->key[i]), path_name(key)) == 0)
			return fail(e, ERR_UNAVAILABLE, "two files of the manifest have the name %s", path_name(key));
	b->key[b->count++] = arena_strdup(a, key);
	return true;
}

static struct slice without_quotes(struct slice etag)
{
	while (etag.len > 0 && etag.ptr[0] == '"')
		etag = slice_from(etag, 1);
	while (etag.len > 0 && etag.ptr[etag.len - 1] == '"')
		etag.len--;
	return etag;
}

static bool read_manifest(struct bill *b, struct err *e)
{
	struct arena *a = b->task->arena;
	buf_reset(&b->text);
	if (!s3_read(b->s3, b->manifest.key, b->manifest.etag, MANIFEST_BYTES, &b->text, e))
		return false;
	json_t *root = json_loadb(b->text.ptr ? b->text.ptr : "", b->text.len, JSON_REJECT_DUPLICATES, NULL), *entry;
	const char *id = json_string_value(json_object_get(root, "executionId"));
	id = id ? id : json_string_value(json_object_get(root, "assemblyId"));
	/* An export that names no execution is known by its manifest's ETag. */
	b->id = id ? arena_strdup(a, id) : arena_cstr(a, without_quotes(slice_of(b->manifest.etag)));
	const json_t *files = json_object_get(root, "dataFiles");
	files = files ? files : json_object_get(root, "reportKeys");
	bool fine = json_is_array(files) && json_array_size(files) <= CHUNKS_MAX && strlen(b->id) <= ID_MAX &&
	            !strpbrk(b->id, "/\\") && b->id[0] != '.' && b->id[0];
	if (!fine)
		fail(e, ERR_UNAVAILABLE, "s3://%s/%s is no manifest of a report", b->s3->bucket, b->manifest.key);
	b->count = 0;
	b->key = arena_alloc(a, (json_array_size(files) + 1) * sizeof *b->key);
	size_t i;
	json_array_foreach(files, i, entry) fine = fine && add_key(b, key_of_entry(entry), e);
	json_decref(root);
	return fine;
}

static bool is_loaded(struct bill *b, const char *id, const char *period, bool *loaded, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(b->task->db, "pull/known_delivery", DB_PARAMS(b->task->source->name, id, period), &r, e))
		return false;
	*loaded = db_bool(&r, 0, 0);
	return true;
}

static const struct s3_object *listed(const struct s3_listing *l, const char *key)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->object[i].key, key) == 0)
			return &l->object[i];
	return NULL;
}

/* The files of a bill lie in one folder, rarely in several. */
static bool list_files(struct bill *b, struct err *e)
{
	s3_listing_release(&b->listing);
	for (size_t i = 0; i < b->count; i++) {
		const char *key = b->key[i];
		size_t len = (size_t)(path_name(key) - key);
		if (listed(&b->listing, key))
			continue;
		if (!s3_listing_read(&b->listing, b->s3, arena_printf(b->task->arena, "%.*s", (int)len, key), NULL,
		                     NULL, e))
			return false;
		if (!listed(&b->listing, key))
			return fail(e, ERR_UNAVAILABLE, "the manifest names s3://%s/%s, which is not there",
			            b->s3->bucket, key);
	}
	return true;
}

static bool describe(struct bill *b, struct http_transfer *t, size_t i, struct err *e)
{
	const struct s3_object *o = listed(&b->listing, b->key[i]);
	struct arena *a = b->task->arena;
	if (!s3_transfer(b->s3, o->key, o->etag, a, t, e))
		return false;
	t->part_path = path_join(a, b->part, path_name(o->key));
	t->bytes_expected = o->bytes;
	b->task->bytes_total += o->bytes;
	return true;
}

/* Each must be what the listing said; its ETag file makes place for where it is from. */
static bool settle_file(struct bill *b, const struct http_transfer *t, size_t i, struct err *e)
{
	const struct s3_object *o = listed(&b->listing, b->key[i]);
	struct arena *a = b->task->arena;
	struct slice said = without_quotes(slice_of(o->etag)), got = without_quotes(slice_of(t->etag));
	if (t->bytes != o->bytes || (said.len > 0 && !slice_equal(said, got)))
		return fail(e, ERR_UNAVAILABLE, "s3://%s/%s changed while it was fetched", b->s3->bucket, o->key);
	unlink(arena_printf(a, "%s.etag", t->part_path));
	return origin_write(t->part_path,
	                    &(struct origin_file){.source = b->task->source->name,
	                                          .uri = arena_printf(a, "s3://%s/%s", b->s3->bucket, o->key),
	                                          .version = o->etag},
	                    e);
}

static bool write_manifest(struct bill *b, struct err *e)
{
	struct file_writer w = {0};
	bool fine = file_writer_begin(&w, path_join(b->task->arena, b->part, path_name(b->manifest.key)), e);
	if (fine)
		fwrite(b->text.ptr, 1, b->text.len, w.stream);
	fine = fine && file_writer_finish(&w, e) && file_writer_publish(&w, e);
	file_writer_release(&w);
	return fine;
}

/* What waits of the month's earlier executions, or was begun, is not loaded beside the newest one. */
static bool remove_outdated(struct bill *b, struct err *e)
{
	struct pull_task *p = b->task;
	char period[PERIOD_TEXT_MAX];
	period_text(b->period, period);
	const char *month = path_join(p->arena, p->folder, period);
	DIR *d = opendir(month);
	bool fine = true;
	for (const struct dirent *entry; fine && d && (entry = readdir(d)) != NULL;) {
		const char *path = path_join(p->arena, month, entry->d_name);
		bool is_hidden = entry->d_name[0] == '.', loaded = false;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || strcmp(path, b->part) == 0)
			continue;
		fine = is_hidden || is_loaded(b, entry->d_name, period, &loaded, e);
		if (fine && !loaded)
			fine = pull_remove(p, path, e);
	}
	if (d)
		closedir(d);
	return fine;
}

static bool fetch_files(struct bill *b, struct err *e)
{
	struct http_transfer *t = must_alloc((b->count + 1) * sizeof *t);
	bool fine = folder_make(b->part, FOLDER_MODE, e);
	for (size_t i = 0; fine && i < b->count; i++)
		fine = describe(b, &t[i], i, e);
	fine = fine && pull_fetch(b->task, t, b->count, e);
	for (size_t i = 0; fine && i < b->count; i++)
		fine = settle_file(b, &t[i], i, e);
	struct buf again = BUF_INIT;
	fine = fine && s3_read(b->s3, b->manifest.key, b->manifest.etag, MANIFEST_BYTES, &again, e) &&
	       write_manifest(b, e);
	fine = fine && remove_outdated(b, e);
	if (fine && rename(b->part, b->folder) != 0)
		fine = fail_errno(e, "cannot rename %s", b->part);
	b->task->result->files += fine ? b->count : 0;
	buf_release(&again);
	for (size_t i = 0; i < b->count; i++)
		http_transfer_release(&t[i]);
	free(t);
	return fine;
}

/* One try; what changes meanwhile is looked at anew by the next. */
static bool fetch_bill(struct bill *b, const char *prefix, struct err *e)
{
	char period[PERIOD_TEXT_MAX];
	bool loaded = false;
	b->manifest = (struct s3_object){0};
	period_text(b->period, period);
	if (!find_manifest(b, prefix, e) || (b->manifest.key && !read_manifest(b, e)))
		return false;
	if (!b->manifest.key)
		return true;
	*b->found = true;
	struct arena *a = b->task->arena;
	b->folder = path_join(a, path_join(a, b->task->folder, period), b->id);
	b->part = path_join(a, path_join(a, b->task->folder, period), arena_printf(a, ".%s.part", b->id));
	if (!is_loaded(b, b->id, period, &loaded, e))
		return false;
	if (loaded || folder_exists(b->folder))
		return true;
	if (!list_files(b, e))
		return false;
	uint64_t bytes = 0;
	for (size_t i = 0; i < b->count; i++)
		bytes += listed(&b->listing, b->key[i])->bytes;
	if (pull_plans(b->task, arena_printf(a, "s3://%s/%s (%zu files)", b->s3->bucket, b->manifest.key, b->count),
	               b->count, bytes))
		return true;
	return fetch_files(b, e);
}

static bool fetch_period(struct pull_task *p, struct s3 *s3, const char *prefix, struct period period, bool *found,
                         struct err *e)
{
	struct bill b = {.task = p, .s3 = s3, .period = period, .found = found, .listing = {.task = p}};
	bool fine = false;
	for (int i = 0; !fine && i < TRIES; i++) {
		struct err why = ERR_INIT;
		fine = fetch_bill(&b, prefix, &why);
		bool changed = strstr(why.message, "HTTP 412") || strstr(why.message, "changed while");
		if (!fine && (!changed || i == TRIES - 1)) {
			*e = why;
			break;
		}
	}
	s3_listing_release(&b.listing);
	buf_release(&b.text);
	return fine;
}

static void add_period(struct period *all, size_t *count, struct period period)
{
	for (size_t i = 0; i < *count; i++)
		if (period_compare(all[i], period) == 0)
			return;
	if (*count < PERIODS_MAX)
		all[(*count)++] = period;
}

static struct period period_before(struct period p)
{
	return period_of(period_start(p) - UTC_DAY);
}

/* The months that were asked for; else this one, the one before, those since `since`, and those not final yet. */
static bool find_periods(struct pull_task *p, struct period *all, size_t *count, struct err *e)
{
	struct period now = period_of(p->options->as_of), first = period_before(now);
	utc_us since;
	if (p->options->from != UTC_NONE || p->options->to != UTC_NONE) {
		struct period last =
		        period_of((p->options->to != UTC_NONE ? p->options->to : p->options->as_of + 1) - 1);
		for (struct period m = period_of(pull_from(p, UTC_NONE)); period_compare(m, last) <= 0;
		     m = period_next(m))
			add_period(all, count, m);
		return true;
	}
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(p->db, "pull/open_bills", DB_PARAMS(p->source->name), &r, e))
		return false;
	for (size_t i = 0; i < db_rows(&r); i++) {
		struct period open;
		if (period_parse(db_slice(&r, i, 0), &open))
			add_period(all, count, open);
	}
	if (p->source->remote.since && utc_parse(slice_of(p->source->remote.since), &since))
		first = period_of(since);
	for (struct period m = first; period_compare(m, now) <= 0; m = period_next(m))
		add_period(all, count, m);
	return true;
}

bool pull_cur(struct pull_task *p, struct err *e)
{
	struct s3 s3;
	const char *prefix;
	struct period period[PERIODS_MAX];
	size_t count = 0;
	bool found = false;
	bool fine = pull_s3_begin(p, &s3, &prefix, e) && pull_check_name(p, p->source->remote.url, e) &&
	            find_periods(p, period, &count, e);
	for (size_t i = 0; fine && i < count; i++)
		fine = fetch_period(p, &s3, prefix, period[i], &found, e);
	if (fine && !found) {
		fine = fail(e, ERR_UNAVAILABLE,
		            "there is no manifest of a report below s3://%s/%s for any of %zu months", s3.bucket,
		            prefix, count);
		err_hint(
		        e,
		        "`uri` is the export's own folder, PREFIX/EXPORT, with data/ and metadata/ in it (legacy: with "
		        "20261001-20261101/)");
	}
	s3_release(&s3);
	return fine;
}
