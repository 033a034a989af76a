/*
 * Usage and costs from the providers' APIs, in daily buckets. Providers restate recent days, so that the last
 * trailing_days are asked for each time, and each bucket becomes a file of its own when it is another than the one that
 * counts now: what has not changed is not loaded again, what has supersedes. OpenRouter is asked day by day, and keeps
 * 30 of them.
 */
#include "base/digest.h"
#include "base/file.h"
#include "config/secret.h"
#include "format/json.h"
#include "run/pull_task.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	WINDOW_DAYS = 31,
	OPENROUTER_DAYS = 30,
	PAGES_MAX = 1000,
	VERSION_SIZE = 25,
	NAME_MAX_BYTES = 160,
	FOLDER_MODE = 0750
};

struct endpoint {
	const char *type, *path, *dataset;
	const char *group_by; /* names separated by blanks */
	bool is_cost;
};
/* Grouped by what lines are matched on or owned by. Sources: developers.openai.com and platform.claude.com, API
 * references of the usage and cost endpoints. */
static const struct endpoint endpoints[] = {
        {"openai", "/v1/organization/costs", "costs", "project_id line_item api_key_id", true},
        {"openai", "/v1/organization/usage/completions", "usage/completions",
         "project_id api_key_id model batch service_tier", false},
        {"openai", "/v1/organization/usage/embeddings", "usage/embeddings", "project_id api_key_id model", false},
        {"openai", "/v1/organization/usage/moderations", "usage/moderations", "project_id api_key_id model", false},
        {"openai", "/v1/organization/usage/images", "usage/images", "project_id api_key_id model", false},
        {"openai", "/v1/organization/usage/audio_speeches", "usage/audio_speeches", "project_id api_key_id model",
         false},
        {"openai", "/v1/organization/usage/audio_transcriptions", "usage/audio_transcriptions",
         "project_id api_key_id model", false},
        {"openai", "/v1/organization/usage/vector_stores", "usage/vector_stores", "project_id", false},
        {"openai", "/v1/organization/usage/code_interpreter_sessions", "usage/code_interpreter_sessions", "project_id",
         false},
        {"openai", "/v1/organization/usage/file_search_calls", "usage/file_search_calls", "project_id api_key_id",
         false},
        {"openai", "/v1/organization/usage/web_search_calls", "usage/web_search_calls", "project_id api_key_id model",
         false},
        {"anthropic", "/v1/organizations/cost_report", "cost_report", "workspace_id description", true},
        {"openrouter", "/api/v1/activity", "activity/daily", NULL, true},
        {"anthropic", "/v1/organizations/usage_report/messages", "usage_report/messages",
         "api_key_id workspace_id model service_tier context_window", false},
};

struct bucket {
	const struct endpoint *endpoint;
	struct slice text; /* as the provider wrote it */
	utc_us start;
	bool is_empty;
	const char *payer; /* of a delivery that an empty bucket takes the place of */
};

struct api {
	struct pull_task *task;
	struct http_credentials credentials;
	const char *base;
	bool is_openai;
	struct db_result current; /* dataset, start, version, payer of the buckets that count now */
	struct json_scan page, element;
	utc_us from, to; /* days that are asked for; providers give one more */
};

/* ---- one bucket ---- */

/* The version of it that counts now; NULL: there is none. */
static const char *current_version(const struct api *api, struct bucket *b)
{
	for (size_t i = 0; i < db_rows(&api->current); i++)
		if (strcmp(db_text(&api->current, i, 0), b->endpoint->dataset) == 0 &&
		    db_int(&api->current, i, 1) * UTC_SECOND == b->start) {
			b->payer = db_text(&api->current, i, 3);
			return db_text(&api->current, i, 2);
		}
	return NULL;
}

/* The last file of the bucket that is here and waits to be loaded; NULL: there is none. */
static bool waiting_file(struct pull_task *p, const char *folder, const char *stem, const char **name, struct err *e)
{
	*name = NULL;
	DIR *d = opendir(folder);
	for (const struct dirent *entry; d && (entry = readdir(d)) != NULL;)
		if (slice_starts(slice_of(entry->d_name), stem) && slice_ends(slice_of(entry->d_name), ".json") &&
		    !slice_ends(slice_of(entry->d_name), ".origin.json") &&
		    (!*name || strcmp(entry->d_name, *name) > 0))
			*name = arena_strdup(p->arena, entry->d_name);
	if (d)
		closedir(d);
	if (!*name)
		return true;
	struct slice path = slice_of(path_join(p->arena, folder, *name));
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(p->db, "pull/loaded_before", DB_PARAMS(db_text_array(p->arena, &path, 1), "infinity"), &r, e))
		return false;
	if (db_rows(&r) > 0)
		*name = NULL;
	return true;
}

