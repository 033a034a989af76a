#include "source/http.h"

#include "source/http_text.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	ATTEMPTS_MAX = 10,
	REDIRECTS_MAX = 5,
	WAIT_FIRST_MS = 500,
	WAIT_MAX_MS = 30000,
	CONNECT_SECONDS = 15,
	QUICK_SECONDS = 2,
	RECEIVE_BYTES = 512 << 10,
	SLOW_BYTES = 1000, /* a second: what is slower for timeout_seconds is broken off */
	ERROR_BODY_MAX = 64 << 10,
	MEMORY_MAX = 64 << 20, /* of a body that does not go to a file */
};

struct http {
	CURLM *multi;
	struct http_settings settings;
	int64_t waited_ms; /* before trying again, the time that transfers waited side by side counted once */
	int64_t waits_until_ms;
	uint64_t requests;
};

/* A transfer while it runs. */
struct http_state {
	CURL *easy;
	struct curl_slist *headers;
	int fd, redirects; /* fd: of part_path, or -1 */
	uint64_t offset;   /* where the body of this attempt begins */
	struct buf error_body;
	char *url; /* after redirects */
	char location[HTTP_LOCATION_MAX];
	int64_t not_before_ms, retry_after_ms;
	bool running, accepts, sends_credentials;
	bool is_other;            /* the rest that came is of something else than the part that is here */
	char etag[HTTP_ETAG_MAX]; /* of this answer */
	int64_t range_start;      /* where this answer's body begins; -1: not said */
	uint64_t reported;        /* bytes that progress has been told of */
	char curl_error[CURL_ERROR_SIZE];
	const struct http *http;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct http *http_new(const struct http_settings *settings, struct err *e)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		fail(e, ERR_BUG, "libcurl cannot be started");
		return NULL;
	}
	struct http *h = must_alloc(sizeof *h);
	h->settings = *settings;
	h->multi = curl_multi_init();
	if (!h->multi) {
		fail(e, ERR_BUG, "libcurl cannot be started");
		free(h);
		return NULL;
	}
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	free(h);
	curl_global_cleanup();
}

uint64_t http_requests(const struct http *h)
{
	return h->requests;
}

/* ---- The file that a body goes to, and its ETag beside it ---- */

static const char *etag_path(struct arena *a, const struct http_transfer *t)
{
	return arena_printf(a, "%s.etag", t->part_path);
}

