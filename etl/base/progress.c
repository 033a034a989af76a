#include "base/progress.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"

enum { REDRAW_MS = 100, WIDTH_DEFAULT = 80, WIDTH_MAX = 240 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
	bool active; /* between begin and end, on a terminal */
	bool drawn;  /* the cursor stands behind a drawn line */
	char stage[32];
	const char *unit;    /* of what is counted, singular */
	bool counts_bytes;   /* how many, how fast, how long: else the share of them that is done */
	uint64_t started_ms; /* of the stage, or of the present count of rows */
	uint64_t drawn_ms;
	uint64_t rows;
} state;

/* stderr's lock first, always: log holds it while it wipes the line, so that nothing is drawn before its message. */
static void enter(void)
{
	flockfile(stderr);
	pthread_mutex_lock(&mutex);
}

static void leave(void)
{
	pthread_mutex_unlock(&mutex);
	funlockfile(stderr);
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wipe(void)
{
	if (!state.drawn)
		return;
	fputs("\r\033[K", stderr);
	state.drawn = false;
}

/* 1234567 as "1 234 567". */
static void add_grouped(struct buf *out, uint64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_add_char(out, ' ');
		buf_add_char(out, digits[i]);
	}
}

/* The line must fit the terminal: what wraps cannot be wiped. Returns the columns that may be used. */
static size_t columns(void)
{
	struct winsize size = {0};
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_DEFAULT - 1;
	return size.ws_col > WIDTH_MAX ? WIDTH_MAX : (size_t)size.ws_col - 1;
}

/* "  1 234 567 rows  210 000/s" */
static void add_rows(struct buf *line, uint64_t rows, uint64_t elapsed_ms)
{
	buf_add_text(line, "  ");
	add_grouped(line, rows);
	buf_printf(line, " %s%s", state.unit, rows == 1 ? "" : "s");
	if (elapsed_ms >= 1000 && !state.counts_bytes) {
		buf_add_text(line, "  ");
		add_grouped(line, rows * 1000 / elapsed_ms);
		buf_add_text(line, "/s");
	}
}

/* "  12.3 of 45.6 MB  3.1 MB/s  0:11 left" */
static void add_bytes(struct buf *line, uint64_t done, uint64_t total, uint64_t elapsed_ms)
{
	const uint64_t tenth = 100000; /* of a megabyte */
	buf_printf(line, "  %llu.%llu", (unsigned long long)(done / tenth / 10),
	           (unsigned long long)(done / tenth % 10));
	if (total > 0)
		buf_printf(line, " of %llu.%llu", (unsigned long long)(total / tenth / 10),
		           (unsigned long long)(total / tenth % 10));
	buf_add_text(line, " MB");
	if (elapsed_ms < 1000 || done == 0)
		return;
	uint64_t rate = done * 1000 / elapsed_ms; /* bytes a second */
	buf_printf(line, "  %llu.%llu MB/s", (unsigned long long)(rate / tenth / 10),
	           (unsigned long long)(rate / tenth % 10));
	if (total > done && rate > 0) {
		uint64_t left = (total - done) / rate;
		buf_printf(line, "  %llu:%02llu left", (unsigned long long)(left / 60),
		           (unsigned long long)(left % 60));
	}
}

static void draw(const char *what, uint64_t done_bytes, uint64_t total_bytes, uint64_t rows, uint64_t at_ms)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "%s  ", state.stage);
	for (const char *c = path_name(what); *c; c++)
		buf_add_char(&line, (unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c);
	if (state.counts_bytes)
		add_bytes(&line, done_bytes, total_bytes, at_ms - state.started_ms);
	else if (total_bytes > 0) {
		uint64_t done = done_bytes < total_bytes ? done_bytes : total_bytes;
		buf_printf(&line, "  %llu %%", (unsigned long long)(done * 100 / total_bytes));
	}
	if (rows > 0)
		add_rows(&line, rows, at_ms - state.started_ms);
	size_t len = line.len < columns() ? line.len : columns();
	fputs("\r\033[K", stderr);
	fwrite(line.ptr, 1, len, stderr);
	fflush(stderr);
	buf_release(&line);
	state.drawn = true;
	state.drawn_ms = at_ms;
}

void progress_begin(const char *stage)
{
	enter();
	wipe();
	state.active = isatty(STDERR_FILENO) && log_writes(LOG_INFO) && !log_is_json();
	snprintf(state.stage, sizeof(state.stage), "%s", stage);
	state.unit = "row";
	state.counts_bytes = false;
	state.started_ms = now_ms();
	state.drawn_ms = 0;
	state.rows = 0;
	leave();
}

void progress_begin_bytes(const char *stage, const char *unit)
{
	progress_begin(stage);
	enter();
	state.unit = unit;
	state.counts_bytes = true;
	leave();
}

void progress_update(const char *what, uint64_t done_bytes, uint64_t total_bytes, uint64_t rows)
{
	enter();
	if (state.active) {
		uint64_t at_ms = now_ms();
		if (rows < state.rows)
			state.started_ms = at_ms;
		state.rows = rows;
		if (at_ms - state.drawn_ms >= REDRAW_MS)
			draw(what, done_bytes, total_bytes, rows, at_ms);
	}
	leave();
}

void progress_end(void)
{
	enter();
	wipe();
	state.active = false;
	leave();
}

void progress_wipe(void)
{
	enter();
	wipe();
	leave();
}
