/* closebook ingest PATH…: loads files, and says what became of each. */
#include "run/ingest.h"

#include "base/file.h"
#include "base/log.h"
#include "command/command.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct ingest_arguments {
	const char *source, *format, *threads, *control_total;
	bool again, json;
};
static const struct option table[] = {
        {.name = "source",
         .letter = 's',
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "the source that the files are of (else by their folder, else the format's name)",
         .offset = offsetof(struct ingest_arguments, source)},
        {.name = "format",
         .letter = 'f',
         .kind = OPTION_TEXT,
         .argument = "NAME",
         .help = "their format (else told by their content)",
         .offset = offsetof(struct ingest_arguments, format)},
        {.name = "control-total",
         .kind = OPTION_TEXT,
         .argument = "AMOUNT",
         .help = "what the bill lines of this call must add up to, or nothing of them is loaded",
         .offset = offsetof(struct ingest_arguments, control_total)},
        {.name = "again",
         .kind = OPTION_FLAG,
         .help = "load files also when their bytes were loaded before",
         .offset = offsetof(struct ingest_arguments, again)},
        {.name = "threads",
         .kind = OPTION_TEXT,
         .argument = "N",
         .help = "files read at the same time (default: one per processor)",
         .offset = offsetof(struct ingest_arguments, threads)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "the result as JSON",
         .offset = offsetof(struct ingest_arguments, json)},
        OPTION_END,
};

static void print_help(const struct option_group *group)
{
	struct buf summary = BUF_INIT;
	buf_add_text(&summary, "Loads files and folders. All files of one call that belong to the same set (source, "
	                       "dataset, payer, bucket)\n"
	                       "are one delivery; it supersedes an earlier one. Loading the same file again changes "
	                       "nothing.\n\nFormats:\n");
	for (size_t i = 0; formats[i]; i++)
		buf_printf(&summary, "  %-22s %s\n", formats[i]->name, formats[i]->summary);
	option_help(stdout, "closebook ingest PATH… [OPTIONS]", summary.ptr, group, 1);
	buf_release(&summary);
}

static const char *const outcome_name[] = {"pending", "loaded", "known", "rejected"};

static void print_json(const struct ingest_plan *plan, const struct ingest_totals *t)
{
	json_t *files = json_array();
	for (size_t i = 0; i < plan->file_count; i++) {
		const struct ingest_file *f = plan->file[i];
		char error[1600] = "";
		err_text(&f->error, error, sizeof error);
		json_t *one =
		        json_pack("{s:s, s:s, s:s?, s:s?, s:s?}", "path", f->path, "outcome", outcome_name[f->outcome],
		                  "source", f->source && *f->source ? f->source : NULL, "format",
		                  f->format ? f->format->name : NULL, "sha256", *f->digest ? f->digest : NULL);
		if (f->outcome == FILE_LOADED)
			json_object_update_new(one,
			                       json_pack("{s:I, s:I, s:I, s:I, s:I}", "rows_read",
			                                 (json_int_t)f->load.rows_read, "rows_accepted",
			                                 (json_int_t)(f->load.rows_read - f->load.rows_quarantined -
			                                              f->rows_duplicate),
			                                 "rows_quarantined", (json_int_t)f->load.rows_quarantined,
			                                 "rows_duplicate", (json_int_t)f->rows_duplicate,
			                                 "rows_passed_over", (json_int_t)f->load.rows_passed_over));
		if (f->outcome == FILE_REJECTED)
			json_object_set_new(one, "error", json_string(error));
		json_array_append_new(files, one);
	}
	json_t *root = json_pack("{s:o, s:I, s:I}", "files", files, "deliveries", (json_int_t)t->deliveries,
	                         "superseded", (json_int_t)t->superseded);
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(root);
}

void ingest_print(const struct ingest_totals *t)
{
	printf("files       %" PRIu64 " loaded, %" PRIu64 " known, %" PRIu64 " rejected\n", t->files_loaded,
	       t->files_known, t->files_rejected);
	if (t->files_loaded)
		printf("rows        %" PRIu64 " read = %" PRIu64 " accepted + %" PRIu64 " quarantined + %" PRIu64
		       " duplicate\n",
		       t->rows_read, t->rows_accepted, t->rows_quarantined, t->rows_duplicate);
	if (t->rows_passed_over)
		printf("            %" PRIu64 " of other services passed over\n", t->rows_passed_over);
	if (t->deliveries)
		printf("deliveries  %" PRIu64 ", superseding %" PRIu64 "\n", t->deliveries, t->superseded);
}

bool ingest_finish(const struct ingest_plan *plan, const struct ingest_totals *t, struct err *e)
{
	size_t named = 0;
	for (size_t i = 0; i < plan->file_count; i++) {
		const struct ingest_file *f = plan->file[i];
		if (f->outcome == FILE_KNOWN && named++ < 20)
			log_info("%s: known, %s; nothing to do", path_name(f->path), f->known_as);
		if (f->outcome == FILE_LOADED && f->load.rows_quarantined)
			log_warning("%s: %" PRIu64 " row%s quarantined", path_name(f->path), f->load.rows_quarantined,
			            f->load.rows_quarantined == 1 ? "" : "s");
	}
	if (named > 20)
		log_info("%zu more files are known", named - 20);
	for (size_t i = 0; i < plan->file_count; i++)
		if (plan->file[i]->outcome == FILE_REJECTED)
			log_err(LOG_ERROR, &plan->file[i]->error);
	if (t->files_rejected == 0)
		return true;
	return fail(e, ERR_INPUT, "%" PRIu64 " of %zu file%s gave nothing", t->files_rejected, plan->file_count,
	            plan->file_count == 1 ? "" : "s");
}

bool command_ingest(struct context *c, int argc, char **argv, struct err *e)
{
	struct ingest_arguments a = {0};
	const struct option_group group = {"Options", table, &a};
	struct option_rest rest;
	if (!option_parse(&group, 1, argc, argv, false, &rest, e))
		return false;
	if (rest.help) {
		print_help(&group);
		return true;
	}
	int64_t threads = 0;
	struct decimal total;
	if (rest.count == 0)
		return fail(e, ERR_USAGE, "ingest needs files or folders") || err_hint(e, "closebook ingest PATH…");
	if (a.threads && (!slice_uint(slice_of(a.threads), &threads) || threads < 1 || threads > 16))
		return fail(e, ERR_USAGE, "--threads takes a number from 1 to 16");
	if (a.control_total && !decimal_parse(slice_of(a.control_total), &total, NULL))
		return fail(e, ERR_USAGE, "--control-total %s is not an amount", a.control_total);
	struct ingest_options o = {.path = (const char *const *)rest.argument,
	                           .path_count = (size_t)rest.count,
	                           .source = a.source,
	                           .format = a.format,
	                           .control_total = a.control_total,
	                           .again = a.again,
	                           .threads = (int)threads,
	                           .as_of = c->as_of};
	struct ingest_plan plan = {0};
	struct ingest_totals totals;
	bool fine = ingest_run(&c->db, &c->config, &o, &plan, &totals, e);
	if (fine && a.json)
		print_json(&plan, &totals);
	else if (fine)
		ingest_print(&totals);
	for (int i = 0; fine && plan.file_count == 0 && i < rest.count; i++)
		log_warning("%s: there are no files in it", rest.argument[i]);
	fine = fine && ingest_finish(&plan, &totals, e);
	ingest_plan_release(&plan);
	return fine;
}
