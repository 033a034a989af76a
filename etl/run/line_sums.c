#include "run/line_sums.h"

#include <stdlib.h>

enum { SUMS = 1 << 14, SLOTS = 2 * SUMS };

const char line_sums_copy[] = "COPY provider.line_sum (delivery_id, file_id, attribute_no, period, usage_start, "
                              "usage_end, has_cost, lines, cost, quantity) FROM STDIN (FORMAT binary)";

/* What lines of a sum agree on. */
struct sum_key {
	const struct load_delivery *delivery;
	utc_us usage_start, usage_end; /* of lines with a request id: not looked at */
	int32_t attribute_no;
	bool is_named, has_cost, has_quantity; /* has_quantity: has one, and no request id */
};
struct line_sum {
	struct sum_key key;
	utc_us first, last; /* start, end */
	int64_t lines;
	struct decimal_sum cost, quantity;
};
struct line_sums {
	struct line_sum sum[SUMS];
	int32_t count;
	int32_t slot[SLOTS]; /* number of a sum, from 1 on; 0: free */
};

struct line_sums *line_sums_new(void)
{
	return must_alloc(sizeof(struct line_sums));
}

void line_sums_free(struct line_sums *t)
{
	free(t);
}

static uint32_t slot_of(const struct sum_key *key)
{
	uint64_t window = key->is_named ? 0 : (uint64_t)key->usage_start * 3 + (uint64_t)key->usage_end;
	uint64_t hash = window * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)key->delivery->delivery_id;
	uint64_t rest = (uint64_t)key->attribute_no << 2 | (uint64_t)key->has_cost << 1 | (uint64_t)key->has_quantity;
	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15) + rest;
	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32) % SLOTS;
}

static bool is_same(const struct sum_key *a, const struct sum_key *b)
{
	return a->attribute_no == b->attribute_no && a->delivery == b->delivery && a->has_cost == b->has_cost &&
	       a->has_quantity == b->has_quantity &&
	       (a->is_named || (a->usage_start == b->usage_start && a->usage_end == b->usage_end));
}

/* The sum that lines like this one belong to; NULL: there is none, and no room for it. */
static struct line_sum *find(struct line_sums *t, const struct sum_key *key)
{
	uint32_t at = slot_of(key);
	for (; t->slot[at]; at = (at + 1) % SLOTS)
		if (is_same(&t->sum[t->slot[at] - 1].key, key))
			return &t->sum[t->slot[at] - 1];
	if (t->count == SUMS)
		return NULL;
	t->sum[t->count] = (struct line_sum){.key = *key, .first = key->usage_start, .last = key->usage_end};
	t->slot[at] = ++t->count;
	return &t->sum[t->count - 1];
}

void line_sums_add(struct line_sums *t, const struct load_delivery *d, int32_t attribute_no, const struct line *l,
                   const struct decimal *cost, int64_t file_id, struct copy *out)
{
	struct sum_key key = {.delivery = d,
	                      .usage_start = l->usage_start,
	                      .usage_end = l->usage_end,
	                      .attribute_no = attribute_no,
	                      .is_named = l->request_id.len > 0,
	                      .has_cost = cost != NULL,
	                      .has_quantity = l->has_quantity && l->request_id.len == 0};
	struct line_sum *sum = find(t, &key);
	if (!sum) {
		line_sums_write(t, file_id, out);
		sum = find(t, &key);
	}
	if (l->usage_start < sum->first)
		sum->first = l->usage_start;
	if (l->usage_end > sum->last)
		sum->last = l->usage_end;
	sum->lines++;
	if (cost)
		decimal_sum_add(&sum->cost, cost);
	if (key.has_quantity)
		decimal_sum_add(&sum->quantity, &l->quantity);
}

void line_sums_write(struct line_sums *t, int64_t file_id, struct copy *out)
{
	for (int32_t i = 0; i < t->count; i++) {
		const struct line_sum *sum = &t->sum[i];
		char period[PERIOD_TEXT_MAX];
		period_text(sum->key.delivery->period, period);
		copy_row(out, 10);
		copy_int8(out, sum->key.delivery->delivery_id);
		copy_int8(out, file_id);
		copy_int4(out, sum->key.attribute_no);
		copy_text(out, slice_of(period));
		copy_timestamptz(out, sum->first);
		copy_timestamptz(out, sum->last);
		copy_bool(out, sum->key.has_cost);
		copy_int8(out, sum->lines);
		copy_sum(out, sum->key.has_cost ? &sum->cost : NULL);
		copy_sum(out, sum->key.has_quantity ? &sum->quantity : NULL);
	}
	t->count = 0;
	memset(t->slot, 0, sizeof t->slot);
}
