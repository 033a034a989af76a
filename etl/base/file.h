/*
 * Files: whole reads with a limit, folders, and writes that are complete or not there at all
 * (temporary name in the same folder, fsync, rename).
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include <stdio.h>

/* Reads a whole file of at most `limit` bytes. */
bool file_read(const char *path, size_t limit, struct buf *out, struct err *e);
bool file_exists(const char *path);
bool folder_exists(const char *path);
/* mkdir -p with the given mode for new folders. */
bool folder_make(const char *path, unsigned mode, struct err *e);
/* "base/rest", or rest itself when it is absolute; in the arena. */
char *path_join(struct arena *a, const char *base, const char *rest);
const char *path_name(const char *path); /* after the last slash */

struct file_writer {
	FILE *stream; /* write here */
	char *path, *temporary;
};
bool file_writer_begin(struct file_writer *w, const char *path, struct err *e);
/* Flushes, checks every earlier write, fsyncs. The file is complete under its temporary name. */
bool file_writer_finish(struct file_writer *w, struct err *e);
/* Another name in the same folder than the one it began with: for names made of the content. */
void file_writer_rename(struct file_writer *w, const char *path);
/* Renames it into place, and releases w. */
bool file_writer_publish(struct file_writer *w, struct err *e);
/* Removes what was written, unless published. Safe to call always. */
void file_writer_release(struct file_writer *w);

/* One CSV field into a stream, quoted when needed, preceded by a comma when !first. Text that begins with one of
 * = + - @ TAB CR LF gets a leading ' (spreadsheets would run it); csv_number never does. NULL is an empty field. */
void csv_text(FILE *out, bool first, const char *text);
void csv_number(FILE *out, bool first, const char *text);
