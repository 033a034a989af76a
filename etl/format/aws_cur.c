/*
 * AWS Cost and Usage Report as CSV: CUR 2.0, legacy, and legacy with snake_case names. It holds every AWS service, so
 * nearly all rows are passed over, and what a row costs to pass over is what reading a report costs: a row is looked
 * at further only when its entity, product code or product family says Bedrock.
 *
 * Two things are known only when the whole delivery was read, which may be many files: which product codes occur (a
 * Marketplace product's tax and credits carry nothing else that tells Bedrock), and whether the net cost column is
 * filled. Lines carry both possibilities, see struct line; who loads the delivery decides.
 */
#include <stdlib.h>

#include "base/file.h"
#include "format/aws_columns.h"
#include "format/aws_usage_type.h"
#include "format/format.h"
#include "format/json.h"
#include "format/unit.h"

enum { CODES_MAX = 64, PASSED_OVER_STEP = 8192 };

/* A time as it was written last: most rows repeat it. */
struct seen_time {
	char text[32];
	size_t len;
	utc_us at;
};

struct cur {
	struct csv_reader *csv;
	struct aws_table table;
	const struct reader_options *o;
	const struct sink *out;
	struct arena arena; /* of the file */
	struct slice dataset;
	struct slice request_id_tag;  /* absent: none configured */
	struct slice code[CODES_MAX]; /* product codes of lines taken so far; what does not fit stays a candidate */
	size_t code_count;
	uint64_t passed_over;
	struct buf announced; /* payer and billing period of the last row passed over */
	struct json_reader json;
	struct aws_usage_types usage_types;
	struct seen_time period_start, period_end, usage_start, usage_end;

	bool tags_read;
	struct buf tags_now,
	        tags_seen; /* of this row, and what `tags`, `request_id` come from: rows often repeat them */
	struct aws_tag_reader tag_reader;
	struct tags tag_list;
	struct buf tags_text;
	struct slice tags, request_id;

	struct buf product_seen; /* the product map that these come from */
	struct arena product_arena;
	struct slice product_name, product_model;
};

static struct slice cell(const struct cur *r, enum aws_column column)
{
	return csv_reader_cell(r->csv, column);
}

static struct slice stated(const struct cur *r, enum aws_column column)
{
	struct slice text = slice_trim(cell(r, column));
	return slice_empty(text) ? SLICE_NULL : text;
}

/* Reads the map column `product`, unless it is the last row's. */
static bool read_product(struct cur *r, struct err *e)
{
	struct slice text = slice_trim(cell(r, AWS_PRODUCT));
	if (slice_equal(text, buf_slice(&r->product_seen)))
		return true;
	buf_reset(&r->product_seen);
	arena_reset(&r->product_arena);
	r->product_name = r->product_model = SLICE_NULL;
	if (slice_empty(text))
		return true;
	const char *why = "is not a JSON object";
	JSON_AUTO map = json_build(&r->json, text, &why);
	if (!map || !json_is_object(map))
		return csv_reader_refuse(r->csv, AWS_PRODUCT, why, e);
	r->product_name = arena_slice(&r->product_arena, json_word(map, "product_name"));
	r->product_model = arena_slice(&r->product_arena, json_word(map, "model"));
	buf_add_slice(&r->product_seen, text);
	return true;
}

static bool row_product_name(struct cur *r, struct slice *name, struct err *e)
{
	*name = cell(r, AWS_PRODUCT_NAME);
	if (!slice_empty(*name) || slice_find(cell(r, AWS_PRODUCT), "Bedrock") == SIZE_MAX)
		return true;
	if (!read_product(r, e))
		return false;
	*name = r->product_name;
	return true;
}

