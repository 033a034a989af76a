#include "format/unit.h"

static const struct {
	const char *prefix;
	int places;
} unit_prefixes[] = {
        {.prefix = "1k ", .places = 3},      {.prefix = "1k_", .places = 3},      {.prefix = "1000 ", .places = 3},
        {.prefix = "1000_", .places = 3},    {.prefix = "1m ", .places = 6},      {.prefix = "1m_", .places = 6},
        {.prefix = "1000000 ", .places = 6}, {.prefix = "1000000_", .places = 6},
};

int unit_places(struct slice unit, struct slice *single)
{
	int places = 0;
	*single = slice_trim(unit);
	for (size_t i = 0; places == 0 && i < sizeof unit_prefixes / sizeof *unit_prefixes; i++) {
		size_t len = strlen(unit_prefixes[i].prefix);
		if (!slice_is_nocase(slice_head(*single, len), unit_prefixes[i].prefix))
			continue;
		places = unit_prefixes[i].places;
		*single = slice_trim(slice_from(*single, len));
	}
	if (slice_is_nocase(*single, "tokens") || slice_is_nocase(*single, "token"))
		*single = SLICE("tokens");
	return places;
}
