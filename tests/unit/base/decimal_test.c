#include "base/decimal.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THIRTY_NINES "999999999999999999999999999999"
#define ZEROS_35 "00000000000000000000000000000000000"

static struct decimal parsed(const char *text)
{
	struct decimal d;
	const char *why = "";
	if (!decimal_parse(slice_of(text), &d, &why))
		fail_msg("%s: %s", text, why);
	return d;
}

static void reads_and_writes_plain_notation(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *plain;
	} cases[] = {
	        {"0", "0"},
	        {"-0", "0"},
	        {"+0.000", "0"},
	        {"0E-6176", "0"},
	        {"0e999999999999999999999999", "0"},
	        {"1", "1"},
	        {"+1", "1"},
	        {"-1", "-1"},
	        {"007", "7"},
	        {".5", "0.5"},
	        {"-.5", "-0.5"},
	        {"5.", "5"},
	        {"12.50", "12.5"},
	        {"9.052E-7", "0.0000009052"},
	        {"-9.052e-07", "-0.0000009052"},
	        {"1e3", "1000"},
	        {"1.25E+2", "125"},
	        {"100", "100"},
	        {"100.001", "100.001"},
	        {"0.0001", "0.0001"},
	        {"1000000e-6", "1"},
	        {"59200.0", "59200"},
	        {"1e29", "100000000000000000000000000000"},
	        {THIRTY_NINES, THIRTY_NINES},
	        {"-" THIRTY_NINES "." THIRTY_NINES "999999", "-" THIRTY_NINES "." THIRTY_NINES "999999"},
	        {"1e-36", "0." ZEROS_35 "1"},
	        {"0." ZEROS_35 "1", "0." ZEROS_35 "1"},
	        {"0." ZEROS_35 "1" ZEROS_35, "0." ZEROS_35 "1"},
	        {ZEROS_35 ZEROS_35 "1." ZEROS_35 ZEROS_35, "1"},
	        {"1" ZEROS_35 ZEROS_35 "e-70", "1"},
	        {"0." ZEROS_35 ZEROS_35 "1e71", "1"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d = parsed(cases[i].text);
		char text[DECIMAL_TEXT_MAX];
		size_t len = decimal_text(&d, text);
		assert_string_equal(text, cases[i].plain);
		assert_int_equal(len, strlen(text));
	}
}

static void refuses_with_a_reason(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *why;
	} cases[] = {
	        {"", "not a decimal number"},
	        {"-", "not a decimal number"},
	        {".", "not a decimal number"},
	        {"+.", "not a decimal number"},
	        {"e5", "not a decimal number"},
	        {"1e", "not a decimal number"},
	        {"1e+", "not a decimal number"},
	        {"1e5.0", "not a decimal number"},
	        {"1e5x", "not a decimal number"},
	        {" 1", "not a decimal number"},
	        {"1 ", "not a decimal number"},
	        {"1,000", "not a decimal number"},
	        {"1.2.3", "not a decimal number"},
	        {"--1", "not a decimal number"},
	        {"+-1", "not a decimal number"},
	        {"NaN", "not a decimal number"},
	        {"Infinity", "not a decimal number"},
	        {"0x10", "not a decimal number"},
	        {"$5", "not a decimal number"},
	        {"1_000", "not a decimal number"},
	        {"\xd9\xa1", "not a decimal number"},
	        {"1e30", "more than 30 integer digits"},
	        {"1" THIRTY_NINES, "more than 30 integer digits"},
	        {"1e9999999999999999999999", "more than 30 integer digits"},
	        {"1e-37", "more than 36 fraction digits"},
	        {"1e-9999999999999999999999", "more than 36 fraction digits"},
	        {"0.0" ZEROS_35 "1", "more than 36 fraction digits"},
	        {"1" ZEROS_35 ZEROS_35 "1e-50", "more than 36 fraction digits"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d;
		const char *why = "";
		if (decimal_parse(slice_of(cases[i].text), &d, &why))
			fail_msg("%s was read", cases[i].text);
		assert_string_equal(why, cases[i].why);
		assert_false(decimal_parse(slice_of(cases[i].text), &d, NULL));
	}
	struct decimal d;
	assert_false(decimal_parse(SLICE_NULL, &d, NULL));
	assert_false(decimal_parse((struct slice){"1\0002", 3}, &d, NULL));
}

static void failure_leaves_the_result_alone(void **unused)
{
	(void)unused;
	struct decimal d = parsed("42");
	assert_false(decimal_parse(SLICE("12x"), &d, NULL));
	char text[DECIMAL_TEXT_MAX];
	decimal_text(&d, text);
	assert_string_equal(text, "42");
}

static void zero_has_no_sign(void **unused)
{
	(void)unused;
	struct decimal d = parsed("-0.00");
	assert_true(decimal_is_zero(&d));
	assert_false(d.negative);
	d = parsed("-0.01");
	assert_false(decimal_is_zero(&d));
}

