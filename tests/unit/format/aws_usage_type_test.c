#include "format/aws_usage_type.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* region model class tier scope; "-" for what the usage type does not say. */
static const struct {
	const char *text, *wanted;
} cases[] = {
        {"USE1-Claude4.6Sonnet-input-tokens", "us-east-1 Claude4.6Sonnet input - -"},
        {"USE1-Claude4.6Sonnet-output-tokens", "us-east-1 Claude4.6Sonnet output - -"},
        {"USE1-Claude4.6Sonnet-cache-read-input-token-count", "us-east-1 Claude4.6Sonnet cache_read - -"},
        {"USE1-Claude4.6Sonnet-cache-write-input-token-count", "us-east-1 Claude4.6Sonnet cache_write_5m - -"},
        {"USE1-Claude4.6Sonnet-cache-write-1h-input-token-count", "us-east-1 Claude4.6Sonnet cache_write_1h - -"},
        {"USE1-Claude4.6Sonnet-output-tokens-cross-region-global", "us-east-1 Claude4.6Sonnet output - global"},
        {"USE1-Nova2.0Lite-input-tokens-flex", "us-east-1 Nova2.0Lite input flex -"},
        {"USE1-gpt-oss-120b-output-tokens-priority", "us-east-1 gpt-oss-120b output priority -"},
        {"USE1-NovaPro-input-tokens-batch", "us-east-1 NovaPro input batch -"},
        {"USE1-openai.gpt-oss-120b-mantle-input-tokens-standard", "us-east-1 openai.gpt-oss-120b input - -"},
        {"USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard",
         "us-west-2 anthropic.claude-opus-4-8 cache_write_5m - global"},
        {"USW2-anthropic.claude-opus-4-8-mantle-cacheread-tokens",
         "us-west-2 anthropic.claude-opus-4-8 cache_read - -"},
        {"USE1-Nova2.0Lite-ProvisionedThroughput-NoCommit-ModelUnits", "us-east-1 Nova2.0Lite hour - -"},
        {"USE1-Guardrail-ContentPolicyUnitsConsumed", "us-east-1 Guardrail other - -"},
        {"USE1-Nova2.0Pro-input-image-token-count-cross-region-global", "us-east-1 Nova2.0Pro image - global"},
        {"USE1-TitanEmbeddingV2-Text-input-tokens", "us-east-1 TitanEmbeddingV2-Text input - -"},
        {"USE1-TitanImageGeneratorG1-T2I-512-Standard", "us-east-1 TitanImageGeneratorG1 image - -"},
        {"USE1-Claude3.5Haiku-latency-optimized-input-tokens", "us-east-1 Claude3.5Haiku input - -"},
        {"USE1-Claude4Sonnet-input-tokens-long-context", "us-east-1 Claude4Sonnet input - long_context"},
        {"USE1-output-tokens-cross-region-global", "us-east-1 - output - global"},

        {"USW2-MP:USW2_InputTokenCount-Units", "us-west-2 - input - -"},
        {"USW2-MP:USW2_OutputTokenCount-Units", "us-west-2 - output - -"},
        {"USW2-MP:USW2_CacheReadInputTokenCount-Units", "us-west-2 - cache_read - -"},
        {"USW2-MP:USW2_CacheWriteInputTokenCount-Units", "us-west-2 - cache_write_5m - -"},
        {"USW2-MP:USW2_CacheWrite1hInputTokenCount-Units", "us-west-2 - cache_write_1h - -"},
        {"USW2-MP:USW2_InputTokenCount_Global-Units", "us-west-2 - input - global"},
        {"USW2-MP:USW2_InputTokenCount_Batch-Units", "us-west-2 - input batch -"},
        {"USW2-MP:USW2_CacheWrite1hInputTokenCount_Global_Batch-Units", "us-west-2 - cache_write_1h batch global"},
        {"USE1-MP:USE1_InputTokenCount_LCtx-Units", "us-east-1 - input - long_context"},
        {"USE1-MP:USE1_OutputTokenCount_Geo-Units", "us-east-1 - output - cross_region"},
        {"USE1-MP:USE1_input_tokens_standard-Units", "us-east-1 - input - -"},
        {"USE1-MP:USE1_cache_write_tokens_1h_global_standard-Units", "us-east-1 - cache_write_1h - global"},
        {"USE1-MP:USE1_cache_read_tokens_standard-Units", "us-east-1 - cache_read - -"},
        {"USE1-MP:USE1_search_units-Units", "us-east-1 - other - -"},
        {"USE1-MP:USE1_InputImageCount-Units", "us-east-1 - image - -"},

        {"EU-NovaPro-input-tokens", "eu-west-1 NovaPro input - -"},
        {"APS1-NovaPro-input-tokens", "ap-southeast-1 NovaPro input - -"},
        {"APS3-NovaPro-input-tokens", "ap-south-1 NovaPro input - -"},
        {"APS5-NovaPro-input-tokens", "ap-south-2 NovaPro input - -"},
        {"UGW1-NovaPro-input-tokens", "us-gov-west-1 NovaPro input - -"},
        {"XYZ7-NovaPro-input-tokens", "- NovaPro input - -"},
        {"gpt-oss-20b-output-tokens", "- gpt-oss-20b output - -"},
        {"", "- - - - -"},
        {"-", "- - other - -"},
        {"MP:", "- - other - -"},
};

static void add_word(struct buf *out, const char *text)
{
	buf_printf(out, "%s%s", out->len ? " " : "", text && *text ? text : "-");
}

static void usage_types(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct aws_usage_type t = aws_usage_type_parse(slice_of(cases[i].text));
		struct buf got = BUF_INIT, model = BUF_INIT;
		buf_add_slice(&model, t.model);
		add_word(&got, t.region);
		add_word(&got, model.ptr);
		add_word(&got, usage_class_name[t.usage_class]);
		add_word(&got, t.service_tier);
		add_word(&got, t.global         ? "global"
		               : t.cross_region ? "cross_region"
		               : t.long_context ? "long_context"
		                                : NULL);
		if (!slice_is(buf_slice(&got), cases[i].wanted)) {
			print_error("%s: wanted %s, got %s\n", cases[i].text, cases[i].wanted, got.ptr);
			wrong++;
		}
		buf_release(&got);
		buf_release(&model);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(usage_types)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
