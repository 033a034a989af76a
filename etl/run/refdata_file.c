/*
 * One table of files and columns. Only what a field or a row says by itself is checked here; what rows and files say of
 * each other is checked in sql/refdata/.
 */
#include "run/refdata_file.h"

static struct slice lower(const struct refdata_context *c, struct slice s)
{
	char *text = arena_cstr(c->arena, s);
	for (char *p = text; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return (struct slice){text, s.len};
}

static bool one_of(const struct refdata_context *c, struct slice *value, const char *const *names)
{
	*value = lower(c, *value);
	for (; *names != NULL; names++)
		if (slice_is(*value, *names))
			return true;
	return false;
}

static bool read_provider(const struct refdata_context *c, struct slice *value)
{
	char scratch[64];
	*value = arena_slice(c->arena, provider_canonical(c->providers, *value, scratch));
	return !slice_empty(*value);
}

static bool read_date(const struct refdata_context *c, struct slice *value)
{
	(void)c;
	utc_us at;
	return value->len == strlen("2026-10-01") && value->ptr[4] == '-' && utc_parse(*value, &at);
}

static bool read_period(const struct refdata_context *c, struct slice *value)
{
	(void)c;
	struct period period;
	return period_parse(*value, &period);
}

/* Reads a decimal of at least zero, or more than zero. */
static bool read_decimal(const struct refdata_context *c, struct slice *value, bool may_be_zero)
{
	struct decimal number;
	if (!decimal_parse(*value, &number, NULL) || number.negative || (decimal_is_zero(&number) && !may_be_zero))
		return false;
	char text[DECIMAL_TEXT_MAX];
	size_t len = decimal_text(&number, text);
	*value = arena_slice(c->arena, (struct slice){text, len});
	return true;
}

static bool read_amount(const struct refdata_context *c, struct slice *value)
{
	return read_decimal(c, value, true);
}

static bool read_positive(const struct refdata_context *c, struct slice *value)
{
	return read_decimal(c, value, false);
}

static bool read_count(const struct refdata_context *c, struct slice *value)
{
	struct decimal number;
	int64_t count;
	return read_decimal(c, value, true) && decimal_parse(*value, &number, NULL) && decimal_to_int(&number, &count);
}

static bool read_boolean(const struct refdata_context *c, struct slice *value)
{
	static const char *const yes[] = {"true", "t", "yes", "y", "1", NULL};
	static const char *const no[] = {"false", "f", "no", "n", "0", NULL};
	if (one_of(c, value, yes))
		*value = SLICE("true");
	else if (one_of(c, value, no))
		*value = SLICE("false");
	else
		return false;
	return true;
}

static bool read_usage_class(const struct refdata_context *c, struct slice *value)
{
	*value = lower(c, *value);
	enum usage_class found = usage_class_find(*value);
	return found != CLASS_NONE && found != USAGE_CLASSES;
}

static bool read_charge_type(const struct refdata_context *c, struct slice *value)
{
	*value = lower(c, *value);
	if (slice_starts(*value, "usage:")) {
		struct slice name = slice_from(*value, strlen("usage:"));
		return read_usage_class(c, &name);
	}
	enum charge_type found = charge_type_find(*value);
	return found != CHARGE_TYPES && found != CHARGE_USAGE;
}

static bool read_match_kind(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"tag", "principal", "resource", "api_key", "project", "account", NULL};
	return one_of(c, value, names);
}

static bool read_method(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"pro_rata", "business_unit", NULL};
	return one_of(c, value, names);
}

static bool read_charge_model(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"direct", "allocated", "tiered", "showback", NULL};
	return one_of(c, value, names);
}

static bool read_basis(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"usage", "fixed", NULL};
	return one_of(c, value, names);
}

static bool read_role(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"clearing", "suspense", "recovery", "central", NULL};
	if (one_of(c, value, names))
		return true;
	if (!slice_starts(*value, "clearing:"))
		return false;
	struct slice provider = slice_trim(slice_from(*value, strlen("clearing:")));
	if (slice_empty(provider) || !read_provider(c, &provider))
		return false;
	*value = slice_of(arena_printf(c->arena, "clearing:%.*s", (int)provider.len, provider.ptr));
	return true;
}

static bool read_budget_period(const struct refdata_context *c, struct slice *value)
{
	static const char *const names[] = {"daily", "weekly", "monthly", "quarterly", "yearly", "annual", NULL};
	return read_period(c, value) || one_of(c, value, names);
}

