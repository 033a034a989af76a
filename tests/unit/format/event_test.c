#include "format/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct event valid_event(void)
{
	struct event ev = {.line = 1};
	ev.text[EV_REQUEST_ID] = SLICE("r1");
	ev.text[EV_TIMESTAMP] = SLICE("2026-10-01T00:00:00Z");
	ev.text[EV_PROVIDER] = SLICE("openai");
	return ev;
}

static bool check(struct event *ev, const char **reason)
{
	static const struct provider_names names = {0};
	struct event_check_options o = {.providers = &names};
	assert_true(utc_parse(SLICE("2026-11-05T12:00:00Z"), &o.as_of));
	*reason = NULL;
	return event_check(ev, &o, reason);
}

/* One column in an otherwise valid event; a NULL reason: it is taken. */
static const struct {
	enum event_column column;
	const char *text, *reason;
	int64_t number;
} cases[] = {
        {EV_REQUEST_ID, "", "no request_id", 0},
        {EV_REQUEST_ID, "  ", "no request_id", 0},
        {EV_PROVIDER, "", "no provider", 0},
        {EV_TIMESTAMP, "", "no timestamp", 0},
        {EV_TIMESTAMP, "last week", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "2026-10-01T00:00:60Z", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "0", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "20261001", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "1790812800", NULL, INT64_C(1790812800000000)},
        {EV_TIMESTAMP, "1790812800123", NULL, INT64_C(1790812800123000)},
        {EV_TIMESTAMP, "999999999999", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "1790812800123456789", "timestamp can't be read", 0},
        {EV_TIMESTAMP, "1790812800.25", NULL, INT64_C(1790812800250000)},
        {EV_TIMESTAMP, "2026-10-31T23:59:59.9999999Z", NULL, INT64_C(1793491199999999)},
        {EV_TIMESTAMP, "2026-11-06T12:00:00Z", NULL, INT64_C(1793966400000000)},
        {EV_TIMESTAMP, "2026-11-06T12:00:00.000001Z", "timestamp is in the future", 0},
        {EV_STATUS, "199", "status is not known", 0},
        {EV_STATUS, "302", "status is not known", 0},
        {EV_STATUS, "600", "status is not known", 0},
        {EV_INPUT_TOKENS, "3400", NULL, 3400},
        {EV_INPUT_TOKENS, " 3400 ", NULL, 3400},
        {EV_INPUT_TOKENS, "59200.0", NULL, 59200},
        {EV_INPUT_TOKENS, "1e3", NULL, 1000},
        {EV_INPUT_TOKENS, "-0", NULL, 0},
        {EV_INPUT_TOKENS, "1000000000000", NULL, INT64_C(1000000000000)},
        {EV_INPUT_TOKENS, "1000000000001", "input_tokens is absurdly large", 0},
        {EV_INPUT_TOKENS, "9999999999999.5", "input_tokens can't be read", 0},
        {EV_INPUT_TOKENS, "1e25", "input_tokens is absurdly large", 0},
        {EV_INPUT_TOKENS, "-1", "input_tokens is negative", 0},
        {EV_INPUT_TOKENS, "1.5", "input_tokens can't be read", 0},
        {EV_INPUT_TOKENS, "1,000", "input_tokens can't be read", 0},
        {EV_INPUT_TOKENS, "NaN", "input_tokens can't be read", 0},
        {EV_ATTEMPT, "2", NULL, 2},
        {EV_COMPUTED_COST_USD, "1000000000", NULL, 0},
        {EV_COMPUTED_COST_USD, "1000000000.000000001", "computed_cost_usd is absurdly large", 0},
        {EV_COMPUTED_COST_USD, "2000000000", "computed_cost_usd is absurdly large", 0},
        {EV_COMPUTED_COST_USD, "999999999.999", NULL, 0},
        {EV_COMPUTED_COST_USD, "0E-6176", NULL, 0},
        {EV_COMPUTED_COST_USD, "-0.01", "computed_cost_usd is negative", 0},
        {EV_COMPUTED_COST_USD, "inf", "computed_cost_usd can't be read", 0},
        {EV_UNIT_PRICE, "{\"currency\":\"USD\"}", NULL, 0},
        {EV_UNIT_PRICE, "3", "unit_price can't be read", 0},
        {EV_BATCH, "True", NULL, 1},
        {EV_BATCH, "1", NULL, 1},
        {EV_BATCH, "FALSE", NULL, 0},
        {EV_CACHE_HIT, "maybe", "cache_hit can't be read", 0},
        {EV_STATUS, "teapot", "status is not known", 0},
        {EV_TEAM_ID, "\xff", "team_id is not valid UTF-8", 0},
        {EV_TEAM_ID, "", NULL, 0},
};

