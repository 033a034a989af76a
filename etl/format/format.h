/*
 * One file per format, all yielding the records of record.h. The table of formats is in format.c.
 */
#pragma once
#include "config/config.h"
#include "format/record.h"
#include "source/stream.h"

struct reader_options {
	const struct source_config *source;      /* NULL: none configured */
	const struct name_map *provider_aliases; /* the config's; may be NULL */
	utc_us as_of;
	const char *dataset; /* given by a manifest or by --dataset; NULL: the format's own */
	/* The file's path. A CUR report's name comes from it when no manifest gives one. */
	const char *path;
};

struct format {
	const char *name;        /* as --format takes it and ops.file stores it */
	const char *source_type; /* of the config's source type that it belongs to */
	const char *summary;     /* one line for --help */
	/* Files of one set that are given together are its parts, and one delivery. Not so for API pages: a bucket that
	 * comes again was restated. */
	bool has_parts;
	/* A delivery is a whole billing period, restated as a whole: its lines have a partition of their own. */
	bool is_whole_bill;
	bool yields_events; /* whose repeats are known when all of them are in */
	/* Whether a file that begins with these bytes (inflated, up to 64 KiB, cut anywhere) is of this format. */
	bool (*detect)(struct slice head);
	/* Reads to the end of the stream. False: e has code, file, line; a bad bill line rejects the whole file. */
	bool (*read)(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e);
};

/* NULL-terminated. Order matters to detection: the most particular first. */
extern const struct format *const formats[];
const struct format *format_find(const char *name);
/* Whether the formats that sources name exist; else ERR_CONFIG with file and line. */
bool format_check_config(const struct config *c, struct err *e);
/* NULL with ERR_INPUT unknown_format (message names the first bytes or the header seen, hint lists formats). */
const struct format *format_detect(struct stream *in, struct err *e);

/* Names (see each file's top comment for the source of its facts). */
extern const struct format format_events_json, format_events_csv, format_otlp, format_aws_cur, format_bedrock_log,
        format_openai_api, format_openai_usage_csv, format_openai_cost_csv, format_anthropic_api,
        format_anthropic_usage_csv, format_anthropic_cost_csv, format_openrouter_csv, format_openrouter_api,
        format_usage_csv;
/* Price books; not in `formats`, used by `refdata import-prices`. */
extern const struct format format_litellm_prices, format_genai_prices;
