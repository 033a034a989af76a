#include "run/ingest_plan.h"

#include "base/file.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH = 24, FILES_MAX = 2000000 };

/* What stands beside exports and is no data; such files inside a folder are passed over silently. */
static const char *const not_data[] = {".md",   ".txt",  ".yaml", ".yml",    ".sql",
                                       ".html", ".xlsx", ".log",  ".sha256", ".parquet"};

static size_t path_slot(const char *path)
{
	uint64_t hash = slice_hash(slice_of(path), SLICE_HASH_INIT);
	return (size_t)((hash ^ hash >> 31) % PLAN_SLOTS);
}

struct ingest_file *ingest_plan_find(const struct ingest_plan *plan, const char *path)
{
	struct ingest_file *f = plan->slot[path_slot(path)];
	while (f && strcmp(f->path, path) != 0)
		f = f->next;
	return f;
}

void ingest_plan_keep(struct ingest_plan *plan, struct ingest_file *f)
{
	if (plan->file_count == plan->file_capacity) {
		plan->file_capacity = plan->file_capacity ? 2 * plan->file_capacity : 64;
		plan->file = must_realloc(plan->file, plan->file_capacity * sizeof(*plan->file));
	}
	plan->file[plan->file_count++] = f;
}

struct ingest_file *ingest_plan_add(struct ingest_plan *plan, const char *path)
{
	if (ingest_plan_find(plan, path))
		return NULL;
	struct ingest_file *f = arena_alloc(&plan->arena, sizeof *f);
	f->path = arena_strdup(&plan->arena, path);
	ingest_plan_keep(plan, f);
	struct ingest_file **slot = &plan->slot[path_slot(path)];
	f->next = *slot;
	*slot = f;
	return f;
}

static bool is_data(const char *name)
{
	/* AWS leaves an empty marker where it checked its permission to write logs. */
	if (name[0] == '.' || slice_ends(slice_of(name), "-permission-check"))
		return false;
	if (slice_ends(slice_of(name), ".control.json") || slice_ends(slice_of(name), ".origin.json"))
		return false;
	for (size_t i = 0; i < sizeof not_data / sizeof *not_data; i++)
		if (slice_ends(slice_of(name), not_data[i]))
			return false;
	return true;
}

/* Teams and budgets of a gateway, which `refdata apply` reads. */
static bool is_pulled_refdata(const struct config *config, const char *path)
{
	if (strcmp(path_name(path), "refdata") != 0)
		return false;
	for (size_t i = 0; i < config->source_count; i++) {
		char uri[PATH_MAX];
		const struct source_config *s = &config->source[i];
		size_t len = s->remote.url && realpath(s->uri, uri) ? strlen(uri) : 0;
		if (len > 0 && strncmp(path, uri, len) == 0 && strcmp(path + len, "/refdata") == 0)
			return true;
	}
	return false;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool expand(struct ingest_plan *plan, const struct config *config, const char *path, int depth, struct err *e);

static bool expand_folder(struct ingest_plan *plan, const struct config *config, const char *path, int depth,
                          struct err *e)
{
	if (depth > FOLDER_DEPTH)
		return fail(e, ERR_IO, "%s: folders nest more than %d deep", path, FOLDER_DEPTH);
	struct dirent **entry = NULL;
	int count = scandir(path, &entry, NULL, by_name);
	if (count < 0)
		return fail_errno(e, "cannot read folder %s", path);
	bool fine = true;
	for (int i = 0; i < count; i++) {
		/* AWS puts queries' status beside legacy reports; it is no data. */
		if (fine && is_data(entry[i]->d_name) && strcmp(entry[i]->d_name, "execution_status") != 0) {
			struct arena a = ARENA_INIT;
			const char *inner = path_join(&a, path, entry[i]->d_name);
			fine = is_pulled_refdata(config, inner) || expand(plan, config, inner, depth + 1, e);
			arena_release(&a);
		}
		free(entry[i]);
	}
	free(entry);
	return fine;
}

static bool expand(struct ingest_plan *plan, const struct config *config, const char *path, int depth, struct err *e)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return fail_errno(e, "%s", path);
	if (S_ISDIR(st.st_mode))
		return expand_folder(plan, config, path, depth, e);
	if (plan->file_count >= FILES_MAX)
		return fail(e, ERR_IO, "more than %d files in one call", FILES_MAX);
	struct ingest_file *f = ingest_plan_add(plan, path);
	if (f)
		f->bytes = (uint64_t)st.st_size;
	return true;
}

