/* A time that is read and written stays what it was, and lies in the month and on the day that it names. */
#include "fuzz.h"

#include "base/civil.h"

static void check(utc_us at)
{
	char text[UTC_TEXT_MAX], month[PERIOD_TEXT_MAX];
	utc_us again;
	size_t len = utc_text(at, text);
	MUST(len < sizeof(text) && text[len] == '\0');
	MUST(utc_parse((struct slice){text, len}, &again) && again == at);

	struct period p = period_of(at), read;
	period_text(p, month);
	MUST(strncmp(month, text, 7) == 0);
	MUST(period_parse(slice_of(month), &read) && period_compare(p, read) == 0);
	MUST(period_start(p) <= at && at < period_end(p) && period_end(p) == period_start(period_next(p)));
	MUST(utc_day_start(at) <= at && at - utc_day_start(at) < UTC_DAY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	utc_us at;
	struct period p;
	struct slice text = fuzz_slice(data, size);
	if (utc_parse(text, &at))
		check(at);
	if (utc_parse_unix(text, &at))
		check(at);
	if (period_parse(text, &p))
		MUST(p.month >= 1 && p.month <= 12 && period_compare(period_of(period_start(p)), p) == 0);
	return 0;
}
