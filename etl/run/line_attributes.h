/*
 * What repeats from one line of a bill to the next - who, where, which model, and how it is described - stored once per
 * file: a line then has a number for it.
 */
#pragma once
#include "format/format.h"
#include "store/copy.h"

struct line_attribute {
	int32_t number;     /* within the file */
	int32_t kind_no[2]; /* the kinds of its lines, and of its odd ones; 0: not asked for so far */
};

/* Those of one file. */
struct line_attributes *line_attributes_new(int64_t file_id);
void line_attributes_free(struct line_attributes *t);
/* The line's; new ones are added to the COPY rows. Valid until the next call. */
struct line_attribute *line_attributes_find(struct line_attributes *t, const struct line *l, struct copy *out);
/* The COPY command of those rows. */
extern const char line_attributes_copy[];
