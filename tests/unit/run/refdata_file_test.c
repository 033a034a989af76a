#include "run/refdata_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"

/* A field of a file, and its one form; NULL: it is refused. */
static const struct {
	const char *file, *column, *raw, *value;
} fields[] = {
        {"teams", "team_id", "  chat ", "chat"},
        {"teams", "team_id", "   ", NULL},
        {"teams", "name", "", ""},
        {"teams", "name", "Caf\xc3\xa9", "Caf\xc3\xa9"},
        {"teams", "name", "Caf\xe9", NULL},
        {"teams", "valid_from", "2026-02-28", "2026-02-28"},
        {"teams", "valid_from", "2026-02-29", NULL},
        {"teams", "valid_from", "20260228", NULL},
        {"teams", "valid_from", "2026-02-28T00:00:00Z", NULL},
        {"models", "provider", "AWS_Bedrock", "bedrock"},
        {"models", "provider", "Acme", "acme"},
        {"models", "provider", "mine", "openai"},
        {"business_units", "threshold_pct", "3.50", "3.5"},
        {"business_units", "threshold_pct", "0", "0"},
        {"business_units", "threshold_pct", "-0.1", NULL},
        {"business_units", "threshold_usd", "5E2", "500"},
        {"business_units", "threshold_usd", "1 000", NULL},
        {"prices", "price_usd", "0", "0"},
        {"prices", "price_usd", "", NULL},
        {"prices", "per_units", "0", NULL},
        {"prices", "per_units", "1e6", "1000000"},
        {"prices", "above_input_tokens", "200000.0", "200000"},
        {"prices", "above_input_tokens", "0.5", NULL},
        {"prices", "above_input_tokens", "-1", NULL},
        {"prices", "usage_class", "Cache_Read", "cache_read"},
        {"prices", "usage_class", "cached", NULL},
        {"prices", "service_tier", "Batch", "batch"},
        {"owners", "match_kind", "API_KEY", "api_key"},
        {"owners", "match_kind", "key", NULL},
        {"allocations", "charge_type", "Tax", "tax"},
        {"allocations", "charge_type", "usage", NULL},
        {"allocations", "charge_type", "usage:other", "usage:other"},
        {"allocations", "charge_type", "usage:", NULL},
        {"allocations", "method", "pro_rata", "pro_rata"},
        {"allocations", "method", "equal", NULL},
        {"accounts", "role", "clearing", "clearing"},
        {"accounts", "role", "Clearing: aws_bedrock", "clearing:bedrock"},
        {"accounts", "role", "clearing:", NULL},
        {"accounts", "role", "payable", NULL},
        {"budgets", "period", "2026-10", "2026-10"},
        {"budgets", "period", "monthly", "monthly"},
        {"budgets", "period", "2026-13", NULL},
        {"budgets", "alert_thresholds", "50, 80 | 100.0", "50;80;100"},
        {"budgets", "alert_thresholds", ";", NULL},
        {"budgets", "alert_thresholds", "50;-1", NULL},
        {"budgets", "enforced", "Yes", "true"},
        {"budgets", "enforced", "0", "false"},
        {"budgets", "enforced", "perhaps", NULL},
        {"fx", "period", "2026-10-01", NULL},
        {"fx", "currency", "eur", "EUR"},
        {"fx", "currency", "EU1", NULL},
        {"fx", "currency", "EU", NULL},
        {"fx", "usd_rate", "0", NULL},
        {"chargeback", "model", "Showback", "showback"},
        {"chargeback", "model", "free", NULL},
        {"chargeback", "markup", "1.20", "1.2"},
        {"chargeback", "markup", "0", NULL},
        {"chargeback", "to_tokens", "1e6", "1000000"},
        {"chargeback", "usd_per_million", "0", "0"},
        {"reallocations", "basis", "Usage", "usage"},
        {"reallocations", "basis", "tokens", NULL},
        {"reallocations", "to_business_unit", "", ""},
        {"reallocations", "share", "25%", NULL},
};

static const struct name_pair alias = {"mine", "openai"};
static const struct name_map aliases = {(struct name_pair *)&alias, 1};
static const struct provider_names providers = {.aliases = &aliases};

static const struct refdata_column *column_of(const struct refdata_file *file, const char *name)
{
	for (size_t i = 0; i < refdata_column_count(file); i++)
		if (strcmp(file->column[i].name, name) == 0)
			return &file->column[i];
	fail_msg("%s has no column %s", file->name, name);
	return NULL;
}

