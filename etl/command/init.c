/* closebook init: a commented configuration here, and the schema. */
#include "base/file.h"
#include "base/log.h"
#include "command/command.h"
#include "store/migrate.h"
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

bool command_init(struct context *c, int argc, char **argv, struct err *e)
{
	struct {
		bool no_database;
	} o = {0};
	static const struct option table[] = {
	        {.name = "no-database", .kind = OPTION_FLAG, .help = "only write the configuration", .offset = 0},
	        OPTION_END,
	};
	struct command_line line = {
	        .usage = "closebook init [--no-database]",
	        .summary = "Writes closebook.yaml here, unless there is one, and creates or upgrades the schema.",
	        .table = table,
	        .target = &o,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	const char *path = c->config_path ? c->config_path : "closebook.yaml";
	if (file_exists(path)) {
		printf("%s is there already: left as it is\n", path);
	} else {
		struct file_writer w = {0};
		bool fine = file_writer_begin(&w, path, e);
		if (fine)
			fputs(config_sample, w.stream);
		fine = fine && file_writer_finish(&w, e) && file_writer_publish(&w, e);
		file_writer_release(&w);
		if (!fine)
			return false;
		printf("wrote %s\n", path);
	}
	if (o.no_database)
		return true;
	if (!config_load(&c->config, path, e))
		return false;
	if (!c->uri)
		c->uri = c->config.database;
	int applied = 0;
	if (!context_connect(c, e) || !migrate_apply(&c->db, &applied, e))
		return false;
	if (applied)
		printf("schema: %d migrations applied\n", applied);
	else
		printf("schema: up to date\n");
	return true;
}
