/*
 * Bytes of one file, plain or gzip (told by its first bytes, not its name), read once, front to back, in memory of a
 * fixed size: 1.3 MB, and 3.3 MB when it is read ahead. gzip goes through ISA-L: several members in one file,
 * truncation and bad checksums are errors (`truncated_file`, with the file's name).
 */
#pragma once
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

struct stream;
/* Opens a file. NULL on failure: ERR_IO (missing, no permission), ERR_INPUT unknown_format for a zip archive. */
struct stream *stream_open(const char *path, struct err *e);
/*
 * Has a thread of the stream's own read and inflate up to two chunks before they are asked for; call it before the
 * first peek or chunk. What is read, and where it fails, stays the same. No effect on what is not a regular file, and
 * where no thread can be started.
 */
void stream_read_ahead(struct stream *s);
/* The first bytes (inflated), up to `want` ≤ 64 KiB; fewer only at the end of the file. They are read again later. */
bool stream_peek(struct stream *s, size_t want, struct slice *head, struct err *e);
/* The next chunk (inflated), valid until the next call; empty at the end of the file. */
bool stream_next(struct stream *s, struct slice *chunk, struct err *e);
const char *stream_path(const struct stream *s);
uint64_t stream_bytes_read(const struct stream *s); /* of the file as stored, for the chunks returned so far */
uint64_t stream_bytes_total(const struct stream *s);
void stream_free(struct stream *s);
/* For tests and for reading from memory: the bytes must outlive the stream. */
struct stream *stream_of_memory(const char *name, struct slice bytes);
