#include "json_sink.h"

#define PRICE(n, model, cls, tier, above, usd)                                                                         \
	"price " #n ": " model " " cls " " tier " above=" #above " per=1 usd=" usd "\n"

static const struct format_case litellm[] = {
        CASE("classes",
             "{\"sample_spec\":{\"litellm_provider\":\"one of …\",\"input_cost_per_token\":\"prose\"},"
             "\"claude-x\":{\"litellm_provider\":\"anthropic\",\"input_cost_per_token\":3e-06,\"output_cost_per_"
             "token\":1.5e-05,"
             "\"cache_read_input_token_cost\":3e-07,\"cache_creation_input_token_cost\":3.75e-06,"
             "\"cache_creation_input_token_cost_above_1hr\":6e-06,\"max_tokens\":8192,\"mode\":\"chat\"}}",
             "passed over 1\n" PRICE(2, "anthropic claude-x", "input", "standard", 0,
                                     "0.000003") PRICE(2, "anthropic claude-x", "output", "standard", 0, "0.000015")
                     PRICE(2, "anthropic claude-x", "cache_read", "standard", 0, "0.0000003")
                             PRICE(2, "anthropic claude-x", "cache_write_5m", "standard", 0, "0.00000375")
                                     PRICE(2, "anthropic claude-x", "cache_write_1h", "standard", 0, "0.000006")),
        CASE("tiers and steps",
             "{\"m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token_batches\":1e-6,\"output_cost_per_token_"
             "flex\":2e-6,"
             "\"cache_read_input_token_cost_priority\":3e-6,\"input_cost_per_token_above_272k_tokens_priority\":4e-6,"
             "\"input_cost_per_token_batches_above_128k_tokens\":5e-6,"
             "\"cache_creation_input_token_cost_above_1hr_above_200k_tokens\":6e-6,"
             "\"cache_creation_input_token_cost_above_512k_tokens\":7e-6}}",
             PRICE(1, "openai m", "input", "batch", 0, "0.000001") PRICE(1, "openai m", "output", "flex", 0, "0.000002")
                     PRICE(1, "openai m", "cache_read", "priority", 0, "0.000003") PRICE(1, "openai m", "input",
                                                                                         "priority", 272000, "0.000004")
                             PRICE(1, "openai m", "input", "batch", 128000, "0.000005")
                                     PRICE(1, "openai m", "cache_write_1h", "standard", 200000, "0.000006")
                                             PRICE(1, "openai m", "cache_write_5m", "standard", 512000, "0.000007")),
        CASE("other keys are no prices of tokens",
             "{\"m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token_cache_hit\":1e-6,\"input_cost_per_audio_"
             "token\":1e-6,"
             "\"input_cost_per_token_above_k_tokens\":1,\"input_cost_per_token_above_1234567k_tokens\":1,\"output_cost_"
             "per_image\":0.04,"
             "\"output_cost_per_token\":null,\"input_cost_per_token\":0}}",
             PRICE(1, "openai m", "input", "standard", 0, "0")),
        CASE("names of models and providers",
             "{\"openrouter/z-ai/m\":{\"litellm_provider\":\"openrouter\",\"input_cost_per_token\":1},"
             "\"azure/m\":{\"litellm_provider\":\"azure\",\"input_cost_per_token\":1},"
             "\"vertex_ai/m\":{\"litellm_provider\":\"vertex_ai-anthropic_models\",\"input_cost_per_token\":1},"
             "\"x/m\":{\"litellm_provider\":\"bedrock_converse\",\"input_cost_per_token\":1}}",
             PRICE(1, "openrouter z-ai/m", "input", "standard", 0, "1")
                     PRICE(2, "azure_openai m", "input", "standard", 0, "1")
                             PRICE(3, "vertex_ai m", "input", "standard", 0, "1")
                                     PRICE(4, "bedrock x/m", "input", "standard", 0, "1")),
        CASE("one model under two names",
             "{\"openai/m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":2},"
             "\"m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":1},"
             "\"azure/"
             "m\":{\"litellm_provider\":\"azure\",\"input_cost_per_token\":3},\"no\":{\"input_cost_per_token\":4},"
             "\"num\":1}",
             "passed over 1\n" PRICE(2, "openai m", "input", "standard", 0, "1")
                     PRICE(3, "azure_openai m", "input", "standard", 0, "3") "passed over 1\npassed over 1\n"),
        CASE("no decimal", "{\"m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":\"free\"}}",
             "error malformed_row: in.json:1: m, input_cost_per_token: not a decimal number\n"),
        CASE("negative", "{\"m\":{\"litellm_provider\":\"openai\",\"input_cost_per_token\":-1}}",
             "error malformed_row: in.json:1: m, input_cost_per_token: negative\n"),
        CASE("no models", "{}", "error malformed_row: in.json:1: the file holds no models\n"),
        CASE("cut off", "{\"m\":{",
             "error truncated_file: in.json:1: the file ends within a JSON value that begins at line 1\n"),
};

static void reads_litellm(void **state)
{
	(void)state;
	check_cases(&format_litellm_prices, litellm, sizeof litellm / sizeof *litellm, false);
}

#define MODEL(prices) "[{\"id\":\"openai\",\"models\":[{\"id\":\"m\",\"match\":{},\"prices\":" prices "}]}]"
#define MTOK(cls, above, usd) "price 1: openai m " cls " standard above=" #above " per=1000000 usd=" usd