/* Whether the row says by itself that it is Bedrock's. */
static bool is_bedrock(struct cur *r, bool *yes, struct err *e)
{
	struct slice entity = cell(r, AWS_BILLING_ENTITY), code = cell(r, AWS_PRODUCT_CODE);
	*yes = slice_is(cell(r, AWS_PRODUCT_FAMILY), "Amazon Bedrock");
	if (!*yes && (slice_empty(entity) || slice_is(entity, "AWS")))
		*yes = slice_is(code, "AmazonBedrock") || slice_is(code, "AmazonBedrockService") ||
		       slice_is(code, "AmazonBedrockFoundationModels") || slice_is(code, "AmazonBedrockAgentCore");
	if (*yes || !(slice_empty(entity) || slice_is(entity, "AWS Marketplace")))
		return true;
	struct slice name;
	if (!row_product_name(r, &name, e))
		return false;
	*yes = slice_find(name, "Bedrock") != SIZE_MAX;
	return true;
}

static bool knows_code(const struct cur *r, struct slice code)
{
	for (size_t i = 0; i < r->code_count; i++)
		if (slice_equal(r->code[i], code))
			return true;
	return false;
}

/* The part of an ARN after `fields` colons; absent when it is no ARN. */
static struct slice arn_part(struct slice arn, int fields)
{
	if (!slice_starts(arn, "arn:"))
		return SLICE_NULL;
	for (int i = 0; i < fields; i++)
		slice_cut(&arn, ':');
	return slice_empty(arn) ? SLICE_NULL : arn;
}

static bool set_model(struct cur *r, const struct aws_usage_type *type, struct line *l, struct err *e)
{
	static const char edition[] = "(Amazon Bedrock Edition)", foundation[] = "foundation-model/";
	l->model = type->model;
	if (l->model.ptr || !type->has_meter)
		return true;
	struct slice resource = arn_part(cell(r, AWS_RESOURCE_ID), 5);
	if (slice_starts(resource, foundation))
		l->model = slice_from(resource, sizeof(foundation) - 1);
	if (slice_empty(l->model))
		l->model = cell(r, AWS_PRODUCT_MODEL);
	if (slice_empty(l->model)) {
		if (!read_product(r, e))
			return false;
		l->model = r->product_model;
	}
	if (slice_empty(l->model)) {
		struct slice name;
		if (!row_product_name(r, &name, e))
			return false;
		size_t cut = slice_find(name, edition);
		l->model = slice_trim(cut == SIZE_MAX ? name : slice_head(name, cut));
	}
	if (slice_empty(l->model))
		l->model = SLICE_NULL;
	return true;
}

static void set_region(const struct cur *r, const struct aws_usage_type *type, struct line *l)
{
	struct slice arn = arn_part(cell(r, AWS_RESOURCE_ID), 3);
	l->region = type->region ? slice_of(type->region) : cell(r, AWS_PRODUCT_REGION);
	if (slice_empty(l->region))
		l->region = slice_cut(&arn, ':');
	if (slice_empty(l->region))
		l->region = SLICE_NULL;
}

static bool is_token_class(enum usage_class c)
{
	return c >= CLASS_INPUT && c <= CLASS_OUTPUT;
}

/* Marketplace prices in bare "Units": the description's third part says of what ("Million Input Tokens"). */
static int marketplace_places(struct slice description)
{
	slice_cut(&description, '|');
	slice_cut(&description, '|');
	struct slice scale = slice_cut(&description, '|');
	return slice_find(scale, "housand") != SIZE_MAX ? 3 : 6;
}

static bool set_quantity(struct cur *r, const struct aws_usage_type *type, struct line *l, struct err *e)
{
	if (l->charge_type != CHARGE_USAGE)
		return true;
	if (!csv_reader_decimal(r->csv, AWS_USAGE_AMOUNT, &l->has_quantity, &l->quantity, e))
		return false;
	int places = unit_places(stated(r, AWS_PRICING_UNIT), &l->unit);
	if (is_token_class(type->usage_class)) {
		if (slice_is_nocase(l->unit, "units") || (!l->unit.ptr && type->marketplace)) {
			places = marketplace_places(cell(r, AWS_DESCRIPTION));
			l->unit = SLICE("tokens");
		} else if (!l->unit.ptr) {
			/* Thousands or millions, nobody can tell. */
			l->has_quantity = false;
		}
	}
	return !l->has_quantity || decimal_shift(&l->quantity, places) ||
	       csv_reader_refuse(r->csv, AWS_USAGE_AMOUNT, "can't be read: more than 30 integer digits", e);
}

