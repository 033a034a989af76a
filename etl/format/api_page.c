#include "format/api_page.h"
#include <stdio.h>
#include <stdlib.h>

/*
 * An empty page does not say which endpoint it comes from. Its buckets wait until the end of the file: if the other
 * pages agree on one dataset, it is theirs.
 */
struct waiting_bucket {
	utc_us start, end;
	char payer[64];
};

struct api_pages {
	const struct api_dialect *dialect;
	const struct reader_options *options;
	const struct sink *out;
	const char *path;
	uint64_t results;
	char dataset[64]; /* of the pages so far; "" = none has said */
	char payer[64];   /* likewise */
	bool datasets_differ;
	struct waiting_bucket *waiting;
	size_t waiting_count, waiting_cap;
};

bool api_refuse(const struct api_result *r, const char *member, const char *problem, struct err *e)
{
	fail_input(e, "malformed_row", "%s %s", member, problem);
	return err_where(e, r->path, r->line.line, 0);
}

bool api_quantity(struct api_result *r, enum usage_class klass, struct decimal quantity, const char *unit,
                  const struct sink *out, struct err *e)
{
	struct line line = r->line;
	line.usage_class = klass;
	line.has_quantity = true;
	line.quantity = quantity;
	line.unit = slice_of(unit);
	return out->line(out->context, &line, e);
}

bool api_count(const struct api_result *r, const json_t *object, const char *member, int64_t *out, struct err *e)
{
	return json_count(object, member, out) || api_refuse(r, member, "is not a whole number from 0 to 10^15", e);
}

bool api_stated_count(struct api_result *r, const json_t *object, const char *member, enum usage_class klass,
                      const char *unit, const struct sink *out, struct err *e)
{
	int64_t count;
	return api_count(r, object, member, &count, e) &&
	       (!json_text(object, member).ptr || api_quantity(r, klass, decimal_of_int(count), unit, out, e));
}

bool api_decimal(const struct api_result *r, const json_t *object, const char *member, const char *name,
                 struct decimal *out, bool *given, struct err *e)
{
	const char *why = NULL;
	if (json_decimal(object, member, out, given, &why))
		return true;
	struct slice text = slice_head(json_text(object, member), 80);
	fail_input(e, "malformed_row", "%s \"%.*s\": %s", name, (int)text.len, text.ptr ? text.ptr : "", why);
	return err_where(e, r->path, r->line.line, 0);
}

bool api_cost(struct api_result *r, const json_t *object, const char *amount, const char *name, char currency[4],
              struct err *e)
{
	if (!api_decimal(r, object, amount, name, &r->line.cost, &r->line.has_cost, e))
		return false;
	if (!r->line.has_cost)
		return api_refuse(r, name, "is missing", e);
	struct slice code = json_text(object, "currency");
	if (code.len != 3)
		return api_refuse(r, "currency", "is not a currency code of three letters", e);
	for (size_t i = 0; i < 3; i++) {
		char letter = code.ptr[i] >= 'a' && code.ptr[i] <= 'z' ? (char)(code.ptr[i] - 'a' + 'A') : code.ptr[i];
		if (letter < 'A' || letter > 'Z')
			return api_refuse(r, "currency", "is not a currency code of three letters", e);
		currency[i] = letter;
	}
	currency[3] = '\0';
	r->line.currency = (struct slice){currency, 3};
	return true;
}

struct slice api_tier(struct slice tier)
{
	bool is_standard = slice_is(tier, "default") || slice_is(tier, "on_demand") || slice_is(tier, "auto");
	return is_standard ? SLICE("standard") : tier;
}

static bool refuse_page(const struct api_pages *p, uint64_t line, const char *problem, struct err *e)
{
	fail_input(e, "malformed_row", "%s", problem);
	return err_where(e, p->path, line, 0);
}

static void keep_name(char out[64], struct slice name)
{
	snprintf(out, 64, "%.*s", (int)slice_head(name, 63).len, name.ptr);
}

/* What the first result of a page says of its endpoint and payer holds for all its buckets. Whether there is a result.
 */
static bool look_ahead(struct api_pages *p, const json_t *data)
{
	size_t i, j;
	const json_t *bucket, *result;
	bool has_results = false;
	json_array_foreach(data, i, bucket)
	{
		json_array_foreach(json_object_get(bucket, "results"), j, result)
		{
			char scratch[64];
			struct slice dataset = p->dialect->dataset(result, scratch);
			struct slice payer = p->dialect->payer ? json_word(result, p->dialect->payer) : SLICE_NULL;
			if (payer.ptr)
				keep_name(p->payer, payer);
			if (dataset.ptr && !has_results) {
				p->datasets_differ |= p->dataset[0] && !slice_is(dataset, p->dataset);
				keep_name(p->dataset, dataset);
			}
			has_results = true;
		}
	}
	return has_results;
}

static struct delivery_key key_of(const struct api_pages *p, utc_us start, utc_us end, const char *payer)
{
	return (struct delivery_key){
	        .dataset = slice_of(p->options->dataset ? p->options->dataset : p->dataset),
	        .payer = slice_of(payer),
	        .bucket_start = start,
	        .bucket_end = end,
	        .period = period_of(start),
	};
}

