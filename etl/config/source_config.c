/* What a source's configuration holds, and the places of a gateway's record that its keys name. */
#include "config/config.h"

const char *const dimension_name[DIM_COUNT] = {
        [DIM_ACCOUNT_ID] = "account_id",
        [DIM_REGION] = "region",
        [DIM_MODEL] = "model",
        [DIM_USAGE_CLASS] = "usage_class",
        [DIM_SERVICE_TIER] = "service_tier",
        [DIM_API_KEY_ID] = "api_key_id",
        [DIM_RESOURCE_ID] = "resource_id",
};

const struct source_config *config_source(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->source_count; i++)
		if (strcmp(c->source[i].name, name) == 0)
			return &c->source[i];
	return NULL;
}

const char *name_map_find(const struct name_map *map, struct slice from)
{
	for (size_t i = 0; map && i < map->count; i++)
		if (slice_is(from, map->pair[i].from))
			return map->pair[i].to;
	return NULL;
}

static const struct {
	const char *kind;
	bool has_name;
} origin_kinds[] = {
        {"tag", true},
        {"metadata", true},
        {"key_alias", false},
        {"organization", false},
};

static bool read_origin(struct arena *a, struct slice text, const char *const *kinds, struct origin *out)
{
	bool is_named = slice_find(text, ":") != SIZE_MAX;
	struct slice name = text, kind = slice_trim(slice_cut(&name, ':'));
	name = slice_trim(name);
	while (*kinds && !slice_is(kind, *kinds))
		kinds++;
	for (size_t i = 0; *kinds && i < sizeof(origin_kinds) / sizeof(origin_kinds[0]); i++) {
		if (!slice_is(kind, origin_kinds[i].kind))
			continue;
		*out = (struct origin){origin_kinds[i].kind, arena_cstr(a, name)};
		return origin_kinds[i].has_name ? name.len > 0 : !is_named;
	}
	return false;
}

bool origin_list_read(struct arena *a, struct slice text, const char *const *kinds, struct origin_list *out,
                      struct slice *bad)
{
	*out = (struct origin_list){.count = 0};
	while (text.len > 0) {
		*bad = slice_trim(slice_cut(&text, ','));
		if (out->count == ORIGINS_MAX || !read_origin(a, *bad, kinds, &out->item[out->count]))
			return false;
		out->count++;
	}
	return out->count > 0;
}

void origin_list_help(const char *const *kinds, struct buf *out)
{
	for (; *kinds; kinds++)
		for (size_t i = 0; i < sizeof(origin_kinds) / sizeof(origin_kinds[0]); i++)
			if (strcmp(*kinds, origin_kinds[i].kind) == 0)
				buf_printf(out, "%s%s%s", out->len ? ", " : "", *kinds,
				           origin_kinds[i].has_name ? ":NAME" : "");
}
