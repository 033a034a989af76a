#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/scratch.h"

#include <cmocka.h>

/* Runs `write` with stderr going to a file, and returns what it wrote. */
static char *captured(struct scratch *s, void (*write)(void))
{
	char *path = scratch_path(s, "stderr");
	int saved = dup(STDERR_FILENO);
	assert_non_null(freopen(path, "w", stderr));
	write();
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	struct buf content = BUF_INIT;
	struct err e = ERR_INIT;
	assert_true(file_read(path, 100000, &content, &e));
	char *text = arena_cstr(&s->arena, buf_slice(&content));
	buf_release(&content);
	return text;
}

static void write_each_level(void)
{
	log_error("e %d", 1);
	log_warning("w");
	log_info("i");
	log_debug("d");
}

static void writes_up_to_its_level(void **state)
{
	static const char *const expected[] = {
	        [LOG_ERROR] = "error: e 1\n",
	        [LOG_WARNING] = "error: e 1\nwarning: w\n",
	        [LOG_INFO] = "error: e 1\nwarning: w\ninfo: i\n",
	        [LOG_DEBUG] = "error: e 1\nwarning: w\ninfo: i\ndebug: d\n",
	};
	for (enum log_level level = LOG_ERROR; level <= LOG_DEBUG; level++) {
		log_setup((struct log){.level = level});
		assert_true(log_writes(level));
		assert_int_equal(log_writes(LOG_DEBUG), level == LOG_DEBUG);
		assert_string_equal(captured(*state, write_each_level), expected[level]);
	}
}

static void write_failures(void)
{
	struct err e = ERR_INIT;
	fail_input(&e, "malformed_row", "no request_id in \"\x1b[31m\\\"");
	err_where(&e, "events\n.csv", 7, 3);
	err_hint(&e, "see %s", "the header");
	log_err(LOG_ERROR, &e);
	log_err(LOG_DEBUG, &e);
	log_warning("two\nlines and a tail\n\n");
	log_warning("\xff caf\xc3\xa9");
}

static void text_names_place_and_hint_and_keeps_controls_out(void **state)
{
	log_setup((struct log){.level = LOG_INFO});
	assert_string_equal(captured(*state, write_failures), "error: events .csv:7:3: no request_id in \"?[31m\\\"\n"
	                                                      "hint: see the header\n"
	                                                      "warning: two lines and a tail\n"
	                                                      "warning: \xff caf\xc3\xa9\n");
}

static void json_is_one_object_a_line(void **state)
{
	log_setup((struct log){.level = LOG_INFO, .json = true});
	assert_true(log_is_json());
	char *text = captured(*state, write_failures);
	static const char *const expected[] = {
	        "\"level\":\"error\",\"message\":\"no request_id in \\\"\\u001b[31m\\\\\\\"\",\"hint\":\"see the "
	        "header\","
	        "\"file\":\"events\\u000a.csv\",\"line\":7}",
	        "\"level\":\"warning\",\"message\":\"two\\u000alines and a tail\"}",
	        "\"level\":\"warning\",\"message\":\"\\ufffd caf\\ufffd\\ufffd\"}",
	};
	struct slice rest = slice_of(text);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct slice line = slice_cut(&rest, '\n');
		assert_true(slice_starts(line, "{\"time\":\"20"));
		assert_int_equal(slice_find(line, "Z\",\"level\""), slice_find(line, ",\"level\"") - 2);
		assert_string_equal(slice_from(line, slice_find(line, "\"level\"")).ptr,
		                    arena_printf(&((struct scratch *)*state)->arena, "%s\n%.*s", expected[i],
		                                 (int)rest.len, rest.ptr));
	}
	assert_int_equal(rest.len, 0);
	log_setup((struct log){.level = LOG_INFO});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(writes_up_to_its_level, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(text_names_place_and_hint_and_keeps_controls_out, scratch_setup,
	                                        scratch_teardown),
	        cmocka_unit_test_setup_teardown(json_is_one_object_a_line, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
