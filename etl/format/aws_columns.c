#include "format/aws_columns.h"

enum { KNOWN_KEYS_MAX = 64 << 10 }; /* bytes */

const struct csv_column aws_columns[AWS_COLUMNS] = {
        [AWS_BILLING_ENTITY] = {.name = "bill_billing_entity", .also = {"bill/BillingEntity"}},
        [AWS_PERIOD_START] = {.name = "bill_billing_period_start_date", .also = {"bill/BillingPeriodStartDate"}},
        [AWS_PERIOD_END] = {.name = "bill_billing_period_end_date", .also = {"bill/BillingPeriodEndDate"}},
        [AWS_INVOICE_ID] = {.name = "bill_invoice_id", .also = {"bill/InvoiceId"}},
        [AWS_PAYER_ACCOUNT_ID] = {.name = "bill_payer_account_id", .also = {"bill/PayerAccountId"}},
        [AWS_TIME_INTERVAL] = {.name = "identity_time_interval", .also = {"identity/TimeInterval"}},
        [AWS_CURRENCY] = {.name = "line_item_currency_code", .also = {"lineItem/CurrencyCode"}, .required = true},
        [AWS_DESCRIPTION] = {.name = "line_item_line_item_description", .also = {"lineItem/LineItemDescription"}},
        [AWS_LINE_ITEM_TYPE] = {.name = "line_item_line_item_type",
                                .also = {"lineItem/LineItemType"},
                                .required = true},
        [AWS_PRODUCT_CODE] = {.name = "line_item_product_code", .also = {"lineItem/ProductCode"}, .required = true},
        [AWS_RESOURCE_ID] = {.name = "line_item_resource_id", .also = {"lineItem/ResourceId"}},
        [AWS_USAGE_ACCOUNT_ID] = {.name = "line_item_usage_account_id", .also = {"lineItem/UsageAccountId"}},
        [AWS_USAGE_AMOUNT] = {.name = "line_item_usage_amount", .also = {"lineItem/UsageAmount"}},
        [AWS_USAGE_START] = {.name = "line_item_usage_start_date", .also = {"lineItem/UsageStartDate"}},
        [AWS_USAGE_END] = {.name = "line_item_usage_end_date", .also = {"lineItem/UsageEndDate"}},
        [AWS_USAGE_TYPE] = {.name = "line_item_usage_type", .also = {"lineItem/UsageType"}, .required = true},
        [AWS_UNBLENDED_COST] = {.name = "line_item_unblended_cost", .also = {"lineItem/UnblendedCost"}},
        [AWS_NET_UNBLENDED_COST] = {.name = "line_item_net_unblended_cost", .also = {"lineItem/NetUnblendedCost"}},
        [AWS_IAM_PRINCIPAL] = {.name = "line_item_iam_principal", .also = {"lineItem/IamPrincipal"}},
        [AWS_PRICING_UNIT] = {.name = "pricing_unit", .also = {"pricing/unit"}},
        [AWS_PRODUCT] = {.name = "product"},
        [AWS_PRODUCT_NAME] = {.name = "product_product_name", .also = {"product/ProductName"}},
        [AWS_PRODUCT_FAMILY] = {.name = "product_product_family", .also = {"product/productFamily"}},
        [AWS_PRODUCT_MODEL] = {.name = "product_model", .also = {"product/model"}},
        [AWS_PRODUCT_REGION] = {.name = "product_region_code", .also = {"product/regionCode"}},
        [AWS_RESOURCE_TAGS] = {.name = "resource_tags"},
        [AWS_TAGS] = {.name = "tags"},
};

static const struct {
	const char *type;
	enum charge_type charge;
} charge_types[] = {
        {.type = "Usage", .charge = CHARGE_USAGE},
        {.type = "DiscountedUsage", .charge = CHARGE_USAGE},
        {.type = "SavingsPlanCoveredUsage", .charge = CHARGE_USAGE},
        {.type = "SavingsPlanNegation", .charge = CHARGE_DISCOUNT},
        {.type = "FlatRateSubscription", .charge = CHARGE_FEE},
        {.type = "Tax", .charge = CHARGE_TAX},
        {.type = "Credit", .charge = CHARGE_CREDIT},
        {.type = "Refund", .charge = CHARGE_REFUND},
};

enum charge_type aws_charge_type(struct slice line_item_type)
{
	for (size_t i = 0; i < sizeof charge_types / sizeof *charge_types; i++)
		if (slice_is(line_item_type, charge_types[i].type))
			return charge_types[i].charge;
	if (slice_ends(line_item_type, "Discount"))
		return CHARGE_DISCOUNT;
	return slice_ends(line_item_type, "Fee") ? CHARGE_FEE : CHARGE_ADJUSTMENT;
}

/* Whose tag a key is, by what stands before it. Longer prefixes first. */
static const struct tag_prefix {
	const char *text, *instead;
	int rank;
} tag_prefixes[] = {
        {.text = "resourceTags/", .instead = "", .rank = 0},
        {.text = "resource_tags_", .instead = "", .rank = 0},
        {.text = "iamPrincipal/", .instead = "", .rank = 1},
        {.text = "iam_principal_tags_", .instead = "", .rank = 1},
        {.text = "accountTag/", .instead = "", .rank = 2},
        {.text = "account_tags_", .instead = "", .rank = 2},
        {.text = "costCategory/", .instead = "cost_category_", .rank = 3},
};

static const struct tag_prefix *tag_prefix(struct slice text)
{
	for (size_t i = 0; i < sizeof tag_prefixes / sizeof *tag_prefixes; i++)
		if (slice_starts(text, tag_prefixes[i].text))
			return &tag_prefixes[i];
	return NULL;
}