/* A page with this bucket alone. The time makes it another file than an earlier one of the same content. */
static bool write_bucket(struct api *api, const struct bucket *b, const char *period, const char *stem,
                         const char *version, struct err *e)
{
	struct pull_task *p = api->task;
	struct buf page = BUF_INIT;
	char at[UTC_TEXT_MAX];
	utc_us now = utc_now();
	utc_text(now, at);
	buf_add_text(&page, api->is_openai ? "{\"object\":\"page\"" : "{\"has_more\":false");
	if (b->is_empty && b->payer && *b->payer)
		buf_printf(&page, ",\"organization_id\":\"%s\"", b->payer);
	buf_printf(&page, ",\"pulled_at\":\"%s\",\"data\":[", at);
	buf_add_slice(&page, b->text);
	buf_add_text(&page, "]}\n");
	const char *uri = arena_printf(p->arena, "%s%s", api->base, b->endpoint->path);
	bool fine = pull_land(
	        p, period, arena_printf(p->arena, "%s%" PRId64 "-%s.json", stem, now, version), buf_slice(&page),
	        &(struct origin_file){p->source->name, http_display(p->arena, uri), version, b->endpoint->dataset}, e);
	buf_release(&page);
	return fine;
}

static bool take_bucket(struct api *api, struct bucket *b, struct err *e)
{
	struct pull_task *p = api->task;
	char hex[DIGEST_HEX_SIZE], version[VERSION_SIZE], period[PERIOD_TEXT_MAX], day[UTC_TEXT_MAX];
	digest_bytes(b->text.ptr, b->text.len, hex);
	snprintf(version, sizeof version, "%.24s", hex);
	period_text(period_of(b->start), period);
	utc_text(b->start, day);
	if (b->start < api->from || b->start >= api->to)
		return true;
	char *stem = arena_printf(p->arena, "%s-%.10s-", b->endpoint->dataset, day);
	for (char *c = stem; *c; c++)
		*c = *c == '/' ? '-' : *c;
	const char *now = current_version(api, b), *waiting;
	if (!waiting_file(p, path_join(p->arena, p->folder, period), stem, &waiting, e))
		return false;
	if (waiting ? strstr(waiting, version) != NULL : now && strcmp(now, version) == 0)
		return true;
	/* An empty day of usage says nothing; of costs it says that the day was billed. */
	if (b->is_empty && !b->endpoint->is_cost && !now && !waiting)
		return true;
	if (pull_plans(p, arena_printf(p->arena, "%s %.10s", b->endpoint->dataset, day), 1, 0))
		return true;
	DB_RESULT other = DB_RESULT_INIT;
	if (!b->is_empty && !now && !db_run(p->db, "pull/same_bucket", DB_PARAMS(p->source->name, version), &other, e))
		return false;
	if (!b->is_empty && !now && db_rows(&other) > 0)
		return pull_fail_name(p, http_display(p->arena, api->base), db_text(&other, 0, 0), e);
	/* What waited is outdated, and perhaps was refused: it must not be tried for ever. */
	if (!write_bucket(api, b, period, stem, version, e))
		return false;
	return !waiting || pull_remove(p, path_join(p->arena, path_join(p->arena, p->folder, period), waiting), e);
}

/* ---- a page of them ---- */

static const struct json_member *member(const struct json_scan *s, const char *key)
{
	for (size_t i = 0; i < s->member_count; i++)
		if (slice_is(s->member[i].key, key))
			return &s->member[i];
	return NULL;
}

static struct slice unquoted(const struct json_member *m)
{
	if (!m || m->kind == JSON_IS_NULL)
		return SLICE_NULL;
	return m->kind == JSON_IS_STRING ? (struct slice){m->value.ptr + 1, m->value.len - 2} : m->value;
}

static bool no_page(struct api *api, const struct endpoint *endpoint, const char *why, struct err *e)
{
	struct arena *a = api->task->arena;
	return fail(e, ERR_UNAVAILABLE, "%s: the answer is no page of buckets: %s",
	            http_display(a, arena_printf(a, "%s%s", api->base, endpoint->path)), why);
}

