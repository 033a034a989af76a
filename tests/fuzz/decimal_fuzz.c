/* A decimal that is read and written stays what it was, within its limits, also in PostgreSQL's form. */
#include "fuzz.h"

#include "base/decimal.h"

static bool same(const struct decimal *a, const struct decimal *b)
{
	return a->negative == b->negative && a->count == b->count && (a->count == 0 || a->point == b->point) &&
	       memcmp(a->digit, b->digit, a->count) == 0;
}

static void check(const struct decimal *d)
{
	MUST(d->count <= DECIMAL_DIGITS);
	for (size_t i = 0; i < d->count; i++)
		MUST(d->digit[i] <= 9);
	MUST(d->count == 0 || (d->digit[0] != 0 && d->digit[d->count - 1] != 0));
	MUST(d->count == 0 || (d->point <= DECIMAL_INT_DIGITS && d->count - d->point <= DECIMAL_FRACTION_DIGITS));

	char text[DECIMAL_TEXT_MAX];
	size_t len = decimal_text(d, text);
	struct decimal again;
	const char *why = NULL;
	MUST(len < sizeof(text) && text[len] == '\0');
	MUST(decimal_parse((struct slice){text, len}, &again, &why) && same(d, &again));

	uint8_t numeric[DECIMAL_NUMERIC_MAX];
	size_t bytes = decimal_numeric(d, numeric);
	MUST(bytes >= 8 && bytes <= sizeof(numeric) && bytes == 8 + 2 * (((size_t)numeric[0] << 8) + numeric[1]));
	for (size_t i = 8; i < bytes; i += 2)
		MUST(numeric[i] * 256 + numeric[i + 1] < 10000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct decimal d, moved;
	const char *why = NULL;
	int64_t whole;
	if (!decimal_parse(fuzz_slice(data, size), &d, &why)) {
		MUST(why && why[0]);
		return 0;
	}
	check(&d);
	for (int places = -12; places <= 12; places += 3) {
		moved = d;
		if (!decimal_shift(&moved, places))
			continue;
		check(&moved);
		MUST(decimal_shift(&moved, -places) && same(&d, &moved));
	}
	if (decimal_to_int(&d, &whole)) {
		moved = decimal_of_int(whole);
		MUST(same(&d, &moved) || (d.count == 0 && whole == 0));
	}
	return 0;
}
