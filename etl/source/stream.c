/*
 * Stored bytes come in by 256 KiB (from the file or from memory) and go out in chunks of at most 1 MiB. A chunk has at
 * least PEEK_MAX bytes unless the end comes before, so a peek never needs more than one. A chunk in which reading fails
 * is not handed out: what a damaged file holds shortly before the damage cannot be trusted.
 *
 * Reading ahead, a thread fills chunks in a ring and the reader takes them; a chunk's bytes belong to one of the two at
 * any time, so nothing is copied. The thread runs the same code, so chunks, failures and their order are the same.
 *
 * ISA-L reports neither the end of a cut-off member (it returns success and waits for more) nor what follows a member,
 * so both are checked here: every member must reach ISAL_BLOCK_FINISH, and after it may come another member, zero bytes
 * (some tools pad to a block), or nothing. Once a stream has failed, it fails the same way again.
 */
#include "source/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_SIZE = 256 * 1024, CHUNK_SIZE = 1024 * 1024, PEEK_MAX = 64 * 1024, MAGIC_SIZE = 6, RING = 3 };

struct chunk {
	uint8_t *bytes; /* CHUNK_SIZE of them, allocated when first needed */
	size_t len;     /* 0: the end, or the stream's failure */
	uint64_t bytes_read;
};

struct stream {
	char *path;
	int fd;              /* -1: `memory` instead */
	struct slice memory; /* what is left of it */
	uint64_t bytes_total;

	/* Of whoever fills chunks: the thread that reads ahead, else the reader. */
	uint64_t bytes_filled;
	bool stored_end; /* no stored bytes beyond those in `input` */
	bool end;        /* no bytes beyond those of the last chunk filled */
	bool gzip;
	bool member_open; /* within a gzip member */
	size_t input_start, input_end;
	struct inflate_state inflate;
	uint8_t input[INPUT_SIZE];
	struct err failure; /* the reader looks at it when it has a chunk without bytes */

	/* Of the reader. */
	size_t current;      /* the chunk at hand */
	bool at_hand, taken; /* it has been filled; stream_next has returned it */
	uint64_t bytes_read;

	struct chunk chunk[RING];
	bool ahead; /* `thread` fills */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t filled, freed;
	size_t filled_count; /* chunks that are filled, the one at hand included; under `mutex` */
	bool stop;           /* under `mutex` */
};

/* Reads stored bytes to `to`; *got is 0 at the end only. */
static bool read_stored(struct stream *s, uint8_t *to, size_t size, size_t *got, struct err *e)
{
	if (s->fd < 0) {
		struct slice part = slice_head(s->memory, size);
		if (part.len > 0)
			memcpy(to, part.ptr, part.len);
		s->memory = slice_from(s->memory, part.len);
		*got = part.len;
	} else {
		ssize_t count;
		do
			count = read(s->fd, to, size);
		while (count < 0 && errno == EINTR);
		if (count < 0)
			return fail_errno(e, "cannot read %s", s->path);
		*got = (size_t)count;
	}
	s->bytes_filled += *got;
	s->stored_end = *got == 0;
	return true;
}

/* At least `want` stored bytes in `input`, fewer only at the end. */
static bool fill_input(struct stream *s, size_t want, struct err *e)
{
	if (s->input_end - s->input_start >= want)
		return true;
	memmove(s->input, s->input + s->input_start, s->input_end - s->input_start);
	s->input_end -= s->input_start;
	s->input_start = 0;
	while (s->input_end < want && !s->stored_end) {
		size_t got;
		if (!read_stored(s, s->input + s->input_end, INPUT_SIZE - s->input_end, &got, e))
			return false;
		s->input_end += got;
	}
	return true;
}

static bool fail_damaged(struct stream *s, struct err *e, const char *what)
{
	fail_input(e, "truncated_file", "%s", what);
	err_hint(e, "fetch the file again");
	return err_where(e, s->path, 0, 0);
}

/* Between gzip members: opens the next one, or sets `end`. */
static bool next_member(struct stream *s, struct err *e)
{
	for (;;) {
		if (!fill_input(s, 2, e))
			return false;
		if (s->input_start == s->input_end) {
			s->end = true;
			return true;
		}
		if (s->input[s->input_start] != 0)
			break;
		s->input_start++;
	}
	const uint8_t *magic = s->input + s->input_start;
	bool whole = s->input_end - s->input_start >= 2;
	if (magic[0] != 0x1f || (whole && magic[1] != 0x8b))
		return fail_damaged(s, e, "trailing data that is not gzip");
	isal_inflate_reset(&s->inflate);
	s->inflate.crc_flag = ISAL_GZIP;
	s->member_open = true;
	return true;
}

