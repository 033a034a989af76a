#include "store/landing.h"

#include "source/origin.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "format/json.h"
#include "source/stream.h"

enum { HEAD_DIGITS = 12, MARK_DIGITS = 32, NUMBERS_MAX = 1000 };
#define NAME_START "spend-"
#define NAME_END ".jsonl"

/* ---- What has landed and was not loaded ---- */

/* Marks, or names of files, on their way to a query. */
struct batch {
	struct arena memory;
	struct slice item[NUMBERS_MAX];
	const char *path[NUMBERS_MAX]; /* of files */
	size_t count;
};

static void batch_release(struct batch *b)
{
	arena_release(&b->memory);
}

static bool flush_marks(struct landing *l, struct batch *marks, struct err *e)
{
	if (marks->count == 0)
		return true;
	const char *array = db_text_array(&marks->memory, marks->item, marks->count);
	bool done = db_run(l->own, "pull/landed_rows", DB_PARAMS(array), NULL, e);
	arena_reset(&marks->memory);
	marks->count = 0;
	return done;
}

/* The mark in a line that landing_add was given; absent if there is none. */
static struct slice line_mark(struct slice line)
{
	static const char name[] = "\"litellm_row\"";
	struct slice rest = slice_from(line, slice_find(line, name));
	rest = slice_trim(slice_from(rest, sizeof(name) - 1));
	if (!slice_starts(rest, ":"))
		return SLICE_NULL;
	rest = slice_trim(slice_from(rest, 1));
	struct slice mark = slice_head(slice_from(rest, 1), MARK_DIGITS);
	return slice_starts(rest, "\"") && mark.len == MARK_DIGITS ? mark : SLICE_NULL;
}

static bool read_records(struct landing *l, struct json_records *records, struct batch *marks, struct err *e)
{
	for (;;) {
		struct slice record;
		if (!json_records_next(records, &record, e))
			return false;
		if (!record.ptr)
			return flush_marks(l, marks, e);
		struct slice mark = line_mark(record);
		if (!mark.ptr)
			continue;
		marks->item[marks->count++] = arena_slice(&marks->memory, mark);
		if (marks->count == NUMBERS_MAX && !flush_marks(l, marks, e))
			return false;
	}
}

static bool read_landed(struct landing *l, const char *path, struct err *e)
{
	struct stream *in = stream_open(path, e);
	if (!in)
		return false;
	struct json_records records;
	struct batch marks __attribute__((cleanup(batch_release))) = {.count = 0};
	json_records_begin(&records, in, true, JSON_RECORD_MAX);
	bool done = read_records(l, &records, &marks, e);
	json_records_release(&records);
	stream_free(in);
	return done || err_where(e, path, 0, 0);
}

static bool read_unloaded(struct landing *l, struct batch *files, struct err *e)
{
	DB_RESULT loaded = DB_RESULT_INIT;
	bool known[NUMBERS_MAX] = {false};
	const char *array = db_text_array(&files->memory, files->item, files->count);
	if (files->count > 0 && !db_run(l->own, "pull/loaded_files", DB_PARAMS(array), &loaded, e))
		return false;
	for (size_t i = 0; files->count > 0 && i < db_rows(&loaded); i++)
		known[db_int(&loaded, i, 0) - 1] = true;
	for (size_t i = 0; i < files->count; i++)
		if (!known[i] && !read_landed(l, files->path[i], e))
			return false;
	arena_reset(&files->memory);
	files->count = 0;
	return true;
}

/* The first digits of the digest in a file's name; absent for other files. */
static struct slice name_head(const char *name)
{
	struct slice s = slice_of(name);
	size_t around = strlen("-") + HEAD_DIGITS + strlen(NAME_END);
	if (!slice_starts(s, NAME_START) || !slice_ends(s, NAME_END) || s.len < strlen(NAME_START) + around ||
	    s.ptr[s.len - around] != '-')
		return SLICE_NULL;
	return slice_head(slice_from(s, s.len - around + 1), HEAD_DIGITS);
}

static bool look_into_period(struct landing *l, const char *folder, struct batch *files, struct err *e)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return fail_errno(e, "cannot read the folder %s", folder);
	bool done = true;
	for (struct dirent *entry; done && (entry = readdir(dir));) {
		struct slice head = name_head(entry->d_name);
		if (!head.ptr)
			continue;
		files->path[files->count] = path_join(&files->memory, folder, entry->d_name);
		files->item[files->count++] = arena_slice(&files->memory, head);
		done = files->count < NUMBERS_MAX || read_unloaded(l, files, e);
	}
	closedir(dir);
	return done;
}

static bool look_into_folder(struct landing *l, struct batch *files, struct err *e)
{
	DIR *dir = opendir(l->folder);
	if (!dir)
		return fail_errno(e, "cannot read the folder %s", l->folder);
	bool done = true;
	for (struct dirent *entry; done && (entry = readdir(dir));) {
		struct period period;
		struct arena a = ARENA_INIT;
		if (period_parse(slice_of(entry->d_name), &period))
			done = look_into_period(l, path_join(&a, l->folder, entry->d_name), files, e);
		arena_release(&a);
	}
	closedir(dir);
	return done && read_unloaded(l, files, e);
}

