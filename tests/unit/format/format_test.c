#include "format/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *head, *format;
} heads[] = {
        {"bill_billing_entity,line_item_usage_type,line_item_unblended_cost\nAWS,", "aws-cur"},
        {"identity/LineItemId,bill/InvoiceId,lineItem/UsageType,lineItem/UnblendedCost\n", "aws-cur"},
        {"start_time,end_time,project_id,num_model_requests,model\r\n", "openai-usage-csv"},
        {"start_time,end_time,amount_value,amount_currency,line_item", "openai-cost-csv"},
        {"\xef\xbb\xbfusage_date_utc,model_version,usage_input_tokens_no_cache\n", "anthropic-usage-csv"},
        {"\"usage_date_utc\",\"model\",\"cost_usd\"\n", "anthropic-cost-csv"},
        {"generation_id,created_at,cost_total\n", "openrouter-csv"},
        {"provider,request_id,usage_start,usage_end,cost\n", "usage-csv"},
        {"request_id,timestamp,provider,model\n", "events-csv"},
        {"{\"request_id\":\"r\",\"timestamp\":\"2026-10-01T00:00:00Z\",\"provider\":\"openai\"}\n", "events-json"},
        {"{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"request_id\":1,\"provider\":2}]}]}]}\n", "otlp"},
        {"{\"object\":\"page\",\"data\":[]}", "openai-api"},
};
static const struct {
	const char *head, *hint;
} unknown[] = {
        {"provider,model,price\n", "usage-csv"},
        {"hello", "usage-csv"},
        {"", "fetch it again"},
        {"provider;request_id;usage_start;usage_end;cost\n", "separated by semicolons"},
        {"{\"a\": \"x; y; z\"}", "usage-csv"},
};

static void detected_by_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		struct err e = ERR_INIT;
		struct stream *in = stream_of_memory("in", slice_of(heads[i].head));
		const struct format *found = format_detect(in, &e);
		if (!found || strcmp(found->name, heads[i].format) != 0)
			fail_msg("%s: %s", heads[i].head, found ? found->name : e.message);
		stream_free(in);
	}
}

static void unknown_comes_with_a_hint(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		struct err e = ERR_INIT;
		struct stream *in = stream_of_memory("in", slice_of(unknown[i].head));
		assert_null(format_detect(in, &e));
		assert_string_equal(e.code, "unknown_format");
		assert_non_null(strstr(e.hint, unknown[i].hint));
		stream_free(in);
	}
}

static void message_shows_what_was_seen(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	struct stream *in = stream_of_memory("x.bin", SLICE("\x01model,price\r\nsecond"));
	assert_null(format_detect(in, &e));
	assert_non_null(strstr(e.message, ": ?model,price"));
	assert_null(strstr(e.message, "second"));
	assert_string_equal(e.file, "x.bin");
	stream_free(in);
}

static void found_by_name(void **state)
{
	(void)state;
	for (const struct format *const *f = formats; *f; f++) {
		assert_ptr_equal(format_find((*f)->name), *f);
		assert_non_null((*f)->summary);
		assert_non_null((*f)->source_type);
	}
	assert_null(format_find("cur"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(detected_by_content),
	        cmocka_unit_test(unknown_comes_with_a_hint),
	        cmocka_unit_test(message_shows_what_was_seen),
	        cmocka_unit_test(found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
