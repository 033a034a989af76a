/*
 * Gateway events as CSV, under gateway.event's own column names (or the config's `columns:` map). Columns that are none
 * of these go to attributes. A bad row is quarantined and reading goes on: one gateway's slip must not hold up the
 * month.
 */
#include <stdlib.h>

#include "format/csv.h"
#include "format/event_source.h"
#include "format/json.h"
#include "format/tags.h"

/* Beside the event's columns: what an export of gateway.event holds already as JSON. */
enum { COLUMN_ATTRIBUTES = EV_COLUMNS, COLUMNS };

struct events {
	struct csv_reader *csv;
	const struct sink *out;
	struct event_source source;
	struct json_reader json;
	struct buf price; /* the last unit_price that was found valid: a gateway repeats it row after row */
	struct buf attributes;
	bool is_dropped[CSV_COLUMNS_MAX]; /* columns of the file that `columns:` calls none */
};

static bool is_object(struct events *r, struct slice text)
{
	const char *why;
	JSON_AUTO value = json_build(&r->json, text, &why);
	return json_is_object(value);
}

static bool check_price(struct events *r, struct slice text, const char **reason)
{
	if (slice_empty(text) || slice_equal(text, buf_slice(&r->price)))
		return true;
	if (!is_object(r, text)) {
		*reason = "unit_price is not a JSON object";
		return false;
	}
	buf_reset(&r->price);
	buf_add_slice(&r->price, text);
	return true;
}

static bool is_kept(struct slice header, struct slice value)
{
	return !slice_empty(header) && !slice_empty(value);
}

/* The members of the column `attributes`, then one member for each column that is not an event's. */
static bool join_attributes(struct events *r, struct slice *attributes, const char **reason)
{
	struct buf *out = &r->attributes;
	struct slice given = slice_trim(csv_reader_cell(r->csv, COLUMN_ATTRIBUTES));
	buf_reset(out);
	if (!slice_empty(given) && !is_object(r, given)) {
		*reason = "attributes is not a JSON object";
		return false;
	}
	if (!slice_empty(given))
		given = slice_trim(slice_head(slice_from(given, 1), given.len - 2));
	buf_add_char(out, '{');
	buf_add_slice(out, given);
	for (size_t i = 0; i < csv_reader_columns(r->csv); i++) {
		struct slice header = csv_reader_header(r->csv, i), value = csv_reader_other(r->csv, i);
		if (r->is_dropped[i] || !is_kept(header, value))
			continue;
		if (out->len > 1)
			buf_add_char(out, ',');
		json_string_add(out, header);
		buf_add_char(out, ':');
		json_string_add(out, value);
	}
	buf_add_char(out, '}');
	*attributes = out->len > 2 ? buf_slice(out) : SLICE_NULL;
	return true;
}

static bool fill_event(struct events *r, struct event *ev, const char **reason)
{
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		ev->text[c] = csv_reader_cell(r->csv, c);
	ev->text[EV_UNIT_PRICE] = slice_trim(ev->text[EV_UNIT_PRICE]);
	return check_price(r, ev->text[EV_UNIT_PRICE], reason) && join_attributes(r, &ev->attributes, reason) &&
	       event_source_check(&r->source, ev, reason);
}

static bool read_rows(struct events *r, struct err *e)
{
	for (;;) {
		enum csv_result result = csv_reader_try(r->csv, e);
		if (result == CSV_END || result == CSV_FAILED)
			return result == CSV_END;
		struct event ev = {.line = csv_reader_line(r->csv)};
		const char *reason = result == CSV_BAD_ROW ? csv_reader_fault(r->csv) : NULL;
		bool usable = result == CSV_ROW && fill_event(r, &ev, &reason);
		bool taken = usable ? r->out->event(r->out->context, &ev, e)
		                    : r->out->quarantine(r->out->context, ev.line, reason, csv_reader_raw(r->csv), e);
		if (!taken)
			return false;
	}
}

static bool choose_columns(struct events *r, struct err *e)
{
	struct csv_column column[COLUMNS] = {[COLUMN_ATTRIBUTES] = {.name = "attributes"}};
	for (enum event_column c = 0; c < EV_COLUMNS; c++)
		column[c] = (struct csv_column){
		        .name = event_columns[c].name,
		        .required = event_columns[c].required && !event_source_has_constant(&r->source, c),
		};
	for (size_t i = 0; i < csv_reader_columns(r->csv); i++) {
		const char *to = name_map_find(r->source.columns, csv_reader_header(r->csv, i));
		r->is_dropped[i] = to && event_target_find(slice_of(to)) == TARGET_NONE;
	}
	return csv_reader_want(r->csv, column, COLUMNS, r->source.columns, true, e);
}

static bool events_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct csv_reader *csv = csv_reader_open(in, e);
	if (!csv)
		return false;
	struct events r = {.csv = csv, .out = out};
	bool done = event_source_begin(&r.source, o, e) && choose_columns(&r, e) && read_rows(&r, e);
	csv_reader_free(csv);
	json_reader_release(&r.json);
	buf_release(&r.price);
	buf_release(&r.attributes);
	return done;
}

static bool events_detect(struct slice head)
{
	static const char *const names[] = {"request_id", "timestamp", "provider", NULL};
	return csv_head_has(head, names);
}

const struct format format_events_csv = {
        .name = "events-csv",
        .source_type = "events",
        .summary = "gateway events, CSV",
        .yields_events = true,
        .detect = events_detect,
        .read = events_read,
};
