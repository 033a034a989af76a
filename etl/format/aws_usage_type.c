/*
 * A usage type is a list of words between hyphens and underscores: region code, model, then what was metered. The
 * model's own name holds hyphens too ("openai.gpt-oss-120b"), so it ends at the first word that can't be part of one.
 * Words after that are only collected; what they mean together is decided at the end, because "input" also stands
 * in every cache meter.
 */
#include "format/aws_usage_type.h"

static const struct {
	const char *code, *region;
} region_codes[] = {
        {.code = "USE1", .region = "us-east-1"},      {.code = "USE2", .region = "us-east-2"},
        {.code = "USW1", .region = "us-west-1"},      {.code = "USW2", .region = "us-west-2"},
        {.code = "CAN1", .region = "ca-central-1"},   {.code = "CAN2", .region = "ca-west-1"},
        {.code = "MXC1", .region = "mx-central-1"},   {.code = "SAE1", .region = "sa-east-1"},
        {.code = "AFS1", .region = "af-south-1"},     {.code = "APE1", .region = "ap-east-1"},
        {.code = "APE2", .region = "ap-east-2"},      {.code = "APN1", .region = "ap-northeast-1"},
        {.code = "APN2", .region = "ap-northeast-2"}, {.code = "APN3", .region = "ap-northeast-3"},
        {.code = "APS1", .region = "ap-southeast-1"}, {.code = "APS2", .region = "ap-southeast-2"},
        {.code = "APS3", .region = "ap-south-1"},     {.code = "APS4", .region = "ap-southeast-3"},
        {.code = "APS5", .region = "ap-south-2"},     {.code = "APS6", .region = "ap-southeast-4"},
        {.code = "APS7", .region = "ap-southeast-5"}, {.code = "APS8", .region = "ap-southeast-6"},
        {.code = "APS9", .region = "ap-southeast-7"}, {.code = "EU", .region = "eu-west-1"},
        {.code = "EUW1", .region = "eu-west-1"},      {.code = "EUW2", .region = "eu-west-2"},
        {.code = "EUW3", .region = "eu-west-3"},      {.code = "EUC1", .region = "eu-central-1"},
        {.code = "EUC2", .region = "eu-central-2"},   {.code = "EUN1", .region = "eu-north-1"},
        {.code = "EUS1", .region = "eu-south-1"},     {.code = "EUS2", .region = "eu-south-2"},
        {.code = "ILC1", .region = "il-central-1"},   {.code = "MEC1", .region = "me-central-1"},
        {.code = "MES1", .region = "me-south-1"},     {.code = "UGE1", .region = "us-gov-east-1"},
        {.code = "UGW1", .region = "us-gov-west-1"},
};

enum word_meaning {
	MEANS_INPUT = 1 << 0,
	MEANS_OUTPUT = 1 << 1,
	MEANS_CACHE = 1 << 2,
	MEANS_READ = 1 << 3,
	MEANS_WRITE = 1 << 4,
	MEANS_1H = 1 << 5,
	MEANS_IMAGE = 1 << 6,
	MEANS_AUDIO = 1 << 7,
	MEANS_OTHER = 1 << 8,
	MEANS_HOUR = 1 << 9,
	MEANS_BATCH = 1 << 10,
	MEANS_FLEX = 1 << 11,
	MEANS_PRIORITY = 1 << 12,
	MEANS_GLOBAL = 1 << 14,
	MEANS_CROSS_REGION = 1 << 15,
	MEANS_LONG_CONTEXT = 1 << 16,
};

