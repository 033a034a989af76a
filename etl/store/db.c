#include "store/db.h"

#include "base/log.h"
#include "store/sql.h"
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What a kind of connection asks of the server, and is set to. */
struct session {
	int version_min;
	const char *settings, *hint; /* hint: when it can't be had */
};

/* Advisory locks are (space, number); the space spells "clbk". */
#define LOCK_SPACE "1668047467"
#define LOCK_RUN "1"

/* A session that behaves the same whatever the role, the database and the environment preset. */
static const char session_settings[] = "SET TimeZone = 'UTC';"
                                       "SET DateStyle = 'ISO, YMD';"
                                       "SET IntervalStyle = 'postgres';"
                                       "SET bytea_output = 'hex';"
                                       "SET standard_conforming_strings = on;"
                                       "SET statement_timeout = 0;"
                                       "SET lock_timeout = 0;"
                                       "SET idle_in_transaction_session_timeout = 0;"
                                       "SET client_connection_check_interval = '5s';"
                                       "SET jit = off";

static const struct session own_session = {
        .version_min = 150000,
        .settings = session_settings,
        .hint = "check that the server runs, and the URI (--db, CLOSEBOOK_DB_URL or `database` in the configuration)",
};
/* From 12 on a float's text is the shortest that gives the float again. The lock is a table's, while it is migrated. */
static const struct session reader_session = {
        .version_min = 120000,
        .settings = "SET default_transaction_read_only = on;"
                    "SET TimeZone = 'UTC';"
                    "SET DateStyle = 'ISO, YMD';"
                    "SET IntervalStyle = 'postgres';"
                    "SET extra_float_digits = 1;"
                    "SET standard_conforming_strings = on;"
                    "SET lock_timeout = '60s';"
                    "SET jit = off",
        .hint = "check that the server runs, the source's `uri`, and that its role may connect",
};

static void notice_to_log(void *context, const PGresult *result)
{
	(void)context;
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY);
	log_debug("database: %s: %s", severity ? severity : "NOTICE", message ? message : "");
}

/* ---- URIs ---- */

static const char *conninfo_value(const PQconninfoOption *options, const char *keyword)
{
	for (; options->keyword; options++)
		if (strcmp(options->keyword, keyword) == 0 && options->val && options->val[0])
			return options->val;
	return NULL;
}

void db_uri_display(const char *uri, char *out, size_t size)
{
	PQconninfoOption *options = PQconninfoParse(uri, NULL);
	if (!options) {
		snprintf(out, size, "(unreadable URI)");
		return;
	}
	const char *user = conninfo_value(options, "user"), *host = conninfo_value(options, "host");
	const char *port = conninfo_value(options, "port"), *name = conninfo_value(options, "dbname");
	if (!host)
		host = conninfo_value(options, "hostaddr");
	bool socket = host && host[0] == '/';
	snprintf(out, size, "postgresql://%s%s%s%s%s/%s%s%s", user ? user : "", user ? "@" : "",
	         host && !socket ? host : "", port && !socket ? ":" : "", port && !socket ? port : "", name ? name : "",
	         socket ? "?host=" : "", socket ? host : "");
	PQconninfoFree(options);
}

/*
 * libpq's own messages about a URI quote pieces of it, which may be pieces of a password whose special characters were
 * not encoded; so they are not shown, and a host or database name with an @ in it is refused before it can be.
 */
static bool uri_check(const char *uri, struct err *e)
{
	PQconninfoOption *options = PQconninfoParse(uri, NULL);
	const char *host = options ? conninfo_value(options, "host") : NULL;
	const char *name = options ? conninfo_value(options, "dbname") : NULL;
	bool readable = options && !(host && host[0] != '/' && host[0] != '@' && strchr(host, '@')) &&
	                !(name && strchr(name, '@'));
	PQconninfoFree(options);
	if (readable)
		return true;
	fail(e, ERR_CONFIG, "the database URI cannot be read");
	return err_hint(e, "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters in the password "
	                   "as %%40 for @, %%2F for /, %%3A for :, %%23 for #, %%25 for %%");
}

