/*
 * A connection to PostgreSQL: runs the SQL files compiled into the program and gives access to their results. The only
 * folder that knows libpq is store/. Errors name the SQL file, the statement's line and what the server said, and are
 * of these kinds: ERR_UNAVAILABLE (unreachable, connection lost, server shutting down), ERR_IO (disk full), ERR_BUSY
 * (lock timeout, deadlock, serialisation), ERR_CONFIG (the role lacks a privilege), else ERR_BUG. SQL raises
 * closebook's own kinds with the SQLSTATE 'Z00NN', NN being the exit code: `RAISE EXCEPTION 'period is posted' USING
 * ERRCODE = 'Z0077'` is ERR_CONTROL with that message and its HINT.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct pg_conn;
struct pg_result;

struct db {
	struct pg_conn *connection; /* NULL when closed */
};
#define DB_INIT ((struct db){NULL})

/*
 * Connects; the session is in UTC, UTF-8 and ISO dates. ERR_CONFIG for a URI that can't be read or a server older than
 * 15, ERR_UNAVAILABLE when it does not answer. Messages show the URI without its password.
 */
bool db_connect(struct db *db, const char *uri, struct err *e);
/*
 * The same for another program's database, which is never written: every transaction is read only. `password`, unless
 * NULL, takes the place of the URI's. Settings that the server's owner made for the role (statement_timeout) stay.
 */
bool db_connect_reader(struct db *db, const char *uri, const char *password, struct err *e);
void db_close(struct db *db); /* also for the cleanup attribute */
#define DB_CLOSE __attribute__((cleanup(db_close)))
/* "postgresql://user@host:port/name": what may be shown of a URI. */
void db_uri_display(const char *uri, char *out, size_t size);

/* Parameters $1, $2, … as text; NULL is SQL null. DB_PARAMS(period, as_of, NULL) */
struct db_params {
	const char *const *value;
	size_t count;
};
#define DB_PARAMS(...)                                                                                                 \
	((struct db_params){(const char *const[]){__VA_ARGS__},                                                        \
	                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)})
#define DB_NO_PARAMS ((struct db_params){NULL, 0})
/* The literal of a text array parameter: {"a","b",NULL}; an absent slice is null. */
const char *db_text_array(struct arena *a, const struct slice *items, size_t count);

struct db_result {
	struct pg_result *result;
};
#define DB_RESULT_INIT ((struct db_result){NULL})
void db_result_release(struct db_result *r);
/* DB_RESULT r = DB_RESULT_INIT; is released at the end of its scope. */
#define DB_RESULT __attribute__((cleanup(db_result_release))) struct db_result

/*
 * Runs an embedded file ("match/exact"), statement by statement; each gets the parameters it uses. The last statement's
 * result goes to `out` (released first; NULL when not wanted). A file of several statements is not a transaction of its
 * own: see db_begin.
 */
bool db_run(struct db *db, const char *name, struct db_params params, struct db_result *out, struct err *e);
/* The same for statements given as text, for what can't be a file: BEGIN, SET, names that are not known before. */
bool db_query(struct db *db, const char *text, struct db_params params, struct db_result *out, struct err *e);
/*
 * Runs an embedded file whose last statement returns many rows, and hands them over one by one without holding them all
 * (in `row`, row number 0 is the current one). When `row` fails, the statement is cancelled.
 */
bool db_each(struct db *db, const char *name, struct db_params params,
             bool (*row)(void *context, const struct db_result *r, struct err *e), void *context, struct err *e);

size_t db_rows(const struct db_result *r);
size_t db_columns(const struct db_result *r);
int64_t db_affected(const struct db_result *r); /* rows that INSERT, UPDATE, DELETE, COPY, SELECT touched */
const char *db_column_name(const struct db_result *r, size_t column);
bool db_is_null(const struct db_result *r, size_t row, size_t column);
const char *db_text(const struct db_result *r, size_t row, size_t column);   /* "" for null */
struct slice db_slice(const struct db_result *r, size_t row, size_t column); /* absent for null */
int64_t db_int(const struct db_result *r, size_t row, size_t column);        /* 0 for null */
bool db_bool(const struct db_result *r, size_t row, size_t column);          /* false for null */

bool db_begin(struct db *db, struct err *e);
/* The same, every statement seeing the data as of the first: what others commit meanwhile shows in none of them. */
bool db_begin_snapshot(struct db *db, struct err *e);
bool db_commit(struct db *db, struct err *e);
/* Ends an open transaction; no effect without one. Never fails: a lost connection has rolled back already. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/*
 * The lock of jobs that change data, held by this connection until db_unlock or its end. ERR_BUSY with a message who
 * holds it: `what` ("nightly") is shown to others.
 */
bool db_lock(struct db *db, const char *what, struct err *e);
void db_unlock(struct db *db);

/* For the rest of store/: records what the server or the connection said about a failed command. `name` is the SQL
 * file's or NULL, `line` its statement's first line; `result` may be NULL (the connection failed). */
bool db_fail(struct db *db, const struct pg_result *result, const char *name, unsigned line, struct err *e);
