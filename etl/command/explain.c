/* closebook explain ID: where a cost comes from, down to files and lines. */
#include "report/explain.h"
#include "command/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char summary[] =
        "Says where an amount comes from. ID is\n"
        "\n"
        "  a request id                     who made the call, its price, what was billed for it, by which lines\n"
        "  PERIOD/BUSINESS_UNIT             (2026-10/search) a variance, its causes, what is behind them\n"
        "  PERIOD/bucket/N                  (2026-10/bucket/17) lines that name no request, and who shares their cost\n"
        "  a journal id, with or without /LINE   its lines; what a line is made of\n"
        "  an adjustment's id (ADJ-2026-10-0001) who proposed and decided it, where it is booked\n"
        "  an exception id, or its beginning     cause, remedy, and the events or lines behind it";

struct explain_options {
	const char *period, *provider;
	bool json;
};
static const struct option options[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "look at this month's bills only; with a business unit as ID: its month",
         .offset = offsetof(struct explain_options, period)},
        {.name = "provider",
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "where several providers know the request id: this one",
         .offset = offsetof(struct explain_options, provider)},
        {.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct explain_options, json)},
        OPTION_END,
};

static bool explain(struct context *c, const char *id, const struct explain_options *o, json_t *root, struct err *e)
{
	DB_RESULT known = DB_RESULT_INIT;
	if (!context_subject(c, id, o->period, o->provider, &known, e))
		return false;
	const struct explain_kind *kind = explain_kind_find(db_text(&known, 0, 0), db_text(&known, 0, 3));
	if (!kind)
		return fail(e, ERR_BUG, "explain/known.sql names an unknown kind %s", db_text(&known, 0, 0));
	char *defaults = context_match_defaults(c);
	json_t *answers = json_array();
	bool fine = true;
	for (size_t i = 0; fine && i < db_rows(&known) && strcmp(db_text(&known, i, 0), kind->name) == 0; i++) {
		json_t *answer =
		        root ? json_pack("{s:s?}", "provider", *db_text(&known, i, 1) ? db_text(&known, i, 1) : NULL)
		             : NULL;
		if (!root && i > 0)
			putchar('\n');
		fine = explain_run(&c->db, kind, db_text(&known, i, 2),
		                   DB_PARAMS(db_text(&known, i, 2), db_text(&known, i, 1), o->period,
		                             root ? "exact" : "screen", defaults),
		                   stdout, answer, e);
		if (answer)
			json_array_append_new(answers, answer);
	}
	free(defaults);
	if (root) {
		json_object_set_new(root, "kind", json_string(kind->name));
		json_object_set_new(root, "id", json_string(db_text(&known, 0, 2)));
		json_object_set(root, "answers", answers);
	}
	json_decref(answers);
	return fine;
}

bool command_explain(struct context *c, int argc, char **argv, struct err *e)
{
	struct explain_options o = {0};
	const struct option_group group = {"Options", options, &o};
	struct option_rest rest;
	struct period period;
	if (!option_parse(&group, 1, argc, argv, false, &rest, e))
		return false;
	if (rest.help) {
		option_help(stdout, "closebook explain ID [--period YYYY-MM] [--provider NAME] [--json]", summary,
		            &group, 1);
		return true;
	}
	if (rest.count != 1) {
		fail(e, ERR_USAGE, rest.count == 0 ? "explain what?" : "explain takes one id");
		return err_hint(e, "closebook explain --help");
	}
	if (o.period && !context_period(o.period, &period, e))
		return false;
	json_t *root = o.json ? json_object() : NULL;
	bool fine = explain(c, rest.argument[0], &o, root, e);
	if (fine && root) {
		json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	}
	json_decref(root);
	return fine;
}
