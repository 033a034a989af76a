/*
 * Logging to stderr (results go to stdout). Only main and the job runner log; libraries return errors.
 * Text: "warning: MESSAGE"; JSON (--log json): one object a line {"time","level","message","hint","file","line"}.
 */
#pragma once
#include "base/err.h"
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
struct log {
	enum log_level level; /* messages above it are not written */
	bool json;
};
/* The process's log; set once by main. */
void log_setup(struct log settings);
bool log_writes(enum log_level level);
bool log_is_json(void);
void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
/* "error: FILE:LINE:COL: MESSAGE" and, on the next line, "hint: …". */
void log_err(enum log_level level, const struct err *e);
