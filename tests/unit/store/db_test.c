#include "store/db.h"
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
		fail_msg("%s (hint: %s)", e->message, e->hint);
}

/* ---- URIs ---- */

static void display_hides_passwords(void **state)
{
	(void)state;
	static const struct {
		const char *uri, *shown;
	} rows[] = {
	        {"postgresql://u:secret@h:5433/d?sslmode=require", "postgresql://u@h:5433/d"},
	        {"postgres://h", "postgresql://h/"},
	        {"host=h user=u password=secret dbname=d", "postgresql://u@h/d"},
	        {"postgresql:///d?host=/run/x&password=secret", "postgresql:///d?host=/run/x"},
	        {"postgresql://u:sec ret@h/d", "postgresql://u@h/d"},
	        {"secret", "(unreadable URI)"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char shown[256];
		db_uri_display(rows[i].uri, shown, sizeof(shown));
		assert_string_equal(shown, rows[i].shown);
	}
}

/* Passwords whose special characters are not encoded, so that parts of them end up elsewhere, and a wrong one. */
static void messages_hide_passwords(void **state)
{
	(void)state;
	static const struct {
		const char *uri;
		enum err_kind kind;
	} rows[] = {
	        {"postgresql://u:p@SECRET@h/d", ERR_CONFIG},
	        {"postgresql://u:p/SECRET@h/d", ERR_CONFIG},
	        {"postgresql://u:p?SECRET@localhost:1/d", ERR_UNAVAILABLE},
	        {"postgresql://u:p%SECRET@h/d", ERR_CONFIG},
	        {"postgresql://u:SECRET@/d?host=/nonexistent", ERR_UNAVAILABLE},
	        {"host=/nonexistent password=SECRET", ERR_UNAVAILABLE},
	        {"password=SECRET nonsense", ERR_CONFIG},
	        {"postgresql://u:SECRET@localhost:1/d", ERR_UNAVAILABLE},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct db db = DB_INIT;
		struct err e = ERR_INIT;
		assert_false(db_connect(&db, rows[i].uri, &e));
		if (e.kind != rows[i].kind || strstr(e.message, "SECRET") || strstr(e.hint, "SECRET"))
			fail_msg("%s: %s", rows[i].uri, e.message);
		assert_null(db.connection);
	}
}

/* ---- Statements ---- */

static void session_is_uniform(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	assert_ok(db_query(&db,
	                   "select '2026-10-01 02:00+02'::timestamptz, current_setting('client_encoding'), "
	                   "current_setting('client_connection_check_interval'), '\\xff'::bytea, current_user",
	                   DB_NO_PARAMS, &r, &e),
	          &e);
	assert_string_equal(db_text(&r, 0, 0), "2026-10-01 00:00:00+00");
	assert_string_equal(db_text(&r, 0, 1), "UTF8");
	assert_string_equal(db_text(&r, 0, 2), "5s");
	assert_string_equal(db_text(&r, 0, 3), "\\xff");
	assert_string_equal(db_text(&r, 0, 4), "closebook");
}

static void statements_take_their_parameters(void **state)
{
	(void)state;
	static const char text[] = "-- $1 n: bigint, $2 names: text[]\n"
	                           "create temp table t (n bigint, name text);\n"
	                           "insert into t select $1 + o, x from unnest($2) with ordinality u (x, o);\n"
	                           "select n, name, n > 11, $3 || ';' from t order by n;\n";
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	struct arena a = ARENA_INIT;
	const struct slice names[] = {SLICE("a\"\\,{}' ä"), SLICE_NULL, SLICE("")};
	const char *array = db_text_array(&a, names, 3);
	assert_ok(db_query(&db, text, DB_PARAMS("10", array, "x"), &r, &e), &e);
	assert_int_equal(db_rows(&r), 3);
	assert_int_equal(db_columns(&r), 4);
	assert_int_equal(db_affected(&r), 3);
	assert_string_equal(db_column_name(&r, 1), "name");
	assert_int_equal(db_int(&r, 2, 0), 13);
	assert_true(slice_equal(db_slice(&r, 0, 1), names[0]));
	assert_true(db_is_null(&r, 1, 1));
	assert_null(db_slice(&r, 1, 1).ptr);
	assert_string_equal(db_text(&r, 1, 1), "");
	assert_false(db_is_null(&r, 2, 1));
	assert_false(db_bool(&r, 0, 2));
	assert_true(db_bool(&r, 1, 2));
	assert_string_equal(db_text(&r, 0, 3), "x;");
	assert_ok(db_query(&db, "delete from t where n > 11", DB_NO_PARAMS, &r, &e), &e);
	assert_int_equal(db_affected(&r), 2);
	assert_ok(db_query(&db, "select $1", DB_PARAMS(NULL), &r, &e), &e);
	assert_true(db_is_null(&r, 0, 0));
	arena_release(&a);
}

static void failures_have_kinds(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum err_kind kind;
		const char *in_message, *in_hint;
	} rows[] = {
	        {"selec 1", ERR_BUG, "syntax error at or near \"selec\" (SQLSTATE 42601)", ""},
	        {"select 1/0", ERR_BUG, "division by zero (SQLSTATE 22012)", ""},
	        {"select $2", ERR_BUG, "$2 is used, and 1 parameters were given", ""},
	        {"-- $1 a: money\nselect $1", ERR_BUG, "unknown parameter type in \"-- $1 a: money\"", ""},
	        {"do $$ begin raise exception 'full' using errcode = '53100'; end $$", ERR_IO,
	         "full (SQLSTATE 53100); context: PL", "disk is full"},
	        {"do $$ begin raise exception 'stop' using errcode = '57P01'; end $$", ERR_UNAVAILABLE, "stop",
	         "try again"},
	        {"do $$ begin raise exception 'dead' using errcode = '40P01'; end $$", ERR_BUSY, "dead", "try again"},
	        {"do $$ begin raise exception 'no' using errcode = '42501'; end $$", ERR_CONFIG, "no", "privilege"},
	        {"do $$ begin raise exception 'posted' using errcode = 'Z0077', hint = 'adjust'; end $$", ERR_CONTROL,
	         "posted", "adjust"},
	        {"do $$ begin raise exception 'bad row' using errcode = 'Z0065'; end $$", ERR_INPUT, "bad row", ""},
	        {"do $$ begin raise exception 'd' using detail = 'more', errcode = '23505'; end $$", ERR_BUG,
	         "d (SQLSTATE 23505); detail: more; context: ", ""},
	        {"copy (select 1) to stdout", ERR_BUG, "PGRES_COPY_OUT", ""},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		DB_CLOSE struct db db = throwaway_connect();
		struct err e = ERR_INIT;
		assert_false(db_query(&db, rows[i].text, DB_PARAMS("x"), NULL, &e));
		if (e.kind != rows[i].kind || !strstr(e.message, rows[i].in_message) ||
		    !strstr(e.hint, rows[i].in_hint))
			fail_msg("%s: kind %d, %s, %s", rows[i].text, e.kind, e.message, e.hint);
	}
	DB_CLOSE struct db db = throwaway_connect();
	struct err e = ERR_INIT;
	assert_false(db_query(&db, "do $$ begin raise exception 'posted' using errcode = 'Z0077'; end $$", DB_NO_PARAMS,
	                      NULL, &e));
	assert_string_equal(e.message, "posted");
}