static bool read_bucket(struct api *api, const struct endpoint *endpoint, struct slice text, struct bucket *b,
                        struct err *e)
{
	struct json_scan *s = &api->element;
	s->want_members = true;
	if (!json_scan(s, text) || s->kind != JSON_IS_OBJECT)
		return no_page(api, endpoint, s->fault ? s->fault : "a bucket is no object", e);
	struct slice start = unquoted(member(s, api->is_openai ? "start_time" : "starting_at"));
	const struct json_member *results = member(s, "results");
	*b = (struct bucket){.endpoint = endpoint, .text = text};
	if (!start.ptr || !(api->is_openai ? utc_parse_unix(start, &b->start) : utc_parse(start, &b->start)))
		return no_page(api, endpoint, "a bucket says no time", e);
	if (!results || results->kind != JSON_IS_ARRAY)
		return no_page(api, endpoint, "a bucket has no results", e);
	b->is_empty = slice_trim((struct slice){results->value.ptr + 1, results->value.len - 2}).len == 0;
	return true;
}

/* Takes its buckets; *next is the token of the page that follows, NULL after the last. */
static bool take_page(struct api *api, const struct endpoint *endpoint, struct slice text, const char **next,
                      struct err *e)
{
	struct json_scan *s = &api->page;
	s->want_members = true;
	if (!json_scan(s, text) || s->kind != JSON_IS_OBJECT)
		return no_page(api, endpoint, s->fault ? s->fault : "it is no object", e);
	const struct json_member *data = member(s, "data"), *more = member(s, "has_more");
	struct slice token = unquoted(member(s, "next_page"));
	if (!data || data->kind != JSON_IS_ARRAY)
		return no_page(api, endpoint, "it has no data", e);
	bool has_more = more && more->kind == JSON_IS_TRUE;
	if (has_more && !token.ptr)
		return no_page(api, endpoint, "it says that there are more, but not where", e);
	*next = has_more ? arena_cstr(api->task->arena, token) : NULL;
	struct stream *in = stream_of_memory(endpoint->dataset, data->value);
	struct json_records records;
	json_records_begin(&records, in, false, JSON_DOCUMENT_MAX);
	bool fine = true;
	for (struct slice record; fine && (fine = json_records_next(&records, &record, e)) && record.ptr;) {
		struct bucket b;
		fine = read_bucket(api, endpoint, record, &b, e) && take_bucket(api, &b, e);
	}
	json_records_release(&records);
	stream_free(in);
	return fine;
}

/* ---- the requests ---- */

static void add(struct buf *query, const char *name, const char *value)
{
	buf_add_char(query, query->len ? '&' : '?');
	http_encode(query, slice_of(name), false);
	buf_add_char(query, '=');
	http_encode(query, slice_of(value), false);
}

static const char *page_url(struct api *api, const struct endpoint *endpoint, utc_us from, utc_us to, const char *token)
{
	struct arena *a = api->task->arena;
	struct buf query = BUF_INIT;
	char start[UTC_TEXT_MAX], end[UTC_TEXT_MAX];
	if (api->is_openai) {
		snprintf(start, sizeof start, "%" PRId64, from / UTC_SECOND);
		snprintf(end, sizeof end, "%" PRId64, to / UTC_SECOND);
	} else {
		utc_text(from, start);
		utc_text(to, end);
	}
	add(&query, api->is_openai ? "start_time" : "starting_at", start);
	add(&query, api->is_openai ? "end_time" : "ending_at", end);
	add(&query, "bucket_width", "1d");
	for (struct slice names = slice_of(endpoint->group_by); names.len > 0;)
		add(&query, api->is_openai ? "group_by" : "group_by[]", arena_cstr(a, slice_cut(&names, ' ')));
	add(&query, "limit", arena_printf(a, "%d", WINDOW_DAYS));
	if (token)
		add(&query, "page", token);
	const char *url = arena_printf(a, "%s%s%s", api->base, endpoint->path, query.ptr);
	buf_release(&query);
	return url;
}

/* OpenRouter's answer is a day's rows: they become the results of a bucket. */
static bool pull_day(struct api *api, const struct endpoint *endpoint, utc_us day, struct err *e)
{
	struct pull_task *p = api->task;
	char start[UTC_TEXT_MAX], end[UTC_TEXT_MAX];
	utc_text(day, start);
	utc_text(day + UTC_DAY, end);
	struct http_transfer t = {.url = arena_printf(p->arena, "%s%s?date=%.10s", api->base, endpoint->path, start),
	                          .credentials = api->credentials,
	                          .follows_redirects = true};
	struct json_scan *s = &api->page;
	s->want_members = true;
	struct buf text = BUF_INIT;
	struct bucket b;
	bool fine = pull_fetch(p, &t, 1, e);
	if (fine &&
	    (!json_scan(s, buf_slice(&t.memory)) || !member(s, "data") || member(s, "data")->kind != JSON_IS_ARRAY))
		fine = no_page(api, endpoint, s->fault ? s->fault : "it has no data", e);
	if (fine) {
		buf_printf(&text, "{\"starting_at\":\"%s\",\"ending_at\":\"%s\",\"results\":", start, end);
		buf_add_slice(&text, member(s, "data")->value);
		buf_add_char(&text, '}');
		fine = read_bucket(api, endpoint, buf_slice(&text), &b, e) && take_bucket(api, &b, e);
	}
	buf_release(&text);
	http_transfer_release(&t);
	return fine;
}

