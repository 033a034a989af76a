#include "source/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <isa-l/igzip_lib.h>

#include "base/scratch.h"

#include <cmocka.h>

static const char TEXT[] = "request_id,provider,cost\nreq_1,openai,0.0125\nreq_2,bedrock,0.5\n";

/* One gzip member of the bytes. */
static void add_member(struct buf *out, struct slice bytes)
{
	struct isal_zstream z;
	isal_deflate_stateless_init(&z);
	z.gzip_flag = IGZIP_GZIP;
	z.flush = NO_FLUSH;
	z.end_of_stream = 1;
	z.next_in = (uint8_t *)(uintptr_t)bytes.ptr;
	z.avail_in = (uint32_t)bytes.len;
	size_t room = bytes.len + bytes.len / 100 + 1000;
	buf_reserve(out, room);
	z.next_out = (uint8_t *)out->ptr + out->len;
	z.avail_out = (uint32_t)room;
	assert_int_equal(isal_deflate_stateless(&z), COMP_OK);
	out->len += z.total_out;
}

/* Bytes that do not compress, the same in every run. */
static void add_noise(struct buf *out, size_t len)
{
	uint64_t x = 88172645463325252u;
	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		buf_add_char(out, (char)(x >> 32));
	}
}

static bool read_all(struct stream *stream, struct buf *out, struct err *e)
{
	buf_reset(out);
	buf_add(out, "", 0);
	for (;;) {
		struct slice chunk;
		if (!stream_next(stream, &chunk, e))
			return false;
		if (chunk.len == 0)
			return true;
		buf_add_slice(out, chunk);
	}
}

/* The sizes of the chunks, of which there are fewer than 1,000, into `sizes`. */
static bool read_as(bool ahead, struct slice bytes, struct buf *out, struct buf *sizes, struct err *e)
{
	struct stream *stream = stream_of_memory("bill.csv.gz", bytes);
	struct slice chunk = SLICE("");
	bool done;
	if (ahead)
		stream_read_ahead(stream);
	buf_reset(out);
	buf_add(out, "", 0);
	do {
		done = stream_next(stream, &chunk, e);
		buf_add_slice(out, chunk);
		buf_printf(sizes, "%zu of %llu\n", chunk.len, (unsigned long long)stream_bytes_read(stream));
	} while (done && chunk.len > 0);
	stream_free(stream);
	return done;
}

/* Reads both ways, which must give the same: chunks, bytes that were read for them, and the failure. */
static bool read_memory(struct slice bytes, struct buf *out, struct err *e)
{
	struct buf ahead = BUF_INIT, sizes = BUF_INIT, ahead_sizes = BUF_INIT;
	struct err ahead_e = ERR_INIT;
	bool done = read_as(false, bytes, out, &sizes, e);
	assert_int_equal(done, read_as(true, bytes, &ahead, &ahead_sizes, &ahead_e));
	assert_string_equal(sizes.ptr, ahead_sizes.ptr);
	assert_true(slice_equal(buf_slice(out), buf_slice(&ahead)));
	assert_memory_equal(e, &ahead_e, sizeof *e);
	buf_release(&ahead);
	buf_release(&sizes);
	buf_release(&ahead_sizes);
	return done;
}

static void assert_reads(struct slice stored, struct slice expected)
{
	struct buf read = BUF_INIT;
	struct err e = ERR_INIT;
	if (!read_memory(stored, &read, &e))
		fail_msg("%s", e.message);
	assert_int_equal(read.len, expected.len);
	assert_true(slice_equal(buf_slice(&read), expected));
	buf_release(&read);
}

static void assert_refused(struct slice stored, const char *code, const char *message)
{
	struct buf read = BUF_INIT;
	struct err e = ERR_INIT;
	if (read_memory(stored, &read, &e))
		fail_msg("was read, %zu bytes, instead of: %s", read.len, message);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.code, code);
	assert_string_equal(e.file, "bill.csv.gz");
	if (!strstr(e.message, message))
		fail_msg("%s instead of: %s", e.message, message);
	buf_release(&read);
}

static void plain_bytes_pass_unchanged(void **unused)
{
	(void)unused;
	static const size_t sizes[] = {0, 1, 2, 5, 6, 7, 262143, 262144, 262145, 1048576, 1048577, 3000001};
	struct buf noise = BUF_INIT;
	buf_add_text(&noise, "x");
	add_noise(&noise, 3000000);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_reads(slice_head(buf_slice(&noise), sizes[i]), slice_head(buf_slice(&noise), sizes[i]));
	buf_release(&noise);
	assert_reads(SLICE("\x1f"), SLICE("\x1f"));
	assert_reads(SLICE("\x1f\x8c"), SLICE("\x1f\x8c"));
}

