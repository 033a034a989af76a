/* closebook: the table of commands, global options, exit codes. */
#include "base/log.h"
#include "command/command.h"
#include "format/csv_wide.h"
#include "format/format.h"
#include "store/migrate.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command {
	const char *name;
	enum command_needs needs;
	command_function *run;
	const char *summary;
} commands[] = {
        {"init", NEEDS_NOTHING, command_init, "write a commented closebook.yaml, create or upgrade the schema"},
        {"db", NEEDS_CONFIG, command_db, "start, stop or show the embedded PostgreSQL; upgrade the schema"},
        {"refdata", NEEDS_CONFIG, command_refdata, "load and show reference data and price books"},
        {"pull", NEEDS_LOCK, command_pull, "fetch new exports of the configured sources into the landing folder"},
        {"ingest", NEEDS_LOCK, command_ingest, "load provider exports, usage logs and gateway events"},
        {"reconcile", NEEDS_LOCK, command_reconcile, "match, allocate, variance, exceptions of a period"},
        {"nightly", NEEDS_LOCK, command_nightly,
         "pull, ingest, reconcile every month with data, write reports; what cron calls"},
        {"variance", NEEDS_RESULTS, command_variance, "billed against computed, per business unit"},
        {"chargeback", NEEDS_RESULTS, command_chargeback, "what is charged for what was billed, step by step"},
        {"exceptions", NEEDS_RESULTS, command_exceptions, "list or show what is wrong, and its remedy"},
        {"journal", NEEDS_RESULTS, command_journal, "the journals of a period"},
        {"report", NEEDS_RESULTS, command_report, "write the files of a period"},
        {"export", NEEDS_RESULTS, command_export, "write journals as other systems import them"},
        {"close", NEEDS_RESULTS, command_close, "month end: check, freeze, sign off, adjust, approve, post"},
        {"verify", NEEDS_RESULTS, command_verify, "prove the ledger: its hash chain, and every posted amount"},
        {"explain", NEEDS_RESULTS, command_explain,
         "where a request's, a variance's or a journal line's cost comes from"},
        {"packet", NEEDS_RESULTS, command_packet,
         "evidence for a month or a disputed amount, in a folder that stands alone"},
        {"weekly", NEEDS_LOCK, command_weekly, "publish the variance reports, open and close action items for owners"},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

struct global_options {
	const char *config, *database, *as_of, *log;
	int verbose;
	bool quiet, version;
};
/* The first one is for before the command only: a command may have a --version of its own. */
static const struct option global_table[] = {
        {.name = "version",
         .kind = OPTION_FLAG,
         .help = "print the version",
         .offset = offsetof(struct global_options, version)},
        {.name = "config",
         .letter = 'c',
         .kind = OPTION_TEXT,
         .argument = "FILE",
         .help = "configuration (else $CLOSEBOOK_CONFIG, closebook.yaml here or above,\n~/.config/closebook/, /etc/closebook/)",
         .offset = offsetof(struct global_options, config)},
        {.name = "db",
         .kind = OPTION_TEXT,
         .argument = "URI",
         .help = "PostgreSQL server (else $CLOSEBOOK_DB_URL, the configuration, the embedded one)",
         .offset = offsetof(struct global_options, database)},
        {.name = "as-of",
         .kind = OPTION_TEXT,
         .argument = "TIME",
         .help = "the run's clock (default: now)",
         .offset = offsetof(struct global_options, as_of)},
        {.name = "verbose",
         .letter = 'v',
         .kind = OPTION_COUNT,
         .help = "say more on stderr",
         .offset = offsetof(struct global_options, verbose)},
        {.name = "quiet",
         .letter = 'q',
         .kind = OPTION_FLAG,
         .help = "errors only",
         .offset = offsetof(struct global_options, quiet)},
        {.name = "log",
         .kind = OPTION_TEXT,
         .argument = "json",
         .help = "log as JSON lines",
         .offset = offsetof(struct global_options, log)},
        OPTION_END,
};

static void print_help(const struct option_group *group)
{
	struct buf summary = BUF_INIT;
	buf_add_text(&summary,
	             "Reconciles what LLM providers bill with what the gateway saw, and charges it to business units.\n"
	             "The options below may also stand after the command.\n\nCommands (each has --help):\n");
	for (int i = 0; i < COMMANDS; i++)
		buf_printf(&summary, "  %-11s %s\n", commands[i].name, commands[i].summary);
	buf_add_text(&summary,
	             "\nExit codes: 0 done, 1 findings (--check), 64 usage, 65 a file gave nothing, 69 database "
	             "unreachable, 70 bug,\n"
	             "74 input/output, 75 another run is at work, 77 refused by a control, 78 configuration.");
	option_help(stdout, "closebook [OPTIONS] COMMAND …", summary.ptr, group, 1);
	buf_release(&summary);
}

static const struct command *find_command(const char *name, struct err *e)
{
	const char *names[COMMANDS];
	if (!name) {
		fail(e, ERR_USAGE, "no command given");
		err_hint(e, "`closebook --help` lists them");
		return NULL;
	}
	for (int i = 0; i < COMMANDS; i++) {
		names[i] = commands[i].name;
		if (strcmp(name, names[i]) == 0)
			return &commands[i];
	}
	const char *near = option_nearest(name, names, COMMANDS);
	fail(e, ERR_USAGE, "there is no command %s", name);
	if (near)
		err_hint(e, "did you mean %s?", near);
	else
		err_hint(e, "`closebook --help` lists the commands");
	return NULL;
}

static bool setup(const struct global_options *o, struct context *c, struct err *e)
{
	if (o->log && strcmp(o->log, "json") != 0)
		return fail(e, ERR_USAGE, "--log takes json, not %s", o->log);
	log_setup((struct log){.level = o->quiet     ? LOG_ERROR
	                                : o->verbose ? LOG_DEBUG
	                                             : LOG_INFO,
	                       .json = o->log != NULL});
	c->config_path = o->config;
	c->as_of = utc_now();
	if (o->as_of && !utc_parse(slice_of(o->as_of), &c->as_of))
		return fail(e, ERR_USAGE, "--as-of %s is not a time", o->as_of) ||
		       err_hint(e, "write it like 2026-11-04T05:00:00Z");
	const char *environment = getenv("CLOSEBOOK_DB_URL");
	c->uri = o->database ? o->database : environment && environment[0] ? environment : NULL;
	return csv_engine_find(getenv("CLOSEBOOK_CSV"), e) != NULL;
}

bool context_open_cluster(struct context *c, struct err *e)
{
	return cluster_open(&c->cluster, c->config.state_dir, e);
}

bool context_cluster_exists(struct context *c, bool *exists, struct err *e)
{
	struct cluster_status status;
	if (!c->cluster.state_dir && !context_open_cluster(c, e))
		return false;
	if (!cluster_status(&c->cluster, &status, e))
		return false;
	*exists = status.created;
	return true;
}

bool context_start_cluster(struct context *c, struct err *e)
{
	bool exists;
	if (!context_cluster_exists(c, &exists, e))
		return false;
	if (!exists)
		log_info("creating a database in %s", c->cluster.state_dir);
	return cluster_start(&c->cluster, e);
}

bool context_connect(struct context *c, struct err *e)
{
	if (c->uri)
		return db_connect(&c->db, c->uri, e);
	return context_start_cluster(c, e) && db_connect(&c->db, cluster_url(&c->cluster), e);
}

bool context_require_database(struct context *c, struct err *e)
{
	bool exists = false;
	if (c->uri || (context_cluster_exists(c, &exists, e) && exists))
		return true;
	fail(e, ERR_USAGE, "no database yet in %s", c->config.state_dir);
	return err_hint(e, "`closebook init` creates one; if there should be one, check state_dir and -c (%s)",
	                c->config.path ? c->config.path : "no closebook.yaml was found");
}

bool context_provide(struct context *c, enum command_needs needs, struct err *e)
{
	if (needs == NEEDS_RESULTS && !context_require_database(c, e))
		return false;
	if (needs >= NEEDS_RESULTS && !context_connect(c, e))
		return false;
	if (needs >= NEEDS_RESULTS && !migrate_check(&c->db, c->uri == NULL, e))
		return false;
	return needs < NEEDS_LOCK || (c->holds_lock = db_lock(&c->db, c->command, e));
}

bool command_parse(struct command_line *line, int argc, char **argv, struct err *e)
{
	const struct option_group group = {"Options", line->table, line->target};
	if (!option_parse(&group, 1, argc, argv, false, &line->rest, e))
		return false;
	if (line->rest.help)
		option_help(stdout, line->usage, line->summary, &group, 1);
	else if (line->rest.count > line->arguments)
		return fail(e, ERR_USAGE, "unexpected argument %s", line->rest.argument[line->arguments]) ||
		       err_hint(e, "usage: %s", line->usage);
	return true;
}

bool context_period(const char *text, struct period *out, struct err *e)
{
	if (!text)
		return fail(e, ERR_USAGE, "which period?") || err_hint(e, "give a month with --period, like 2026-10");
	if (!period_parse(slice_of(text), out))
		return fail(e, ERR_USAGE, "%s is not a period", text) || err_hint(e, "write a month like 2026-10");
	return true;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static bool run(const struct command *command, struct context *c, int argc, char **argv, struct err *e)
{
	c->command = command->name;
	enum command_needs needs = asks_for_help(argc, argv) ? NEEDS_NOTHING : command->needs;
	if (needs >= NEEDS_CONFIG) {
		if (!config_load(&c->config, c->config_path, e) || !format_check_config(&c->config, e))
			return false;
		if (!c->uri)
			c->uri = c->config.database;
	}
	return context_provide(c, needs, e) && command->run(c, argc, argv, e);
}

/* A descriptor that the caller closed would be given to the next file or connection, and what is printed would go
 * there. Writing to what stands in its place fails, as it should. */
static void fill_closed_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF)
			(void)!open("/dev/null", O_RDONLY);
}

