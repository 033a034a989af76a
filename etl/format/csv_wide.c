/*
 * 64 bytes at a time become masks, one bit a byte: quotes, commas, line feeds, carriage returns. Whether a byte stands
 * within quotes is the parity of the quotes up to it, which a prefix sum modulo 2 of the quote mask gives for all 64 at
 * once. An inner doubled quote closes and opens again, so it needs no care here; that every other quote stands where
 * plain CSV has one is checked with shifts of the same masks. What remains is to write down where the separators are.
 *
 * The kernels differ in how they get the masks, the prefix sum and the positions; what lies between is `take_block`,
 * compiled into each.
 */
#include "format/csv_wide.h"

#include <endian.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
enum { BLOCK = 64, AHEAD = 8 }; /* positions are written eight at a time, of which not all may count */

struct masks {
	uint64_t quote, comma;
	uint64_t control; /* any bit: there is a byte below the blank; else lf and cr are not set */
	uint64_t lf, cr;
};

/* Carried from block to block. */
struct walk {
	uint64_t inside; /* all bits: within quotes */
	/* Of the block before, outside of quotes: */
	uint64_t closing, before_open; /* closing quotes; those and separators, after which a quote may open */
	uint64_t returns;              /* of the last block with control characters: no row ends in between */
	uint64_t quoted_lf;            /* any bit: there was one */
	size_t fields, rows;
};

