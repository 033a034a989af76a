/*
 * What an AWS usage type says: "USE1-Claude4.6Sonnet-cache-read-input-token-count",
 * "USW2-MP:USW2_OutputTokenCount_Global_Batch-Units".
 */
#pragma once
#include "base/arena.h"
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

/* The same with a memory, for a report repeats a few hundred types in millions of rows. All zero to begin with. */
enum { AWS_USAGE_TYPES = 512 };
struct aws_usage_types {
	struct {
		struct slice text; /* absent: nothing known here */
		struct aws_usage_type type;
	} known[AWS_USAGE_TYPES];
	struct arena arena;
};
void aws_usage_types_release(struct aws_usage_types *types);
/* Valid until the next call; its slices may point into `types`. */
const struct aws_usage_type *aws_usage_types_find(struct aws_usage_types *types, struct slice text);
