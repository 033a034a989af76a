#include "run/line_attributes.h"

#include "base/arena.h"
#include <stdlib.h>
#include <string.h>

const char line_attributes_copy[] =
        "COPY provider.line_attribute (file_id, attribute_no, provider, charge_type, has_request_id, account_id, "
        "region, "
        "api_key_id, resource_id, principal, model, usage_class, service_tier, unit, currency, invoice_id, tags, "
        "description, product_code, net_cost_missing) FROM STDIN (FORMAT binary)";

enum { PARTS = 15, FLAGS = 4, SLOTS = 1 << 14, ARENA_LIMIT = 8 << 20 };

/* What makes a line's attributes, and its hash. */
struct attribute {
	struct slice part[PARTS];
	char flag[FLAGS];
	uint64_t hash;
};
struct entry {
	struct line_attribute is;
	struct slice key; /* flags; then of each part its length, SIZE_MAX when it is absent, and its bytes */
	uint64_t hash;
	struct entry *next;
};
struct line_attributes {
	int64_t file_id;
	struct arena arena;
	struct buf key;
	int32_t next_number;
	struct entry *slot[SLOTS];
};

static size_t part_length(struct slice part)
{
	return part.ptr ? part.len : SIZE_MAX;
}

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)(hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time: a line has some 300 bytes of attributes. */
static uint64_t hash_part(uint64_t hash, struct slice part)
{
	uint64_t word;
	hash = hash_word(hash, part_length(part) + 1);
	for (; part.len >= sizeof word; part.ptr += sizeof word, part.len -= sizeof word) {
		memcpy(&word, part.ptr, sizeof word);
		hash = hash_word(hash, word);
	}
	word = 0;
	for (size_t i = 0; i < part.len; i++)
		word = word << 8 | (unsigned char)part.ptr[i];
	return part.len > 0 ? hash_word(hash, word) : hash;
}

static struct attribute attribute_of(const struct line *l, bool net_cost_missing)
{
	struct attribute a = {
	        .part = {l->provider, l->account_id, l->region, l->api_key_id, l->resource_id, l->principal, l->model,
	                 l->service_tier, l->unit, l->currency, l->invoice_id, l->tags, l->description, l->product_code,
	                 l->candidate_code},
	        .flag = {(char)l->charge_type, (char)l->usage_class, l->request_id.len > 0, net_cost_missing},
	};
	a.hash = hash_part(SLICE_HASH_INIT, (struct slice){a.flag, sizeof a.flag});
	for (size_t i = 0; i < PARTS; i++)
		a.hash = hash_part(a.hash, a.part[i]);
	return a;
}

static struct slice key_of(struct buf *key, const struct attribute *a)
{
	buf_reset(key);
	buf_add(key, a->flag, sizeof a->flag);
	for (size_t i = 0; i < PARTS; i++) {
		size_t length = part_length(a->part[i]);
		buf_add(key, &length, sizeof length);
		buf_add_slice(key, a->part[i]);
	}
	return buf_slice(key);
}

static bool entry_is(const struct entry *entry, const struct attribute *a)
{
	const char *at = entry->key.ptr;
	if (entry->hash != a->hash || memcmp(at, a->flag, sizeof a->flag) != 0)
		return false;
	at += sizeof a->flag;
	for (size_t i = 0; i < PARTS; i++) {
		size_t length;
		memcpy(&length, at, sizeof length);
		at += sizeof length;
		if (length != part_length(a->part[i]) || !slice_equal((struct slice){at, a->part[i].len}, a->part[i]))
			return false;
		at += a->part[i].len;
	}
	return true;
}

static void write_row(struct copy *c, int64_t file_id, int32_t number, const struct line *l, bool net_cost_missing)
{
	copy_row(c, 20);
	copy_int8(c, file_id);
	copy_int4(c, number);
	copy_text(c, l->provider);
	copy_text(c, slice_of(charge_type_name[l->charge_type]));
	copy_bool(c, l->request_id.len > 0);
	copy_text(c, l->account_id);
	copy_text(c, l->region);
	copy_text(c, l->api_key_id);
	copy_text(c, l->resource_id);
	copy_text(c, l->principal);
	copy_text(c, l->model);
	copy_text(c, l->usage_class == CLASS_NONE ? SLICE_NULL : slice_of(usage_class_name[l->usage_class]));
	copy_text(c, l->service_tier);
	copy_text(c, l->unit);
	copy_text(c, l->currency);
	copy_text(c, l->invoice_id);
	copy_jsonb(c, l->tags);
	copy_text(c, l->description);
	copy_text(c, l->product_code.ptr ? l->product_code : l->candidate_code);
	copy_bool(c, net_cost_missing);
}

struct line_attributes *line_attributes_new(int64_t file_id)
{
	struct line_attributes *t = must_alloc(sizeof *t);
	t->file_id = file_id;
	return t;
}

void line_attributes_free(struct line_attributes *t)
{
	if (!t)
		return;
	arena_release(&t->arena);
	buf_release(&t->key);
	free(t);
}

/* A table that grew too large begins anew: the same attributes may then stand twice, which costs room and nothing
 * else. */
struct line_attribute *line_attributes_find(struct line_attributes *t, const struct line *l, struct copy *out)
{
	bool net_cost_missing = l->has_cost && !l->has_net_cost;
	struct attribute a = attribute_of(l, net_cost_missing);
	if (t->arena.used > ARENA_LIMIT) {
		arena_reset(&t->arena);
		memset(t->slot, 0, sizeof t->slot);
	}
	struct entry **slot = &t->slot[a.hash % SLOTS];
	for (struct entry *entry = *slot; entry; entry = entry->next)
		if (entry_is(entry, &a))
			return &entry->is;
	struct entry *entry = arena_alloc(&t->arena, sizeof *entry);
	*entry = (struct entry){.is.number = t->next_number++,
	                        .key = arena_slice(&t->arena, key_of(&t->key, &a)),
	                        .hash = a.hash,
	                        .next = *slot};
	*slot = entry;
	write_row(out, t->file_id, entry->is.number, l, net_cost_missing);
	return &entry->is;
}