static void columns(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct event ev = valid_event();
		const char *reason;
		ev.text[cases[i].column] = slice_of(cases[i].text);
		bool taken = check(&ev, &reason);
		bool right = cases[i].reason ? !taken && reason && strcmp(reason, cases[i].reason) == 0
		                             : taken && ev.number[cases[i].column] == cases[i].number;
		if (right)
			continue;
		print_error("%s \"%s\": %s, number %lld\n", event_columns[cases[i].column].name, cases[i].text,
		            taken ? "taken" : reason, (long long)ev.number[cases[i].column]);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static const struct {
	const char *word, *status;
} statuses[] = {
        {"", "success"},          {"success", "success"},     {"partial", "partial"},
        {"error", "error"},       {"cache_hit", "cache_hit"}, {"ok", "success"},
        {"succeeded", "success"}, {"completed", "success"},   {"failure", "error"},
        {"failed", "error"},      {"cancelled", "error"},     {"SUCCESS", "success"},
        {"200", "success"},       {"299", "success"},         {"400", "error"},
        {"599", "error"},         {"true", "success"},        {"false", "error"},
        {"DEFAULT", "success"},   {"WARNING", "success"},     {"DEBUG", "success"},
        {"ERROR", "error"},
};

static void status_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		struct event ev = valid_event();
		const char *reason;
		ev.text[EV_STATUS] = slice_of(statuses[i].word);
		assert_true(check(&ev, &reason));
		assert_true(slice_is(ev.text[EV_STATUS], statuses[i].status));
	}
}

static void normalised_in_place(void **state)
{
	(void)state;
	struct event ev = valid_event();
	const char *reason;
	ev.text[EV_PROVIDER] = SLICE(" Mistral ");
	ev.text[EV_REQUEST_ID] = SLICE(" r1\t");
	ev.text[EV_COMPUTED_COST_USD] = SLICE("9.052E-7");
	assert_true(check(&ev, &reason));
	char cost[DECIMAL_TEXT_MAX];
	decimal_text(&ev.computed_cost_usd, cost);
	assert_string_equal(cost, "0.0000009052");
	assert_true(slice_is(ev.text[EV_PROVIDER], "mistral") && slice_is(ev.text[EV_REQUEST_ID], "r1"));
}

static void limits_on_text(void **state)
{
	(void)state;
	char text[513];
	memset(text, 'x', sizeof(text));
	struct event ev = valid_event();
	const char *reason;
	ev.text[EV_SERVICE] = (struct slice){text, 512};
	assert_true(check(&ev, &reason));
	ev.text[EV_SERVICE].len = 513;
	assert_false(check(&ev, &reason));
	assert_string_equal(reason, "service is longer than 512 bytes");
	ev = valid_event();
	ev.text[EV_SERVICE] = SLICE("a\0b");
	assert_false(check(&ev, &reason));
	ev = valid_event();
	ev.attributes = SLICE("{\"a\":\"\xff\"}");
	assert_false(check(&ev, &reason));
	assert_string_equal(reason, "attributes are not valid UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(columns),
	        cmocka_unit_test(status_words),
	        cmocka_unit_test(normalised_in_place),
	        cmocka_unit_test(limits_on_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
