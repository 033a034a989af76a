#include "store/cluster_files.h"

#include "base/file.h"
#include "store/settings.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEGABYTE (INT64_C(1) << 20)
enum { WALK_DESCRIPTORS = 16, FILE_LIMIT = 1 << 20 };

struct process_user cluster_user(const struct cluster *c)
{
	return (struct process_user){.uid = c->uid, .gid = c->gid, .switches = c->switches_user};
}

/* ---- Folders ---- */

static bool check_traversal(const void *context, struct err *e)
{
	const struct cluster *c = context;
	struct buf path = BUF_INIT;
	bool reachable = true;
	for (const char *end = c->folder + 1; reachable && *end; end++) {
		if (*end != '/')
			continue;
		buf_reset(&path);
		buf_add(&path, c->folder, (size_t)(end - c->folder));
		if (access(path.ptr, X_OK) == 0)
			continue;
		reachable = fail(e, ERR_CONFIG, "the database server's user %s cannot enter %s", c->owner, path.ptr);
		err_hint(e, "chmod a+x %s, or set another state_dir", path.ptr);
	}
	buf_release(&path);
	return reachable;
}

/* In /tmp anybody may have made the folder before us: it must be a folder, the server user's, and closed to others. */
static bool check_private(const char *path, uid_t uid, struct err *e)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return fail_errno(e, "cannot look at %s", path);
	if (S_ISDIR(st.st_mode) && st.st_uid == uid && (st.st_mode & 077) == 0)
		return true;
	fail(e, ERR_CONTROL, "%s is not a folder of the database server's user alone", path);
	if (S_ISDIR(st.st_mode) && st.st_uid == uid)
		return err_hint(e, "chmod 0700 %s", path);
	return err_hint(e, "somebody else made it: move it away, or set another state_dir");
}

static bool make_inner(const void *context, struct err *e)
{
	const struct cluster *c = context;
	const char *const folders[] = {c->log_dir, c->socket_dir};
	umask(077);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (mkdir(folders[i], 0700) != 0 && errno != EEXIST)
			return fail_errno(e, "cannot make the folder %s", folders[i]);
		if (!check_private(folders[i], c->uid, e))
			return false;
	}
	return true;
}

static bool make_own_folder(const struct cluster *c, struct err *e)
{
	if (mkdir(c->folder, 0700) != 0 && errno != EEXIST)
		return fail_errno(e, "cannot make the folder %s", c->folder);
	if (c->switches_user && lchown(c->folder, c->uid, c->gid) != 0)
		return fail_errno(e, "cannot give the folder %s to the user %s", c->folder, c->owner);
	return check_private(c->folder, c->uid, e);
}

/* process_call's work may change the umask of this process when it does not switch users. */
static bool call(const struct cluster *c, bool (*work)(const void *context, struct err *e), struct err *e)
{
	struct process_user user = cluster_user(c);
	mode_t mask = umask(077);
	bool done = process_call(&user, work, c, e);
	umask(mask);
	return done;
}

/* The server's user must pass through the folders above its own, whatever the umask. */
static bool make_state_folder(const struct cluster *c, struct err *e)
{
	if (folder_exists(c->state_dir))
		return true;
	mode_t mask = umask(022);
	bool made = folder_make(c->state_dir, 0755, e);
	umask(mask);
	if (made && !c->switches_user && chmod(c->state_dir, 0700) != 0)
		made = fail_errno(e, "cannot set the permissions of %s", c->state_dir);
	return made;
}

bool cluster_make_folders(const struct cluster *c, struct err *e)
{
	return make_state_folder(c, e) && (!c->switches_user || call(c, check_traversal, e)) && make_own_folder(c, e) &&
	       call(c, make_inner, e);
}

/* ---- Failures of the server's programs ---- */

/* The last line that says FATAL, PANIC, ERROR or error; else the last line at all. */
static struct slice telling_line(struct slice text)
{
	struct slice last = SLICE(""), telling = SLICE("");
	while (text.len > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));
		if (line.len == 0 || slice_starts(line, "pg_ctl: could not") || slice_find(line, "HINT:") != SIZE_MAX)
			continue;
		last = line;
		if (slice_find(line, "FATAL:") != SIZE_MAX || slice_find(line, "PANIC:") != SIZE_MAX ||
		    slice_find(line, "ERROR:") != SIZE_MAX || slice_find(line, "error:") != SIZE_MAX)
			telling = line;
	}
	return telling.len > 0 ? telling : last;
}

