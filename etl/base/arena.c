/*
 * Blocks double in size from 64 KiB to 1 MiB; the newest is the list's head and is filled front to back. What is larger
 * than a quarter of a block gets a block of its own behind the head, so the head's rest is not lost. A reset keeps the
 * head, which by then is the largest, so a batch that fits in it costs no allocation. Under AddressSanitizer the unused
 * part is poisoned: memory used after the reset is caught.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

enum { BLOCK_FIRST = 64 * 1024, BLOCK_MAX = 1024 * 1024, ALIGNMENT = _Alignof(max_align_t) };

struct arena_block {
	struct arena_block *next;
	size_t size, used;
	_Alignas(max_align_t) unsigned char data[];
};

static struct arena_block *block_new(size_t size, struct arena_block *next)
{
	struct arena_block *block = must_realloc(NULL, sizeof(*block) + size);
	block->next = next;
	block->size = size;
	block->used = 0;
	ASAN_POISON_MEMORY_REGION(block->data, size);
	return block;
}

static void *block_take(struct arena_block *block, size_t size)
{
	void *p = block->data + block->used;
	block->used += size;
	ASAN_UNPOISON_MEMORY_REGION(p, size);
	return p;
}

static void *take(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 4)
		must_realloc(NULL, SIZE_MAX / 2); /* ends the process */
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (size == 0)
		size = ALIGNMENT;
	a->used += size;
	if (a->head && size <= a->head->size - a->head->used)
		return block_take(a->head, size);
	size_t next_size = a->head ? a->head->size * 2 : BLOCK_FIRST;
	if (next_size > BLOCK_MAX)
		next_size = BLOCK_MAX;
	if (!a->head)
		a->head = block_new(next_size, NULL);
	else if (size <= next_size / 4)
		a->head = block_new(next_size, a->head);
	if (size <= a->head->size - a->head->used)
		return block_take(a->head, size);
	a->head->next = block_new(size, a->head->next);
	return block_take(a->head->next, size);
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size);
	return memset(p, 0, size);
}

static char *copy(struct arena *a, const char *bytes, size_t len)
{
	char *p = take(a, len + 1);
	if (len > 0)
		memcpy(p, bytes, len);
	p[len] = '\0';
	return p;
}

char *arena_strdup(struct arena *a, const char *text)
{
	return text ? copy(a, text, strlen(text)) : NULL;
}

struct slice arena_slice(struct arena *a, struct slice s)
{
	return s.ptr ? (struct slice){copy(a, s.ptr, s.len), s.len} : s;
}

char *arena_cstr(struct arena *a, struct slice s)
{
	return copy(a, s.ptr, s.len);
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int wanted = vsnprintf(NULL, 0, format, args);
	va_end(args);
	size_t size = wanted < 0 ? 1 : (size_t)wanted + 1;
	char *p = take(a, size);
	p[0] = '\0';
	if (wanted > 0)
		vsnprintf(p, size, format, again);
	va_end(again);
	return p;
}

static void free_chain(struct arena_block *block)
{
	while (block) {
		struct arena_block *next = block->next;
		free(block);
		block = next;
	}
}

void arena_reset(struct arena *a)
{
	a->used = 0;
	if (!a->head)
		return;
	free_chain(a->head->next);
	a->head->next = NULL;
	a->head->used = 0;
	ASAN_POISON_MEMORY_REGION(a->head->data, a->head->size);
}

void arena_release(struct arena *a)
{
	free_chain(a->head);
	*a = (struct arena)ARENA_INIT;
}
