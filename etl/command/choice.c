/* What a person may have meant: names that are not known are refused with those that are. */
#include "command/command.h"
#include <string.h>

enum { CHOICES = 200, SHOWN_LENGTH = 440, GROUPINGS = 16 };

bool context_choose(const struct db_result *known, const char *given, const char *what, struct err *e)
{
	const char *names[CHOICES];
	size_t count = db_rows(known) < CHOICES ? db_rows(known) : CHOICES;
	struct buf list = BUF_INIT;
	for (size_t i = 0; i < db_rows(known); i++)
		if (strcmp(db_text(known, i, 0), given) == 0)
			return true;
	for (size_t i = 0; i < count; i++) {
		names[i] = db_text(known, i, 0);
		if (list.len + strlen(names[i]) < SHOWN_LENGTH)
			buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
	}
	if (count > 0 && !slice_ends(buf_slice(&list), names[count - 1]))
		buf_add_text(&list, ", …");
	const char *nearest = option_nearest(given, names, count);
	fail(e, ERR_USAGE, "there is no %s %s", what, given);
	if (nearest)
		err_hint(e, "did you mean %s?", nearest);
	else
		err_hint(e, "there are %s", list.ptr);
	buf_release(&list);
	return false;
}

static const char *grouping_column(const struct grouping *known, size_t count, struct slice word)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is(word, known[i].word))
			return known[i].column;
	return NULL;
}

const char *context_groupings(struct arena *a, const char *option, const char *list, const struct grouping *known,
                              size_t count, struct err *e)
{
	struct slice item[GROUPINGS], rest = slice_of(list);
	size_t chosen = 0;
	while (rest.ptr && chosen < GROUPINGS) {
		struct slice word = slice_trim(slice_cut(&rest, ','));
		const char *column = grouping_column(known, count, word);
		if (!column) {
			const char *words = known[0].word;
			for (size_t i = 1; i < count; i++)
				words = arena_printf(a, "%s, %s", words, known[i].word);
			fail(e, ERR_USAGE, "%s does not know %.*s", option, (int)word.len, word.ptr);
			err_hint(e, "it takes %s, separated by commas", words);
			return NULL;
		}
		item[chosen++] = slice_of(column);
	}
	return db_text_array(a, item, chosen);
}

bool context_reconciled(struct context *c, const char *period, const char *business_unit, struct err *e)
{
	DB_RESULT units = DB_RESULT_INIT;
	struct period parsed;
	if (!context_period(period, &parsed, e) || !db_run(&c->db, "report/units", DB_PARAMS(period), &units, e))
		return false;
	if (db_rows(&units) == 0) {
		fail(e, ERR_USAGE, "period %s has not been reconciled", period);
		return err_hint(e, "closebook reconcile --period %s", period);
	}
	struct buf what = BUF_INIT;
	buf_printf(&what, "business unit in %s called", period);
	bool fine = !business_unit || context_choose(&units, business_unit, what.ptr, e);
	buf_release(&what);
	return fine;
}
