/* One cluster through its life, in order. As root the server is postgres's, so the folder must let it in. */
#include "store/cluster.h"
#include "store/throwaway.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_ok(bool done, const struct err *e)
{
	if (!done)
		fail_msg("%s (hint: %s)", e->message, e->hint);
}

static struct cluster opened(const char *name)
{
	struct cluster c;
	struct err e = ERR_INIT;
	assert_ok(cluster_open(&c, scratch_path(throwaway.scratch, name), &e), &e);
	return c;
}

static pid_t running_pid(const struct cluster *c)
{
	struct cluster_status status;
	struct err e = ERR_INIT;
	assert_ok(cluster_status(c, &status, &e), &e);
	assert_int_equal(status.running, status.pid != 0);
	return status.pid;
}

static int64_t ask(struct cluster *c, const char *query)
{
	DB_CLOSE struct db db = DB_INIT;
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	assert_ok(db_connect(&db, cluster_url(c), &e) && db_query(&db, query, DB_NO_PARAMS, &r, &e), &e);
	return db_rows(&r) > 0 ? db_int(&r, 0, 0) : 0;
}

static void wait_for_end(pid_t pid)
{
	for (int i = 0; i < 500 && kill(pid, 0) == 0; i++)
		usleep(20 * 1000);
	assert_int_not_equal(kill(pid, 0), 0);
}

static void is_private_and_durable(void **state)
{
	(void)state;
	struct cluster *c = &throwaway.cluster;
	static const struct {
		const char *name, *value;
	} settings[] = {
	        {"listen_addresses", ""},
	        {"data_checksums", "on"},
	        {"synchronous_commit", "on"},
	        {"fsync", "on"},
	        {"server_encoding", "UTF8"},
	        {"lc_collate", "C"},
	        {"wal_level", "minimal"},
	        {"TimeZone", "UTC"},
	        {"jit", "off"},
	        {"logging_collector", "on"},
	        {"max_wal_size", "4GB"},
	        {"unix_socket_permissions", "0700"},
	        {"checkpoint_timeout", "15min"},
	        {"client_connection_check_interval", "5s"},
	};
	DB_CLOSE struct db db = throwaway_connect();
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		DB_RESULT r = DB_RESULT_INIT;
		struct err e = ERR_INIT;
		assert_ok(db_query(&db, "select current_setting($1)", DB_PARAMS(settings[i].name), &r, &e), &e);
		if (strcmp(db_text(&r, 0, 0), settings[i].value) != 0)
			fail_msg("%s is %s", settings[i].name, db_text(&r, 0, 0));
	}
	assert_int_equal(ask(c, "select count(*) from pg_hba_file_rules where error is not null or type <> 'local' or "
	                        "auth_method <> 'peer' or options <> '{map=closebook}'"),
	                 0);
	struct stat st;
	const char *const folders[] = {c->folder, c->data_dir, c->socket_dir, c->log_dir};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		assert_int_equal(stat(folders[i], &st), 0);
		assert_int_equal(st.st_mode & 0777, 0700);
		assert_int_equal(st.st_uid, c->uid);
	}
	assert_true(c->uid != 0);
	struct db other = DB_INIT;
	struct err e = ERR_INIT;
	assert_false(db_connect(
	        &other, arena_printf(&c->arena, "postgresql://stranger@/closebook?host=%s", c->socket_dir), &e));
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
}

static void start_is_cheap_when_it_runs(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	struct cluster *c = &throwaway.cluster;
	pid_t before = running_pid(c);
	assert_true(before > 0);
	assert_ok(cluster_start(c, &e), &e);
	assert_int_equal(running_pid(c), before);
}

static void survives_its_starter(void **state)
{
	(void)state;
	pid_t pid = running_pid(&throwaway.cluster);
	assert_int_not_equal(getsid(pid), getsid(0));
	/* Nothing of ours stays open in it: no lock, no pipe. */
	char path[64], target[512];
	for (int fd = 0; fd < 3; fd++) {
		snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)pid, fd);
		ssize_t len = readlink(path, target, sizeof(target) - 1);
		assert_true(len > 0);
		target[len] = '\0';
		assert_true(strcmp(target, "/dev/null") == 0 || strncmp(target, "pipe:", 5) == 0 ||
		            strcmp(target, throwaway.cluster.start_log) == 0);
	}
}