static const struct format_case genai[] = {
        CASE("classes",
             MODEL("{\"input_mtok\":1.25,\"output_mtok\":10,\"cache_read_mtok\":0.125,\"cache_write_mtok\":2,\"cache_"
                   "write_1h_mtok\":3,"
                   "\"input_audio_mtok\":9,\"requests_kcount\":5,\"web_searches_kcount\":\"7.5\"}"),
             MTOK("input", 0, "1.25") "\n" MTOK("output", 0, "10") "\n" MTOK("cache_read", 0, "0.125") "\n" MTOK(
                     "cache_write_5m", 0,
                     "2") "\n" MTOK("cache_write_1h", 0,
                                    "3") "\n"
                                         "price 1: openai m request standard above=0 per=1000 usd=5\n"
                                         "price 1: openai m other standard above=0 per=1000 usd=7.5\n"),
        CASE("steps",
             MODEL("{\"input_mtok\":{\"base\":3,\"tiers\":[{\"start\":200000,\"price\":6},{\"start\":500000,\"price\":"
                   "7}]},\"output_mtok\":1}"),
             MTOK("input", 0, "3") "\n" MTOK("input", 200000, "6") "\n" MTOK("input", 500000,
                                                                             "7") "\n" MTOK("output", 0, "1") "\n"),
        CASE("dates",
             MODEL("[{\"prices\":{\"input_mtok\":1}},{\"constraint\":{\"start_date\":\"2025-04-01\"},\"prices\":{"
                   "\"input_mtok\":2}},"
                   "{\"constraint\":{\"start_date\":\"2026-03-13\"},\"prices\":{\"input_mtok\":3}}]"),
             MTOK("input", 0, "1") " to=2025-04-01\n" MTOK("input", 0, "2") " from=2025-04-01 to=2026-03-13\n" MTOK(
                     "input", 0, "3") " from=2026-03-13\n"),
        CASE("the last active one counts",
             MODEL("[{\"constraint\":{\"start_date\":\"2024-01-01\"},\"prices\":{\"input_mtok\":1}},"
                   "{\"constraint\":{\"start_date\":\"2026-01-01\"},\"prices\":{\"input_mtok\":2}},"
                   "{\"constraint\":{\"start_date\":\"2025-01-01\"},\"prices\":{\"input_mtok\":3}}]"),
             MTOK("input", 0, "1") " to=2025-01-01\npassed over 1\n" MTOK("input", 0, "3") " from=2025-01-01\n"),
        CASE("prices by time of day",
             MODEL("[{\"prices\":{\"input_mtok\":1}},{\"constraint\":{\"start_time\":\"16:30:00Z\",\"end_time\":\"00:"
                   "30:00Z\"},"
                   "\"prices\":{\"input_mtok\":0.5}}]"),
             MTOK("input", 0, "1") "\npassed over 1\n"),
        CASE("providers and lines",
             "[{\"id\":\"aws\",\"models\":[{\"id\":\"a\",\"prices\":{\"input_mtok\":1}}]},\n"
             "{\"id\":\"azure\",\"models\":[{\"id\":\"b\",\"prices\":{\"input_mtok\":2}}]}]",
             "price 1: bedrock a input standard above=0 per=1000000 usd=1\n"
             "price 2: azure_openai b input standard above=0 per=1000000 usd=2\n"),
        CASE("no number", MODEL("{\"input_mtok\":\"x\"}"),
             "error malformed_row: in.json:1: m, input_mtok: not a decimal number\n"),
        CASE("negative", MODEL("{\"input_mtok\":-1}"), "error malformed_row: in.json:1: m, input_mtok: negative\n"),
        CASE("step without start", MODEL("{\"input_mtok\":{\"base\":3,\"tiers\":[{\"price\":6}]}}"),
             MTOK("input", 0, "3") "\nerror malformed_row: in.json:1: m, input_mtok: a tier whose start is not a whole "
                                   "number above 0\n"),
        CASE("no date", MODEL("[{\"constraint\":{\"start_date\":\"soon\"},\"prices\":{}}]"),
             "error malformed_row: in.json:1: m, start_date: not a date\n"),
        CASE("no provider", "[\n{\"models\":[]}]",
             "error malformed_row: in.json:2: not a provider: no \"id\" or no array \"models\"\n"),
        CASE("no models", "[]", "error malformed_row: in.json:1: the file holds no models\n"),
};

static void reads_genai(void **state)
{
	(void)state;
	check_cases(&format_genai_prices, genai, sizeof genai / sizeof *genai, false);
}

static void tells_the_two_apart(void **state)
{
	(void)state;
	struct slice flat = SLICE("{\"m\":{\"litellm_provider\":\"openai\"");
	struct slice nested = SLICE(" [{\"id\":\"x\",\"models\":[{\"id\":\"m\",\"prices\":{\"input_mtok\":1");
	assert_true(format_litellm_prices.detect(flat));
	assert_false(format_litellm_prices.detect(nested));
	assert_true(format_genai_prices.detect(nested));
	assert_false(format_genai_prices.detect(flat));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_litellm),
	        cmocka_unit_test(reads_genai),
	        cmocka_unit_test(tells_the_two_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
