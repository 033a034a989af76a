#include "format/openai_item.h"

static const struct {
	const char *text;
	enum usage_class klass;
} item_kinds[] = {
        {.text = "input", .klass = CLASS_INPUT},
        {.text = "text input", .klass = CLASS_INPUT},
        {.text = "uncached input", .klass = CLASS_INPUT},
        {.text = "cached input", .klass = CLASS_CACHE_READ},
        {.text = "cached text input", .klass = CLASS_CACHE_READ},
        {.text = "cache reads", .klass = CLASS_CACHE_READ},
        {.text = "cache read", .klass = CLASS_CACHE_READ},
        {.text = "cache writes", .klass = CLASS_CACHE_WRITE_5M},
        {.text = "cache write", .klass = CLASS_CACHE_WRITE_5M},
        {.text = "output", .klass = CLASS_OUTPUT},
        {.text = "text output", .klass = CLASS_OUTPUT},
        {.text = "audio input", .klass = CLASS_AUDIO},
        {.text = "cached audio input", .klass = CLASS_AUDIO},
        {.text = "audio output", .klass = CLASS_AUDIO},
        {.text = "image input", .klass = CLASS_IMAGE},
        {.text = "cached image input", .klass = CLASS_IMAGE},
        {.text = "image output", .klass = CLASS_IMAGE},
        {.text = "images", .klass = CLASS_IMAGE},
};

static const char *const item_tiers[] = {"batch", "flex", "priority", "scale", "standard", "default"};

static struct slice item_tier(struct slice text)
{
	for (size_t i = 0; i < sizeof item_tiers / sizeof *item_tiers; i++)
		if (slice_is_nocase(text, item_tiers[i]))
			return slice_of(item_tiers[i]);
	return SLICE_NULL;
}

static enum usage_class item_class(struct slice text)
{
	for (size_t i = 0; i < sizeof item_kinds / sizeof *item_kinds; i++)
		if (slice_is_nocase(text, item_kinds[i].text))
			return item_kinds[i].klass;
	return CLASS_NONE;
}

/* A lone "whisper-1" is a model; "Vector storage" and "file search" are not. */
static bool looks_like_model(struct slice text)
{
	bool digit = false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == ' ')
			return false;
		digit = digit || (text.ptr[i] >= '0' && text.ptr[i] <= '9');
	}
	return digit;
}

void openai_item_parse(struct slice line_item, struct slice *model, enum usage_class *klass, struct slice *tier)
{
	*model = *tier = SLICE_NULL;
	*klass = CLASS_NONE;
	struct slice rest = slice_trim(line_item);
	if (slice_empty(rest))
		return;
	size_t bar = slice_find(rest, " | ");
	if (bar != SIZE_MAX) {
		*tier = item_tier(slice_trim(slice_head(rest, bar)));
		if (tier->ptr)
			rest = slice_trim(slice_from(rest, bar + 3));
	}
	struct slice first = slice_trim(slice_cut(&rest, ','));
	bool has_kind = !slice_empty(rest);
	while (!slice_empty(rest) && *klass == CLASS_NONE)
		*klass = item_class(slice_trim(slice_cut(&rest, ',')));
	if (has_kind && *klass == CLASS_NONE)
		*klass = CLASS_OTHER;
	if (has_kind || looks_like_model(first))
		*model = first;
	else
		*klass = CLASS_OTHER;
}
