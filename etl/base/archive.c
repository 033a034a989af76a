#include "base/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

static bool check(struct archive *a, int result, struct err *e)
{
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return true;
	errno = archive_errno(a) > 0 ? archive_errno(a) : EIO;
	return fail_errno(e, "cannot write the archive");
}

static bool copy_bytes(struct archive *a, int fd, const char *path, struct err *e)
{
	char chunk[CHUNK];
	ssize_t got;
	while ((got = read(fd, chunk, sizeof chunk)) > 0)
		if (archive_write_data(a, chunk, (size_t)got) != got)
			return check(a, ARCHIVE_FATAL, e);
	return got == 0 || fail_errno(e, "cannot read %s", path);
}

static bool add_file(struct archive *a, const char *path, const char *name, utc_us modified, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		fail_errno(e, "cannot read %s", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	struct archive_entry *entry = archive_entry_new();
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, st.st_size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, modified / UTC_SECOND, 0);
	bool fine = check(a, archive_write_header(a, entry), e) && copy_bytes(a, fd, path, e);
	archive_entry_free(entry);
	close(fd);
	return fine;
}

static bool begin(struct archive *a, enum archive_kind kind, FILE *out, struct err *e)
{
	if (kind == ARCHIVE_ZIP)
		return check(a, archive_write_set_format_zip(a), e) && check(a, archive_write_open_FILE(a, out), e);
	/* gzip's header would hold the time of day. */
	return check(a, archive_write_set_format_pax_restricted(a), e) &&
	       check(a, archive_write_add_filter_gzip(a), e) &&
	       check(a, archive_write_set_options(a, "gzip:!timestamp"), e) &&
	       check(a, archive_write_open_FILE(a, out), e);
}

bool archive_write(struct file_writer *out, enum archive_kind kind, const char *folder, const char *root,
                   const char *const *name, size_t count, utc_us modified, struct err *e)
{
	struct archive *a = archive_write_new();
	struct arena arena = ARENA_INIT;
	bool fine = begin(a, kind, out->stream, e);
	for (size_t i = 0; fine && i < count; i++)
		fine = add_file(a, path_join(&arena, folder, name[i]), arena_printf(&arena, "%s/%s", root, name[i]),
		                modified, e);
	if (archive_write_close(a) != ARCHIVE_OK && fine)
		fine = check(a, ARCHIVE_FATAL, e);
	archive_write_free(a);
	arena_release(&arena);
	return fine && file_writer_finish(out, e);
}
