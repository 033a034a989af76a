/*
 * Sources: what each type can have, and the table of their keys.
 */
#include "base/file.h"
#include "config/config_reader.h"
#include "config/option.h"
#include <stddef.h>
#include <stdlib.h>

enum { SOURCE_LIMIT = 256, NAME_LIMIT = 63, MAP_LIMIT = 4096 };

static const struct source_type source_types[] = {
        {"aws-cur", ROLE_BILL | ROLE_COLUMNS | ROLE_CUR | ROLE_S3, NULL},
        {"bedrock-invocation-log", ROLE_S3, NULL},
        {"openai", ROLE_BILL | ROLE_API, "https://api.openai.com"},
        {"anthropic", ROLE_BILL | ROLE_API, "https://api.anthropic.com"},
        {"openrouter", ROLE_BILL | ROLE_API, "https://openrouter.ai"},
        {"usage-csv", ROLE_BILL | ROLE_NAMES | ROLE_COLUMNS, NULL},
        {"events", ROLE_NAMES | ROLE_COLUMNS | ROLE_EVENTS, NULL},
        {"litellm", ROLE_NAMES | ROLE_DATABASE, NULL},
        {"otlp", ROLE_NAMES | ROLE_COLUMNS | ROLE_EVENTS | ROLE_TAIL, NULL},
        {"http", ROLE_BILL | ROLE_NAMES | ROLE_COLUMNS | ROLE_HTTP, NULL},
};
enum { SOURCE_TYPES = sizeof(source_types) / sizeof(source_types[0]) };

static value_reader read_name, read_type, read_uri, read_dimensions, read_defaults, read_origins;

static const char *const flag[] = {"false", "true", NULL};
static const char *const event_origins[] = {"tag", "metadata", "key_alias", NULL};
static const char *const unit_origins[] = {"organization", "metadata", NULL};