static void files_run_and_name_their_place(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	assert_ok(db_run(&db, "store/lock_holder", DB_PARAMS("1", "2"), &r, &e), &e);
	assert_int_equal(db_rows(&r), 0);
	assert_false(db_run(&db, "store/none", DB_NO_PARAMS, &r, &e));
	assert_int_equal(e.kind, ERR_BUG);
	err_clear(&e);
	assert_false(db_run(&db, "store/migrations", DB_NO_PARAMS, NULL, &e));
	assert_string_equal(e.file, "sql/store/migrations.sql");
	assert_int_equal(e.line, 3);
}

static bool take_row(void *context, const struct db_result *r, struct err *e)
{
	int *left = context;
	assert_int_equal(db_rows(r), 1);
	assert_true(db_int(r, 0, 3) > 0);
	return (*left)-- > 0 || (fail)(e, ERR_IO, "no more");
}

static void rows_come_one_by_one(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	struct err e = ERR_INIT;
	int left = 2;
	assert_ok(db_query(&db, "select pg_advisory_lock(7, 8)", DB_NO_PARAMS, NULL, &e), &e);
	assert_ok(db_each(&db, "store/lock_holder", DB_PARAMS("7", "8"), take_row, &left, &e), &e);
	assert_int_equal(left, 1);
	left = 0;
	assert_false(db_each(&db, "store/lock_holder", DB_PARAMS("7", "8"), take_row, &left, &e));
	assert_string_equal(e.message, "no more");
	err_clear(&e);
	assert_false(db_each(&db, "store/lock_holder", DB_PARAMS("x", "8"), take_row, &left, &e));
	assert_int_equal(e.kind, ERR_BUG);
	err_clear(&e);
	assert_ok(db_query(&db, "select 1", DB_NO_PARAMS, NULL, &e), &e);
}

