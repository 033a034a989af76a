/*
 * Exact decimals as digits. Money, rates and quantities stay text until PostgreSQL's numeric; the
 * only operations here are conversions: reading, moving the decimal point, regrouping the digits
 * into numeric's base 10000, writing; and exact sums in that base. No binary floating point.
 */
#pragma once
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

enum { DECIMAL_INT_DIGITS = 30, DECIMAL_FRACTION_DIGITS = 36, DECIMAL_DIGITS = 66 };

/* value = (-1)^negative × 0.d1 d2 … dn × 10^point, without leading or trailing zero digits; zero has count 0. */
struct decimal {
	bool negative;
	uint8_t count;                 /* digits in use */
	int16_t point;                 /* position of the decimal point relative to the first digit */
	uint8_t digit[DECIMAL_DIGITS]; /* 0-9 each */
};

/*
 * Reads [+-]digits[.digits][(e|E)[+-]digits], also ".5" and "5."; nothing else: no blanks, separators,
 * NaN or infinity. After trimming zeros at most 30 integer and 36 fraction digits. "0E-6176" is 0.
 * On failure returns false and sets *why (when not NULL) to a static phrase ("not a decimal number",
 * "more than 36 fraction digits", …).
 */
bool decimal_parse(struct slice text, struct decimal *out, const char **why);
struct decimal decimal_of_int(int64_t value);
/* Moves the decimal point: value × 10^places; false when that leaves the limits. */
bool decimal_shift(struct decimal *d, int places);
static inline bool decimal_is_zero(const struct decimal *d)
{
	return d->count == 0;
}
/* Whether it is a whole number of at most 18 digits. */
static inline bool decimal_is_small_whole(const struct decimal *d)
{
	return d->count == 0 || (d->count <= d->point && d->point <= 18);
}
/* The integer value, if it is one and fits; "59200.0" is 59200. */
bool decimal_to_int(const struct decimal *d, int64_t *out);

enum { DECIMAL_TEXT_MAX = 72 };
/* Plain notation ("-0.0000009052"), NUL-terminated; returns the length. */
size_t decimal_text(const struct decimal *d, char out[DECIMAL_TEXT_MAX]);

/* PostgreSQL's binary numeric (int16 ndigits, weight, sign, dscale, digits; network byte order), without a
 * length word. Returns bytes written: at most DECIMAL_NUMERIC_MAX. dscale is the count of fraction digits. */
enum { DECIMAL_NUMERIC_MAX = 8 + 2 * 18 };
size_t decimal_numeric(const struct decimal *d, uint8_t out[DECIMAL_NUMERIC_MAX]);

/* Σ of up to 9e14 decimals. group[i] counts 10000^(i - DECIMAL_SUM_LOWEST), and is not carried before it is written. */
enum { DECIMAL_SUM_LOWEST = DECIMAL_FRACTION_DIGITS / 4, DECIMAL_SUM_GROUPS = DECIMAL_SUM_LOWEST + 13 };
struct decimal_sum {
	int64_t group[DECIMAL_SUM_GROUPS];
};
void decimal_sum_add(struct decimal_sum *sum, const struct decimal *d);
/* As decimal_numeric, without trailing zero digits. */
enum { DECIMAL_SUM_NUMERIC_MAX = 8 + 2 * DECIMAL_SUM_GROUPS };
size_t decimal_sum_numeric(const struct decimal_sum *sum, uint8_t out[DECIMAL_SUM_NUMERIC_MAX]);