#define AT(member) .offset = offsetof(struct source_config, member)
#define FROM(member, kinds) .read = read_origins, AT(member), .choices = kinds, .role = ROLE_DATABASE
static const struct key source_keys[] = {
        {.name = "name", .read = read_name, AT(name)},
        {.name = "type", .read = read_type, AT(type)},
        {.name = "uri", .read = read_uri, AT(uri)},
        {.name = "secret", .read = read_secret, AT(remote.secret), .role = ROLE_API | ROLE_HTTP | ROLE_DATABASE},
        {.name = "auth", .read = read_text, AT(remote.auth), .role = ROLE_HTTP},
        {.name = "user", .read = read_text, AT(remote.user), .role = ROLE_HTTP},
        {.name = "format", .read = read_text, AT(remote.format), .role = ROLE_HTTP},
        {.name = "profile", .read = read_text, AT(remote.profile), .role = ROLE_S3},
        {.name = "region", .read = read_text, AT(remote.region), .role = ROLE_S3},
        {.name = "endpoint", .read = read_web, AT(remote.endpoint), .role = ROLE_S3},
        {.name = "ca_file", .read = read_path, AT(remote.ca_file), .role = ROLE_WEB},
        {.name = "proxy", .read = read_text, AT(remote.proxy), .role = ROLE_WEB},
        {.name = "since", .read = read_date, AT(remote.since), .role = ROLE_S3 | ROLE_API | ROLE_DATABASE},
        {.name = "trailing_days",
         .read = read_days,
         AT(remote.trailing_days),
         .role = ROLE_S3 | ROLE_API | ROLE_DATABASE},
        {.name = "retry_seconds", .read = read_seconds, AT(remote.retry_seconds), .role = ROLE_WEB},
        {.name = "timeout_seconds", .read = read_seconds, AT(remote.timeout_seconds), .role = ROLE_WEB},
        {.name = "max_bytes", .read = read_bytes, AT(remote.max_bytes), .role = ROLE_WEB},
        {.name = "dataset", .read = read_text, AT(dataset)},
        {.name = "match_on", .read = read_dimensions, .role = ROLE_BILL},
        {.name = "defaults", .read = read_defaults, .role = ROLE_BILL},
        {.name = "provider_map", .read = read_map, AT(provider_map), .role = ROLE_NAMES},
        {.name = "columns", .read = read_map, AT(columns), .role = ROLE_COLUMNS},
        {.name = "constants", .read = read_map, AT(constants), .role = ROLE_EVENTS},
        {.name = "input_excludes_cache", .read = read_choice, AT(excludes_cache), .choices = flag, .role = ROLE_EVENTS},
        {.name = "cost_in_cents", .read = read_choice, AT(cost_in_cents), .choices = flag, .role = ROLE_EVENTS},
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
void config_list_types(unsigned roles, struct buf *out)
{
	for (size_t i = 0; i < SOURCE_TYPES; i++)
		if (!roles || source_types[i].roles & roles)
			buf_printf(out, "%s%s", out->len ? ", " : "", source_types[i].name);
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

/* Which addresses a source of a type can be fetched from. */
static const struct {
	const char *scheme;
	unsigned roles;
} schemes[] = {
        {"s3", ROLE_S3},
        {"https", ROLE_API | ROLE_HTTP},
        {"http", ROLE_API | ROLE_HTTP},
        {"postgresql", ROLE_DATABASE},
        {"postgres", ROLE_DATABASE},
};

static bool is_fetchable(const struct source_type *type, struct slice scheme)
{
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (slice_is(scheme, schemes[i].scheme))
			return type->roles & schemes[i].roles;
	return false;
}

static bool read_uri(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
{
	const char **uri = target;
	if (!read_text(l, key, node, target, e))
		return false;
	const char *scheme_end = strstr(*uri, "://");
	if (!scheme_end) {
		*uri = config_absolute(l, *uri);
		return true;
	}
	if (slice_starts(slice_of(*uri), "file:///")) {
		*uri = decoded(l, *uri + strlen("file://"));
		return true;
	}
	struct slice scheme = {*uri, (size_t)(scheme_end - *uri)};
	if (!is_fetchable(l->source_type, scheme)) {
		yaml_fail(&l->yaml, node, e, "a source of type `%s` is not fetched from %.*s:// addresses",
		          l->source_type->name, (int)scheme.len, scheme.ptr);
		return err_hint(e, "give the path of a folder or file, or file:///PATH");
	}
	const char *host = scheme_end + 3, *at = strchr(host, '@');
	if (l->source_type->roles & ROLE_WEB && at && at < host + strcspn(host, "/?#"))
		return yaml_fail(&l->yaml, node, e, "`uri` must not hold a user or password") ||
		       err_hint(e, "name where the secret is: secret: env:NAME, file:PATH or credential:NAME");
	return true;
}
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
	for (size_t i = 0; i < SOURCE_TYPES; i++)
		if (slice_is(text, source_types[i].name))
			l->source_type = &source_types[i];
	config_list_types(0, &list);
	if (!l->source_type)
		yaml_fail(&l->yaml, node, e, "unknown source type `%.*s`", (int)text.len, text.ptr);
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

/* Whether its files are here or have to be fetched; what was fetched lies in a folder of its own in landing_dir, which
 * is known only at the file's end. */
static bool settle_place(struct loader *l, const yaml_node_t *node, struct source_config *source, struct err *e)
{
	bool is_remote = source->uri && (strstr(source->uri, "://") || l->source_type->roles & ROLE_TAIL);
	if (is_remote) {
		source->remote.url = source->uri;
		source->uri = NULL;
	} else if (!source->uri && source->remote.secret) {
		source->remote.url = l->source_type->url;
	}
	const struct remote_config *r = &source->remote;
	if (!r->url && (r->secret || r->profile || r->endpoint || r->region || r->auth))
		return yaml_fail(&l->yaml, node, e, "source `%s` says how to fetch, but not from where",
		                 source->name) ||
		       err_hint(e, "give it a `uri` with the address");
	if (!r->url && l->source_type->roles & ROLE_DATABASE)
		return yaml_fail(&l->yaml, node, e, "source `%s` needs a `uri`", source->name) ||
		       err_hint(e, "the address of the gateway's database: postgresql://USER@HOST/NAME");
	if (r->url && l->source_type->roles & ROLE_API && !r->secret)
		return yaml_fail(&l->yaml, node, e, "source `%s` needs a `secret`", source->name) ||
		       err_hint(e, "env:NAME, file:PATH or credential:NAME, where the organisation's admin key is");
	return true;
}

static bool read_source(struct loader *l, const yaml_node_t *node, struct err *e)
{
	struct source_config source = {.line = (unsigned)node->start_mark.line + 1,
	                               .remote = {.trailing_days = 5, .retry_seconds = 300, .timeout_seconds = 60}};
	if (!find_type(l, node, &source, e) || !config_read_keys(l, source_keys, node, "a source", &source, e))
		return false;
	if (!source.name)
		return yaml_fail(&l->yaml, node, e, "a source needs a `name`");
	if (!settle_place(l, node, &source, e))
		return false;
	l->config->source[l->config->source_count++] = source;
	return true;
}

bool read_sources(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e)
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
