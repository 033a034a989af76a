/*
 * HTTP over libcurl: what has to be fetched is a list of transfers, run side by side by one multi handle, each into
 * memory or into a file. A transfer that fails for a passing reason (time-outs, names that don't resolve, 408, 429,
 * 5xx, a body that breaks off) is tried again after a growing, jittered wait, or the one that the server asks for,
 * within a budget of time for the whole source; a file goes on where it broke off if the server still has the same one.
 * Certificates are checked always. Credentials go to the origin they are meant for and nowhere else, and no message
 * holds them: an error names the URL without user, password and query, the status, what the provider said, and how
 * often it was tried.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

struct http;
struct http_settings {
	const char *ca_file;  /* PEM; NULL: the system's */
	const char *proxy;    /* URL; NULL: as the environment says (https_proxy, no_proxy, …) */
	int retry_seconds;    /* to spend on waiting before it is tried again, all transfers together */
	int timeout_seconds;  /* no byte for so long: broken off */
	int at_once;          /* transfers side by side */
	uint64_t bytes_limit; /* of one body */
};
struct http *http_new(const struct http_settings *settings, struct err *e);
void http_free(struct http *h);

enum http_auth { HTTP_AUTH_NONE, HTTP_AUTH_HEADER, HTTP_AUTH_BASIC, HTTP_AUTH_AWS };
struct http_credentials {
	enum http_auth kind;
	const char *header;               /* HTTP_AUTH_HEADER: the whole line, "Authorization: Bearer …" */
	const char *user, *password;      /* HTTP_AUTH_BASIC */
	const char *key, *secret, *token; /* HTTP_AUTH_AWS: Signature Version 4; token may be NULL */
	const char *region, *service;
};

enum { HTTP_HEADERS_MAX = 8, HTTP_ETAG_MAX = 256, HTTP_LOCATION_MAX = 2048, HTTP_REGION_MAX = 64 };
struct http_transfer {
	/* What is asked for. Strings live as long as the transfer. */
	const char *url;    /* encoded; AWS signs path and query as they stand */
	const char *method; /* NULL: GET, or POST with a body */
	const char *body;   /* of a POST, form-encoded; NULL: none */
	const char *header[HTTP_HEADERS_MAX];
	struct http_credentials credentials;
	bool follows_redirects; /* five at most, never to plain HTTP; credentials only where scheme, host and port agree
	                         */
	bool is_direct;         /* never through a proxy: addresses of this machine's own */
	bool is_quick;          /* tried once, for two seconds: endpoints that answer at once or are not there */
	const char *if_match;   /* ETag that the object must have; NULL: any */
	/* Where the body goes: this file, begun anew or, with the ETag that stands beside it, continued; NULL: memory.
	 * It is left as it is when the transfer fails, to be continued another time. */
	const char *part_path;
	uint64_t bytes_expected; /* for progress; 0: not known */
	void *tag;               /* the caller's */

	/* What came of it. */
	bool done;
	int status;
	int attempts;
	uint64_t bytes; /* of the body, also those of earlier attempts */
	struct buf memory;
	char etag[HTTP_ETAG_MAX];
	char region[HTTP_REGION_MAX]; /* x-amz-bucket-region */
	char last_modified[64];
	struct err error;         /* ERR_UNAVAILABLE, ERR_IO (the file), ERR_INPUT (limits) */
	struct http_state *state; /* internal */
};
/*
 * Runs the transfers, `settings.at_once` at a time. True when all are done; else false with the first failure, the
 * others running to their end unless `stops_early`. What a transfer brought is in it either way. `progress` (may be
 * NULL) is called with the bytes that have come since its last call.
 */
bool http_run(struct http *h, struct http_transfer *transfer, size_t count, bool stops_early,
              void (*progress)(void *context, uint64_t bytes), void *context, struct err *e);
/* One transfer into memory. */
bool http_get(struct http *h, struct http_transfer *transfer, struct err *e);
void http_transfer_release(struct http_transfer *t);
uint64_t http_requests(const struct http *h); /* sent so far */

/* "https://host/path": what may be shown of a URL; in the arena. */
const char *http_display(struct arena *a, const char *url);
/* Appends text with everything but unreserved characters percent-encoded in upper case (RFC 3986); '/' stays if
 * keeps_slash. */
void http_encode(struct buf *out, struct slice text, bool keeps_slash);
