/*
 * Two tables, of the file's keys and of a source's, say what may stand in closebook.yaml; everything else is refused. A
 * key without a value (null) counts as left out. Keys that this version cannot honour are refused too: an option that
 * silently does nothing would be worse.
 */
#include "config/config.h"

#include "base/decimal.h"
#include "base/file.h"
#include "config/option.h"
#include "config/place.h"
#include "config/yaml_node.h"
#include <stdlib.h>
#include <unistd.h>

enum { MAP_LIMIT = 4096, SOURCE_LIMIT = 256, DAYS_LIMIT = 366, RETENTION_LIMIT = 3660, NAME_LIMIT = 63 };

/* ---- Source types ---- */

enum role {
	ROLE_ANY = 0,
	ROLE_BILL = 1,    /* yields lines that are matched on dimensions */
	ROLE_NAMES = 2,   /* the provider's name comes from the data */
	ROLE_COLUMNS = 4, /* headers can be renamed */
	ROLE_CUR = 8,
	ROLE_LITELLM = 16, /* read from the gateway's own database */
};
static const struct source_type {
	const char *name;
	bool has_reader;
	unsigned roles;
} source_types[] = {
        {"aws-cur", true, ROLE_BILL | ROLE_COLUMNS | ROLE_CUR},
        {"bedrock-invocation-log", true, ROLE_ANY},
        {"openai", true, ROLE_BILL},
        {"anthropic", true, ROLE_BILL},
        {"openrouter", true, ROLE_BILL},
        {"usage-csv", true, ROLE_BILL | ROLE_NAMES | ROLE_COLUMNS},
        {"events", true, ROLE_NAMES | ROLE_COLUMNS},
        {"litellm", true, ROLE_NAMES | ROLE_LITELLM},
        {"otlp", false, ROLE_ANY},
        {"http", false, ROLE_ANY},
};
enum { SOURCE_TYPES = sizeof(source_types) / sizeof(source_types[0]) };

/* ---- Keys ---- */

struct loader {
	struct config *config;
	struct arena *arena;
	struct yaml_file yaml;
	const char *base;                      /* what relative paths are relative to */
	const struct source_type *source_type; /* of the source being read */
};
struct key;
/* Reads the node into *target, a member of struct config or struct source_config. */
typedef bool value_reader(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e);

struct key {
	const char *name;
	value_reader *read;
	size_t offset;
	const char *const *choices; /* of read_choice and read_origins; NULL-terminated */
	const struct key *keys;     /* of read_section */
	unsigned role;              /* of source types that know the key */
};

static value_reader read_text, read_name, read_type, read_path, read_uri, read_decimal, read_choice, read_currency,
        read_days, read_retention, read_section, read_map, read_sources, read_dimensions, read_defaults, read_origins,
        refuse;

static const char *const residuals[] = {
        [RESIDUAL_UNATTRIBUTED] = "unattributed", [RESIDUAL_PRO_RATA] = "pro_rata", NULL};
static const char *const final_dates[] = {
        [FINAL_PERIOD_END] = "period_end", [FINAL_NEXT_PERIOD_START] = "next_period_start", NULL};

#define AT(member) .offset = offsetof(struct config, member)
static const struct key threshold_keys[] = {
        {.name = "percent", .read = read_decimal, AT(threshold_percent)},
        {.name = "amount", .read = read_decimal, AT(threshold_amount)},
        {.name = NULL},
};
static const struct key file_keys[] = {
        {.name = "database", .read = read_text, AT(database)},
        {.name = "state_dir", .read = read_path, AT(state_dir)},
        {.name = "landing_dir", .read = read_path, AT(landing_dir)},
        {.name = "out_dir", .read = read_path, AT(out_dir)},
        {.name = "refdata_dir", .read = read_path, AT(refdata_dir)},
        {.name = "currency", .read = read_currency, AT(currency)},
        {.name = "threshold", .read = read_section, .keys = threshold_keys},
        {.name = "residual", .read = read_choice, AT(residual), .choices = residuals},
        {.name = "settle_days", .read = read_days, AT(settle_days)},
        {.name = "retention_days", .read = read_retention, AT(retention_days)},
        {.name = "final_date", .read = read_choice, AT(final_date), .choices = final_dates},
        {.name = "sources", .read = read_sources},
        {.name = "aliases", .read = read_map, AT(aliases)},
        {.name = "chargeback", .read = refuse},
        {.name = "notify", .read = refuse},
        {.name = NULL},
};
#undef AT

