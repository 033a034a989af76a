#include "format/span_set.h"

#include <stdlib.h>

enum { FIRST_CAP = 1 << 10 };

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Ids are random numbers, so that two hashes of each tell them apart as well as the ids themselves. */
static struct span_key key_of(struct slice trace_id, struct slice span_id)
{
	uint64_t trace = slice_hash(trace_id, SLICE_HASH_INIT), span = slice_hash(span_id, SLICE_HASH_INIT);
	uint64_t again = slice_hash(trace_id, mix(span));
	struct span_key key = {mix(trace) ^ mix(span + 1), mix(again)};
	key.low |= key.high == 0 && key.low == 0;
	return key;
}

static bool is_free(struct span_key key)
{
	return key.high == 0 && key.low == 0;
}

static struct span_key *find_slot(const struct span_keys *keys, struct span_key key)
{
	size_t i = key.high & (keys->cap - 1);
	while (!is_free(keys->slot[i]) && (keys->slot[i].high != key.high || keys->slot[i].low != key.low))
		i = (i + 1) & (keys->cap - 1);
	return &keys->slot[i];
}

static bool has(const struct span_keys *keys, struct span_key key)
{
	return keys->cap && !is_free(*find_slot(keys, key));
}

static void grow(struct span_keys *keys)
{
	struct span_keys grown = {.count = keys->count, .cap = keys->cap ? 2 * keys->cap : FIRST_CAP};
	grown.slot = must_alloc(grown.cap * sizeof *grown.slot);
	for (size_t i = 0; i < keys->cap; i++)
		if (!is_free(keys->slot[i]))
			*find_slot(&grown, keys->slot[i]) = keys->slot[i];
	free(keys->slot);
	*keys = grown;
}

bool span_set_add(struct span_set *s, struct slice trace_id, struct slice span_id)
{
	struct span_key key = key_of(trace_id, span_id);
	if (has(&s->newer, key) || has(&s->older, key))
		return false;
	if (s->newer.count == SPANS_KEPT) {
		free(s->older.slot);
		s->older = s->newer;
		s->newer = (struct span_keys){0};
	}
	if (2 * s->newer.count >= s->newer.cap)
		grow(&s->newer);
	*find_slot(&s->newer, key) = key;
	s->newer.count++;
	return true;
}

void span_set_release(struct span_set *s)
{
	free(s->newer.slot);
	free(s->older.slot);
	*s = (struct span_set){0};
}