/* ends_model: no model's name holds that word, so the fragment is over. */
static const struct word {
	const char *text;
	unsigned means;
	bool ends_model;
} words[] = {
        {.text = "input", .means = MEANS_INPUT, .ends_model = true},
        {.text = "output", .means = MEANS_OUTPUT, .ends_model = true},
        {.text = "cache", .means = MEANS_CACHE, .ends_model = true},
        {.text = "read", .means = MEANS_READ},
        {.text = "write", .means = MEANS_WRITE},
        {.text = "1h", .means = MEANS_1H},
        {.text = "cacheread", .means = MEANS_CACHE | MEANS_READ, .ends_model = true},
        {.text = "cachewrite", .means = MEANS_CACHE | MEANS_WRITE, .ends_model = true},
        {.text = "cachewrite1h", .means = MEANS_CACHE | MEANS_WRITE | MEANS_1H, .ends_model = true},
        {.text = "inputtokencount", .means = MEANS_INPUT, .ends_model = true},
        {.text = "outputtokencount", .means = MEANS_OUTPUT, .ends_model = true},
        {.text = "cachereadinputtokencount", .means = MEANS_CACHE | MEANS_READ, .ends_model = true},
        {.text = "cachewriteinputtokencount", .means = MEANS_CACHE | MEANS_WRITE, .ends_model = true},
        {.text = "cachewrite1hinputtokencount", .means = MEANS_CACHE | MEANS_WRITE | MEANS_1H, .ends_model = true},
        {.text = "inputimagecount", .means = MEANS_IMAGE, .ends_model = true},
        {.text = "created", .means = 0, .ends_model = true},
        {.text = "image", .means = MEANS_IMAGE},
        {.text = "t2i", .means = MEANS_IMAGE, .ends_model = true},
        {.text = "i2i", .means = MEANS_IMAGE, .ends_model = true},
        {.text = "audio", .means = MEANS_AUDIO},
        {.text = "speech", .means = MEANS_AUDIO, .ends_model = true},
        {.text = "video", .means = MEANS_OTHER},
        {.text = "search", .means = MEANS_OTHER, .ends_model = true},
        {.text = "searchunits", .means = MEANS_OTHER, .ends_model = true},
        {.text = "provisionedthroughput", .means = MEANS_HOUR, .ends_model = true},
        {.text = "modelunits", .means = MEANS_HOUR, .ends_model = true},
        {.text = "reserved", .means = MEANS_HOUR, .ends_model = true},
        {.text = "modelstorage", .means = MEANS_OTHER, .ends_model = true},
        {.text = "customization", .means = MEANS_OTHER, .ends_model = true},
        {.text = "custom", .means = 0, .ends_model = true},
        {.text = "mantle", .means = 0, .ends_model = true},
        {.text = "latency", .means = 0, .ends_model = true},
        {.text = "batch", .means = MEANS_BATCH, .ends_model = true},
        {.text = "flex", .means = MEANS_FLEX, .ends_model = true},
        {.text = "priority", .means = MEANS_PRIORITY, .ends_model = true},
        {.text = "standard", .means = 0, .ends_model = true},
        {.text = "global", .means = MEANS_GLOBAL, .ends_model = true},
        {.text = "cross", .means = MEANS_CROSS_REGION, .ends_model = true},
        {.text = "geo", .means = MEANS_CROSS_REGION, .ends_model = true},
        {.text = "lctx", .means = MEANS_LONG_CONTEXT, .ends_model = true},
        {.text = "long", .means = MEANS_LONG_CONTEXT},
};

static const char *region_of(struct slice code)
{
	for (size_t i = 0; i < sizeof region_codes / sizeof *region_codes; i++)
		if (slice_is(code, region_codes[i].code))
			return region_codes[i].region;
	return NULL;
}

/* The code of a region that opened after this was written: USX1. */
static bool looks_like_region_code(struct slice word)
{
	if (word.len < 3 || word.len > 5 || word.ptr[word.len - 1] < '0' || word.ptr[word.len - 1] > '9')
		return false;
	for (size_t i = 0; i + 1 < word.len; i++)
		if (word.ptr[i] < 'A' || word.ptr[i] > 'Z')
			return false;
	return true;
}

static void cut_region(struct slice *rest, char separator, struct aws_usage_type *out)
{
	struct slice tail = *rest, word = slice_cut(&tail, separator);
	const char *region = region_of(word);
	if (!region && !looks_like_region_code(word))
		return;
	if (!out->region)
		out->region = region;
	*rest = tail;
}

static const struct word *find_word(struct slice text)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (slice_is_nocase(text, words[i].text))
			return &words[i];
	return NULL;
}