/* ---- Connection ---- */

static bool session_begin(struct db *db, const struct session *session, const char *shown, struct err *e)
{
	int version = PQserverVersion(db->connection);
	if (version < session->version_min)
		return fail(e, ERR_CONFIG, "%s is PostgreSQL %d, closebook needs %d or later", shown, version / 10000,
		            session->version_min / 10000);
	PGresult *result = PQexec(db->connection, session->settings);
	bool done = PQresultStatus(result) == PGRES_COMMAND_OK || db_fail(db, result, NULL, 0, e);
	PQclear(result);
	return done;
}

static bool connect_as(struct db *db, const char *uri, const char *password, const struct session *session,
                       struct err *e)
{
	db->connection = NULL;
	if (!uri_check(uri, e))
		return false;
	/* What stands before dbname, the URI overrides. */
	const char *const keywords[] = {"connect_timeout", "fallback_application_name",  "dbname",
	                                "client_encoding", password ? "password" : NULL, NULL};
	const char *const values[] = {"10", "closebook", uri, "UTF8", password, NULL};
	char shown[512];
	db_uri_display(uri, shown, sizeof(shown));
	db->connection = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(db->connection) != CONNECTION_OK) {
		fail(e, ERR_UNAVAILABLE, "cannot connect to %s: %s", shown, PQerrorMessage(db->connection));
		err_hint(e, "%s", session->hint);
	} else {
		PQsetNoticeReceiver(db->connection, notice_to_log, NULL);
		if (session_begin(db, session, shown, e))
			return true;
	}
	db_close(db);
	return false;
}

bool db_connect(struct db *db, const char *uri, struct err *e)
{
	return connect_as(db, uri, NULL, &own_session, e);
}

bool db_connect_reader(struct db *db, const char *uri, const char *password, struct err *e)
{
	return connect_as(db, uri, password, &reader_session, e);
}

void db_close(struct db *db)
{
	PQfinish(db->connection);
	db->connection = NULL;
}

/* ---- Errors ---- */

static const struct {
	const char *prefix; /* of the SQLSTATE */
	enum err_kind kind;
	const char *hint;
} state_kinds[] = {
        {"57P0", ERR_UNAVAILABLE, "the server is shutting down or starting up, try again"},
        {"57014", ERR_UNAVAILABLE, "the statement was cancelled at the server, try again"},
        {"08", ERR_UNAVAILABLE, "the connection to the database was lost, try again"},
        {"53300", ERR_UNAVAILABLE, "the server has no free connection, try again"},
        {"53200", ERR_UNAVAILABLE, "the server ran out of memory"},
        {"25006", ERR_UNAVAILABLE, "the server is read-only: is the URI that of a standby?"},
        {"53100", ERR_IO, "the database server's disk is full"},
        {"58030", ERR_IO, "the database server could not read or write its files"},
        {"55P03", ERR_BUSY, "another session holds a lock, try again"},
        {"40001", ERR_BUSY, "another session changed the same data, try again"},
        {"40P01", ERR_BUSY, "another session changed the same data, try again"},
        {"42501", ERR_CONFIG, "the database role needs a privilege that it was not granted"},
        {"Z0001", ERR_FINDINGS, NULL},
        {"Z0064", ERR_USAGE, NULL},
        {"Z0065", ERR_INPUT, NULL},
        {"Z0069", ERR_UNAVAILABLE, NULL},
        {"Z0074", ERR_IO, NULL},
        {"Z0075", ERR_BUSY, NULL},
        {"Z0077", ERR_CONTROL, NULL},
        {"Z0078", ERR_CONFIG, NULL},
        {"", ERR_BUG, NULL},
};

static size_t state_kind(const char *state)
{
	size_t i = 0;
	while (strncmp(state, state_kinds[i].prefix, strlen(state_kinds[i].prefix)) != 0)
		i++;
	return i;
}

/* The line of the 1-based character position within a statement that begins at `line`. */
static unsigned line_of_position(const char *statement, const char *position, unsigned line)
{
	long left = strtol(position, NULL, 10) - 1;
	for (; statement && *statement && left > 0; statement++) {
		line += *statement == '\n';
		left -= ((unsigned char)statement[1] & 0xc0) != 0x80;
	}
	return line;
}

