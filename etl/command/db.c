/* closebook db start|stop|status|migrate|url */
#include "command/command.h"
#include "store/migrate.h"
#include <stdio.h>
#include <string.h>

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

static bool start(struct context *c, struct err *e)
{
	if (refuse_uri(c, "start", e) || !context_start_cluster(c, e))
		return false;
	printf("running: %s\n", cluster_url(&c->cluster));
	return true;
}

static bool stop(struct context *c, struct err *e)
{
	bool was_running = false;
	if (refuse_uri(c, "stop", e) || !context_open_cluster(c, e) || !cluster_stop(&c->cluster, &was_running, e))
		return false;
	printf(was_running ? "stopped\n" : "was not running\n");
	return true;
}

static bool migrate(struct context *c, struct err *e)
{
	int applied = 0;
	if (!context_connect(c, e) || !migrate_apply(&c->db, &applied, e))
		return false;
	if (applied)
		printf("%d migrations applied\n", applied);
	else
		printf("up to date\n");
	return true;
}

static bool status(struct context *c, struct err *e)
{
	if (c->uri) {
		char shown[512];
		db_uri_display(c->uri, shown, sizeof shown);
		printf("server    %s\n", shown);
		if (!db_connect(&c->db, c->uri, e))
			return false;
	} else {
		struct cluster_status s;
		if (!context_require_database(c, e) || !cluster_status(&c->cluster, &s, e))
			return false;
		printf("state     %s\nserver    ", c->cluster.state_dir);
		if (!s.running) {
			printf("not running (it starts when a command needs it)\n"
			       "schema    not known while it does not run\n");
			return true;
		}
		printf("running as %s, process %ld\nurl       %s\n", c->cluster.owner, (long)s.pid,
		       cluster_url(&c->cluster));
		if (!db_connect(&c->db, cluster_url(&c->cluster), e))
			return false;
	}
	struct migrate_state m;
	if (!migrate_state(&c->db, &m, e))
		return false;
	printf("schema    %d of %d migrations\n", m.applied, m.known);
	return true;
}

static bool url(struct context *c, struct err *e)
{
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
		bool (*run)(struct context *, struct err *);
	} verbs[] = {{"start", start}, {"stop", stop}, {"status", status}, {"migrate", migrate}, {"url", url}};
	static const struct option table[] = {OPTION_END};
	struct command_line line = {
	        .usage = "closebook db start|stop|status|migrate|url",
	        .summary = "The embedded PostgreSQL 15 under the state folder, and the schema of any server.\n\n"
	                   "  start    create it if need be, and start it (every command does so when it needs it)\n"
	                   "  stop     stop it\n"
	                   "  status   where it is, whether it runs, and if so how far the schema is\n"
	                   "  migrate  create or upgrade the schema, here or on the server given by URI\n"
	                   "  url      the connection URI, without password",
	        .table = table,
	        .target = NULL,
	        .arguments = 1,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	for (size_t i = 0; line.rest.count == 1 && i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(line.rest.argument[0], verbs[i].name) == 0)
			return verbs[i].run(c, e);
	return fail(e, ERR_USAGE, "db takes start, stop, status, migrate or url") || err_hint(e, "closebook db --help");
}
