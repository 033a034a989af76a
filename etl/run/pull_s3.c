#include "run/pull_s3.h"

#include <stdio.h>
#include <stdlib.h>

enum { OBJECTS_MAX = 2000000 };

bool pull_s3_begin(struct pull_task *p, struct s3 *s, const char **prefix, struct err *e)
{
	const struct remote_config *r = &p->source->remote;
	*s = (struct s3){
	        .http = p->http, .credentials = AWS_CREDENTIALS_INIT, .profile = r->profile, .endpoint = r->endpoint};
	const char *region = r->region ? r->region : aws_region(p->arena, r->profile);
	snprintf(s->region, sizeof s->region, "%s", region ? region : "us-east-1");
	return s3_split(p->arena, r->url, &s->bucket, prefix) ||
	       fail(e, ERR_CONFIG, "source %s: %s names no bucket", p->source->name, r->url);
}

static bool add(void *context, const struct s3_object *object, struct err *e)
{
	struct s3_listing *l = context;
	struct arena *a = l->task->arena;
	if (l->wanted && !l->wanted(object))
		return true;
	if (l->count == OBJECTS_MAX)
		return fail(e, ERR_UNAVAILABLE, "more than %d objects are listed", OBJECTS_MAX);
	if (l->count == l->capacity) {
		l->capacity = l->capacity ? 2 * l->capacity : 64;
		l->object = must_realloc(l->object, l->capacity * sizeof *l->object);
	}
	l->object[l->count] = *object;
	l->object[l->count].key = arena_strdup(a, object->key);
	l->object[l->count++].etag = object->etag ? arena_strdup(a, object->etag) : NULL;
	return true;
}

bool s3_listing_read(struct s3_listing *l, struct s3 *s, const char *prefix, const char *start_after,
                     const char *delimiter, struct err *e)
{
	return s3_list(s, prefix, start_after, delimiter, add, l, e);
}

void s3_listing_release(struct s3_listing *l)
{
	free(l->object);
	l->object = NULL;
	l->count = l->capacity = 0;
}
