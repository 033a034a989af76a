/* closebook nightly: what cron calls. Quiet when nobody needs to look; variances are findings, not failures. */
#include "run/nightly.h"

#include "base/log.h"
#include "command/command.h"
#include "report/files.h"
#include "run/refdata.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct nightly_arguments {
	bool verbose;
};
static const struct option table[] = {
        {.name = "summary",
         .kind = OPTION_FLAG,
         .help = "print the summary also where stdout is no terminal",
         .offset = offsetof(struct nightly_arguments, verbose)},
        OPTION_END,
};

static bool apply_refdata(struct context *c, struct err *e)
{
	if (!c->config.refdata_dir)
		return true;
	struct refdata_result r = REFDATA_RESULT_INIT;
	bool fine = refdata_apply(&c->db, c->config.refdata_dir, &c->config.aliases, &r, e);
	for (size_t i = 0; i < r.problem_count; i++)
		log_error("%s:%" PRIu64 ": %s", r.problem[i].file, r.problem[i].line, r.problem[i].message);
	refdata_result_release(&r);
	return fine;
}

/* Loads what is new. A file that gives nothing does not stop the night; it decides the exit code at the end. */
static bool load(struct context *c, bool summary, struct err *input, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct ingest_options o = {.as_of = c->as_of, .only_new = true};
	struct ingest_plan plan = {0};
	struct ingest_totals totals = {0};
	bool fine = nightly_paths(&c->config, &arena, &o.path, &o.path_count, e) &&
	            ingest_run(&c->db, &c->config, &o, &plan, &totals, e);
	if (fine && summary)
		ingest_print(&totals);
	for (size_t i = 0; fine && i < plan.file_count; i++)
		if (plan.file[i]->outcome == FILE_REJECTED)
			log_err(LOG_ERROR, &plan.file[i]->error);
	if (fine && totals.files_rejected)
		fail(input, ERR_INPUT, "%" PRIu64 " files gave nothing; the rest was loaded and reconciled",
		     totals.files_rejected);
	ingest_plan_release(&plan);
	arena_release(&arena);
	return fine;
}

/* What somebody has to look at in a period, in a line; "" when nobody has to. In the arena. */
static bool attention(struct context *c, struct period period, struct arena *a, const char **line, struct err *e)
{
	char name[PERIOD_TEXT_MAX];
	period_text(period, name);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(&c->db, "report/attention", DB_PARAMS(name), &r, e))
		return false;
	*line = arena_strdup(a, db_rows(&r) > 0 ? db_text(&r, 0, 0) : "");
	return true;
}

static bool reconcile(struct context *c, bool summary, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct period *period = NULL;
	size_t count = 0;
	bool fine = reconcile_periods(&c->db, &arena, &period, &count, e);
	for (size_t i = 0; fine && i < count; i++) {
		const char *folder = NULL, *before = NULL, *after = NULL;
		fine = attention(c, period[i], &arena, &before, e) &&
		       reconcile_run(&c->db, &c->config, period[i], c->as_of, e) &&
		       report_write(&c->db, c->config.out_dir, period[i], &arena, &folder, e) &&
		       attention(c, period[i], &arena, &after, e);
		/* Under cron: what is new since the night before, and nothing else. */
		if (fine && !summary && *after && strcmp(before, after) != 0)
			printf("%s (%s)\n", after, folder);
		if (fine && summary) {
			printf("\n");
			fine = report_print(stdout, &c->db, period[i], e);
			printf("\nReports: %s/{variance.csv,exceptions.csv,journal.csv,summary.json,manifest.json}\n",
			       folder);
		}
	}
	if (fine && count == 0 && summary)
		printf("nothing to reconcile: no lines and no events\n");
	arena_release(&arena);
	return fine;
}

bool command_nightly(struct context *c, int argc, char **argv, struct err *e)
{
	struct nightly_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook nightly",
	        .summary = "Applies refdata_dir, ingests what is new in the sources' folders and landing_dir, "
	                   "reconciles every open period,\n"
	                   "drafts its accrual and writes its reports. Without a terminal it says only what somebody "
	                   "has to look at since the night before; a variance\n"
	                   "is a finding and not a failure: exit 0. A file that gives nothing is named, and the exit "
	                   "code is then 65.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	bool summary = a.verbose || isatty(STDOUT_FILENO);
	struct err input = ERR_INIT;
	if (!apply_refdata(c, e) || !load(c, summary, &input, e) || !reconcile(c, summary, e))
		return false;
	if (input.kind != ERR_NONE)
		*e = input;
	return input.kind == ERR_NONE;
}