static bool pull_days(struct api *api, const struct endpoint *endpoint, utc_us from, utc_us to, struct err *e)
{
	utc_us kept = utc_day_start(api->task->options->as_of) - OPENROUTER_DAYS * UTC_DAY;
	bool fine = true;
	for (utc_us day = from > kept ? from : kept; fine && day < to; day += UTC_DAY)
		fine = pull_day(api, endpoint, day, e);
	return fine;
}

static bool pull_window(struct api *api, const struct endpoint *endpoint, utc_us from, utc_us to, struct err *e)
{
	const char *token = NULL, *before = NULL;
	bool fine = true;
	for (int pages = 0; fine && (pages == 0 || token); pages++) {
		struct http_transfer t = {.url = page_url(api, endpoint, from, to, token),
		                          .credentials = api->credentials,
		                          .follows_redirects = true,
		                          .header = {api->is_openai ? NULL : "anthropic-version: 2023-06-01"}};
		before = token;
		fine = pull_fetch(api->task, &t, 1, e) && take_page(api, endpoint, buf_slice(&t.memory), &token, e);
		http_transfer_release(&t);
		if (fine && token && (pages == PAGES_MAX || (before && strcmp(token, before) == 0)))
			fine = no_page(api, endpoint, "its pages never end", e);
	}
	return fine;
}

/* Up to when the current deliveries of the endpoint reach; UTC_NONE: there are none, or days before them are missing.
 */
static utc_us reach_of(const struct pull_task *p, const struct db_result *reach, const char *dataset)
{
	utc_us end = UTC_NONE, start;
	for (size_t i = 0; i < db_rows(reach); i++)
		if (strcmp(db_text(reach, i, 0), dataset) == 0 && utc_parse(db_slice(reach, i, 2), &start) &&
		    !pull_lacks_days(p, start))
			utc_parse(db_slice(reach, i, 1), &end);
	return end;
}

static bool pull_endpoint(struct api *api, const struct endpoint *endpoint, const struct db_result *reach,
                          struct err *e)
{
	struct pull_task *p = api->task;
	char text[UTC_TEXT_MAX];
	/* An endpoint that never gave anything is asked for all days each time: it may have failed until now. */
	utc_us from = pull_from(p, reach_of(p, reach, endpoint->dataset)), to = pull_to(p);
	api->from = from;
	api->to = to;
	utc_text(from, text);
	db_result_release(&api->current);
	if (!db_run(p->db, "pull/current_buckets", DB_PARAMS(p->source->name, text), &api->current, e))
		return false;
	p->what = arena_printf(p->arena, "%s %s", p->source->name, endpoint->dataset);
	if (!endpoint->group_by)
		return pull_days(api, endpoint, from, to, e);
	bool fine = true;
	for (utc_us start = from; fine && start < to; start += WINDOW_DAYS * UTC_DAY) {
		utc_us end = start + WINDOW_DAYS * UTC_DAY;
		fine = pull_window(api, endpoint, start, end < to ? end : to, e);
	}
	return fine;
}

bool pull_api(struct pull_task *p, struct err *e)
{
	struct api api = {.task = p, .is_openai = strcmp(p->source->type, "openai") == 0, .current = DB_RESULT_INIT};
	const char *secret = secret_read(p->source->remote.secret, p->arena, e);
	if (!secret)
		return false;
	bool is_anthropic = strcmp(p->source->type, "anthropic") == 0;
	struct slice base = slice_of(p->source->remote.url);
	while (base.len > 0 && base.ptr[base.len - 1] == '/')
		base.len--;
	api.base = arena_cstr(p->arena, base);
	api.credentials = (struct http_credentials){
	        .kind = HTTP_AUTH_HEADER,
	        .header = arena_printf(p->arena, is_anthropic ? "x-api-key: %s" : "Authorization: Bearer %s", secret)};
	DB_RESULT reach = DB_RESULT_INIT;
	bool fine = db_run(p->db, "pull/reach", DB_PARAMS(p->source->name), &reach, e);
	for (size_t i = 0; fine && i < sizeof endpoints / sizeof *endpoints; i++)
		if (strcmp(endpoints[i].type, p->source->type) == 0)
			fine = pull_endpoint(&api, &endpoints[i], &reach, e);
	db_result_release(&api.current);
	json_scan_release(&api.page);
	json_scan_release(&api.element);
	return fine;
}