static const char *const event_origins[] = {"tag", "metadata", "key_alias", NULL};
static const char *const unit_origins[] = {"organization", "metadata", NULL};

#define AT(member) .offset = offsetof(struct source_config, member)
#define FROM(member, kinds) .read = read_origins, AT(member), .choices = kinds, .role = ROLE_LITELLM
static const struct key source_keys[] = {
        {.name = "name", .read = read_name, AT(name)},
        {.name = "type", .read = read_type, AT(type)},
        {.name = "uri", .read = read_uri, AT(uri)},
        {.name = "dataset", .read = read_text, AT(dataset)},
        {.name = "match_on", .read = read_dimensions, .role = ROLE_BILL},
        {.name = "defaults", .read = read_defaults, .role = ROLE_BILL},
        {.name = "provider_map", .read = read_map, AT(provider_map), .role = ROLE_NAMES},
        {.name = "columns", .read = read_map, AT(columns), .role = ROLE_COLUMNS},
        {.name = "request_id_tag", .read = read_text, AT(request_id_tag), .role = ROLE_CUR},
        {.name = "cost_column", .read = read_text, AT(cost_column), .role = ROLE_CUR},
        {.name = "service_from", FROM(service_from, event_origins)},
        {.name = "environment_from", FROM(environment_from, event_origins)},
        {.name = "feature_from", FROM(feature_from, event_origins)},
        {.name = "business_unit_from", FROM(business_unit_from, unit_origins)},
        {.name = NULL},
};
#undef FROM
#undef AT
enum { KEYS_MAX = sizeof(file_keys) / sizeof(file_keys[0]) };

static const char *text_of(struct loader *l, struct slice s)
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
	for (size_t i = 0; i < SOURCE_TYPES; i++)
		if (source_types[i].roles & key->role)
			buf_printf(&list, "%s%s", list.len ? ", " : "", source_types[i].name);
	yaml_fail(&l->yaml, node, e, "a source of type `%s` has no `%s`", l->source_type->name, key->name);
	err_hint(e, "it belongs to sources of type %s", list.ptr);
	buf_release(&list);
	return false;
}

static bool read_keys(struct loader *l, const struct key *keys, const yaml_node_t *mapping, const char *what,
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
			return fail_unknown_key(l, keys, text_of(l, name), name_node, e);
		if (!check_role(l, key, name_node, e))
			return false;
		if (!yaml_is_null(value) && !key->read(l, key, value, (char *)target + key->offset, e))
			return false;
	}
	return true;
}

/* ---- Values ---- */

static bool read_text(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (text.len == 0)
		return yaml_fail(&l->yaml, node, e, "`%s` is empty", key->name);
	*(const char **)target = text_of(l, text);
	return true;
}

static const char *absolute(struct loader *l, const char *path)
{
	if (strcmp(path, "~") == 0)
		return place_home();
	if (path[0] == '~' && path[1] == '/')
		return path_join(l->arena, place_home(), path + 2);
	return path_join(l->arena, l->base, path);
}

static bool read_path(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	const char **path = target;
	if (!read_text(l, key, node, target, e))
		return false;
	if (strstr(*path, "://"))
		return yaml_fail(&l->yaml, node, e, "`%s` must be a folder, not the URI %s", key->name, *path);
	*path = absolute(l, *path);
	return true;
}

