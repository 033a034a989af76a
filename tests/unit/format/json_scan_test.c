#include "json_sink.h"
#include <stdlib.h>

struct scan_case {
	const char *text;
	const char *quoted; /* NULL: refused */
	const char *fault;  /* how the refusal begins */
};

static const struct scan_case cases[] = {
        {.text = "{}", .quoted = "{}"},
        {.text = " [ ] \n", .quoted = " [ ] \n"},
        {.text = "1", .quoted = "\"1\""},
        {.text = "\"1\"", .quoted = "\"1\""},
        {.text = "true", .quoted = "true"},
        {.text = "[1,-0,2.50,3e-06,0E-6176,-1.5e+3]",
         .quoted = "[\"1\",\"-0\",\"2.50\",\"3e-06\",\"0E-6176\",\"-1.5e+3\"]"},
        {.text = "{\"a\":1,\"b\":{\"c\":[2,{\"d\":3}]},\"e\":null}",
         .quoted = "{\"a\":\"1\",\"b\":{\"c\":[\"2\",{\"d\":\"3\"}]},\"e\":null}"},
        {.text = "{\"1\":\"2\",\"long enough for sixteen bytes\":\"\\u00e9 \\\" \\\\ \\/ tail of the string\"}",
         .quoted = "{\"1\":\"2\",\"long enough for sixteen bytes\":\"\\u00e9 \\\" \\\\ \\/ tail of the string\"}"},
        {.text = "{\"a\":123456789012345678901234567890}", .quoted = "{\"a\":\"123456789012345678901234567890\"}"},
        {.text = "1e9999", .quoted = "\"1e9999\""},
        {.text = "", .fault = "JSON is cut off"},
        {.text = " ", .fault = "JSON is cut off"},
        {.text = "{", .fault = "JSON is cut off"},
        {.text = "{\"a", .fault = "JSON is cut off"},
        {.text = "{\"a\\", .fault = "JSON is cut off"},
        {.text = "{\"a\\u00", .fault = "JSON is cut off"},
        {.text = "{\"a\"", .fault = "JSON is cut off"},
        {.text = "{\"a\":", .fault = "JSON is cut off"},
        {.text = "{\"a\":tr", .fault = "JSON is cut off"},
        {.text = "{\"a\":-", .fault = "JSON is cut off"},
        {.text = "{\"a\":1", .fault = "JSON is cut off"},
        {.text = "{\"a\":1,", .fault = "JSON is cut off"},
        {.text = "[1", .fault = "JSON is cut off"},
        {.text = "1e10000", .fault = "a number's exponent"},
        {.text = "[1e99999999999999999999]", .fault = "a number's exponent"},
        {.text = "[1,]", .fault = "not valid JSON: a value expected"},
        {.text = "[,1]", .fault = "not valid JSON: a value expected"},
        {.text = "[1 2]", .fault = "not valid JSON: ',' or ']'"},
        {.text = "[1}", .fault = "not valid JSON: ',' or ']'"},
        {.text = "{\"a\":1]", .fault = "not valid JSON: ',' or '}'"},
        {.text = "{\"a\":1,}", .fault = "not valid JSON: member name"},
        {.text = "{a:1}", .fault = "not valid JSON: member name"},
        {.text = "{\"a\" 1}", .fault = "not valid JSON: ':'"},
        {.text = "{} {}", .fault = "not valid JSON: text after"},
        {.text = "01", .fault = "not valid JSON: text after"},
        {.text = "[1.]", .fault = "not valid JSON: bad number"},
        {.text = "[1e]", .fault = "not valid JSON: bad number"},
        {.text = "[-a]", .fault = "not valid JSON: bad number"},
        {.text = "[.5]", .fault = "not valid JSON: a value expected"},
        {.text = "[+5]", .fault = "not valid JSON: a value expected"},
        {.text = "[NaN]", .fault = "not valid JSON: a value expected"},
        {.text = "[nil]", .fault = "not valid JSON: unknown word"},
        {.text = "[\"\\x\"]", .fault = "not valid JSON: bad escape"},
        {.text = "[\"\\u00g0\"]", .fault = "not valid JSON: bad \\u"},
        {.text = "[\"a\nb\"]", .fault = "not valid JSON: control character"},
        {.text = "['a']", .fault = "not valid JSON: a value expected"},
};

