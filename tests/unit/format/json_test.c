#include "json_sink.h"

struct records_case {
	const char *input;
	bool by_line, enveloped;
	const char *records; /* each as LINE:TEXT and a bar; a failure as !CODE */
};

static const struct records_case cases[] = {
        {.input = "", .by_line = true, .records = ""},
        {.input = " \n\n", .by_line = true, .records = ""},
        {.input = "{1}\n\n {2}\r\n[3]\n{4", .by_line = true, .records = "1:{1}|3: {2}\r|4:[3]|5:{4|"},
        {.input = "\xef\xbb\xbf{1}\n", .by_line = true, .records = "1:{1}|"},
        {.input = "\xef\xbb\xbf\n[{1}]", .by_line = true, .records = "2:{1}|"},
        {.input = "[]", .by_line = true, .records = ""},
        {.input = " [\n{\"a\":\n[\"]}\\\"\"]}\n,\n7,\"x\\\\\" , null ]\n",
         .by_line = true,
         .records = "2:{\"a\":\n[\"]}\\\"\"]}|5:7|5:\"x\\\\\"|5:null|"},
        {.input = "[{1}]\n{2}\n", .by_line = true, .records = "1:{1}|2:{2}|"},
        {.input = "[{1}", .by_line = true, .records = "1:{1}|!truncated_file"},
        {.input = "[{1},", .by_line = true, .records = "1:{1}|!truncated_file"},
        {.input = "[{1},{2", .by_line = true, .records = "1:{1}|!truncated_file"},
        {.input = "[{1},]", .by_line = true, .records = "1:{1}|!malformed_row"},
        {.input = "[{1}{2}]", .by_line = true, .records = "1:{1}|!malformed_row"},
        {.input = "[,{1}]", .by_line = true, .records = "!malformed_row"},
        {.input = "{1}\n{2,\n3}{4} 5 \"six\"", .records = "1:{1}|2:{2,\n3}|3:{4}|3:5|3:\"six\"|"},
        {.input = "[{1},{2}]\n[{3}]\n{4}", .records = "1:{1}|1:{2}|2:{3}|3:{4}|"},
        {.input = "{1}\n{2", .records = "1:{1}|!truncated_file"},
        {.input = "{1}}:", .records = "1:{1}|1:}:|"},
        {.input = "123", .records = "1:123|"},
        {.input = "\"abc", .records = "!truncated_file"},
        {.input = "{\"abcdefghijklmnopqrstuvwxyz012345\"}", .records = "!malformed_row"},
        {.input = "{\"abcdefghijklmnopqrstuvwxyz012345\"}", .by_line = true, .records = "!malformed_row"},
        {.input = "{\"data\":[{1}]}", .by_line = true, .records = "1:{\"data\":[{1}]}|"},
#define ENVELOPE(bytes, wanted)                                                                                        \
	{                                                                                                              \
		.input = bytes, .by_line = true, .enveloped = true, .records = wanted                                  \
	}
        ENVELOPE("{\"data\":[{1},\n{2}]}", "1:{1}|2:{2}|"),
        ENVELOPE("\xef\xbb\xbf\n{ \"data\" : [ {1} ] }", "2:{1}|"),
        ENVELOPE("{\"data\":[{1}],\"meta\":\n{\"a\":[\"]}\"]}}\n{2}\n", "1:{1}|3:{2}|"),
        ENVELOPE("{\"success\":true,\"errors\":[ ],\"info\":{},\"n\":12,\n\"result\":[{1}]}", "2:{1}|"),
        ENVELOPE("{\"object\":\"list\",\"data\":[{1}]}", "1:{1}|"),
        ENVELOPE("{\"data\":[],\"meta\":{}}", ""),
        ENVELOPE("{\"data\":[{1}]", "1:{1}|!truncated_file"),
        ENVELOPE("{\"data\":[{1}],\"a\":", "1:{1}|!truncated_file"),
        ENVELOPE("{\"data\":[{1}", "1:{1}|!truncated_file"),
        ENVELOPE("{\"id\":\"a\",\"data\":[{}]}", "1:{\"id\":\"a\",\"data\":[{}]}|"),
        ENVELOPE("{\"a\":[1],\"data\":[{}]}", "1:{\"a\":[1],\"data\":[{}]}|"),
        ENVELOPE("{\"a\":{\"b\":1},\"data\":[]}", "1:{\"a\":{\"b\":1},\"data\":[]}|"),
        ENVELOPE("{\"data\":[1]}", "1:{\"data\":[1]}|"),
        ENVELOPE("{\"data\":{}}", "1:{\"data\":{}}|"),
        ENVELOPE("[{1}]", "1:{1}|"),
        ENVELOPE("{", "1:{|"),
        ENVELOPE("{\"data\"", "1:{\"data\"|"),
        ENVELOPE("{\"data\":", "1:{\"data\":|"),
        ENVELOPE("{\"data\":[", "1:{\"data\":[|"),
};

