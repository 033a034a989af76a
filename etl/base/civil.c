/*
 * Calendar arithmetic by hand: reading a timestamp happens once or twice for every row of millions, where strptime and
 * its locale cost more than the rest of the row, and mktime would bring in the machine's time zone.
 */
#include "base/civil.h"

#include <time.h>

enum { YEAR_MIN = 1970, YEAR_MAX = 9999 };
#define UTC_LIMIT (INT64_C(253402300800) * UTC_SECOND) /* 10000-01-01 */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int month_days(int year, int month)
{
	static const int8_t days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. The year is taken to begin in March, so the leap day comes last, in eras of 400 years. */
static int64_t days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * 146097 + day_of_era - 719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;
	*day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	*year = year_of_era + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

/* Takes `count` digits off the front. */
static bool take_number(struct slice *s, size_t count, int *out)
{
	if (s->len < count)
		return false;
	int value = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned digit = (unsigned)(s->ptr[i] - '0');
		if (digit > 9)
			return false;
		value = value * 10 + (int)digit;
	}
	*out = value;
	s->ptr += count;
	s->len -= count;
	return true;
}

static bool take_char(struct slice *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	s->ptr++;
	s->len--;
	return true;
}

/* ".123456789", absent or with at least one digit; what is below the microsecond is cut. */
static bool take_fraction(struct slice *s, int64_t *us)
{
	*us = 0;
	if (!take_char(s, '.'))
		return true;
	size_t n = 0;
	int64_t unit = UTC_SECOND / 10;
	for (; n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9'; n++) {
		*us += (s->ptr[n] - '0') * unit;
		unit /= 10;
	}
	*s = slice_from(*s, n);
	return n > 0;
}

/* "Z", "+05:30", "+0530", "+05" or nothing, to the end of the text. */
static bool take_offset(struct slice *s, int64_t *offset_s)
{
	*offset_s = 0;
	if (s->len == 0)
		return true;
	if (take_char(s, 'Z'))
		return s->len == 0;
	bool west = s->ptr[0] == '-';
	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	int hours, minutes = 0;
	if (!take_number(s, 2, &hours) || hours > 15)
		return false;
	if (s->len > 0) {
		take_char(s, ':');
		if (!take_number(s, 2, &minutes) || minutes > 59)
			return false;
	}
	*offset_s = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
	return s->len == 0;
}

static bool is_date(int year, int month, int day)
{
	return year >= YEAR_MIN && month >= 1 && month <= 12 && day >= 1 && day <= month_days(year, month);
}

/* Two digits; more than 99 if they are none. */
static unsigned two_digits(const char *p)
{
	unsigned tens = (unsigned)(p[0] - '0'), ones = (unsigned)(p[1] - '0');
	return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/* "2026-10-01T00:00:00Z", which nearly all times are. False: it is none, or not written like that. */
static bool parse_common(struct slice text, utc_us *out)
{
	const char *p = text.ptr;
	if (text.len != 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' ||
	    p[19] != 'Z')
		return false;
	unsigned century = two_digits(p), year = two_digits(p + 2), month = two_digits(p + 5), day = two_digits(p + 8);
	unsigned hour = two_digits(p + 11), minute = two_digits(p + 14), second = two_digits(p + 17);
	if (century > 99 || year > 99 || hour > 23 || minute > 59 || second > 59)
		return false;
	year += century * 100;
	if (!is_date((int)year, (int)month, (int)day))
		return false;
	*out = days_of(year, (int)month, (int)day) * UTC_DAY + (hour * 3600 + minute * 60 + second) * UTC_SECOND;
	return true;
}

bool utc_parse(struct slice text, utc_us *out)
{
	int year, month, day, hour, minute, second;
	if (parse_common(text, out))
		return true;
	if (!take_number(&text, 4, &year))
		return false;
	bool separated = take_char(&text, '-');
	if (!take_number(&text, 2, &month) || (separated && !take_char(&text, '-')) || !take_number(&text, 2, &day))
		return false;
	if (!is_date(year, month, day))
		return false;
	utc_us at = days_of(year, month, day) * UTC_DAY;
	if (text.len == 0) {
		if (separated)
			*out = at;
		return separated;
	}
	if (!take_char(&text, 'T') && !(separated && take_char(&text, ' ')))
		return false;
	if (!take_number(&text, 2, &hour) || (separated && !take_char(&text, ':')) || !take_number(&text, 2, &minute) ||
	    (separated && !take_char(&text, ':')) || !take_number(&text, 2, &second))
		return false;
	int64_t fraction_us, offset_s;
	if (hour > 23 || minute > 59 || second > 59 || !take_fraction(&text, &fraction_us) ||
	    !take_offset(&text, &offset_s))
		return false;
	at += (hour * 3600 + minute * 60 + second - offset_s) * UTC_SECOND + fraction_us;
	if (at < 0 || at >= UTC_LIMIT)
		return false;
	*out = at;
	return true;
}

bool utc_parse_unix(struct slice text, utc_us *out)
{
	size_t dot = slice_find(text, ".");
	struct slice rest = dot == SIZE_MAX ? SLICE("") : slice_from(text, dot);
	int64_t seconds, fraction_us;
	if (!slice_uint(slice_head(text, dot), &seconds) || seconds >= UTC_LIMIT / UTC_SECOND)
		return false;
	if (!take_fraction(&rest, &fraction_us) || rest.len > 0)
		return false;
	*out = seconds * UTC_SECOND + fraction_us;
	return true;
}

static char *put_number(char *p, int64_t value, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		p[i] = (char)('0' + value % 10);
		value /= 10;
	}
	return p + digits;
}

