#include "format/bill_csv.h"

#include <stdlib.h>

#define COUNT_MAX INT64_C(1000000000000000)

/* A file with a bad row is rejected, and with it the deliveries that it takes part in: they must be known. */
static bool bill_announce(struct bill_csv *b, const struct line *l)
{
	struct err ignored = ERR_INIT;
	return b->out->bucket(b->out->context, &l->delivery, &ignored);
}

static bool read_rows(struct bill_csv *b, const struct bill_csv_spec *spec, struct err *e)
{
	const struct source_config *source = b->o->source;
	if (!csv_reader_want(b->csv, spec->columns, spec->count, source ? &source->columns : NULL, false, e))
		return false;
	const char *dataset = b->o->dataset ? b->o->dataset : source ? source->dataset : NULL;
	for (;;) {
		bool has_row;
		if (!csv_reader_next(b->csv, &has_row, e))
			return false;
		if (!has_row)
			return !b->failed;
		struct line l = {.line = csv_reader_line(b->csv), .currency = SLICE("USD")};
		l.delivery.dataset = slice_of(dataset ? dataset : spec->dataset);
		l.delivery.payer = SLICE("");
		if (b->failed) {
			/* Only the deliveries that the rest of the file takes part in are of interest now. */
			struct err ignored = ERR_INIT;
			spec->row(b, &l, &ignored);
		} else if (!spec->row(b, &l, e)) {
			b->failed = true;
		}
		if (b->failed && l.delivery.is_day_of_file && !bill_announce(b, &l))
			return false;
	}
}

bool bill_csv_read(const struct bill_csv_spec *spec, struct stream *in, const struct reader_options *o,
                   const struct sink *out, struct err *e)
{
	struct csv_reader *csv = csv_reader_open(in, e);
	if (!csv)
		return false;
	struct bill_csv *b = must_alloc(sizeof(*b));
	b->csv = csv;
	b->o = o;
	b->out = out;
	bool done = read_rows(b, spec, e);
	csv_reader_free(csv);
	buf_release(&b->tags_text);
	free(b);
	return done;
}

struct slice bill_cell(const struct bill_csv *b, size_t column)
{
	return csv_reader_cell(b->csv, column);
}

struct slice bill_stated(const struct bill_csv *b, size_t column)
{
	struct slice text = slice_trim(bill_cell(b, column));
	return slice_empty(text) ? SLICE_NULL : text;
}

void bill_set_day(struct line *l)
{
	l->delivery.bucket_start = utc_day_start(l->usage_start);
	l->delivery.bucket_end = l->delivery.bucket_start + UTC_DAY;
	l->delivery.period = period_of(l->usage_start);
	l->delivery.is_day_of_file = true;
}

bool bill_currency(const struct bill_csv *b, size_t column, char code[4], struct line *l, struct err *e)
{
	struct slice text = bill_stated(b, column);
	if (text.len != 3)
		return csv_reader_refuse(b->csv, column, text.len ? "is not a currency" : "is missing", e);
	for (size_t i = 0; i < 3; i++) {
		char c = text.ptr[i];
		code[i] = c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
		if (code[i] < 'A' || code[i] > 'Z')
			return csv_reader_refuse(b->csv, column, "is not a currency", e);
	}
	code[3] = '\0';
	l->currency = (struct slice){code, 3};
	return true;
}

bool bill_yield(struct bill_csv *b, const struct line *l, struct err *e)
{
	return b->failed || b->out->line(b->out->context, l, e);
}

bool bill_count(const struct bill_csv *b, size_t column, bool *has, int64_t *out, struct err *e)
{
	struct decimal d;
	*out = 0;
	if (!csv_reader_decimal(b->csv, column, has, &d, e))
		return false;
	if (!*has)
		return true;
	if (!decimal_to_int(&d, out) || *out < 0 || *out > COUNT_MAX)
		return csv_reader_refuse(b->csv, column, "is not a count", e);
	return true;
}

bool bill_quantities(struct bill_csv *b, struct line *l, const struct bill_quantity *table, size_t count, struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		int64_t quantity;
		if (!bill_count(b, table[i].column, &l->has_quantity, &quantity, e))
			return false;
		if (!l->has_quantity)
			continue;
		l->quantity = decimal_of_int(quantity);
		l->usage_class = table[i].usage_class;
		l->unit = slice_of(table[i].unit);
		if (!bill_yield(b, l, e))
			return false;
	}
	return true;
}