static bool open_part(struct http_transfer *t)
{
	struct http_state *s = t->state;
	s->fd = open(t->part_path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	struct stat st;
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return fail_errno(&t->error, "cannot write %s", t->part_path);
	t->bytes = (uint64_t)st.st_size;
	struct arena a = ARENA_INIT;
	FILE *in = fopen(etag_path(&a, t), "re");
	if (!in || !fgets(t->etag, sizeof t->etag, in))
		t->etag[0] = '\0';
	if (in)
		fclose(in);
	arena_release(&a);
	s->reported = t->bytes;
	return true;
}

static bool keep_etag(struct http_transfer *t)
{
	struct arena a = ARENA_INIT;
	FILE *out = fopen(etag_path(&a, t), "we");
	arena_release(&a);
	if (!out)
		return fail_errno(&t->error, "cannot write beside %s", t->part_path);
	fputs(t->etag, out);
	return fclose(out) == 0 || fail_errno(&t->error, "cannot write beside %s", t->part_path);
}

static bool empty_part(struct http_transfer *t)
{
	t->bytes = 0;
	t->state->reported = 0;
	if (t->state->fd >= 0 && ftruncate(t->state->fd, 0) != 0)
		return fail_errno(&t->error, "cannot write %s", t->part_path);
	return true;
}

/* ---- What libcurl calls ---- */

static void keep(char *out, size_t size, struct slice value)
{
	snprintf(out, size, "%.*s", (int)value.len, value.ptr);
}

/* A complete new file begins, or the rest of the one that is there: decided by the header's end. Servers may ignore
 * If-Match, so that the rest is taken only if it says that it is of the same file and begins where that one ends. */
static bool accept_body(struct http_transfer *t)
{
	struct http_state *s = t->state;
	s->accepts = t->status == 200 || t->status == 206;
	s->is_other = t->status == 206 && (s->offset == 0 || s->range_start != (int64_t)s->offset ||
	                                   (s->etag[0] && strcmp(s->etag, t->etag) != 0));
	if (s->is_other)
		return false;
	if (t->status == 200)
		memcpy(t->etag, s->etag, sizeof t->etag);
	if (!s->accepts || s->fd < 0)
		return true;
	if (t->status == 200 && !empty_part(t))
		return false;
	return lseek(s->fd, (off_t)t->bytes, SEEK_SET) >= 0 && keep_etag(t);
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *t = context;
	struct slice line = slice_trim((struct slice){bytes, size * count});
	if (slice_starts(line, "HTTP/")) {
		struct slice rest = line;
		slice_cut(&rest, ' ');
		int64_t status = 0;
		slice_uint(slice_cut(&rest, ' '), &status);
		t->status = (int)status;
		t->state->accepts = false;
		t->state->retry_after_ms = 0;
		t->state->location[0] = t->state->etag[0] = '\0';
		t->state->range_start = -1;
		return size * count;
	}
	if (line.len == 0)
		return accept_body(t) ? size * count : 0;
	struct slice value = line, name = slice_cut(&value, ':');
	value = slice_trim(value);
	if (slice_is_nocase(name, "etag"))
		keep(t->state->etag, sizeof t->state->etag, value);
	else if (slice_is_nocase(name, "content-range"))
		t->state->range_start = http_range_start(value);
	else if (slice_is_nocase(name, "location"))
		keep(t->state->location, sizeof t->state->location, value);
	else if (slice_is_nocase(name, "retry-after"))
		t->state->retry_after_ms = http_retry_after_ms(value);
	else if (slice_is_nocase(name, "x-amz-bucket-region"))
		keep(t->region, sizeof t->region, value);
	else if (slice_is_nocase(name, "last-modified"))
		keep(t->last_modified, sizeof t->last_modified, value);
	return size * count;
}

static bool write_part(struct http_transfer *t, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t written = write(t->state->fd, bytes, len);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return fail_errno(&t->error, "cannot write %s", t->part_path);
		bytes += written;
		len -= (size_t)written;
		t->bytes += (uint64_t)written;
	}
	return true;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http_transfer *t = context;
	struct http_state *s = t->state;
	size_t len = size * count;
	if (!s->accepts) {
		size_t room = s->error_body.len < ERROR_BODY_MAX ? ERROR_BODY_MAX - s->error_body.len : 0;
		buf_add(&s->error_body, bytes, len < room ? len : room);
		return len;
	}
	uint64_t limit = s->http->settings.bytes_limit;
	if (s->fd < 0 && limit > MEMORY_MAX)
		limit = MEMORY_MAX;
	if (t->bytes + len > limit) {
		fail_input(&t->error, "malformed_row", "the body is larger than %llu bytes", (unsigned long long)limit);
		return 0;
	}
	if (s->fd >= 0)
		return write_part(t, bytes, len) ? len : 0;
	buf_add(&t->memory, bytes, len);
	t->bytes += len;
	return len;
}

/* ---- An attempt ---- */

static void add_header(struct http_state *s, const char *line)
{
	struct curl_slist *list = curl_slist_append(s->headers, line);
	if (!list)
		abort();
	s->headers = list;
}