static void quotes_numbers_and_checks_the_grammar(void **state)
{
	(void)state;
	struct buf quoted = BUF_INIT;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json_scan scan = {.quoted = &quoted};
		bool ok = json_scan(&scan, slice_of(cases[i].text));
		if (ok != (cases[i].quoted != NULL))
			fail_msg("%s: %s", cases[i].text, ok ? "accepted" : scan.fault);
		if (ok && !slice_is(buf_slice(&quoted), cases[i].quoted))
			fail_msg("%s became %s", cases[i].text, quoted.ptr);
		if (!ok && !slice_starts(slice_of(scan.fault), cases[i].fault))
			fail_msg("%s: %s", cases[i].text, scan.fault);
		if (!ok)
			assert_int_equal(scan.cut_off, strcmp(scan.fault, "JSON is cut off") == 0);
	}
	buf_release(&quoted);
}

static void refuses_nul_bytes(void **state)
{
	(void)state;
	struct json_scan scan = {0};
	assert_false(json_scan(&scan, (struct slice){"[\"a\0b\"]", 7}));
	assert_false(json_scan(&scan, (struct slice){"[\"\\\0\"]", 6}));
	assert_false(json_scan(&scan, (struct slice){"[1]\0", 4}));
	assert_int_equal(scan.fault_at, 3);
}

static bool scan_nested(size_t depth, struct json_scan *scan)
{
	struct buf text = BUF_INIT;
	for (size_t i = 0; i < depth; i++)
		buf_add_text(&text, i % 2 ? "{\"a\":" : "[");
	buf_add_text(&text, "1");
	for (size_t i = depth; i-- > 0;)
		buf_add_text(&text, i % 2 ? "}" : "]");
	bool ok = json_scan(scan, buf_slice(&text));
	buf_release(&text);
	return ok;
}

static void limits_depth_and_length(void **state)
{
	(void)state;
	struct json_scan scan = {.want_members = true};
	assert_true(scan_nested(JSON_DEPTH_MAX, &scan));
	assert_false(scan_nested(JSON_DEPTH_MAX + 1, &scan));
	assert_string_equal(scan.fault, "JSON nests deeper than 128 levels");
	assert_false(scan.cut_off);

	char digits[JSON_NUMBER_MAX + 1];
	memset(digits, '7', sizeof digits);
	assert_true(json_scan(&scan, (struct slice){digits, JSON_NUMBER_MAX}));
	assert_false(json_scan(&scan, (struct slice){digits, JSON_NUMBER_MAX + 1}));

	struct buf many = BUF_INIT;
	buf_add_text(&many, "{\"m\":1");
	for (int i = 1; i < JSON_MEMBERS_MAX; i++)
		buf_printf(&many, ",\"m%d\":1", i);
	buf_add_text(&many, "}");
	assert_true(json_scan(&scan, buf_slice(&many)));
	assert_int_equal(scan.member_count, JSON_MEMBERS_MAX);
	many.ptr[many.len - 1] = ',';
	buf_add_text(&many, "\"one\":1}");
	assert_false(json_scan(&scan, buf_slice(&many)));
	scan.want_members = false;
	assert_true(json_scan(&scan, buf_slice(&many)));
	buf_release(&many);
	json_scan_release(&scan);
}