/* "50;80;100", also with commas, bars or blanks: written with semicolons. */
static bool read_alert_thresholds(const struct refdata_context *c, struct slice *value)
{
	char *text = arena_cstr(c->arena, *value);
	for (char *p = text; *p != '\0'; p++)
		if (*p == ',' || *p == '|' || *p == ' ')
			*p = ';';
	struct slice rest = slice_of(text);
	const char *list = "";
	while (!slice_empty(rest)) {
		struct slice item = slice_cut(&rest, ';');
		if (slice_empty(item))
			continue;
		if (!read_positive(c, &item))
			return false;
		list = arena_printf(c->arena, "%s%s%.*s", list, *list ? ";" : "", (int)item.len, item.ptr);
	}
	*value = slice_of(list);
	return *list != '\0';
}

static bool read_currency(const struct refdata_context *c, struct slice *value)
{
	char *text = arena_cstr(c->arena, *value);
	for (char *p = text; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
		if (*p < 'A' || *p > 'Z')
			return false;
	}
	value->ptr = text;
	return value->len == 3;
}

static bool read_word(const struct refdata_context *c, struct slice *value)
{
	*value = lower(c, *value);
	return slice_find(*value, " ") == SIZE_MAX;
}

static const struct refdata_kind provider = {"a provider", read_provider};
static const struct refdata_kind date = {"a date (YYYY-MM-DD)", read_date};
static const struct refdata_kind period = {"a period (YYYY-MM)", read_period};
static const struct refdata_kind amount = {"a decimal number of at least 0", read_amount};
static const struct refdata_kind positive = {"a decimal number above 0", read_positive};
static const struct refdata_kind count = {"a whole number of at least 0", read_count};
static const struct refdata_kind boolean = {"true or false", read_boolean};
static const struct refdata_kind class = {
        "a usage class (input, cache_read, cache_write_5m, cache_write_1h, output, request, image, audio, hour, other)",
        read_usage_class};
static const struct refdata_kind charge = {
        "a charge type (tax, credit, refund, discount, fee, adjustment) or usage:CLASS", read_charge_type};
static const struct refdata_kind match_kind = {"one of tag, principal, resource, api_key, project, account",
                                               read_match_kind};
static const struct refdata_kind method = {"one of pro_rata, business_unit", read_method};
static const struct refdata_kind charge_model = {"one of direct, allocated, tiered, showback", read_charge_model};
static const struct refdata_kind basis = {"one of usage, fixed", read_basis};
static const struct refdata_kind role = {"one of clearing, clearing:PROVIDER, suspense, recovery, central", read_role};
static const struct refdata_kind budget_period = {"a period (YYYY-MM, daily, weekly, monthly, quarterly, yearly)",
                                                  read_budget_period};
static const struct refdata_kind alert_thresholds = {"a list of numbers above 0 (50;80;100)", read_alert_thresholds};
static const struct refdata_kind currency = {"a currency code of three letters", read_currency};
static const struct refdata_kind word = {"a single word", read_word};

enum { OWNER_MATCH_KIND = 1, OWNER_MATCH_VALUE = 2 };
static int check_owner(const struct slice *value, const char **why)
{
	if (!slice_is(value[OWNER_MATCH_KIND], "tag"))
		return -1;
	size_t equals = slice_find(value[OWNER_MATCH_VALUE], "=");
	if (equals != SIZE_MAX && equals > 0)
		return -1;
	*why = "a tag (key=value)";
	return OWNER_MATCH_VALUE;
}

enum { FX_CURRENCY = 1, FX_RATE = 2 };
static int check_fx(const struct slice *value, const char **why)
{
	if (!slice_is(value[FX_CURRENCY], "USD") || slice_is(value[FX_RATE], "1"))
		return -1;
	*why = "1, and rates are USD for 1 unit";
	return FX_RATE;
}

#define VALIDITY                                                                                                       \
	{"valid_from", &date, false},                                                                                  \
	{                                                                                                              \
		"valid_to", &date, false                                                                               \
	}
