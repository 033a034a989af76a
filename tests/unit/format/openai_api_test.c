#include "json_sink.h"

#define BUCKET(start, end, results)                                                                                    \
	"{\"object\":\"bucket\",\"start_time\":" start ",\"end_time\":" end ",\"results\":[" results "]}"
#define DAY1(results) BUCKET("1790812800", "1790899200", results)
#define DAY2(results) BUCKET("1790899200", "1790985600", results)
#define PAGE(buckets) "{\"object\":\"page\",\"data\":[" buckets "],\"has_more\":false,\"next_page\":null}"
#define COST(members) "{\"object\":\"organization.costs.result\"," members "}"
#define USAGE(kind, members) "{\"object\":\"organization.usage." kind ".result\"," members "}"
#define AMOUNT "\"amount\":{\"value\":1,\"currency\":\"usd\"}"

#define AT1 "[] 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z 2026-10"
#define AT2 "[] 2026-10-02T00:00:00Z/2026-10-03T00:00:00Z 2026-10"
#define LINE1(dataset, cls) "line 1: " dataset AT1 " charge=usage class=" cls " provider=openai"

#define COUNTED(cls, what, count, unit)                                                                                \
	LINE1("usage/completions", cls) what " quantity=" count " unit=" unit " currency=USD\n"