int main(int argc, char **argv)
{
	fill_closed_descriptors();
	struct err e = ERR_INIT;
	struct context c = {.db = DB_INIT};
	struct global_options o = {0};
	const struct option_group group = {"Options", global_table, &o};
	struct option_rest rest = {0};
	const struct option_group anywhere = {"Options", global_table + 1, &o};
	if (option_parse(&group, 1, argc - 1, argv + 1, true, &rest, &e) &&
	    option_extract(&anywhere, &rest.count, rest.argument, &e) && setup(&o, &c, &e)) {
		const struct command *command = NULL;
		if (o.version)
			printf("closebook %s\n", CLOSEBOOK_VERSION);
		else if (rest.help)
			print_help(&group);
		else
			command = find_command(rest.count ? rest.argument[0] : NULL, &e);
		if (command)
			run(command, &c, rest.count - 1, rest.argument + 1, &e);
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		fail_errno(&e, "cannot write to standard output");
	if (e.kind != ERR_NONE && e.kind != ERR_FINDINGS)
		log_err(LOG_ERROR, &e);
	if (c.holds_lock) /* closing alone leaves it to the server's process, which may take a moment */
		db_unlock(&c.db);
	db_close(&c.db);
	cluster_release(&c.cluster);
	config_release(&c.config);
	return err_exit_code(&e);
}