static void add_credentials(struct http_transfer *t)
{
	struct http_state *s = t->state;
	const struct http_credentials *c = &t->credentials;
	if (!s->sends_credentials)
		return;
	if (c->kind == HTTP_AUTH_HEADER)
		add_header(s, c->header);
	if (c->kind == HTTP_AUTH_BASIC || c->kind == HTTP_AUTH_AWS) {
		curl_easy_setopt(s->easy, CURLOPT_USERNAME, c->kind == HTTP_AUTH_BASIC ? c->user : c->key);
		curl_easy_setopt(s->easy, CURLOPT_PASSWORD, c->kind == HTTP_AUTH_BASIC ? c->password : c->secret);
	}
	if (c->kind == HTTP_AUTH_BASIC)
		curl_easy_setopt(s->easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	if (c->kind != HTTP_AUTH_AWS)
		return;
	struct arena a = ARENA_INIT;
	curl_easy_setopt(s->easy, CURLOPT_AWS_SIGV4, arena_printf(&a, "aws:amz:%s:%s", c->region, c->service));
	if (strcmp(c->service, "s3") == 0)
		add_header(s, "x-amz-content-sha256: UNSIGNED-PAYLOAD");
	if (c->token && *c->token)
		add_header(s, arena_printf(&a, "x-amz-security-token: %s", c->token));
	arena_release(&a);
}

/* The rest of a file that is partly here is asked for only if it is still the same one. */
static void add_range(struct http_transfer *t)
{
	struct http_state *s = t->state;
	struct arena a = ARENA_INIT;
	const char *expected = t->if_match;
	s->offset = 0;
	s->is_other = false;
	if (s->fd >= 0 && t->bytes > 0 && t->etag[0] && (!t->if_match || strcmp(t->if_match, t->etag) == 0)) {
		s->offset = t->bytes;
		expected = t->etag;
		add_header(s, arena_printf(&a, "Range: bytes=%llu-", (unsigned long long)s->offset));
	}
	if (expected && *expected)
		add_header(s, arena_printf(&a, "If-Match: %s", expected));
	arena_release(&a);
}

static void set_options(struct http_transfer *t)
{
	struct http_state *s = t->state;
	const struct http_settings *o = &s->http->settings;
	curl_easy_reset(s->easy);
	curl_slist_free_all(s->headers);
	s->headers = NULL;
	curl_easy_setopt(s->easy, CURLOPT_URL, s->url);
	curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(s->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(s->easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
	curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "closebook/" CLOSEBOOK_VERSION);
	curl_easy_setopt(s->easy, CURLOPT_ERRORBUFFER, s->curl_error);
	curl_easy_setopt(s->easy, CURLOPT_PRIVATE, (char *)t);
	curl_easy_setopt(s->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(s->easy, CURLOPT_HEADERDATA, (void *)t);
	curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(s->easy, CURLOPT_WRITEDATA, (void *)t);
	curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT, t->is_quick ? (long)QUICK_SECONDS : (long)CONNECT_SECONDS);
	curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES);
	curl_easy_setopt(s->easy, CURLOPT_LOW_SPEED_TIME, t->is_quick ? (long)QUICK_SECONDS : (long)o->timeout_seconds);
	if (o->ca_file)
		curl_easy_setopt(s->easy, CURLOPT_CAINFO, o->ca_file);
	if (o->proxy)
		curl_easy_setopt(s->easy, CURLOPT_PROXY, o->proxy);
	if (t->is_quick || t->is_direct)
		curl_easy_setopt(s->easy, CURLOPT_NOPROXY, "*");
	if (!t->part_path)
		curl_easy_setopt(s->easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (t->body)
		curl_easy_setopt(s->easy, CURLOPT_COPYPOSTFIELDS, t->body);
	if (t->method)
		curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, t->method);
}

static bool begin_attempt(struct http *h, struct http_transfer *t)
{
	struct http_state *s = t->state;
	t->attempts++;
	t->status = 0;
	buf_reset(&s->error_body);
	s->curl_error[0] = '\0';
	if (s->fd < 0) {
		buf_reset(&t->memory);
		t->bytes = s->reported = 0;
	}
	set_options(t);
	for (int i = 0; i < HTTP_HEADERS_MAX && t->header[i]; i++)
		add_header(s, t->header[i]);
	add_credentials(t);
	add_range(t);
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
	if (curl_multi_add_handle(h->multi, s->easy) != CURLM_OK)
		return fail(&t->error, ERR_BUG, "libcurl cannot begin a transfer");
	s->running = true;
	h->requests++;
	return true;
}

/* ---- What became of it ---- */

static bool is_passing_status(int status)
{
	return status == 408 || status == 429 || status >= 500;
}

static void fail_transfer(struct http_transfer *t, const char *why)
{
	struct arena a = ARENA_INIT;
	char words[HTTP_WORDS_MAX + 1] = "";
	http_words(buf_slice(&t->state->error_body), words, sizeof words);
	http_hide(words, &t->credentials);
	const char *status = t->status ? arena_printf(&a, "HTTP %d", t->status) : why;
	const char *more = t->status && why ? arena_printf(&a, ", %s", why) : "";
	fail(&t->error, ERR_UNAVAILABLE, "%s: %s%s%s%s (%d attempt%s)", http_display(&a, t->url), status, more,
	     words[0] ? ": " : "", words, t->attempts, t->attempts == 1 ? "" : "s");
	if (t->status == 401 || t->status == 403)
		err_hint(&t->error,
		         t->credentials.kind == HTTP_AUTH_AWS
		                 ? "the credentials were refused: check what the environment or the profile gives, and "
		                   "what it may read"
		                 : "the credentials were refused: check the source's secret, and what it may read");
	arena_release(&a);
}

/* 500 ms, doubled each time, plus up to half as much again; or what the server asks for. */
static int64_t wait_ms(const struct http_transfer *t)
{
	if (t->state->retry_after_ms > 0)
		return t->state->retry_after_ms;
	int64_t wait = WAIT_FIRST_MS;
	for (int i = 1; i < t->attempts && wait < WAIT_MAX_MS; i++)
		wait *= 2;
	wait = wait < WAIT_MAX_MS ? wait : WAIT_MAX_MS;
	uint32_t chance = 0;
	if (getrandom(&chance, sizeof chance, 0) != sizeof chance)
		chance = (uint32_t)now_ms();
	return wait + (int64_t)(chance % (uint32_t)(wait / 2 + 1));
}

static bool try_later(struct http *h, struct http_transfer *t, const char *why)
{
	int64_t wait = wait_ms(t);
	int64_t now = now_ms(), from = h->waits_until_ms > now ? h->waits_until_ms : now;
	int64_t more = now + wait > from ? now + wait - from : 0;
	if (t->is_quick || t->attempts >= ATTEMPTS_MAX ||
	    h->waited_ms + more > (int64_t)h->settings.retry_seconds * 1000) {
		fail_transfer(t, why);
		return false;
	}
	h->waited_ms += more;
	h->waits_until_ms = from + more;
	t->state->not_before_ms = now + wait;
	return true;
}

static void redirect(struct http_transfer *t)
{
	struct http_state *s = t->state;
	CURLU *parts = curl_url();
	char *next = NULL;
	if (parts && curl_url_set(parts, CURLUPART_URL, s->url, 0) == CURLUE_OK &&
	    curl_url_set(parts, CURLUPART_URL, s->location, 0) == CURLUE_OK)
		curl_url_get(parts, CURLUPART_URL, &next, 0);
	curl_url_cleanup(parts);
	if (!next || ++s->redirects > REDIRECTS_MAX) {
		fail_transfer(t, next ? "redirected too often" : "redirected to nowhere");
	} else if (strncmp(s->url, "https:", 6) == 0 && strncmp(next, "https:", 6) != 0) {
		fail_transfer(t, "redirected to a connection that is not secure");
	} else {
		s->sends_credentials = s->sends_credentials && http_same_origin(s->url, next);
		free(s->url);
		s->url = must_strdup(next);
		t->attempts--;
		s->not_before_ms = 0;
	}
	curl_free(next);
}

/* A file that has changed since it was begun is begun anew, once: if it must be a certain one, that is a failure. */
static bool begins_anew(struct http_transfer *t)
{
	bool stale = t->state->is_other || (t->state->offset > 0 && (t->status == 412 || t->status == 416));
	if (!stale)
		return false;
	t->etag[0] = '\0';
	t->state->not_before_ms = 0;
	return empty_part(t);
}

static void end_attempt(struct http *h, struct http_transfer *t, CURLcode code)
{
	struct http_state *s = t->state;
	curl_multi_remove_handle(h->multi, s->easy);
	s->running = false;
	const char *why = s->curl_error[0] ? s->curl_error : code != CURLE_OK ? curl_easy_strerror(code) : NULL;
	if (t->error.kind != ERR_NONE)
		return;
	if (s->is_other && t->attempts < ATTEMPTS_MAX) {
		begins_anew(t);
	} else if (code != CURLE_OK && !http_is_passing((int)code)) {
		fail_transfer(t, why);
	} else if (code != CURLE_OK || is_passing_status(t->status)) {
		try_later(h, t, why);
	} else if (t->status == 200 || t->status == 206 || t->status == 204 || t->status == 304) {
		t->done = true;
	} else if (t->follows_redirects && t->status >= 301 && t->status <= 308 && s->location[0]) {
		redirect(t);
	} else if (!begins_anew(t)) {
		fail_transfer(t, NULL);
	}
}

/* ---- Many at once ---- */

static void state_begin(const struct http *h, struct http_transfer *t)
{
	t->state = must_alloc(sizeof *t->state);
	*t->state = (struct http_state){.http = h, .fd = -1, .sends_credentials = true, .url = must_strdup(t->url)};
	t->state->easy = curl_easy_init();
	if (!t->state->easy)
		abort();
	if (t->part_path && open_part(t) && t->if_match && t->bytes_expected > 0 && t->bytes == t->bytes_expected)
		t->done = strcmp(t->etag, t->if_match) == 0; /* an earlier run had it whole */
}

static void state_end(struct http *h, struct http_transfer *t)
{
	struct http_state *s = t->state;
	if (!s)
		return;
	if (s->running)
		curl_multi_remove_handle(h->multi, s->easy);
	curl_easy_cleanup(s->easy);
	curl_slist_free_all(s->headers);
	if (s->fd >= 0 && t->done && fsync(s->fd) != 0)
		fail_errno(&t->error, "cannot write %s", t->part_path);
	if (s->fd >= 0 && close(s->fd) != 0)
		fail_errno(&t->error, "cannot write %s", t->part_path);
	/* The body stays with a transfer into memory that failed: S3 says there which region is right. */
	if (!t->done && !t->part_path) {
		buf_reset(&t->memory);
		buf_add_slice(&t->memory, buf_slice(&s->error_body));
	}
	buf_release(&s->error_body);
	free(s->url);
	free(s);
	t->state = NULL;
}

static bool is_over(const struct http_transfer *t)
{
	return t->done || t->error.kind != ERR_NONE;
}

struct batch {
	struct http_transfer *transfer;
	size_t count, next, open;
	bool stop;
};

/* Begins what there is room and time for; how long to wait at most for the rest. */
static int begin_more(struct http *h, struct batch *b)
{
	int wait = 1000;
	while (!b->stop && b->next < b->count && b->open < (size_t)h->settings.at_once) {
		state_begin(h, &b->transfer[b->next++]);
		b->open++;
	}
	for (size_t i = 0; i < b->next; i++) {
		struct http_transfer *t = &b->transfer[i];
		if (!t->state || t->state->running || is_over(t))
			continue;
		int64_t left = t->state->not_before_ms - now_ms();
		if (left <= 0)
			begin_attempt(h, t);
		else if (left < wait)
			wait = (int)left;
	}
	return wait;
}

static void close_finished(struct http *h, struct batch *b, bool stops_early)
{
	for (size_t i = 0; i < b->next; i++) {
		struct http_transfer *t = &b->transfer[i];
		if (!t->state || (!is_over(t) && !b->stop))
			continue;
		state_end(h, t);
		b->open--;
		b->stop = b->stop || (stops_early && t->error.kind != ERR_NONE);
	}
}

static void report(struct batch *b, void (*progress)(void *context, uint64_t bytes), void *context)
{
	uint64_t bytes = 0;
	for (size_t i = 0; progress && i < b->next; i++) {
		struct http_transfer *t = &b->transfer[i];
		if (t->state && t->bytes > t->state->reported) {
			bytes += t->bytes - t->state->reported;
			t->state->reported = t->bytes;
		}
	}
	if (progress)
		progress(context, bytes);
}

static void collect(struct http *h)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left)) != NULL;) {
		char *owner = NULL;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE || curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &owner) != CURLE_OK)
			continue;
		end_attempt(h, (struct http_transfer *)(void *)owner, code);
	}
}

bool http_run(struct http *h, struct http_transfer *transfer, size_t count, bool stops_early,
              void (*progress)(void *context, uint64_t bytes), void *context, struct err *e)
{
	struct batch b = {.transfer = transfer, .count = count};
	while ((b.next < count && !b.stop) || b.open > 0) {
		int running, wait = begin_more(h, &b);
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			abort();
		collect(h);
		report(&b, progress, context);
		close_finished(h, &b, stops_early);
		if (running > 0 || b.open > 0)
			curl_multi_poll(h->multi, NULL, 0, wait, NULL);
	}
	for (size_t i = 0; i < count; i++)
		if (transfer[i].error.kind != ERR_NONE && e->kind == ERR_NONE)
			*e = transfer[i].error;
	return e->kind == ERR_NONE;
}

bool http_get(struct http *h, struct http_transfer *transfer, struct err *e)
{
	return http_run(h, transfer, 1, true, NULL, NULL, e);
}

void http_transfer_release(struct http_transfer *t)
{
	buf_release(&t->memory);
}