static void fields_have_one_form(void **unused)
{
	(void)unused;
	struct arena arena = ARENA_INIT;
	const struct refdata_context c = {&arena, &providers};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct refdata_file *file = refdata_file_find(fields[i].file);
		assert_non_null(file);
		const struct refdata_column *column = column_of(file, fields[i].column);
		struct slice value = SLICE("before");
		const char *message = NULL;
		bool read = refdata_field(&c, column, slice_of(fields[i].raw), &value, &message);
		if (read != (fields[i].value != NULL))
			fail_msg("%s \"%s\": %s", fields[i].column, fields[i].raw, read ? "accepted" : message);
		if (read && !slice_is(value, fields[i].value))
			fail_msg("%s \"%s\": is \"%.*s\"", fields[i].column, fields[i].raw, (int)value.len, value.ptr);
		assert_int_equal(message == NULL, read);
		if (!read)
			assert_null(value.ptr);
		arena_reset(&arena);
	}
	arena_release(&arena);
}

static void a_message_shows_no_half_characters(void **unused)
{
	(void)unused;
	struct arena arena = ARENA_INIT;
	const struct refdata_context c = {&arena, &providers};
	const struct refdata_file *file = refdata_file_find("fx");
	char raw[201] = "";
	for (size_t i = 1; i < sizeof(raw) - 1; i += 2)
		memcpy(raw + i, "\xc3\xa9", 2);
	raw[0] = 'a';
	raw[199] = '\0';
	struct slice value;
	const char *message = NULL;
	assert_false(refdata_field(&c, column_of(file, "currency"), slice_of(raw), &value, &message));
	assert_true(slice_is_utf8(slice_of(message)));
	arena_release(&arena);
}

static void a_field_has_a_limit(void **unused)
{
	(void)unused;
	struct arena arena = ARENA_INIT;
	const struct refdata_context c = {&arena, &providers};
	const struct refdata_file *file = refdata_file_find("teams");
	static char raw[REFDATA_FIELD_BYTES + 1];
	memset(raw, 'x', sizeof(raw));
	struct slice value;
	const char *message = NULL;
	const struct refdata_column *column = column_of(file, "team_id");
	assert_true(refdata_field(&c, column, (struct slice){raw, REFDATA_FIELD_BYTES}, &value, &message));
	assert_false(refdata_field(&c, column, (struct slice){raw, REFDATA_FIELD_BYTES + 1}, &value, &message));
	assert_string_equal(message, "team_id is longer than 2000 bytes");
	arena_release(&arena);
}

/* Rows whose fields contradict each other: the column at fault, -1 for none. */
static const struct {
	const char *file;
	const char *value[REFDATA_COLUMNS];
	int column;
} rows[] = {
        {"services", {"bot", "chat", "2026-01-01", "2026-01-02"}, -1},
        {"services", {"bot", "chat", "2026-01-01", "2026-01-01"}, 3},
        {"services", {"bot", "chat", "2026-01-02", "2026-01-01"}, 3},
        {"services", {"bot", "chat", NULL, "2026-01-01"}, -1},
        {"services", {"bot", "chat", "2026-01-01", NULL}, -1},
        {"owners", {"openai", "tag", "user_team=chat", "chat"}, -1},
        {"owners", {"openai", "tag", "user_team=", "chat"}, -1},
        {"owners", {"openai", "tag", "=chat", "chat"}, 2},
        {"owners", {"openai", "tag", "chat", "chat"}, 2},
        {"owners", {"openai", "project", "chat", "chat"}, -1},
        {"fx", {"2026-10", "EUR", "1.1"}, -1},
        {"fx", {"2026-10", "USD", "1"}, -1},
        {"fx", {"2026-10", "USD", "1.1"}, 2},
        {"fx", {"2026-10", NULL, "1.1"}, -1},
};

static void rows_agree_with_themselves(void **unused)
{
	(void)unused;
	struct arena arena = ARENA_INIT;
	const struct refdata_context c = {&arena, &providers};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct slice value[REFDATA_COLUMNS];
		for (size_t k = 0; k < REFDATA_COLUMNS; k++)
			value[k] = slice_of(rows[i].value[k]);
		int column = 99;
		const char *message = NULL;
		bool agrees = refdata_row(&c, refdata_file_find(rows[i].file), value, &column, &message);
		if (column != rows[i].column)
			fail_msg("row %zu: column %d, not %d", i, column, rows[i].column);
		assert_int_equal(agrees, column < 0);
		assert_int_equal(message == NULL, agrees);
	}
	arena_release(&arena);
}

static void every_file_has_its_columns(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < REFDATA_FILES; i++) {
		const struct refdata_file *file = &refdata_files[i];
		assert_ptr_equal(refdata_file_find(file->name), file);
		assert_in_range(refdata_column_count(file), 2, REFDATA_COLUMNS);
		assert_true(file->column[0].required);
	}
	assert_null(refdata_file_find("team"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(fields_have_one_form),       cmocka_unit_test(a_message_shows_no_half_characters),
	        cmocka_unit_test(a_field_has_a_limit),        cmocka_unit_test(rows_agree_with_themselves),
	        cmocka_unit_test(every_file_has_its_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