void csv_index_init(struct csv_index *ix)
{
	*ix = (struct csv_index){0};
	ix->end = must_realloc(NULL, (CSV_WINDOW + AHEAD) * sizeof(*ix->end));
	ix->last = must_realloc(NULL, CSV_WINDOW * sizeof(*ix->last));
	for (unsigned value = 0; value < 256; value++)
		for (unsigned bit = 0; bit < 8; bit++)
			if (value >> bit & 1)
				ix->set[value][ix->count[value]++] = (uint8_t)bit;
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

/* The mask moved up by a byte, with the block before shifted in. */
INLINE uint64_t byte_before(uint64_t mask, uint64_t block_before)
{
	return mask << 1 | block_before >> 63;
}

/* The separators of the next block. False: the text is plain no further than they go. */
INLINE bool take_block(const struct csv_index *ix, struct walk *w, struct masks m, uint64_t parity, uint64_t *found)
{
	uint64_t inside = parity ^ w->inside; /* opening quotes and what follows them; closing quotes are outside */
	uint64_t closing = m.quote & ~inside, separators = m.comma & ~inside, line_ends = 0, returns = 0, odd = 0;
	if (m.control) {
		line_ends = m.lf & ~inside;
		returns = m.cr & ~inside;
		separators |= line_ends;
		odd = byte_before(returns, w->returns) & ~m.lf;
		w->returns = returns;
		w->quoted_lf |= m.lf & inside;
	}
	uint64_t before_open = separators | closing;
	odd |= m.quote & inside & ~byte_before(before_open, w->before_open);
	odd |= byte_before(closing, w->closing) & ~(separators | m.quote | returns);
	w->inside = (uint64_t)((int64_t)inside >> 63);
	w->before_open = before_open;
	w->closing = closing;
	if (__builtin_expect(odd != 0, 0))
		line_ends &= below(odd);
	for (uint64_t left = line_ends; left; left &= left - 1)
		ix->last[w->rows++] = (uint16_t)(w->fields + (size_t)__builtin_popcountll(separators & below(left)));
	*found = separators;
	return odd == 0;
}

INLINE size_t begin_index(struct csv_index *ix, struct walk *w, struct slice *text)
{
	*text = slice_head(*text, CSV_WINDOW);
	ix->text = text->ptr;
	ix->row = 0;
	*w = (struct walk){.before_open = UINT64_MAX};
	return text->len / BLOCK * BLOCK;
}

/* What is left of the text behind its whole blocks, with blanks to fill. */
static const char *last_block(char block[BLOCK], struct slice text)
{
	size_t left = text.len % BLOCK;
	memset(block, ' ', BLOCK);
	memcpy(block, text.ptr + text.len - left, left);
	return block;
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

INLINE uint64_t equal_portable(const uint64_t word[8], char byte)
{
	uint64_t mask = 0;
	for (int i = 0; i < 8; i++)
		mask |= high_bits(zero_bytes(word[i] ^ EACH_BYTE((uint8_t)byte))) << (8 * i);
	return mask;
}

/* `beyond` collects high bits of bytes that are not ASCII, or NUL. */
INLINE struct masks masks_portable(const char *text, uint64_t *beyond)
{
	uint64_t word[8];
	memcpy(word, text, sizeof word);
	struct masks m = {0};
	for (int i = 0; i < 8; i++) {
		word[i] = le64toh(word[i]);
		*beyond |= word[i];
		m.control |= (word[i] - EACH_BYTE(0x20)) & ~word[i] & EACH_BYTE(0x80);
	}
	m.quote = equal_portable(word, '"');
	m.comma = equal_portable(word, ',');
	if (m.control) {
		m.lf = equal_portable(word, '\n');
		m.cr = equal_portable(word, '\r');
		for (int i = 0; i < 8; i++)
			*beyond |= zero_bytes(word[i]);
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
	for (; plain && at < text.len; at += BLOCK) {
		uint64_t found;
		struct masks m = masks_portable(at < whole ? text.ptr + at : last_block(tail, text), &beyond);
		plain = take_block(ix, &w, m, parity_of(m.quote), &found);
		for (; found; found &= found - 1)
			ix->end[w.fields++] = (uint16_t)(at + (size_t)__builtin_ctzll(found));
	}
	end_index(ix, &w, (beyond & EACH_BYTE(0x80)) == 0);
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

INLINE struct masks masks_sse2(const char *text, __m128i *beyond)
{
	__m128i v[4], controls = _mm_setzero_si128();
	for (int i = 0; i < 4; i++) {
		v[i] = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
		*beyond = _mm_or_si128(*beyond, v[i]);
		controls = _mm_or_si128(controls, _mm_cmpeq_epi8(_mm_min_epu8(v[i], _mm_set1_epi8(0x1f)), v[i]));
	}
	struct masks m = {.quote = equal_sse2(v, '"'),
	                  .comma = equal_sse2(v, ','),
	                  .control = (uint64_t)_mm_movemask_epi8(controls)};
	if (m.control) {
		m.lf = equal_sse2(v, '\n');
		m.cr = equal_sse2(v, '\r');
		for (int i = 0; i < 4; i++)
			*beyond = _mm_or_si128(*beyond, _mm_cmpeq_epi8(v[i], _mm_setzero_si128()));
	}
	return m;
}

/* Eight bits at a time, whatever they are: no branch that could be foretold wrongly. */
INLINE void note_positions(const struct csv_index *ix, struct walk *w, uint64_t found, size_t at)
{
	__m128i from = _mm_set1_epi16((short)at), eight = _mm_set1_epi16(8);
	__asm__("" : "+x"(eight)); /* else gcc makes a constant of each multiple, and loads them all for each block */
	uint16_t *end = ix->end + w->fields;
#pragma GCC unroll 8
	for (int i = 0; i < BLOCK / 8; i++, found >>= 8) {
		__m128i set = _mm_loadl_epi64((const __m128i *)(const void *)ix->set[found & 0xff]);
		set = _mm_add_epi16(_mm_unpacklo_epi8(set, _mm_setzero_si128()), from);
		_mm_storeu_si128((__m128i *)(void *)end, set);
		from = _mm_add_epi16(from, eight);
		end += ix->count[found & 0xff];
	}
	w->fields = (size_t)(end - ix->end);
}

static void index_sse2(struct csv_index *ix, struct slice text)
{
	char tail[BLOCK];
	struct walk w;
	__m128i beyond = _mm_setzero_si128();
	size_t at = 0, whole = begin_index(ix, &w, &text);
	bool plain = true;
	for (; plain && at < text.len; at += BLOCK) {
		uint64_t found;
		struct masks m = masks_sse2(at < whole ? text.ptr + at : last_block(tail, text), &beyond);
		plain = take_block(ix, &w, m, parity_of(m.quote), &found);
		note_positions(ix, &w, found, at);
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
	const __m256i last_control = _mm256_set1_epi8(0x1f), zero = _mm256_setzero_si256();
	__m256i low = _mm256_loadu_si256((const __m256i *)(const void *)text);
	__m256i high = _mm256_loadu_si256((const __m256i *)(const void *)(text + 32));
	__m256i controls = _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(low, last_control), low),
	                                   _mm256_cmpeq_epi8(_mm256_min_epu8(high, last_control), high));
	*beyond = _mm256_or_si256(*beyond, _mm256_or_si256(low, high));
	struct masks m = {.quote = equal_avx2(low, high, '"'),
	                  .comma = equal_avx2(low, high, ','),
	                  .control = (uint32_t)_mm256_movemask_epi8(controls)};
	if (m.control) {
		m.lf = equal_avx2(low, high, '\n');
		m.cr = equal_avx2(low, high, '\r');
		__m256i nul = _mm256_or_si256(_mm256_cmpeq_epi8(low, zero), _mm256_cmpeq_epi8(high, zero));
		*beyond = _mm256_or_si256(*beyond, nul);
	}
	return m;
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
	for (; plain && at < text.len; at += BLOCK) {
		uint64_t found;
		struct masks m = masks_avx2(at < whole ? text.ptr + at : last_block(tail, text), &beyond);
		plain = take_block(ix, &w, m, parity_avx2(m.quote), &found);
		note_positions(ix, &w, found, at);
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