/* ---- Transactions, the lock, lost connections ---- */

static void transactions_end(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	struct err e = ERR_INIT;
	assert_false(db_in_transaction(&db));
	db_rollback(&db);
	assert_ok(db_begin(&db, &e) && db_query(&db, "create table kept (n int)", DB_NO_PARAMS, NULL, &e) &&
	                  db_commit(&db, &e),
	          &e);
	assert_ok(db_begin(&db, &e) && db_query(&db, "drop table kept", DB_NO_PARAMS, NULL, &e), &e);
	assert_true(db_in_transaction(&db));
	db_rollback(&db);
	assert_false(db_in_transaction(&db));
	assert_ok(db_query(&db, "select from kept", DB_NO_PARAMS, NULL, &e), &e);

	struct err ignored = ERR_INIT;
	assert_ok(db_begin(&db, &e), &e);
	assert_false(db_query(&db, "select 1/0", DB_NO_PARAMS, NULL, &ignored));
	assert_false(db_commit(&db, &e));
	assert_int_equal(e.kind, ERR_BUG);
	assert_false(db_in_transaction(&db));
}

static void lock_has_one_holder(void **state)
{
	(void)state;
	DB_CLOSE struct db first = throwaway_connect();
	DB_CLOSE struct db second = throwaway_connect();
	struct err e = ERR_INIT;
	assert_ok(db_lock(&first, "nightly", &e), &e);
	assert_false(db_lock(&second, "close", &e));
	assert_int_equal(e.kind, ERR_BUSY);
	char holder[64];
	snprintf(holder, sizeof(holder), "closebook nightly (process %ld), user closebook", (long)getpid());
	assert_non_null(strstr(e.message, holder));
	db_unlock(&first);
	err_clear(&e);
	assert_ok(
	        db_lock(&second, "a name that is much longer than what the server keeps of it, which is 63 bytes", &e),
	        &e);
	db_close(&second);
	for (int i = 0; i < 100 && !db_lock(&first, "again", &e); i++) {
		usleep(20 * 1000); /* the server ends a session in its own time */
		err_clear(&e);
	}
	assert_ok(e.kind == ERR_NONE, &e);
}

/* A killed client that waits for a long statement must not hold the lock until the statement ends. */
static void killed_client_frees_the_lock(void **state)
{
	(void)state;
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct db db = throwaway_connect();
		struct err e = ERR_INIT;
		bool locked = db_lock(&db, "killed", &e);
		if (write(ready[1], "x", 1) == 1 && locked)
			db_query(&db, "select pg_sleep(300)", DB_NO_PARAMS, NULL, &e);
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	usleep(200 * 1000);
	DB_CLOSE struct db db = throwaway_connect();
	struct err e = ERR_INIT;
	assert_false(db_lock(&db, "waiting", &e));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (int i = 0; i < 100; i++) {
		err_clear(&e);
		if (db_lock(&db, "waiting", &e))
			break;
		usleep(100 * 1000);
	}
	assert_ok(e.kind == ERR_NONE, &e);
}

static void lost_connection_is_unavailable(void **state)
{
	(void)state;
	DB_CLOSE struct db db = throwaway_connect();
	struct err e = ERR_INIT;
	assert_false(db_query(&db, "select pg_terminate_backend(pg_backend_pid())", DB_NO_PARAMS, NULL, &e));
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	err_clear(&e);
	assert_false(db_query(&db, "select 1", DB_NO_PARAMS, NULL, &e));
	assert_int_equal(e.kind, ERR_UNAVAILABLE);
	db_rollback(&db);
	assert_false(db_in_transaction(&db));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(display_hides_passwords),
	        cmocka_unit_test(messages_hide_passwords),
	        cmocka_unit_test(session_is_uniform),
	        cmocka_unit_test(statements_take_their_parameters),
	        cmocka_unit_test(failures_have_kinds),
	        cmocka_unit_test(files_run_and_name_their_place),
	        cmocka_unit_test(rows_come_one_by_one),
	        cmocka_unit_test(transactions_end),
	        cmocka_unit_test(lock_has_one_holder),
	        cmocka_unit_test(killed_client_frees_the_lock),
	        cmocka_unit_test(lost_connection_is_unavailable),
	};
	return cmocka_run_group_tests(tests, throwaway_setup, throwaway_teardown);
}
