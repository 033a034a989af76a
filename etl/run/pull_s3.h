/* What fetching reports and logs from S3 have in common. */
#pragma once
#include "run/pull_task.h"
#include "source/s3.h"

/* Opens the source's bucket; *prefix is where in it. */
bool pull_s3_begin(struct pull_task *p, struct s3 *s, const char **prefix, struct err *e);

/* Objects that a listing gave; strings are in the task's arena. */
struct s3_listing {
	struct pull_task *task;
	struct s3_object *object;
	size_t count, capacity;
	bool (*wanted)(const struct s3_object *object); /* NULL: every object */
};
/* Adds what s3_list gives (no folders when there is no delimiter). */
bool s3_listing_read(struct s3_listing *l, struct s3 *s, const char *prefix, const char *start_after,
                     const char *delimiter, struct err *e);
void s3_listing_release(struct s3_listing *l);
