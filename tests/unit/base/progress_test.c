#include "base/progress.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

#include <cmocka.h>

struct terminal {
	int master, saved;
	char written[8192];
};

/* Puts a terminal of 60 columns in stderr's place. */
static void terminal_begin(struct terminal *t)
{
	t->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(t->master >= 0 && grantpt(t->master) == 0 && unlockpt(t->master) == 0);
	int slave = open(ptsname(t->master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	struct winsize size = {.ws_col = 60, .ws_row = 24};
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
	t->saved = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	close(slave);
}

/* Gives stderr back; what was written to the terminal stands in t->written. */
static void terminal_end(struct terminal *t)
{
	dup2(t->saved, STDERR_FILENO);
	close(t->saved);
	/* With its other side closed the terminal gives what it holds, piece by piece, and then an error. */
	size_t len = 0;
	ssize_t got;
	while ((got = read(t->master, t->written + len, sizeof(t->written) - 1 - len)) > 0)
		len += (size_t)got;
	t->written[len] = '\0';
	close(t->master);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

static void draws_one_line_and_wipes_it(void **unused)
{
	(void)unused;
	struct terminal t;
	terminal_begin(&t);
	progress_begin("ingest");
	progress_update("landing/october.csv.gz", 34, 100, 1234567);
	progress_update("landing/october.csv.gz", 35, 100, 1234568); /* too soon after the first */
	progress_end();
	progress_update("landing/october.csv.gz", 36, 100, 1234569); /* after the end */
	terminal_end(&t);
	assert_string_equal(t.written, "\r\033[Kingest  october.csv.gz  34 %  1 234 567 rows\r\033[K");
}

static void fits_the_terminal(void **unused)
{
	(void)unused;
	struct terminal t;
	char name[200];
	memset(name, 'n', sizeof(name));
	name[5] = '\033';
	name[sizeof(name) - 1] = '\0';
	terminal_begin(&t);
	progress_begin("ingest");
	progress_update(name, 1, 0, 1);
	progress_end();
	terminal_end(&t);
	assert_int_equal(strlen(t.written), 4 + 59 + 4);
	assert_non_null(strstr(t.written, "nnnnn?nnn"));
}

static void counts_without_a_total(void **unused)
{
	(void)unused;
	struct terminal t;
	terminal_begin(&t);
	progress_begin("ingest");
	progress_update("stdin", 500, 0, 1);
	progress_end();
	terminal_end(&t);
	assert_string_equal(t.written, "\r\033[Kingest  stdin  1 row\r\033[K");
}

static void a_message_stands_on_a_line_of_its_own(void **unused)
{
	(void)unused;
	struct terminal t;
	terminal_begin(&t);
	progress_begin("ingest");
	progress_update("a.csv", 0, 10, 0);
	log_warning("row 3 is malformed");
	progress_end();
	terminal_end(&t);
	assert_string_equal(t.written, "\r\033[Kingest  a.csv  0 %\r\033[Kwarning: row 3 is malformed\r\n");
}

static void silent_when_quiet_or_json_or_no_terminal(void **unused)
{
	(void)unused;
	static const struct log settings[] = {{.level = LOG_WARNING}, {.level = LOG_INFO, .json = true}};
	struct terminal t;
	for (size_t i = 0; i < 2; i++) {
		terminal_begin(&t);
		log_setup(settings[i]);
		progress_begin("ingest");
		progress_update("a.csv", 0, 10, 0);
		progress_end();
		log_setup((struct log){.level = LOG_INFO});
		terminal_end(&t);
		assert_string_equal(t.written, "");
	}
	int ends[2], saved = dup(STDERR_FILENO);
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	progress_begin("ingest");
	progress_update("a.csv", 0, 10, 0);
	progress_end();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[1]);
	char byte;
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
}

static void *update_and_log(void *unused)
{
	(void)unused;
	for (uint64_t i = 0; i < 2000; i++) {
		progress_update("a.csv", i, 2000, i);
		if (i % 100 == 0)
			log_info("message");
	}
	return NULL;
}

static void threads_do_not_mix_lines(void **unused)
{
	(void)unused;
	struct terminal t;
	pthread_t threads[4];
	terminal_begin(&t);
	progress_begin("ingest");
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, update_and_log, NULL), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	progress_end();
	terminal_end(&t);
	assert_int_equal(count_of(t.written, "info: message\r\n"), 80);
	/* Each message follows either another one or the wiping of the line, never a drawn line. */
	for (const char *at = strstr(t.written, "info"); at; at = strstr(at + 1, "info"))
		assert_true(at == t.written || at[-1] == '\n' || at[-1] == 'K');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(draws_one_line_and_wipes_it),
	        cmocka_unit_test(fits_the_terminal),
	        cmocka_unit_test(counts_without_a_total),
	        cmocka_unit_test(a_message_stands_on_a_line_of_its_own),
	        cmocka_unit_test(silent_when_quiet_or_json_or_no_terminal),
	        cmocka_unit_test(threads_do_not_mix_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
