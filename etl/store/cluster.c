/*
 * Whether the server runs is asked of the server (PQping), not of files: postmaster.pid may be stale. A file lock makes
 * two first commands start one server. Without it, because a command was killed while it started the server,
 * PostgreSQL's own lock file lets one of two servers win, and we wait for whoever it is.
 */
#include "store/cluster.h"

#include "base/file.h"
#include "base/str.h"
#include "store/cluster_files.h"
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PORT "5432"
#define SOCKET_NAME ".s.PGSQL." PORT
enum {
	SOCKET_PATH_MAX = sizeof(((struct sockaddr_un *)0)->sun_path) - 1,
	PID_FILE_LIMIT = 4096,
	RECOVERY_WAIT_S = 600, /* a server that comes up and must first replay its log */
	APPEAR_WAIT_S = 10,    /* another's server, until it first answers */
	PAUSE_MS = 50,
};
#define PG_CTL_WAIT_S "600"

/* ---- Paths and users ---- */

static bool has_programs(struct arena *a, const char *folder)
{
	static const char *const programs[] = {"initdb", "pg_ctl", "postgres"};
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (access(path_join(a, folder, programs[i]), X_OK) != 0)
			return false;
	return true;
}

/* Debian keeps the server's programs off the PATH. */
static bool find_programs(struct cluster *c, struct err *e)
{
	static const char debian[] = "/usr/lib/postgresql/15/bin";
	struct slice path = slice_of(getenv("PATH"));
	c->bin_dir = debian;
	while (!has_programs(&c->arena, c->bin_dir)) {
		if (path.len == 0) {
			fail(e, ERR_CONFIG, "PostgreSQL 15 is neither in %s nor on the PATH", debian);
			return err_hint(e,
			                "install it (apt-get install postgresql-15), or give a server's URI with --db");
		}
		c->bin_dir = arena_cstr(&c->arena, slice_cut(&path, ':'));
	}
	return true;
}

/* The absolute path without links; of a folder that does not exist yet, that of its parent and its name. */
static const char *canonical(struct arena *a, const char *path)
{
	char real[PATH_MAX];
	if (realpath(path, real))
		return arena_strdup(a, real);
	const char *name = path_name(path);
	size_t parent = (size_t)(name - path);
	while (parent > 1 && path[parent - 1] == '/')
		parent--;
	if (parent == 0)
		return path_join(a, canonical(a, "."), name);
	const char *folder = canonical(a, arena_cstr(a, (struct slice){path, parent}));
	return name[0] ? path_join(a, folder, name) : folder;
}

static void set_paths(struct cluster *c, const char *state_dir)
{
	struct arena *a = &c->arena;
	c->state_dir = canonical(a, state_dir);
	c->folder = path_join(a, c->state_dir, "cluster");
	c->lock_path = path_join(a, c->folder, "lock");
	c->data_dir = path_join(a, c->folder, CLUSTER_DATA);
	c->log_dir = path_join(a, c->folder, "log");
	c->start_log = path_join(a, c->folder, CLUSTER_START_LOG);
	c->socket_dir = path_join(a, c->folder, "run");
	/* libpq takes a comma for the end of a host. */
	if (strlen(c->socket_dir) + strlen("/" SOCKET_NAME) > SOCKET_PATH_MAX || strchr(c->socket_dir, ','))
		c->socket_dir = arena_printf(a, "/tmp/closebook-%016lx",
		                             (unsigned long)slice_hash(slice_of(c->state_dir), SLICE_HASH_INIT));
}

static bool set_user(struct cluster *c, const struct passwd *user)
{
	c->owner = arena_strdup(&c->arena, user->pw_name);
	c->uid = user->pw_uid;
	c->gid = user->pw_gid;
	c->switches_user = geteuid() != user->pw_uid;
	return true;
}

