/*
 * Provider names. Gateways, OpenTelemetry and routers each have their own words for the same six bills; a name that
 * none of the tables knows stays itself, in lower case, so that a new provider needs no release.
 */
#include <stdlib.h>

#include "config/config.h"
#include "format/record.h"

enum { NAME_MAX_BYTES = 63 };

/* In byte order of the alias, for bsearch. */
static const struct provider_alias {
	const char *alias, *provider;
} shipped_aliases[] = {
        {.alias = "amazon bedrock", .provider = "bedrock"},
        {.alias = "amazon-bedrock", .provider = "bedrock"},
        {.alias = "amazon_bedrock", .provider = "bedrock"},
        {.alias = "anthropic_text", .provider = "anthropic"},
        {.alias = "aws-bedrock", .provider = "bedrock"},
        {.alias = "aws.bedrock", .provider = "bedrock"},
        {.alias = "aws_bedrock", .provider = "bedrock"},
        {.alias = "az.ai.openai", .provider = "azure_openai"},
        {.alias = "azure", .provider = "azure_openai"},
        {.alias = "azure openai", .provider = "azure_openai"},
        {.alias = "azure-openai", .provider = "azure_openai"},
        {.alias = "azure.ai.openai", .provider = "azure_openai"},
        {.alias = "azure_text", .provider = "azure_openai"},
        {.alias = "azureopenai", .provider = "azure_openai"},
        {.alias = "bedrock_converse", .provider = "bedrock"},
        {.alias = "bedrock_mantle", .provider = "bedrock"},
        {.alias = "gcp.vertex_ai", .provider = "vertex_ai"},
        {.alias = "gcp_vertex_ai", .provider = "vertex_ai"},
        {.alias = "google-vertex", .provider = "vertex_ai"},
        {.alias = "google_vertex", .provider = "vertex_ai"},
        {.alias = "open-router", .provider = "openrouter"},
        {.alias = "open_router", .provider = "openrouter"},
        {.alias = "openrouter.ai", .provider = "openrouter"},
        {.alias = "text-completion-openai", .provider = "openai"},
        {.alias = "vertex", .provider = "vertex_ai"},
        {.alias = "vertex-ai", .provider = "vertex_ai"},
        {.alias = "vertex_ai_beta", .provider = "vertex_ai"},
        {.alias = "vertexai", .provider = "vertex_ai"},
};

static int compare_alias(const void *key, const void *entry)
{
	return slice_compare(*(const struct slice *)key, slice_of(((const struct provider_alias *)entry)->alias));
}

static struct slice shipped_name(struct slice lower)
{
	/* vertex_ai-anthropic_models, vertex_ai-llama_models, …: one bill. */
	if (slice_starts(lower, "vertex_ai-"))
		return SLICE("vertex_ai");
	const struct provider_alias *found =
	        bsearch(&lower, shipped_aliases, sizeof shipped_aliases / sizeof *shipped_aliases,
	                sizeof *shipped_aliases, compare_alias);
	return found ? slice_of(found->provider) : lower;
}

/* Cut to what fits, between characters; the name itself when nothing needs folding. */
static struct slice lower_name(struct slice name, char scratch[64])
{
	if (name.len > NAME_MAX_BYTES) {
		size_t len = NAME_MAX_BYTES;
		while (len > 0 && ((unsigned char)name.ptr[len] & 0xc0) == 0x80)
			len--;
		name = slice_head(name, len);
	}
	bool folded = false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool upper = c >= 'A' && c <= 'Z';
		scratch[i] = upper ? (char)(c + ('a' - 'A')) : c;
		folded = folded || upper;
	}
	return folded ? (struct slice){scratch, name.len} : name;
}

/* Names in the config are looked up as they stand, then in lower case. */
static struct slice mapped(const struct name_map *map, struct slice name, char scratch[64])
{
	if (!map)
		return name;
	const char *to = name_map_find(map, name);
	if (!to)
		to = name_map_find(map, lower_name(name, scratch));
	return to ? slice_of(to) : name;
}

struct slice provider_canonical(const struct provider_names *names, struct slice raw, char scratch[64])
{
	struct slice name = slice_trim(raw);
	if (names) {
		name = mapped(names->source_map, name, scratch);
		name = mapped(names->aliases, name, scratch);
	}
	return shipped_name(lower_name(name, scratch));
}
