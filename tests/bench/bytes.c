/*
 * The client's stages on their own, without a database: bytes inflate|parse FILE… reads the files one after the other
 * and prints megabytes (inflated), records and milliseconds.
 */
#include "base/civil.h"
#include "format/format.h"
#include <inttypes.h>
#include <stdio.h>

static bool count_event(void *context, struct event *ev, struct err *e)
{
	(void)ev, (void)e;
	++*(uint64_t *)context;
	return true;
}
static bool count_line(void *context, const struct line *l, struct err *e)
{
	(void)l, (void)e;
	++*(uint64_t *)context;
	return true;
}
static bool count_quarantine(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	(void)context, (void)line, (void)raw;
	return fail(e, ERR_INPUT, "quarantined: %s", reason);
}
static bool ignore_bucket(void *context, const struct delivery_key *key, struct err *e)
{
	(void)context, (void)key, (void)e;
	return true;
}
static void count_others(void *context, uint64_t rows)
{
	*(uint64_t *)context += rows;
}

static bool inflate(struct stream *in, uint64_t *bytes, struct err *e)
{
	struct slice chunk;
	do {
		if (!stream_next(in, &chunk, e))
			return false;
		*bytes += chunk.len;
	} while (chunk.len > 0);
	return true;
}

static bool parse(struct stream *in, utc_us now, uint64_t *records, struct err *e)
{
	const struct format *format = format_detect(in, e);
	const struct sink sink = {.context = records,
	                          .event = count_event,
	                          .line = count_line,
	                          .quarantine = count_quarantine,
	                          .bucket = ignore_bucket,
	                          .passed_over = count_others};
	const struct source_config source = {.name = "aws-cur", .type = "aws-cur", .request_id_tag = "user_request_id"};
	const struct reader_options options = {
	        .as_of = now + 3650 * UTC_DAY, .path = stream_path(in), .source = &source};
	return format && format->read(in, &options, &sink, e);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;
	uint64_t bytes = 0, records = 0;
	bool parses = argc > 2 && strcmp(argv[1], "parse") == 0;
	if (argc < 3 || (!parses && strcmp(argv[1], "inflate") != 0)) {
		fprintf(stderr, "Usage: bytes inflate|parse FILE…\n");
		return 64;
	}
	utc_us begin = utc_now();
	for (int i = 2; i < argc && e.kind == ERR_NONE; i++) {
		struct stream *in = stream_open(argv[i], &e);
		if (!in)
			break;
		if (parses)
			parse(in, begin, &records, &e);
		else
			inflate(in, &bytes, &e);
		stream_free(in);
	}
	if (e.kind != ERR_NONE)
		fprintf(stderr, "error: %s:%" PRIu64 ": %s\n", e.file, e.line, e.message);
	printf("%" PRIu64 " %" PRIu64 " %" PRId64 "\n", bytes >> 20, records, (utc_now() - begin) / 1000);
	return err_exit_code(&e);
}
