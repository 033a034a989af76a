/*
 * JSON files: cut into records without reading them whole, built with jansson after json_scan, and read through
 * small accessors. Numbers are strings in what json_build returns.
 */
#pragma once
#include "base/decimal.h"
#include "format/format.h"
#include "format/json_scan.h"
#include <jansson.h>

enum { JSON_RECORD_MAX = 16 << 20, JSON_DOCUMENT_MAX = 256 << 20 };

/*
 * The records of a file: the elements of an array if the file begins with one, else
 *   by line:  every line that is not blank, whatever it holds, so that one bad line spoils nothing else;
 *   by value: JSON values one after the other, over as many lines as they take.
 * With `enveloped`, a first object that holds no text before its member `data` or `result`, an array of objects, is an
 * API's answer: the records are the elements of that array, and what follows it in the object is passed over.
 */
struct json_records {
	struct stream *in;
	size_t limit; /* bytes of one record */
	bool by_line;
	bool enveloped; /* to be set after begin */
	bool started, in_array, after_element, in_envelope;
	struct slice chunk; /* not yet read part */
	struct buf carry;   /* a record that crosses chunks */
	uint64_t line;      /* physical line of the last record's first byte, from 1 */
	uint64_t next_line;
};
void json_records_begin(struct json_records *r, struct stream *in, bool by_line, size_t limit);
/* The next record, valid until the next call; absent (ptr NULL) at the end. Errors: malformed_row (over the limit,
 * a broken array), truncated_file (the array or value does not end), and what the stream reports. */
bool json_records_next(struct json_records *r, struct slice *record, struct err *e);
void json_records_release(struct json_records *r);

struct json_reader {
	struct json_scan scan; /* set skip and skip_count before use */
	struct buf quoted;
};
void json_reader_release(struct json_reader *r);
/* Scans and builds one value. NULL: *why is a static phrase, scan.cut_off says that the text ends too early. */
json_t *json_build(struct json_reader *r, struct slice text, const char **why);
/* The same for a document that must be right: fails with truncated_file or malformed_row. `line` is where it begins. */
json_t *json_build_document(struct json_reader *r, struct slice text, const char *path, uint64_t line, struct err *e);
/* Why jansson refused a text that json_scan had passed: a static phrase. */
const char *json_refusal(const json_error_t *error);

static inline void json_free(json_t **value)
{
	json_decref(*value);
}
#define JSON_AUTO __attribute__((cleanup(json_free))) json_t *

/* The text of a string or number; absent for null, other kinds and no such member. */
struct slice json_text(const json_t *object, const char *name);
/* The same; empty counts as absent too. */
struct slice json_word(const json_t *object, const char *name);
/* A count from 0 to 10^15, as number or string; 0 when it is absent or null. False if it is anything else. */
bool json_count(const json_t *object, const char *name, int64_t *out);
/* A decimal; *given = false when it is absent or null. False: *why is a static phrase. */
bool json_decimal(const json_t *object, const char *name, struct decimal *out, bool *given, const char **why);

/* For detection: the first byte that is no blank and no byte-order mark, or 0. */
char json_head_first(struct slice head);
/* Whether "key" is in it as a member's name; with a value, only if the value is that string. */
bool json_head_has(struct slice head, const char *key, const char *value);
