#include "format/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"

static void event_column_names(void **state)
{
	(void)state;
	for (enum event_column c = 0; c < EV_COLUMNS; c++) {
		assert_non_null(event_columns[c].name);
		assert_int_equal(event_column_find(slice_of(event_columns[c].name)), c);
	}
	assert_int_equal(event_column_find(SLICE("Request_id")), EV_COLUMNS);
	assert_int_equal(event_column_find(SLICE("")), EV_COLUMNS);
	assert_int_equal(event_columns[EV_BATCH].kind, KIND_BOOL);
	assert_int_equal(event_columns[EV_CACHE_WRITE_1H_INPUT_TOKENS].kind, KIND_COUNT);
	assert_true(event_columns[EV_PROVIDER].required && !event_columns[EV_MODEL].required);
}

static void charge_types_and_classes(void **state)
{
	(void)state;
	for (enum charge_type t = 0; t < CHARGE_TYPES; t++)
		assert_int_equal(charge_type_find(slice_of(charge_type_name[t])), t);
	for (enum usage_class c = 0; c < USAGE_CLASSES; c++)
		assert_int_equal(usage_class_find(slice_of(usage_class_name[c])), c);
	assert_int_equal(charge_type_find(SLICE("Usage")), CHARGE_TYPES);
	assert_int_equal(charge_type_find(SLICE("")), CHARGE_TYPES);
	assert_int_equal(usage_class_find(SLICE_NULL), CLASS_NONE);
	assert_int_equal(usage_class_find(SLICE("tokens")), USAGE_CLASSES);
}

static const struct {
	const char *raw, *wanted;
} providers[] = {
        {"openai", "openai"},
        {"OpenAI", "openai"},
        {" anthropic ", "anthropic"},
        {"aws.bedrock", "bedrock"},
        {"AWS_Bedrock", "bedrock"},
        {"amazon_bedrock", "bedrock"},
        {"amazon-bedrock", "bedrock"},
        {"Amazon Bedrock", "bedrock"},
        {"aws-bedrock", "bedrock"},
        {"bedrock_converse", "bedrock"},
        {"bedrock_mantle", "bedrock"},
        {"azure", "azure_openai"},
        {"azure.ai.openai", "azure_openai"},
        {"az.ai.openai", "azure_openai"},
        {"Azure OpenAI", "azure_openai"},
        {"azure-openai", "azure_openai"},
        {"azure_text", "azure_openai"},
        {"AzureOpenAI", "azure_openai"},
        {"gcp.vertex_ai", "vertex_ai"},
        {"gcp_vertex_ai", "vertex_ai"},
        {"google-vertex", "vertex_ai"},
        {"google_vertex", "vertex_ai"},
        {"vertex", "vertex_ai"},
        {"vertex-ai", "vertex_ai"},
        {"vertexai", "vertex_ai"},
        {"vertex_ai_beta", "vertex_ai"},
        {"vertex_ai-anthropic_models", "vertex_ai"},
        {"vertex_ai-llama_models", "vertex_ai"},
        {"open-router", "openrouter"},
        {"open_router", "openrouter"},
        {"openrouter.ai", "openrouter"},
        {"text-completion-openai", "openai"},
        {"anthropic_text", "anthropic"},
        {"Mistral", "mistral"},
        {"gcp.gemini", "gcp.gemini"},
        {"", ""},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI\xc3\xa9Z",
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghi\xc3\xa9"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ\xc3\xa9",
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghij"},
};

static void shipped_provider_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++) {
		char scratch[64];
		struct slice got = provider_canonical(NULL, slice_of(providers[i].raw), scratch);
		if (!slice_is(got, providers[i].wanted))
			fail_msg("%s: %.*s", providers[i].raw, (int)got.len, got.ptr);
	}
}

/* The source's map is tried on the raw name, first; then the config's aliases, then the shipped table. */
static void configured_provider_names(void **state)
{
	(void)state;
	struct name_pair map[] = {{"anthropic", "AWS.Bedrock"}, {"proxy", "house"}};
	struct name_pair alias[] = {{"house", "azure"}, {"anthropic", "not this"}, {"Acme", "Acme_LLM"}};
	struct name_map source_map = {.pair = map, .count = 2}, aliases = {.pair = alias, .count = 3};
	struct provider_names names = {.source_map = &source_map, .aliases = &aliases};
	char scratch[64];
	assert_true(slice_is(provider_canonical(&names, SLICE("anthropic"), scratch), "bedrock"));
	assert_true(slice_is(provider_canonical(&names, SLICE("Anthropic"), scratch), "bedrock"));
	assert_true(slice_is(provider_canonical(&names, SLICE("proxy"), scratch), "azure_openai"));
	assert_true(slice_is(provider_canonical(&names, SLICE("Acme"), scratch), "acme_llm"));
	assert_true(slice_is(provider_canonical(&names, SLICE("OpenAI"), scratch), "openai"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(event_column_names),
	        cmocka_unit_test(charge_types_and_classes),
	        cmocka_unit_test(shipped_provider_names),
	        cmocka_unit_test(configured_provider_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