/* The folder's owner if there is one, else postgres if we are root, else we. */
static bool find_user(struct cluster *c, struct err *e)
{
	struct stat st;
	uid_t us = geteuid(), owner = us;
	if (stat(c->folder, &st) == 0)
		owner = st.st_uid;
	const struct passwd *user = owner == 0 ? getpwnam("postgres") : getpwuid(owner);
	if (user && us != 0 && owner != us) {
		fail(e, ERR_CONFIG, "the embedded database in %s belongs to the user %s", c->state_dir, user->pw_name);
		return err_hint(e, "run this as that user or as root, or set another state_dir");
	}
	if (user)
		return set_user(c, user);
	if (owner == 0)
		return fail(e, ERR_CONFIG,
		            "as root the embedded database runs as the user postgres, which does not exist") ||
		       err_hint(e,
		                "install PostgreSQL (apt-get install postgresql-15), or run this as an ordinary user");
	return fail(e, ERR_CONFIG, "the user with id %u has no name, and PostgreSQL needs one", (unsigned)owner) ||
	       err_hint(e, "add it to /etc/passwd");
}

bool cluster_open(struct cluster *c, const char *state_dir, struct err *e)
{
	*c = (struct cluster){.arena = ARENA_INIT};
	for (const char *p = state_dir; *p; p++)
		if ((unsigned char)*p < ' ')
			return fail(e, ERR_CONFIG, "state_dir contains a control character");
	set_paths(c, state_dir);
	return find_programs(c, e) && find_user(c, e);
}

void cluster_release(struct cluster *c)
{
	arena_release(&c->arena);
	*c = (struct cluster){.arena = ARENA_INIT};
}

static const char *encoded(struct arena *a, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	struct buf b = BUF_INIT;
	for (; *text; text++)
		if (strchr(plain, *text))
			buf_add_char(&b, *text);
		else
			buf_printf(&b, "%%%02X", (unsigned char)*text);
	const char *copy = arena_cstr(a, buf_slice(&b));
	buf_release(&b);
	return copy;
}

/* requirepeer: a socket that someone else's process listens on is not our server's. */
const char *cluster_url(struct cluster *c)
{
	return arena_printf(&c->arena, "postgresql://closebook@/closebook?host=%s&port=" PORT "&requirepeer=%s",
	                    encoded(&c->arena, c->socket_dir), encoded(&c->arena, c->owner));
}

/* ---- The lock ---- */

static int lock(const struct cluster *c, struct err *e)
{
	int fd = open(c->lock_path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		fail_errno(e, "cannot open %s", c->lock_path);
		return -1;
	}
	bool locked = !c->switches_user || fchown(fd, c->uid, c->gid) == 0;
	while (locked && flock(fd, LOCK_EX) != 0)
		locked = errno == EINTR;
	if (locked)
		return fd;
	fail_errno(e, "cannot lock %s", c->lock_path);
	close(fd);
	return -1;
}

/* ---- The server ---- */

static PGPing ping(const struct cluster *c)
{
	const char *const keywords[] = {"host", "port", "user", "dbname", "connect_timeout", NULL};
	const char *const values[] = {c->socket_dir, PORT, "closebook", "closebook", "5", NULL};
	return PQpingParams(keywords, values, 0);
}

/* Whether the process is a server of this data folder, which is where servers work. */
static bool is_our_server(const struct cluster *c, pid_t pid)
{
	char path[64], folder[PATH_MAX];
	struct buf command = BUF_INIT;
	struct err unread = ERR_INIT;
	snprintf(path, sizeof(path), "/proc/%ld/cwd", (long)pid);
	ssize_t len = readlink(path, folder, sizeof(folder));
	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	bool is_ours = len > 0 && slice_is((struct slice){folder, (size_t)len}, c->data_dir) &&
	               file_read(path, PID_FILE_LIMIT, &command, &unread) &&
	               slice_is(slice_trim(buf_slice(&command)), "postgres");
	buf_release(&command);
	return is_ours;
}

/* The server that postmaster.pid names; 0 when none runs: *stale is then whether the file is there all the same. */
static pid_t server_pid(const struct cluster *c, bool *stale)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	struct err unread = ERR_INIT;
	int64_t pid = 0;
	buf_printf(&path, "%s/postmaster.pid", c->data_dir);
	bool has_file = file_read(path.ptr, PID_FILE_LIMIT, &text, &unread);
	struct slice rest = buf_slice(&text);
	if (!has_file || !slice_uint(slice_trim(slice_cut(&rest, '\n')), &pid) || pid > INT_MAX ||
	    !is_our_server(c, (pid_t)pid))
		pid = 0;
	*stale = has_file && pid == 0;
	buf_release(&path);
	buf_release(&text);
	return (pid_t)pid;
}

/*
 * After a reboot (always, in a container) the number in a stale postmaster.pid may be another process's by now.
 * PostgreSQL then refuses to start; that the process is no server, /proc tells.
 */
