#include "run/line_kinds.h"

#include "run/array_param.h"
#include <stdlib.h>

enum { ODD_CLASS = 7, CLASS_BITS = 7, NAMED_BIT = 8, NUMBER_SHIFT = 4 };

static struct line_kind *append(struct line_kinds *k)
{
	if (k->count == k->capacity) {
		k->capacity = k->capacity ? 2 * k->capacity : 64;
		k->all = must_realloc(k->all, k->capacity * sizeof *k->all);
	}
	return &k->all[k->count++];
}

bool line_kinds_begin(struct line_kinds *k, struct db *db, struct err *e)
{
	*k = (struct line_kinds){.arena = ARENA_INIT};
	pthread_mutex_init(&k->mutex, NULL);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "ingest/kinds", DB_NO_PARAMS, &r, e))
		return false;
	for (size_t row = 0; row < db_rows(&r); row++)
		*append(k) = (struct line_kind){.kind_no = (int32_t)db_int(&r, row, 0),
		                                .provider = arena_strdup(&k->arena, db_text(&r, row, 1)),
		                                .charge_type = arena_strdup(&k->arena, db_text(&r, row, 2)),
		                                .usage_class = arena_strdup(&k->arena, db_text(&r, row, 3)),
		                                .currency = arena_strdup(&k->arena, db_text(&r, row, 4)),
		                                .has_request_id = db_bool(&r, row, 5)};
	k->stored = k->count;
	k->next = k->count ? (k->all[k->count - 1].kind_no >> NUMBER_SHIFT) + 1 : 1;
	return true;
}

int32_t line_kinds_number(struct line_kinds *k, const struct line *l)
{
	const char *charge_type = charge_type_name[l->charge_type], *usage_class = usage_class_name[l->usage_class];
	bool is_token_class = l->charge_type == CHARGE_USAGE && l->usage_class <= CLASS_OUTPUT,
	     is_named = l->request_id.len > 0;
	int32_t class = is_token_class ? (line_is_odd(l) ? ODD_CLASS : (int32_t)l->usage_class) : 0;
	pthread_mutex_lock(&k->mutex);
	size_t i = 0;
	while (i < k->count &&
	       !(slice_is(l->provider, k->all[i].provider) && slice_is(l->currency, k->all[i].currency) &&
	         k->all[i].has_request_id == is_named && (k->all[i].kind_no & CLASS_BITS) == class &&
	         strcmp(k->all[i].charge_type, charge_type) == 0 && strcmp(k->all[i].usage_class, usage_class) == 0))
		i++;
	if (i == k->count)
		*append(k) = (struct line_kind){.kind_no = (int32_t)((size_t)k->next++ << NUMBER_SHIFT |
		                                                     (is_named ? NAMED_BIT : 0) | (size_t) class),
		                                .provider = arena_cstr(&k->arena, l->provider),
		                                .charge_type = charge_type,
		                                .usage_class = usage_class,
		                                .currency = arena_cstr(&k->arena, l->currency),
		                                .has_request_id = is_named};
	int32_t number = k->all[i].kind_no;
	pthread_mutex_unlock(&k->mutex);
	return number;
}

bool line_kinds_store(struct line_kinds *k, const char *file_ids, struct db *db, struct arena *a, struct err *e)
{
	enum { NUMBER, PROVIDER, CHARGE_TYPE, USAGE_CLASS, CURRENCY, NAMED, COLUMNS };
	struct column c[COLUMNS];
	if (k->stored == k->count)
		return true;
	for (int i = 0; i < COLUMNS; i++)
		c[i] = column_new(a, k->count);
	for (size_t i = k->stored; i < k->count; i++) {
		column_number(&c[NUMBER], (uint64_t)k->all[i].kind_no);
		column_text(&c[PROVIDER], k->all[i].provider);
		column_text(&c[CHARGE_TYPE], k->all[i].charge_type);
		column_text(&c[USAGE_CLASS], k->all[i].usage_class);
		column_text(&c[CURRENCY], k->all[i].currency);
		column_text(&c[NAMED], k->all[i].has_request_id ? "t" : "f");
	}
	return db_run(db, "ingest/add_kinds",
	              DB_PARAMS(column_array(&c[NUMBER]), column_array(&c[PROVIDER]), column_array(&c[CHARGE_TYPE]),
	                        column_array(&c[USAGE_CLASS]), column_array(&c[CURRENCY]), column_array(&c[NAMED]),
	                        file_ids),
	              NULL, e);
}

void line_kinds_release(struct line_kinds *k)
{
	free(k->all);
	arena_release(&k->arena);
	pthread_mutex_destroy(&k->mutex);
}
