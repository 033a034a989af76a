#include "source/http_text.h"

#include <ctype.h>
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

const char *http_display(struct arena *a, const char *url)
{
	CURLU *parts = curl_url();
	char *shown = NULL;
	const char *out = "(no valid URL)";
	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
		curl_url_set(parts, CURLUPART_USER, NULL, 0);
		curl_url_set(parts, CURLUPART_PASSWORD, NULL, 0);
		curl_url_set(parts, CURLUPART_QUERY, NULL, 0);
		curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0);
		if (curl_url_get(parts, CURLUPART_URL, &shown, 0) == CURLUE_OK)
			out = arena_strdup(a, shown);
	}
	curl_free(shown);
	curl_url_cleanup(parts);
	return out;
}

void http_encode(struct buf *out, struct slice text, bool keeps_slash)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (isalnum(c) || strchr("-_.~", c) || (c == '/' && keeps_slash))
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

static char *url_part(const char *url, CURLUPart part)
{
	CURLU *parts = curl_url();
	char *text = NULL, *copy = NULL;
	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
		copy = must_strdup(text);
	curl_free(text);
	curl_url_cleanup(parts);
	return copy ? copy : must_strdup("");
}

static bool same_part(const char *a, const char *b, CURLUPart part)
{
	char *x = url_part(a, part), *y = url_part(b, part);
	bool same = strcmp(x, y) == 0;
	free(x);
	free(y);
	return same;
}

bool http_same_origin(const char *a, const char *b)
{
	return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) && same_part(a, b, CURLUPART_PORT);
}

/* What a provider says in an error's body: JSON {error: {message}} or {message}, XML <Message>, else its first words.
 */
void http_words(struct slice body, char *out, size_t size)
{
	json_t *root = json_loadb(body.ptr, body.len, 0, NULL);
	const json_t *error = json_object_get(root, "error");
	const char *message = json_string_value(json_object_get(json_is_object(error) ? error : root, "message"));
	message = message ? message : json_string_value(error);
	size_t start = slice_find(body, "<Message>");
	struct slice words = slice_of(message);
	if (!message && start != SIZE_MAX) {
		words = slice_from(body, start + strlen("<Message>"));
		words = slice_head(words, slice_find(words, "<"));
	} else if (!message && body.len > 0 && body.ptr[0] != '<' && body.ptr[0] != '{') {
		words = body;
	}
	words = slice_head(slice_trim(words), size - 1 < HTTP_WORDS_MAX ? size - 1 : HTTP_WORDS_MAX);
	bool is_text = slice_is_utf8(words);
	for (int cut = 0; !is_text && cut < 3 && words.len > 0; cut++) { /* perhaps only a character that was cut */
		words.len--;
		is_text = slice_is_utf8(words);
	}
	for (size_t i = 0; i < words.len; i++) {
		unsigned char c = (unsigned char)words.ptr[i];
		out[i] = c < 0x20 || c == 0x7f ? ' ' : c >= 0x80 && !is_text ? '?' : (char)c;
	}
	out[words.len] = '\0';
	json_decref(root);
}

/* A server may say what it was sent. */
static void hide(char *text, const char *secret)
{
	size_t len = secret ? strlen(secret) : 0;
	for (char *at = text; len >= 4 && (at = strstr(at, secret)) != NULL; at += len)
		memset(at, '*', len);
}

void http_hide(char *text, const struct http_credentials *c)
{
	const char *value = c->header ? strchr(c->header, ':') : NULL;
	value = value ? value + 1 + strspn(value + 1, " ") : NULL;
	const char *last = value ? strrchr(value, ' ') : NULL;
	const char *const secrets[] = {value, last ? last + 1 : NULL, c->password, c->secret, c->token, c->key};
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		hide(text, secrets[i]);
}

int64_t http_retry_after_ms(struct slice value)
{
	int64_t seconds;
	if (slice_uint(value, &seconds))
		return seconds < 86400 ? seconds * 1000 : 86400000;
	char text[64];
	snprintf(text, sizeof text, "%.*s", (int)value.len, value.ptr);
	time_t at = curl_getdate(text, NULL);
	return at == -1 ? 0 : at > time(NULL) ? (int64_t)(at - time(NULL)) * 1000 : 1;
}

int64_t http_range_start(struct slice value)
{
	int64_t start;
	if (!slice_starts(value, "bytes "))
		return -1;
	value = slice_from(value, strlen("bytes "));
	return slice_uint(slice_cut(&value, '-'), &start) ? start : -1;
}

bool http_is_passing(int curl_code)
{
	switch ((CURLcode)curl_code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_PARTIAL_FILE:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_BAD_CONTENT_ENCODING:
		return true;
	default:
		return false;
	}
}