static void tells_where_the_members_are(void **state)
{
	(void)state;
	static const struct {
		const char *key, *value;
		enum json_kind kind;
		bool key_escaped, value_escaped;
	} wanted[] = {
	        {"a", "1.50", JSON_IS_NUMBER, false, false},
	        {"b", "\"x\"", JSON_IS_STRING, false, false},
	        {"c\\n", "\"\\u0041\"", JSON_IS_STRING, true, true},
	        {"d", "{ \"e\" : [1, {}] }", JSON_IS_OBJECT, false, false},
	        {"f", "[]", JSON_IS_ARRAY, false, false},
	        {"g", "null", JSON_IS_NULL, false, false},
	        {"h", "true", JSON_IS_TRUE, false, false},
	        {"i", "false", JSON_IS_FALSE, false, false},
	        {"j", "{}", JSON_IS_OBJECT, false, false},
	};
	struct json_scan scan = {.want_members = true};
	assert_true(
	        json_scan(&scan, SLICE(" {\"a\": 1.50 ,\"b\":\"x\",\"c\\n\":\"\\u0041\", \"d\" : { \"e\" : [1, {}] } ,"
	                               "\"f\":[],\"g\":null,\"h\":true,\"i\":false,\"j\":{}}")));
	assert_int_equal(scan.kind, JSON_IS_OBJECT);
	assert_int_equal(scan.member_count, sizeof wanted / sizeof *wanted);
	for (size_t i = 0; i < scan.member_count; i++) {
		assert_true(slice_is(scan.member[i].key, wanted[i].key));
		assert_true(slice_is(scan.member[i].value, wanted[i].value));
		assert_int_equal(scan.member[i].kind, wanted[i].kind);
		assert_int_equal(scan.member[i].key_escaped, wanted[i].key_escaped);
		assert_int_equal(scan.member[i].value_escaped, wanted[i].value_escaped);
	}
	assert_true(json_scan(&scan, SLICE("[{\"a\":1}]")));
	assert_int_equal(scan.kind, JSON_IS_ARRAY);
	assert_int_equal(scan.member_count, 0);
	json_scan_release(&scan);
}

static const struct json_skip skips[] = {
        {.path = {{"in", "body"}}},
        {.path = {{"out", "body"}}, .find = {{"usage", "cache", "tokens"}}},
        {.path = {{"big"}}},
};

struct skip_case {
	const char *text, *quoted, *found;
};
static const struct skip_case skip_cases[] = {
        {"{\"in\":{\"body\":{\"x\":[1,2]},\"n\":3},\"big\":7}", "{\"in\":{\"body\":null,\"n\":\"3\"},\"big\":null}",
         NULL},
        {"{\"body\":{\"body\":1},\"x\":{\"big\":2,\"in\":{\"body\":3}}}",
         "{\"body\":{\"body\":\"1\"},\"x\":{\"big\":\"2\",\"in\":{\"body\":\"3\"}}}", NULL},
        {"{\"out\":{\"body\":{\"usage\":{\"cache\":{\"tokens\":42}}}},\"n\":1}",
         "{\"out\":{\"body\":null},\"n\":\"1\"}", "42"},
        {"{\"out\":{\"body\":[{\"message\":{\"usage\":{\"cache\":{\"tokens\":5}}}},{\"usage\":{\"cache\":{\"tokens\":6}"
         "}}]}}",
         "{\"out\":{\"body\":null}}", "6"},
        {"{\"out\":{\"body\":[[[{\"usage\":{\"cache\":{\"tokens\":5}}}]]]}}", "{\"out\":{\"body\":null}}", NULL},
        {"{\"in\":{\"body\":{\"usage\":{\"cache\":{\"tokens\":5}}}}}", "{\"in\":{\"body\":null}}", NULL},
        {"{\"out\":{\"body\":{\"cache\":{\"tokens\":5},\"usage\":{\"tokens\":4,\"cache\":{\"other\":3,\"tokens\":\"x\"}"
         "}}}}",
         "{\"out\":{\"body\":null}}", NULL},
        {"{\"out\":{\"body\":\"text\"},\"in\":{\"body\":12}}", "{\"out\":{\"body\":null},\"in\":{\"body\":null}}",
         NULL},
        {"{\"usage\":{\"cache\":{\"tokens\":42}}}", "{\"usage\":{\"cache\":{\"tokens\":\"42\"}}}", NULL},
};

