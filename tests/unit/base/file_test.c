#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scratch.h"

#include <cmocka.h>

static void assert_content(const char *path, const char *expected)
{
	struct buf content = BUF_INIT;
	struct err e = ERR_INIT;
	if (!file_read(path, 1000000, &content, &e))
		fail_msg("%s", e.message);
	assert_string_equal(content.ptr, expected);
	buf_release(&content);
}

static int count_entries(const char *folder)
{
	DIR *dir = opendir(folder);
	assert_non_null(dir);
	int count = 0;
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static void reads_up_to_the_limit(void **state)
{
	struct scratch *s = *state;
	struct buf content = BUF_INIT;
	struct err e = ERR_INIT;
	const char *path = scratch_write(s, "ten", SLICE("0123456789"));
	assert_true(file_read(path, 10, &content, &e));
	assert_string_equal(content.ptr, "0123456789");
	assert_true(file_read(scratch_write(s, "none", SLICE("")), 10, &content, &e));
	assert_int_equal(content.len, 0);
	assert_string_equal(content.ptr, "");
	assert_false(file_read(path, 9, &content, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.message, "larger than 9 bytes"));
	buf_release(&content);
}

static void reads_a_file_larger_than_its_steps(void **state)
{
	struct buf large = BUF_INIT, content = BUF_INIT;
	struct err e = ERR_INIT;
	for (int i = 0; i < 50000; i++)
		buf_printf(&large, "%d\n", i);
	const char *path = scratch_write(*state, "large", buf_slice(&large));
	assert_true(file_read(path, large.len, &content, &e));
	assert_true(slice_equal(buf_slice(&content), buf_slice(&large)));
	buf_release(&large);
	buf_release(&content);
}

static void reading_tells_why_not(void **state)
{
	struct scratch *s = *state;
	struct buf content = BUF_INIT;
	struct err e = ERR_INIT;
	assert_false(file_read(scratch_path(s, "absent"), 10, &content, &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "absent: No such file or directory"));
	err_clear(&e);
	assert_false(file_read(s->folder, 10, &content, &e));
	assert_non_null(strstr(e.message, "Is a directory"));
	buf_release(&content);
}

static void folders(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	const char *deep = scratch_path(s, "a/b//c/"), *file = scratch_write(s, "file", SLICE("x"));
	assert_false(folder_exists(deep));
	assert_true(folder_make(deep, 0700, &e));
	assert_true(folder_make(deep, 0700, &e));
	assert_true(folder_exists(scratch_path(s, "a/b/c")));
	struct stat st;
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_true(file_exists(file));
	assert_false(file_exists(deep));
	assert_false(folder_exists(file));
	assert_false(file_exists(scratch_path(s, "absent")));

	assert_false(folder_make(scratch_path(s, "file/below"), 0700, &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "Not a directory"));
	err_clear(&e);
	assert_false(folder_make(file, 0700, &e));
	assert_non_null(strstr(e.message, "Not a directory"));
}

static void joins_paths(void **state)
{
	struct scratch *s = *state;
	assert_string_equal(path_join(&s->arena, "base", "rest"), "base/rest");
	assert_string_equal(path_join(&s->arena, "base/", "rest"), "base/rest");
	assert_string_equal(path_join(&s->arena, "base", "/rest"), "/rest");
	assert_string_equal(path_join(&s->arena, "", "rest"), "rest");
	assert_string_equal(path_name("/a/b.csv"), "b.csv");
	assert_string_equal(path_name("b.csv"), "b.csv");
	assert_string_equal(path_name("a/"), "");
}

static void a_written_file_appears_whole(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct file_writer w;
	const char *path = scratch_write(s, "journal.csv", SLICE("old"));
	assert_true(file_writer_begin(&w, path, &e));
	fputs("new", w.stream);
	fflush(w.stream);
	assert_content(path, "old");
	assert_true(file_writer_finish(&w, &e));
	assert_content(path, "old");
	assert_int_equal(count_entries(s->folder), 2);
	assert_true(file_writer_publish(&w, &e));
	assert_content(path, "new");
	assert_int_equal(count_entries(s->folder), 1);
	file_writer_release(&w);
}

static void publish_finishes_by_itself(void **state)
{
	struct err e = ERR_INIT;
	struct file_writer w;
	const char *path = scratch_path(*state, "summary.json");
	assert_true(file_writer_begin(&w, path, &e));
	fputs("{}", w.stream);
	assert_true(file_writer_publish(&w, &e));
	assert_content(path, "{}");
}

static void a_released_writer_leaves_nothing(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct file_writer w;
	for (int finished = 0; finished < 2; finished++) {
		assert_true(file_writer_begin(&w, scratch_path(s, "x"), &e));
		fputs("half", w.stream);
		if (finished)
			assert_true(file_writer_finish(&w, &e));
		file_writer_release(&w);
		file_writer_release(&w);
		assert_int_equal(count_entries(s->folder), 0);
	}
}

static void a_leftover_of_a_killed_process_is_replaced(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	char name[64];
	snprintf(name, sizeof(name), ".x.part-%ld", (long)getpid());
	const char *target = scratch_write(s, "elsewhere", SLICE("untouched"));
	assert_int_equal(symlink(target, scratch_path(s, name)), 0);
	struct file_writer w;
	assert_true(file_writer_begin(&w, scratch_path(s, "x"), &e));
	fputs("mine", w.stream);
	assert_true(file_writer_publish(&w, &e));
	assert_content(target, "untouched");
	assert_content(scratch_path(s, "x"), "mine");
}

static void a_full_disk_is_noticed(void **state)
{
	struct scratch *s = *state;
	/* At the last flush, and before it with room again since: then only the stream's error flag remembers. */
	for (int early = 0; early < 2; early++) {
		struct err e = ERR_INIT;
		struct file_writer w;
		assert_true(file_writer_begin(&w, scratch_path(s, "x"), &e));
		w.stream = freopen("/dev/full", "w", w.stream);
		assert_non_null(w.stream);
		fputs("lost", w.stream);
		if (early) {
			assert_int_not_equal(fflush(w.stream), 0);
			FILE *room = tmpfile();
			assert_non_null(room);
			dup2(fileno(room), fileno(w.stream));
			fclose(room);
		}
		assert_false(file_writer_publish(&w, &e));
		assert_int_equal(e.kind, ERR_IO);
		assert_non_null(strstr(e.message, "cannot write"));
		assert_int_equal(count_entries(s->folder), 0);
	}
}

static void writing_tells_why_not(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct file_writer w;
	assert_false(file_writer_begin(&w, scratch_path(s, "absent/x"), &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "No such file or directory"));
	file_writer_release(&w);

	err_clear(&e);
	assert_true(folder_make(scratch_path(s, "taken/by"), 0700, &e));
	assert_true(file_writer_begin(&w, scratch_path(s, "taken"), &e));
	fputs("x", w.stream);
	assert_false(file_writer_publish(&w, &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_int_equal(count_entries(s->folder), 1);
}

static void csv_fields(void **unused)
{
	(void)unused;
	static const struct {
		const char *value, *text, *number;
	} cases[] = {
	        {NULL, "", ""},
	        {"", "", ""},
	        {"plain text", "plain text", "plain text"},
	        {"a,b", "\"a,b\"", "\"a,b\""},
	        {"say \"hi\"", "\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""},
	        {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
	        {"a\rb", "\"a\rb\"", "\"a\rb\""},
	        {"=1+1", "'=1+1", "=1+1"},
	        {"+1", "'+1", "+1"},
	        {"-12.50", "'-12.50", "-12.50"},
	        {"@SUM(A1)", "'@SUM(A1)", "@SUM(A1)"},
	        {"\tx", "'\tx", "\tx"},
	        {"\rx", "\"'\rx\"", "\"\rx\""},
	        {"\nx", "\"'\nx\"", "\"\nx\""},
	        {"=A1,B1", "\"'=A1,B1\"", "\"=A1,B1\""},
	        {"a=b", "a=b", "a=b"},
	        {"'quoted", "'quoted", "'quoted"},
	        {"M\xc3\xbcller", "M\xc3\xbcller", "M\xc3\xbcller"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char written[128] = "", expected[128];
		FILE *out = fmemopen(written, sizeof(written), "w");
		assert_non_null(out);
		csv_text(out, true, cases[i].value);
		csv_text(out, false, cases[i].value);
		csv_number(out, false, cases[i].value);
		fclose(out);
		snprintf(expected, sizeof(expected), "%s,%s,%s", cases[i].text, cases[i].text, cases[i].number);
		assert_string_equal(written, expected);
	}
}

/* A name that is known only when the content is. */
static void name_may_come_late(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	struct file_writer w;
	assert_true(file_writer_begin(&w, scratch_path(s, "early"), &e));
	fputs("content", w.stream);
	assert_true(file_writer_finish(&w, &e));
	file_writer_rename(&w, scratch_path(s, "late"));
	assert_true(file_writer_publish(&w, &e));
	assert_false(file_exists(scratch_path(s, "early")));
	assert_true(file_exists(scratch_path(s, "late")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(reads_up_to_the_limit, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(reads_a_file_larger_than_its_steps, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(reading_tells_why_not, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(folders, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(joins_paths, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(a_written_file_appears_whole, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(publish_finishes_by_itself, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(name_may_come_late, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(a_released_writer_leaves_nothing, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(a_leftover_of_a_killed_process_is_replaced, scratch_setup,
	                                        scratch_teardown),
	        cmocka_unit_test_setup_teardown(a_full_disk_is_noticed, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(writing_tells_why_not, scratch_setup, scratch_teardown),
	        cmocka_unit_test(csv_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