static void gzip_is_inflated(void **unused)
{
	(void)unused;
	struct buf text = BUF_INIT, stored = BUF_INIT;
	add_member(&stored, SLICE(""));
	assert_reads(buf_slice(&stored), SLICE(""));
	buf_reset(&stored);
	add_member(&stored, SLICE(TEXT));
	assert_reads(buf_slice(&stored), SLICE(TEXT));
	/* Far more than one buffer, compressing well and not at all. */
	for (int i = 0; i < 300000; i++)
		buf_printf(&text, "req_%d,openai,0.0125\n", i);
	add_noise(&text, 1500000);
	buf_reset(&stored);
	add_member(&stored, buf_slice(&text));
	assert_reads(buf_slice(&stored), buf_slice(&text));
	buf_release(&text);
	buf_release(&stored);
}

static void members_follow_one_another(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT, expected = BUF_INIT;
	for (int i = 0; i < 300; i++) {
		add_member(&stored, i % 7 == 3 ? SLICE("") : SLICE(TEXT));
		buf_add_slice(&expected, i % 7 == 3 ? SLICE("") : SLICE(TEXT));
	}
	assert_reads(buf_slice(&stored), buf_slice(&expected));
	buf_release(&stored);
	buf_release(&expected);
}

/* The first member's end, and the second's header, at every position around the end of an input buffer. */
static void members_may_meet_anywhere_in_the_buffer(void **unused)
{
	(void)unused;
	struct buf noise = BUF_INIT, stored = BUF_INIT, expected = BUF_INIT;
	add_noise(&noise, 262144);
	add_member(&stored, buf_slice(&noise));
	size_t overhead = stored.len - noise.len;
	for (size_t len = 262144 - overhead - 24; len <= 262144 - overhead + 12; len++) {
		buf_reset(&stored);
		buf_reset(&expected);
		add_member(&stored, slice_head(buf_slice(&noise), len));
		add_member(&stored, SLICE(TEXT));
		buf_add(&stored, "\0\0\0", 3);
		buf_add(&expected, noise.ptr, len);
		buf_add_slice(&expected, SLICE(TEXT));
		assert_reads(buf_slice(&stored), buf_slice(&expected));
	}
	buf_release(&noise);
	buf_release(&stored);
	buf_release(&expected);
}

static void truncation_at_every_byte_is_found(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT;
	add_member(&stored, SLICE(TEXT));
	size_t first = stored.len;
	for (size_t len = 2; len < first; len++)
		assert_refused(slice_head(buf_slice(&stored), len), "truncated_file", "ends within its gzip data");
	add_member(&stored, SLICE(TEXT));
	for (size_t len = first + 1; len < stored.len; len++)
		assert_refused(slice_head(buf_slice(&stored), len), "truncated_file", "ends within its gzip data");
	buf_release(&stored);
}

static void truncation_within_a_large_member_is_found(void **unused)
{
	(void)unused;
	struct buf noise = BUF_INIT, stored = BUF_INIT;
	add_noise(&noise, 1200000);
	add_member(&stored, buf_slice(&noise));
	static const size_t missing[] = {1, 4, 8, 9, 1000, 600000};
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		assert_refused(slice_head(buf_slice(&stored), stored.len - missing[i]), "truncated_file",
		               "ends within its gzip data");
	assert_refused(slice_head(buf_slice(&stored), 262144), "truncated_file", "ends within its gzip data");
	buf_release(&noise);
	buf_release(&stored);
}

static void damage_is_found(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT;
	add_member(&stored, SLICE(TEXT));
	for (size_t back = 1; back <= 8; back++) { /* the checksum and the length */
		char *byte = stored.ptr + stored.len - back;
		*byte = (char)(*byte ^ 1);
		if (back > 4)
			assert_refused(buf_slice(&stored), "truncated_file", "checksum");
		else
			assert_refused(buf_slice(&stored), "truncated_file", "gzip");
		*byte = (char)(*byte ^ 1);
	}
	/* The data; only the bits that pad a block to a whole byte may change without a trace. */
	size_t unnoticed = 0;
	for (size_t bit = 10 * 8; bit < (stored.len - 8) * 8; bit++) {
		char *byte = stored.ptr + bit / 8;
		*byte = (char)(*byte ^ (1 << bit % 8));
		struct buf read = BUF_INIT;
		struct err e = ERR_INIT;
		if (!read_memory(buf_slice(&stored), &read, &e))
			assert_string_equal(e.code, "truncated_file");
		else if (!slice_equal(buf_slice(&read), SLICE(TEXT)) || ++unnoticed > 7)
			fail_msg("bit %zu", bit);
		buf_release(&read);
		*byte = (char)(*byte ^ (1 << bit % 8));
	}
	stored.ptr[2] = 7; /* a compression method that does not exist */
	assert_refused(buf_slice(&stored), "truncated_file", "damaged");
	buf_release(&stored);
}

