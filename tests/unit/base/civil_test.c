#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static utc_us parsed(const char *text)
{
	utc_us at;
	if (!utc_parse(slice_of(text), &at))
		fail_msg("%s was refused", text);
	return at;
}

static void reads_what_providers_write(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *utc;
	} cases[] = {
	        {"1970-01-01", "1970-01-01T00:00:00Z"},
	        {"1970-01-01T00:00:00.000001Z", "1970-01-01T00:00:00.000001Z"},
	        {"2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"},
	        {"2026-10-01T00:00:00", "2026-10-01T00:00:00Z"},
	        {"2026-10-01 23:59:59", "2026-10-01T23:59:59Z"},
	        {"2026-10-01 00:00:00+00", "2026-10-01T00:00:00Z"},
	        {"2026-10-01", "2026-10-01T00:00:00Z"},
	        {"20261001T000000.000Z", "2026-10-01T00:00:00Z"},
	        {"20261031T235959Z", "2026-10-31T23:59:59Z"},
	        {"2026-10-01T00:00:00.5Z", "2026-10-01T00:00:00.500000Z"},
	        {"2026-10-31T23:59:59.9999999Z", "2026-10-31T23:59:59.999999Z"},
	        {"2026-10-31T23:59:59.999999999999999999999999999Z", "2026-10-31T23:59:59.999999Z"},
	        {"2026-10-01T05:30:00+05:30", "2026-10-01T00:00:00Z"},
	        {"2026-10-01T05:45:00+0545", "2026-10-01T00:00:00Z"},
	        {"2026-09-30T19:00:00-05:00", "2026-10-01T00:00:00Z"},
	        {"2026-09-30T20:30:00.25-0330", "2026-10-01T00:00:00.250000Z"},
	        {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
	        {"2000-02-29", "2000-02-29T00:00:00Z"},
	        {"2026-12-31T23:00:00-01:00", "2027-01-01T00:00:00Z"},
	        {"2024-03-01T00:00:00+01:00", "2024-02-29T23:00:00Z"},
	        {"2025-03-01T00:00:00+01:00", "2025-02-28T23:00:00Z"},
	        {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[UTC_TEXT_MAX];
		size_t len = utc_text(parsed(cases[i].text), text);
		assert_string_equal(text, cases[i].utc);
		assert_int_equal(len, strlen(text));
	}
}

static void refuses_anything_else(void **unused)
{
	(void)unused;
	static const char *const cases[] = {
	        "",
	        "2026",
	        "2026-10",
	        "2026-10-1",
	        "20261001",
	        "1969-12-31",
	        "1970-01-01T00:00:00+01:00",
	        "9999-12-31T23:59:59-00:01",
	        "10000-01-01",
	        "2026-00-01",
	        "2026-13-01",
	        "2026-10-00",
	        "2026-10-32",
	        "2026-04-31",
	        "2025-02-29",
	        "2100-02-29",
	        "2026-10-01T",
	        "2026-10-01t00:00:00Z",
	        "2026-10-01Z",
	        "2026-10-01T00",
	        "2026-10-01T00:00",
	        "2026-10-01T24:00:00Z",
	        "2026-10-01T23:60:00Z",
	        "2026-06-30T23:59:60Z",
	        "2026-10-01T00:00:00.Z",
	        "2026-10-01T00:00:00,5Z",
	        "2026-10-01T00:00:00 Z",
	        "2026-10-01T00:00:00Zx",
	        "2026-10-01T00:00:00ZZ",
	        "2026-10-01T00:00:00+",
	        "2026-10-01T00:00:00+5",
	        "2026-10-01T00:00:00+05:3",
	        "2026-10-01T00:00:00+05:60",
	        "2026-10-01T00:00:00+16:00",
	        "2026-10-01T00:00:00+05:30x",
	        "2026-10-01T0000:00Z",
	        "20261001 000000Z",
	        "20261001T00:00:00Z",
	        "202610-01",
	        "2026-1001",
	        " 2026-10-01",
	        "2026-10-01 ",
	        "2026/10/01",
	        "01.10.2026",
	        "+026-10-01",
	        "1790812800",
	        "now",
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utc_us at = 42;
		if (utc_parse(slice_of(cases[i]), &at))
			fail_msg("%s was read", cases[i]);
		assert_int_equal(at, 42);
	}
	utc_us at;
	assert_false(utc_parse(SLICE_NULL, &at));
	assert_false(utc_parse((struct slice){"2026-10-01\0", 11}, &at));
}

static void agrees_with_the_c_library_on_every_day(void **unused)
{
	(void)unused;
	for (int64_t day = 0; day < 2932897; day += day < 40000 ? 1 : 17) {
		time_t seconds = (time_t)(day * 86400 + 43200);
		struct tm tm;
		gmtime_r(&seconds, &tm);
		char expected[64], text[UTC_TEXT_MAX];
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);
		utc_text((utc_us)seconds * UTC_SECOND, text);
		assert_string_equal(text, expected);
		assert_true(parsed(text) == (utc_us)seconds * UTC_SECOND);
		struct period p = period_of((utc_us)seconds * UTC_SECOND);
		assert_int_equal(p.year, tm.tm_year + 1900);
		assert_int_equal(p.month, tm.tm_mon + 1);
	}
}

