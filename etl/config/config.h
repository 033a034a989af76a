/*
 * closebook.yaml: one table of keys, every unknown key and value refused with line and column.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <stddef.h>

/* name → name, e.g. provider aliases or their column names → ours. */
struct name_pair {
	const char *from, *to;
};
struct name_map {
	struct name_pair *pair;
	size_t count;
};
/* The `to` of `from`, or NULL. */
const char *name_map_find(const struct name_map *map, struct slice from);

/* Dimensions that a bill line and an event can be compared on; bit numbers shared with sql/match/. */
enum dimension {
	DIM_ACCOUNT_ID,
	DIM_REGION,
	DIM_MODEL,
	DIM_USAGE_CLASS,
	DIM_SERVICE_TIER,
	DIM_API_KEY_ID,
	DIM_RESOURCE_ID,
	DIM_COUNT,
};
extern const char *const dimension_name[DIM_COUNT];

/* Where a gateway's record says what it has no column for: {"tag", "svc"}, {"metadata", "service"}, {"key_alias", ""}.
 */
struct origin {
	const char *kind, *name;
};
enum { ORIGINS_MAX = 8 };
struct origin_list {
	struct origin item[ORIGINS_MAX]; /* the first that gives a value counts */
	size_t count;
};
/* Reads "tag:svc, key_alias"; `kinds` are those that may stand there, ended by NULL. False: *bad is the part at fault.
 */
bool origin_list_read(struct arena *a, struct slice text, const char *const *kinds, struct origin_list *out,
                      struct slice *bad);
/* Adds "tag:NAME, metadata:NAME, key_alias" to `out`. */
void origin_list_help(const char *const *kinds, struct buf *out);

/* What a source that is fetched from needs to be reached. */
struct remote_config {
	const char *url;    /* s3://, https://, postgresql://, …; NULL: the source's files are here already */
	const char *secret; /* env:NAME, file:PATH or credential:NAME, see secret.h */
	const char *auth;   /* http: bearer, basic, or the name of a header; NULL: bearer */
	const char *user;   /* of basic */
	const char *format; /* http: the files' format; NULL: told by their content */
	const char *profile, *region, *endpoint; /* S3 */
	const char *ca_file, *proxy;
	const char *since; /* date: nothing before it is fetched; NULL: the start of the previous month */
	int trailing_days; /* that are fetched again because providers restate them */
	int retry_seconds, timeout_seconds;
	const char *max_bytes; /* of one file; decimal text */
};

struct source_config {
	const char *name; /* unique */
	const char *type; /* "aws-cur", "events", … */
	const char *uri;  /* folder or file, absolute: of a remote source landing_dir/NAME; NULL when not given */
	struct remote_config remote;
	const char *dataset; /* NULL: as the format finds it */
	bool match_on_given;
	unsigned match_on;               /* bit set of enum dimension */
	const char *defaults[DIM_COUNT]; /* what an event's empty value counts as; NULL = nothing */
	struct name_map provider_map;
	struct name_map columns;    /* their header → our column; of JSON also a path of keys joined by dots */
	struct name_map constants;  /* events, otlp: our column → what it holds where the file says nothing */
	unsigned excludes_cache;    /* events, otlp, 0 or 1: input_tokens leaves out what the cache read and wrote */
	unsigned cost_in_cents;     /* events, otlp, 0 or 1: computed_cost_usd is in cents */
	const char *request_id_tag; /* aws-cur: the tag that holds a request id, normalised (user_request_id) */
	const char *cost_column;    /* aws-cur: another cost column than the default rule's */
	/* litellm: what an event's columns are taken from, and a team's business unit */
	struct origin_list service_from, environment_from, feature_from, business_unit_from;
	unsigned line; /* in the YAML file */
};

enum residual { RESIDUAL_UNATTRIBUTED, RESIDUAL_PRO_RATA };
enum final_date { FINAL_PERIOD_END, FINAL_NEXT_PERIOD_START };
enum { RETENTION_FOREVER = -1 };

struct config {
	struct arena arena;
	const char *path;     /* absolute; NULL when no file was found (all defaults) */
	const char *database; /* URI; NULL = embedded cluster */
	const char *state_dir, *landing_dir, *out_dir,
	        *refdata_dir;                             /* absolute; landing_dir and refdata_dir may be NULL */
	const char *currency;                             /* "USD" (anything else is refused: 78) */
	const char *threshold_percent, *threshold_amount; /* decimal text */
	enum residual residual;
	int settle_days;
	int retention_days; /* of superseded deliveries' lines; RETENTION_FOREVER */
	int landing_days;   /* that files which were fetched and loaded stay in landing_dir; RETENTION_FOREVER */
	enum final_date final_date;
	/* Where the head of the ledger's chain goes; each may be NULL. head_secret: the webhook's bearer token, see
	 * secret.h */
	const char *head_file, *head_webhook, *head_secret;
	struct source_config *source;
	size_t source_count;
	struct name_map aliases; /* provider aliases on top of the shipped table */
};

/*
 * Finds the file (explicit path, else $CLOSEBOOK_CONFIG, else closebook.yaml here, in a parent folder,
 * ~/.config/closebook/, /etc/closebook/) and reads it. A missing file is an error only if it was named. ERR_CONFIG with
 * file, line, column.
 */
bool config_load(struct config *c, const char *explicit_path, struct err *e);
void config_release(struct config *c);
const struct source_config *config_source(const struct config *c, const char *name);
/* The commented sample that `init` writes. */
extern const char config_sample[];