static bool set_cost(struct cur *r, struct line *l, struct err *e)
{
	bool given;
	if (!csv_reader_decimal(r->csv, r->table.cost, &given, &l->cost, e))
		return false;
	l->has_cost = true;
	if (r->o->source && r->o->source->cost_column)
		return true;
	return csv_reader_decimal(r->csv, AWS_NET_UNBLENDED_COST, &l->has_net_cost, &l->net_cost, e);
}

static bool read_time(const struct cur *r, enum aws_column column, struct seen_time *seen, bool *has, utc_us *out,
                      struct err *e)
{
	struct slice text = cell(r, column);
	if (seen->len && slice_equal(text, (struct slice){seen->text, seen->len})) {
		*has = true;
		*out = seen->at;
		return true;
	}
	if (!csv_reader_time(r->csv, column, has, out, e))
		return false;
	if (*has && text.len <= sizeof(seen->text)) {
		memcpy(seen->text, text.ptr, text.len);
		seen->len = text.len;
		seen->at = *out;
	}
	return true;
}

/* The row's window: its own times, else the time interval, else the billing period. */
static bool set_times(struct cur *r, struct line *l, struct err *e)
{
	struct delivery_key *d = &l->delivery;
	bool has_start, has_end, has_period_start, has_period_end;
	if (!read_time(r, AWS_PERIOD_START, &r->period_start, &has_period_start, &d->bucket_start, e) ||
	    !read_time(r, AWS_PERIOD_END, &r->period_end, &has_period_end, &d->bucket_end, e) ||
	    !read_time(r, AWS_USAGE_START, &r->usage_start, &has_start, &l->usage_start, e) ||
	    !read_time(r, AWS_USAGE_END, &r->usage_end, &has_end, &l->usage_end, e))
		return false;
	struct slice until = cell(r, AWS_TIME_INTERVAL), from = slice_cut(&until, '/');
	if (!has_start)
		has_start = utc_parse(from, &l->usage_start);
	if (!has_end)
		has_end = utc_parse(until, &l->usage_end);
	if (!has_start && has_period_start)
		l->usage_start = d->bucket_start;
	else if (!has_start)
		return csv_reader_refuse(r->csv, AWS_USAGE_START, "is missing", e);
	d->period = period_of(has_period_start ? d->bucket_start : l->usage_start);
	if (!has_period_start)
		d->bucket_start = period_start(d->period);
	if (!has_period_end)
		d->bucket_end = period_end(d->period);
	if (!has_end)
		l->usage_end = d->bucket_end;
	return l->usage_end >= l->usage_start || csv_reader_refuse(r->csv, AWS_USAGE_END, "is before the start", e);
}

static struct slice scope_of(const struct aws_usage_type *type)
{
	if (type->global)
		return type->long_context ? SLICE("global,long_context") : SLICE("global");
	if (type->cross_region)
		return type->long_context ? SLICE("cross_region,long_context") : SLICE("cross_region");
	return type->long_context ? SLICE("long_context") : SLICE_NULL;
}

/* What the row's tags come from, in one text. */
static void gather_tags(struct cur *r, struct slice scope, struct buf *out)
{
	static const enum aws_column maps[] = {AWS_RESOURCE_TAGS, AWS_TAGS};
	buf_reset(out);
	buf_add_slice(out, scope);
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		buf_add_char(out, '\0');
		buf_add_slice(out, cell(r, maps[i]));
	}
	for (size_t i = r->table.first_tag; i < r->table.count; i++) {
		buf_add_char(out, '\0');
		buf_add_slice(out, csv_reader_cell(r->csv, i));
	}
}