static const char *inflate_failure(int result)
{
	return result == ISAL_INCORRECT_CHECKSUM ? "the gzip checksum does not match the content"
	                                         : "the gzip data is damaged";
}

/* Inflates as much as the buffers allow in one go. */
static bool inflate_some(struct stream *s, struct chunk *to, struct err *e)
{
	if (!s->member_open)
		return next_member(s, e);
	if (!fill_input(s, 1, e))
		return false;
	struct inflate_state *inflate = &s->inflate;
	uint32_t offered = (uint32_t)(s->input_end - s->input_start);
	uint32_t room = (uint32_t)(CHUNK_SIZE - to->len);
	inflate->next_in = s->input + s->input_start;
	inflate->avail_in = offered;
	inflate->next_out = to->bytes + to->len;
	inflate->avail_out = room;
	int result = isal_inflate(inflate);
	s->input_start = s->input_end - inflate->avail_in;
	to->len = CHUNK_SIZE - inflate->avail_out;
	if (result != ISAL_DECOMP_OK)
		return fail_damaged(s, e, inflate_failure(result));
	if (inflate->block_state == ISAL_BLOCK_FINISH)
		s->member_open = false;
	else if (inflate->avail_in == offered && inflate->avail_out == room)
		return fail_damaged(s, e, offered ? "the gzip data is damaged" : "the file ends within its gzip data");
	return true;
}

static bool copy_some(struct stream *s, struct chunk *to, struct err *e)
{
	size_t got = s->input_end - s->input_start;
	if (got > 0) { /* what opening the file read to see its magic */
		memcpy(to->bytes + to->len, s->input + s->input_start, got);
		s->input_start += got;
	} else if (!read_stored(s, to->bytes + to->len, CHUNK_SIZE - to->len, &got, e)) {
		return false;
	}
	to->len += got;
	s->end = got == 0;
	return true;
}

/* ---- chunks ---- */

static void fill_chunk(struct stream *s, struct chunk *c)
{
	if (!c->bytes)
		c->bytes = must_realloc(NULL, CHUNK_SIZE);
	c->len = 0;
	bool fine = s->failure.kind == ERR_NONE;
	while (fine && c->len < PEEK_MAX && !s->end)
		fine = s->gzip ? inflate_some(s, c, &s->failure) : copy_some(s, c, &s->failure);
	if (!fine)
		c->len = 0;
	c->bytes_read = s->bytes_filled;
}

static void *fill_ahead(void *context)
{
	struct stream *s = context;
	size_t next = 0;
	bool more = true;
	while (more) {
		pthread_mutex_lock(&s->mutex);
		while (s->filled_count == RING && !s->stop)
			pthread_cond_wait(&s->freed, &s->mutex);
		bool stop = s->stop;
		pthread_mutex_unlock(&s->mutex);
		if (stop)
			break;
		fill_chunk(s, &s->chunk[next]);
		more = s->chunk[next].len > 0;
		next = (next + 1) % RING;
		pthread_mutex_lock(&s->mutex);
		s->filled_count++;
		pthread_cond_signal(&s->filled);
		pthread_mutex_unlock(&s->mutex);
	}
	return NULL;
}

/* Waits for the chunk after the one that was taken, which is given back. */
static void next_ahead(struct stream *s)
{
	pthread_mutex_lock(&s->mutex);
	if (s->taken) {
		s->current = (s->current + 1) % RING;
		s->filled_count--;
		pthread_cond_signal(&s->freed);
	}
	while (s->filled_count == 0)
		pthread_cond_wait(&s->filled, &s->mutex);
	pthread_mutex_unlock(&s->mutex);
}

/* Has a chunk at hand that was not taken; one without bytes stays for good. */
static bool need_chunk(struct stream *s, struct err *e)
{
	if (!s->at_hand || (s->taken && s->chunk[s->current].len > 0)) {
		if (s->ahead)
			next_ahead(s);
		else
			fill_chunk(s, &s->chunk[s->current]);
		s->at_hand = true;
		s->taken = false;
		s->bytes_read = s->chunk[s->current].bytes_read;
	}
	if (s->chunk[s->current].len > 0 || s->failure.kind == ERR_NONE)
		return true;
	if (e->kind == ERR_NONE)
		*e = s->failure;
	return false;
}

