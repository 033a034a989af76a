#include "format/event_source.h"

#include "config/option.h"
#include <inttypes.h>
#include <stdio.h>

static const struct name_map no_columns;

unsigned event_target_find(struct slice name)
{
	if (slice_is(name, "attributes"))
		return TARGET_ATTRIBUTES;
	if (slice_is(name, "none"))
		return TARGET_NONE;
	enum event_column column = event_column_find(name);
	return column == EV_COLUMNS ? TARGETS : (unsigned)column;
}

static bool fail_unknown(const struct source_config *source, const char *key, const char *name, struct err *e)
{
	const char *names[EV_COLUMNS];
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		names[c] = event_columns[c].name;
	const char *nearest = option_nearest(name, names, EV_COLUMNS);
	fail(e, ERR_CONFIG, "`%s` of source %s: events have no column `%s`", key, source->name ? source->name : "",
	     name);
	if (nearest)
		err_hint(e, "did you mean `%s`?", nearest);
	return false;
}

static bool check_columns(const struct source_config *source, struct err *e)
{
	for (size_t i = 0; i < source->columns.count; i++) {
		const char *name = source->columns.pair[i].to;
		if (event_target_find(slice_of(name)) == TARGETS)
			return fail_unknown(source, "columns", name, e);
	}
	return true;
}

/* What tells calls apart, and prices, whose JSON is checked row by row, are no constants. */
static bool can_be_constant(enum event_column c)
{
	return c != EV_REQUEST_ID && c != EV_TIMESTAMP && c != EV_UNIT_PRICE;
}

static bool read_constants(struct event_source *s, const struct source_config *source, struct err *e)
{
	for (size_t i = 0; i < source->constants.count; i++) {
		const struct name_pair *pair = &source->constants.pair[i];
		enum event_column column = event_column_find(slice_of(pair->from));
		if (column == EV_COLUMNS)
			return fail_unknown(source, "constants", pair->from, e);
		if (!can_be_constant(column))
			return fail(e, ERR_CONFIG, "`constants` of source %s: `%s` can't be the same for all events",
			            source->name ? source->name : "", pair->from);
		s->constant[s->constant_count].column = column;
		s->constant[s->constant_count++].text = slice_of(pair->to);
	}
	return true;
}

bool event_source_begin(struct event_source *s, const struct reader_options *o, struct err *e)
{
	const struct source_config *source = o->source;
	*s = (struct event_source){
	        .check = {.as_of = o->as_of, .providers = &s->names},
	        .names = {.source_map = source ? &source->provider_map : NULL, .aliases = o->provider_aliases},
	        .columns = source ? &source->columns : &no_columns,
	        .input_excludes_cache = source && source->excludes_cache,
	        .cost_in_cents = source && source->cost_in_cents,
	};
	return !source || (check_columns(source, e) && read_constants(s, source, e));
}

bool event_source_has_constant(const struct event_source *s, enum event_column column)
{
	for (size_t i = 0; i < s->constant_count; i++)
		if (s->constant[i].column == column)
			return true;
	return false;
}

/* Counts are at most 10^12 each. */
static void add_cache(struct event_source *s, struct event *ev)
{
	static const enum event_column cache[] = {EV_CACHE_READ_INPUT_TOKENS, EV_CACHE_WRITE_INPUT_TOKENS};
	int64_t total = slice_empty(ev->text[EV_INPUT_TOKENS]) ? 0 : ev->number[EV_INPUT_TOKENS];
	bool any = false;
	for (size_t i = 0; i < sizeof cache / sizeof *cache; i++) {
		if (slice_empty(ev->text[cache[i]]))
			continue;
		total += ev->number[cache[i]];
		any = true;
	}
	if (!any)
		return;
	int len = snprintf(s->input_tokens, sizeof s->input_tokens, "%" PRId64, total);
	ev->number[EV_INPUT_TOKENS] = total;
	ev->text[EV_INPUT_TOKENS] = (struct slice){s->input_tokens, (size_t)len};
}

static bool cents_to_usd(struct event_source *s, struct event *ev, const char **reason)
{
	if (slice_empty(ev->text[EV_COMPUTED_COST_USD]))
		return true;
	if (!decimal_shift(&ev->computed_cost_usd, -2)) {
		*reason = "computed_cost_usd can't be read";
		return false;
	}
	size_t len = decimal_text(&ev->computed_cost_usd, s->cost);
	ev->text[EV_COMPUTED_COST_USD] = (struct slice){s->cost, len};
	return true;
}

bool event_source_check(struct event_source *s, struct event *ev, const char **reason)
{
	for (size_t i = 0; i < s->constant_count; i++) {
		struct slice *text = &ev->text[s->constant[i].column];
		if (slice_empty(slice_trim(*text)))
			*text = s->constant[i].text;
	}
	if (!event_check(ev, &s->check, reason))
		return false;
	if (s->input_excludes_cache)
		add_cache(s, ev);
	return !s->cost_in_cents || cents_to_usd(s, ev, reason);
}
