#include "run/ledger_head.h"

#include "base/file.h"
#include "base/log.h"
#include "config/secret.h"
#include "run/array_param.h"
#include "source/http.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { FILE_LIMIT = 64 << 20, RETRY_SECONDS = 30, TIMEOUT_SECONDS = 30, ANSWER_LIMIT = 1 << 20 };

/* ---- the file ---- */

/* A head as a line of the file; its hash is NULL if the line is none: written half when a machine died, or by another.
 */
struct head {
	int64_t entry;
	const char *hash;
};

static struct head head_of(struct arena *a, struct slice line)
{
	json_t *root = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *entry = json_object_get(root, "entry"), *hash = json_object_get(root, "hash");
	struct head h = {0};
	if (json_is_integer(entry) && json_is_string(hash))
		h = (struct head){json_integer_value(entry), arena_strdup(a, json_string_value(hash))};
	json_decref(root);
	return h;
}

static struct slice last_line(struct slice text)
{
	while (text.len > 0 && text.ptr[text.len - 1] == '\n')
		text.len--;
	size_t start = text.len;
	while (start > 0 && text.ptr[start - 1] != '\n')
		start--;
	return (struct slice){text.ptr + start, text.len - start};
}

/* One write, so that the line is there or not; a half line that is there already is ended first. */
static bool append_line(int fd, const char *path, struct slice text, const char *line, struct err *e)
{
	struct buf out = BUF_INIT;
	if (text.len > 0 && text.ptr[text.len - 1] != '\n')
		buf_add_text(&out, "\n");
	buf_printf(&out, "%s\n", line);
	ssize_t written = write(fd, out.ptr, out.len);
	bool fine = written == (ssize_t)out.len && fsync(fd) == 0;
	if (!fine && written >= 0 && written < (ssize_t)out.len)
		errno = ENOSPC;
	buf_release(&out);
	return fine || fail_errno(e, "cannot write %s", path);
}

static bool sync_folder(const char *path, struct err *e)
{
	struct arena a = ARENA_INIT;
	const char *folder = arena_cstr(&a, (struct slice){path, (size_t)(path_name(path) - path)});
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool fine = fd >= 0 && fsync(fd) == 0;
	if (!fine)
		fail_errno(e, "cannot write %s", folder);
	if (fd >= 0)
		close(fd);
	arena_release(&a);
	return fine;
}

/* Whoever closes at the same time waits: a head is looked for and added under the file's lock. */
static bool append_head(const char *path, const char *line, struct head head, struct err *e)
{
	bool is_new = !file_exists(path), fine = false;
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	struct buf text = BUF_INIT;
	struct arena a = ARENA_INIT;
	if (fd < 0 || flock(fd, LOCK_EX) != 0) {
		fail_errno(e, "cannot write %s", path);
	} else if (file_read(path, FILE_LIMIT, &text, e)) {
		struct head last = head_of(&a, last_line(buf_slice(&text)));
		bool is_known = last.hash && last.entry == head.entry && strcmp(last.hash, head.hash) == 0;
		fine = is_known || append_line(fd, path, buf_slice(&text), line, e);
		fine = fine && (!is_new || sync_folder(path, e));
	}
	if (fd >= 0)
		close(fd);
	buf_release(&text);
	arena_release(&a);
	return fine;
}

/* ---- the webhook ---- */

static bool tell_webhook(const struct config *config, const char *line, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct http_settings settings = {.retry_seconds = RETRY_SECONDS,
	                                 .timeout_seconds = TIMEOUT_SECONDS,
	                                 .at_once = 1,
	                                 .bytes_limit = ANSWER_LIMIT};
	struct http_transfer t = {
	        .url = config->head_webhook, .body = line, .header = {"Content-Type: application/json"}};
	const char *secret = config->head_secret ? secret_read(config->head_secret, &a, e) : NULL;
	struct http *h = secret || !config->head_secret ? http_new(&settings, e) : NULL;
	if (secret)
		t.credentials = (struct http_credentials){
		        .kind = HTTP_AUTH_HEADER, .header = arena_printf(&a, "Authorization: Bearer %s", secret)};
	struct err refused = ERR_INIT;
	bool fine = h && http_get(h, &t, &refused);
	if (h && !fine && t.status / 100 == 2) /* created, accepted: as good as any */
		fine = true;
	else if (h && !fine)
		fail(e, ERR_UNAVAILABLE, "%s", refused.message);
	http_transfer_release(&t);
	http_free(h);
	arena_release(&a);
	return fine;
}

bool ledger_head_publish(struct db *db, const struct config *config, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!config->head_file && !config->head_webhook)
		return true;
	if (!db_run(db, "close/head", DB_NO_PARAMS, &r, e))
		return false;
	struct head head = {db_int(&r, 0, 0), db_text(&r, 0, 1)};
	if (head.entry == 0)
		return true;
	json_t *root = json_pack("{s:s, s:I, s:s, s:s}", "period", db_text(&r, 0, 2), "entry", (json_int_t)head.entry,
	                         "hash", head.hash, "at", db_text(&r, 0, 3));
	char *line = json_dumps(root, 0);
	struct err file = ERR_INIT, web = ERR_INIT;
	if (config->head_file)
		append_head(config->head_file, line, head, &file);
	if (config->head_webhook)
		tell_webhook(config, line, &web);
	free(line);
	json_decref(root);
	const struct err *why = file.kind != ERR_NONE ? &file : &web;
	if (why->kind == ERR_NONE)
		return true;
	fail(e, why->kind, "the ledger's head, entry %" PRId64 ", was not published: %s", head.entry, why->message);
	return err_hint(e, "what was done stands; `closebook close head` publishes it again");
}

/* ---- proof ---- */

static bool compare(struct db *db, struct arena *a, const char *path, struct slice text, size_t *count, struct err *e)
{
	size_t lines = 0;
	for (size_t i = 0; i < text.len; i++)
		lines += text.ptr[i] == '\n';
	int64_t *entry = arena_alloc(a, (lines + 1) * sizeof *entry);
	uint64_t *place = arena_alloc(a, (lines + 1) * sizeof *place);
	struct column hash = column_new(a, lines + 1);
	for (uint64_t number = 1; text.len > 0; number++) {
		struct slice line = slice_cut(&text, '\n');
		struct head h = head_of(a, line);
		if (!h.hash) {
			if (line.len > 0)
				log_warning("%s:%" PRIu64 ": this is no head of a ledger", path, number);
			continue;
		}
		entry[*count] = h.entry;
		place[(*count)++] = number;
		column_text(&hash, h.hash);
	}
	DB_RESULT lost = DB_RESULT_INIT;
	if (!db_run(db, "close/heads", DB_PARAMS(id_array(a, entry, *count), column_array(&hash)), &lost, e))
		return false;
	if (db_rows(&lost) == 0)
		return true;
	size_t first = (size_t)db_int(&lost, 0, 0) - 1;
	fail(e, ERR_CONTROL, "entry %" PRId64 " of the ledger is not the one that was published: %s", entry[first],
	     db_text(&lost, 0, 1));
	err_where(e, path, place[first], 0);
	return err_hint(e, "the ledger lost its end or was written anew; compare with a backup");
}

bool ledger_head_check(struct db *db, const char *path, size_t *count, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct buf text = BUF_INIT;
	*count = 0;
	bool fine = file_read(path, FILE_LIMIT, &text, e) && compare(db, &a, path, buf_slice(&text), count, e);
	buf_release(&text);
	arena_release(&a);
	return fine;
}