static bool where(struct err *e, const char *name, unsigned line)
{
	char file[256];
	snprintf(file, sizeof(file), "sql/%s.sql", name ? name : "");
	return name && err_where(e, file, line, 0);
}

static void append_field(struct buf *message, const PGresult *result, int field, const char *label)
{
	const char *text = PQresultErrorField(result, field);
	if (text && text[0])
		buf_printf(message, "; %s: %s", label, text);
}

static bool fail_with_result(const PGresult *result, const char *state, struct err *e)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	size_t kind = state_kind(state);
	struct buf message = BUF_INIT;
	buf_add_text(&message, primary ? primary : PQresultErrorMessage(result));
	if (state[0] != 'Z') {
		buf_printf(&message, " (SQLSTATE %s)", state);
		append_field(&message, result, PG_DIAG_MESSAGE_DETAIL, "detail");
		append_field(&message, result, PG_DIAG_CONTEXT, "context");
	}
	fail(e, state_kinds[kind].kind, "%s", message.ptr);
	buf_release(&message);
	if (hint || state_kinds[kind].hint)
		err_hint(e, "%s", hint ? hint : state_kinds[kind].hint);
	return false;
}

/* Classified before anything touches the connection again, which would overwrite what it says. */
static bool fail_at(struct db *db, const PGresult *result, const char *name, const char *statement, unsigned line,
                    struct err *e)
{
	if (e->kind != ERR_NONE)
		return false;
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	if (state) {
		fail_with_result(result, state, e);
	} else if (PQstatus(db->connection) != CONNECTION_OK) {
		fail(e, ERR_UNAVAILABLE, "the connection to the database was lost: %s", PQerrorMessage(db->connection));
		err_hint(e, "what was not committed is rolled back; run it again");
	} else if (result && PQresultStatus(result) != PGRES_FATAL_ERROR) {
		fail(e, ERR_BUG, "the statement left the connection in state %s", PQresStatus(PQresultStatus(result)));
	} else {
		fail(e, ERR_BUG, "the database client failed: %s", PQerrorMessage(db->connection));
	}
	if (state && state[0] == 'Z')
		return false;
	const char *position = state ? PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION) : NULL;
	return where(e, name, position ? line_of_position(statement, position, line) : line);
}

bool db_fail(struct db *db, const struct pg_result *result, const char *name, unsigned line, struct err *e)
{
	return fail_at(db, result, name, NULL, line, e);
}

/* ---- Statements ---- */

/* One statement of a file, ready to be sent. */
struct command {
	const char *name; /* of the file, or NULL */
	struct sql_statement statement;
	struct buf text; /* NUL-terminated */
	struct db_params params;
	unsigned types[SQL_PARAMS];
};

static void command_release(struct command *c)
{
	buf_release(&c->text);
}
#define COMMAND_RELEASE __attribute__((cleanup(command_release)))

static bool command_set(struct command *c, struct sql_statement s, struct err *e)
{
	c->statement = s;
	if (s.params > c->params.count || s.params > SQL_PARAMS) {
		fail(e, ERR_BUG, "$%u is used, and %zu parameters were given", s.params, c->params.count);
		return where(e, c->name, s.line);
	}
	buf_reset(&c->text);
	buf_add_slice(&c->text, s.text);
	return true;
}

static bool command_open(struct command *c, const char *name, const char *text, struct db_params params, struct err *e)
{
	*c = (struct command){.name = name, .params = params};
	struct slice bad;
	if (!sql_param_types(slice_of(text), c->types, &bad))
		return fail(e, ERR_BUG, "unknown parameter type in \"%.*s\"", (int)bad.len, bad.ptr) ||
		       where(e, name, 0);
	return true;
}

static const char *text_of_file(const char *name, struct err *e)
{
	const struct sql_file *file = sql_find(name);
	if (!file)
		fail(e, ERR_BUG, "no SQL file is called %s", name);
	return file ? file->text : NULL;
}

