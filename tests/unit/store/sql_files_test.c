/*
 * Every statement of every file in sql/ is parsed by a migrated database, with the parameter types that the file
 * declares. Files that read another one's temporary tables wait until that one was parsed; only what creates tables,
 * views and functions is executed, so the order of the files in a pipeline need not be known here. Two files may make
 * the same table in two forms: the first one's stays for others, and a second pass takes the files from the end. What
 * is read from a gateway's database is parsed here too: the gateway's tables stand in the schema public.
 */
#include "store/migrate.h"
#include "store/sql.h"
#include "store/throwaway.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { FILES_MAX = 512 };

static PGconn *connection;

static bool succeeded(PGresult *result, char *why, size_t size)
{
	ExecStatusType status = PQresultStatus(result);
	bool done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
	if (!done)
		snprintf(why, size, "%s", PQresultErrorMessage(result));
	PQclear(result);
	return done;
}

static void command(const char *text)
{
	char why[500];
	if (!succeeded(PQexec(connection, text), why, sizeof(why)))
		fail_msg("%s: %s", text, why);
}

/* A value that any parameter of the type takes. */
static const char *sample(unsigned type)
{
	static const struct {
		unsigned type;
		const char *value;
	} samples[] = {{25, "2026-10"},
	               {20, "1"},
	               {23, "1"},
	               {21, "1"},
	               {1700, "1"},
	               {16, "true"},
	               {3802, "{}"},
	               {1082, "2026-10-01"},
	               {17, ""},
	               {1186, "1 day"},
	               {1184, "2026-11-04T05:00:00Z"},
	               {5038, "1:1:"}};
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		if (samples[i].type == type)
			return samples[i].value;
	return "{}";
}

/* Makes way for a temporary table that another file made already; whether there was one. */
static bool make_way(const char *text)
{
	char name[64], drop[128];
	const char *value = name;
	if (sscanf(text, "create temporary table %63[a-z0-9_]", name) != 1)
		return false; /* (of scratch no table is made twice) */
	PGresult *result = PQexecParams(connection, "select to_regclass('pg_temp.' || $1) is not null", 1, NULL, &value,
	                                NULL, NULL, 0);
	bool exists = strcmp(PQgetvalue(result, 0, 0), "t") == 0;
	PQclear(result);
	snprintf(drop, sizeof(drop), "drop table pg_temp.%s cascade", name);
	if (exists)
		command(drop);
	return exists;
}

static bool parse_statement(const char *text, unsigned params, const unsigned *types, bool *replaces, char *why,
                            size_t size)
{
	const char *value[SQL_PARAMS];
	for (unsigned i = 0; i < params; i++)
		value[i] = sample(types[i]);
	if (!succeeded(PQprepare(connection, "", text, (int)params, types), why, size) ||
	    !succeeded(PQdescribePrepared(connection, ""), why, size))
		return false;
	if (strncmp(text, "create ", 7) != 0)
		return true;
	*replaces |= make_way(text);
	return succeeded(PQexecParams(connection, text, (int)params, types, value, NULL, NULL, 0), why, size);
}

static bool parse_file(const struct sql_file *file, char *why, size_t size)
{
	unsigned types[SQL_PARAMS], line = 1;
	struct slice rest = slice_of(file->text), bad;
	struct sql_statement statement;
	bool replaces = false;
	if (!sql_param_types(rest, types, &bad)) {
		snprintf(why, size, "unknown type: %.*s", (int)bad.len, bad.ptr);
		return false;
	}
	command("savepoint file");
	while (sql_next(&rest, &line, &statement)) {
		char *text = strndup(statement.text.ptr, statement.text.len);
		char message[1000];
		bool done = parse_statement(text, statement.params, types, &replaces, message, sizeof(message));
		free(text);
		if (!done) {
			snprintf(why, size, "line %u: %s", statement.line, message);
			command("rollback to savepoint file");
			return false;
		}
	}
	command(replaces ? "rollback to savepoint file" : "release savepoint file");
	return true;
}

static char why[FILES_MAX][1100];

/* Parses files until no further one can be; `done` gathers those that could, in this or an earlier pass. */
static void parse_in_order(bool backwards, bool done[FILES_MAX])
{
	bool parsed[FILES_MAX] = {false};
	size_t count = 0, before;
	command("begin");
	do {
		before = count;
		for (size_t n = 0; n < sql_file_count; n++) {
			size_t i = backwards ? sql_file_count - 1 - n : n;
			if (parsed[i] || strncmp(sql_files[i].name, "migrations/", 11) == 0)
				continue;
			parsed[i] = parse_file(&sql_files[i], why[i], sizeof(why[i]));
			done[i] |= parsed[i];
			count += parsed[i];
		}
	} while (count > before);
	command("rollback");
}

static void every_file_is_accepted(void **unused)
{
	(void)unused;
	bool done[FILES_MAX] = {false};
	unsigned faults = 0;
	assert_true(sql_file_count > 0 && sql_file_count <= FILES_MAX);
	parse_in_order(false, done);
	parse_in_order(true, done);
	for (size_t i = 0; i < sql_file_count; i++)
		if (!done[i] && strncmp(sql_files[i].name, "migrations/", 11) != 0) {
			print_error("# sql/%s.sql: %s\n", sql_files[i].name, why[i]);
			faults++;
		}
	assert_int_equal(faults, 0);
}

/* Whether the comments on top name the parameter. */
static bool is_declared(const char *text, unsigned number)
{
	char name[16];
	int len = snprintf(name, sizeof(name), "$%u ", number);
	while (strncmp(text, "--", 2) == 0) {
		const char *end = strchr(text, '\n');
		const char *found = strstr(text, name);
		if (found && found < end && found[len] >= 'a' && found[len] <= 'z')
			return true;
		text = end + 1;
	}
	return false;
}

static void parameters_are_declared(void **unused)
{
	(void)unused;
	unsigned faults = 0;
	for (size_t i = 0; i < sql_file_count; i++) {
		unsigned line = 1, used = 0;
		struct slice rest = slice_of(sql_files[i].text);
		struct sql_statement statement;
		if (strncmp(sql_files[i].name, "migrations/", 11) == 0)
			continue;
		while (sql_next(&rest, &line, &statement))
			used = statement.params > used ? statement.params : used;
		if (used > 0 && !is_declared(sql_files[i].text, used)) {
			print_error("# sql/%s.sql: $%u is not declared on top\n", sql_files[i].name, used);
			faults++;
		}
	}
	assert_int_equal(faults, 0);
}

static int setup(void **state)
{
	struct err e = ERR_INIT;
	int applied;
	if (throwaway_setup(state) != 0)
		return -1;
	struct db db = throwaway_connect();
	struct buf gateway = BUF_INIT;
	throwaway_check(migrate_apply(&db, &applied, &e) &&
	                        file_read("tests/e2e/litellm/tables.sql", 1 << 20, &gateway, &e) &&
	                        db_query(&db, gateway.ptr, DB_NO_PARAMS, NULL, &e),
	                &e);
	buf_release(&gateway);
	db_close(&db);
	connection = PQconnectdb(cluster_url(&throwaway.cluster));
	return PQstatus(connection) == CONNECTION_OK ? 0 : -1;
}

static int teardown(void **state)
{
	PQfinish(connection);
	return throwaway_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_file_is_accepted),
	        cmocka_unit_test(parameters_are_declared),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
