/*
 * What closebook.yaml says of the events of a source: how its providers and columns are called, what its files leave
 * out, how it counts tokens and money. Every format of events reads its rows through it.
 */
#pragma once
#include "format/format.h"

/* What a name in `columns` may stand for, beside an event's columns. */
enum { TARGET_ATTRIBUTES = EV_COLUMNS, TARGET_NONE, TARGETS };

struct event_source {
	struct event_check_options check;
	struct provider_names names;
	const struct name_map *columns; /* never NULL; its `to` are event columns, `attributes` and `none` */
	bool input_excludes_cache, cost_in_cents;
	size_t constant_count;
	struct {
		enum event_column column;
		struct slice text;
	} constant[EV_COLUMNS];
	/* Memory of the last event's texts that were computed. */
	char input_tokens[24], cost[DECIMAL_TEXT_MAX];
};
/* Points into itself: it must stay where it is. Fails with ERR_CONFIG when the source names a column that there is not,
 * or one that can't be constant. */
bool event_source_begin(struct event_source *s, const struct reader_options *o, struct err *e);
/* A column, TARGET_ATTRIBUTES or TARGET_NONE; TARGETS if the name is none of these. */
unsigned event_target_find(struct slice name);
bool event_source_has_constant(const struct event_source *s, enum event_column column);
/* event_check with the source's constants filled in before and its counts converted after. */
bool event_source_check(struct event_source *s, struct event *ev, const char **reason);