static bool remove_stale_pid_file(const void *context, struct err *e)
{
	const struct cluster *c = context;
	bool stale;
	if (server_pid(c, &stale) != 0 || !stale)
		return true;
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/postmaster.pid", c->data_dir);
	bool done = unlink(path.ptr) == 0 || errno == ENOENT || fail_errno(e, "cannot remove %s", path.ptr);
	buf_release(&path);
	return done;
}

static void pause_briefly(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	nanosleep(&pause, NULL);
}

/* Waits for a server that someone else is starting. */
static bool wait_until_up(const struct cluster *c)
{
	int64_t silent_ms = 0, starting_ms = 0;
	for (;;) {
		bool stale;
		switch (ping(c)) {
		case PQPING_OK:
			return true;
		case PQPING_REJECT:
			starting_ms += PAUSE_MS;
			break;
		default:
			silent_ms += PAUSE_MS;
			if (server_pid(c, &stale) == 0)
				return false;
		}
		if (silent_ms / 1000 > APPEAR_WAIT_S || starting_ms / 1000 > RECOVERY_WAIT_S)
			return false;
		pause_briefly();
	}
}

static bool pg_ctl_start(const struct cluster *c, struct err *e)
{
	struct process_user user = cluster_user(c);
	struct buf program = BUF_INIT;
	buf_printf(&program, "%s/pg_ctl", c->bin_dir);
	const char *const argv[] = {program.ptr,   "start", "-D", CLUSTER_DATA,      "-w", "-t",
	                            PG_CTL_WAIT_S, "-s",    "-l", CLUSTER_START_LOG, NULL};
	int status = 0;
	bool ran = process_call(&user, remove_stale_pid_file, c, e) && cluster_configure(c, e) &&
	           process_run(&user, c->folder, argv, NULL, c->start_log, -1, &status, e);
	buf_release(&program);
	if (!ran)
		return false;
	return status == 0 || wait_until_up(c) || cluster_fail(c, "the embedded database did not start", e);
}

static bool start_locked(struct cluster *c, int lock_fd, struct err *e)
{
	bool stale;
	if (!folder_exists(c->data_dir) && !cluster_create(c, lock_fd, e))
		return false;
	if (ping(c) == PQPING_OK || (server_pid(c, &stale) != 0 && wait_until_up(c)))
		return true;
	return pg_ctl_start(c, e);
}

bool cluster_start(struct cluster *c, struct err *e)
{
	if (ping(c) == PQPING_OK)
		return true;
	if (!cluster_make_folders(c, e))
		return false;
	int lock_fd = lock(c, e);
	if (lock_fd < 0)
		return false;
	bool started = start_locked(c, lock_fd, e);
	close(lock_fd);
	return started;
}

static bool pg_ctl_stop(const struct cluster *c, struct err *e)
{
	struct process_user user = cluster_user(c);
	struct buf program = BUF_INIT;
	buf_printf(&program, "%s/pg_ctl", c->bin_dir);
	const char *const argv[] = {program.ptr, "stop", "-D",          CLUSTER_DATA, "-m", "fast",
	                            "-w",        "-t",   PG_CTL_WAIT_S, "-s",         NULL};
	int status = 0;
	bool ran = process_run(&user, c->folder, argv, NULL, c->start_log, -1, &status, e);
	buf_release(&program);
	return ran && (status == 0 || cluster_fail(c, "the embedded database did not stop", e));
}

bool cluster_stop(struct cluster *c, bool *was_running, struct err *e)
{
	bool stale, running = false, stopped = true;
	if (folder_exists(c->folder)) {
		int lock_fd = lock(c, e);
		if (lock_fd < 0)
			return false;
		running = server_pid(c, &stale) != 0;
		stopped = !running || pg_ctl_stop(c, e);
		close(lock_fd);
	}
	if (was_running)
		*was_running = running;
	return stopped;
}

bool cluster_status(const struct cluster *c, struct cluster_status *out, struct err *e)
{
	bool stale;
	*out = (struct cluster_status){.created = folder_exists(c->data_dir)};
	if (!out->created && errno == EACCES)
		return fail_errno(e, "cannot look into %s", c->folder);
	out->pid = server_pid(c, &stale);
	out->running = out->pid != 0;
	return true;
}
