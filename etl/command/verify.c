/* closebook verify [--period P] */
#include "base/file.h"
#include "base/log.h"
#include "command/command.h"
#include "report/table.h"
#include "run/ledger_head.h"
#include "run/replay.h"
#include <stdio.h>
#include <stdlib.h>

struct verify_arguments {
	const char *period, *head;
	bool json;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "recompute this month only (the chain is walked as a whole)",
         .offset = offsetof(struct verify_arguments, period)},
        {.name = "head",
         .kind = OPTION_TEXT,
         .argument = "FILE",
         .help = "also that the chain holds every head in it (default: the file under ledger_head: in the configuration)",
         .offset = offsetof(struct verify_arguments, head)},
        {.name = "json", .kind = OPTION_FLAG, .help = "as JSON", .offset = offsetof(struct verify_arguments, json)},
        OPTION_END,
};
static const struct table_column break_columns[] = {{"entry", "entry", COLUMN_COUNT}, {"what", "what", COLUMN_TEXT}};
static const struct table_column posted_columns[] = {{"period", "period", COLUMN_TEXT},
                                                     {"lines", "lines", COLUMN_COUNT}};
static const struct table_column difference_columns[] = {{"period", "period", COLUMN_TEXT},
                                                         {"journal_id", "journal", COLUMN_TEXT},
                                                         {"line", "line", COLUMN_COUNT},
                                                         {"what", "what", COLUMN_TEXT}};
static const struct table_column head_columns[] = {{"entries", "entries", COLUMN_COUNT},
                                                   {"head", "head", COLUMN_TEXT},
                                                   {"period", NULL, COLUMN_TEXT},
                                                   {"at", NULL, COLUMN_TEXT}};
#define COLUMNS(a) a, sizeof(a) / sizeof *(a)

/* What was found; each a table. */
struct proof {
	struct table breaks, posted, differences, head;
	bool recomputed;
	struct replay_proof found;
};

/*
 * Posted months computed anew; *findings is what that found, as JSON, in the arena. Where the chain is broken, what was
 * pinned proves nothing.
 */
static bool recompute(struct context *c, const char *period, struct proof *p, struct arena *a, const char **findings,
                      struct err *e)
{
	struct replay_proof *found = &p->found;
	bool may = false;
	*findings = "[]";
	if (table_rows(&p->breaks) > 0 || table_rows(&p->posted) == 0)
		return true;
	if (!replay_may(&c->db, &may, e) || !may)
		return e->kind == ERR_NONE;
	if (!(c->holds_lock = db_lock(&c->db, c->command, e)) || !replay_prove(&c->db, period, a, found, e))
		return false;
	p->recomputed = true;
	json_t *array = json_array();
	for (size_t i = 0; i < found->findings; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "period", found->finding[i].period, "what",
		                                       found->finding[i].what));
	char *text = json_dumps(array, JSON_COMPACT);
	*findings = arena_strdup(a, text);
	free(text);
	json_decref(array);
	return true;
}

static bool prove(struct context *c, const char *period, struct proof *p, struct err *e)
{
	struct arena a = ARENA_INIT;
	const char *findings;
	struct db_params one = DB_PARAMS(period);
	bool fine = db_begin_snapshot(&c->db, e) &&
	            table_load(&p->breaks, COLUMNS(break_columns), &c->db, "close/breaks", DB_NO_PARAMS, e) &&
	            table_load(&p->posted, COLUMNS(posted_columns), &c->db, "close/posted", one, e) &&
	            table_load(&p->head, COLUMNS(head_columns), &c->db, "close/head", DB_NO_PARAMS, e) &&
	            db_commit(&c->db, e) && recompute(c, period, p, &a, &findings, e) &&
	            table_load(&p->differences, COLUMNS(difference_columns), &c->db, "close/differences",
	                       DB_PARAMS(period, findings, p->recomputed && p->found.whole ? "false" : "true"), e);
	arena_release(&a);
	return fine;
}