/* The configured source whose uri the path is or lies below; the longest wins. */
static const struct source_config *source_of_path(const struct config *config, const char *path)
{
	const struct source_config *best = NULL;
	size_t best_len = 0;
	for (size_t i = 0; i < config->source_count; i++) {
		const struct source_config *s = &config->source[i];
		char uri[PATH_MAX]; /* as `path` is: without links */
		size_t len = s->uri && realpath(s->uri, uri) ? strlen(uri) : 0;
		if (len > best_len && strncmp(path, uri, len) == 0 && (path[len] == '/' || path[len] == '\0')) {
			best = s;
			best_len = len;
		}
	}
	return best;
}

static bool reject(struct ingest_file *f)
{
	f->outcome = FILE_REJECTED;
	err_where(&f->error, f->path, 0, 0);
	return true;
}

/* Among the formats of a source's type: the only one, else the one that the content looks like, else (names may be
 * the company's own) the one that is CSV, or JSON if the source names its columns. */
static const struct format *format_of_source(const struct source_config *source, struct stream *in, struct err *e)
{
	const struct format *only = NULL, *csv = NULL, *json = NULL;
	size_t count = 0;
	struct slice head;
	if (!stream_peek(in, 64 << 10, &head, e))
		return NULL;
	for (size_t i = 0; formats[i]; i++) {
		if (strcmp(formats[i]->source_type, source->type) != 0)
			continue;
		only = formats[i];
		count++;
		if (slice_ends(slice_of(formats[i]->name), "csv"))
			csv = formats[i];
		if (slice_ends(slice_of(formats[i]->name), "json"))
			json = formats[i];
		if (formats[i]->detect(head))
			return formats[i];
	}
	struct slice start = slice_trim(head);
	bool is_json = start.len > 0 && (start.ptr[0] == '{' || start.ptr[0] == '[');
	if (count == 1)
		return only;
	if (json && is_json && source->columns.count)
		return json;
	return csv && start.len > 0 && !is_json ? csv : format_detect(in, e);
}

static const struct format *find_format(struct ingest_file *f, const struct ingest_options *o)
{
	if (o->format)
		return format_find(o->format);
	if (f->config && f->config->remote.format)
		return format_find(f->config->remote.format);
	if (f->manifest)
		return &format_aws_cur;
	struct stream *in = stream_open(f->path, &f->error);
	const struct format *found = NULL;
	if (in)
		found = f->config ? format_of_source(f->config, in, &f->error) : format_detect(in, &f->error);
	stream_free(in);
	return found;
}

/* A URL may hold anything; what a gateway's database holds comes as events. */
static bool holds_format(const char *type, const struct format *format)
{
	return strcmp(type, "http") == 0 || strcmp(type, format->source_type) == 0 ||
	       (strcmp(type, "litellm") == 0 && format == &format_events_json);
}

static bool identify(struct ingest_file *f, const struct config *config, const struct ingest_options *o,
                     struct arena *a)
{
	f->config = o->source ? config_source(config, o->source) : source_of_path(config, f->path);
	f->source = o->source ? o->source : f->config ? f->config->name : "";
	if (f->error.kind != ERR_NONE || !side_files_read(f, a, &f->error))
		return reject(f);
	/* What a source has fetched stays its own, also when the source is configured no more. */
	if (!f->source[0] && f->fetched_by)
		f->source = f->fetched_by;
	f->format = find_format(f, o);
	if (!f->format)
		return reject(f);
	if (f->config && !holds_format(f->config->type, f->format)) {
		fail_input(&f->error, "unknown_format", "the file is of format %s, but source %s is of type %s",
		           f->format->name, f->config->name, f->config->type);
		err_hint(&f->error, "move it to its own source's folder, or name another with --source");
		return reject(f);
	}
	if (!f->source[0])
		f->source = f->format->source_type;
	return true;
}

/* ---- files that the database knows ---- */

static bool is_chunk(const struct ingest_file *f)
{
	return f->format == &format_aws_cur && !f->manifest;
}

static bool same_source(const struct ingest_file *a, const struct ingest_file *b)
{
	return a->manifest == b->manifest && strcmp(a->source, b->source) == 0 &&
	       strcmp(a->format->source_type, b->format->source_type) == 0;
}

static bool same_folder(const struct ingest_file *a, const struct ingest_file *b)
{
	size_t len = (size_t)(path_name(a->path) - a->path);
	return (size_t)(path_name(b->path) - b->path) == len && strncmp(a->path, b->path, len) == 0;
}

/*
 * Files of one set that come in one call are one delivery. So where one of them is new, the known ones that came with
 * it are read again: alone, the new one would supersede what they hold. A night that takes in whatever is new in its
 * folders does so for the chunks of a CUR only, which lie in one folder; there, what comes later supersedes. So does
 * what was fetched: each fetch is complete.
 */
