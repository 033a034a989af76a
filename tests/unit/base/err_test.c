#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#include <cmocka.h>

/* cmocka has a macro of this name; the parentheses keep it away. */
#define FAIL(...) (fail)(__VA_ARGS__)

static void first_failure_wins(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	assert_false(FAIL(&e, ERR_CONFIG, "unknown key %s", "treshold"));
	assert_false(FAIL(&e, ERR_BUG, "later"));
	assert_false(fail_input(&e, "malformed_row", "later"));
	errno = ENOENT;
	assert_false(fail_errno(&e, "later"));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_string_equal(e.message, "unknown key treshold");
	assert_null(e.code);
	err_clear(&e);
	assert_int_equal(e.kind, ERR_NONE);
	assert_false(fail_input(&e, "malformed_row", "no request_id"));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.code, "malformed_row");
}

static void errno_is_appended_even_to_a_long_message(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	errno = ENOSPC;
	assert_false(fail_errno(&e, "cannot write %s", "journal.csv"));
	assert_int_equal(e.kind, ERR_IO);
	assert_string_equal(e.message, "cannot write journal.csv: No space left on device");
	err_clear(&e);
	char name[2000];
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	errno = EACCES;
	fail_errno(&e, "cannot open %s", name);
	assert_non_null(strstr(e.message, "x: Permission denied"));
}

static void message_is_one_line_of_valid_text(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	FAIL(&e, ERR_UNAVAILABLE, "%s", "connection refused\n\tis it running?\n");
	assert_string_equal(e.message, "connection refused \tis it running?");
	for (size_t shift = 0; shift < 4; shift++) {
		char text[2000] = "xxxx";
		for (size_t i = shift; i + 3 < sizeof(text); i += 3)
			memcpy(text + i, "\xe2\x82\xac", 3);
		text[sizeof(text) - 1 - (sizeof(text) - 1 - shift) % 3] = '\0';
		err_clear(&e);
		FAIL(&e, ERR_INPUT, "%s", text);
		assert_true(slice_is_utf8(slice_of(e.message)));
		assert_in_range(strlen(e.message), sizeof(e.message) - 5, sizeof(e.message) - 1);
	}
}

static void hint_and_place_are_kept_once(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	err_hint(&e, "early");
	err_where(&e, "early", 1, 1);
	assert_string_equal(e.hint, "");
	assert_string_equal(e.file, "");

	FAIL(&e, ERR_INPUT, "bad");
	assert_false(err_hint(&e, "run %s", "db start"));
	assert_false(err_hint(&e, "later"));
	assert_string_equal(e.hint, "run db start");
	assert_false(err_where(&e, "a.csv", 0, 0));
	err_where(&e, "b.csv", 3, 4);
	assert_string_equal(e.file, "a.csv");
	assert_int_equal(e.line, 0);
	err_where(&e, "a.csv", 7, 9);
	err_where(&e, "a.csv", 8, 1);
	assert_int_equal(e.line, 7);
	assert_int_equal(e.column, 9);
}

static void text_names_the_known_parts(void **unused)
{
	(void)unused;
	static const struct {
		const char *file;
		uint64_t line, column;
		const char *text;
	} cases[] = {
	        {"a.csv", 12, 3, "a.csv:12:3: bad"}, {"a.csv", 12, 0, "a.csv:12: bad"}, {"a.csv", 0, 3, "a.csv: bad"},
	        {NULL, 12, 3, "line 12:3: bad"},     {NULL, 12, 0, "line 12: bad"},     {NULL, 0, 0, "bad"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = ERR_INIT;
		FAIL(&e, ERR_INPUT, "bad");
		err_where(&e, cases[i].file, cases[i].line, cases[i].column);
		char text[64], cut[4];
		err_text(&e, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
		err_text(&e, cut, sizeof(cut));
		assert_int_equal(strlen(cut), 3);
	}
}

static void kinds_are_sysexits_codes(void **unused)
{
	(void)unused;
	static const struct {
		enum err_kind kind;
		int code;
	} cases[] = {
	        {ERR_NONE, 0}, {ERR_FINDINGS, 1}, {ERR_USAGE, 64}, {ERR_INPUT, 65},   {ERR_UNAVAILABLE, 69},
	        {ERR_BUG, 70}, {ERR_IO, 74},      {ERR_BUSY, 75},  {ERR_CONTROL, 77}, {ERR_CONFIG, 78},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {.kind = cases[i].kind};
		assert_int_equal(err_exit_code(&e), cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(first_failure_wins),
	        cmocka_unit_test(errno_is_appended_even_to_a_long_message),
	        cmocka_unit_test(message_is_one_line_of_valid_text),
	        cmocka_unit_test(hint_and_place_are_kept_once),
	        cmocka_unit_test(text_names_the_known_parts),
	        cmocka_unit_test(kinds_are_sysexits_codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
