/* A folder of a test's own: made by cmocka's setup, removed with all it holds by its teardown. */
#pragma once
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

struct scratch {
	struct arena arena;
	char *folder;
};

static inline int scratch_remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st, (void)type, (void)walk;
	return remove(path);
}

static inline int scratch_setup(void **state)
{
	struct scratch *s = must_alloc(sizeof(*s));
	const char *base = getenv("TMPDIR");
	s->folder = path_join(&s->arena, base ? base : "/tmp", "closebook-test-XXXXXX");
	*state = s;
	return mkdtemp(s->folder) ? 0 : -1;
}

static inline int scratch_teardown(void **state)
{
	struct scratch *s = *state;
	nftw(s->folder, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_release(&s->arena);
	free(s);
	return 0;
}

static inline char *scratch_path(struct scratch *s, const char *name)
{
	return path_join(&s->arena, s->folder, name);
}

static inline char *scratch_write(struct scratch *s, const char *name, struct slice bytes)
{
	char *path = scratch_path(s, name);
	FILE *out = fopen(path, "wb");
	if (!out || fwrite(bytes.ptr, 1, bytes.len, out) != bytes.len || fclose(out) != 0)
		abort();
	return path;
}
