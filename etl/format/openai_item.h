/*
 * OpenAI's `line_item`: free text such as "gpt-5.5-2026-04-23, cached input",
 * "priority | gpt-5.6-sol, output, long context", "web search tool calls", "Vector storage".
 */
#pragma once
#include "base/str.h"
#include "format/record.h"

/*
 * What a line item says; the slices point into it or are static, absent (ptr NULL) where it is silent.
 * A text that names no model is CLASS_OTHER; an absent or empty one says nothing at all (CLASS_NONE).
 */
void openai_item_parse(struct slice line_item, struct slice *model, enum usage_class *klass, struct slice *tier);
