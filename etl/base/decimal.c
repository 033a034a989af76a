#include "base/decimal.h"

#include <limits.h>

static bool refuse(const char **why, const char *reason)
{
	if (why)
		*why = reason;
	return false;
}

static const char *const NOT_A_NUMBER = "not a decimal number";

static const char *limit_broken(int64_t count, int64_t point)
{
	if (point > DECIMAL_INT_DIGITS)
		return "more than 30 integer digits";
	if (count - point > DECIMAL_FRACTION_DIGITS)
		return "more than 36 fraction digits";
	return NULL;
}

/* Reads [+-]digits to the end of the text. Exponents beyond the limit stay beyond it: the value saturates. */
static bool parse_exponent(const char *p, const char *end, int64_t *out)
{
	const int64_t enough = INT64_C(1) << 60;
	bool negative = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return false;
	int64_t value = 0;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		if (value < enough / 10 - 1)
			value = value * 10 + (*p - '0');
	}
	*out = negative ? -value : value;
	return true;
}

bool decimal_parse(struct slice text, struct decimal *out, const char **why)
{
	const char *p = text.ptr ? text.ptr : "", *end = p + text.len;
	struct decimal d = {.negative = text.len > 0 && *p == '-'};
	if (text.len > 0 && (*p == '-' || *p == '+'))
		p++;

	/* Positions count from the first digit that is not zero: `length` digits so far, `count` up to the last nonzero
	 * one, and the decimal point after `point` of them (negative: leading zeros of the fraction). */
	int64_t length = 0, count = 0, point = 0;
	bool any = false, fraction = false;
	for (; p < end; p++) {
		if (*p == '.' && !fraction) {
			fraction = true;
			continue;
		}
		unsigned value = (unsigned)(*p - '0');
		if (value > 9)
			break;
		any = true;
		if (length > 0 || value > 0) {
			if (length < DECIMAL_DIGITS)
				d.digit[length] = (uint8_t)value;
			length++;
			if (value > 0)
				count = length;
			point += !fraction;
		} else {
			point -= fraction;
		}
	}
	if (!any)
		return refuse(why, NOT_A_NUMBER);
	if (p < end) {
		int64_t exponent;
		if ((*p != 'e' && *p != 'E') || !parse_exponent(p + 1, end, &exponent))
			return refuse(why, NOT_A_NUMBER);
		point += exponent;
	}
	if (count == 0) {
		*out = (struct decimal){.count = 0};
		return true;
	}
	const char *broken = limit_broken(count, point);
	if (broken)
		return refuse(why, broken);
	for (int64_t i = count; i < length && i < DECIMAL_DIGITS; i++)
		d.digit[i] = 0;
	d.count = (uint8_t)count;
	d.point = (int16_t)point;
	*out = d;
	return true;
}

struct decimal decimal_of_int(int64_t value)
{
	struct decimal d = {.negative = value < 0};
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint8_t reversed[20];
	int length = 0, zeros = 0;
	for (; rest > 0; rest /= 10)
		reversed[length++] = (uint8_t)(rest % 10);
	while (zeros < length && reversed[zeros] == 0)
		zeros++;
	for (int i = 0; i < length - zeros; i++)
		d.digit[i] = reversed[length - 1 - i];
	d.count = (uint8_t)(length - zeros);
	d.point = (int16_t)length;
	return d;
}

bool decimal_shift(struct decimal *d, int places)
{
	if (d->count == 0)
		return true;
	int64_t point = (int64_t)d->point + places;
	if (limit_broken(d->count, point))
		return false;
	d->point = (int16_t)point;
	return true;
}

bool decimal_to_int(const struct decimal *d, int64_t *out)
{
	if (d->count > 0 && (d->count > d->point || d->point > 19))
		return false;
	/* Built up as a negative number, whose range is the larger one. */
	int64_t value = 0;
	int places = d->count > 0 ? d->point : 0;
	for (int i = 0; i < places; i++) {
		int digit = i < d->count ? d->digit[i] : 0;
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, digit, &value))
			return false;
	}
	if (!d->negative && value == INT64_MIN)
		return false;
	*out = d->negative ? value : -value;
	return true;
}

