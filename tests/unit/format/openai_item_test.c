#include "format/openai_item.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *text, *model, *klass, *tier; /* NULL: not said */
} cases[] = {
        {"gpt-5.5-2026-04-23, input", "gpt-5.5-2026-04-23", "input", NULL},
        {"gpt-5.5-2026-04-23, cached input", "gpt-5.5-2026-04-23", "cache_read", NULL},
        {"gpt-5.5-2026-04-23, cache writes", "gpt-5.5-2026-04-23", "cache_write_5m", NULL},
        {"gpt-5.5-2026-04-23, output", "gpt-5.5-2026-04-23", "output", NULL},
        {"priority | gpt-5.6-sol, output, long context", "gpt-5.6-sol", "output", "priority"},
        {"Batch | gpt-5.5, Cached Input", "gpt-5.5", "cache_read", "batch"},
        {"flex | gpt-5.5, long context, input", "gpt-5.5", "input", "flex"},
        {"gpt-realtime, audio output", "gpt-realtime", "audio", NULL},
        {"gpt-image-2, image output", "gpt-image-2", "image", NULL},
        {"gpt-5.5, training", "gpt-5.5", "other", NULL},
        {"web search tool calls", NULL, "other", NULL},
        {"Vector storage", NULL, "other", NULL},
        {"assistants api | file search", NULL, "other", NULL},
        {"whisper-1", "whisper-1", "", NULL},
        {"", NULL, "", NULL},
        {"  ", NULL, "", NULL},
};

static bool same(struct slice got, const char *wanted)
{
	return wanted ? slice_is(got, wanted) : got.ptr == NULL;
}

static void line_items(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct slice model, tier;
		enum usage_class klass;
		openai_item_parse(slice_of(cases[i].text), &model, &klass, &tier);
		if (same(model, cases[i].model) && same(tier, cases[i].tier) &&
		    strcmp(usage_class_name[klass], cases[i].klass) == 0)
			continue;
		print_error("%s: model %.*s, class %s, tier %.*s\n", cases[i].text, (int)model.len, model.ptr,
		            usage_class_name[klass], (int)tier.len, tier.ptr);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void absent(void **state)
{
	(void)state;
	struct slice model = SLICE("x"), tier = SLICE("x");
	enum usage_class klass = CLASS_OTHER;
	openai_item_parse(SLICE_NULL, &model, &klass, &tier);
	assert_true(!model.ptr && !tier.ptr && klass == CLASS_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(line_items), cmocka_unit_test(absent)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