/* The words' meanings together; *model_len is where the model's fragment ends. */
static unsigned collect(struct slice text, bool marketplace, bool *has_meter, size_t *model_len)
{
	unsigned means = 0;
	*has_meter = marketplace;
	*model_len = 0;
	for (size_t start = 0; start < text.len;) {
		size_t end = start;
		while (end < text.len && text.ptr[end] != '-' && text.ptr[end] != '_')
			end++;
		const struct word *w = find_word(slice_head(slice_from(text, start), end - start));
		if (w && w->ends_model && !*has_meter) {
			*has_meter = true;
			*model_len = start ? start - 1 : 0;
		}
		if (w && *has_meter)
			means |= w->means;
		start = end + 1;
	}
	return means;
}

static enum usage_class class_of(unsigned means)
{
	if (means & MEANS_HOUR)
		return CLASS_HOUR;
	if (means & MEANS_OTHER)
		return CLASS_OTHER;
	if (means & MEANS_IMAGE)
		return CLASS_IMAGE;
	if (means & MEANS_AUDIO)
		return CLASS_AUDIO;
	if (means & MEANS_CACHE) {
		if (means & MEANS_WRITE)
			return means & MEANS_1H ? CLASS_CACHE_WRITE_1H : CLASS_CACHE_WRITE_5M;
		return means & MEANS_READ ? CLASS_CACHE_READ : CLASS_OTHER;
	}
	if (means & MEANS_INPUT)
		return CLASS_INPUT;
	return means & MEANS_OUTPUT ? CLASS_OUTPUT : CLASS_OTHER;
}

static const char *tier_of(unsigned means)
{
	if (means & MEANS_BATCH)
		return "batch";
	if (means & MEANS_FLEX)
		return "flex";
	return means & MEANS_PRIORITY ? "priority" : NULL;
}

struct aws_usage_type aws_usage_type_parse(struct slice text)
{
	struct aws_usage_type out = {.usage_class = CLASS_NONE};
	struct slice rest = slice_trim(text);
	if (slice_empty(rest))
		return out;
	cut_region(&rest, '-', &out);
	if (slice_starts(rest, "MP:")) {
		out.marketplace = true;
		rest = slice_from(rest, 3);
		cut_region(&rest, '_', &out);
	}
	size_t model_len;
	unsigned means = collect(rest, out.marketplace, &out.has_meter, &model_len);
	if (model_len > 0)
		out.model = slice_head(rest, model_len);
	else if (!out.has_meter) /* Guardrail-ContentPolicyUnitsConsumed: no meter that we know, so the first word is
	                            the thing */
		out.model = slice_head(rest, slice_find(rest, "-"));
	out.usage_class = class_of(means);
	out.service_tier = tier_of(means);
	out.global = means & MEANS_GLOBAL;
	out.cross_region = (means & MEANS_CROSS_REGION) && !out.global;
	out.long_context = means & MEANS_LONG_CONTEXT;
	return out;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static size_t place_of(struct slice text)
{
	uint64_t hash = text.len, word = 0;
	for (; text.len >= sizeof word; text = slice_from(text, sizeof word)) {
		memcpy(&word, text.ptr, sizeof word);
		hash = mix(hash, word);
	}
	word = 0;
	if (text.len)
		memcpy(&word, text.ptr, text.len);
	return mix(hash, word) % AWS_USAGE_TYPES;
}

const struct aws_usage_type *aws_usage_types_find(struct aws_usage_types *types, struct slice text)
{
	enum { BYTES_MAX = 256 << 10 };
	size_t place = place_of(text);
	if (types->known[place].text.ptr && slice_equal(types->known[place].text, text))
		return &types->known[place].type;
	if (types->arena.used > BYTES_MAX) {
		arena_reset(&types->arena);
		memset(types->known, 0, sizeof types->known);
	}
	types->known[place].text = arena_slice(&types->arena, text.ptr ? text : SLICE(""));
	types->known[place].type = aws_usage_type_parse(types->known[place].text);
	return &types->known[place].type;
}

void aws_usage_types_release(struct aws_usage_types *types)
{
	arena_release(&types->arena);
}