static void shifts_within_the_limits(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int places;
		const char *result; /* NULL: refused */
	} cases[] = {
	        {"1234", -2, "12.34"}, {"-5", -2, "-0.05"},
	        {"0.5", 3, "500"},     {"150", -6, "0.00015"},
	        {"0", 100000, "0"},    {"1", 29, "100000000000000000000000000000"},
	        {"1", 30, NULL},       {"1", -36, "0." ZEROS_35 "1"},
	        {"1", -37, NULL},      {"1", INT_MAX, NULL},
	        {"1", INT_MIN, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d = parsed(cases[i].text);
		bool shifted = decimal_shift(&d, cases[i].places);
		assert_int_equal(shifted, cases[i].result != NULL);
		char text[DECIMAL_TEXT_MAX];
		decimal_text(&d, text);
		assert_string_equal(text, shifted ? cases[i].result : cases[i].text);
	}
}

static void integers_to_and_fro(void **unused)
{
	(void)unused;
	static const struct {
		int64_t value;
		const char *text;
	} cases[] = {
	        {0, "0"},
	        {7, "7"},
	        {-10, "-10"},
	        {59200, "59200"},
	        {INT64_MAX, "9223372036854775807"},
	        {INT64_MIN, "-9223372036854775808"},
	        {INT64_C(1000000000000000000), "1000000000000000000"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d = decimal_of_int(cases[i].value), read = parsed(cases[i].text);
		char text[DECIMAL_TEXT_MAX];
		decimal_text(&d, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(d.count, read.count);
		assert_true(read.count == 0 || d.point == read.point);
		int64_t back;
		assert_true(decimal_to_int(&d, &back));
		assert_true(back == cases[i].value);
	}
	static const char *const none[] = {"0.5",  "59200.1", "9223372036854775808", "-9223372036854775809",
	                                   "1e19", "1e29",    THIRTY_NINES};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct decimal d = parsed(none[i]);
		int64_t value;
		if (decimal_to_int(&d, &value))
			fail_msg("%s became an integer", none[i]);
	}
}

/* Expected bytes are what PostgreSQL's numeric_send gives. */
static void regroups_for_postgresql(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *hex;
	} cases[] = {
	        {"0", "0000000000000000"},
	        {"1", "00010000000000000001"},
	        {"-1", "00010000400000000001"},
	        {"9999", "0001000000000000270f"},
	        {"10000", "00010001000000000001"},
	        {"10001", "000200010000000000010001"},
	        {"0.5", "0001ffff000000011388"},
	        {"0.0001", "0001ffff000000040001"},
	        {"0.00001", "0001fffe0000000503e8"},
	        {"12.34", "0002000000000002000c0d48"},
	        {"-1234567.89", "000300014000000200"
	                        "7b11d722c4"},
	        {"9.052E-7", "0002fffe0000000a005a1450"},
	        {"100000000", "00010002000000000001"},
	        {"1e-36", "0001fff7000000240001"},
	        {"1e29", "0001000700000000000a"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct decimal d = parsed(cases[i].text);
		uint8_t bytes[DECIMAL_NUMERIC_MAX];
		size_t size = decimal_numeric(&d, bytes);
		struct buf hex = BUF_INIT;
		for (size_t n = 0; n < size; n++)
			buf_printf(&hex, "%02x", bytes[n]);
		if (strcmp(hex.ptr, cases[i].hex) != 0)
			fail_msg("%s: %s instead of %s", cases[i].text, hex.ptr, cases[i].hex);
		buf_release(&hex);
	}
}

static void widest_numeric_fits(void **unused)
{
	(void)unused;
	static const char digits[] = THIRTY_NINES THIRTY_NINES "999999";
	struct decimal d = parsed(digits + 36);
	uint8_t bytes[DECIMAL_NUMERIC_MAX];
	/* Every position of the point: value and bytes must stay within their bounds. */
	for (size_t integers = 0; integers <= DECIMAL_INT_DIGITS; integers++) {
		struct buf text = BUF_INIT;
		buf_add(&text, digits, integers);
		buf_add_char(&text, '.');
		buf_add(&text, digits, DECIMAL_FRACTION_DIGITS);
		d = parsed(text.ptr);
		size_t size = decimal_numeric(&d, bytes);
		size_t groups = (integers + 3) / 4 + DECIMAL_FRACTION_DIGITS / 4;
		assert_int_equal(size, 8 + 2 * groups);
		assert_int_equal(bytes[1], groups);
		assert_int_equal(bytes[7], DECIMAL_FRACTION_DIGITS);
		buf_release(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_and_writes_plain_notation), cmocka_unit_test(refuses_with_a_reason),
	        cmocka_unit_test(failure_leaves_the_result_alone), cmocka_unit_test(zero_has_no_sign),
	        cmocka_unit_test(shifts_within_the_limits),        cmocka_unit_test(integers_to_and_fro),
	        cmocka_unit_test(regroups_for_postgresql),         cmocka_unit_test(widest_numeric_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