static void wait_for_dataset(struct api_pages *p, utc_us start, utc_us end)
{
	if (p->waiting_count == p->waiting_cap) {
		p->waiting_cap = p->waiting_cap ? 2 * p->waiting_cap : 64;
		p->waiting = must_realloc(p->waiting, p->waiting_cap * sizeof *p->waiting);
	}
	struct waiting_bucket *w = &p->waiting[p->waiting_count++];
	w->start = start;
	w->end = end;
	memcpy(w->payer, p->payer, sizeof w->payer);
}

static bool read_result(struct api_pages *p, const json_t *result, struct delivery_key key, struct err *e)
{
	char scratch[64];
	struct slice payer = p->dialect->payer ? json_word(result, p->dialect->payer) : SLICE_NULL;
	if (payer.ptr)
		key.payer = payer;
	struct api_result r = {
	        .json = result,
	        .path = p->path,
	        .line =
	                {
	                        .line = ++p->results,
	                        .delivery = key,
	                        .charge_type = CHARGE_USAGE,
	                        .provider = slice_of(p->dialect->provider),
	                        .currency = SLICE("USD"),
	                        .usage_start = key.bucket_start,
	                        .usage_end = key.bucket_end,
	                },
	};
	struct slice dataset = p->dialect->dataset(result, scratch);
	if (!dataset.ptr)
		return api_refuse(&r, "the result", "is of no kind that is known", e);
	if (!slice_is(dataset, p->dataset))
		return api_refuse(&r, "the result", "is of another endpoint than the page's first one", e);
	return p->dialect->result(&r, p->out, e);
}

static bool read_bucket(struct api_pages *p, const json_t *bucket, bool has_results, uint64_t line, struct err *e)
{
	const struct api_dialect *d = p->dialect;
	const json_t *result, *results = json_object_get(bucket, "results");
	utc_us start, end;
	size_t i;
	if (!d->time(json_text(bucket, d->start), &start) || !d->time(json_text(bucket, d->end), &end) ||
	    end <= start) {
		fail_input(e, "malformed_row", "a bucket's %s and %s are not two times in order", d->start, d->end);
		return err_where(e, p->path, p->results + 1, 0);
	}
	if (!json_is_array(results))
		return refuse_page(p, line, "a bucket has no array \"results\"", e);
	if (!has_results && !p->options->dataset) {
		wait_for_dataset(p, start, end);
		return true;
	}
	struct delivery_key key = key_of(p, start, end, p->payer);
	if (!p->out->bucket(p->out->context, &key, e))
		return false;
	json_array_foreach(results, i, result)
	{
		if (!read_result(p, result, key, e))
			return false;
	}
	return true;
}

static bool read_page(struct api_pages *p, const json_t *page, uint64_t line, struct err *e)
{
	const json_t *bucket, *data = json_object_get(page, "data");
	struct slice message = json_text(json_object_get(page, "error"), "message");
	size_t i;
	if (message.ptr) {
		fail_input(e, "malformed_row", "the file holds an error that the API returned: %.*s",
		           (int)slice_head(message, 300).len, message.ptr);
		err_hint(e, "fetch it again");
		return err_where(e, p->path, line, 0);
	}
	if (!json_is_array(data))
		return refuse_page(p, line, "not a page of the API: no array \"data\"", e);
	if (p->dialect->payer && json_word(page, p->dialect->payer).ptr)
		keep_name(p->payer, json_word(page, p->dialect->payer));
	bool has_results = look_ahead(p, data);
	json_array_foreach(data, i, bucket)
	{
		if (!read_bucket(p, bucket, has_results, line, e))
			return false;
	}
	return true;
}

static bool settle_waiting(struct api_pages *p, struct err *e)
{
	if (p->waiting_count && (!p->dataset[0] || p->datasets_differ)) {
		refuse_page(p, 1, "empty buckets, and nothing in the file says which endpoint they come from", e);
		return err_hint(e, "name it with --dataset, such as costs or usage/completions");
	}
	for (size_t i = 0; i < p->waiting_count; i++) {
		const struct waiting_bucket *w = &p->waiting[i];
		struct delivery_key key = key_of(p, w->start, w->end, w->payer[0] ? w->payer : p->payer);
		if (!p->out->bucket(p->out->context, &key, e))
			return false;
	}
	return true;
}

bool api_pages_read(const struct api_dialect *d, struct stream *in, const struct reader_options *o,
                    const struct sink *out, struct err *e)
{
	struct api_pages p = {.dialect = d, .options = o, .out = out, .path = stream_path(in)};
	struct json_reader reader = {0};
	struct json_records records;
	struct slice text;
	bool ok;
	json_records_begin(&records, in, false, JSON_DOCUMENT_MAX);
	while ((ok = json_records_next(&records, &text, e)) && text.ptr) {
		JSON_AUTO page = json_build_document(&reader, text, p.path, records.line, e);
		ok = page && read_page(&p, page, records.line, e);
		if (!ok)
			break;
	}
	ok = ok && settle_waiting(&p, e);
	json_records_release(&records);
	json_reader_release(&reader);
	free(p.waiting);
	return ok;
}
