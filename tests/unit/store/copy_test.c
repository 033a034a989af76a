#include "store/copy.h"
#include "store/throwaway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const char command[] = "COPY t FROM STDIN (FORMAT binary)";

static void assert_ok(bool done, const struct err *e)
{
	if (!done)
		fail_msg("%s (hint: %s)", e->message, e->hint);
}

static struct decimal number(const char *text)
{
	struct decimal d;
	if (!decimal_parse(slice_of(text), &d, NULL))
		fail_msg("not a number: %s", text);
	return d;
}

static void every_type_arrives(void **state)
{
	(void)state;
	static const char *const numbers[] = {
	        "0",
	        "1",
	        "-1",
	        "0.0001",
	        "10000",
	        "-0.000000905200",
	        "12345678.000012340000",
	        "123456789012345678901234567890.123456789012345678901234567890123456",
	        "100000000000000000000000000000",
	        "0.000000000000000000000000000000000001",
	};
	enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };
	static const char shape[] = "create temp table t (a text, b jsonb, c bytea, d bigint, e integer, f smallint, "
	                            "g boolean, h timestamptz, i date, j numeric)";
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	assert_ok(db_query(&db, shape, DB_NO_PARAMS, NULL, &e), &e);
	utc_us at;
	assert_true(utc_parse(SLICE("2026-10-31T23:59:59.999999Z"), &at));
	copy_begin(&c);
	for (int i = 0; i < NUMBERS; i++) {
		struct decimal d = number(numbers[i]);
		copy_row(&c, 10);
		copy_text(&c, SLICE("tab\t\\ größe"));
		copy_jsonb(&c, SLICE("{\"a\": [1.50, null]}"));
		copy_bytea(&c, SLICE("\0\xff"));
		copy_int8(&c, INT64_MIN);
		copy_int4(&c, INT32_MAX);
		copy_int2(&c, INT16_MIN);
		copy_bool(&c, true);
		copy_timestamptz(&c, at);
		copy_date(&c, at);
		copy_numeric(&c, &d);
	}
	copy_row(&c, 10);
	copy_text(&c, SLICE_NULL);
	copy_jsonb(&c, SLICE_NULL);
	copy_bytea(&c, SLICE_NULL);
	for (int i = 0; i < 4; i++)
		copy_null(&c);
	copy_timestamptz(&c, UTC_NONE);
	copy_date(&c, UTC_NONE);
	copy_numeric(&c, NULL);
	assert_ok(copy_flush(&c, &db, command, &e), &e);

	assert_ok(db_query(&db, "select * from t where a is not null", DB_NO_PARAMS, &r, &e), &e);
	static const char *const expected[] = {"tab\t\\ größe",
	                                       "{\"a\": [1.50, null]}",
	                                       "\\x00ff",
	                                       "-9223372036854775808",
	                                       "2147483647",
	                                       "-32768",
	                                       "t",
	                                       "2026-10-31 23:59:59.999999+00",
	                                       "2026-10-31"};
	assert_int_equal(db_rows(&r), NUMBERS);
	for (size_t i = 0; i < 9; i++)
		assert_string_equal(db_text(&r, 0, i), expected[i]);
	for (size_t i = 0; i < NUMBERS; i++) {
		char plain[DECIMAL_TEXT_MAX];
		struct decimal d = number(numbers[i]);
		decimal_text(&d, plain);
		assert_string_equal(db_text(&r, i, 9), plain);
	}
	assert_ok(db_query(&db, "select * from t where a is null", DB_NO_PARAMS, &r, &e), &e);
	assert_int_equal(db_rows(&r), 1);
	for (size_t i = 0; i < 10; i++)
		assert_true(db_is_null(&r, 0, i));
	copy_release(&c);
}

