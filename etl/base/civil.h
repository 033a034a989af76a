/*
 * UTC time and periods. An instant is microseconds since 1970-01-01T00:00:00Z; fractions below the
 * microsecond are cut, never rounded (rounding would move the last instant of a month into the next).
 */
#pragma once
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

typedef int64_t utc_us;
#define UTC_SECOND INT64_C(1000000)
#define UTC_HOUR (3600 * UTC_SECOND)
#define UTC_DAY (24 * UTC_HOUR)
#define UTC_NONE INT64_MIN
/* PostgreSQL counts timestamptz from 2000-01-01: subtract this. */
#define UTC_PG_EPOCH INT64_C(946684800000000)

/*
 * Reads "2026-10-01T00:00:00Z", fractions of any length, "+05:30", "+0530" and "+05" offsets, a blank instead of T, no
 * zone
 * (= UTC), a bare date "2026-10-01", and AWS's "20261001T000000.000Z". Years 1970 to 9999; leap second :60 is refused;
 * 24:00:00 is refused. The whole slice must be consumed.
 */
bool utc_parse(struct slice text, utc_us *out);
/* Unix seconds as whole number text ("1790812800"), also with fraction. */
bool utc_parse_unix(struct slice text, utc_us *out);
enum { UTC_TEXT_MAX = 28 };
/* "2026-10-01T00:00:00Z", with ".123456" only when there is a fraction. Returns the length. */
size_t utc_text(utc_us at, char out[UTC_TEXT_MAX]);
utc_us utc_now(void);
utc_us utc_day_start(utc_us at);

/* A calendar month in UTC. */
struct period {
	int16_t year;
	int16_t month; /* 1 to 12 */
};
bool period_parse(struct slice text, struct period *out); /* "2026-10" and nothing else */
struct period period_of(utc_us at);
utc_us period_start(struct period p);
utc_us period_end(struct period p); /* exclusive: the next period's start */
struct period period_next(struct period p);
int period_compare(struct period a, struct period b);
enum { PERIOD_TEXT_MAX = 8 };
void period_text(struct period p, char out[PERIOD_TEXT_MAX]);
