/* closebook nightly: what cron calls. Quiet when nobody needs to look; variances are findings, not failures. */
#include "run/nightly.h"

#include "base/log.h"
#include "command/command.h"
#include "report/files.h"
#include "run/ledger_head.h"
#include "run/pull.h"
#include "run/refdata.h"
#include "run/replay.h"
#include "run/retention.h"
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

struct nightly_arguments {
	bool verbose, strict;
};
static const struct option table[] = {
        {.name = "summary",
         .kind = OPTION_FLAG,
         .help = "print the summary also where stdout is no terminal",
         .offset = offsetof(struct nightly_arguments, verbose)},
        {.name = "strict",
         .kind = OPTION_FLAG,
         .help = "exit 69 if any source could not be pulled, not only if all could not",
         .offset = offsetof(struct nightly_arguments, strict)},
        OPTION_END,
};

static bool apply_refdata(struct context *c, struct err *e)
{
	if (!c->config.refdata_dir)
		return true;
	struct refdata_result r = REFDATA_RESULT_INIT;
	bool fine = refdata_apply(&c->db, c->config.refdata_dir, &c->config, &r, e);
	for (size_t i = 0; i < r.problem_count; i++)
		log_error("%s:%" PRIu64 ": %s", r.problem[i].file, r.problem[i].line, r.problem[i].message);
	refdata_result_release(&r);
	return fine;
}

/* Fetches what is new. A source that fails does not stop the night, unless every one does. */
static bool pull(struct context *c, const struct nightly_arguments *a, bool summary, struct err *missing, struct err *e)
{
	struct pull_options o = {.as_of = c->as_of, .from = UTC_NONE, .to = UTC_NONE};
	struct pull_results r = {0};
	bool fine = pull_run(&c->db, &c->config, &o, &r, e);
	if (fine && summary)
		pull_print(&r, false);
	pull_log(&r);
	if (fine)
		pull_verdict(&r, a->strict, missing);
	pull_results_release(&r);
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
		fail(input, ERR_INPUT, "%" PRIu64 " file%s gave nothing; the rest was loaded and reconciled",
		     totals.files_rejected, totals.files_rejected == 1 ? "" : "s");
	ingest_plan_release(&plan);
	arena_release(&arena);
	return fine;
}

/* A period's line for whoever has to look at it, and the one that the last night told; in an arena. */
struct news {
	struct slice period, line, told;
};

static bool read_news(struct context *c, struct arena *a, struct period period, struct news *out, struct err *e)
{
	char name[PERIOD_TEXT_MAX];
	period_text(period, name);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(&c->db, "report/attention", DB_PARAMS(name), &r, e))
		return false;
	*out = (struct news){slice_of(arena_strdup(a, name)), slice_of(arena_strdup(a, db_text(&r, 0, 0))),
	                     slice_of(arena_strdup(a, db_text(&r, 0, 1)))};
	return true;
}

/* What was told counts as told only when it was written, and the night has done all of its work. */
static bool remember(struct context *c, struct arena *a, const struct news *news, size_t count, struct err *e)
{
	struct slice *period = arena_alloc(a, (count + 1) * sizeof *period);
	struct slice *line = arena_alloc(a, (count + 1) * sizeof *line);
	for (size_t i = 0; i < count; i++) {
		period[i] = news[i].period;
		line[i] = news[i].line;
	}
	if (fflush(stdout) != 0)
		return fail_errno(e, "cannot write to standard output");
	return db_run(&c->db, "report/tell", DB_PARAMS(db_text_array(a, period, count), db_text_array(a, line, count)),
	              NULL, e);
}

static bool reconcile(struct context *c, bool summary, struct err *e)
{
	struct arena arena = ARENA_INIT;
	struct period *period = NULL;
	size_t count = 0, corrected;
	bool fine = reconcile_periods(&c->db, &arena, &period, &count, e);
	struct news *news = arena_alloc(&arena, (count + 1) * sizeof *news);
	for (size_t i = 0; fine && i < count; i++) {
		const char *folder = NULL;
		fine = reconcile_run(&c->db, &c->config, period[i], c->as_of, false, e) &&
		       report_write(&c->db, c->config.out_dir, period[i], &arena, &folder, e) &&
		       read_news(c, &arena, period[i], &news[i], e);
		if (fine && !summary && news[i].line.len > 0 && !slice_equal(news[i].line, news[i].told))
			printf("%s (%s)\n", news[i].line.ptr, folder);
		if (fine && summary) {
			printf("\n");
			fine = report_print(stdout, &c->db, period[i], e);
			printf("\nReports: %s/{variance.csv,exceptions.csv,journal.csv,summary.json,manifest.json}\n",
			       folder);
		}
	}
	fine = fine && replay_corrections(&c->db, &corrected, e);
	if (fine && count == 0 && summary)
		printf("nothing to reconcile: no lines and no events\n");
	fine = fine && remember(c, &arena, news, count, e);
	arena_release(&arena);
	return fine;
}

/* Nobody needs to look at it: an unattended night says it with -v only. */
static bool drop_superseded(struct context *c, bool summary, struct err *e)
{
	struct retention_totals t;
	if (!retention_run(&c->db, &c->config, c->as_of, &t, e))
		return false;
	if (t.deliveries || t.in_use)
		log_at(summary ? LOG_INFO : LOG_DEBUG,
		       "dropped %" PRIu64 " lines of %" PRIu64
		       " deliveries that were superseded more than %d days ago%s",
		       t.lines, t.deliveries, c->config.retention_days,
		       t.in_use ? "; others are being read and stay for another night" : "");
	return true;
}

bool command_nightly(struct context *c, int argc, char **argv, struct err *e)
{
	struct nightly_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook nightly [--summary] [--strict]",
	        .summary =
	                "Pulls what is new from the sources, applies refdata_dir, ingests what is new in the sources' folders and landing_dir, "
	                "reconciles every month that\n"
	                "has data (or files that gave nothing), drafts its accrual and writes its reports; drops "
	                "lines of bills that\n"
	                "were superseded more than retention_days ago.\n"
	                "Without a terminal it says only what somebody has to look at, unless the last night told "
	                "the same. A variance\n"
	                "is a finding and not a failure: exit 0. A file that gives nothing is named, and the exit "
	                "code is then 65.",
	        .table = table,
	        .target = &a,
	        .arguments = 0,
	};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	bool summary = a.verbose || isatty(STDOUT_FILENO);
	struct err input = ERR_INIT, missing = ERR_INIT;
	if (!pull(c, &a, summary, &missing, e) || !apply_refdata(c, e) || !load(c, summary, &input, e) ||
	    !reconcile(c, summary, e) || !drop_superseded(c, summary, e) ||
	    !pull_clear_landing(&c->db, &c->config, c->as_of, e) || !ledger_head_publish(&c->db, &c->config, e))
		return false;
	if (input.kind != ERR_NONE || missing.kind != ERR_NONE)
		*e = input.kind != ERR_NONE ? input : missing;
	return e->kind == ERR_NONE;
}