bool landing_begin(struct landing *l, struct db *own, const char *source, const char *folder, const char *uri,
                   utc_us from, struct err *e)
{
	*l = (struct landing){.own = own, .folder = folder, .from = "start"};
	l->source = source;
	l->uri = uri;
	char text[UTC_TEXT_MAX];
	size_t len = from == UTC_NONE ? 0 : utc_text(from - from % UTC_SECOND, text), out = 0;
	for (size_t i = 0; i < len && out + 1 < sizeof(l->from); i++)
		if (text[i] != '-' && text[i] != ':')
			l->from[out++] = text[i];
	if (len > 0)
		l->from[out] = '\0';
	struct batch *files = must_alloc(sizeof(*files));
	bool done = db_run(own, "pull/landed", DB_NO_PARAMS, NULL, e) && look_into_folder(l, files, e);
	batch_release(files);
	free(files);
	return done;
}

/* ---- Writing ---- */

static bool file_open(struct landing *l, struct landing_file *f, struct period period, struct err *e)
{
	struct arena a = ARENA_INIT;
	char month[PERIOD_TEXT_MAX];
	period_text(period, month);
	*f = (struct landing_file){.period = period};
	const char *folder = path_join(&a, l->folder, month);
	const char *name = arena_printf(&a, NAME_START "%s" NAME_END, l->from);
	bool done = folder_make(folder, 0755, e) && file_writer_begin(&f->writer, path_join(&a, folder, name), e);
	arena_release(&a);
	if (!done)
		return false;
	digest_begin(&f->digest);
	l->file_count++;
	return true;
}

/* Gives the file the name that its content has; a file of that name holds the same. */
static bool file_publish(struct landing *l, struct landing_file *f, struct err *e)
{
	struct arena a = ARENA_INIT;
	char hex[DIGEST_HEX_SIZE], month[PERIOD_TEXT_MAX];
	digest_end(&f->digest, hex);
	period_text(f->period, month);
	const char *path =
	        arena_printf(&a, "%s/%s/" NAME_START "%s-%.*s" NAME_END, l->folder, month, l->from, HEAD_DIGITS, hex);
	bool done = true;
	if (!file_exists(path)) {
		char newest[UTC_TEXT_MAX];
		utc_text(f->newest, newest);
		file_writer_rename(&f->writer, path);
		done = origin_write(path, &(struct origin_file){.source = l->source, .uri = l->uri, .version = newest},
		                    e) &&
		       file_writer_publish(&f->writer, e);
		l->rows_new += done ? f->rows : 0;
		l->files += done;
	}
	file_writer_release(&f->writer);
	arena_release(&a);
	return done;
}

static bool publish(struct landing *l, struct err *e)
{
	bool done = true;
	for (size_t i = 0; done && i < l->file_count; i++)
		done = file_writer_finish(&l->file[i].writer, e);
	while (done && l->file_count > 0)
		done = file_publish(l, &l->file[--l->file_count], e);
	return done;
}

static bool write_row(struct landing *l, const struct landing_row *row, struct err *e)
{
	size_t i = 0;
	while (i < l->file_count && period_compare(l->file[i].period, row->period) != 0)
		i++;
	if (i == LANDING_FILES) {
		if (!publish(l, e))
			return false;
		i = 0;
	}
	struct landing_file *f = &l->file[i];
	if (i == l->file_count && !file_open(l, f, row->period, e))
		return false;
	digest_add(&f->digest, row->line.ptr, row->line.len);
	digest_add(&f->digest, "\n", 1);
	fwrite(row->line.ptr, 1, row->line.len, f->writer.stream);
	fputc('\n', f->writer.stream);
	f->rows++;
	f->newest = row->ended > f->newest ? row->ended : f->newest;
	return true;
}

static bool flush_rows(struct landing *l, struct err *e)
{
	struct slice request_id[LANDING_ROWS], mark[LANDING_ROWS];
	bool known[LANDING_ROWS] = {false};
	DB_RESULT r = DB_RESULT_INIT;
	if (l->batch_count == 0)
		return true;
	for (size_t i = 0; i < l->batch_count; i++) {
		request_id[i] = l->batch[i].request_id;
		mark[i] = l->batch[i].mark;
	}
	const char *ids = db_text_array(&l->memory, request_id, l->batch_count);
	const char *marks = db_text_array(&l->memory, mark, l->batch_count);
	if (!db_run(l->own, "pull/known_rows", DB_PARAMS(ids, marks), &r, e))
		return false;
	for (size_t i = 0; i < db_rows(&r); i++)
		known[db_int(&r, i, 0) - 1] = true;
	bool done = true;
	for (size_t i = 0; done && i < l->batch_count; i++)
		done = known[i] || write_row(l, &l->batch[i], e);
	l->batch_count = 0;
	arena_reset(&l->memory);
	return done;
}

bool landing_add(struct landing *l, const struct landing_row *row, struct err *e)
{
	l->batch[l->batch_count++] = (struct landing_row){
	        .request_id = arena_slice(&l->memory, row->request_id),
	        .mark = arena_slice(&l->memory, row->mark),
	        .line = arena_slice(&l->memory, row->line),
	        .period = row->period,
	        .ended = row->ended,
	};
	return (l->batch_count < LANDING_ROWS && l->memory.used < LANDING_BYTES) || flush_rows(l, e);
}

bool landing_end(struct landing *l, struct err *e)
{
	return flush_rows(l, e) && publish(l, e);
}

void landing_release(struct landing *l)
{
	for (size_t i = 0; i < l->file_count; i++) {
		file_writer_release(&l->file[i].writer);
		digest_release(&l->file[i].digest);
	}
	l->file_count = 0;
	arena_release(&l->memory);
}
