/* What http.c makes of texts: URLs, headers, and the words of an answer that is an error. */
#pragma once
#include "source/http.h"

enum { HTTP_WORDS_MAX = 300 };

/* Whether scheme, host and port are the same. */
bool http_same_origin(const char *a, const char *b);
/* What a provider says in an error's body, as valid UTF-8 without control characters, at most HTTP_WORDS_MAX bytes:
 * JSON {error: {message}} or {message}, XML <Message>, else its first words. */
void http_words(struct slice body, char *out, size_t size);
/* Puts stars in the place of credentials: a server may say what it was sent. */
void http_hide(char *text, const struct http_credentials *c);
/* How long a Retry-After asks to wait: seconds, or a date; a day at most, 0 when it is neither. */
int64_t http_retry_after_ms(struct slice value);
/* Where a Content-Range ("bytes 100-199/200") begins; -1 when it does not say. */
int64_t http_range_start(struct slice value);
/* Whether trying again may help after this CURLcode. */
bool http_is_passing(int curl_code);
