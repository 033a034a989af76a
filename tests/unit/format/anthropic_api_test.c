#include "json_sink.h"

#define BUCKET(results)                                                                                                \
	"{\"starting_at\":\"2026-10-31T00:00:00Z\",\"ending_at\":\"2026-11-01T00:00:00Z\",\"results\":[" results "]}"
#define PAGE(buckets) "{\"data\":[" buckets "],\"has_more\":false,\"next_page\":null}"
#define COST(members) PAGE(BUCKET("{\"currency\":\"USD\"," members "}"))
#define AT "[] 2026-10-31T00:00:00Z/2026-11-01T00:00:00Z 2026-10"
#define LINE(cls) "line 1: cost_report" AT " charge=usage class=" cls " provider=anthropic"
#define USAGE(cls) "line 1: usage_report/messages" AT " charge=usage class=" cls " provider=anthropic"

#define USED(cls, count, unit)                                                                                         \
	USAGE(cls)                                                                                                     \
	" account=default key=apikey_1 model=claude-sonnet-4-6 tier=batch quantity=" count " unit=" unit               \
	" currency=USD\n"

static const struct format_case costs[] = {
        CASE("cents",
             COST("\"amount\":\"123.45\",\"cost_type\":\"tokens\",\"token_type\":\"uncached_input_tokens\","
                  "\"description\":\"Claude Sonnet 4.6 Usage - Input Tokens\",\"model\":\"claude-sonnet-4-6\","
                  "\"service_tier\":\"standard\",\"context_window\":\"0-200k\",\"inference_geo\":\"us\","
                  "\"workspace_id\":\"wrkspc_1\""),
             LINE("input") " account=wrkspc_1 model=claude-sonnet-4-6 tier=standard cost=1.2345 currency=USD "
                           "tags={\"context_window\":\"0-200k\",\"inference_geo\":\"us\"} description=Claude "
                           "Sonnet 4.6 Usage - Input Tokens\n"),
        CASE("default workspace", COST("\"amount\":\"1\",\"workspace_id\":null"),
             LINE("") " account=default cost=0.01 currency=USD\n"),
        CASE("workspace not stated", COST("\"amount\":\"-0.5\",\"service_tier\":null,\"inference_geo\":\"eu\""),
             LINE("") " cost=-0.005 currency=USD tags={\"inference_geo\":\"eu\"}\n"),
        CASE("output", COST("\"amount\":\"1\",\"token_type\":\"output_tokens\""),
             LINE("output") " cost=0.01 currency=USD\n"),
        CASE("cache read", COST("\"amount\":\"1\",\"token_type\":\"cache_read_input_tokens\""),
             LINE("cache_read") " cost=0.01 currency=USD\n"),
        CASE("5m", COST("\"amount\":\"1\",\"token_type\":\"cache_creation.ephemeral_5m_input_tokens\""),
             LINE("cache_write_5m") " cost=0.01 currency=USD\n"),
        CASE("1h", COST("\"amount\":\"1\",\"token_type\":\"cache_creation.ephemeral_1h_input_tokens\""),
             LINE("cache_write_1h") " cost=0.01 currency=USD\n"),
        CASE("tokens of no type", COST("\"amount\":\"1\",\"cost_type\":\"tokens\",\"token_type\":null"),
             LINE("") " cost=0.01 currency=USD\n"),
        CASE("tokens of a new type", COST("\"amount\":\"1\",\"cost_type\":\"tokens\",\"token_type\":\"x\""),
             LINE("") " cost=0.01 currency=USD\n"),
        CASE("search", COST("\"amount\":\"1\",\"cost_type\":\"web_search\",\"token_type\":null"),
             LINE("other") " cost=0.01 currency=USD\n"),
        CASE("code", COST("\"amount\":\"1\",\"cost_type\":\"code_execution\""),
             LINE("other") " cost=0.01 currency=USD\n"),
        CASE("session", COST("\"amount\":\"1\",\"cost_type\":\"session_usage\""),
             LINE("other") " cost=0.01 currency=USD\n"),
        CASE("a type of the future", COST("\"amount\":\"1\",\"cost_type\":\"dreams\""),
             LINE("other") " cost=0.01 currency=USD\n"),
        CASE("no amount", COST("\"amount\":null"), "error malformed_row: in.json:1: amount is missing\n"),
        CASE("bad amount", COST("\"amount\":\"1.2.3\""),
             "error malformed_row: in.json:1: amount \"1.2.3\": not a decimal number\n"),
        CASE("bad time", PAGE("{\"starting_at\":\"yesterday\",\"ending_at\":\"2026-11-01T00:00:00Z\",\"results\":[]}"),
             "error malformed_row: in.json:1: a bucket's starting_at and ending_at are not two times in order\n"),
        CASE("error answer",
             "{\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"}}",
             "error malformed_row: in.json:1: the file holds an error that the API returned: invalid x-api-key\n"),
};