static bool is_success(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool command_run(struct db *db, const struct command *c, struct db_result *out, struct err *e)
{
	PGresult *result = PQexecParams(db->connection, c->text.ptr, (int)c->statement.params, c->types,
	                                c->params.value, NULL, NULL, 0);
	if (!is_success(result)) {
		fail_at(db, result, c->name, c->text.ptr, c->statement.line, e);
		PQclear(result);
		return false;
	}
	if (out) {
		db_result_release(out);
		out->result = result;
	} else {
		PQclear(result);
	}
	return true;
}

static bool run_text(struct db *db, const char *name, const char *text, struct db_params params, struct db_result *out,
                     struct err *e)
{
	struct command c COMMAND_RELEASE = {0};
	struct slice rest = slice_of(text);
	struct sql_statement statement;
	unsigned line = 1;
	bool done = command_open(&c, name, text, params, e);
	while (done && sql_next(&rest, &line, &statement))
		done = command_set(&c, statement, e) && command_run(db, &c, out, e);
	return done;
}

bool db_run(struct db *db, const char *name, struct db_params params, struct db_result *out, struct err *e)
{
	const char *text = text_of_file(name, e);
	return text && run_text(db, name, text, params, out, e);
}

bool db_query(struct db *db, const char *text, struct db_params params, struct db_result *out, struct err *e)
{
	return run_text(db, NULL, text, params, out, e);
}

static void drain(struct db *db)
{
	PGresult *result;
	while ((result = PQgetResult(db->connection)))
		PQclear(result);
}

static void cancel(struct db *db)
{
	char ignored[256];
	PGcancel *request = PQgetCancel(db->connection);
	if (request)
		PQcancel(request, ignored, sizeof(ignored));
	PQfreeCancel(request);
}

static bool command_each(struct db *db, const struct command *c,
                         bool (*row)(void *context, const struct db_result *r, struct err *e), void *context,
                         struct err *e)
{
	if (!PQsendQueryParams(db->connection, c->text.ptr, (int)c->statement.params, c->types, c->params.value, NULL,
	                       NULL, 0))
		return fail_at(db, NULL, c->name, NULL, c->statement.line, e);
	PQsetSingleRowMode(db->connection);
	bool done = true;
	PGresult *result;
	while (done && (result = PQgetResult(db->connection))) {
		struct db_result r = {result};
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
			done = row(context, &r, e);
			if (!done)
				cancel(db);
		} else if (!is_success(result)) {
			done = fail_at(db, result, c->name, c->text.ptr, c->statement.line, e);
		}
		PQclear(result);
	}
	drain(db);
	return done;
}

bool db_each(struct db *db, const char *name, struct db_params params,
             bool (*row)(void *context, const struct db_result *r, struct err *e), void *context, struct err *e)
{
	struct command c COMMAND_RELEASE = {0};
	const char *text = text_of_file(name, e);
	struct slice rest = slice_of(text);
	struct sql_statement statement, next;
	unsigned line = 1;
	if (!text || !command_open(&c, name, text, params, e) || !sql_next(&rest, &line, &statement))
		return e->kind == ERR_NONE;
	while (sql_next(&rest, &line, &next)) {
		if (!command_set(&c, statement, e) || !command_run(db, &c, NULL, e))
			return false;
		statement = next;
	}
	return command_set(&c, statement, e) && command_each(db, &c, row, context, e);
}

/* ---- Results ---- */

void db_result_release(struct db_result *r)
{
	PQclear(r->result);
	r->result = NULL;
}

size_t db_rows(const struct db_result *r)
{
	return (size_t)PQntuples(r->result);
}
size_t db_columns(const struct db_result *r)
{
	return (size_t)PQnfields(r->result);
}
const char *db_column_name(const struct db_result *r, size_t column)
{
	return PQfname(r->result, (int)column);
}

int64_t db_affected(const struct db_result *r)
{
	return strtoll(PQcmdTuples(r->result), NULL, 10);
}

bool db_is_null(const struct db_result *r, size_t row, size_t column)
{
	return PQgetisnull(r->result, (int)row, (int)column);
}