static void print_json(const struct proof *p)
{
	json_t *root = json_pack("{s:o, s:o, s:o, s:b, s:o}", "chain", table_row_json(&p->head, 0), "breaks",
	                         table_json(&p->breaks), "posted", table_json(&p->posted), "recomputed", p->recomputed,
	                         "differences", table_json(&p->differences));
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(root);
}

static void print(const struct proof *p)
{
	printf("ledger    %s entries, head %s\n", table_cell(&p->head, 0, "entries"), table_cell(&p->head, 0, "head"));
	if (table_rows(&p->breaks) > 0)
		table_text(stdout, &p->breaks, 2);
	for (size_t i = 0; i < table_rows(&p->posted); i++)
		printf("%s   final journal of %s lines %s\n", table_cell(&p->posted, i, "period"),
		       table_cell(&p->posted, i, "lines"),
		       p->recomputed ? "recomputed from bills and events" : "made anew from what was pinned");
	if (!p->recomputed && table_rows(&p->posted) > 0 && table_rows(&p->breaks) == 0)
		printf("          computing months anew from bills and events needs the rights of closebook_loader\n");
	if (table_rows(&p->differences) > 0)
		table_text(stdout, &p->differences, 2);
}

static bool judge(const struct proof *p, const char *period, struct err *e)
{
	if (table_rows(&p->breaks) > 0)
		return fail(e, ERR_CONTROL, "the ledger breaks at entry %s: it %s", table_cell(&p->breaks, 0, "entry"),
		            table_cell(&p->breaks, 0, "what")) ||
		       err_hint(e, "compare with a backup; somebody wrote past the functions of the close");
	if (table_rows(&p->differences) > 0) {
		const char *of = table_cell(&p->differences, 0, "period");
		const char *journal = table_cell(&p->differences, 0, "journal_id");
		fail(e, ERR_CONTROL, "%s%s%s%s%s", of, *of ? " " : "", journal, *journal ? ": " : "",
		     table_cell(&p->differences, 0, "what"));
		return *p->found.other_version
		               ? err_hint(
		                         e,
		                         "compare with a backup; closebook %s computed it, and may do otherwise than this %s",
		                         p->found.other_version, CLOSEBOOK_VERSION)
		               : err_hint(e, "compare with a backup");
	}
	if (period && table_rows(&p->posted) == 0)
		return fail(e, ERR_USAGE, "%s is not posted", period) || err_hint(e, "closebook close status");
	return true;
}

/* The heads that were published: a chain that lost its end is whole, and not what it was. */
static bool compare_heads(struct context *c, const char *given, bool json, struct err *e)
{
	const char *path = given ? given : c->config.head_file;
	size_t count = 0;
	if (!path)
		return true;
	if (!given && !file_exists(path)) {
		log_warning("%s is not there: no head was published yet, or it is gone", path);
		return true;
	}
	if (!ledger_head_check(&c->db, path, &count, e))
		return false;
	if (!json)
		printf("heads     %zu in %s, all in the chain\n", count, path);
	return true;
}

bool command_verify(struct context *c, int argc, char **argv, struct err *e)
{
	struct verify_arguments a = {0};
	struct period period;
	struct command_line line = {
	        .usage = "closebook verify [--period YYYY-MM] [--head FILE] [--json]",
	        .summary = "Walks the ledger's hash chain and names the first break; computes every posted month anew "
	                   "from the bills, events\n"
	                   "and reference data that its freeze pinned, and its corrections, and compares every amount "
	                   "with what was pinned,\n"
	                   "booked and reported. Exit 77 if anything differs. Keep the head that it prints outside of "
	                   "the database: a chain\n"
	                   "cannot show the loss of its own end.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (a.period && !context_period(a.period, &period, e))
		return false;
	struct proof p = {TABLE_INIT, TABLE_INIT, TABLE_INIT, TABLE_INIT, false, {0}};
	bool fine = prove(c, a.period, &p, e);
	if (fine && a.json)
		print_json(&p);
	else if (fine)
		print(&p);
	fine = fine && judge(&p, a.period, e) && compare_heads(c, a.head, a.json, e);
	db_rollback(&c->db);
	table_release(&p.breaks);
	table_release(&p.posted);
	table_release(&p.differences);
	table_release(&p.head);
	return fine;
}