static bool set_tags(struct cur *r, const struct aws_usage_type *type, struct line *l, struct err *e)
{
	struct slice scope = scope_of(type);
	gather_tags(r, scope, &r->tags_now);
	if (!r->tags_read || !slice_equal(buf_slice(&r->tags_now), buf_slice(&r->tags_seen))) {
		size_t column;
		const char *why = "is not a JSON object";
		r->tags_read = false;
		if (!aws_row_tags(r->csv, &r->table, &r->tag_reader, &r->tag_list, &column, &why))
			return csv_reader_refuse(r->csv, column, why, e);
		struct slice request_id = tags_take(&r->tag_list, r->request_id_tag);
		r->request_id = arena_slice(&r->tag_reader.arena, request_id);
		tags_add(&r->tag_list, SLICE("closebook_scope"), scope, 0);
		r->tags = tags_json(&r->tag_list, &r->tags_text);
		struct buf seen = r->tags_seen;
		r->tags_seen = r->tags_now;
		r->tags_now = seen;
		r->tags_read = true;
	}
	l->tags = r->tags;
	l->request_id = r->request_id;
	return true;
}

static bool take_row(struct cur *r, struct line *l, struct err *e)
{
	const struct aws_usage_type *type = aws_usage_types_find(&r->usage_types, cell(r, AWS_USAGE_TYPE));
	l->line = csv_reader_line(r->csv);
	l->provider = SLICE("bedrock");
	l->usage_class = type->usage_class;
	l->service_tier = slice_of(type->service_tier);
	l->account_id = stated(r, AWS_USAGE_ACCOUNT_ID);
	l->resource_id = stated(r, AWS_RESOURCE_ID);
	l->principal = stated(r, AWS_IAM_PRINCIPAL);
	l->invoice_id = stated(r, AWS_INVOICE_ID);
	l->description = stated(r, AWS_DESCRIPTION);
	l->currency = slice_trim(cell(r, AWS_CURRENCY));
	l->delivery.dataset = r->dataset;
	l->delivery.payer = stated(r, AWS_PAYER_ACCOUNT_ID);
	if (!l->delivery.payer.ptr)
		l->delivery.payer = SLICE("");
	if (slice_empty(l->currency))
		return csv_reader_refuse(r->csv, AWS_CURRENCY, "is missing", e);
	set_region(r, type, l);
	return set_times(r, l, e) && set_model(r, type, l, e) && set_quantity(r, type, l, e) && set_cost(r, l, e) &&
	       set_tags(r, type, l, e) && r->out->line(r->out->context, l, e);
}

static void pass_over(struct cur *r, uint64_t at_least)
{
	if (r->passed_over < at_least)
		return;
	r->out->passed_over(r->out->context, r->passed_over);
	r->passed_over = 0;
}

/* A bill without a row of ours is a delivery all the same: there is nothing to pay any more. */
static bool announce(struct cur *r, struct err *e)
{
	struct slice payer = stated(r, AWS_PAYER_ACCOUNT_ID), start = stated(r, AWS_PERIOD_START);
	struct slice seen = buf_slice(&r->announced);
	if (!start.ptr || (seen.len == payer.len + start.len && slice_equal(slice_head(seen, payer.len), payer) &&
	                   slice_equal(slice_from(seen, payer.len), start)))
		return true;
	buf_reset(&r->announced);
	buf_add_slice(&r->announced, payer);
	buf_add_slice(&r->announced, start);
	struct delivery_key key = {.dataset = r->dataset, .payer = payer.ptr ? payer : SLICE("")};
	bool has_start, has_end;
	if (!csv_reader_time(r->csv, AWS_PERIOD_START, &has_start, &key.bucket_start, e) ||
	    !csv_reader_time(r->csv, AWS_PERIOD_END, &has_end, &key.bucket_end, e))
		return false;
	key.period = period_of(key.bucket_start);
	if (!has_end)
		key.bucket_end = period_end(key.period);
	return r->out->bucket(r->out->context, &key, e);
}

