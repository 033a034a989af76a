/*
 * Slices (pointer + length, by value, never owning) and growable byte buffers.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr; /* NULL = absent (SQL null); need not be NUL-terminated */
	size_t len;
};

#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
#define SLICE_NULL ((struct slice){NULL, 0})

static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, text ? strlen(text) : 0};
}
static inline bool slice_empty(struct slice s)
{
	return s.len == 0;
}
/* Bytes; absent equals empty. */
static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* Equal to a C string. Inline, as slice_starts is, for the sake of literals: their length is known when compiling. */
static inline bool slice_is(struct slice a, const char *text)
{
	return slice_equal(a, slice_of(text));
}
bool slice_is_nocase(struct slice a, const char *text); /* the same, ASCII letters folded */
int slice_compare(struct slice a, struct slice b);      /* byte order (C collation) */
static inline bool slice_starts(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);
	return a.len >= len && (len == 0 || memcmp(a.ptr, prefix, len) == 0);
}
bool slice_ends(struct slice a, const char *suffix);
struct slice slice_trim(struct slice a);               /* without blanks, tabs, CR, LF at both ends */
struct slice slice_from(struct slice a, size_t start); /* tail; empty when start > len */
struct slice slice_head(struct slice a, size_t len);   /* first len bytes at most */
/* First position of needle in a, or SIZE_MAX. */
size_t slice_find(struct slice a, const char *needle);
/* Cuts the part before the first `separator` off *rest and returns it; the whole rest when there is none. */
struct slice slice_cut(struct slice *rest, char separator);
/* Whole number without sign, at most 18 digits; false if it is anything else. */
bool slice_uint(struct slice a, int64_t *out);
/* FNV-1a 64, chained by passing the previous hash (start with SLICE_HASH_INIT). */
#define SLICE_HASH_INIT UINT64_C(0xcbf29ce484222325)
uint64_t slice_hash(struct slice a, uint64_t chain);
/* Well-formed UTF-8 without NUL bytes. PostgreSQL text takes nothing else. */
bool slice_is_utf8(struct slice a);

/* Memory that must be had: aborts the process when there is none (with a message, exit 70). */
void *must_alloc(size_t size); /* zeroed */
void *must_realloc(void *old, size_t size);
char *must_strdup(const char *text);

/* Growable bytes; ptr is always NUL-terminated once anything was added. */
struct buf {
	char *ptr;
	size_t len, cap;
};
#define BUF_INIT                                                                                                       \
	{                                                                                                              \
		NULL, 0, 0                                                                                             \
	}
void buf_release(struct buf *b); /* frees the contents */
static inline void buf_reset(struct buf *b)
{
	b->len = 0;
}
void buf_reserve(struct buf *b, size_t more); /* room for `more` further bytes and a NUL */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){b->ptr ? b->ptr : "", b->len};
}