static void a_bad_checksum_in_the_second_member_is_found(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT;
	add_member(&stored, SLICE(TEXT));
	add_member(&stored, SLICE(TEXT));
	stored.ptr[stored.len - 8] = (char)(stored.ptr[stored.len - 8] ^ 1);
	assert_refused(buf_slice(&stored), "truncated_file", "checksum");
	buf_release(&stored);
}

static void zero_padding_is_tolerated_and_garbage_is_not(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT;
	add_member(&stored, SLICE(TEXT));
	size_t member = stored.len;
	static const size_t paddings[] = {1, 2, 511, 600000};
	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		stored.len = member;
		buf_reserve(&stored, paddings[i]);
		memset(stored.ptr + stored.len, 0, paddings[i]);
		stored.len += paddings[i];
		assert_reads(buf_slice(&stored), SLICE(TEXT));
		buf_add_char(&stored, 'x');
		assert_refused(buf_slice(&stored), "truncated_file", "trailing data that is not gzip");
	}
	static const char *const garbage[] = {"x", "garbage", "\x1f\x8c", "\x8b\x1f", "\n"};
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		stored.len = member;
		buf_add_text(&stored, garbage[i]);
		assert_refused(buf_slice(&stored), "truncated_file", "trailing data that is not gzip");
	}
	buf_release(&stored);
}

static void other_archives_are_named(void **unused)
{
	(void)unused;
	assert_refused(SLICE("PK\003\004rest of it"), "unknown_format", "zip archive");
	assert_refused(SLICE("PK\005\006"), "unknown_format", "zip archive");
	assert_refused(SLICE("\x28\xb5\x2f\xfdxx"), "unknown_format", "zstandard");
	assert_refused(SLICE("\xfd\x37\x7a\x58\x5a\0xx"), "unknown_format", "xz");
	assert_refused(SLICE("BZh9"), "unknown_format", "bzip2");
	assert_reads(SLICE("PK"), SLICE("PK"));
	assert_reads(SLICE("PKI,name\n"), SLICE("PKI,name\n"));
}

static void peeked_bytes_are_read_again(void **unused)
{
	(void)unused;
	struct buf text = BUF_INIT, stored = BUF_INIT, read = BUF_INIT;
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "req_%d,openai,0.0125\n", i);
	/* Small members: a peek has to go through many of them. */
	for (size_t at = 0; at < text.len; at += 1000)
		add_member(&stored, slice_head(slice_from(buf_slice(&text), at), 1000));
	static const size_t wants[] = {0, 1, 4096, 65536, 100000};
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]) * 4; i++) {
		size_t want = wants[i / 4], limit = want < 65536 ? want : 65536;
		struct stream *stream = stream_of_memory("bill.csv.gz", i % 2 ? buf_slice(&text) : buf_slice(&stored));
		struct slice head;
		struct err e = ERR_INIT;
		if (i & 2)
			stream_read_ahead(stream);
		assert_true(stream_peek(stream, 10, &head, &e));
		assert_true(slice_equal(head, slice_head(buf_slice(&text), 10)));
		assert_true(stream_peek(stream, want, &head, &e));
		assert_true(slice_equal(head, slice_head(buf_slice(&text), limit)));
		assert_true(read_all(stream, &read, &e));
		assert_true(slice_equal(buf_slice(&read), buf_slice(&text)));
		assert_true(stream_peek(stream, want, &head, &e));
		assert_int_equal(head.len, 0);
		stream_free(stream);
	}
	buf_release(&text);
	buf_release(&stored);
	buf_release(&read);
}

static void a_failure_comes_again(void **unused)
{
	(void)unused;
	struct buf stored = BUF_INIT;
	add_member(&stored, SLICE(TEXT));
	for (int ahead = 0; ahead < 2; ahead++) {
		struct stream *stream = stream_of_memory("bill.csv.gz", slice_head(buf_slice(&stored), stored.len - 1));
		if (ahead)
			stream_read_ahead(stream);
		for (int i = 0; i < 3; i++) {
			struct slice head;
			struct err e = ERR_INIT;
			assert_false(stream_peek(stream, 4096, &head, &e));
			assert_string_equal(e.code, "truncated_file");
			assert_int_equal(head.len, 0);
			err_clear(&e);
			assert_false(stream_next(stream, &head, &e));
			assert_string_equal(e.code, "truncated_file");
			assert_int_equal(head.len, 0);
		}
		stream_free(stream);
	}
	buf_release(&stored);
}