static bool read_row(struct cur *r, struct err *e)
{
	bool bedrock;
	if (!is_bedrock(r, &bedrock, e))
		return false;
	struct slice code = cell(r, AWS_PRODUCT_CODE);
	enum charge_type charge_type = aws_charge_type(cell(r, AWS_LINE_ITEM_TYPE));
	bool known = !bedrock && charge_type != CHARGE_USAGE && knows_code(r, code);
	if (bedrock && r->code_count < CODES_MAX && !slice_empty(code) && !knows_code(r, code))
		r->code[r->code_count++] = arena_slice(&r->arena, code);
	bool is_candidate = !bedrock && !known && charge_type != CHARGE_USAGE && !slice_empty(code);
	if (bedrock || known || is_candidate) {
		struct line l = {.charge_type = charge_type};
		*(is_candidate ? &l.candidate_code : &l.product_code) = code;
		return take_row(r, &l, e);
	}
	r->passed_over++;
	pass_over(r, PASSED_OVER_STEP);
	return announce(r, e);
}

/* "exports/ai-costs-00001.csv.gz" is of the report ai-costs. */
static struct slice report_name(const char *path)
{
	struct slice name = slice_of(path ? path_name(path) : "");
	if (slice_ends(name, ".gz"))
		name.len -= 3;
	if (slice_ends(name, ".csv"))
		name.len -= 4;
	size_t digits = name.len;
	while (digits > 0 && name.ptr[digits - 1] >= '0' && name.ptr[digits - 1] <= '9')
		digits--;
	if (digits < name.len && digits > 1 && name.ptr[digits - 1] == '-')
		name.len = digits - 1;
	return slice_empty(name) ? SLICE("cur") : name;
}

static bool read_rows(struct cur *r, struct err *e)
{
	const struct source_config *source = r->o->source;
	if (csv_reader_columns(r->csv) == 0) /* a chunk that a shrunken export left over is an empty file */
		return true;
	if (!aws_table_choose(&r->table, r->csv, &r->arena, source, e))
		return false;
	if (source && source->request_id_tag)
		r->request_id_tag = aws_tag_key(slice_of(source->request_id_tag), &r->arena).folded;
	const char *dataset = r->o->dataset ? r->o->dataset : source ? source->dataset : NULL;
	r->dataset = dataset ? slice_of(dataset) : report_name(r->o->path);
	for (;;) {
		bool has_row;
		if (!csv_reader_next(r->csv, &has_row, e))
			return false;
		if (!has_row)
			break;
		if (!read_row(r, e))
			return false;
	}
	pass_over(r, 1);
	return true;
}

static bool cur_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct csv_reader *csv = csv_reader_open(in, e);
	if (!csv)
		return false;
	struct cur *r = must_alloc(sizeof(*r));
	r->csv = csv;
	r->o = o;
	r->out = out;
	bool done = read_rows(r, e);
	csv_reader_free(csv);
	json_reader_release(&r->json);
	buf_release(&r->tags_now);
	buf_release(&r->tags_seen);
	buf_release(&r->tags_text);
	buf_release(&r->product_seen);
	buf_release(&r->announced);
	aws_tag_reader_release(&r->tag_reader);
	aws_usage_types_release(&r->usage_types);
	arena_release(&r->product_arena);
	arena_release(&r->arena);
	free(r);
	return done;
}

static bool cur_detect(struct slice head)
{
	return csv_head_count(head, "line_item_") >= 2 || csv_head_count(head, "lineItem/") >= 2;
}

const struct format format_aws_cur = {
        .name = "aws-cur",
        .has_parts = true,
        .is_whole_bill = true,
        .source_type = "aws-cur",
        .summary = "AWS Cost and Usage Report (CUR 2.0 or legacy), CSV",
        .detect = cur_detect,
        .read = cur_read,
};
