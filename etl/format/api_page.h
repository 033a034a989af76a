/*
 * What OpenAI's and Anthropic's billing APIs have in common: pages that hold time buckets that hold results. A file
 * holds one page, several one after the other, or an array of them; each bucket is a delivery of its own, also an
 * empty one. Pages are read one at a time.
 */
#pragma once
#include "format/json.h"

/* A result in its bucket; everything is valid during the call only. */
struct api_result {
	const json_t *json;
	const char *path;
	struct line line; /* number, delivery, provider, period and times filled; a usage line in USD without class or
	                     amounts */
};

struct api_dialect {
	const char *provider;
	const char *start, *end; /* a bucket's members */
	bool (*time)(struct slice text, utc_us *out);
	const char *payer; /* a result's (or page's) member; NULL: the API does not say */
	/* The endpoint that such a result comes from, written to `scratch` if need be; absent when it can't be told. */
	struct slice (*dataset)(const json_t *result, char scratch[64]);
	bool (*result)(struct api_result *r, const struct sink *out, struct err *e);
};

/* Fails with malformed_row (line = number of the result in the file) or truncated_file. */
bool api_pages_read(const struct api_dialect *d, struct stream *in, const struct reader_options *o,
                    const struct sink *out, struct err *e);

/* Fails with malformed_row for that member: `MEMBER PROBLEM`. */
bool api_refuse(const struct api_result *r, const char *member, const char *problem, struct err *e);
/* Yields a usage-only line of that class. A stated 0 is a statement: nothing of the class was used. */
bool api_quantity(struct api_result *r, enum usage_class klass, struct decimal quantity, const char *unit,
                  const struct sink *out, struct err *e);
/* api_count and api_quantity together, for a member that is there. */
bool api_stated_count(struct api_result *r, const json_t *object, const char *member, enum usage_class klass,
                      const char *unit, const struct sink *out, struct err *e);
/* A member that is a count, 0 when absent. */
bool api_count(const struct api_result *r, const json_t *object, const char *member, int64_t *out, struct err *e);
/* A member that is a decimal; `name` is how messages call it. *given = false when it is absent or null. */
bool api_decimal(const struct api_result *r, const json_t *object, const char *member, const char *name,
                 struct decimal *out, bool *given, struct err *e);
/* line.cost and line.currency from two members of an object. `name` is how messages call the amount. */
bool api_cost(struct api_result *r, const json_t *object, const char *amount, const char *name, char currency[4],
              struct err *e);
/* A tier as prices and events name it: standard for what providers call default, on_demand and auto. */
struct slice api_tier(struct slice tier);
