#include "source/s3.h"

#include "source/xml.h"
#include <stdio.h>
#include <stdlib.h>

enum { PAGES_MAX = 100000 };

bool s3_split(struct arena *a, const char *uri, const char **bucket, const char **prefix)
{
	if (strncmp(uri, "s3://", 5) != 0)
		return false;
	struct slice rest = slice_of(uri + 5), name = slice_cut(&rest, '/');
	while (rest.len > 0 && rest.ptr[rest.len - 1] == '/')
		rest.len--;
	*bucket = arena_cstr(a, name);
	*prefix = arena_cstr(a, rest);
	return name.len > 0;
}

void s3_release(struct s3 *s)
{
	aws_credentials_release(&s->credentials);
}

/* Names with dots don't go with the certificate of a host of their own. */
static const char *bucket_url(const struct s3 *s, struct arena *a)
{
	if (s->endpoint)
		return arena_printf(a, "%s/%s", s->endpoint, s->bucket);
	if (strchr(s->bucket, '.'))
		return arena_printf(a, "https://s3.%s.amazonaws.com/%s", s->region, s->bucket);
	return arena_printf(a, "https://%s.s3.%s.amazonaws.com", s->bucket, s->region);
}

static bool sign(struct s3 *s, struct http_transfer *t, struct err *e)
{
	if (!aws_credentials_get(&s->credentials, s->http, s->profile, e))
		return false;
	t->credentials = (struct http_credentials){.kind = HTTP_AUTH_AWS,
	                                           .key = s->credentials.key,
	                                           .secret = s->credentials.secret,
	                                           .token = s->credentials.token,
	                                           .region = s->region,
	                                           .service = "s3"};
	return true;
}

/* Whether the answer says that the bucket is elsewhere; then s->region is corrected. */
static bool moves(struct s3 *s, struct http_transfer *t)
{
	char region[HTTP_REGION_MAX] = "";
	if (t->status != 301 && t->status != 307 && t->status != 400)
		return false;
	if (t->region[0])
		snprintf(region, sizeof region, "%s", t->region);
	else
		xml_find(buf_slice(&t->memory), "Region", region, sizeof region);
	if (!region[0] || strcmp(region, s->region) == 0)
		return false;
	snprintf(s->region, sizeof s->region, "%s", region);
	return true;
}

/* Sends what `url` makes of the present region, and once more if the bucket turns out to be in another one. */
static bool ask(struct s3 *s, const char *path, const char *if_match, struct buf *out, struct err *e)
{
	for (int turn = 0; turn < 2; turn++) {
		struct arena a = ARENA_INIT;
		struct err refused = ERR_INIT;
		struct http_transfer t = {.url = arena_printf(&a, "%s%s", bucket_url(s, &a), path),
		                          .if_match = if_match && *if_match ? if_match : NULL};
		bool fine = sign(s, &t, &refused) && http_get(s->http, &t, &refused);
		if (fine)
			buf_add_slice(out, buf_slice(&t.memory));
		bool again = !fine && turn == 0 && moves(s, &t);
		http_transfer_release(&t);
		arena_release(&a);
		if (fine)
			return true;
		if (!again) {
			*e = refused;
			return false;
		}
	}
	return false;
}

/* ---- Listing ---- */

struct page {
	struct arena arena;
	bool (*each)(void *context, const struct s3_object *object, struct err *e);
	void *context;
	struct err *e;
	struct s3_object object;
	const char *token; /* of the next page */
	bool is_truncated;
};

/* Keys come percent-encoded, as encoding-type=url asks for: XML can't hold every one. */
static const char *decoded(struct arena *a, struct slice text)
{
	char *out = arena_cstr(a, text), *to = out;
	for (const char *from = out; *from; from++) {
		char digits[3] = {0};
		if (*from == '%' && from[1] && from[2]) {
			memcpy(digits, from + 1, 2);
			*to++ = (char)strtol(digits, NULL, 16);
			from += 2;
		} else {
			*to++ = *from == '+' ? ' ' : *from;
		}
	}
	*to = '\0';
	return out;
}

static bool emit(struct page *p)
{
	p->object.etag = p->object.etag ? p->object.etag : "";
	bool fine = p->each(p->context, &p->object, p->e);
	p->object = (struct s3_object){0};
	return fine;
}