bool cluster_fail(const struct cluster *c, const char *message, struct err *e)
{
	struct buf text = BUF_INIT;
	struct err unread = ERR_INIT;
	if (!file_read(c->start_log, FILE_LIMIT, &text, &unread))
		buf_reset(&text);
	struct slice line = telling_line(buf_slice(&text));
	fail(e, ERR_UNAVAILABLE, "%s%s%.*s", message, line.len > 0 ? ": " : "", (int)line.len, line.ptr);
	err_hint(e, "see %s and %s", c->start_log, c->log_dir);
	buf_release(&text);
	return false;
}

/* ---- The data folder ---- */

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static const char *part_dir(const struct cluster *c, struct buf *path)
{
	buf_reset(path);
	buf_printf(path, "%s.part", c->data_dir);
	return path->ptr;
}

static bool remove_part(const void *context, struct err *e)
{
	struct buf path = BUF_INIT;
	const char *part = part_dir(context, &path);
	bool done = nftw(part, remove_entry, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT;
	if (!done)
		fail_errno(e, "cannot remove %s", part);
	buf_release(&path);
	return done;
}

static bool publish_part(const void *context, struct err *e)
{
	const struct cluster *c = context;
	struct buf path = BUF_INIT;
	bool done = rename(part_dir(c, &path), c->data_dir) == 0;
	int folder = done ? open(c->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (folder < 0 || fsync(folder) != 0)
		done = fail_errno(e, "cannot put %s in place", c->data_dir);
	if (folder >= 0)
		close(folder);
	buf_release(&path);
	return done;
}

static bool append_include(const void *context, struct err *e)
{
	struct buf path = BUF_INIT;
	part_dir(context, &path);
	buf_add_text(&path, "/postgresql.conf");
	FILE *file = fopen(path.ptr, "ae");
	bool done = file && fputs("\n# Written by closebook at each start; what stands below it overrides it.\n"
	                          "include_if_exists = 'closebook.conf'\n",
	                          file) >= 0;
	if (file && fclose(file) != 0)
		done = false;
	if (!done)
		fail_errno(e, "cannot write %s", path.ptr);
	buf_release(&path);
	return done;
}

static bool run(const struct cluster *c, const char *const *argv, const char *input, int lock_fd, const char *complaint,
                struct err *e)
{
	struct process_user user = cluster_user(c);
	int status = 0;
	if (!process_run(&user, c->folder, argv, input, c->start_log, lock_fd, &status, e))
		return false;
	return status == 0 || cluster_fail(c, complaint, e);
}

/*
 * initdb and pg_ctl hand paths to a shell, hardly quoted: so they run in the cluster's folder and are given plain
 * names. The database is made in single-user mode before the folder gets its name: so whoever finds the folder finds a
 * cluster that is complete, whenever we may be killed.
 */
bool cluster_create(const struct cluster *c, int lock_fd, struct err *e)
{
	struct buf initdb = BUF_INIT, postgres = BUF_INIT;
	buf_printf(&initdb, "%s/initdb", c->bin_dir);
	buf_printf(&postgres, "%s/postgres", c->bin_dir);
	const char *const make_cluster[] = {initdb.ptr,          "-D",
	                                    CLUSTER_PART,        "-U",
	                                    "closebook",         "--encoding=UTF8",
	                                    "--locale=C",        "--data-checksums",
	                                    "--auth-local=peer", "--auth-host=reject",
	                                    "--no-instructions", NULL};
	const char *const make_database[] = {postgres.ptr, "--single",         "-D",       CLUSTER_PART,
	                                     "-c",         "exit_on_error=on", "postgres", NULL};
	bool done = call(c, remove_part, e) &&
	            run(c, make_cluster, NULL, lock_fd, "cannot create the embedded database", e) &&
	            run(c, make_database, "CREATE DATABASE closebook\n", lock_fd,
	                "cannot create the database closebook", e) &&
	            call(c, append_include, e) && call(c, publish_part, e);
	buf_release(&initdb);
	buf_release(&postgres);
	return done;
}

/* ---- Settings ---- */

/* A container's /dev/shm is often 64 MB, too little for parallel hash joins: then files take its place. */
static const char *shared_memory_type(void)
{
	struct statvfs fs;
	bool roomy = statvfs("/dev/shm", &fs) == 0 && (int64_t)fs.f_blocks * (int64_t)fs.f_frsize >= 1024 * MEGABYTE;
	return roomy ? "posix" : "mmap";
}

static void add_quoted(struct buf *b, const char *text)
{
	buf_add_char(b, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			buf_add_char(b, *text);
		buf_add_char(b, *text);
	}
	buf_add_char(b, '\'');
}

/* unix_socket_directories is a list: its items have quotes of their own. */
static void add_quoted_item(struct buf *b, const char *text)
{
	struct buf item = BUF_INIT;
	buf_add_char(&item, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_add_char(&item, '"');
		buf_add_char(&item, *text);
	}
	buf_add_char(&item, '"');
	add_quoted(b, item.ptr);
	buf_release(&item);
}

static void add_settings(const struct cluster *c, struct buf *b)
{
	static const char fixed[] = "listen_addresses = ''\n"
	                            "cluster_name = 'closebook'\n"
	                            "port = 5432\n"
	                            "unix_socket_permissions = 0700\n"
	                            "wal_level = minimal\n"
	                            "max_wal_senders = 0\n"
	                            "synchronous_commit = on\n"
	                            "client_connection_check_interval = 5s\n"
	                            "password_encryption = 'scram-sha-256'\n"
	                            "jit = off\n"
	                            "timezone = 'UTC'\n"
	                            "log_timezone = 'UTC'\n"
	                            "log_checkpoints = off\n"
	                            "log_line_prefix = '%m [%p] %a: '\n"
	                            "logging_collector = on\n"
	                            "log_filename = 'server-%a.log'\n"
	                            "log_truncate_on_rotation = on\n"
	                            "log_rotation_age = 1d\n"
	                            "log_rotation_size = 0\n";
	buf_add_text(b, "# Written by closebook at each start. Settings of your own go below the include in "
	                "postgresql.conf.\n");
	buf_add_text(b, fixed);
	buf_add_text(b, "log_directory = ");
	add_quoted(b, c->log_dir);
	buf_add_text(b, "\nunix_socket_directories = ");
	add_quoted_item(b, c->socket_dir);
	buf_printf(b, "\ndynamic_shared_memory_type = %s\n", shared_memory_type());
	settings_write(b, settings_memory_mb());
	/* The process that asks takes part in its workers' work: more of them than other processors only get in its
	 * way. */
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	buf_printf(b, "max_parallel_workers_per_gather = %ld\n",
	           processors > 5   ? 4
	           : processors > 2 ? processors - 1
	                            : 1);
}

/* Root may use the cluster of any user: it could read its files anyway. */
static void add_identities(const struct cluster *c, struct buf *b)
{
	buf_add_text(b, "closebook \"root\" closebook\n");
	if (strcmp(c->owner, "root") != 0)
		buf_printf(b, "closebook \"%s\" closebook\n", c->owner);
}

static bool write_file(const struct cluster *c, const char *name, const struct buf *text, struct err *e)
{
	struct buf path = BUF_INIT;
	struct file_writer w;
	buf_printf(&path, "%s/%s", c->data_dir, name);
	bool done = file_writer_begin(&w, path.ptr, e);
	if (done) {
		fwrite(text->ptr, 1, text->len, w.stream);
		done = file_writer_finish(&w, e) && file_writer_publish(&w, e);
		file_writer_release(&w);
	}
	buf_release(&path);
	return done;
}

static bool configure(const void *context, struct err *e)
{
	const struct cluster *c = context;
	struct buf settings = BUF_INIT, access_rules = BUF_INIT, identities = BUF_INIT;
	add_settings(c, &settings);
	buf_add_text(&access_rules, "local all all peer map=closebook\n");
	add_identities(c, &identities);
	umask(077);
	bool done = write_file(c, "closebook.conf", &settings, e) && write_file(c, "pg_hba.conf", &access_rules, e) &&
	            write_file(c, "pg_ident.conf", &identities, e);
	buf_release(&settings);
	buf_release(&access_rules);
	buf_release(&identities);
	return done;
}

bool cluster_configure(const struct cluster *c, struct err *e)
{
	return call(c, configure, e);
}