static void stops_and_starts(void **state)
{
	(void)state;
	struct cluster *c = &throwaway.cluster;
	struct err e = ERR_INIT;
	bool was_running = false;
	ask(c, "create table kept as select 42 as n");
	pid_t pid = running_pid(c);
	assert_ok(cluster_stop(c, &was_running, &e), &e);
	assert_true(was_running);
	assert_int_equal(running_pid(c), 0);
	wait_for_end(pid);
	assert_ok(cluster_stop(c, &was_running, &e), &e);
	assert_false(was_running);
	assert_ok(cluster_start(c, &e), &e);
	assert_int_equal(ask(c, "select n from kept"), 42);
}

/* kill -9 of the server leaves postmaster.pid and the socket behind. */
static void starts_after_a_kill(void **state)
{
	(void)state;
	struct cluster *c = &throwaway.cluster;
	struct err e = ERR_INIT;
	ask(c, "create table committed as select 43 as n");
	pid_t pid = running_pid(c);
	assert_int_equal(kill(pid, SIGKILL), 0);
	wait_for_end(pid);
	assert_int_equal(running_pid(c), 0);
	assert_ok(cluster_start(c, &e), &e);
	assert_int_equal(ask(c, "select n from committed"), 43);
}

/* After a reboot another process, here this one, may have the number that postmaster.pid names. */
static void starts_when_its_number_is_taken(void **state)
{
	(void)state;
	struct cluster *c = &throwaway.cluster;
	struct err e = ERR_INIT;
	assert_ok(cluster_stop(c, NULL, &e), &e);
	pid_t other = fork();
	if (other == 0) {
		/* Of the server's own user, or PostgreSQL would see by itself that it is none. */
		if (c->switches_user && (setgid(c->gid) != 0 || setuid(c->uid) != 0))
			_exit(1);
		pause();
		_exit(0);
	}
	const char *path = path_join(&c->arena, c->data_dir, "postmaster.pid");
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%ld\n%s\n1\n5432\n%s\n\n0 0\nready   \n", (long)other, c->data_dir, c->socket_dir);
	fclose(file);
	assert_int_equal(chown(path, c->uid, c->gid), 0);
	assert_int_equal(running_pid(c), 0);
	bool started = cluster_start(c, &e);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	assert_ok(started, &e);
	assert_int_equal(ask(c, "select n from kept"), 42);
}

static int start_in_child(const char *name)
{
	struct cluster c;
	struct err e = ERR_INIT;
	bool done = cluster_open(&c, scratch_path(throwaway.scratch, name), &e) && cluster_start(&c, &e);
	if (done) {
		struct db db = DB_INIT;
		done = db_connect(&db, cluster_url(&c), &e);
		db_close(&db);
	}
	if (!done)
		fprintf(stderr, "%s (hint: %s)\n", e.message, e.hint);
	return done ? 0 : 1;
}