static void ahead_release(struct stream *s)
{
	pthread_cond_destroy(&s->freed);
	pthread_cond_destroy(&s->filled);
	pthread_mutex_destroy(&s->mutex);
}

static void stop_ahead(struct stream *s)
{
	pthread_mutex_lock(&s->mutex);
	s->stop = true;
	pthread_cond_signal(&s->freed);
	pthread_mutex_unlock(&s->mutex);
	pthread_join(s->thread, NULL);
	ahead_release(s);
}

void stream_read_ahead(struct stream *s)
{
	bool may_block = s->fd >= 0 && s->bytes_total == 0; /* no regular file: closing early would wait for it */
	if (s->ahead || s->at_hand || may_block)
		return;
	pthread_mutex_init(&s->mutex, NULL);
	pthread_cond_init(&s->filled, NULL);
	pthread_cond_init(&s->freed, NULL);
	s->ahead = pthread_create(&s->thread, NULL, fill_ahead, s) == 0;
	if (!s->ahead)
		ahead_release(s);
}

/* Looks at the first stored bytes. */
static bool detect(struct stream *s, struct err *e)
{
	static const struct {
		const char *name;
		struct slice magic;
	} refused[] = {
	        {"a zip archive", {"PK\003\004", 4}},
	        {"a zip archive", {"PK\005\006", 4}},
	        {"zstandard-compressed", {"\x28\xb5\x2f\xfd", 4}},
	        {"xz-compressed", {"\xfd\x37\x7a\x58\x5a\x00", 6}},
	        {"bzip2-compressed", {"BZh", 3}},
	};
	if (!fill_input(s, MAGIC_SIZE, e))
		return false;
	struct slice head = {(const char *)s->input, s->input_end};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!slice_equal(slice_head(head, refused[i].magic.len), refused[i].magic))
			continue;
		fail_input(e, "unknown_format", "the file is %s", refused[i].name);
		err_hint(e, "unpack it; plain files and gzip are read");
		return err_where(e, s->path, 0, 0);
	}
	if (slice_starts(head, "\x1f\x8b")) {
		s->gzip = true;
		isal_inflate_init(&s->inflate);
	}
	return true;
}

static struct stream *begin(const char *path, int fd, struct slice memory, uint64_t bytes_total)
{
	struct stream *s = must_alloc(sizeof(*s));
	s->path = must_strdup(path);
	s->fd = fd;
	s->memory = memory;
	s->bytes_total = bytes_total;
	return s;
}

struct stream *stream_open(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fail_errno(e, "cannot open %s", path);
		return NULL;
	}
	struct stat st;
	bool known = fstat(fd, &st) == 0;
	if (!known || S_ISDIR(st.st_mode)) {
		if (known)
			errno = EISDIR;
		fail_errno(e, "cannot read %s", path);
		close(fd);
		return NULL;
	}
	uint64_t total = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	struct stream *s = begin(path, fd, SLICE_NULL, total);
	if (detect(s, e))
		return s;
	stream_free(s);
	return NULL;
}

struct stream *stream_of_memory(const char *name, struct slice bytes)
{
	struct stream *s = begin(name, -1, bytes, bytes.len);
	detect(s, &s->failure);
	return s;
}

bool stream_peek(struct stream *s, size_t want, struct slice *head, struct err *e)
{
	*head = SLICE("");
	if (!need_chunk(s, e))
		return false;
	const struct chunk *c = &s->chunk[s->current];
	*head = slice_head((struct slice){(const char *)c->bytes, c->len}, want < PEEK_MAX ? want : PEEK_MAX);
	return true;
}

bool stream_next(struct stream *s, struct slice *chunk, struct err *e)
{
	*chunk = SLICE("");
	if (!need_chunk(s, e))
		return false;
	const struct chunk *c = &s->chunk[s->current];
	if (c->len > 0)
		*chunk = (struct slice){(const char *)c->bytes, c->len};
	s->taken = true;
	return true;
}

const char *stream_path(const struct stream *s)
{
	return s->path;
}

uint64_t stream_bytes_read(const struct stream *s)
{
	return s->bytes_read;
}

uint64_t stream_bytes_total(const struct stream *s)
{
	return s->bytes_total;
}

void stream_free(struct stream *s)
{
	if (!s)
		return;
	if (s->ahead)
		stop_ahead(s);
	if (s->fd >= 0)
		close(s->fd);
	for (size_t i = 0; i < RING; i++)
		free(s->chunk[i].bytes);
	free(s->path);
	free(s);
}
