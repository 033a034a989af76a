/* Calls, teams and budgets from a gateway's own database; what is particular to LiteLLM is in store/litellm. */
#include "config/secret.h"
#include "run/pull_task.h"
#include "store/litellm.h"

enum { URI_SHOWN_MAX = 512 };

/* Where what was loaded ends, by the clock of the gateway. */
static bool newest_loaded(struct pull_task *p, utc_us *newest, struct err *e)
{
	char uri[URI_SHOWN_MAX];
	DB_RESULT r = DB_RESULT_INIT;
	db_uri_display(p->source->remote.url, uri, sizeof uri);
	*newest = UTC_NONE;
	if (!db_run(p->db, "pull/newest_version", DB_PARAMS(p->source->name, uri), &r, e))
		return false;
	if (!db_is_null(&r, 0, 0))
		utc_parse(db_slice(&r, 0, 0), newest);
	return true;
}

bool pull_gateway(struct pull_task *p, struct err *e)
{
	const struct remote_config *r = &p->source->remote;
	const char *password = r->secret ? secret_read(r->secret, p->arena, e) : NULL;
	utc_us newest;
	struct litellm_totals t;
	if ((r->secret && !password) || !newest_loaded(p, &newest, e))
		return false;
	struct litellm_options o = {.source = p->source,
	                            .password = password,
	                            .folder = p->folder,
	                            .from = pull_from(p, newest),
	                            .to = p->options->to};
	char from[UTC_TEXT_MAX], shown[URI_SHOWN_MAX];
	utc_text(o.from, from);
	db_uri_display(r->url, shown, sizeof shown);
	if (pull_plans(p, arena_printf(p->arena, "%s from %s on", shown, from), 1, 0))
		return true;
	bool fine = litellm_pull(p->db, &o, &t, e);
	p->result->files += t.files;
	return fine;
}