const char *db_text(const struct db_result *r, size_t row, size_t column)
{
	const char *text = PQgetvalue(r->result, (int)row, (int)column);
	return text ? text : "";
}

struct slice db_slice(const struct db_result *r, size_t row, size_t column)
{
	if (db_is_null(r, row, column))
		return SLICE_NULL;
	return (struct slice){db_text(r, row, column), (size_t)PQgetlength(r->result, (int)row, (int)column)};
}

int64_t db_int(const struct db_result *r, size_t row, size_t column)
{
	return strtoll(db_text(r, row, column), NULL, 10);
}

bool db_bool(const struct db_result *r, size_t row, size_t column)
{
	return db_text(r, row, column)[0] == 't';
}

const char *db_text_array(struct arena *a, const struct slice *items, size_t count)
{
	struct buf b = BUF_INIT;
	buf_add_char(&b, '{');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(&b, ',');
		if (!items[i].ptr) {
			buf_add_text(&b, "NULL");
			continue;
		}
		buf_add_char(&b, '"');
		for (size_t at = 0; at < items[i].len; at++) {
			if (items[i].ptr[at] == '"' || items[i].ptr[at] == '\\')
				buf_add_char(&b, '\\');
			buf_add_char(&b, items[i].ptr[at]);
		}
		buf_add_char(&b, '"');
	}
	buf_add_char(&b, '}');
	const char *array = arena_cstr(a, buf_slice(&b));
	buf_release(&b);
	return array;
}

/* ---- Transactions and the lock ---- */

bool db_in_transaction(const struct db *db)
{
	PGTransactionStatusType status = PQtransactionStatus(db->connection);
	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool db_begin(struct db *db, struct err *e)
{
	return db_query(db, "BEGIN", DB_NO_PARAMS, NULL, e);
}

bool db_begin_snapshot(struct db *db, struct err *e)
{
	return db_query(db, "BEGIN ISOLATION LEVEL REPEATABLE READ", DB_NO_PARAMS, NULL, e);
}

bool db_commit(struct db *db, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_query(db, "COMMIT", DB_NO_PARAMS, &r, e))
		return false;
	/* COMMIT of a failed transaction rolls back, and reports success. */
	if (strcmp(PQcmdStatus(r.result), "COMMIT") != 0)
		return fail(e, ERR_BUG, "the transaction had failed and was rolled back");
	return true;
}

void db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		PQclear(PQexec(db->connection, "ROLLBACK"));
}

static bool fail_locked(struct db *db, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(db, "store/lock_holder", DB_PARAMS(LOCK_SPACE, LOCK_RUN), &r, e))
		return false;
	if (db_rows(&r) == 0)
		fail(e, ERR_BUSY, "another run held the lock a moment ago");
	else
		fail(e, ERR_BUSY, "another run holds the lock: %s, user %s, connected since %s (database process %s)",
		     db_text(&r, 0, 0), db_text(&r, 0, 1), db_text(&r, 0, 2), db_text(&r, 0, 3));
	return err_hint(e, "wait for it to finish, then run this again");
}

bool db_lock(struct db *db, const char *what, struct err *e)
{
	char title[64], process[32] = "";
	snprintf(process, sizeof(process), " (process %ld)", (long)getpid());
	snprintf(title, sizeof(title), "closebook %.*s%s", (int)(sizeof(title) - 11 - strlen(process)), what, process);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_query(db, "SELECT set_config('application_name', $1, false)", DB_PARAMS(title), NULL, e) ||
	    !db_query(db, "SELECT pg_try_advisory_lock(" LOCK_SPACE ", " LOCK_RUN ")", DB_NO_PARAMS, &r, e))
		return false;
	return db_bool(&r, 0, 0) || fail_locked(db, e);
}

void db_unlock(struct db *db)
{
	struct err ignored = ERR_INIT;
	db_query(db, "SELECT pg_advisory_unlock(" LOCK_SPACE ", " LOCK_RUN ")", DB_NO_PARAMS, NULL, &ignored);
}