/* A number of up to `digits` digits on each side of the point; the same ones in every run. */
static struct decimal any_number(unsigned *seed, int digits)
{
	char text[80];
	int at = 0, before = 1 + (int)(*seed >> 16) % digits, after = (int)(*seed >> 8) % (digits + 1);
	for (int i = -1; i < before + 1 + after; i++) {
		*seed = *seed * 1103515245 + 12345;
		text[at++] = i < 0         ? (*seed >> 16 & 1 ? '-' : '+')
		             : i == before ? '.'
		                           : (char)('0' + (*seed >> 16) % 10);
	}
	text[at] = '\0';
	return number(text);
}

static void sums_are_the_servers(void **state)
{
	(void)state;
	static const char *const columns = "create temp table t (set_no integer, x numeric, is_sum boolean)";
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	unsigned seed = 20261031;
	assert_ok(db_query(&db, columns, DB_NO_PARAMS, NULL, &e), &e);
	copy_begin(&c);
	for (int set = 0; set < 3000; set++) {
		struct decimal_sum sum = {{0}};
		struct decimal last = number("0");
		for (int i = 0; i < set % 41; i++) {
			struct decimal d = any_number(&seed, set % 3 ? 4 : 30);
			if (set % 5 == 0 && i % 2) { /* nearly nothing stays */
				d = last;
				d.negative = !d.negative;
			}
			last = d;
			decimal_sum_add(&sum, &d);
			copy_row(&c, 3);
			copy_int4(&c, set);
			copy_numeric(&c, &d);
			copy_bool(&c, false);
		}
		copy_row(&c, 3);
		copy_int4(&c, set);
		copy_sum(&c, &sum);
		copy_bool(&c, true);
	}
	assert_ok(copy_flush(&c, &db, command, &e), &e);
	assert_ok(
	        db_query(
	                &db,
	                "select count(*), count(*) filter (where made::text is distinct from trim_scale(sum)::text), "
	                "count(*) filter (where made < 0), count(*) filter (where made = 0) from "
	                "(select set_no, min(x) filter (where is_sum) as made, coalesce(sum(x) filter (where not is_sum), "
	                "0) as sum from t group by set_no) s",
	                DB_NO_PARAMS, &r, &e),
	        &e);
	assert_int_equal(db_int(&r, 0, 0), 3000);
	assert_int_equal(db_int(&r, 0, 1), 0);
	assert_true(db_int(&r, 0, 2) > 500 && db_int(&r, 0, 3) > 100);
	copy_release(&c);
}

static void dates_before_1970_and_2000(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	assert_ok(db_query(&db, "create temp table t (i date)", DB_NO_PARAMS, NULL, &e), &e);
	static const char *const days[] = {"1970-01-01", "1999-12-31", "2000-01-01", "2026-10-01"};
	copy_begin(&c);
	for (size_t i = 0; i < 4; i++) {
		utc_us at;
		assert_true(utc_parse(slice_of(days[i]), &at));
		copy_row(&c, 1);
		copy_date(&c, at + UTC_DAY - 1);
	}
	assert_ok(copy_flush(&c, &db, command, &e) && db_query(&db, "select i from t order by i", DB_NO_PARAMS, &r, &e),
	          &e);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(db_text(&r, i, 0), days[i]);
	copy_release(&c);
}

static void a_refused_row_is_an_error(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	assert_ok(db_query(&db, "create temp table t (n bigint check (n <> 70000))", DB_NO_PARAMS, NULL, &e), &e);
	copy_begin(&c);
	for (int i = 1; i <= 200000; i++) {
		copy_row(&c, 1);
		copy_int8(&c, i);
	}
	assert_false(copy_flush(&c, &db, command, &e));
	assert_int_equal(e.kind, ERR_BUG);
	assert_non_null(strstr(e.message, "violates check constraint"));
	assert_non_null(strstr(e.message, "COPY t, line 70000"));

	err_clear(&e);
	copy_row(&c, 1);
	copy_int8(&c, 1);
	assert_false(copy_flush(&c, &db, "COPY none FROM STDIN (FORMAT binary)", &e));
	assert_non_null(strstr(e.message, "42P01"));
	err_clear(&e);
	copy_row(&c, 1);
	copy_text(&c, SLICE("\xff"));
	assert_false(copy_flush(&c, &db, command, &e));

	/* The connection and the buffer are good for the next. */
	err_clear(&e);
	copy_row(&c, 1);
	copy_int8(&c, 5);
	assert_ok(copy_flush(&c, &db, command, &e), &e);
	assert_ok(copy_flush(&c, &db, "not even looked at, without rows", &e), &e);
	assert_ok(db_query(&db, "select count(*), min(n) from t", DB_NO_PARAMS, &r, &e), &e);
	assert_int_equal(db_int(&r, 0, 0), 1);
	assert_int_equal(db_int(&r, 0, 1), 5);
	copy_release(&c);
}

