/*
 * Errors: one caller-owned record per operation. Functions that can fail return bool (or a
 * pointer) and take `struct err *` last; the first failure wins, later ones are ignored, so
 * clean-up code may fail freely without hiding the cause.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum err_kind {
	ERR_NONE = 0,
	ERR_FINDINGS,    /* exit 1:  something was found, and --check was given */
	ERR_USAGE,       /* exit 64: the command line is wrong */
	ERR_INPUT,       /* exit 65: a file from which nothing was loaded */
	ERR_UNAVAILABLE, /* exit 69: database or provider unreachable; worth retrying */
	ERR_BUG,         /* exit 70: closebook's own fault */
	ERR_IO,          /* exit 74: the file system */
	ERR_BUSY,        /* exit 75: another run holds the lock; worth retrying */
	ERR_CONTROL,     /* exit 77: a control refused it */
	ERR_CONFIG,      /* exit 78: configuration */
};

struct err {
	enum err_kind kind;
	const char *code;   /* exception code of an input error ("truncated_file"), else NULL; static */
	char message[1024]; /* what went wrong, without newline */
	char hint[512];     /* what to do about it, may be empty */
	char file[512];     /* where: file name, may be empty */
	uint64_t line;      /* where: line from 1, 0 = unknown */
	uint64_t column;    /* where: column from 1, 0 = unknown */
};

#define ERR_INIT                                                                                                       \
	{                                                                                                              \
		.kind = ERR_NONE                                                                                       \
	}

/* Records a failure and returns false. Does nothing but return false if one is recorded already. */
bool fail(struct err *e, enum err_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for input errors: kind ERR_INPUT with an exception code (a static string). */
bool fail_input(struct err *e, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with strerror(errno) appended: "MESSAGE: No such file or directory"; kind ERR_IO. */
bool fail_errno(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds a hint or a place to the recorded failure, unless it has one already. Both return false,
 * so that `return err_hint(e, "…")` reads well. No effect without a failure. */
bool err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool err_where(struct err *e, const char *file, uint64_t line, uint64_t column);

/* Forgets the failure. */
void err_clear(struct err *e);
/* The sysexits code of the failure; 0 for none. */
int err_exit_code(const struct err *e);
/* Writes "FILE:LINE:COLUMN: MESSAGE" (the parts that are known) to `out`, always terminated. */
void err_text(const struct err *e, char *out, unsigned long size);
