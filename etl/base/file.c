#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_read(const char *path, size_t limit, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(e, "cannot open %s", path);
	buf_reset(out);
	buf_add(out, "", 0);
	bool done = false;
	while (!done) {
		buf_reserve(out, 64 * 1024);
		ssize_t got = read(fd, out->ptr + out->len, out->cap - out->len - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			fail_errno(e, "cannot read %s", path);
			break;
		}
		out->len += (size_t)got;
		if (out->len > limit) {
			fail(e, ERR_INPUT, "%s is larger than %zu bytes", path, limit);
			break;
		}
		done = got == 0;
	}
	out->ptr[out->len] = '\0';
	close(fd);
	return done;
}

bool file_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

bool folder_exists(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_one(const char *path, unsigned mode)
{
	if (mkdir(path, (mode_t)mode) == 0)
		return true;
	int cause = errno;
	if (folder_exists(path))
		return true;
	errno = cause == EEXIST ? ENOTDIR : cause;
	return false;
}

bool folder_make(const char *path, unsigned mode, struct err *e)
{
	char *partial = must_strdup(path);
	bool made = true;
	for (char *p = partial; made && *p; p++) {
		if (*p != '/' || p == partial || p[-1] == '/')
			continue;
		*p = '\0';
		made = make_one(partial, mode);
		*p = '/';
	}
	if (!made || !make_one(path, mode))
		made = fail_errno(e, "cannot make the folder %s", path);
	free(partial);
	return made;
}

char *path_join(struct arena *a, const char *base, const char *rest)
{
	if (rest[0] == '/' || base[0] == '\0')
		return arena_strdup(a, rest);
	const char *slash = base[strlen(base) - 1] == '/' ? "" : "/";
	return arena_printf(a, "%s%s%s", base, slash, rest);
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool file_writer_begin(struct file_writer *w, const char *path, struct err *e)
{
	*w = (struct file_writer){.path = must_strdup(path)};
	struct buf temporary = BUF_INIT;
	const char *name = path_name(path);
	buf_add(&temporary, path, (size_t)(name - path));
	buf_printf(&temporary, ".%s.part-%ld", name, (long)getpid());

	/* A leftover of a killed process that had the same number goes first; O_EXCL never follows a link. */
	unlink(temporary.ptr);
	int fd = open(temporary.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0) {
		w->temporary = temporary.ptr;
		w->stream = fdopen(fd, "w");
		if (w->stream)
			return true;
		close(fd);
		fail_errno(e, "cannot write %s", path);
	} else {
		fail_errno(e, "cannot write %s", path);
		buf_release(&temporary);
	}
	file_writer_release(w);
	return false;
}

bool file_writer_finish(struct file_writer *w, struct err *e)
{
	if (!w->stream)
		return e->kind == ERR_NONE;
	FILE *stream = w->stream;
	w->stream = NULL;
	errno = 0;
	bool written = fflush(stream) == 0 && !ferror(stream) && fsync(fileno(stream)) == 0;
	if (!written) {
		if (errno == 0)
			errno = EIO; /* an earlier write failed, and its errno is gone */
		fail_errno(e, "cannot write %s", w->path);
	}
	if (fclose(stream) != 0 && written)
		written = fail_errno(e, "cannot write %s", w->path);
	return written;
}

static bool sync_folder_of(const char *path, struct err *e)
{
	const char *name = path_name(path);
	struct buf folder = BUF_INIT;
	buf_add(&folder, path, (size_t)(name - path));
	if (folder.len == 0)
		buf_add_char(&folder, '.');
	int fd = open(folder.ptr, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Some file systems cannot sync a folder and say EINVAL; nothing more can be done there. */
	bool synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
	if (!synced)
		fail_errno(e, "cannot sync the folder %s", folder.ptr);
	if (fd >= 0)
		close(fd);
	buf_release(&folder);
	return synced;
}

void file_writer_rename(struct file_writer *w, const char *path)
{
	free(w->path);
	w->path = must_strdup(path);
}

bool file_writer_publish(struct file_writer *w, struct err *e)
{
	bool published = false;
	if (file_writer_finish(w, e)) {
		if (rename(w->temporary, w->path) != 0) {
			fail_errno(e, "cannot write %s", w->path);
		} else {
			free(w->temporary);
			w->temporary = NULL;
			published = sync_folder_of(w->path, e);
		}
	}
	file_writer_release(w);
	return published;
}

void file_writer_release(struct file_writer *w)
{
	if (w->stream)
		fclose(w->stream);
	if (w->temporary)
		unlink(w->temporary);
	free(w->temporary);
	free(w->path);
	*w = (struct file_writer){0};
}

static void csv_field(FILE *out, const char *guard, const char *text)
{
	if (!text[strcspn(text, ",\"\r\n")]) {
		fputs(guard, out);
		fputs(text, out);
		return;
	}
	fputc('"', out);
	fputs(guard, out);
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

void csv_text(FILE *out, bool first, const char *text)
{
	if (!first)
		fputc(',', out);
	if (text && *text)
		csv_field(out, strchr("=+-@\t\r\n", *text) ? "'" : "", text);
}

void csv_number(FILE *out, bool first, const char *text)
{
	if (!first)
		fputc(',', out);
	if (text)
		csv_field(out, "", text);
}
