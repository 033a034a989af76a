/*
 * Which spans a file has had, in bounded memory: two sets of 128-bit keys, of which the older one is forgotten when the
 * newer one is full. So a repeat is found within the last SPANS_KEPT spans at least, and within twice as many at most;
 * exporters repeat what they failed to send, which is near.
 */
#pragma once
#include "base/str.h"

enum { SPANS_KEPT = 1 << 19 };

struct span_key {
	uint64_t high, low;
};
struct span_keys {
	struct span_key *slot; /* all zero: free */
	size_t count, cap;     /* cap is a power of 2 */
};
struct span_set {
	struct span_keys newer, older;
};
/* False: it was there already. */
bool span_set_add(struct span_set *s, struct slice trace_id, struct slice span_id);
void span_set_release(struct span_set *s);
