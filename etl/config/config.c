/*
 * Two tables, of the file's keys and of a source's, say what may stand in closebook.yaml; everything else is refused. A
 * key without a value (null) counts as left out. Keys that this version cannot honour are refused too: an option that
 * silently does nothing would be worse.
 */
#include "base/file.h"
#include "config/config_reader.h"
#include "config/place.h"
#include <stdlib.h>
#include <unistd.h>

static const char *const residuals[] = {
        [RESIDUAL_UNATTRIBUTED] = "unattributed", [RESIDUAL_PRO_RATA] = "pro_rata", NULL};
static const char *const final_dates[] = {
        [FINAL_PERIOD_END] = "period_end", [FINAL_NEXT_PERIOD_START] = "next_period_start", NULL};

#define AT(member) .offset = offsetof(struct config, member)
static const struct key threshold_keys[] = {
        {.name = "percent", .read = read_decimal, AT(threshold_percent)},
        {.name = "amount", .read = read_decimal, AT(threshold_amount)},
        {.name = NULL},
};
static const struct key head_keys[] = {
        {.name = "file", .read = read_path, AT(head_file)},
        {.name = "webhook", .read = read_web, AT(head_webhook)},
        {.name = "secret", .read = read_secret, AT(head_secret)},
        {.name = NULL},
};
static const struct key file_keys[] = {
        {.name = "database", .read = read_text, AT(database)},
        {.name = "state_dir", .read = read_path, AT(state_dir)},
        {.name = "landing_dir", .read = read_path, AT(landing_dir)},
        {.name = "out_dir", .read = read_path, AT(out_dir)},
        {.name = "refdata_dir", .read = read_path, AT(refdata_dir)},
        {.name = "currency", .read = read_currency, AT(currency)},
        {.name = "threshold", .read = read_section, .keys = threshold_keys},
        {.name = "residual", .read = read_choice, AT(residual), .choices = residuals},
        {.name = "settle_days", .read = read_days, AT(settle_days)},
        {.name = "retention_days", .read = read_retention, AT(retention_days)},
        {.name = "landing_days", .read = read_retention, AT(landing_days)},
        {.name = "final_date", .read = read_choice, AT(final_date), .choices = final_dates},
        {.name = "ledger_head", .read = read_section, .keys = head_keys},
        {.name = "sources", .read = read_sources},
        {.name = "aliases", .read = read_map, AT(aliases)},
        {.name = "chargeback", .read = refuse},
        {.name = "notify", .read = refuse},
        {.name = NULL},
};
#undef AT

/* ---- The file ---- */

static bool read_file(struct loader *l, struct err *e)
{
	if (!yaml_file_open(&l->yaml, l->config->path, e))
		return false;
	yaml_node_t *root = yaml_file_root(&l->yaml);
	return !root || yaml_is_null(root) || config_read_keys(l, file_keys, root, "the file", l->config, e);
}

static bool find_and_read(struct loader *l, const char *here, const char *named, struct err *e)
{
	struct config *c = l->config;
	if (named && folder_exists(path_join(l->arena, here, named)))
		return fail(e, ERR_CONFIG, "%s is a folder, and no configuration file", named) ||
		       err_hint(e, "name the file: %s", path_join(l->arena, named, "closebook.yaml"));
	if (named && !file_exists(path_join(l->arena, here, named)))
		return fail(e, ERR_CONFIG, "there is no configuration file %s", named) ||
		       err_hint(e, "`closebook init` writes one");
	c->path = named ? path_join(l->arena, here, named) : place_config(l->arena, here);
	l->base = here;
	if (c->path)
		l->base = arena_cstr(l->arena, (struct slice){c->path, (size_t)(path_name(c->path) - c->path)});
	bool done = !c->path || read_file(l, e);
	yaml_file_release(&l->yaml);
	return done;
}

bool config_load(struct config *c, const char *explicit_path, struct err *e)
{
	*c = (struct config){
	        .arena = ARENA_INIT,
	        .currency = "USD",
	        .threshold_percent = "3",
	        .threshold_amount = "500",
	        .settle_days = 3,
	        .retention_days = 90,
	        .landing_days = 90,
	};
	struct loader l = {.config = c, .arena = &c->arena};
	char *here = getcwd(NULL, 0);
	if (!here)
		return fail_errno(e, "cannot tell the current folder");
	const char *named = explicit_path ? explicit_path : place_environment("CLOSEBOOK_CONFIG");
	bool done = find_and_read(&l, arena_strdup(l.arena, here), named, e);
	free(here);
	if (!done)
		return false;
	if (place_environment("CLOSEBOOK_DB_URL"))
		c->database = arena_strdup(l.arena, place_environment("CLOSEBOOK_DB_URL"));
	if (!c->state_dir)
		c->state_dir = place_state_dir(l.arena);
	if (!c->out_dir)
		c->out_dir = config_absolute(&l, "out");
	for (size_t i = 0; i < c->source_count; i++) {
		if (!c->source[i].remote.url)
			continue;
		if (!c->landing_dir)
			c->landing_dir = path_join(l.arena, c->state_dir, "landing");
		c->source[i].uri = path_join(l.arena, c->landing_dir, c->source[i].name);
	}
	return true;
}

void config_release(struct config *c)
{
	arena_release(&c->arena);
	*c = (struct config){.arena = ARENA_INIT};
}