static void writes_instants_before_1970_and_none(void **unused)
{
	(void)unused;
	char text[UTC_TEXT_MAX];
	utc_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
	assert_int_equal(utc_text(UTC_NONE, text), 0);
	assert_string_equal(text, "");
	assert_int_equal(utc_text(INT64_MAX, text), 0);
}

static void postgresql_epoch(void **unused)
{
	(void)unused;
	assert_true(parsed("2000-01-01") == UTC_PG_EPOCH);
}

static void reads_unix_seconds(void **unused)
{
	(void)unused;
	static const struct {
		const char *text, *utc; /* NULL: refused */
	} cases[] = {
	        {"0", "1970-01-01T00:00:00Z"},
	        {"1790812800", "2026-10-01T00:00:00Z"},
	        {"1790812799.9999999", "2026-09-30T23:59:59.999999Z"},
	        {"253402300799", "9999-12-31T23:59:59Z"},
	        {"253402300800", NULL},
	        {"1790812800000000000000", NULL},
	        {"-1", NULL},
	        {"1e9", NULL},
	        {"1.", NULL},
	        {".5", NULL},
	        {"1.5x", NULL},
	        {"1.5.5", NULL},
	        {"", NULL},
	        {" 1", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utc_us at;
		bool read = utc_parse_unix(slice_of(cases[i].text), &at);
		if (read != (cases[i].utc != NULL))
			fail_msg("%s", cases[i].text);
		if (read)
			assert_true(at == parsed(cases[i].utc));
	}
}

static void now_and_the_start_of_a_day(void **unused)
{
	(void)unused;
	time_t before = time(NULL);
	utc_us now = utc_now();
	assert_in_range(now / UTC_SECOND, before, before + 5);
	assert_true(utc_day_start(parsed("2026-10-01T23:59:59.999999Z")) == parsed("2026-10-01"));
	assert_true(utc_day_start(parsed("2026-10-01")) == parsed("2026-10-01"));
	assert_true(utc_day_start(-1) == -UTC_DAY);
}

static void reads_periods(void **unused)
{
	(void)unused;
	struct period p = {0, 0};
	assert_true(period_parse(SLICE("2026-10"), &p));
	assert_int_equal(p.year, 2026);
	assert_int_equal(p.month, 10);
	char text[PERIOD_TEXT_MAX];
	period_text(p, text);
	assert_string_equal(text, "2026-10");
	static const char *const none[] = {"",         "2026",     "2026-1", "2026-00", "2026-13", "2026-10-01",
	                                   "2026-10 ", " 2026-10", "202610", "2026/10", "1969-12", "2026-1x"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (period_parse(slice_of(none[i]), &p))
			fail_msg("%s was read", none[i]);
}

static void periods_are_half_open_months(void **unused)
{
	(void)unused;
	static const struct {
		const char *start, *end;
	} cases[] = {
	        {"2026-01-01", "2026-02-01"}, {"2026-02-01", "2026-03-01"}, {"2024-02-01", "2024-03-01"},
	        {"2026-04-01", "2026-05-01"}, {"2026-12-01", "2027-01-01"}, {"1970-01-01", "1970-02-01"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		utc_us start = parsed(cases[i].start), end = parsed(cases[i].end);
		struct period p = period_of(start), next = period_next(p);
		assert_true(period_start(p) == start);
		assert_true(period_end(p) == end);
		assert_int_equal(period_compare(period_of(end - 1), p), 0);
		assert_int_equal(period_compare(period_of(end), next), 0);
		assert_int_equal(period_compare(p, next), -1);
		assert_int_equal(period_compare(next, p), 1);
	}
	assert_int_equal((period_end((struct period){2024, 2}) - period_start((struct period){2024, 2})) / UTC_DAY, 29);
	assert_int_equal((period_end((struct period){2100, 2}) - period_start((struct period){2100, 2})) / UTC_DAY, 28);
	assert_int_equal(period_compare((struct period){2025, 12}, (struct period){2026, 1}), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_what_providers_write),
	        cmocka_unit_test(refuses_anything_else),
	        cmocka_unit_test(agrees_with_the_c_library_on_every_day),
	        cmocka_unit_test(writes_instants_before_1970_and_none),
	        cmocka_unit_test(postgresql_epoch),
	        cmocka_unit_test(reads_unix_seconds),
	        cmocka_unit_test(now_and_the_start_of_a_day),
	        cmocka_unit_test(reads_periods),
	        cmocka_unit_test(periods_are_half_open_months),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
