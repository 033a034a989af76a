/* What stands around the reader: cells as numbers and times, and header lines when a format is being told. */
#include "format/csv.h"

#include <stdio.h>

/* Smaller numbers (dates without hyphens, counts) are no unix seconds of any bill: 2001-09-09. */
#define UNIX_FROM (INT64_C(1000000000) * UTC_SECOND)

bool csv_reader_decimal(const struct csv_reader *r, size_t column, bool *has, struct decimal *out, struct err *e)
{
	struct slice text = slice_trim(csv_reader_cell(r, column));
	*has = !slice_empty(text);
	*out = (struct decimal){0};
	const char *why = "not a decimal number";
	if (!*has || decimal_parse(text, out, &why))
		return true;
	char problem[128];
	snprintf(problem, sizeof(problem), "can't be read: %s", why);
	return csv_reader_refuse(r, column, problem, e);
}

bool csv_reader_time(const struct csv_reader *r, size_t column, bool *has, utc_us *out, struct err *e)
{
	struct slice text = slice_trim(csv_reader_cell(r, column));
	*has = !slice_empty(text);
	*out = UTC_NONE;
	if (!*has || utc_parse(text, out) || (utc_parse_unix(text, out) && *out >= UNIX_FROM))
		return true;
	return csv_reader_refuse(r, column, "is not a time", e);
}

/* The next header name; a header with quoted commas or line feeds in its names is none that detection knows. */
static bool next_name(struct slice *rest, struct slice *name)
{
	if (slice_empty(*rest))
		return false;
	*name = slice_cut(rest, ',');
	if (name->len >= 2 && name->ptr[0] == '"' && name->ptr[name->len - 1] == '"')
		*name = slice_from(slice_head(*name, name->len - 1), 1);
	return true;
}

static struct slice first_line(struct slice head)
{
	if (slice_starts(head, BYTE_ORDER_MARK))
		head = slice_from(head, 3);
	struct slice line = slice_cut(&head, '\n');
	return slice_ends(line, "\r") ? slice_head(line, line.len - 1) : line;
}

bool csv_head_has(struct slice head, const char *const *names)
{
	for (; *names; names++) {
		struct slice rest = first_line(head), name;
		bool found = false;
		while (!found && next_name(&rest, &name))
			found = slice_is(name, *names);
		if (!found)
			return false;
	}
	return true;
}

size_t csv_head_count(struct slice head, const char *prefix)
{
	size_t count = 0;
	struct slice rest = first_line(head), name;
	while (next_name(&rest, &name))
		count += slice_starts(name, prefix);
	return count;
}