/* file:///path as it stands; percent signs are encoded in such URIs, so that "%25" is one. */
static const char *decoded(struct loader *l, const char *text)
{
	struct buf b = BUF_INIT;
	for (; *text; text++) {
		char digits[3] = {0};
		char *end = digits;
		if (*text == '%' && text[1] && text[2])
			memcpy(digits, text + 1, 2);
		long value = strtol(digits, &end, 16);
		if (end == digits + 2 && value > 0) {
			buf_add_char(&b, (char)value);
			text += 2;
		} else {
			buf_add_char(&b, *text);
		}
	}
	const char *copy = arena_cstr(l->arena, buf_slice(&b));
	buf_release(&b);
	return copy;
}

static bool read_uri(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	const char **uri = target;
	if (!read_text(l, key, node, target, e))
		return false;
	const char *scheme_end = strstr(*uri, "://");
	if (!scheme_end) {
		*uri = absolute(l, *uri);
		return true;
	}
	if (slice_starts(slice_of(*uri), "file:///")) {
		*uri = decoded(l, *uri + strlen("file://"));
		return true;
	}
	if (l->source_type->roles & ROLE_LITELLM &&
	    (slice_starts(slice_of(*uri), "postgresql://") || slice_starts(slice_of(*uri), "postgres://")))
		return true;
	yaml_fail(&l->yaml, node, e, "this version cannot fetch from %.*s:// addresses", (int)(scheme_end - *uri),
	          *uri);
	return err_hint(e, "copy the files into a folder and give its path, or file:///PATH");
}

