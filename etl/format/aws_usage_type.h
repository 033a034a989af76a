/*
 * What an AWS usage type says: "USE1-Claude4.6Sonnet-cache-read-input-token-count",
 * "USW2-MP:USW2_OutputTokenCount_Global_Batch-Units".
 */
#pragma once
#include "base/str.h"
#include "format/record.h"

struct aws_usage_type {
	const char *region; /* NULL: no region code that is known */
	bool has_meter;     /* it names what was metered of a model; guardrails and agents do not */
	struct slice model; /* the fragment that stands for the model, within the text; absent when there is none */
	enum usage_class usage_class; /* CLASS_NONE only for an empty text */
	const char *service_tier;     /* batch, flex, priority, standard; NULL: not named */
	bool marketplace;
	bool global, cross_region, long_context;
};

struct aws_usage_type aws_usage_type_parse(struct slice text);
