/*
 * Every message is put together in memory and written at once, under stderr's own lock: lines of several threads do
 * not mix, and none lands behind a progress line. Control characters (file names may hold them) never reach a terminal.
 */
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "base/progress.h"
#include "base/str.h"

static struct log current = {.level = LOG_INFO};

static const char *const LEVEL_NAMES[] = {
        [LOG_ERROR] = "error",
        [LOG_WARNING] = "warning",
        [LOG_INFO] = "info",
        [LOG_DEBUG] = "debug",
};

void log_setup(struct log settings)
{
	current = settings;
}

bool log_writes(enum log_level level)
{
	return level <= current.level;
}

bool log_is_json(void)
{
	return current.json;
}

static void put(const struct buf *line)
{
	flockfile(stderr);
	progress_wipe();
	fwrite(line->ptr, 1, line->len, stderr);
	fflush(stderr);
	funlockfile(stderr);
}

static void add_plain(struct buf *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte == '\n' || byte == '\r' || byte == '\t')
			buf_add_char(out, ' ');
		else
			buf_add_char(out, byte < 0x20 || byte == 0x7f ? '?' : *c);
	}
}

static void add_json_text(struct buf *out, const char *text)
{
	bool valid = slice_is_utf8(slice_of(text));
	buf_add_char(out, '"');
	for (const char *c = text; *c; c++) {
		unsigned char byte = (unsigned char)*c;
		if (byte == '"' || byte == '\\')
			buf_printf(out, "\\%c", byte);
		else if (byte < 0x20 || byte == 0x7f)
			buf_printf(out, "\\u%04x", byte);
		else if (byte >= 0x80 && !valid)
			buf_add_text(out, "\\ufffd");
		else
			buf_add_char(out, *c);
	}
	buf_add_char(out, '"');
}

static void add_json_member(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, ",\"%s\":", name);
	add_json_text(out, text);
}

static void write_text(enum log_level level, const char *message, const char *hint)
{
	struct buf line = BUF_INIT;
	buf_printf(&line, "%s: ", LEVEL_NAMES[level]);
	add_plain(&line, message);
	buf_add_char(&line, '\n');
	if (hint[0]) {
		buf_add_text(&line, "hint: ");
		add_plain(&line, hint);
		buf_add_char(&line, '\n');
	}
	put(&line);
	buf_release(&line);
}

static void write_json(enum log_level level, const char *message, const struct err *e)
{
	char at[UTC_TEXT_MAX];
	utc_text(utc_now(), at);
	struct buf line = BUF_INIT;
	buf_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\"", at, LEVEL_NAMES[level]);
	add_json_member(&line, "message", message);
	if (e && e->hint[0])
		add_json_member(&line, "hint", e->hint);
	if (e && e->file[0])
		add_json_member(&line, "file", e->file);
	if (e && e->line)
		buf_printf(&line, ",\"line\":%llu", (unsigned long long)e->line);
	buf_add_text(&line, "}\n");
	put(&line);
	buf_release(&line);
}

void log_at(enum log_level level, const char *format, ...)
{
	if (!log_writes(level))
		return;
	char *message = NULL;
	va_list args;
	va_start(args, format);
	int len = vasprintf(&message, format, args);
	va_end(args);
	if (len < 0)
		return;
	while (len > 0 && message[len - 1] == '\n')
		message[--len] = '\0';
	if (current.json)
		write_json(level, message, NULL);
	else
		write_text(level, message, "");
	free(message);
}

void log_err(enum log_level level, const struct err *e)
{
	if (!log_writes(level))
		return;
	if (current.json) {
		write_json(level, e->message, e);
		return;
	}
	char message[sizeof(e->message) + sizeof(e->file) + 64];
	err_text(e, message, sizeof(message));
	write_text(level, message, e->hint);
}