static const struct format_case costs[] = {
        CASE("cost as number",
             PAGE(DAY1(COST("\"amount\":{\"value\":0.06,\"currency\":\"usd\"},\"line_item\":\"gpt-5.5-2026-04-23,"
                            " cached input\",\"project_id\":\"proj_1\",\"api_key_id\":\"key_1\",\"quantity\":1200,"
                            "\"quantity_unit\":\"tokens\""))),
             LINE1("costs",
                   "cache_read") " account=proj_1 key=key_1 model=gpt-5.5-2026-04-23 quantity=1200 unit=tokens "
                                 "cost=0.06 currency=USD description=gpt-5.5-2026-04-23, cached input\n"),
        CASE("cost as text with exponent",
             PAGE(DAY1(COST(
                     "\"amount\":{\"value\":\"0E-6176\",\"currency\":\"usd\"},\"line_item\":null,\"project_id\":null"))),
             LINE1("costs", "") " cost=0 currency=USD\n"),
        CASE("long text",
             PAGE(DAY1(COST("\"amount\":{\"value\":\"0.003627500000000000000000000000000000\",\"currency\":\"usd\"}"))),
             LINE1("costs", "") " cost=0.0036275 currency=USD\n"),
        CASE("more digits than a double has",
             PAGE(DAY1(COST("\"amount\":{\"value\":123456789.0123456789012,\"currency\":\"EUR\"}"))),
             LINE1("costs", "") " cost=123456789.0123456789012 currency=EUR\n"),
        CASE("negative stays usage", PAGE(DAY1(COST("\"amount\":{\"value\":-1.5,\"currency\":\"usd\"}"))),
             LINE1("costs", "") " cost=-1.5 currency=USD\n"),
        CASE("thousands of tokens", PAGE(DAY1(COST(AMOUNT ",\"quantity\":1.5,\"quantity_unit\":\"1000_tokens\""))),
             LINE1("costs", "") " quantity=1500 unit=tokens cost=1 currency=USD\n"),
        CASE("other unit",
             PAGE(DAY1(COST(AMOUNT
                            ",\"quantity\":2,\"quantity_unit\":\"gibibyte_hours\",\"line_item\":\"Vector storage\""))),
             LINE1("costs",
                   "other") " quantity=2 unit=gibibyte_hours cost=1 currency=USD description=Vector storage\n"),
        CASE("null quantity, unknown members",
             PAGE(DAY1(COST(AMOUNT ",\"quantity\":null,\"quantity_unit\":null,\"new\":{\"x\":[1]}"))),
             LINE1("costs", "") " cost=1 currency=USD\n"),
        CASE("priority tier",
             PAGE(DAY1(COST(AMOUNT ",\"line_item\":\"priority | gpt-5.6-sol, output, long context\""))),
             LINE1("costs", "output") " model=gpt-5.6-sol tier=priority cost=1 currency=USD description=priority |"
                                      " gpt-5.6-sol, output, long context\n"),
        CASE("organisation is the payer", PAGE(DAY1(COST(AMOUNT ",\"organization_id\":\"org-1\""))),
             "line 1: costs[org-1] 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z 2026-10 charge=usage "
             "class= provider=openai cost=1 currency=USD\n"),
        CASE("results are numbered through",
             PAGE(DAY1(COST(AMOUNT) "," COST(AMOUNT)) "," DAY2(COST(AMOUNT))) "\n" PAGE(DAY2(COST(AMOUNT))),
             LINE1("costs", "") " cost=1 currency=USD\n"
                                "line 2: costs" AT1 " charge=usage class= provider=openai cost=1 currency=USD\n"
                                "line 3: costs" AT2 " charge=usage class= provider=openai cost=1 currency=USD\n"
                                "line 4: costs" AT2 " charge=usage class= provider=openai cost=1 currency=USD\n"),
        CASE("array of pages", "[" PAGE(DAY1(COST(AMOUNT))) ",\n" PAGE("") "]",
             LINE1("costs", "") " cost=1 currency=USD\n"),

        CASE("no decimal", PAGE(DAY1(COST(AMOUNT) "," COST("\"amount\":{\"value\":\"1,5\",\"currency\":\"usd\"}"))),
             LINE1("costs", "") " cost=1 currency=USD\n"
                                "error malformed_row: in.json:2: amount.value \"1,5\": not a decimal number\n"),
        CASE("no amount", PAGE(DAY1(COST("\"amount\":null"))),
             "error malformed_row: in.json:1: amount.value is missing\n"),
        CASE("no currency", PAGE(DAY1(COST("\"amount\":{\"value\":1}"))),
             "error malformed_row: in.json:1: currency is not a currency code of three letters\n"),
        CASE("odd currency", PAGE(DAY1(COST("\"amount\":{\"value\":1,\"currency\":\"u$d\"}"))),
             "error malformed_row: in.json:1: currency is not a currency code of three letters\n"),
        CASE("bad quantity", PAGE(DAY1(COST(AMOUNT ",\"quantity\":\"many\""))),
             "error malformed_row: in.json:1: quantity \"many\": not a decimal number\n"),
        CASE("no start", PAGE("{\"end_time\":1790899200,\"results\":[" COST(AMOUNT) "]}"),
             "error malformed_row: in.json:1: a bucket's start_time and end_time are not two times in order\n"),
        CASE("end before start", PAGE(BUCKET("1790899200", "1790899200", "")),
             "error malformed_row: in.json:1: a bucket's start_time and end_time are not two times in order\n"),
        CASE("no results", PAGE("{\"start_time\":1790812800,\"end_time\":1790899200}"),
             "error malformed_row: in.json:1: a bucket has no array \"results\"\n"),
        CASE("no kind", PAGE(DAY1("{" AMOUNT "}")),
             "error malformed_row: in.json:1: the result is of no kind that is known\n"),
        CASE("two endpoints in a page", PAGE(DAY1(COST(AMOUNT) "," USAGE("images", "\"images\":1"))),
             LINE1("costs",
                   "") " cost=1 currency=USD\n"
                       "error malformed_row: in.json:2: the result is of another endpoint than the page's first one\n"),
        CASE("error answer", "{\"error\":{\"message\":\"You exceeded your quota\",\"type\":\"x\"}}",
             "error malformed_row: in.json:1: the file holds an error that the API returned: "
             "You exceeded your quota\n"),
        CASE("no page", "{\"data\":{}}", "error malformed_row: in.json:1: not a page of the API: no array \"data\"\n"),
        CASE("cut off", "{\"object\":\"page\",\"data\":[",
             "error truncated_file: in.json:1: the file ends within a JSON value that begins at line 1\n"),
        CASE("cut off array", "[" PAGE(""), "error truncated_file: in.json:1: the file ends within a JSON array\n"),
        CASE("broken", "{\"object\":\"page\",\n\"data\" []}",
             "error malformed_row: in.json:2:8: not valid JSON: ':' expected\n"),
        CASE("repeated key", PAGE(DAY1(COST(AMOUNT "," AMOUNT))),
             "error malformed_row: in.json:1: a JSON object repeats a key\n"),
};