static bool is_word_start(struct slice text, size_t i)
{
	char before = i ? text.ptr[i - 1] : '_';
	return text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' &&
	       ((before >= 'a' && before <= 'z') || (before >= '0' && before <= '9'));
}

/* Lower case with one underscore between words; bytes above ASCII stay. */
static size_t fold_key(struct slice text, char *out)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		bool upper = c >= 'A' && c <= 'Z';
		bool plain = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
		if ((!plain || is_word_start(text, i)) && len > 0 && out[len - 1] != '_')
			out[len++] = '_';
		if (plain)
			out[len++] = (char)(upper ? c + ('a' - 'A') : c);
	}
	while (len > 0 && out[len - 1] == '_')
		len--;
	return len;
}

struct aws_tag_key aws_tag_key(struct slice text, struct arena *a)
{
	const struct tag_prefix *prefix = tag_prefix(text);
	struct slice own = prefix ? slice_from(text, strlen(prefix->text)) : text;
	struct slice before = slice_of(prefix ? prefix->instead : "");
	struct aws_tag_key out = {.text = text, .rank = prefix ? prefix->rank : 0};
	char *folded = arena_alloc(a, own.len * 2 + 1);
	out.folded = (struct slice){folded, fold_key(own, folded)};
	if (slice_empty(out.folded) || slice_empty(before))
		return out;
	char *joined = arena_alloc(a, before.len + out.folded.len + 1);
	memcpy(joined, before.ptr, before.len);
	memcpy(joined + before.len, out.folded.ptr, out.folded.len);
	out.folded = (struct slice){joined, before.len + out.folded.len};
	return out;
}

bool aws_table_choose(struct aws_table *t, struct csv_reader *r, struct arena *a, const struct source_config *source,
                      struct err *e)
{
	size_t columns = csv_reader_columns(r);
	t->column = arena_alloc(a, (AWS_COLUMNS + 1 + columns) * sizeof(*t->column));
	memcpy(t->column, aws_columns, sizeof(aws_columns));
	t->count = AWS_COLUMNS;
	t->cost = AWS_UNBLENDED_COST;
	if (source && source->cost_column) {
		t->cost = 0;
		while (t->cost < AWS_COLUMNS && strcmp(source->cost_column, aws_columns[t->cost].name) != 0)
			t->cost++;
		if (t->cost == AWS_COLUMNS)
			t->column[t->count++] = (struct csv_column){.name = source->cost_column};
	}
	t->column[t->cost].required = true;
	t->first_tag = t->count;
	t->tag_key = arena_alloc(a, columns * sizeof(*t->tag_key));
	for (size_t i = 0; i < columns; i++) {
		struct slice header = csv_reader_header(r, i);
		if (!tag_prefix(header))
			continue;
		const char *name = arena_cstr(a, header);
		t->tag_key[t->count - t->first_tag] = aws_tag_key(slice_of(name), a);
		t->column[t->count++] = (struct csv_column){.name = name};
	}
	return csv_reader_want(r, t->column, t->count, source ? &source->columns : NULL, false, e);
}

/* Rows mostly have the keys of the row before, in its order. */
static const struct aws_tag_key *known_key(struct aws_tag_reader *reader, size_t place, struct slice text)
{
	struct aws_tag_key *key = &reader->known[place];
	if (!key->text.ptr || !slice_equal(key->text, text))
		*key = aws_tag_key(arena_slice(&reader->known_arena, text), &reader->known_arena);
	return key;
}

static bool add_built_map(struct slice text, struct aws_tag_reader *reader, struct tags *tags, const char **why)
{
	JSON_AUTO map = json_build(&reader->json, text, why);
	if (!map)
		return false;
	*why = "is not a JSON object";
	if (!json_is_object(map))
		return false;
	const char *name;
	json_t *value;
	json_object_foreach(map, name, value)
	{
		struct aws_tag_key key = aws_tag_key(slice_of(name), &reader->arena);
		tags_add(tags, key.folded, arena_slice(&reader->arena, json_text(map, name)), key.rank);
	}
	return true;
}

static bool add_map(struct slice text, struct aws_tag_reader *reader, struct tags *tags, const char **why)
{
	struct flat_map flat;
	if (slice_empty(text) || slice_is(text, "{}"))
		return true;
	if (!flat_map_read(&flat, text))
		return add_built_map(text, reader, tags, why);
	for (size_t i = 0; i < flat.count; i++) {
		const struct aws_tag_key *key = known_key(reader, i, flat.member[i].key);
		tags_add(tags, key->folded, flat.member[i].value, key->rank);
	}
	return true;
}

bool aws_row_tags(const struct csv_reader *r, const struct aws_table *t, struct aws_tag_reader *reader,
                  struct tags *tags, size_t *column, const char **why)
{
	static const enum aws_column maps[] = {AWS_RESOURCE_TAGS, AWS_TAGS};
	tags->count = 0;
	arena_reset(&reader->arena);
	if (reader->known_arena.used > KNOWN_KEYS_MAX) {
		arena_reset(&reader->known_arena);
		memset(reader->known, 0, sizeof(reader->known));
	}
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		*column = maps[i];
		if (!add_map(slice_trim(csv_reader_cell(r, maps[i])), reader, tags, why))
			return false;
	}
	for (size_t i = t->first_tag; i < t->count; i++) {
		const struct aws_tag_key *key = &t->tag_key[i - t->first_tag];
		tags_add(tags, key->folded, csv_reader_cell(r, i), key->rank);
	}
	return true;
}

void aws_tag_reader_release(struct aws_tag_reader *reader)
{
	json_reader_release(&reader->json);
	arena_release(&reader->arena);
	arena_release(&reader->known_arena);
}