static void two_starts_make_one_server(void **state)
{
	(void)state;
	enum { STARTS = 4 };
	pid_t child[STARTS];
	for (int i = 0; i < STARTS; i++) {
		child[i] = fork();
		if (child[i] == 0)
			_exit(start_in_child("raced"));
	}
	for (int i = 0; i < STARTS; i++) {
		int status;
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	struct cluster c = opened("raced");
	struct err e = ERR_INIT;
	assert_int_equal(ask(&c, "select 1"), 1);
	assert_ok(cluster_stop(&c, NULL, &e), &e);
	cluster_release(&c);
}

/* Killed at any moment of its first start, the next start brings up a complete cluster. */
static void survives_kills_while_it_is_made(void **state)
{
	(void)state;
	static const useconds_t moments_ms[] = {5, 40, 150, 400, 700, 900};
	struct err e = ERR_INIT;
	for (size_t i = 0; i < sizeof(moments_ms) / sizeof(moments_ms[0]); i++) {
		char name[32];
		snprintf(name, sizeof(name), "killed-%zu", i);
		pid_t child = fork();
		if (child == 0)
			_exit(start_in_child(name));
		usleep(moments_ms[i] * 1000);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		struct cluster c = opened(name);
		assert_ok(cluster_start(&c, &e), &e);
		assert_int_equal(ask(&c, "select 1"), 1);
		assert_false(folder_exists(arena_printf(&c.arena, "%s.part", c.data_dir)));
		assert_ok(cluster_stop(&c, NULL, &e), &e);
		cluster_release(&c);
	}
}

static void long_paths_move_the_socket(void **state)
{
	(void)state;
	char name[256];
	memset(name, 'x', 120);
	snprintf(name + 120, sizeof(name) - 120, "/state, it's \"so\" 100%%\\");
	struct cluster c = opened(name);
	struct err e = ERR_INIT;
	struct stat st;
	assert_true(slice_starts(slice_of(c.socket_dir), "/tmp/closebook-"));
	assert_ok(cluster_start(&c, &e), &e);
	assert_int_equal(ask(&c, "select 1"), 1);
	assert_int_equal(stat(c.socket_dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(st.st_uid, c.uid);
	assert_ok(cluster_stop(&c, NULL, &e), &e);
	/* A folder there that others may enter is not used. */
	assert_int_equal(chmod(c.socket_dir, 0755), 0);
	assert_false(cluster_start(&c, &e));
	assert_int_equal(e.kind, ERR_CONTROL);
	assert_int_equal(rmdir(c.socket_dir), 0);
	cluster_release(&c);
}

static void odd_paths_work(void **state)
{
	(void)state;
	static const char *const names[] = {"it's\\ \"so\" %2F größe $(touch ran) `touch ran`", "a, b"};
	struct err e = ERR_INIT;
	struct cluster c;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c = opened(names[i]);
		assert_ok(cluster_start(&c, &e), &e);
		assert_int_equal(ask(&c, "select 1"), 1);
		assert_ok(cluster_stop(&c, NULL, &e), &e);
		assert_false(file_exists(path_join(&c.arena, c.folder, "ran")));
		if (!slice_starts(slice_of(c.socket_dir), c.state_dir))
			assert_int_equal(rmdir(c.socket_dir), 0);
		cluster_release(&c);
	}
	assert_false(cluster_open(&c, "/tmp/a\nb", &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	cluster_release(&c);
}

static void unreachable_folders_are_named(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct err e = ERR_INIT;
	const char *closed = scratch_path(throwaway.scratch, "closed");
	assert_int_equal(mkdir(closed, 0700), 0);
	struct cluster c = opened("closed/state");
	assert_false(cluster_start(&c, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	assert_non_null(strstr(e.message, "user postgres cannot enter"));
	assert_non_null(strstr(e.message, closed));
	assert_non_null(strstr(e.hint, "chmod a+x"));
	cluster_release(&c);
}

static void failures_show_the_servers_words(void **state)
{
	(void)state;
	struct cluster c = opened("broken");
	struct err e = ERR_INIT;
	assert_ok(cluster_start(&c, &e) && cluster_stop(&c, NULL, &e), &e);
	FILE *file = fopen(path_join(&c.arena, c.data_dir, "postgresql.conf"), "a");
	assert_non_null(file);
	fprintf(file, "nonsense = 1\n");
	fclose(file);
	assert_false(cluster_start(&c, &e));
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	if (!strstr(e.message, "nonsense") && !strstr(e.message, "configuration file"))
		fail_msg("%s", e.message);
	assert_non_null(strstr(e.hint, c.start_log));
	cluster_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(is_private_and_durable),        cmocka_unit_test(start_is_cheap_when_it_runs),
	        cmocka_unit_test(survives_its_starter),          cmocka_unit_test(stops_and_starts),
	        cmocka_unit_test(starts_after_a_kill),           cmocka_unit_test(starts_when_its_number_is_taken),
	        cmocka_unit_test(two_starts_make_one_server),    cmocka_unit_test(survives_kills_while_it_is_made),
	        cmocka_unit_test(long_paths_move_the_socket),    cmocka_unit_test(odd_paths_work),
	        cmocka_unit_test(unreachable_folders_are_named), cmocka_unit_test(failures_show_the_servers_words),
	};
	return cmocka_run_group_tests(tests, throwaway_setup, throwaway_teardown);
}
