/*
 * Objects of a bucket in S3, or in what speaks its protocol: listed page by page, and described as transfers that
 * http_run fetches. Requests are signed (Signature Version 4); a bucket of another region says so, and is asked again
 * there.
 */
#pragma once
#include "source/aws_credentials.h"

struct s3 {
	struct http *http;
	struct aws_credentials credentials;
	const char *profile;  /* NULL: the default chain */
	const char *endpoint; /* "https://host[:port]" of another store than AWS's; NULL */
	const char *bucket;
	char region[HTTP_REGION_MAX];
};
struct s3_object {
	const char *key;  /* not encoded */
	const char *etag; /* with its quotes */
	utc_us modified;
	uint64_t bytes;
	bool is_folder; /* a common prefix, when a delimiter was given */
};
/*
 * Lists keys that begin with `prefix` and come after `start_after` (NULL: all), in byte order; with a delimiter what
 * has it after the prefix is put together. `each` gets objects that live during the call. ERR_UNAVAILABLE, ERR_CONFIG
 * (no credentials).
 */
bool s3_list(struct s3 *s, const char *prefix, const char *start_after, const char *delimiter,
             bool (*each)(void *context, const struct s3_object *object, struct err *e), void *context, struct err *e);
/* Describes the fetch of an object, with this ETag (NULL: any); its strings are in the arena. */
bool s3_transfer(struct s3 *s, const char *key, const char *etag, struct arena *a, struct http_transfer *out,
                 struct err *e);
/* An object into memory. */
bool s3_read(struct s3 *s, const char *key, const char *etag, size_t limit, struct buf *out, struct err *e);
/* Splits "s3://bucket/prefix"; the prefix has neither a leading nor a trailing slash. */
bool s3_split(struct arena *a, const char *uri, const char **bucket, const char **prefix);
void s3_release(struct s3 *s);
