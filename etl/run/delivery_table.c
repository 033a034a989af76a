#include "run/delivery_table.h"

#include <stdlib.h>
#include <string.h>

bool name_set_has(const struct name_set *set, const char *name)
{
	for (size_t i = 0; set && i < set->count; i++)
		if (strcmp(set->name[i], name) == 0)
			return true;
	return false;
}

bool name_set_add(struct name_set *set, struct slice name)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_is(name, set->name[i]))
			return false;
	set->name = must_realloc(set->name, (set->count + 1) * sizeof *set->name);
	char *copy = must_alloc(name.len + 1);
	memcpy(copy, name.ptr, name.len);
	set->name[set->count++] = copy;
	return true;
}

static void name_set_free(struct name_set *set)
{
	for (size_t i = 0; set && i < set->count; i++)
		free(set->name[i]);
	if (set)
		free(set->name);
	free(set);
}

void delivery_table_init(struct delivery_table *t, int64_t first_id)
{
	*t = (struct delivery_table){.next_id = first_id, .arena = ARENA_INIT};
	pthread_mutex_init(&t->mutex, NULL);
}

void delivery_table_release(struct delivery_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		name_set_free(t->all[i]->selected);
		name_set_free(t->all[i]->candidates);
		name_set_free(t->all[i]->net_candidates);
		free(t->all[i]->file_id);
	}
	free(t->all);
	arena_release(&t->arena);
	pthread_mutex_destroy(&t->mutex);
}

bool load_delivery_is(const struct load_delivery *d, const struct delivery_key *key)
{
	return d->bucket_start == key->bucket_start && d->bucket_end == key->bucket_end &&
	       slice_is(key->payer, d->payer) && slice_is(key->dataset, d->dataset);
}

static void delivery_add_file(struct load_delivery *d, int64_t file_id)
{
	for (size_t i = d->file_count; i > 0; i--)
		if (d->file_id[i - 1] == file_id)
			return;
	d->file_id = must_realloc(d->file_id, (d->file_count + 1) * sizeof *d->file_id);
	d->file_id[d->file_count++] = file_id;
}

/* The table's mutex is held. */
static struct load_delivery *find_or_add(struct delivery_table *t, const struct delivery_key *key)
{
	uint64_t hash = slice_hash(key->payer, slice_hash(key->dataset, SLICE_HASH_INIT)) ^
	                (uint64_t)key->bucket_start ^ ((uint64_t)key->bucket_end << 7);
	struct load_delivery **slot = &t->slot[(hash ^ hash >> 29) % 1024];
	for (struct load_delivery *d = *slot; d; d = d->next)
		if (load_delivery_is(d, key))
			return d;
	struct load_delivery *d = arena_alloc(&t->arena, sizeof *d);
	*d = (struct load_delivery){.delivery_id = t->next_id++,
	                            .dataset = arena_cstr(&t->arena, key->dataset),
	                            .payer = arena_cstr(&t->arena, key->payer),
	                            .bucket_start = key->bucket_start,
	                            .bucket_end = key->bucket_end,
	                            .period = key->period,
	                            .selected = must_alloc(sizeof(struct name_set)),
	                            .candidates = must_alloc(sizeof(struct name_set)),
	                            .net_candidates = must_alloc(sizeof(struct name_set)),
	                            .next = *slot};
	*slot = d;
	if (t->count == t->capacity) {
		t->capacity = t->capacity ? 2 * t->capacity : 64;
		t->all = must_realloc(t->all, t->capacity * sizeof *t->all);
	}
	t->all[t->count++] = d;
	return d;
}

struct load_delivery *delivery_table_find(struct delivery_table *t, const struct delivery_key *key, int64_t file_id)
{
	pthread_mutex_lock(&t->mutex);
	struct load_delivery *d = find_or_add(t, key);
	delivery_add_file(d, file_id);
	pthread_mutex_unlock(&t->mutex);
	return d;
}