static void skips_members_and_finds_a_number_in_them(void **state)
{
	(void)state;
	struct buf quoted = BUF_INIT;
	for (size_t i = 0; i < sizeof skip_cases / sizeof *skip_cases; i++) {
		struct json_scan scan = {.quoted = &quoted, .skip = skips, .skip_count = sizeof skips / sizeof *skips};
		assert_true(json_scan(&scan, slice_of(skip_cases[i].text)));
		assert_string_equal(quoted.ptr, skip_cases[i].quoted);
		assert_int_equal(scan.found.ptr != NULL, skip_cases[i].found != NULL);
		if (skip_cases[i].found)
			assert_true(slice_is(scan.found, skip_cases[i].found));
	}
	struct json_scan scan = {.quoted = &quoted, .skip = skips, .skip_count = sizeof skips / sizeof *skips};
	assert_false(json_scan(&scan, SLICE("{\"big\":[1}")));
	buf_release(&quoted);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Whether both refuse or both accept: jansson on the text as it is, and on what json_scan made of it. */
static void compare_with_jansson(struct slice text)
{
	json_error_t error;
	struct buf quoted = BUF_INIT;
	struct json_scan scan = {.quoted = &quoted, .want_members = true};
	size_t flags = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
	json_t *plain = json_loadb(text.ptr, text.len, flags | JSON_DECODE_INT_AS_REAL, &error);
	bool overflow = !plain && json_error_code(&error) == json_error_numeric_overflow;
	json_t *ours = json_scan(&scan, text) ? json_loadb(quoted.ptr, quoted.len, flags, &error) : NULL;
	if (!overflow && (plain != NULL) != (ours != NULL))
		fail_msg("jansson %s what json_scan %s: %.*s", plain ? "takes" : "refuses", ours ? "takes" : "refuses",
		         (int)text.len, text.ptr);
	json_decref(plain);
	json_decref(ours);
	json_scan_release(&scan);
	buf_release(&quoted);
}

static void agrees_with_jansson_on_damaged_texts(void **state)
{
	(void)state;
	static const char seed_text[] =
	        "{\"request_id\":\"r-1\",\"n\":[1,-2.5e-7,0,{\"x\":null,\"y\":true,\"z\":false}],"
	        "\"s\":\"caf\xc3\xa9 \\u00e9\\ud83d\\ude00 \\\"quoted\\\" and a longer "
	        "tail\",\"o\":{\"a\":{},\"b\":[]}}";
	static const char bytes[] = "{}[]\",:\\0123456789eE+-.tfnu \n\x01\x80\xc3\xff";
	uint32_t seed = 1;
	compare_with_jansson(SLICE(seed_text));
	for (int round = 0; round < 40000; round++) {
		char text[sizeof seed_text];
		memcpy(text, seed_text, sizeof text);
		size_t len = sizeof seed_text - 1;
		for (uint32_t edits = 1 + next_random(&seed) % 3; edits > 0; edits--) {
			size_t at = next_random(&seed) % len;
			if (next_random(&seed) % 8 == 0)
				len = at + 1;
			else
				text[at] = bytes[next_random(&seed) % (sizeof bytes - 1)];
		}
		/* In memory of just that size, so that a read past the end shows. */
		char *exact = malloc(len);
		memcpy(exact, text, len);
		compare_with_jansson((struct slice){exact, len});
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(quotes_numbers_and_checks_the_grammar),
	        cmocka_unit_test(refuses_nul_bytes),
	        cmocka_unit_test(limits_depth_and_length),
	        cmocka_unit_test(tells_where_the_members_are),
	        cmocka_unit_test(skips_members_and_finds_a_number_in_them),
	        cmocka_unit_test(agrees_with_jansson_on_damaged_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