const struct refdata_file refdata_files[REFDATA_FILES] = {
        {.name = "business_units",
         .column = {{"business_unit_id", NULL, true},
                    {"name", NULL, false},
                    {"cost_center", NULL, false},
                    {"expense_account", NULL, false},
                    {"owner_email", NULL, false},
                    {"owner_login", NULL, false},
                    {"threshold_pct", &amount, false},
                    {"threshold_usd", &amount, false},
                    VALIDITY}},
        {.name = "teams",
         .column = {{"team_id", NULL, true},
                    {"business_unit_id", NULL, true},
                    {"name", NULL, false},
                    {"cost_center", NULL, false},
                    VALIDITY}},
        {.name = "services", .column = {{"service", NULL, true}, {"team_id", NULL, true}, VALIDITY}},
        {.name = "models", .column = {{"provider", &provider, true}, {"alias", NULL, true}, {"model", NULL, true}}},
        {.name = "prices",
         .column = {{"billing_rule_version", NULL, true},
                    {"provider", &provider, true},
                    {"model", NULL, true},
                    {"usage_class", &class, true},
                    {"service_tier", &word, false},
                    {"above_input_tokens", &count, false},
                    {"per_units", &positive, false},
                    {"price_usd", &amount, true},
                    VALIDITY}},
        {.name = "owners",
         .column = {{"provider", &provider, true},
                    [OWNER_MATCH_KIND] = {"match_kind", &match_kind, true},
                    [OWNER_MATCH_VALUE] = {"match_value", NULL, true},
                    {"team_id", NULL, true},
                    VALIDITY},
         .check = check_owner},
        {.name = "allocations",
         .column = {{"charge_type", &charge, true}, {"method", &method, true}, {"target", NULL, false}}},
        {.name = "accounts", .column = {{"role", &role, true}, {"account", NULL, true}}},
        {.name = "budgets",
         .column = {{"budget_id", NULL, true},
                    {"entity_type", &word, true},
                    {"entity_id", NULL, true},
                    {"period", &budget_period, true},
                    {"limit_usd", &amount, true},
                    {"alert_thresholds", &alert_thresholds, false},
                    {"enforced", &boolean, false},
                    {"tier", NULL, false},
                    {"owner", NULL, false}}},
        {.name = "fx",
         .column = {{"period", &period, true},
                    [FX_CURRENCY] = {"currency", &currency, true},
                    [FX_RATE] = {"usd_rate", &positive, true}},
         .check = check_fx},
        {.name = "chargeback",
         .column = {{"business_unit_id", NULL, true},
                    {"model", &charge_model, true},
                    {"markup", &positive, false},
                    {"pool_usd", &amount, false},
                    {"from_tokens", &count, false},
                    {"to_tokens", &count, false},
                    {"usd_per_million", &amount, false},
                    VALIDITY}},
        {.name = "reallocations",
         .column = {{"from_business_unit", NULL, true},
                    {"basis", &basis, true},
                    {"to_business_unit", NULL, false},
                    {"share", &positive, false},
                    VALIDITY}},
};

size_t refdata_column_count(const struct refdata_file *file)
{
	size_t n = 0;
	while (n < REFDATA_COLUMNS && file->column[n].name != NULL)
		n++;
	return n;
}

const struct refdata_file *refdata_file_find(const char *name)
{
	for (size_t i = 0; i < REFDATA_FILES; i++)
		if (strcmp(refdata_files[i].name, name) == 0)
			return &refdata_files[i];
	return NULL;
}

enum { SHOWN_BYTES = 80 };

static const char *not_expected(const struct refdata_context *c, const struct refdata_column *column, struct slice raw,
                                const char *expected)
{
	struct slice shown = slice_head(raw, SHOWN_BYTES);
	while (shown.len < raw.len && ((unsigned char)raw.ptr[shown.len] & 0xc0) == 0x80)
		shown.len--; /* not inside a character */
	return arena_printf(c->arena, "%s \"%.*s\"%s is not %s", column->name, (int)shown.len, shown.ptr,
	                    raw.len > shown.len ? "…" : "", expected);
}

bool refdata_field(const struct refdata_context *c, const struct refdata_column *column, struct slice raw,
                   struct slice *value, const char **message)
{
	raw = slice_trim(raw);
	*value = SLICE_NULL;
	if (slice_empty(raw)) {
		if (column->required)
			*message = arena_printf(c->arena, "%s is empty", column->name);
		return !column->required;
	}
	if (raw.len > REFDATA_FIELD_BYTES)
		*message = arena_printf(c->arena, "%s is longer than %d bytes", column->name, REFDATA_FIELD_BYTES);
	else if (!slice_is_utf8(raw))
		*message = arena_printf(c->arena, "%s is not UTF-8", column->name);
	else {
		struct slice read = raw;
		if (column->kind == NULL || column->kind->read(c, &read)) {
			*value = read;
			return true;
		}
		*message = not_expected(c, column, raw, column->kind->expected);
	}
	return false;
}

bool refdata_row(const struct refdata_context *c, const struct refdata_file *file, const struct slice *value,
                 int *column, const char **message)
{
	const char *why = NULL;
	*column = file->check != NULL ? file->check(value, &why) : -1;
	size_t last = refdata_column_count(file) - 1;
	if (*column < 0 && file->column[last].kind == &date && !slice_empty(value[last]) &&
	    !slice_empty(value[last - 1]) && slice_compare(value[last], value[last - 1]) <= 0) {
		*column = (int)last;
		why = arena_printf(c->arena, "after valid_from %.*s", (int)value[last - 1].len, value[last - 1].ptr);
	}
	if (*column >= 0)
		*message = not_expected(c, &file->column[*column], value[*column], why);
	return *column < 0;
}
