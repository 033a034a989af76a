/*
 * 64 bytes at a time become masks, one bit a byte: quotes, commas, line feeds, carriage returns. Whether a byte stands
 * within quotes is the parity of the quotes up to it, which a prefix sum modulo 2 of the quote mask gives for all 64 at
 * once. An inner doubled quote closes and opens again, so it needs no care here; that every other quote stands where
 * plain CSV has one is checked with shifts of the same masks. What remains is to write down where the separators are.
 *
 * The kernels differ in how they get the masks and the prefix sum; everything else is `take_block`, compiled into each.
 */
#include "format/csv_wide.h"

#include <endian.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
enum { BLOCK = 64, AHEAD = 8 }; /* positions are written eight at a time */

struct masks {
	uint64_t quote, comma, lf, cr;
};

/* Carried from block to block. */
struct walk {
	uint64_t inside;    /* all bits: within quotes */
	uint64_t may_open;  /* bit 0: a quote may open here */
	uint64_t closed;    /* bit 0: the byte before was a closing quote */
	uint64_t returned;  /* bit 0: the byte before was a carriage return outside of quotes */
	uint64_t quoted_lf; /* any bit: there was one */
	size_t fields, rows;
};

void csv_index_init(struct csv_index *ix)
{
	*ix = (struct csv_index){0};
	ix->end = must_realloc(NULL, (CSV_WINDOW + AHEAD) * sizeof(*ix->end));
	ix->last = must_realloc(NULL, CSV_WINDOW * sizeof(*ix->last));
}

void csv_index_release(struct csv_index *ix)
{
	free(ix->end);
	free(ix->last);
	*ix = (struct csv_index){0};
}

/* Everything below the lowest bit. */
INLINE uint64_t below(uint64_t mask)
{
	return (mask & (0 - mask)) - 1;
}

INLINE size_t note_positions(uint16_t *end, uint64_t separators, size_t at)
{
	size_t count = (size_t)__builtin_popcountll(separators);
	for (size_t done = 0; done < count; done += AHEAD) {
		for (int i = 0; i < AHEAD; i++) {
			end[done + (size_t)i] =
			        (uint16_t)(at + (size_t)__builtin_ctzll(separators | UINT64_C(1) << 63));
			separators &= separators - 1;
		}
	}
	return count;
}

/* Notes the separators of the block at `at`. False: the text is plain no further than what was noted. */
INLINE bool take_block(struct csv_index *ix, struct walk *w, struct masks m, uint64_t parity, size_t at)
{
	uint64_t inside = parity ^ w->inside; /* opening quotes and what follows them; closing quotes are outside */
	uint64_t line_ends = m.lf & ~inside, separators = (m.comma & ~inside) | line_ends, returns = m.cr & ~inside;
	uint64_t opening = m.quote & inside, closing = m.quote & ~inside;
	uint64_t may_open = (separators | closing) << 1 | w->may_open;
	uint64_t closed = closing << 1 | w->closed, returned = returns << 1 | w->returned;
	uint64_t odd = (opening & ~may_open) | (closed & ~(separators | m.quote | returns)) | (returned & ~m.lf);
	if (__builtin_expect(odd != 0, 0)) {
		line_ends &= below(odd);
		separators &= below(odd);
	}
	for (uint64_t left = line_ends; left; left &= left - 1)
		ix->last[w->rows++] = (uint16_t)(w->fields + (size_t)__builtin_popcountll(separators & below(left)));
	w->fields += note_positions(ix->end + w->fields, separators, at);
	w->inside = (uint64_t)((int64_t)inside >> 63);
	w->may_open = (separators | closing) >> 63;
	w->closed = closing >> 63;
	w->returned = returns >> 63;
	w->quoted_lf |= m.lf & inside;
	return odd == 0;
}

INLINE size_t begin_index(struct csv_index *ix, struct walk *w, struct slice *text)
{
	*text = slice_head(*text, CSV_WINDOW);
	ix->text = text->ptr;
	ix->row = 0;
	*w = (struct walk){.may_open = 1};
	return text->len / BLOCK * BLOCK;
}

/* The rest of the text with blanks behind it, as one more block; false when there is none. */
INLINE bool last_block(char block[BLOCK], struct slice text, size_t whole)
{
	if (whole == text.len)
		return false;
	memset(block, ' ', BLOCK);
	memcpy(block, text.ptr + whole, text.len - whole);
	return true;
}

INLINE void end_index(struct csv_index *ix, const struct walk *w, bool is_ascii)
{
	ix->rows = w->rows;
	ix->is_ascii = is_ascii;
	ix->has_quoted_lf = w->quoted_lf != 0;
}

