/*
 * Files that another program is still writing, such as an OpenTelemetry collector's: each pull takes the complete lines
 * that came since the last one. A file is told by the digest of its first line, not by its name, so that one which was
 * rotated goes on where it was; a part is named by it and by where it begins and ends, and is loaded like any file.
 */
#include "base/digest.h"
#include "base/file.h"
#include "run/pull_task.h"
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_LINE_MAX = 1 << 20, COPY_BYTES = 1 << 20, ID_SHOWN = 24, FOLDER_MODE = 0750, FOLDER_DEPTH = 8 };

struct tail {
	struct pull_task *task;
	struct db_result ends; /* origin, byte: what was loaded */
	const char *folder;    /* where parts go */
};

/* Compressed files have been closed and rotated: what they hold was taken before. */
static bool is_compressed(const char *head, ssize_t len)
{
	return len >= 4 && (memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0);
}

/* The digest of the first line, or of its first megabyte; false: there is no complete line yet. */
static bool identify(int fd, char id[DIGEST_HEX_SIZE])
{
	char *head = must_alloc(FIRST_LINE_MAX);
	ssize_t len = pread(fd, head, FIRST_LINE_MAX, 0);
	const char *end = len > 0 ? memchr(head, '\n', (size_t)len) : NULL;
	if (is_compressed(head, len))
		end = NULL;
	else if (!end && len == FIRST_LINE_MAX)
		end = head + len;
	if (end)
		digest_bytes(head, (size_t)(end - head), id);
	free(head);
	return end != NULL;
}

/* The byte after the last line's end at or before `size`; `from` if there is none. */
static off_t last_line_end(int fd, off_t from, off_t size)
{
	char *chunk = must_alloc(COPY_BYTES);
	off_t found = from;
	for (off_t end = size; end > from && found == from;) {
		off_t start = end - from > COPY_BYTES ? end - COPY_BYTES : from;
		ssize_t len = pread(fd, chunk, (size_t)(end - start), start);
		const char *newline = len > 0 ? memrchr(chunk, '\n', (size_t)len) : NULL;
		if (newline)
			found = start + (newline - chunk) + 1;
		end = start;
	}
	free(chunk);
	return found;
}

/* Where the file was left: after what was loaded, and after the parts that wait to be. */
static off_t left_at(const struct tail *t, const char *id)
{
	off_t at = 0;
	char origin[sizeof "tail:" + DIGEST_HEX_SIZE];
	snprintf(origin, sizeof origin, "tail:%s", id);
	for (size_t i = 0; i < db_rows(&t->ends); i++)
		if (strcmp(db_text(&t->ends, i, 0), origin) == 0)
			at = (off_t)db_int(&t->ends, i, 1);
	DIR *d = opendir(t->folder);
	for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;) {
		struct slice name = slice_of(entry->d_name), end;
		int64_t value;
		if (strncmp(entry->d_name, id, ID_SHOWN) != 0 || !slice_ends(name, ".jsonl"))
			continue;
		slice_cut(&name, '-');
		slice_cut(&name, '-');
		end = slice_cut(&name, '.');
		if (slice_uint(end, &value) && value > at)
			at = (off_t)value;
	}
	if (d)
		closedir(d);
	return at;
}

static bool copy_part(const struct tail *t, int fd, off_t from, off_t to, FILE *out, struct err *e)
{
	char *chunk = must_alloc(COPY_BYTES);
	bool fine = true;
	while (fine && from < to) {
		ssize_t len = pread(fd, chunk, (size_t)(to - from < COPY_BYTES ? to - from : COPY_BYTES), from);
		fine = len > 0 || fail_errno(e, "cannot read what %s is to hold", t->folder);
		if (fine) {
			fwrite(chunk, 1, (size_t)len, out);
			from += len;
		}
	}
	free(chunk);
	return fine;
}

static bool take_part(struct tail *t, int fd, const char *path, const char *id, off_t from, off_t to, struct err *e)
{
	struct pull_task *p = t->task;
	if (pull_plans(p, arena_printf(p->arena, "%s from byte %" PRId64, path, (int64_t)from), 1,
	               (uint64_t)(to - from)))
		return true;
	const char *part = path_join(
	        p->arena, t->folder,
	        arena_printf(p->arena, "%.*s-%" PRId64 "-%" PRId64 ".jsonl", ID_SHOWN, id, (int64_t)from, (int64_t)to));
	const struct origin_file origin = {.source = p->source->name,
	                                   .uri = arena_printf(p->arena, "tail:%s", id),
	                                   .version = arena_printf(p->arena, "%" PRId64, (int64_t)to)};
	struct file_writer w = {0};
	bool fine = folder_make(t->folder, FOLDER_MODE, e) && origin_write(part, &origin, e) &&
	            file_writer_begin(&w, part, e) && copy_part(t, fd, from, to, w.stream, e) &&
	            file_writer_finish(&w, e) && file_writer_publish(&w, e);
	file_writer_release(&w);
	p->result->files += fine;
	p->result->bytes += fine ? (uint64_t)(to - from) : 0;
	return fine;
}

static bool take_file(struct tail *t, const char *path, struct err *e)
{
	char id[DIGEST_HEX_SIZE];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool fine = (fd >= 0 && fstat(fd, &st) == 0) || fail_errno(e, "cannot read %s", path);
	if (fine && identify(fd, id)) {
		off_t from = left_at(t, id), to = last_line_end(fd, from < st.st_size ? from : st.st_size, st.st_size);
		if (to > from)
			fine = take_part(t, fd, path, id, from, to, e);
	}
	if (fd >= 0)
		close(fd);
	return fine;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool take(struct tail *t, const char *path, int depth, struct err *e)
{
	struct stat st;
	struct dirent **entry = NULL;
	if (stat(path, &st) != 0)
		return fail_errno(e, "%s", path) || err_hint(e, "create the folder, or correct uri");
	if (!S_ISDIR(st.st_mode))
		return take_file(t, path, e);
	int count = depth < FOLDER_DEPTH ? scandir(path, &entry, NULL, by_name) : 0;
	bool fine = true;
	for (int i = 0; i < count; i++) {
		if (fine && entry[i]->d_name[0] != '.')
			fine = take(t, path_join(t->task->arena, path, entry[i]->d_name), depth + 1, e);
		free(entry[i]);
	}
	free(entry);
	return fine;
}

bool pull_tail(struct pull_task *p, struct err *e)
{
	struct tail t = {.task = p, .ends = DB_RESULT_INIT, .folder = path_join(p->arena, p->folder, "parts")};
	bool fine = db_run(p->db, "pull/tail_ends", DB_PARAMS(p->source->name), &t.ends, e) &&
	            take(&t, p->source->remote.url, 0, e);
	db_result_release(&t.ends);
	return fine;
}
