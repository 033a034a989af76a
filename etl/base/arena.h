/*
 * Arena: memory that is freed all at once. One per run and one per batch, reset after the batch.
 */
#pragma once
#include "base/str.h"
#include <stddef.h>

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out since the last reset */
};
#define ARENA_INIT                                                                                                     \
	{                                                                                                              \
		NULL, 0                                                                                                \
	}

void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type */
char *arena_strdup(struct arena *a, const char *text);
struct slice arena_slice(struct arena *a, struct slice s); /* copy; stays absent when absent; NUL-terminated */
char *arena_cstr(struct arena *a, struct slice s);         /* NUL-terminated copy */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_reset(struct arena *a);   /* keeps the first block for reuse */
void arena_release(struct arena *a); /* frees everything */
