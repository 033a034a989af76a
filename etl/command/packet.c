/* closebook packet: evidence that stands alone. */
#include "report/packet.h"
#include "command/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct packet_arguments {
	const char *period, *dispute, *provider, *out, *rows;
	bool zip, tar;
};
static const struct option table[] = {
        {.name = "period",
         .letter = 'p',
         .kind = OPTION_TEXT,
         .argument = "YYYY-MM",
         .help = "the month",
         .offset = offsetof(struct packet_arguments, period)},
        {.name = "dispute",
         .kind = OPTION_TEXT,
         .argument = "ID",
         .help = "what it is about: anything that `closebook explain` takes; also a business unit (default: the whole month)",
         .offset = offsetof(struct packet_arguments, dispute)},
        {.name = "provider",
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "where several providers know the request id: this one",
         .offset = offsetof(struct packet_arguments, provider)},
        {.name = "out",
         .letter = 'o',
         .kind = OPTION_TEXT,
         .argument = "FOLDER",
         .help = "where to (default: out_dir of the configuration)",
         .offset = offsetof(struct packet_arguments, out)},
        {.name = "zip",
         .kind = OPTION_FLAG,
         .help = "also as a .zip beside the folder",
         .offset = offsetof(struct packet_arguments, zip)},
        {.name = "tar",
         .kind = OPTION_FLAG,
         .help = "also as a .tar.gz",
         .offset = offsetof(struct packet_arguments, tar)},
        {.name = "rows",
         .kind = OPTION_TEXT,
         .argument = "N",
         .help = "at most so many rows a file, the largest (default: 100000); what is cut is said with its total",
         .offset = offsetof(struct packet_arguments, rows)},
        OPTION_END,
};

static bool check_rows(const char *rows, struct err *e)
{
	int64_t count;
	return (slice_uint(slice_of(rows), &count) && count > 0 && count <= 10000000) ||
	       fail(e, ERR_USAGE, "--rows takes a number from 1 to 10000000, not %s", rows);
}

/* Whether what is disputed is of the month; what can be of several months is. */
static bool check_period(struct context *c, const struct packet_request *r, struct err *e)
{
	DB_RESULT of = DB_RESULT_INIT;
	if (!db_run(&c->db, "packet/period_of", DB_PARAMS(r->kind->name, r->id), &of, e))
		return false;
	if (db_is_null(&of, 0, 0) || strcmp(db_text(&of, 0, 0), r->period) == 0)
		return true;
	fail(e, ERR_USAGE, "%s is of %s, not of %s", r->id, db_text(&of, 0, 0), r->period);
	return err_hint(e, "closebook packet --period %s --dispute %s", db_text(&of, 0, 0), r->id);
}

static bool choose(struct context *c, const struct packet_arguments *a, struct packet_request *r,
                   struct db_result *known, struct err *e)
{
	if (!a->dispute)
		return true;
	if (!context_subject(c, a->dispute, a->period, a->provider, known, e))
		return false;
	r->kind = explain_kind_find(db_text(known, 0, 0), db_text(known, 0, 3));
	if (!r->kind)
		return fail(e, ERR_BUG, "explain/known.sql names an unknown kind %s", db_text(known, 0, 0));
	r->provider = db_text(known, 0, 1);
	r->id = db_text(known, 0, 2);
	if (strcmp(r->kind->name, "request") == 0 && db_rows(known) > 1 && strcmp(db_text(known, 1, 0), "request") == 0)
		return fail(e, ERR_USAGE, "several providers know the request %s", r->id) ||
		       err_hint(e, "choose with --provider: %s or %s, for example", db_text(known, 0, 1),
		                db_text(known, 1, 1));
	return check_period(c, r, e);
}

bool command_packet(struct context *c, int argc, char **argv, struct err *e)
{
	struct packet_arguments a = {.rows = "100000"};
	struct command_line line = {
	        .usage = "closebook packet --period YYYY-MM [--dispute ID] [--out FOLDER] [--zip] [--tar] [--rows N]",
	        .summary =
	                "Writes the evidence for a month, or for what is disputed in it, to OUT/PERIOD/packet-…, complete "
	                "or not at all: a README\n"
	                "with the arithmetic, the explanation, events, bill lines with file and digest, the rules in "
	                "force, and who approved what.\n"
	                "It stands alone, and nothing in the database changes.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (!check_rows(a.rows, e) || !context_reconciled(c, a.period, NULL, e))
		return false;
	struct arena arena = ARENA_INIT;
	DB_RESULT known = DB_RESULT_INIT;
	struct packet_result written;
	char *defaults = context_match_defaults(c);
	struct packet_request r = {
	        .period = a.period,
	        .id = a.period,
	        .defaults = defaults,
	        .percent = c->config.threshold_percent,
	        .amount = c->config.threshold_amount,
	        .rows = a.rows,
	        .as_of = c->as_of,
	        .zip = a.zip,
	        .tar = a.tar,
	};
	bool fine = choose(c, &a, &r, &known, e) &&
	            packet_write(&c->db, &r, a.out ? a.out : c->config.out_dir, &arena, &written, e);
	if (fine)
		printf("%s\n", written.folder);
	for (size_t i = 0; fine && i < sizeof written.archive / sizeof *written.archive; i++)
		if (written.archive[i])
			printf("%s\n", written.archive[i]);
	free(defaults);
	arena_release(&arena);
	return fine;
}
