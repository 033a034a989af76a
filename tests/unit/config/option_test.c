#include "config/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct chosen {
	const char *period, *source;
	bool json;
	int verbose;
};
static const struct option own[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct chosen, period)},
        {.name = "source",
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "first line\nsecond line",
         .offset = offsetof(struct chosen, source)},
        {.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct chosen, json)},
        OPTION_END,
};
static const struct option common[] = {
        {.name = "verbose",
         .letter = 'v',
         .kind = OPTION_COUNT,
         .help = "say more",
         .offset = offsetof(struct chosen, verbose)},
        OPTION_END,
};

enum { ARGUMENTS = 8 };
struct example {
	const char *argv[ARGUMENTS];
	bool stop_at_argument;
	struct chosen expected;
	const char *rest[ARGUMENTS];
	bool help;
	const char *message, *hint; /* of the expected failure */
};

static const struct example examples[] = {
        {.argv = {NULL}},
        {.argv = {"--period", "2026-10"}, .expected = {.period = "2026-10"}},
        {.argv = {"--period=2026-10"}, .expected = {.period = "2026-10"}},
        {.argv = {"-p", "2026-10"}, .expected = {.period = "2026-10"}},
        {.argv = {"-p2026-10"}, .expected = {.period = "2026-10"}},
        {.argv = {"--period="}, .expected = {.period = ""}},
        {.argv = {"--period", "a", "--period", "b"}, .expected = {.period = "b"}},
        {.argv = {"--source", "-5.20"}, .expected = {.source = "-5.20"}},
        {.argv = {"--source", "-"}, .expected = {.source = "-"}},
        {.argv = {"--json", "-vv", "--verbose"}, .expected = {.json = true, .verbose = 3}},
        {.argv = {"-vp", "2026-10"}, .expected = {.period = "2026-10", .verbose = 1}},
        {.argv = {"a", "--json", "b", "-"}, .expected = {.json = true}, .rest = {"a", "b", "-"}},
        {.argv = {"a", "--", "--json", "--"}, .rest = {"a", "--json", "--"}},
        {.argv = {"-v", "ingest", "--json", "x"},
         .stop_at_argument = true,
         .expected = {.verbose = 1},
         .rest = {"ingest", "--json", "x"}},
        {.argv = {"--help", "--nonsense"}, .help = true},
        {.argv = {"-h"}, .help = true},
        {.argv = {"--perod", "x"}, .message = "unknown option --perod", .hint = "did you mean --period?"},
        {.argv = {"--verbos=1"}, .message = "unknown option --verbos", .hint = "did you mean --verbose?"},
        {.argv = {"--zzzzzzzz"}, .message = "unknown option --zzzzzzzz", .hint = "--help lists the options"},
        {.argv = {"-vx"}, .message = "unknown option -x", .hint = "--help lists the options"},
        {.argv = {"--period"}, .message = "option --period needs a value: --period YYYY-MM", .hint = ""},
        {.argv = {"--period", "--json"},
         .message = "option --period needs a value: --period YYYY-MM",
         .hint = "if the value is --json, write --period=--json"},
        {.argv = {"--json=yes"}, .message = "option --json takes no value", .hint = ""},
};

static void assert_text(const char *actual, const char *expected)
{
	if (expected)
		assert_string_equal(actual, expected);
	else
		assert_null(actual);
}

static void parses(void **state)
{
	const struct example *x = *state;
	struct chosen chosen = {0};
	const struct option_group groups[] = {{"Options:", own, &chosen}, {"Common options:", common, &chosen}};
	char *argv[ARGUMENTS];
	int argc = 0;
	for (; x->argv[argc]; argc++)
		argv[argc] = (char *)(uintptr_t)x->argv[argc];
	struct option_rest rest;
	struct err e = ERR_INIT;
	bool parsed = option_parse(groups, 2, argc, argv, x->stop_at_argument, &rest, &e);
	assert_int_equal(parsed, x->message == NULL);
	if (x->message) {
		assert_int_equal(e.kind, ERR_USAGE);
		assert_string_equal(e.message, x->message);
		assert_string_equal(e.hint, x->hint);
		return;
	}
	assert_text(chosen.period, x->expected.period);
	assert_text(chosen.source, x->expected.source);
	assert_int_equal(chosen.json, x->expected.json);
	assert_int_equal(chosen.verbose, x->expected.verbose);
	assert_int_equal(rest.help, x->help);
	int count = 0;
	for (; x->rest[count]; count++)
		assert_string_equal(count < rest.count ? rest.argument[count] : "", x->rest[count]);
	assert_int_equal(rest.count, count);
}

static void helps(void **state)
{
	(void)state;
	static const char expected[] = "Usage: closebook reconcile --period P\n"
	                               "\n"
	                               "Matches.\n"
	                               "\n"
	                               "Options:\n"
	                               "  -p, --period YYYY-MM      the month\n"
	                               "  --source NAME             first line\n"
	                               "                            second line\n"
	                               "  --json                    as JSON\n";
	const struct option_group group = {"Options:", own, NULL};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	option_help(out, "closebook reconcile --period P", "Matches.", &group, 1);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void finds_nearest(void **state)
{
	(void)state;
	static const char *const names[] = {"ingest", "reconcile", "close", "db"};
	static const struct {
		const char *given, *nearest;
	} rows[] = {
	        {"ingst", "ingest"}, {"reconsile", "reconcile"}, {"clsoe", "close"}, {"dbb", "db"},
	        {"x", NULL},         {"report", NULL},           {"", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_text(option_nearest(rows[i].given, names, 4), rows[i].nearest);
}

static void extracts(void **state)
{
	(void)state;
	static const struct {
		const char *argv[ARGUMENTS], *left[ARGUMENTS];
		int verbose;
		const char *message;
	} rows[] = {
	        {.argv = {"reconcile", "-v", "--period", "2026-10", "--verbose"},
	         .left = {"reconcile", "--period", "2026-10"},
	         .verbose = 2},
	        {.argv = {"list", "--nonsense", "-x", "--", "-v"}, .left = {"list", "--nonsense", "-x", "--", "-v"}},
	        {.argv = {"-", "--json"}, .left = {"-", "--json"}},
	        {.argv = {"list", "--verbose=3"}, .message = "option --verbose takes no value"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chosen chosen = {0};
		const struct option_group group = {"Common options:", common, &chosen};
		char *argv[ARGUMENTS];
		int argc = 0;
		for (; rows[i].argv[argc]; argc++)
			argv[argc] = (char *)(uintptr_t)rows[i].argv[argc];
		struct err e = ERR_INIT;
		assert_int_equal(option_extract(&group, &argc, argv, &e), rows[i].message == NULL);
		assert_string_equal(e.message, rows[i].message ? rows[i].message : "");
		for (int k = 0; !rows[i].message && k < argc; k++)
			assert_string_equal(argv[k], rows[i].left[k]);
		assert_int_equal(chosen.verbose, rows[i].verbose);
	}
}

int main(void)
{
	enum { COUNT = sizeof(examples) / sizeof(examples[0]) };
	struct CMUnitTest tests[COUNT + 3];
	char names[COUNT][16];
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "parses %zu", i);
		tests[i] = (struct CMUnitTest){
		        .name = names[i], .test_func = parses, .initial_state = (void *)(uintptr_t)&examples[i]};
	}
	tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(helps);
	tests[COUNT + 1] = (struct CMUnitTest)cmocka_unit_test(finds_nearest);
	tests[COUNT + 2] = (struct CMUnitTest)cmocka_unit_test(extracts);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