static void reads_costs(void **state)
{
	(void)state;
	check_cases(&format_openai_api, costs, sizeof costs / sizeof *costs, true);
}

static const struct format_case usage[] = {
        CASE("completions",
             PAGE(DAY1(USAGE(
                     "completions",
                     "\"input_tokens\":1000,\"input_cached_tokens\":300,\"input_cache_write_tokens\":100,"
                     "\"output_tokens\":50,\"input_text_tokens\":900,\"num_model_requests\":7,\"project_id\":\"proj_1"
                     "\",\"api_key_id\":null,\"model\":\"gpt-5.5\",\"batch\":false,\"service_tier\":\"default\""))),
             COUNTED("input", " account=proj_1 model=gpt-5.5 tier=standard", "600",
                     "tokens") COUNTED("cache_read", " account=proj_1 model=gpt-5.5 tier=standard", "300", "tokens")
                     COUNTED("cache_write_5m", " account=proj_1 model=gpt-5.5 tier=standard", "100",
                             "tokens") COUNTED("output", " account=proj_1 model=gpt-5.5 tier=standard", "50", "tokens")
                             COUNTED("request", " account=proj_1 model=gpt-5.5 tier=standard", "7", "requests")),
        CASE("uncached tokens given",
             PAGE(DAY1(USAGE("completions", "\"input_tokens\":1000,\"input_uncached_tokens\":640"))),
             LINE1("usage/completions", "input") " quantity=640 unit=tokens currency=USD\n"),
        CASE("uncached tokens given as 0",
             PAGE(DAY1(USAGE("completions", "\"input_tokens\":10,\"input_uncached_tokens\":0"))),
             LINE1("usage/completions", "input") " quantity=0 unit=tokens currency=USD\n"),
        CASE("batch, and stated zeros",
             PAGE(DAY1(USAGE("completions",
                             "\"input_tokens\":5,\"output_tokens\":0,\"num_model_requests\":0,\"batch\":true,"
                             "\"service_tier\":null"))),
             COUNTED("input", " tier=batch", "5", "tokens") COUNTED("output", " tier=batch", "0", "tokens")
                     COUNTED("request", " tier=batch", "0", "requests")),
        CASE("embeddings", PAGE(DAY1(USAGE("embeddings", "\"input_tokens\":5,\"num_model_requests\":1"))),
             LINE1("usage/embeddings", "input") " quantity=5 unit=tokens currency=USD\n" LINE1(
                     "usage/embeddings", "request") " quantity=1 unit=requests currency=USD\n"),
        CASE("images", PAGE(DAY1(USAGE("images", "\"images\":3,\"size\":\"1024x1024\""))),
             LINE1("usage/images", "image") " quantity=3 unit=images currency=USD\n"),
        CASE("speech", PAGE(DAY1(USAGE("audio_speeches", "\"characters\":45"))),
             LINE1("usage/audio_speeches", "audio") " quantity=45 unit=characters currency=USD\n"),
        CASE("transcription", PAGE(DAY1(USAGE("audio_transcriptions", "\"seconds\":20.5"))),
             LINE1("usage/audio_transcriptions", "audio") " quantity=20.5 unit=seconds currency=USD\n"),
        CASE("vector stores", PAGE(DAY1(USAGE("vector_stores", "\"usage_bytes\":1024"))),
             LINE1("usage/vector_stores", "other") " quantity=1024 unit=bytes currency=USD\n"),
        CASE("code interpreter", PAGE(DAY1(USAGE("code_interpreter_sessions", "\"num_sessions\":2"))),
             LINE1("usage/code_interpreter_sessions", "other") " quantity=2 unit=sessions currency=USD\n"),
        CASE("web search", PAGE(DAY1(USAGE("web_search_calls", "\"num_requests\":4"))),
             LINE1("usage/web_search_calls", "other") " quantity=4 unit=calls currency=USD\n"),
        CASE("an endpoint of the future", PAGE(DAY1(USAGE("dreams", "\"num_model_requests\":4,\"dreams\":9"))),
             LINE1("usage/dreams", "request") " quantity=4 unit=requests currency=USD\n"),
        CASE("less than its cached part",
             PAGE(DAY1(USAGE("completions", "\"input_tokens\":5,\"input_cached_tokens\":6"))),
             "error malformed_row: in.json:1: input_tokens is less than its cached part\n"),
        CASE("negative tokens", PAGE(DAY1(USAGE("completions", "\"output_tokens\":-5"))),
             "error malformed_row: in.json:1: output_tokens is not a whole number from 0 to 10^15\n"),
        CASE("negative seconds", PAGE(DAY1(USAGE("audio_transcriptions", "\"seconds\":-5"))),
             "error malformed_row: in.json:1: seconds is negative\n"),
};

