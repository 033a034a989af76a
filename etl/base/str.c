#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_is_nocase(struct slice a, const char *text)
{
	struct slice b = slice_of(text);
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	return true;
}

int slice_compare(struct slice a, struct slice b)
{
	size_t shared = a.len < b.len ? a.len : b.len;
	int order = shared ? memcmp(a.ptr, b.ptr, shared) : 0;
	if (order != 0)
		return order < 0 ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

bool slice_ends(struct slice a, const char *suffix)
{
	struct slice b = slice_of(suffix);
	return a.len >= b.len && slice_equal(slice_from(a, a.len - b.len), b);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice a)
{
	while (a.len > 0 && is_space(a.ptr[a.len - 1]))
		a.len--;
	while (a.len > 0 && is_space(a.ptr[0])) {
		a.ptr++;
		a.len--;
	}
	return a;
}

struct slice slice_from(struct slice a, size_t start)
{
	if (!a.ptr)
		return a;
	if (start > a.len)
		start = a.len;
	return (struct slice){a.ptr + start, a.len - start};
}

struct slice slice_head(struct slice a, size_t len)
{
	return (struct slice){a.ptr, len < a.len ? len : a.len};
}

size_t slice_find(struct slice a, const char *needle)
{
	size_t len = strlen(needle);
	if (len == 0)
		return 0;
	const char *found = a.len ? memmem(a.ptr, a.len, needle, len) : NULL;
	return found ? (size_t)(found - a.ptr) : SIZE_MAX;
}

struct slice slice_cut(struct slice *rest, char separator)
{
	struct slice whole = *rest;
	const char *found = whole.len ? memchr(whole.ptr, separator, whole.len) : NULL;
	if (!found) {
		*rest = SLICE_NULL;
		return whole;
	}
	size_t len = (size_t)(found - whole.ptr);
	*rest = slice_from(whole, len + 1);
	return slice_head(whole, len);
}

bool slice_uint(struct slice a, int64_t *out)
{
	if (a.len == 0 || a.len > 18)
		return false;
	int64_t value = 0;
	for (size_t i = 0; i < a.len; i++) {
		if (a.ptr[i] < '0' || a.ptr[i] > '9')
			return false;
		value = value * 10 + (a.ptr[i] - '0');
	}
	*out = value;
	return true;
}

uint64_t slice_hash(struct slice a, uint64_t chain)
{
	for (size_t i = 0; i < a.len; i++) {
		chain ^= (unsigned char)a.ptr[i];
		chain *= UINT64_C(0x100000001b3);
	}
	return chain;
}

/*
 * Length of the well-formed sequence at p, 0 if it is none. The bounds of the second byte keep out overlong forms,
 * surrogates and what lies above U+10FFFF.
 */
static size_t sequence_length(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t len;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		len = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		len = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		len = 4;
	else
		return p[0] > 0 && p[0] < 0x80 ? 1 : 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (left < len || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return len;
}

bool slice_is_utf8(struct slice a)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
	const unsigned char *p = (const unsigned char *)a.ptr;
	size_t left = a.len;
	while (left > 0) {
		/* Eight bytes at a time while all are ASCII: a byte of 0 borrows and shows in the high bits too. */
		while (left >= 8) {
			uint64_t word;
			memcpy(&word, p, 8);
			if ((word | (word - ones)) & highs)
				break;
			p += 8;
			left -= 8;
		}
		if (left == 0)
			break;
		size_t len = sequence_length(p, left);
		if (len == 0)
			return false;
		p += len;
		left -= len;
	}
	return true;
}

static void out_of_memory(void)
{
	static const char message[] = "error: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)ignored;
	_exit(70);
}

void *must_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

void *must_realloc(void *old, size_t size)
{
	void *p = realloc(old, size ? size : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *must_strdup(const char *text)
{
	char *p = strdup(text);
	if (!p)
		out_of_memory();
	return p;
}

void buf_release(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf)BUF_INIT;
}

void buf_reserve(struct buf *b, size_t more)
{
	if (b->cap > b->len && more < b->cap - b->len)
		return;
	if (more >= SIZE_MAX / 2 - b->len)
		out_of_memory();
	size_t cap = b->cap < 64 ? 64 : b->cap * 2;
	if (cap < b->len + more + 1)
		cap = b->len + more + 1;
	b->ptr = must_realloc(b->ptr, cap);
	b->cap = cap;
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->ptr + b->len, bytes, len);
	b->len += len;
	b->ptr[b->len] = '\0';
}

void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.ptr, s.len);
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	buf_reserve(b, 64);
	size_t room = b->cap - b->len;
	int wanted = vsnprintf(b->ptr + b->len, room, format, args);
	va_end(args);
	if (wanted >= 0 && (size_t)wanted >= room) {
		buf_reserve(b, (size_t)wanted);
		vsnprintf(b->ptr + b->len, (size_t)wanted + 1, format, again);
	}
	va_end(again);
	b->len += wanted > 0 ? (size_t)wanted : 0;
	b->ptr[b->len] = '\0';
}