size_t decimal_text(const struct decimal *d, char out[DECIMAL_TEXT_MAX])
{
	size_t n = 0;
	if (d->negative && d->count > 0)
		out[n++] = '-';
	int point = d->count > 0 ? d->point : 0;
	if (point <= 0)
		out[n++] = '0';
	for (int i = 0; i < point; i++)
		out[n++] = (char)('0' + (i < d->count ? d->digit[i] : 0));
	if (d->count > point)
		out[n++] = '.';
	for (int i = point; i < d->count; i++)
		out[n++] = (char)('0' + (i < 0 ? 0 : d->digit[i]));
	out[n] = '\0';
	return n;
}

static uint8_t *put_uint16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

static int floor_div4(int value)
{
	return value >= 0 ? value / 4 : -((3 - value) / 4);
}

/* The digits in groups of four around the decimal point, the greatest first: their number, and what power of 10000 the
 * first one counts. Digit i stands for 10^(point - 1 - i). */
static int groups_of(const struct decimal *d, uint16_t out[18], int *weight)
{
	static const uint16_t power[] = {1, 10, 100, 1000};
	int first = floor_div4(d->point - 1), last = floor_div4(d->point - d->count), i = 0;
	*weight = first;
	for (int group = first; group >= last; group--) {
		unsigned value = 0;
		for (; i < d->count && d->point - 1 - i >= group * 4; i++)
			value += (unsigned)d->digit[i] * power[d->point - 1 - i - group * 4];
		out[first - group] = (uint16_t)value;
	}
	return first - last + 1;
}

static uint8_t *put_head(uint8_t *p, int groups, int weight, bool negative, int scale)
{
	p = put_uint16(p, (unsigned)groups);
	p = put_uint16(p, (unsigned)weight);
	p = put_uint16(p, negative ? 0x4000 : 0);
	return put_uint16(p, (unsigned)(scale > 0 ? scale : 0));
}

size_t decimal_numeric(const struct decimal *d, uint8_t out[DECIMAL_NUMERIC_MAX])
{
	uint16_t group[18];
	int weight = 0, groups = d->count > 0 ? groups_of(d, group, &weight) : 0;
	uint8_t *p = put_head(out, groups, weight, groups > 0 && d->negative, d->count - (groups > 0 ? d->point : 0));
	for (int i = 0; i < groups; i++)
		p = put_uint16(p, group[i]);
	return (size_t)(p - out);
}

void decimal_sum_add(struct decimal_sum *sum, const struct decimal *d)
{
	uint16_t group[18];
	int weight = 0, groups = d->count > 0 ? groups_of(d, group, &weight) : 0;
	int64_t *at = &sum->group[DECIMAL_SUM_LOWEST + weight];
	for (int i = 0; i < groups; i++)
		at[-i] += d->negative ? -group[i] : group[i];
}

/* Carries: each group but the highest lies within 0-9999 then, and the highest has the sign. */
static void carry(int64_t group[DECIMAL_SUM_GROUPS])
{
	for (int i = 0; i + 1 < DECIMAL_SUM_GROUPS; i++) {
		int64_t rest = (group[i] % 10000 + 10000) % 10000;
		group[i + 1] += (group[i] - rest) / 10000;
		group[i] = rest;
	}
}

static int fraction_digits(uint16_t lowest_group, int weight)
{
	int digits = -4 * weight;
	for (; lowest_group % 10 == 0; lowest_group /= 10)
		digits--;
	return digits;
}

size_t decimal_sum_numeric(const struct decimal_sum *sum, uint8_t out[DECIMAL_SUM_NUMERIC_MAX])
{
	int64_t group[DECIMAL_SUM_GROUPS];
	memcpy(group, sum->group, sizeof group);
	carry(group);
	bool negative = group[DECIMAL_SUM_GROUPS - 1] < 0;
	if (negative) {
		for (int i = 0; i < DECIMAL_SUM_GROUPS; i++)
			group[i] = -group[i];
		carry(group);
	}
	int first = DECIMAL_SUM_GROUPS - 1, last = 0;
	while (first >= 0 && group[first] == 0)
		first--;
	while (last < first && group[last] == 0)
		last++;
	if (first < 0)
		return (size_t)(put_head(out, 0, 0, false, 0) - out);
	uint8_t *p = put_head(out, first - last + 1, first - DECIMAL_SUM_LOWEST, negative,
	                      fraction_digits((uint16_t)group[last], last - DECIMAL_SUM_LOWEST));
	for (int i = first; i >= last; i--)
		p = put_uint16(p, (unsigned)group[i]);
	return (size_t)(p - out);
}