static void reads_costs(void **state)
{
	(void)state;
	check_cases(&format_anthropic_api, costs, sizeof costs / sizeof *costs, true);
}

static const struct format_case usage[] = {
        CASE("all counts",
             PAGE(BUCKET("{\"uncached_input_tokens\":1,\"cache_creation\":{\"ephemeral_5m_input_tokens\":2,"
                         "\"ephemeral_1h_input_tokens\":3},\"cache_read_input_tokens\":4,\"output_tokens\":5,"
                         "\"server_tool_use\":{\"web_search_requests\":6},\"api_key_id\":\"apikey_1\","
                         "\"workspace_id\":null,\"model\":\"claude-sonnet-4-6\",\"service_tier\":\"batch\","
                         "\"context_window\":null}")),
             "bucket: usage_report/messages" AT "\n" USED("input", "1", "tokens") USED("cache_read", "4", "tokens")
                     USED("cache_write_5m", "2", "tokens") USED("cache_write_1h", "3", "tokens")
                             USED("output", "5", "tokens") USED("other", "6", "web_search_requests")),
        CASE("zeros and nulls",
             PAGE(BUCKET("{\"uncached_input_tokens\":0,\"cache_creation\":null,\"output_tokens\":null,"
                         "\"server_tool_use\":null}")),
             "bucket: usage_report/messages" AT "\n"
             "line 1: usage_report/messages" AT
             " charge=usage class=input provider=anthropic quantity=0 unit=tokens currency=USD\n"),
        CASE("bad count", PAGE(BUCKET("{\"uncached_input_tokens\":\"x\"}")),
             "bucket: usage_report/messages" AT "\n"
             "error malformed_row: in.json:1: uncached_input_tokens is not a whole number from 0 to 10^15\n"),
        CASE("neither", PAGE(BUCKET("{\"model\":\"x\"}")),
             "bucket: " AT "\nerror malformed_row: in.json:1: the result is of no kind that is known\n"),
        {.name = "empty, dataset given",
         .input = PAGE(BUCKET("")),
         .transcript = "bucket: cost_report" AT "\n",
         .dataset = "cost_report"},
};

static void reads_usage(void **state)
{
	(void)state;
	check_cases(&format_anthropic_api, usage, sizeof usage / sizeof *usage, false);
}

static void detects_its_pages(void **state)
{
	(void)state;
	const struct format *f = &format_anthropic_api;
	assert_true(f->detect(SLICE(PAGE(""))));
	assert_true(f->detect(SLICE("[{\"data\":[{\"starting_at\":\"x\",\"ending_at\":\"y\",\"results\":[{\"amo")));
	assert_false(f->detect(SLICE("{\"object\":\"page\",\"data\":[],\"has_more\":false,\"next_page\":null}")));
	assert_false(f->detect(SLICE("usage_date_utc,model\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_costs),
	        cmocka_unit_test(reads_usage),
	        cmocka_unit_test(detects_its_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
