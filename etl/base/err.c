#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts a UTF-8 sequence that truncation left unfinished: a message must stay valid text for JSON and the database. */
static void cut_partial_character(char *text, size_t len)
{
	size_t start = len;
	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
		text[start - 1] = '\0';
}

/* One line of text: messages taken from libraries end in, or contain, newlines. */
static void put_line(char *out, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
static void put_line(char *out, size_t size, const char *format, va_list args)
{
	int wanted = vsnprintf(out, size, format, args);
	if (wanted < 0) {
		out[0] = '\0';
		return;
	}
	if ((size_t)wanted >= size)
		cut_partial_character(out, size - 1);
	size_t len = strlen(out);
	while (len > 0 && (out[len - 1] == '\n' || out[len - 1] == '\r' || out[len - 1] == ' '))
		out[--len] = '\0';
	for (char *c = out; *c; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
}

bool fail(struct err *e, enum err_kind kind, const char *format, ...)
{
	if (e->kind != ERR_NONE)
		return false;
	e->kind = kind;
	va_list args;
	va_start(args, format);
	put_line(e->message, sizeof(e->message), format, args);
	va_end(args);
	return false;
}

bool fail_input(struct err *e, const char *code, const char *format, ...)
{
	if (e->kind != ERR_NONE)
		return false;
	e->kind = ERR_INPUT;
	e->code = code;
	va_list args;
	va_start(args, format);
	put_line(e->message, sizeof(e->message), format, args);
	va_end(args);
	return false;
}

bool fail_errno(struct err *e, const char *format, ...)
{
	int cause = errno;
	if (e->kind != ERR_NONE)
		return false;
	e->kind = ERR_IO;
	char described[128];
	const char *reason = strerror_r(cause, described, sizeof(described));
	size_t room = sizeof(e->message) - strlen(reason) - 2;
	va_list args;
	va_start(args, format);
	put_line(e->message, room, format, args);
	va_end(args);
	size_t len = strlen(e->message);
	snprintf(e->message + len, sizeof(e->message) - len, ": %s", reason);
	return false;
}

bool err_hint(struct err *e, const char *format, ...)
{
	if (e->kind == ERR_NONE || e->hint[0])
		return false;
	va_list args;
	va_start(args, format);
	put_line(e->hint, sizeof(e->hint), format, args);
	va_end(args);
	return false;
}

bool err_where(struct err *e, const char *file, uint64_t line, uint64_t column)
{
	if (e->kind == ERR_NONE || e->line)
		return false;
	if (!file)
		file = "";
	/* A place that names the file only may be made more exact, but never moved to another file. */
	if (e->file[0] && strcmp(e->file, file) != 0)
		return false;
	if (!e->file[0] && (size_t)snprintf(e->file, sizeof(e->file), "%s", file) >= sizeof(e->file))
		cut_partial_character(e->file, sizeof(e->file) - 1);
	e->line = line;
	e->column = line ? column : 0;
	return false;
}

void err_clear(struct err *e)
{
	*e = (struct err)ERR_INIT;
}

int err_exit_code(const struct err *e)
{
	static const int codes[] = {
	        [ERR_NONE] = 0, [ERR_FINDINGS] = 1, [ERR_USAGE] = 64, [ERR_INPUT] = 65,   [ERR_UNAVAILABLE] = 69,
	        [ERR_BUG] = 70, [ERR_IO] = 74,      [ERR_BUSY] = 75,  [ERR_CONTROL] = 77, [ERR_CONFIG] = 78,
	};
	return codes[e->kind];
}

void err_text(const struct err *e, char *out, unsigned long size)
{
	char place[sizeof(e->file) + 64] = "";
	const char *file = e->file[0] ? e->file : "line ";
	const char *colon = e->file[0] ? ":" : "";
	if (e->line && e->column)
		snprintf(place, sizeof(place), "%s%s%llu:%llu: ", file, colon, (unsigned long long)e->line,
		         (unsigned long long)e->column);
	else if (e->line)
		snprintf(place, sizeof(place), "%s%s%llu: ", file, colon, (unsigned long long)e->line);
	else if (e->file[0])
		snprintf(place, sizeof(place), "%s: ", e->file);
	snprintf(out, size, "%s%s", place, e->message);
}