INLINE uint64_t parity_of(uint64_t quotes)
{
	for (int shift = 1; shift < 64; shift *= 2)
		quotes ^= quotes << shift;
	return quotes;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte that is zero, exactly. */
INLINE uint64_t zero_bytes(uint64_t word)
{
	const uint64_t low = EACH_BYTE(0x7f);
	return ~(((word & low) + low) | word | low);
}

/* Gathers the high bits of the bytes, the lowest byte's first. */
INLINE uint64_t high_bits(uint64_t word)
{
	return ((word & EACH_BYTE(0x80)) >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

INLINE struct masks masks_portable(const char *text, uint64_t *beyond)
{
	struct masks m = {0};
	for (int i = 0; i < BLOCK; i += 8) {
		uint64_t word;
		memcpy(&word, text + i, sizeof word);
		word = le64toh(word);
		m.quote |= high_bits(zero_bytes(word ^ EACH_BYTE('"'))) << i;
		m.comma |= high_bits(zero_bytes(word ^ EACH_BYTE(','))) << i;
		m.lf |= high_bits(zero_bytes(word ^ EACH_BYTE('\n'))) << i;
		m.cr |= high_bits(zero_bytes(word ^ EACH_BYTE('\r'))) << i;
		*beyond |= (word | zero_bytes(word)) & EACH_BYTE(0x80);
	}
	return m;
}

static void index_portable(struct csv_index *ix, struct slice text)
{
	char tail[BLOCK];
	struct walk w;
	uint64_t beyond = 0;
	size_t at = 0, whole = begin_index(ix, &w, &text);
	bool plain = true;
	for (; plain && at < whole; at += BLOCK) {
		struct masks m = masks_portable(text.ptr + at, &beyond);
		plain = take_block(ix, &w, m, parity_of(m.quote), at);
	}
	if (plain && last_block(tail, text, whole)) {
		struct masks m = masks_portable(tail, &beyond);
		take_block(ix, &w, m, parity_of(m.quote), at);
	}
	end_index(ix, &w, beyond == 0);
}

static bool always(void)
{
	return true;
}

#ifdef __x86_64__
INLINE uint64_t equal_sse2(const __m128i v[4], char byte)
{
	const __m128i wanted = _mm_set1_epi8(byte);
	uint64_t mask = 0;
	for (int i = 0; i < 4; i++)
		mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v[i], wanted)) << (16 * i);
	return mask;
}

/* `beyond` collects bytes that are NUL or not ASCII: those that are less than 1 as signed numbers. */
INLINE struct masks masks_sse2(const char *text, __m128i *beyond)
{
	__m128i v[4];
	for (int i = 0; i < 4; i++) {
		v[i] = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
		*beyond = _mm_or_si128(*beyond, _mm_cmplt_epi8(v[i], _mm_set1_epi8(1)));
	}
	return (struct masks){.quote = equal_sse2(v, '"'),
	                      .comma = equal_sse2(v, ','),
	                      .lf = equal_sse2(v, '\n'),
	                      .cr = equal_sse2(v, '\r')};
}

static void index_sse2(struct csv_index *ix, struct slice text)
{
	char tail[BLOCK];
	struct walk w;
	__m128i beyond = _mm_setzero_si128();
	size_t at = 0, whole = begin_index(ix, &w, &text);
	bool plain = true;
	for (; plain && at < whole; at += BLOCK) {
		struct masks m = masks_sse2(text.ptr + at, &beyond);
		plain = take_block(ix, &w, m, parity_of(m.quote), at);
	}
	if (plain && last_block(tail, text, whole)) {
		struct masks m = masks_sse2(tail, &beyond);
		take_block(ix, &w, m, parity_of(m.quote), at);
	}
	end_index(ix, &w, _mm_movemask_epi8(beyond) == 0);
}

#define AVX2 __attribute__((target("avx2,pclmul,popcnt,bmi")))

INLINE AVX2 uint64_t equal_avx2(__m256i low, __m256i high, char byte)
{
	const __m256i wanted = _mm256_set1_epi8(byte);
	return (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)) |
	       (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) << 32;
}

INLINE AVX2 struct masks masks_avx2(const char *text, __m256i *beyond)
{
	const __m256i one = _mm256_set1_epi8(1);
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));
	*beyond = _mm256_or_si256(*beyond, _mm256_or_si256(_mm256_cmpgt_epi8(one, low), _mm256_cmpgt_epi8(one, high)));
	return (struct masks){.quote = equal_avx2(low, high, '"'),
	                      .comma = equal_avx2(low, high, ','),
	                      .lf = equal_avx2(low, high, '\n'),
	                      .cr = equal_avx2(low, high, '\r')};
}

/* A carry-less product with all ones adds up, without carries, all bits at and below each. */
INLINE AVX2 uint64_t parity_avx2(uint64_t quotes)
{
	__m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quotes), _mm_set1_epi8((char)0xff), 0);
	return (uint64_t)_mm_cvtsi128_si64(product);
}

static AVX2 void index_avx2(struct csv_index *ix, struct slice text)
{
	char tail[BLOCK];
	struct walk w;
	__m256i beyond = _mm256_setzero_si256();
	size_t at = 0, whole = begin_index(ix, &w, &text);
	bool plain = true;
	for (; plain && at < whole; at += BLOCK) {
		struct masks m = masks_avx2(text.ptr + at, &beyond);
		plain = take_block(ix, &w, m, parity_avx2(m.quote), at);
	}
	if (plain && last_block(tail, text, whole)) {
		struct masks m = masks_avx2(tail, &beyond);
		take_block(ix, &w, m, parity_avx2(m.quote), at);
	}
	end_index(ix, &w, _mm256_movemask_epi8(beyond) == 0);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("popcnt") &&
	       __builtin_cpu_supports("bmi");
}
#endif

const struct csv_engine csv_engines[] = {
#ifdef __x86_64__
        {.name = "avx2", .is_usable = has_avx2, .index = index_avx2},
        {.name = "sse2", .is_usable = always, .index = index_sse2},
#endif
        {.name = "portable", .is_usable = always, .index = index_portable},
        {.name = "libcsv", .is_usable = always},
        {.name = NULL},
};

const struct csv_engine *csv_engine_find(const char *name, struct err *e)
{
	bool any = !name || !name[0], known = false;
	for (const struct csv_engine *engine = csv_engines; engine->name; engine++) {
		if (!any && strcmp(engine->name, name) != 0)
			continue;
		if (engine->is_usable())
			return engine;
		known = !any;
	}
	fail(e, ERR_CONFIG, known ? "this machine can't read CSV with %s" : "%s is no way to read CSV", name);
	err_hint(e, "CLOSEBOOK_CSV is libcsv, portable, sse2 or avx2; unset, the fastest is taken");
	return NULL;
}