static void revive_parts(struct ingest_plan *plan, const struct ingest_options *o)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		const struct ingest_file *f = plan->file[i];
		if (f->outcome != FILE_PENDING || f->is_revived || !f->format->has_parts)
			continue;
		bool chunks = f->format == &format_aws_cur;
		for (size_t k = 0; k < plan->file_count; k++) {
			struct ingest_file *known = plan->file[k];
			if (known->outcome == FILE_KNOWN && !known->is_repeat && !known->origin &&
			    known->format->has_parts && same_source(f, known) &&
			    (o->only_new ? chunks && same_folder(f, known) : true)) {
				known->outcome = FILE_PENDING;
				known->is_revived = true;
			}
		}
	}
}

static int by_digest(const void *a, const void *b)
{
	const struct ingest_file *f = *(struct ingest_file *const *)a, *g = *(struct ingest_file *const *)b;
	int order = strcmp(f->digest, g->digest);
	return order ? order : strcmp(f->path, g->path);
}

/* The same bytes twice in one call count once, but for a manifest, which says what it means. */
static void mark_repeats(struct ingest_plan *plan)
{
	struct ingest_file **file = must_alloc((plan->file_count + 1) * sizeof(*file));
	if (plan->file_count > 0)
		memcpy(file, plan->file, plan->file_count * sizeof(*file));
	qsort(file, plan->file_count, sizeof(*file), by_digest);
	for (size_t i = 0, first = 0; i < plan->file_count; i++) {
		if (strcmp(file[i]->digest, file[first]->digest) != 0)
			first = i;
		for (size_t k = first; k < i && !file[i]->is_repeat; k++) {
			struct ingest_file *a = file[k], *b = file[i];
			if (a->outcome == FILE_REJECTED || b->outcome == FILE_REJECTED || a->is_repeat || b->manifest ||
			    strcmp(a->source, b->source) != 0)
				continue;
			b->outcome = FILE_KNOWN;
			b->is_repeat = true;
			b->known_as = arena_printf(&plan->arena, "the same bytes as %s", path_name(a->path));
		}
	}
	free(file);
}

static bool mark_known(struct ingest_plan *plan, struct db *db, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice *source = arena_alloc(&a, (plan->file_count + 1) * sizeof *source);
	struct slice *digest = arena_alloc(&a, (plan->file_count + 1) * sizeof *digest);
	struct slice *label = arena_alloc(&a, (plan->file_count + 1) * sizeof *label);
	for (size_t i = 0; i < plan->file_count; i++) {
		const struct ingest_file *f = plan->file[i];
		source[i] = slice_of(f->outcome == FILE_PENDING ? f->source : "");
		digest[i] = slice_of(f->digest);
		label[i] = slice_of(f->manifest ? f->manifest->label : "");
	}
	DB_RESULT r = DB_RESULT_INIT;
	bool fine = db_run(db, "ingest/known_files",
	                   DB_PARAMS(db_text_array(&a, source, plan->file_count),
	                             db_text_array(&a, digest, plan->file_count),
	                             db_text_array(&a, label, plan->file_count)),
	                   &r, e);
	for (size_t row = 0; fine && row < db_rows(&r); row++) {
		struct ingest_file *f = plan->file[db_int(&r, row, 0) - 1];
		/* An address has gone back to what it had before: pull keeps the newest file of it only. */
		if (f->origin && f->config && strcmp(f->config->type, "http") == 0 && db_bool(&r, row, 3))
			continue;
		f->outcome = FILE_KNOWN;
		f->known_as =
		        arena_printf(&plan->arena, "loaded on %s from %s%s", db_text(&r, row, 1), db_text(&r, row, 2),
		                     db_bool(&r, row, 3) ? ", superseded since (--again brings it back)" : "");
	}
	arena_release(&a);
	return fine;
}

/* ---- chunks that could not be recognised ---- */

/* "ai-costs-00002.csv.gz" → "ai-costs-": what the chunks of one report have in common, their folder with it. */
static struct slice chunk_stem(const char *path)
{
	struct slice stem = slice_of(path);
	if (slice_ends(stem, ".gz"))
		stem.len -= 3;
	if (!slice_ends(stem, ".csv"))
		return SLICE_NULL;
	stem.len -= 4;
	size_t len = stem.len;
	while (stem.len > 0 && stem.ptr[stem.len - 1] >= '0' && stem.ptr[stem.len - 1] <= '9')
		stem.len--;
	return stem.len < len ? stem : SLICE_NULL;
}

