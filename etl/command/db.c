/* closebook db start|stop|status|migrate|roles|url */
#include "command/command.h"
#include "report/table.h"
#include "store/migrate.h"
#include "store/settings.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct db_arguments {
	bool json;
};
static const struct option table[] = {
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "the status, or the roles, as JSON",
         .offset = offsetof(struct db_arguments, json)},
        OPTION_END,
};

static bool refuse_uri(const struct context *c, const char *verb, struct err *e)
{
	if (!c->uri)
		return false;
	char shown[512];
	db_uri_display(c->uri, shown, sizeof shown);
	fail(e, ERR_USAGE, "db %s is for the embedded PostgreSQL, but the database is %s", verb, shown);
	err_hint(e, "leave out --db, $CLOSEBOOK_DB_URL and `database:`");
	return true;
}

static bool start(struct context *c, const struct db_arguments *a, struct err *e)
{
	(void)a;
	if (refuse_uri(c, "start", e) || !context_start_cluster(c, e))
		return false;
	printf("running: %s\n", cluster_url(&c->cluster));
	return true;
}

static bool stop(struct context *c, const struct db_arguments *a, struct err *e)
{
	(void)a;
	bool was_running = false;
	if (refuse_uri(c, "stop", e) || !context_open_cluster(c, e) || !cluster_stop(&c->cluster, &was_running, e))
		return false;
	printf(was_running ? "stopped\n" : "was not running\n");
	return true;
}

static bool migrate(struct context *c, const struct db_arguments *a, struct err *e)
{
	(void)a;
	int applied = 0;
	if (!context_connect(c, e) || !migrate_apply(&c->db, &applied, e))
		return false;
	if (applied)
		printf("%d migrations applied\n", applied);
	else
		printf("up to date\n");
	return true;
}

static const struct table_column role_columns[] = {{"role", "role", COLUMN_TEXT}, {"logins", "logins", COLUMN_TEXT}};

static bool roles(struct context *c, const struct db_arguments *a, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = context_connect(c, e) && migrate_check(&c->db, c->uri == NULL, e) && db_begin(&c->db, e) &&
	            db_run(&c->db, "close/roles", DB_NO_PARAMS, NULL, e) && db_commit(&c->db, e) &&
	            table_load(&t, role_columns, sizeof role_columns / sizeof *role_columns, &c->db, "close/members",
	                       DB_NO_PARAMS, e);
	if (fine && a->json)
		table_print_json(stdout, &t);
	else if (fine)
		table_text(stdout, &t, 0);
	table_release(&t);
	return fine;
}

/* What `db status` says; parts that are not known are empty. */
struct report {
	struct cluster_status cluster;
	char server[512]; /* of a server given by URI */
	struct migrate_state schema;
	struct err unread; /* why the schema is not known */
	int64_t data_bytes, memory_mb;
	char data_size[32];
	struct table settings; /* those that are worse than they should be */
};

static const struct table_column setting_columns[] = {{"setting", "setting", COLUMN_TEXT},
                                                      {"is", "is", COLUMN_TEXT},
                                                      {"better", "better", COLUMN_TEXT},
                                                      {"why", "why", COLUMN_TEXT},
                                                      {"takes", "takes", COLUMN_TEXT}};
enum { SETTING_COLUMNS = sizeof setting_columns / sizeof *setting_columns };

/* A role that may not read the schema still learns about the server. */
static bool look_at_schema(struct db *db, struct report *r, struct err *e)
{
	if (migrate_state(db, &r->schema, &r->unread))
		return true;
	if (r->unread.kind != ERR_CONFIG)
		*e = r->unread;
	return r->unread.kind == ERR_CONFIG;
}

static bool look_at_server(struct db *db, bool is_embedded, struct report *r, struct err *e)
{
	struct arena a = ARENA_INIT;
	DB_RESULT size = DB_RESULT_INIT;
	bool fine = look_at_schema(db, r, e) && db_run(db, "store/data_size", DB_NO_PARAMS, &size, e);
	if (fine) {
		r->data_bytes = db_int(&size, 0, 0);
		snprintf(r->data_size, sizeof r->data_size, "%s", db_text(&size, 0, 1));
		r->memory_mb = is_embedded ? settings_memory_mb() : settings_memory_for(r->data_bytes);
		fine = table_load(&r->settings, setting_columns, SETTING_COLUMNS, db, "store/settings",
		                  settings_params(&a, r->memory_mb), e);
	}
	arena_release(&a);
	return fine;
}

static void print_settings(const struct context *c, const struct report *r)
{
	printf("data      %s, %s %" PRId64 " MB of memory\n", r->data_size,
	       c->uri ? "for which a machine should have" : "on a machine with", r->memory_mb);
	if (table_rows(&r->settings) == 0) {
		printf("settings  suit the job\n");
		return;
	}
	printf("settings  %zu could be better:\n\n", table_rows(&r->settings));
	table_text(stdout, &r->settings, 2);
}