static bool on_element(void *context, struct slice parent, struct slice name, struct slice text)
{
	struct page *p = context;
	int64_t size;
	if (slice_is(name, "IsTruncated"))
		p->is_truncated = slice_is(text, "true");
	else if (slice_is(name, "NextContinuationToken"))
		p->token = arena_cstr(&p->arena, text);
	if (slice_is(parent, "CommonPrefixes") && slice_is(name, "Prefix")) {
		p->object = (struct s3_object){.key = decoded(&p->arena, text), .is_folder = true};
		return emit(p);
	}
	if (slice_is(name, "Contents") && p->object.key)
		return emit(p);
	if (!slice_is(parent, "Contents"))
		return true;
	if (slice_is(name, "Key"))
		p->object.key = decoded(&p->arena, text);
	else if (slice_is(name, "ETag"))
		p->object.etag = arena_cstr(&p->arena, text);
	else if (slice_is(name, "Size") && slice_uint(text, &size))
		p->object.bytes = (uint64_t)size;
	else if (slice_is(name, "LastModified"))
		utc_parse(text, &p->object.modified);
	return true;
}

static void add_query(struct buf *path, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(path, "%c%s=", path->len > 1 ? '&' : '?', name);
	http_encode(path, slice_of(value), false);
}

bool s3_list(struct s3 *s, const char *prefix, const char *start_after, const char *delimiter,
             bool (*each)(void *context, const struct s3_object *object, struct err *e), void *context, struct err *e)
{
	struct page p = {.each = each, .context = context, .e = e};
	char *token = NULL;
	bool fine = true;
	for (int pages = 0; fine && pages < PAGES_MAX; pages++) {
		struct buf path = BUF_INIT, answer = BUF_INIT;
		buf_add_char(&path, '/');
		add_query(&path, "continuation-token", token); /* names in byte order, as they are signed */
		add_query(&path, "delimiter", delimiter);
		add_query(&path, "encoding-type", "url");
		add_query(&path, "list-type", "2");
		add_query(&path, "prefix", prefix);
		add_query(&path, "start-after", token ? NULL : start_after);
		p.is_truncated = false;
		p.token = NULL;
		fine = ask(s, path.ptr, NULL, &answer, e) && xml_read(buf_slice(&answer), on_element, &p, e);
		free(token);
		token = fine && p.is_truncated && p.token ? must_strdup(p.token) : NULL;
		buf_release(&path);
		buf_release(&answer);
		arena_reset(&p.arena);
		if (fine && p.is_truncated && (!token || pages + 1 == PAGES_MAX))
			fine = fail(e, ERR_UNAVAILABLE, "the listing of s3://%s/%s does not come to its end", s->bucket,
			            prefix);
		if (!token)
			break;
	}
	free(token);
	arena_release(&p.arena);
	return fine && e->kind == ERR_NONE;
}

/* ---- Objects ---- */

static const char *key_path(struct arena *a, const char *key)
{
	struct buf path = BUF_INIT;
	buf_add_char(&path, '/');
	http_encode(&path, slice_of(key), true);
	const char *out = arena_cstr(a, buf_slice(&path));
	buf_release(&path);
	return out;
}

bool s3_transfer(struct s3 *s, const char *key, const char *etag, struct arena *a, struct http_transfer *out,
                 struct err *e)
{
	*out = (struct http_transfer){.url = arena_printf(a, "%s%s", bucket_url(s, a), key_path(a, key)),
	                              .if_match = etag && *etag ? etag : NULL};
	if (!sign(s, out, e))
		return false;
	/* The credentials may be fetched anew while transfers wait. */
	out->credentials.key = arena_strdup(a, out->credentials.key);
	out->credentials.secret = arena_strdup(a, out->credentials.secret);
	out->credentials.token = out->credentials.token ? arena_strdup(a, out->credentials.token) : NULL;
	return true;
}

bool s3_read(struct s3 *s, const char *key, const char *etag, size_t limit, struct buf *out, struct err *e)
{
	struct arena a = ARENA_INIT;
	bool fine = ask(s, key_path(&a, key), etag, out, e);
	if (fine && out->len > limit)
		fine = fail(e, ERR_UNAVAILABLE, "s3://%s/%s is larger than %zu bytes", s->bucket, key, limit);
	arena_release(&a);
	return fine;
}