static void reads_usage(void **state)
{
	(void)state;
	check_cases(&format_openai_api, usage, sizeof usage / sizeof *usage, true);
}

static const struct format_case buckets[] = {
        CASE("full and empty", PAGE(DAY1(COST(AMOUNT)) "," DAY2("")),
             "bucket: costs" AT1 "\n" LINE1("costs", "") " cost=1 currency=USD\nbucket: costs" AT2 "\n"),
        CASE("an empty page takes the other page's endpoint and payer",
             PAGE(DAY2("")) PAGE(DAY1(COST(AMOUNT ",\"organization_id\":\"org-1\""))),
             "bucket: costs[org-1] 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z 2026-10\n"
             "line 1: costs[org-1] 2026-10-01T00:00:00Z/2026-10-02T00:00:00Z 2026-10 charge=usage class= "
             "provider=openai cost=1 currency=USD\n"
             "bucket: costs[org-1] 2026-10-02T00:00:00Z/2026-10-03T00:00:00Z 2026-10\n"),
        CASE("nothing says the endpoint", PAGE(DAY1("")),
             "error malformed_row: in.json:1: empty buckets, and nothing in the file says "
             "which endpoint they come from\n"),
        CASE("pages of two endpoints and an empty one",
             PAGE(DAY1(USAGE("images", "\"images\":0"))) PAGE(DAY1(USAGE("embeddings", "\"input_tokens\":0")))
                     PAGE(DAY1("")),
             "bucket: usage/images" AT1
             "\n" LINE1("usage/images",
                        "image") " quantity=0 unit=images currency=USD\n"
                                 "bucket: usage/embeddings" AT1 "\n"
                                 "line 2: usage/embeddings" AT1
                                 " charge=usage class=input provider=openai quantity=0 unit=tokens currency=USD\n"
                                 "error malformed_row: in.json:1: empty buckets, and nothing in the file says which "
                                 "endpoint they come from\n"),
        {.name = "dataset given",
         .input = PAGE(DAY1("")),
         .transcript = "bucket: usage/images" AT1 "\n",
         .dataset = "usage/images"},
        CASE("no buckets", PAGE(""), ""),
};

static void every_bucket_is_a_delivery(void **state)
{
	(void)state;
	check_cases(&format_openai_api, buckets, sizeof buckets / sizeof *buckets, false);
}

static void detects_its_pages(void **state)
{
	(void)state;
	const struct format *f = &format_openai_api;
	assert_true(f->detect(SLICE(PAGE(""))));
	assert_true(f->detect(SLICE("[\n{ \"object\": \"page\", \"da")));
	assert_true(f->detect(SLICE("{\"data\":[" DAY1(COST(AMOUNT)))));
	assert_false(f->detect(SLICE("{\"object\":\"list\",\"data\":[]}")));
	assert_false(f->detect(SLICE("{\"data\":[{\"starting_at\":\"x\",\"results\":[]}]}")));
	assert_false(f->detect(SLICE("start_time,end_time\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_costs),
	        cmocka_unit_test(reads_usage),
	        cmocka_unit_test(every_bucket_is_a_delivery),
	        cmocka_unit_test(detects_its_pages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
