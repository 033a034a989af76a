/* What an id on the command line stands for: shared by explain and packet. */
#include "command/command.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

char *context_match_defaults(const struct context *context)
{
	const struct config *c = &context->config;
	json_t *sources = json_array();
	for (size_t i = 0; i < c->source_count; i++) {
		json_t *one = json_pack("{s:s}", "source", c->source[i].name);
		for (int d = 0; d < DIM_COUNT; d++)
			if (c->source[i].defaults[d])
				json_object_set_new(one, dimension_name[d], json_string(c->source[i].defaults[d]));
		json_array_append_new(sources, one);
	}
	json_t *root = json_pack("{s:o}", "sources", sources);
	char *text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

/* PERIOD, or PERIOD/ and something that it does not have. */
static bool fail_in_period(struct context *c, const char *id, struct err *e)
{
	char period[PERIOD_TEXT_MAX];
	const char *rest = id[7] ? id + 8 : "";
	snprintf(period, sizeof period, "%.7s", id);
	bool is_bucket = strncmp(rest, "bucket/", 7) == 0;
	if (!context_reconciled(c, period, NULL, e))
		return false;
	if (!*rest || strcmp(rest, "TOTAL") == 0) {
		fail(e, ERR_USAGE, "%s is the whole month", id);
		return err_hint(e,
		                "`closebook variance --period %s` shows it; explain takes one of its rows, like %s/%s",
		                period, period, "unattributed");
	}
	if (is_bucket) {
		fail(e, ERR_USAGE, "there is no bucket %s in %s", rest + 7, period);
		return err_hint(e, "`closebook explain %s/BUSINESS_UNIT` names the largest", period);
	}
	return context_reconciled(c, period, rest, e);
}

bool context_subject(struct context *c, const char *id, const char *in_period, const char *provider,
                     struct db_result *known, struct err *e)
{
	struct db *db = &c->db;
	struct period period;
	if (!db_run(db, "explain/known", DB_PARAMS(id, in_period, provider), known, e))
		return false;
	if (db_rows(known) == 0 && !db_run(db, "explain/known_lines", DB_PARAMS(id, in_period, provider), known, e))
		return false;
	if (db_rows(known) == 0 && period_parse(slice_head(slice_of(id), 7), &period) && (!id[7] || id[7] == '/'))
		return fail_in_period(c, id, e);
	if (db_rows(known) == 0) {
		fail(e, ERR_USAGE, "nothing is known of %s", id);
		return err_hint(
		        e,
		        "an id is a request id, PERIOD/BUSINESS_UNIT (2026-10/search), PERIOD/bucket/N, a journal id "
		        "with or "
		        "without /LINE, or an exception id; months show after `closebook reconcile --period YYYY-MM`");
	}
	if (strcmp(db_text(known, 0, 0), "exception") == 0 && db_rows(known) > 1) {
		fail(e, ERR_USAGE, "several exceptions begin with %s", id);
		return err_hint(e, "%s and %s, for example", db_text(known, 0, 2), db_text(known, 1, 2));
	}
	return true;
}
