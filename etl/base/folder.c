#include "base/folder.h"

#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

enum { OPEN_FOLDERS = 16 };

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

/* Without following links. */
static void remove_tree(const char *path)
{
	nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

bool folder_writer_begin(struct folder_writer *w, const char *path, struct err *e)
{
	*w = (struct folder_writer){.path = must_strdup(path)};
	struct buf temporary = BUF_INIT;
	const char *name = path_name(path);
	buf_add(&temporary, path, (size_t)(name - path));
	if (temporary.len > 0 && !folder_make(temporary.ptr, 0755, e)) {
		buf_release(&temporary);
		folder_writer_release(w);
		return false;
	}
	buf_printf(&temporary, ".%s.part-%ld", name, (long)getpid());
	w->temporary = temporary.ptr;
	remove_tree(w->temporary); /* a leftover of a killed process that had the same number */
	if (folder_make(w->temporary, 0755, e))
		return true;
	folder_writer_release(w);
	return false;
}

bool folder_writer_publish(struct folder_writer *w, struct err *e)
{
	bool replaces = folder_exists(w->path);
	bool fine = renameat2(AT_FDCWD, w->temporary, AT_FDCWD, w->path, replaces ? RENAME_EXCHANGE : 0) == 0;
	if (!fine && replaces && (errno == EINVAL || errno == ENOSYS)) { /* a file system that exchanges nothing */
		remove_tree(w->path);
		fine = rename(w->temporary, w->path) == 0;
	}
	if (!fine)
		fail_errno(e, "cannot write %s", w->path);
	folder_writer_release(w);
	return fine;
}

void folder_writer_release(struct folder_writer *w)
{
	if (w->temporary)
		remove_tree(w->temporary);
	free(w->temporary);
	free(w->path);
	*w = (struct folder_writer){0};
}