/* A chunk that is cut off too early to be told for one belongs to the CUR that the others of its name are of. */
static void reject_siblings(struct ingest_plan *plan)
{
	for (size_t i = 0; i < plan->file_count; i++) {
		const struct ingest_file *bad = plan->file[i];
		struct slice stem = bad->outcome == FILE_REJECTED && !bad->format && !bad->manifest
		                            ? chunk_stem(bad->path)
		                            : SLICE_NULL;
		for (size_t k = 0; stem.ptr && k < plan->file_count; k++) {
			struct ingest_file *f = plan->file[k];
			if (f->outcome == FILE_REJECTED || !is_chunk(f) || !slice_equal(chunk_stem(f->path), stem))
				continue;
			fail_input(&f->error, "truncated_file",
			           "not loaded, because %s is part of the same delivery and could not be read",
			           path_name(bad->path));
			reject(f);
		}
	}
}

/* ---- units ---- */

static void make_units(struct ingest_plan *plan)
{
	plan->unit = arena_alloc(&plan->arena, (plan->file_count + 1) * sizeof *plan->unit);
	for (size_t i = 0; i < plan->file_count; i++) {
		struct ingest_file *f = plan->file[i];
		if (f->outcome != FILE_PENDING)
			continue;
		struct ingest_unit *unit = NULL;
		for (size_t k = 0; k < plan->unit_count && !unit; k++)
			unit = same_source(plan->unit[k].file[0], f) ? &plan->unit[k] : NULL;
		if (!unit) {
			unit = &plan->unit[plan->unit_count++];
			unit->file = arena_alloc(&plan->arena, (plan->file_count - i) * sizeof(*unit->file));
		}
		unit->file[unit->count++] = f;
	}
}

/* Of several assemblies of one bill the one loaded last is current: that is the one which stands twice, in its own
 * folder and on top (legacy reports); Data Exports' folders begin with a time and are in order already. */
static void newest_last(struct ingest_plan *plan)
{
	struct ingest_unit *sorted = arena_alloc(&plan->arena, (plan->unit_count + 1) * sizeof *sorted);
	size_t count = 0;
	for (int newest = 0; newest < 2; newest++)
		for (size_t i = 0; i < plan->unit_count; i++)
			if ((plan->unit[i].file[0]->manifest && plan->unit[i].file[0]->manifest->is_newest) == newest)
				sorted[count++] = plan->unit[i];
	plan->unit = sorted;
}

static bool identify_all(struct ingest_plan *plan, const struct config *config, const struct ingest_options *o)
{
	ingest_digest_all(plan, ingest_threads(o));
	for (size_t i = 0; i < plan->file_count; i++) {
		struct ingest_file *f = plan->file[i];
		if (f->manifest && f->manifest->error.kind != ERR_NONE) {
			f->error = f->manifest->error;
			f->source = o->source ? o->source : "aws-cur";
			f->outcome = FILE_REJECTED;
		} else {
			identify(f, config, o, &plan->arena);
		}
	}
	return true;
}

int ingest_threads(const struct ingest_options *o)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long threads = o->threads > 0 ? o->threads : processors > 0 ? processors : 1;
	return threads < INGEST_THREADS_MAX ? (int)threads : INGEST_THREADS_MAX;
}

static bool fail_source(const struct config *config, const char *name, struct err *e)
{
	struct buf list = BUF_INIT;
	for (size_t i = 0; i < config->source_count; i++)
		buf_printf(&list, "%s%s", i ? ", " : "", config->source[i].name);
	fail(e, ERR_USAGE, "the configuration has no source %s", name);
	err_hint(e, "its sources are %s", list.ptr);
	buf_release(&list);
	return false;
}

bool ingest_plan_make(struct ingest_plan *plan, const struct config *config, const struct ingest_options *o,
                      struct db *db, struct err *e)
{
	*plan = (struct ingest_plan){.arena = ARENA_INIT};
	if (o->format && !format_find(o->format))
		return fail(e, ERR_USAGE, "unknown format %s", o->format) ||
		       err_hint(e, "see `closebook ingest --help` for the formats");
	if (o->source && config->source_count && !config_source(config, o->source))
		return fail_source(config, o->source, e);
	for (size_t i = 0; i < o->path_count; i++) {
		char absolute[PATH_MAX];
		if (!realpath(o->path[i], absolute))
			return fail_errno(e, "%s", o->path[i]);
		if (!expand(plan, config, absolute, 0, e))
			return false;
	}
	cur_manifests_read(plan);
	identify_all(plan, config, o);
	if (!o->again) {
		if (!mark_known(plan, db, e))
			return false;
		mark_repeats(plan);
		revive_parts(plan, o);
	}
	reject_siblings(plan);
	make_units(plan);
	newest_last(plan);
	return true;
}

void ingest_plan_release(struct ingest_plan *plan)
{
	free(plan->file);
	free(plan->manifest);
	arena_release(&plan->arena);
	*plan = (struct ingest_plan){.arena = ARENA_INIT};
}