static void cuts_files_into_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = ERR_INIT;
		struct buf got = BUF_INIT;
		struct json_records r;
		struct slice record;
		struct stream *in = stream_of_memory("in.json", slice_of(cases[i].input));
		json_records_begin(&r, in, cases[i].by_line, 32);
		r.enveloped = cases[i].enveloped;
		while (json_records_next(&r, &record, &e) && record.ptr) {
			buf_printf(&got, "%llu:", (unsigned long long)r.line);
			buf_add_slice(&got, record);
			buf_add_char(&got, '|');
		}
		if (e.kind)
			buf_printf(&got, "!%s", e.code);
		if (!slice_is(buf_slice(&got), cases[i].records))
			fail_msg("%s: got %s", cases[i].input, got.ptr);
		json_records_release(&r);
		stream_free(in);
		buf_release(&got);
	}
}

/* Chunks of a stream are far shorter than this file, so records of every length cross them at every place. */
static void records_cross_chunks(void **state)
{
	(void)state;
	for (int by = 0; by < 3; by++) {
		struct buf file = BUF_INIT;
		size_t count = 0;
		buf_add_text(&file, by == 2 ? "[" : "");
		for (; file.len < 5 << 20; count++)
			buf_printf(&file, "%s{\"n\":%zu,\"s\":\"%0*d\\\"}]\"}",
			           count == 0 ? ""
			           : by == 2  ? ","
			                      : "\n",
			           count, (int)(count * 7919 % 4001), 1);
		buf_add_text(&file, by == 2 ? "]" : "");

		struct err e = ERR_INIT;
		struct json_records r;
		struct slice record;
		struct json_reader reader = {0};
		struct stream *in = stream_of_memory("in.json", buf_slice(&file));
		const char *why;
		size_t seen = 0;
		json_records_begin(&r, in, by == 0, JSON_RECORD_MAX);
		while (json_records_next(&r, &record, &e) && record.ptr) {
			int64_t n;
			JSON_AUTO value = json_build(&reader, record, &why);
			assert_non_null(value);
			assert_true(json_count(value, "n", &n));
			assert_int_equal(n, seen);
			assert_int_equal(r.line, by == 2 ? 1 : seen + 1);
			seen++;
		}
		assert_int_equal(e.kind, ERR_NONE);
		assert_int_equal(seen, count);
		json_records_release(&r);
		json_reader_release(&reader);
		stream_free(in);
		buf_release(&file);
	}
}

