/* closebook pull [SOURCE…] */
#include "run/pull.h"

#include "base/log.h"
#include "command/command.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

struct pull_arguments {
	const char *from, *to;
	bool dry_run, strict, json;
};
static const struct option table[] = {
        {.name = "from",
         .kind = OPTION_TEXT,
         .argument = "DATE",
         .help = "fetch again from this day on (UTC)",
         .offset = offsetof(struct pull_arguments, from)},
        {.name = "to",
         .kind = OPTION_TEXT,
         .argument = "DATE",
         .help = "up to this day, which is not fetched",
         .offset = offsetof(struct pull_arguments, to)},
        {.name = "dry-run",
         .kind = OPTION_FLAG,
         .help = "list what would be fetched",
         .offset = offsetof(struct pull_arguments, dry_run)},
        {.name = "strict",
         .kind = OPTION_FLAG,
         .help = "exit 69 if any source fails, not only if all do",
         .offset = offsetof(struct pull_arguments, strict)},
        {.name = "json",
         .kind = OPTION_FLAG,
         .help = "what each source gave",
         .offset = offsetof(struct pull_arguments, json)},
        OPTION_END,
};

static bool read_day(const char *text, const char *option, utc_us *out, struct err *e)
{
	*out = UTC_NONE;
	if (!text || (strlen(text) == strlen("2026-10-01") && utc_parse(slice_of(text), out)))
		return true;
	return fail(e, ERR_USAGE, "%s %s is not a date", option, text) || err_hint(e, "write it like 2026-10-01");
}

static void print_json(const struct pull_results *r, bool dry_run)
{
	json_t *sources = json_array();
	for (size_t i = 0; i < r->count; i++) {
		const struct pull_result *p = &r->result[i];
		json_t *one = json_pack("{s:s, s:s, s:I, s:I, s:I}", "source", p->source->name, "outcome",
		                        p->error.kind != ERR_NONE ? "failed" : "done", "files", (json_int_t)p->files,
		                        "bytes", (json_int_t)p->bytes, "requests", (json_int_t)p->requests);
		if (p->error.kind != ERR_NONE)
			json_object_set_new(one, "error", json_string(p->error.message));
		json_t *planned = json_array();
		for (struct slice rest = buf_slice(&p->planned); rest.len > 0;) {
			struct slice line = slice_cut(&rest, '\n');
			json_array_append_new(planned, json_stringn(line.ptr, line.len));
		}
		if (dry_run)
			json_object_set(one, "planned", planned);
		json_decref(planned);
		json_array_append_new(sources, one);
	}
	json_t *root = json_pack("{s:o}", "sources", sources);
	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', stdout);
	json_decref(root);
}

void pull_print(const struct pull_results *r, bool dry_run)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct pull_result *p = &r->result[i];
		if (dry_run)
			fwrite(p->planned.ptr ? p->planned.ptr : "", 1, p->planned.len, stdout);
		printf("%-11s %" PRIu64 " file%s%s, %" PRIu64 " bytes, %" PRIu64 " request%s%s\n", p->source->name,
		       p->files, p->files == 1 ? "" : "s", dry_run ? " to fetch" : "", p->bytes, p->requests,
		       p->requests == 1 ? "" : "s", p->error.kind != ERR_NONE ? "; failed" : "");
	}
}

void pull_log(const struct pull_results *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct err why = r->result[i].error;
		if (why.kind == ERR_NONE)
			continue;
		struct err said = ERR_INIT;
		fail(&said, why.kind, "source %s: %s", r->result[i].source->name, why.message);
		if (why.hint[0])
			err_hint(&said, "%s", why.hint);
		log_err(LOG_ERROR, &said);
	}
}

bool command_pull(struct context *c, int argc, char **argv, struct err *e)
{
	struct pull_arguments a = {0};
	struct command_line line = {
	        .usage = "closebook pull [SOURCE…] [--from DATE] [--to DATE] [--dry-run] [--strict] [--json]",
	        .summary =
	                "Fetches new exports of the configured sources (all of them, or those named) into landing_dir, from "
	                "where `ingest` and\n`nightly` load them. What was loaded is not fetched again; days that providers "
	                "restate are asked for again. One\nsource that fails does not stop the others: it is named, and "
	                "becomes a missing_delivery of the month.",
	        .table = table,
	        .target = &a,
	        .arguments = 256,
	};
	struct pull_options o = {.as_of = c->as_of, .from = UTC_NONE, .to = UTC_NONE};
	if (!command_parse(&line, argc, argv, e) || line.rest.help)
		return e->kind == ERR_NONE;
	if (!read_day(a.from, "--from", &o.from, e) || !read_day(a.to, "--to", &o.to, e))
		return false;
	if (o.from != UTC_NONE && o.to != UTC_NONE && o.from >= o.to)
		return fail(e, ERR_USAGE, "--from %s is not before --to %s", a.from, a.to);
	o.name = (const char *const *)line.rest.argument;
	o.count = (size_t)line.rest.count;
	o.dry_run = a.dry_run;
	struct pull_results r = {0};
	bool fine = pull_run(&c->db, &c->config, &o, &r, e);
	if (fine && a.json)
		print_json(&r, a.dry_run);
	else if (fine)
		pull_print(&r, a.dry_run);
	if (fine && r.count == 0)
		log_info("no source is fetched: their `uri`s are folders");
	pull_log(&r);
	fine = fine && pull_verdict(&r, a.strict, e);
	if (fine && r.failed)
		log_warning("%zu of %zu sources could not be pulled", r.failed, r.count);
	pull_results_release(&r);
	return fine;
}