static bool read_decimal(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
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

static bool read_choice(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
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

static bool read_currency(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	if (!read_text(l, key, node, target, e))
		return false;
	if (strcmp(*(const char **)target, "USD") == 0)
		return true;
	yaml_fail(&l->yaml, node, e, "the books are kept in USD; `currency` cannot be `%s`", *(const char **)target);
	return err_hint(e, "bills in other currencies are converted at the rates of fx.csv");
}

static bool read_days(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
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

static bool read_retention(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
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

static bool read_section(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	(void)target;
	return read_keys(l, key->keys, node, key->name, l->config, e);
}

static bool refuse(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	(void)target;
	yaml_fail(&l->yaml, node, e, "`%s` is not available in this version", key->name);
	return err_hint(e, "remove it");
}

static bool read_map(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct name_map *map = target;
	if (!yaml_expect_mapping(&l->yaml, node, key->name, MAP_LIMIT, e))
		return false;
	const yaml_node_pair_t *start = node->data.mapping.pairs.start, *top = node->data.mapping.pairs.top;
	map->pair = arena_alloc(l->arena, (size_t)(top - start) * sizeof(*map->pair));
	for (const yaml_node_pair_t *pair = start; pair < top; pair++) {
		const yaml_node_t *value = yaml_file_node(&l->yaml, pair->value);
		struct slice from, to;
		if (!yaml_key(&l->yaml, node, pair, &from, e) || !yaml_text(&l->yaml, value, text_of(l, from), &to, e))
			return false;
		if (from.len == 0 || yaml_is_null(value) || to.len == 0)
			return yaml_fail(&l->yaml, value, e, "`%.*s` in `%s` needs a name", (int)from.len, from.ptr,
			                 key->name);
		map->pair[map->count++] = (struct name_pair){text_of(l, from), text_of(l, to)};
	}
	return true;
}

/* ---- Sources ---- */

static bool find_dimension(struct loader *l, struct slice name, const yaml_node_t *node, size_t *dimension,
                           struct err *e)
{
	struct buf list = BUF_INIT;
	for (*dimension = 0; *dimension < DIM_COUNT; ++*dimension) {
		if (slice_is(name, dimension_name[*dimension])) {
			buf_release(&list);
			return true;
		}
		buf_printf(&list, "%s%s", list.len ? ", " : "", dimension_name[*dimension]);
	}
	yaml_fail(&l->yaml, node, e, "unknown dimension `%.*s`", (int)name.len, name.ptr);
	err_hint(e, "the dimensions are: %s", list.ptr);
	buf_release(&list);
	return false;
}

static bool read_dimensions(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct source_config *source = target;
	if (!yaml_expect_list(&l->yaml, node, key->name, DIM_COUNT, e))
		return false;
	source->match_on_given = true;
	for (const int *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++) {
		const yaml_node_t *name_node = yaml_file_node(&l->yaml, *item);
		struct slice name;
		size_t dimension;
		if (!yaml_text(&l->yaml, name_node, key->name, &name, e) ||
		    !find_dimension(l, name, name_node, &dimension, e))
			return false;
		if (source->match_on & 1u << dimension)
			return yaml_fail(&l->yaml, name_node, e, "`%.*s` is given twice", (int)name.len, name.ptr);
		source->match_on |= 1u << dimension;
	}
	return true;
}

static bool read_defaults(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct source_config *source = target;
	struct name_map map = {0};
	if (!read_map(l, key, node, &map, e))
		return false;
	for (size_t i = 0; i < map.count; i++) {
		const yaml_node_t *name_node = yaml_file_node(&l->yaml, node->data.mapping.pairs.start[i].key);
		size_t dimension;
		if (!find_dimension(l, slice_of(map.pair[i].from), name_node, &dimension, e))
			return false;
		if (dimension == DIM_USAGE_CLASS)
			return yaml_fail(&l->yaml, name_node, e, "an event has no usage_class that could be empty");
		source->defaults[dimension] = map.pair[i].to;
	}
	return true;
}

static bool read_origins(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text, bad = SLICE_NULL;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	if (origin_list_read(l->arena, text, key->choices, target, &bad))
		return true;
	struct buf list = BUF_INIT;
	origin_list_help(key->choices, &list);
	yaml_fail(&l->yaml, node, e, "`%s` cannot be `%.*s`", key->name, (int)bad.len, bad.ptr ? bad.ptr : "");
	err_hint(e, "it is one of these, or at most %d with commas between: %s", ORIGINS_MAX, list.ptr);
	buf_release(&list);
	return false;
}

/* A name becomes part of paths and of exported keys. */
static bool read_name(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	const char **name = target;
	if (!read_text(l, key, node, target, e))
		return false;
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	if (strlen(*name) > NAME_LIMIT || (*name)[strspn(*name, plain)] != '\0' || strchr("-.", (*name)[0]))
		return yaml_fail(
		        &l->yaml, node, e,
		        "a source's name has at most %d letters, digits, - _ . and begins with a letter, digit or _",
		        NAME_LIMIT);
	if (config_source(l->config, *name))
		return yaml_fail(&l->yaml, node, e, "two sources are named `%s`", *name);
	return true;
}

static bool read_type(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	struct slice text;
	if (!yaml_text(&l->yaml, node, key->name, &text, e))
		return false;
	struct buf list = BUF_INIT;
	l->source_type = NULL;
	for (size_t i = 0; i < SOURCE_TYPES; i++) {
		if (slice_is(text, source_types[i].name))
			l->source_type = &source_types[i];
		if (source_types[i].has_reader)
			buf_printf(&list, "%s%s", list.len ? ", " : "", source_types[i].name);
	}
	if (!l->source_type)
		yaml_fail(&l->yaml, node, e, "unknown source type `%.*s`", (int)text.len, text.ptr);
	else if (!l->source_type->has_reader)
		yaml_fail(&l->yaml, node, e, "source type `%s` has no reader in this version", l->source_type->name);
	else
		*(const char **)target = l->source_type->name;
	err_hint(e, "known types: %s", list.ptr);
	buf_release(&list);
	return e->kind == ERR_NONE;
}

/* The type decides which keys a source may have, wherever it stands among them. */
static bool find_type(struct loader *l, const yaml_node_t *node, struct source_config *source, struct err *e)
{
	if (!yaml_expect_mapping(&l->yaml, node, "a source", MAP_LIMIT, e))
		return false;
	const struct key *key = source_keys;
	while (key->read != read_type)
		key++;
	const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	for (; pair < node->data.mapping.pairs.top; pair++) {
		struct slice name;
		yaml_node_t *value = yaml_file_node(&l->yaml, pair->value);
		if (yaml_text(&l->yaml, yaml_file_node(&l->yaml, pair->key), "key", &name, e) &&
		    slice_is(name, key->name) && !yaml_is_null(value))
			return read_type(l, key, value, &source->type, e);
	}
	yaml_fail(&l->yaml, node, e, "a source needs a `type`");
	return false;
}

static bool read_source(struct loader *l, const yaml_node_t *node, struct err *e)
{
	struct source_config source = {.line = (unsigned)node->start_mark.line + 1};
	if (!find_type(l, node, &source, e) || !read_keys(l, source_keys, node, "a source", &source, e))
		return false;
	if (!source.name)
		return yaml_fail(&l->yaml, node, e, "a source needs a `name`");
	l->config->source[l->config->source_count++] = source;
	return true;
}

static bool read_sources(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	(void)target;
	if (!yaml_expect_list(&l->yaml, node, key->name, SOURCE_LIMIT, e))
		return false;
	const int *start = node->data.sequence.items.start, *top = node->data.sequence.items.top;
	l->config->source = arena_alloc(l->arena, (size_t)(top - start) * sizeof(*l->config->source));
	for (const int *item = start; item < top; item++)
		if (!read_source(l, yaml_file_node(&l->yaml, *item), e))
			return false;
	return true;
}

/* ---- The file ---- */

static bool read_file(struct loader *l, struct err *e)
{
	if (!yaml_file_open(&l->yaml, l->config->path, e))
		return false;
	yaml_node_t *root = yaml_file_root(&l->yaml);
	return !root || yaml_is_null(root) || read_keys(l, file_keys, root, "the file", l->config, e);
}

static bool find_and_read(struct loader *l, const char *here, const char *named, struct err *e)
{
	struct config *c = l->config;
	if (named && folder_exists(path_join(l->arena, here, named)))
		return fail(e, ERR_CONFIG, "%s is a folder, and no configuration file", named) ||
		       err_hint(e, "name the file: %s", path_join(l->arena, named, "closebook.yaml"));
	if (named && !file_exists(path_join(l->arena, here, named)))
		return fail(e, ERR_CONFIG, "there is no configuration file %s", named) ||
		       err_hint(e, "`closebook init` writes one");
	c->path = named ? path_join(l->arena, here, named) : place_config(l->arena, here);
	l->base = here;
	if (c->path)
		l->base = arena_cstr(l->arena, (struct slice){c->path, (size_t)(path_name(c->path) - c->path)});
	bool done = !c->path || read_file(l, e);
	yaml_file_release(&l->yaml);
	return done;
}

bool config_load(struct config *c, const char *explicit_path, struct err *e)
{
	*c = (struct config){
	        .arena = ARENA_INIT,
	        .currency = "USD",
	        .threshold_percent = "3",
	        .threshold_amount = "500",
	        .settle_days = 3,
	        .retention_days = 90,
	};
	struct loader l = {.config = c, .arena = &c->arena};
	char *here = getcwd(NULL, 0);
	if (!here)
		return fail_errno(e, "cannot tell the current folder");
	const char *named = explicit_path ? explicit_path : place_environment("CLOSEBOOK_CONFIG");
	bool done = find_and_read(&l, arena_strdup(l.arena, here), named, e);
	free(here);
	if (!done)
		return false;
	if (place_environment("CLOSEBOOK_DB_URL"))
		c->database = arena_strdup(l.arena, place_environment("CLOSEBOOK_DB_URL"));
	if (!c->state_dir)
		c->state_dir = place_state_dir(l.arena);
	if (!c->out_dir)
		c->out_dir = absolute(&l, "out");
	return true;
}

void config_release(struct config *c)
{
	arena_release(&c->arena);
	*c = (struct config){.arena = ARENA_INIT};
}
