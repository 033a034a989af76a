/* Readers of values: each checks what it reads, and says at which line and column it is wrong. */
#include "base/civil.h"
#include "base/decimal.h"
#include "base/file.h"
#include "config/config_reader.h"
#include "config/option.h"
#include "config/place.h"
#include <stdlib.h>

enum { MAP_LIMIT = 4096, DAYS_LIMIT = 366, RETENTION_LIMIT = 3660, SECONDS_LIMIT = 86400, KEYS_MAX = 64 };

const char *config_text(struct loader *l, struct slice s)
{
	return arena_cstr(l->arena, s);
}

static bool fail_unknown_key(struct loader *l, const struct key *keys, const char *name, const yaml_node_t *node,
                             struct err *e)
{
	const char *names[KEYS_MAX];
	size_t count = 0;
	struct buf list = BUF_INIT;
	for (; keys->name; keys++) {
		buf_printf(&list, "%s%s", count ? ", " : "", keys->name);
		names[count++] = keys->name;
	}
	yaml_fail(&l->yaml, node, e, "unknown key `%s`", name);
	const char *nearest = option_nearest(name, names, count);
	if (nearest)
		err_hint(e, "did you mean `%s`?", nearest);
	else
		err_hint(e, "known here: %s", list.ptr);
	buf_release(&list);
	return false;
}

static bool check_role(struct loader *l, const struct key *key, const yaml_node_t *node, struct err *e)
{
	if (key->role == ROLE_ANY || (l->source_type->roles & key->role))
		return true;
	struct buf list = BUF_INIT;
	config_list_types(key->role, &list);
	yaml_fail(&l->yaml, node, e, "a source of type `%s` has no `%s`", l->source_type->name, key->name);
	err_hint(e, "it belongs to sources of type %s", list.ptr);
	buf_release(&list);
	return false;
}

bool config_read_keys(struct loader *l, const struct key *keys, const yaml_node_t *mapping, const char *what,
                      void *target, struct err *e)
{
	if (!yaml_expect_mapping(&l->yaml, mapping, what, MAP_LIMIT, e))
		return false;
	const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	for (; pair < mapping->data.mapping.pairs.top; pair++) {
		struct slice name;
		yaml_node_t *name_node = yaml_file_node(&l->yaml, pair->key);
		yaml_node_t *value = yaml_file_node(&l->yaml, pair->value);
		if (!yaml_key(&l->yaml, mapping, pair, &name, e))
			return false;
		const struct key *key = keys;
		while (key->name && !slice_is(name, key->name))
			key++;
		if (!key->name)
			return fail_unknown_key(l, keys, config_text(l, name), name_node, e);
		if (!check_role(l, key, name_node, e))
			return false;
		if (!yaml_is_null(value) && !key->read(l, key, value, (char *)target + key->offset, e))
			return false;
	}
	return true;
}

/* ---- Values ---- */

bool read_text(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (text.len == 0)
		return yaml_fail(&l->yaml, node, e, "`%s` is empty", key->name);
	*(const char **)target = config_text(l, text);
	return true;
}

const char *config_absolute(struct loader *l, const char *path)
{
	if (strcmp(path, "~") == 0)
		return place_home();
	if (path[0] == '~' && path[1] == '/')
		return path_join(l->arena, place_home(), path + 2);
	return path_join(l->arena, l->base, path);
}

bool read_path(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	const char **path = target;
	if (!read_text(l, key, node, target, e))
		return false;
	if (strstr(*path, "://"))
		return yaml_fail(&l->yaml, node, e, "`%s` must be a path, not the URI %s", key->name, *path);
	*path = config_absolute(l, *path);
	return true;
}
bool read_web(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	if (!read_text(l, key, node, target, e))
		return false;
	const char **url = target;
	if (strncmp(*url, "https://", 8) != 0 && strncmp(*url, "http://", 7) != 0)
		return yaml_fail(&l->yaml, node, e, "`%s` must begin with https:// or http://", key->name);
	size_t len = strlen(*url);
	while (len > 0 && (*url)[len - 1] == '/')
		len--;
	*url = arena_cstr(l->arena, (struct slice){*url, len});
	return true;
}

/* Where a secret is kept, never the secret itself. */
bool read_secret(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	if (!read_text(l, key, node, target, e))
		return false;
	const char **secret = target;
	struct slice name = slice_of(*secret), kind = slice_cut(&name, ':');
	bool known = slice_is(kind, "env") || slice_is(kind, "file") || slice_is(kind, "credential");
	if (!known || name.len == 0) /* what stands there is not repeated: it may be the secret */
		return yaml_fail(&l->yaml, node, e, "`%s` must be env:NAME, file:PATH or credential:NAME", key->name) ||
		       err_hint(e, "a secret does not belong into this file; name the place where it is");
	if (slice_is(kind, "file"))
		*secret = arena_printf(l->arena, "file:%s", config_absolute(l, name.ptr));
	return true;
}

