/* A file at a URL, in any format that ingest reads: fetched when its ETag is another than the one that was loaded last.
 */
#include "base/digest.h"
#include "base/file.h"
#include "config/secret.h"
#include "run/pull_task.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750, DIGEST_SHOWN = 16, NAME_MAX_BYTES = 80 };

static bool add_secret(struct pull_task *p, struct http_credentials *c, struct err *e)
{
	const struct remote_config *r = &p->source->remote;
	const char *secret = r->secret ? secret_read(r->secret, p->arena, e) : NULL,
	           *auth = r->auth ? r->auth : "bearer";
	if (!r->secret)
		return true;
	if (!secret)
		return false;
	if (strcmp(auth, "basic") == 0)
		*c = (struct http_credentials){
		        .kind = HTTP_AUTH_BASIC, .user = r->user ? r->user : "", .password = secret};
	else if (strcmp(auth, "bearer") == 0)
		*c = (struct http_credentials){.kind = HTTP_AUTH_HEADER,
		                               .header = arena_printf(p->arena, "Authorization: Bearer %s", secret)};
	else
		*c = (struct http_credentials){.kind = HTTP_AUTH_HEADER,
		                               .header = arena_printf(p->arena, "%s: %s", auth, secret)};
	return true;
}

/* The last part of the URL's path, as far as it can be a file's name. */
static const char *name_of(struct arena *a, const char *url)
{
	struct slice path = slice_of(http_display(a, url));
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	char *name = arena_strdup(a, path_name(arena_cstr(a, path)));
	if (strlen(name) > NAME_MAX_BYTES)
		name += strlen(name) - NAME_MAX_BYTES;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			*c = '_';
	return *name && *name != '.' ? name : "file";
}

static bool last_version(struct pull_task *p, const char *uri, const char **version, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(p->db, "pull/last_version", DB_PARAMS(p->source->name, uri), &r, e))
		return false;
	*version = db_rows(&r) > 0 && !db_is_null(&r, 0, 0) ? arena_strdup(p->arena, db_text(&r, 0, 0)) : NULL;
	return true;
}

/* A fetch is the whole of what the address has: earlier ones of any month go, so that none is loaded beside it or
 * again. */
static bool remove_earlier(struct pull_task *p, const char *name, const char *kept, struct err *e)
{
	DIR *months = opendir(p->folder);
	bool fine = true;
	for (const struct dirent *month; fine && months && (month = readdir(months)) != NULL;) {
		const char *folder = path_join(p->arena, p->folder, month->d_name);
		DIR *d = month->d_name[0] == '.' ? NULL : opendir(folder);
		for (const struct dirent *entry; fine && d && (entry = readdir(d)) != NULL;) {
			const char *path = path_join(p->arena, folder, entry->d_name);
			if (entry->d_name[0] != '.' && strcmp(path, kept) != 0 &&
			    slice_ends(slice_of(entry->d_name), arena_printf(p->arena, "-%s", name)))
				fine = pull_remove(p, path, e);
		}
		if (d)
			closedir(d);
	}
	if (months)
		closedir(months);
	return fine;
}

/* Named by its content: what was fetched before, and waits to be loaded, is not there twice. */
static bool settle(struct pull_task *p, struct http_transfer *t, const char *uri, const char *folder, struct err *e)
{
	char digest[DIGEST_HEX_SIZE];
	uint64_t size;
	if (!digest_file(t->part_path, digest, &size, e))
		return false;
	const char *name = name_of(p->arena, p->source->remote.url);
	const char *path = path_join(p->arena, folder, arena_printf(p->arena, "%.*s-%s", DIGEST_SHOWN, digest, name));
	unlink(arena_printf(p->arena, "%s.etag", t->part_path));
	if (file_exists(path))
		return unlink(t->part_path) == 0 || fail_errno(e, "cannot remove %s", t->part_path);
	if (!remove_earlier(p, name, path, e) ||
	    !origin_write(path, &(struct origin_file){.source = p->source->name, .uri = uri, .version = t->etag}, e))
		return false;
	if (rename(t->part_path, path) != 0)
		return fail_errno(e, "cannot rename %s", t->part_path);
	p->result->files++;
	return true;
}

bool pull_web(struct pull_task *p, struct err *e)
{
	char period[PERIOD_TEXT_MAX];
	period_text(period_of(p->options->as_of), period);
	const char *uri = http_display(p->arena, p->source->remote.url), *version = NULL;
	const char *folder = path_join(p->arena, p->folder, period);
	struct http_transfer t = {.url = p->source->remote.url, .follows_redirects = true};
	if (!add_secret(p, &t.credentials, e) || !pull_check_name(p, uri, e) || !last_version(p, uri, &version, e))
		return false;
	if (pull_plans(p, uri, 1, 0))
		return true;
	if (version && *version)
		t.header[0] = arena_printf(p->arena, "If-None-Match: %s", version);
	t.part_path = path_join(p->arena, folder, ".pull.part");
	bool fine = folder_make(folder, FOLDER_MODE, e) && pull_fetch(p, &t, 1, e);
	if (fine && t.status != 304)
		fine = settle(p, &t, uri, folder, e);
	else if (fine)
		unlink(t.part_path);
	http_transfer_release(&t);
	return fine;
}
