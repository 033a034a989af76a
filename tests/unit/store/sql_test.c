#include "store/sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct expected {
	const char *text;
	unsigned line, params;
};
enum { STATEMENTS = 4 };
static const struct {
	const char *text;
	struct expected statement[STATEMENTS];
} files[] = {
        {"", {{.text = NULL}}},
        {" \n-- only a comment;\n/* and ; another */\n;;\n", {{.text = NULL}}},
        {"select 1", {{"select 1", 1, 0}}},
        {"select 1;\nselect 2;\n", {{"select 1", 1, 0}, {"select 2", 2, 0}}},
        {"select 1; select 2;", {{"select 1", 1, 0}, {"select 2", 1, 0}}},
        {"-- $1 a: text\n\nselect $1,\n $3; -- done; really\n\nselect $12",
         {{"select $1,\n $3", 3, 3}, {"select $12", 6, 12}}},
        {"select 'a;\n''b;', $1;\nselect 2", {{"select 'a;\n''b;', $1", 1, 1}, {"select 2", 3, 0}}},
        {"select 'back\\';\nselect 2", {{"select 'back\\'", 1, 0}, {"select 2", 2, 0}}},
        {"select e'it\\';s', E'\\\\';\nselect 2", {{"select e'it\\';s', E'\\\\'", 1, 0}, {"select 2", 2, 0}}},
        {"select \"a;\"\"b$1\";\nselect 2", {{"select \"a;\"\"b$1\"", 1, 0}, {"select 2", 2, 0}}},
        {"do $$ begin; end $$;\nselect 2", {{"do $$ begin; end $$", 1, 0}, {"select 2", 2, 0}}},
        {"do $a$ $$; $b$; $1 $a$;select $2", {{"do $a$ $$; $b$; $1 $a$", 1, 0}, {"select $2", 1, 2}}},
        {"select /* ; /* $9; */ ; */ 1;\nselect -- $8;\n 2",
         {{"select /* ; /* $9; */ ; */ 1", 1, 0}, {"select -- $8;\n 2", 2, 0}}},
        {"create rule r as on insert to t do (select 1; select 2);\nselect 2",
         {{"create rule r as on insert to t do (select 1; select 2)", 1, 0}, {"select 2", 2, 0}}},
        {"select a$1, b$2$ from t;\nselect 1", {{"select a$1, b$2$ from t", 1, 0}, {"select 1", 2, 0}}},
        {"select 'never closed; $1", {{"select 'never closed; $1", 1, 0}}},
        {"select $$never closed;", {{"select $$never closed;", 1, 0}}},
        {"select 1 /* never closed;", {{"select 1 /* never closed;", 1, 0}}},
        {"select 'größe;', größe$1x, $1;", {{"select 'größe;', größe$1x, $1", 1, 1}}},
        {"select 5 - $2 / 3 $ 1", {{"select 5 - $2 / 3 $ 1", 1, 2}}},
};

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct slice rest = slice_of(files[i].text);
		struct sql_statement s;
		unsigned line = 1;
		size_t count = 0;
		for (; sql_next(&rest, &line, &s); count++) {
			const struct expected *x = &files[i].statement[count];
			if (!x->text || !slice_is(s.text, x->text) || s.line != x->line || s.params != x->params)
				fail_msg("in \"%s\": line %u, $%u: \"%.*s\"", files[i].text, s.line, s.params,
				         (int)s.text.len, s.text.ptr);
		}
		if (files[i].statement[count].text)
			fail_msg("missing: %s", files[i].statement[count].text);
	}
}

static void reads_types(void **state)
{
	(void)state;
	static const char text[] = "-- What it does: $9 is no declaration.\n"
	                           "-- $1 period: text\n"
	                           "--   $2 as_of: timestamptz, $3 ids: text[] of the lines\n"
	                           "\n"
	                           "-- $5: bigint[]\n"
	                           "select 1;\n"
	                           "-- $6 late: jsonb\n";
	static const unsigned expected[] = {25, 1184, 1009, 25, 1016, 25, 25, 25, 25};
	unsigned types[SQL_PARAMS];
	struct slice bad;
	assert_true(sql_param_types(SLICE(text), types, &bad));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(types[i], expected[i]);

	static const char *const wrong[] = {"-- $1 a: txt", "-- $33 a: text", "-- $0 a: text", "-- $1 a",
	                                    "-- $1 a: text, $2 b:"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_false(sql_param_types(slice_of(wrong[i]), types, &bad));
		assert_true(slice_is(bad, wrong[i]));
	}
}

/* What is compiled in can be declared and split, and no statement uses more parameters than there can be. */
static void embedded_files_are_well_formed(void **state)
{
	(void)state;
	assert_true(sql_file_count > 0);
	assert_null(sql_find("no/such"));
	for (size_t i = 0; i < sql_file_count; i++) {
		struct slice rest = slice_of(sql_files[i].text), bad;
		struct sql_statement s;
		unsigned types[SQL_PARAMS], line = 1;
		assert_ptr_equal(sql_find(sql_files[i].name), &sql_files[i]);
		if (!sql_param_types(rest, types, &bad))
			fail_msg("%s: %.*s", sql_files[i].name, (int)bad.len, bad.ptr);
		size_t count = 0;
		for (; sql_next(&rest, &line, &s); count++)
			assert_true(s.params <= SQL_PARAMS);
		if (count == 0)
			fail_msg("%s is empty", sql_files[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(splits),
	        cmocka_unit_test(reads_types),
	        cmocka_unit_test(embedded_files_are_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