static void number_to(struct copy_run *run, const char *table, int64_t value, bool works)
{
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	char text[64];
	snprintf(text, sizeof text, "COPY %s FROM STDIN (FORMAT binary)", table);
	copy_begin(&c);
	copy_row(&c, 1);
	copy_int8(&c, value);
	assert_int_equal(copy_send(run, &c, text, &e), works);
	assert_int_equal(c.rows, 0);
	err_clear(&e);
	copy_release(&c);
}

static void a_run_takes_rows_of_many_calls(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy_run run = {.db = &db};
	assert_ok(copy_end(&run, &e), &e);
	assert_ok(db_query(&db, "create temp table t (n bigint check (n <> 4))", DB_NO_PARAMS, NULL, &e) &&
	                  db_query(&db, "create temp table u (n bigint)", DB_NO_PARAMS, NULL, &e),
	          &e);
	for (int i = 0; i < 4; i++)
		number_to(&run, "t", i, true);
	number_to(&run, "u", 10, true);
	number_to(&run, "t", 20, true);
	assert_ok(copy_end(&run, &e), &e);
	assert_ok(db_query(&db, "select string_agg(n::text, ' ' order by n) from (table t union all table u) x",
	                   DB_NO_PARAMS, &r, &e),
	          &e);
	assert_string_equal(db_text(&r, 0, 0), "0 1 2 3 10 20");

	/* What is refused shows when the command ends, also where another one is the reason that it does. */
	number_to(&run, "t", 30, true);
	number_to(&run, "t", 4, true);
	assert_false(copy_end(&run, &e));
	assert_non_null(strstr(e.message, "COPY t, line 2"));
	err_clear(&e);
	number_to(&run, "t", 4, true);
	number_to(&run, "u", 40, false);
	number_to(&run, "none", 50, false);
	assert_ok(copy_end(&run, &e), &e);
	assert_ok(db_query(&db, "select count(*) from (table t union all table u) x", DB_NO_PARAMS, &r, &e), &e);
	assert_int_equal(db_int(&r, 0, 0), 6);
	copy_run_release(&run);
}

static void a_lost_connection_is_unavailable(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_CLOSE struct db other = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct copy c = COPY_INIT;
	assert_ok(db_query(&db, "create temp table t (n bigint)", DB_NO_PARAMS, NULL, &e), &e);
	assert_ok(db_query(&db, "select pg_backend_pid()", DB_NO_PARAMS, &r, &e), &e);
	assert_ok(
	        db_query(&other, "select pg_terminate_backend($1::int, 5000)", DB_PARAMS(db_text(&r, 0, 0)), NULL, &e),
	        &e);
	copy_begin(&c);
	copy_row(&c, 1);
	copy_int8(&c, 1);
	assert_false(copy_flush(&c, &db, command, &e));
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	copy_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_type_arrives),
	        cmocka_unit_test(sums_are_the_servers),
	        cmocka_unit_test(dates_before_1970_and_2000),
	        cmocka_unit_test(a_refused_row_is_an_error),
	        cmocka_unit_test(a_run_takes_rows_of_many_calls),
	        cmocka_unit_test(a_lost_connection_is_unavailable),
	};
	return cmocka_run_group_tests(tests, throwaway_setup, throwaway_teardown);
}
