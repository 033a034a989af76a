/* closebook refdata apply | import-prices | show */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "base/civil.h"
#include "base/log.h"
#include "command/command.h"
#include "config/option.h"
#include "report/table.h"
#include "run/refdata.h"

static const char summary[] =
        "Reference data: business units, teams, services, models, prices, owners, allocations, accounts, budgets, fx.\n"
        "\n"
        "  apply [DIR]           load DIR's CSV files in place of what is in force, all or nothing\n"
        "                        (DIR: refdata_dir of the configuration)\n"
        "  import-prices FILE    load a published price book as one billing rule version\n"
        "  show [NAME]           what is in force: all tables' sizes, or the rows of one (\"teams\")";

struct refdata_options {
	const char *format, *version;
	bool json;
};
static const struct option options[] = {
        {.name = "format",
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "import-prices: litellm or genai-prices; told by the file unless given",
         .offset = offsetof(struct refdata_options, format)},
        {.name = "version",
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "import-prices: the billing rule version; made from the file's digest unless given",
         .offset = offsetof(struct refdata_options, version)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "show: as JSON",
         .offset = offsetof(struct refdata_options, json)},
        OPTION_END,
};

static void log_findings(const struct refdata_result *r)
{
	for (size_t i = 0; i < r->problem_count; i++) {
		const struct refdata_problem *p = &r->problem[i];
		struct err e = ERR_INIT;
		fail_input(&e, "malformed_row", "%s", p->message);
		err_where(&e, p->file, p->line, 0);
		if (*p->hint != '\0')
			err_hint(&e, "%s", p->hint);
		log_err(LOG_ERROR, &e);
	}
	for (size_t i = 0; i < r->notice_count; i++)
		log_warning("%s", r->notice[i]);
}

static void print_state(const struct refdata_result *r)
{
	if (!r->changed)
		printf("reference data %" PRId64 " has this content already: nothing was changed\n", r->refdata_id);
	else if (r->version != NULL)
		printf("reference data %" PRId64 ": %" PRIu64 " prices as version %s\n", r->refdata_id, r->rows,
		       r->version);
	else
		printf("reference data %" PRId64 ": %" PRIu64 " rows\n", r->refdata_id, r->rows);
}

/* What was reconciled before stays as it is until it is reconciled again. */
static bool log_outdated(struct context *c, const struct refdata_result *r, struct err *e)
{
	DB_RESULT periods = DB_RESULT_INIT;
	if (!r->changed)
		return true;
	if (!db_run(&c->db, "refdata/outdated", DB_NO_PARAMS, &periods, e))
		return false;
	if (!db_is_null(&periods, 0, 0))
		log_info("rests on older reference data until `closebook reconcile` or `nightly` runs again: %s",
		         db_text(&periods, 0, 0));
	return true;
}

static bool apply(struct context *c, const char *folder, struct err *e)
{
	if (folder == NULL)
		folder = c->config.refdata_dir;
	if (folder == NULL) {
		fail(e, ERR_USAGE, "refdata apply needs a folder");
		return err_hint(e, "name one, or set refdata_dir in the configuration");
	}
	struct refdata_result result = REFDATA_RESULT_INIT;
	c->command = "refdata apply";
	bool ok = context_provide(c, NEEDS_LOCK, e) && refdata_apply(&c->db, folder, &c->config, &result, e);
	log_findings(&result);
	if (ok)
		print_state(&result);
	ok = ok && log_outdated(c, &result, e);
	refdata_result_release(&result);
	return ok;
}

static bool import_prices(struct context *c, const struct refdata_options *o, const char *path, struct err *e)
{
	const struct refdata_book *book = NULL;
	if (o->format != NULL) {
		for (book = refdata_books; book->name != NULL && strcmp(book->name, o->format) != 0;)
			book++;
		if (book->name == NULL) {
			fail(e, ERR_USAGE, "unknown price book format \"%s\"", o->format);
			return err_hint(e, "known are litellm and genai-prices");
		}
	}
	struct refdata_import import = {
	        .path = path, .book = book, .version = o->version, .aliases = &c->config.aliases, .as_of = c->as_of};
	struct refdata_result result = REFDATA_RESULT_INIT;
	c->command = "refdata import-prices";
	bool ok = context_provide(c, NEEDS_LOCK, e) && refdata_import(&c->db, &import, &result, e);
	log_findings(&result);
	if (ok)
		print_state(&result);
	ok = ok && log_outdated(c, &result, e);
	refdata_result_release(&result);
	return ok;
}

static void print_summary(json_t *state)
{
	json_t *id = json_object_get(state, "refdata_id");
	if (json_is_null(id))
		printf("no reference data has been applied\n");
	else
		printf("reference data %" JSON_INTEGER_FORMAT ", applied %s\ndigest %s\n", json_integer_value(id),
		       json_string_value(json_object_get(state, "applied_at")),
		       json_string_value(json_object_get(state, "digest")));
	printf("\n");
	table_text_json(stdout, json_object_get(state, "tables"), 0);
	json_t *versions = json_object_get(state, "price_versions");
	if (json_array_size(versions) > 0) {
		printf("\n");
		table_text_json(stdout, versions, 0);
	}
}

static bool show(struct context *c, const struct refdata_options *o, const char *name, struct err *e)
{
	if (name != NULL && refdata_file_find(name) == NULL) {
		const char *names[REFDATA_FILES];
		for (size_t i = 0; i < REFDATA_FILES; i++)
			names[i] = refdata_files[i].name;
		const char *nearest = option_nearest(name, names, REFDATA_FILES);
		fail(e, ERR_USAGE, "there is no reference table \"%s\"", name);
		return nearest != NULL ? err_hint(e, "did you mean %s?", nearest)
		                       : err_hint(e, "`closebook refdata show` lists them");
	}
	json_t *state = context_provide(c, NEEDS_RESULTS, e) ? refdata_show(&c->db, name, c->as_of, e) : NULL;
	if (state == NULL)
		return false;
	if (o->json) {
		json_dumpf(state, stdout, JSON_INDENT(2));
		printf("\n");
	} else if (name == NULL) {
		print_summary(state);
	} else {
		table_text_json(stdout, json_object_get(state, "rows"), 0);
	}
	json_decref(state);
	return true;
}

bool command_refdata(struct context *c, int argc, char **argv, struct err *e)
{
	struct refdata_options o = {0};
	const struct option_group group = {"Options", options, &o};
	struct option_rest rest;
	if (!option_parse(&group, 1, argc, argv, false, &rest, e))
		return false;
	if (rest.help) {
		option_help(
		        stdout,
		        "closebook refdata apply [DIR]\n       closebook refdata import-prices FILE [--format NAME] [--version ID]\n       closebook refdata show [NAME] [--json]",
		        summary, &group, 1);
		return true;
	}
	const char *verb = rest.count > 0 ? rest.argument[0] : "";
	const char *argument = rest.count > 1 ? rest.argument[1] : NULL;
	if (rest.count <= 2 && strcmp(verb, "apply") == 0)
		return apply(c, argument, e);
	if (rest.count == 2 && strcmp(verb, "import-prices") == 0)
		return import_prices(c, &o, argument, e);
	if (rest.count <= 2 && strcmp(verb, "show") == 0)
		return show(c, &o, argument, e);
	fail(e, ERR_USAGE, "refdata takes apply [DIR], import-prices FILE or show [NAME]");
	return err_hint(e, "closebook refdata --help");
}
