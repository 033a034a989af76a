#include "store/migrate.h"
#include "store/throwaway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_ok(bool done, const struct err *e)
{
	if (!done)
		fail_msg("%s:%u: %s (hint: %s)", e->file, (unsigned)e->line, e->message, e->hint);
}

static void run(struct db *db, const char *text)
{
	struct err e = ERR_INIT;
	assert_ok(db_query(db, text, DB_NO_PARAMS, NULL, &e), &e);
}

static int64_t count_of(struct db *db, const char *query)
{
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	assert_ok(db_query(db, query, DB_NO_PARAMS, &r, &e), &e);
	return db_int(&r, 0, 0);
}

/* A connection to an empty database of the test's own. */
static struct db fresh_database(const char *name)
{
	struct arena *a = &throwaway.cluster.arena;
	struct err e = ERR_INIT;
	DB_CLOSE struct db db = throwaway_connect();
	run(&db, arena_printf(a, "create database %s", name));
	struct db fresh = DB_INIT;
	char *uri = arena_strdup(a, cluster_url(&throwaway.cluster));
	char *path = strstr(uri, "/closebook?");
	assert_non_null(path);
	*path = '\0';
	assert_ok(db_connect(&fresh, arena_printf(a, "%s/%s?%s", uri, name, path + strlen("/closebook?")), &e), &e);
	return fresh;
}

static void applies_once(void **unused)
{
	(void)unused;
	DB_CLOSE struct db db = fresh_database("once");
	struct migrate_state state;
	struct err e = ERR_INIT;
	int count = -1;
	assert_ok(migrate_state(&db, &state, &e), &e);
	assert_int_equal(state.applied, 0);
	assert_true(state.known > 0);
	assert_ok(migrate_apply(&db, &count, &e), &e);
	assert_int_equal(count, state.known);
	assert_int_equal(
	        count_of(&db, "select count(*) from ops.migration where length(sha256) = 64 and applied_at <= now()"),
	        state.known);
	assert_ok(migrate_apply(&db, &count, &e), &e);
	assert_int_equal(count, 0);
	assert_ok(migrate_check(&db, false, &e), &e);
	assert_ok(migrate_state(&db, &state, &e), &e);
	assert_int_equal(state.applied, state.known);
}

static void checks_before_use(void **unused)
{
	(void)unused;
	DB_CLOSE struct db db = fresh_database("checked");
	struct err e = ERR_INIT;
	assert_false(migrate_check(&db, false, &e));
	assert_int_equal(e.kind, ERR_CONTROL);
	assert_non_null(strstr(e.hint, "closebook db migrate"));
	assert_int_equal(count_of(&db, "select count(*) from pg_namespace where nspname = 'ops'"), 0);
	err_clear(&e);
	assert_ok(migrate_check(&db, true, &e), &e);
	assert_ok(migrate_check(&db, false, &e), &e);
}

static void refuses_other_histories(void **unused)
{
	(void)unused;
	static const struct {
		const char *damage, *message;
	} rows[] = {
	        {"update ops.migration set sha256 = 'other' where number = 1", "was edited after it was applied"},
	        {"delete from ops.migration where number = 1", "lacks 1"},
	        {"insert into ops.migration select max(number) + 1, 'later', '' from ops.migration",
	         "this program knows"},
	};
	DB_CLOSE struct db db = fresh_database("damaged");
	struct err e = ERR_INIT;
	assert_ok(migrate_apply(&db, NULL, &e), &e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(&db, "create table saved as select * from ops.migration");
		run(&db, rows[i].damage);
		assert_false(migrate_apply(&db, NULL, &e));
		assert_int_equal(e.kind, ERR_CONTROL);
		if (!strstr(e.message, rows[i].message))
			fail_msg("%s: %s", rows[i].damage, e.message);
		err_clear(&e);
		assert_false(migrate_check(&db, true, &e));
		err_clear(&e);
		run(&db, "truncate ops.migration");
		run(&db, "insert into ops.migration select * from saved");
		run(&db, "drop table saved");
	}
	assert_ok(migrate_check(&db, false, &e), &e);
}

/* A migration that fails leaves nothing behind, and the next attempt goes on from there. */
static void failed_migration_is_rolled_back(void **unused)
{
	(void)unused;
	DB_CLOSE struct db db = fresh_database("failing");
	struct err e = ERR_INIT;
	int count = -1;
	run(&db, "create schema recon");
	assert_false(migrate_apply(&db, &count, &e));
	assert_int_equal(e.kind, ERR_BUG);
	assert_true(slice_starts(slice_of(e.file), "sql/migrations/"));
	assert_true(e.line > 0);
	assert_false(db_in_transaction(&db));
	assert_int_equal(count_of(&db, "select count(*) from ops.migration"), count);
	run(&db, "drop schema recon");
	err_clear(&e);
	assert_ok(migrate_apply(&db, NULL, &e), &e);
}

static void two_at_once_are_one(void **unused)
{
	(void)unused;
	enum { PROCESSES = 3 };
	DB_CLOSE struct db db = fresh_database("raced");
	struct arena *a = &throwaway.cluster.arena;
	const char *uri =
	        arena_printf(a, "postgresql://closebook@/raced?host=%s&port=5432", throwaway.cluster.socket_dir);
	pid_t child[PROCESSES];
	for (int i = 0; i < PROCESSES; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			struct db own = DB_INIT;
			struct err e = ERR_INIT;
			bool done = db_connect(&own, uri, &e) && migrate_check(&own, true, &e);
			if (!done)
				fprintf(stderr, "%s\n", e.message);
			_exit(done ? 0 : 1);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		assert_int_equal(waitpid(child[i], &status, 0), child[i]);
		assert_int_equal(status, 0);
	}
	struct err e = ERR_INIT;
	assert_ok(migrate_check(&db, false, &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(applies_once),
	        cmocka_unit_test(checks_before_use),
	        cmocka_unit_test(refuses_other_histories),
	        cmocka_unit_test(failed_migration_is_rolled_back),
	        cmocka_unit_test(two_at_once_are_one),
	};
	return cmocka_run_group_tests(tests, throwaway_setup, throwaway_teardown);
}