size_t utc_text(utc_us at, char out[UTC_TEXT_MAX])
{
	int64_t days = floor_div(at, UTC_DAY), year;
	int month, day;
	out[0] = '\0';
	date_of(days, &year, &month, &day);
	if (year < 0 || year > YEAR_MAX)
		return 0;
	int64_t us = at - days * UTC_DAY;
	char *p = put_number(out, year, 4);
	*p++ = '-';
	p = put_number(p, month, 2);
	*p++ = '-';
	p = put_number(p, day, 2);
	*p++ = 'T';
	p = put_number(p, us / UTC_HOUR, 2);
	*p++ = ':';
	p = put_number(p, us / (60 * UTC_SECOND) % 60, 2);
	*p++ = ':';
	p = put_number(p, us / UTC_SECOND % 60, 2);
	if (us % UTC_SECOND != 0) {
		*p++ = '.';
		p = put_number(p, us % UTC_SECOND, 6);
	}
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - out);
}

utc_us utc_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (utc_us)now.tv_sec * UTC_SECOND + now.tv_nsec / 1000;
}

utc_us utc_day_start(utc_us at)
{
	return floor_div(at, UTC_DAY) * UTC_DAY;
}

bool period_parse(struct slice text, struct period *out)
{
	int year, month;
	if (!take_number(&text, 4, &year) || !take_char(&text, '-') || !take_number(&text, 2, &month) || text.len > 0)
		return false;
	if (year < YEAR_MIN || month < 1 || month > 12)
		return false;
	*out = (struct period){(int16_t)year, (int16_t)month};
	return true;
}

struct period period_of(utc_us at)
{
	int64_t year;
	int month, day;
	date_of(floor_div(at, UTC_DAY), &year, &month, &day);
	return (struct period){(int16_t)year, (int16_t)month};
}

utc_us period_start(struct period p)
{
	return days_of(p.year, p.month, 1) * UTC_DAY;
}

utc_us period_end(struct period p)
{
	return period_start(period_next(p));
}

struct period period_next(struct period p)
{
	if (p.month == 12)
		return (struct period){(int16_t)(p.year + 1), 1};
	return (struct period){p.year, (int16_t)(p.month + 1)};
}

int period_compare(struct period a, struct period b)
{
	if (a.year != b.year)
		return a.year < b.year ? -1 : 1;
	return (a.month > b.month) - (a.month < b.month);
}

void period_text(struct period p, char out[PERIOD_TEXT_MAX])
{
	char *at = put_number(out, p.year, 4);
	*at++ = '-';
	at = put_number(at, p.month, 2);
	*at = '\0';
}
