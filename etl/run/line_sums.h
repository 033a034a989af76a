/*
 * Sums of a file's lines while they pass: what a night reads of the bills of earlier nights (provider.line_sum). Over
 * equal deliveries, attributes and windows, with and without cost and quantity apart; of lines with a request id over
 * equal deliveries and attributes only. `verify` derives them from the stored lines again, in SQL
 * (sql/replay/sums.sql).
 */
#pragma once
#include "run/load_sink.h"

struct line_sums *line_sums_new(void);
void line_sums_free(struct line_sums *t);
/* Adds a line with these attributes; cost: NULL if it has none. When there are too many sums to keep, they are written
 * first: the same lines' may then stand in two rows, which costs room and nothing else. */
void line_sums_add(struct line_sums *t, const struct load_delivery *d, int32_t attribute_no, const struct line *l,
                   const struct decimal *cost, int64_t file_id, struct copy *out);
/* Writes what there is, and forgets it. */
void line_sums_write(struct line_sums *t, int64_t file_id, struct copy *out);

extern const char line_sums_copy[]; /* the COPY command */