static void print_status(struct context *c, const struct report *r)
{
	if (c->uri)
		printf("server    %s\n", r->server);
	else
		printf("state     %s\nserver    ", c->cluster.state_dir);
	if (!c->uri && !r->cluster.running) {
		printf("not running (it starts when a command needs it)\n"
		       "schema    not known while it does not run\n");
		return;
	}
	if (!c->uri)
		printf("running as %s, process %ld\nurl       %s\n", c->cluster.owner, (long)r->cluster.pid,
		       cluster_url(&c->cluster));
	if (r->unread.kind == ERR_NONE)
		printf("schema    %d of %d migrations\n", r->schema.applied, r->schema.known);
	else
		printf("schema    not known: %s\n", r->unread.message);
	print_settings(c, r);
}

static void print_status_json(struct context *c, const struct report *r)
{
	bool running = c->uri || r->cluster.running, is_known = running && r->unread.kind == ERR_NONE;
	json_t *root = json_pack("{s:s, s:s?, s:b}", "server", c->uri ? r->server : cluster_url(&c->cluster),
	                         "state_dir", c->uri ? NULL : c->cluster.state_dir, "running", running);
	json_object_set_new(root, "process", c->uri || !running ? json_null() : json_integer(r->cluster.pid));
	json_object_set_new(root, "migrations_applied", is_known ? json_integer(r->schema.applied) : json_null());
	json_object_set_new(root, "migrations_known", is_known ? json_integer(r->schema.known) : json_null());
	json_object_set_new(root, "data_bytes", running ? json_integer(r->data_bytes) : json_null());
	json_object_set_new(root, "memory_mb", running ? json_integer(r->memory_mb) : json_null());
	json_object_set_new(root, "settings", running ? table_json(&r->settings) : json_null());
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(root);
}

static bool status(struct context *c, const struct db_arguments *a, struct err *e)
{
	struct report r = {.unread = ERR_INIT, .settings = TABLE_INIT};
	bool fine = c->uri || (context_require_database(c, e) && cluster_status(&c->cluster, &r.cluster, e));
	if (fine && c->uri)
		db_uri_display(c->uri, r.server, sizeof r.server);
	if (fine && (c->uri || r.cluster.running))
		fine = db_connect(&c->db, c->uri ? c->uri : cluster_url(&c->cluster), e) &&
		       look_at_server(&c->db, c->uri == NULL, &r, e);
	if (fine && a->json)
		print_status_json(c, &r);
	else if (fine)
		print_status(c, &r);
	table_release(&r.settings);
	return fine;
}

static bool url(struct context *c, const struct db_arguments *a, struct err *e)
{
	(void)a;
	if (!c->uri && !context_open_cluster(c, e))
		return false;
	if (!c->uri) {
		printf("%s\n", cluster_url(&c->cluster));
		return true;
	}
	char shown[512];
	db_uri_display(c->uri, shown, sizeof shown);
	printf("%s\n", shown);
	return true;
}

bool command_db(struct context *c, int argc, char **argv, struct err *e)
{
	static const struct {
		const char *name;
		bool (*run)(struct context *, const struct db_arguments *, struct err *);
	} verbs[] = {{"start", start},     {"stop", stop},   {"status", status},
	             {"migrate", migrate}, {"roles", roles}, {"url", url}};
	struct db_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook db start|stop|status [--json]|migrate|roles [--json]|url",
	        .summary =
	                "The embedded PostgreSQL 15 under the state folder, and the schema of any server.\n\n"
	                "  start    create it if need be, and start it (every command does so when it needs it)\n"
	                "  stop     stop it\n"
	                "  status   where it is, whether it runs, and if so how far the schema is, and which of the\n"
	                "           server's settings should be others\n"
	                "  migrate  create or upgrade the schema, here or on the server given by URI\n"
	                "  roles    create the roles of the month-end close, give each its rights, and show who has them\n"
	                "  url      the connection URI, without password",
	        .table = table,
	        .target = &a,
	        .arguments = 1,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (a.json && (line.rest.count != 1 ||
	               (strcmp(line.rest.argument[0], "status") != 0 && strcmp(line.rest.argument[0], "roles") != 0)))
		return fail(e, ERR_USAGE, "only db status and db roles know --json");
	for (size_t i = 0; line.rest.count == 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(line.rest.argument[0], verbs[i].name) == 0)
			return verbs[i].run(c, &a, e);
	return fail(e, ERR_USAGE, "db takes start, stop, status, migrate, roles or url") ||
	       err_hint(e, "closebook db --help");
}