bool read_date(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	utc_us at;
	if (!read_text(l, key, node, target, e))
		return false;
	const char *text = *(const char **)target;
	return (strlen(text) == strlen("2026-10-01") && utc_parse(slice_of(text), &at)) ||
	       yaml_fail(&l->yaml, node, e, "`%s` must be a date like 2026-10-01", key->name);
}

bool read_bytes(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	int64_t bytes;
	if (!read_text(l, key, node, target, e))
		return false;
	return (slice_uint(slice_of(*(const char **)target), &bytes) && bytes > 0) ||
	       yaml_fail(&l->yaml, node, e, "`%s` must be a whole number of bytes", key->name);
}

bool read_decimal(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	struct decimal value;
	const char *why = "";
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (!decimal_parse(text, &value, &why))
		return yaml_fail(&l->yaml, node, e, "`%s` must be a number: \"%.*s\" is %s", key->name, (int)text.len,
		                 text.ptr, why);
	if (value.negative && !decimal_is_zero(&value))
		return yaml_fail(&l->yaml, node, e, "`%s` must not be negative", key->name);
	char plain[DECIMAL_TEXT_MAX];
	decimal_text(&value, plain);
	*(const char **)target = arena_strdup(l->arena, plain);
	return true;
}

bool read_choice(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	struct buf list = BUF_INIT;
	for (unsigned i = 0; key->choices[i]; i++) {
		if (slice_is(text, key->choices[i])) {
			*(unsigned *)target = i;
			buf_release(&list);
			return true;
		}
		buf_printf(&list, "%s%s", i ? ", " : "", key->choices[i]);
	}
	yaml_fail(&l->yaml, node, e, "`%s` cannot be `%.*s`", key->name, (int)text.len, text.ptr);
	err_hint(e, "it is one of: %s", list.ptr);
	buf_release(&list);
	return false;
}
_Static_assert(sizeof(enum residual) == sizeof(unsigned) && sizeof(enum final_date) == sizeof(unsigned),
               "read_choice stores an unsigned");

bool read_currency(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	if (!read_text(l, key, node, target, e))
		return false;
	if (strcmp(*(const char **)target, "USD") == 0)
		return true;
	yaml_fail(&l->yaml, node, e, "the books are kept in USD; `currency` cannot be `%s`", *(const char **)target);
	return err_hint(e, "bills in other currencies are converted at the rates of fx.csv");
}

bool read_days(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	int64_t days;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (!slice_uint(text, &days) || days > DAYS_LIMIT)
		return yaml_fail(&l->yaml, node, e, "`%s` must be a whole number of days from 0 to %d", key->name,
		                 DAYS_LIMIT);
	*(int *)target = (int)days;
	return true;
}

bool read_seconds(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	int64_t seconds;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (!slice_uint(text, &seconds) || seconds > SECONDS_LIMIT)
		return yaml_fail(&l->yaml, node, e, "`%s` must be a whole number of seconds from 0 to %d", key->name,
		                 SECONDS_LIMIT);
	*(int *)target = (int)seconds;
	return true;
}

bool read_retention(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	int64_t days = RETENTION_FOREVER;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (!slice_is(text, "forever") && (!slice_uint(text, &days) || days > RETENTION_LIMIT))
		return yaml_fail(&l->yaml, node, e, "`%s` must be a whole number of days from 0 to %d, or forever",
		                 key->name, RETENTION_LIMIT);
	*(int *)target = (int)days;
	return true;
}

bool read_section(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	(void)target;
	return config_read_keys(l, key->keys, node, key->name, l->config, e);
}

bool refuse(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	(void)target;
	yaml_fail(&l->yaml, node, e, "`%s` is not available in this version", key->name);
	return err_hint(e, "remove it");
}

bool read_map(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct name_map *map = target;
	if (!yaml_expect_mapping(&l->yaml, node, key->name, MAP_LIMIT, e))
		return false;
	const yaml_node_pair_t *start = node->data.mapping.pairs.start, *top = node->data.mapping.pairs.top;
	map->pair = arena_alloc(l->arena, (size_t)(top - start) * sizeof(*map->pair));
	for (const yaml_node_pair_t *pair = start; pair < top; pair++) {
		const yaml_node_t *value = yaml_file_node(&l->yaml, pair->value);
		struct slice from, to;
		if (!yaml_key(&l->yaml, node, pair, &from, e) ||
		    !yaml_text(&l->yaml, value, config_text(l, from), &to, e))
			return false;
		if (from.len == 0 || yaml_is_null(value) || to.len == 0)
			return yaml_fail(&l->yaml, value, e, "`%.*s` in `%s` needs a name", (int)from.len, from.ptr,
			                 key->name);
		map->pair[map->count++] = (struct name_pair){config_text(l, from), config_text(l, to)};
	}
	return true;
}