static void builds_values_with_numbers_as_text(void **state)
{
	(void)state;
	struct json_reader reader = {0};
	const char *why = NULL;
	JSON_AUTO value =
	        json_build(&reader,
	                   SLICE("{\"money\":0.10,\"text\":\"x\",\"empty\":\"\",\"none\":null,\"n\":12.0,\"minus\":-1,"
	                         "\"half\":0.5,\"list\":[],\"big\":1000000000000001}"),
	                   &why);
	assert_non_null(value);
	assert_true(slice_is(json_text(value, "money"), "0.10"));
	assert_true(slice_is(json_text(value, "text"), "x"));
	assert_non_null(json_text(value, "empty").ptr);
	assert_null(json_word(value, "empty").ptr);
	assert_null(json_text(value, "none").ptr);
	assert_null(json_text(value, "list").ptr);
	assert_null(json_text(value, "absent").ptr);
	assert_null(json_text(NULL, "absent").ptr);

	int64_t n = -1;
	assert_true(json_count(value, "n", &n));
	assert_int_equal(n, 12);
	assert_true(json_count(value, "none", &n) && n == 0);
	assert_true(json_count(value, "absent", &n) && n == 0);
	static const char *const no_counts[] = {"minus", "half", "text", "list", "big", "empty"};
	for (size_t i = 0; i < sizeof no_counts / sizeof *no_counts; i++)
		if (json_count(value, no_counts[i], &n))
			fail_msg("%s was a count", no_counts[i]);

	struct decimal d;
	bool given;
	assert_true(json_decimal(value, "money", &d, &given, &why) && given && d.count == 1);
	assert_true(json_decimal(value, "none", &d, &given, &why) && !given);
	assert_false(json_decimal(value, "list", &d, &given, &why));
	assert_false(json_decimal(value, "text", &d, &given, &why));
	json_reader_release(&reader);
}

static void says_why_jansson_refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} refused[] = {
	        {"{\"a\":1,\"a\":2}", "a JSON object repeats a key"},
	        {"{\"a\":{\"b\":1,\"\\u0062\":2}}", "a JSON object repeats a key"},
	        {"[\"\xff\"]", "invalid UTF-8"},
	        {"[\"\xc3\"]", "invalid UTF-8"},
	        {"[\"\\u0000\"]", "a string holds a NUL character"},
	        {"{\"\\u0000\":1}", "a string holds a NUL character"},
	        {"[\"\\ud800\"]", "not valid JSON: bad character in a string"},
	        {"[1", "JSON is cut off"},
	};
	struct json_reader reader = {0};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		const char *why = "";
		assert_null(json_build(&reader, slice_of(refused[i].text), &why));
		assert_string_equal(why, refused[i].why);
	}
	json_reader_release(&reader);
}

static void documents_fail_with_their_place(void **state)
{
	(void)state;
	struct json_reader reader = {0};
	struct err e = ERR_INIT;
	assert_null(json_build_document(&reader, SLICE("{\"a\":1,\n\"b\":2,\n\"c\" 3}"), "page.json", 5, &e));
	assert_string_equal(e.code, "malformed_row");
	assert_string_equal(e.file, "page.json");
	assert_int_equal(e.line, 7);
	assert_int_equal(e.column, 5);
	err_clear(&e);
	assert_null(json_build_document(&reader, SLICE("{\"a\":1,"), "page.json", 1, &e));
	assert_string_equal(e.code, "truncated_file");
	err_clear(&e);
	assert_null(json_build_document(&reader, SLICE("{\"a\":1,\"a\":1}"), "page.json", 1, &e));
	assert_string_equal(e.code, "malformed_row");
	json_reader_release(&reader);
}

static void looks_into_heads(void **state)
{
	(void)state;
	assert_int_equal(json_head_first(SLICE("\xef\xbb\xbf \n\t{")), '{');
	assert_int_equal(json_head_first(SLICE(" \n")), 0);
	struct slice head = SLICE("{\"name\":\"object\",\"object\" :\n\"page\", \"cut");
	assert_true(json_head_has(head, "object", NULL));
	assert_true(json_head_has(head, "object", "page"));
	assert_false(json_head_has(head, "object", "pag"));
	assert_false(json_head_has(head, "page", NULL));
	assert_false(json_head_has(head, "cut", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cuts_files_into_records),
	        cmocka_unit_test(records_cross_chunks),
	        cmocka_unit_test(builds_values_with_numbers_as_text),
	        cmocka_unit_test(says_why_jansson_refuses),
	        cmocka_unit_test(documents_fail_with_their_place),
	        cmocka_unit_test(looks_into_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