/* Bytes that were handed out stay as they are until the next call, however far ahead the thread is. */
static void a_chunk_stays_until_the_next_call(void **unused)
{
	(void)unused;
	struct buf noise = BUF_INIT;
	add_noise(&noise, 9 << 20);
	struct stream *stream = stream_of_memory("bill.csv", buf_slice(&noise));
	struct slice chunk, rest = buf_slice(&noise);
	struct err e = ERR_INIT;
	stream_read_ahead(stream);
	while (rest.len > 0) {
		assert_true(stream_next(stream, &chunk, &e));
		usleep(2000);
		assert_true(chunk.len > 0 && slice_equal(chunk, slice_head(rest, chunk.len)));
		rest = slice_from(rest, chunk.len);
	}
	for (int i = 0; i < 3; i++) {
		assert_true(stream_next(stream, &chunk, &e));
		assert_int_equal(chunk.len, 0);
	}
	stream_free(stream);
	buf_release(&noise);
}

/* Whatever the thread is at: it is waited for, and nothing of it is left. */
static void closing_early_ends_the_thread(void **unused)
{
	(void)unused;
	struct buf text = BUF_INIT, stored = BUF_INIT;
	add_noise(&text, 4 << 20);
	add_member(&stored, buf_slice(&text));
	for (int i = 0; i < 60; i++) {
		struct stream *stream = stream_of_memory("bill.csv.gz", buf_slice(i % 2 ? &text : &stored));
		struct slice chunk;
		struct err e = ERR_INIT;
		stream_read_ahead(stream);
		for (int k = 0; k < i % 5; k++)
			assert_true(stream_next(stream, &chunk, &e));
		if (i % 3 == 0)
			assert_true(stream_peek(stream, 4096, &chunk, &e));
		if (i % 7 == 0)
			usleep(1000);
		stream_free(stream);
	}
	buf_release(&text);
	buf_release(&stored);
}

static void reads_files(void **state)
{
	struct scratch *s = *state;
	struct buf stored = BUF_INIT, read = BUF_INIT;
	struct err e = ERR_INIT;
	add_member(&stored, SLICE(TEXT));
	const struct {
		struct slice stored, expected;
	} cases[] = {
	        {SLICE(""), SLICE("")},
	        {SLICE(TEXT), SLICE(TEXT)},
	        {buf_slice(&stored), SLICE(TEXT)}, /* told by its bytes, not its name */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 2; i++) {
		struct slice bytes = cases[i / 2].stored;
		char *path = scratch_write(s, "bill.csv", bytes);
		struct stream *stream = stream_open(path, &e);
		assert_non_null(stream);
		if (i % 2)
			stream_read_ahead(stream);
		assert_string_equal(stream_path(stream), path);
		assert_int_equal(stream_bytes_total(stream), bytes.len);
		assert_true(read_all(stream, &read, &e));
		assert_true(slice_equal(buf_slice(&read), cases[i / 2].expected));
		assert_int_equal(stream_bytes_read(stream), bytes.len);
		stream_free(stream);
	}
	buf_release(&stored);
	buf_release(&read);
}

static void opening_tells_why_not(void **state)
{
	struct scratch *s = *state;
	struct err e = ERR_INIT;
	assert_null(stream_open(scratch_path(s, "absent.csv"), &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "absent.csv: No such file or directory"));
	err_clear(&e);
	assert_null(stream_open(s->folder, &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "Is a directory"));
	err_clear(&e);
	assert_null(stream_open(scratch_write(s, "a.csv", SLICE("PK\003\004")), &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.code, "unknown_format");
	stream_free(NULL);
}

static void no_permission_is_an_io_error(void **state)
{
	char *path = scratch_write(*state, "secret.csv", SLICE(TEXT));
	assert_int_equal(chmod(path, 0), 0);
	if (access(path, R_OK) == 0) /* root may read anything */
		skip();
	struct err e = ERR_INIT;
	assert_null(stream_open(path, &e));
	assert_int_equal(e.kind, ERR_IO);
	assert_non_null(strstr(e.message, "Permission denied"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(plain_bytes_pass_unchanged),
	        cmocka_unit_test(gzip_is_inflated),
	        cmocka_unit_test(members_follow_one_another),
	        cmocka_unit_test(members_may_meet_anywhere_in_the_buffer),
	        cmocka_unit_test(truncation_at_every_byte_is_found),
	        cmocka_unit_test(truncation_within_a_large_member_is_found),
	        cmocka_unit_test(damage_is_found),
	        cmocka_unit_test(a_bad_checksum_in_the_second_member_is_found),
	        cmocka_unit_test(zero_padding_is_tolerated_and_garbage_is_not),
	        cmocka_unit_test(other_archives_are_named),
	        cmocka_unit_test(peeked_bytes_are_read_again),
	        cmocka_unit_test(a_failure_comes_again),
	        cmocka_unit_test(a_chunk_stays_until_the_next_call),
	        cmocka_unit_test(closing_early_ends_the_thread),
	        cmocka_unit_test_setup_teardown(reads_files, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(opening_tells_why_not, scratch_setup, scratch_teardown),
	        cmocka_unit_test_setup_teardown(no_permission_is_an_io_error, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
