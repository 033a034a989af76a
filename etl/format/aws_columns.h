/*
 * The columns of a Cost and Usage Report that closebook reads, under one name each: CUR 2.0's. Legacy reports write
 * "lineItem/UsageType" for line_item_usage_type; their snake_case variant agrees with CUR 2.0.
 */
#pragma once
#include "base/arena.h"
#include "format/csv.h"
#include "format/flat_map.h"
#include "format/json.h"
#include "format/record.h"
#include "format/tags.h"

enum aws_column {
	AWS_BILLING_ENTITY,
	AWS_PERIOD_START,
	AWS_PERIOD_END,
	AWS_INVOICE_ID,
	AWS_PAYER_ACCOUNT_ID,
	AWS_TIME_INTERVAL,
	AWS_CURRENCY,
	AWS_DESCRIPTION,
	AWS_LINE_ITEM_TYPE,
	AWS_PRODUCT_CODE,
	AWS_RESOURCE_ID,
	AWS_USAGE_ACCOUNT_ID,
	AWS_USAGE_AMOUNT,
	AWS_USAGE_START,
	AWS_USAGE_END,
	AWS_USAGE_TYPE,
	AWS_UNBLENDED_COST,
	AWS_NET_UNBLENDED_COST,
	AWS_IAM_PRINCIPAL,
	AWS_PRICING_UNIT,
	AWS_PRODUCT,
	AWS_PRODUCT_NAME,
	AWS_PRODUCT_FAMILY,
	AWS_PRODUCT_MODEL,
	AWS_PRODUCT_REGION,
	AWS_RESOURCE_TAGS,
	AWS_TAGS,
	AWS_COLUMNS,
};
extern const struct csv_column aws_columns[AWS_COLUMNS];

enum charge_type aws_charge_type(struct slice line_item_type);

/* A tag's name, and what it is called here. */
struct aws_tag_key {
	struct slice text, folded;
	int rank; /* whose tag it is where several have one key: the resource's before the principal's before the
	             account's */
};

/* The columns that a report really has: aws_columns, then the configured cost column, then a column per tag. */
struct aws_table {
	struct csv_column *column;
	size_t count;
	size_t cost;                 /* index of the cost column */
	size_t first_tag;            /* the rest are tags */
	struct aws_tag_key *tag_key; /* theirs */
};
/* Chooses them in the reader. Memory is the arena's. Fails as csv_reader_want does. */
bool aws_table_choose(struct aws_table *t, struct csv_reader *r, struct arena *a, const struct source_config *source,
                      struct err *e);

/* "resourceTags/user:CostCenter", "user:CostCenter" and "user_cost_center" are all user_cost_center. Memory is the
 * arena's, `text` is borrowed. */
struct aws_tag_key aws_tag_key(struct slice text, struct arena *a);

/* Reads the tags of one row after the other. All zero to begin with. */
struct aws_tag_reader {
	struct json_reader json;
	struct arena arena;                     /* of the row */
	struct aws_tag_key known[FLAT_MAP_MAX]; /* by their place in a map: the keys of rows before */
	struct arena known_arena;
};
void aws_tag_reader_release(struct aws_tag_reader *reader);
/* All tags of the current row, of the map columns and of the columns per tag; they live until the next row. False with
 * *column and *why: a map is no JSON. */
bool aws_row_tags(const struct csv_reader *r, const struct aws_table *t, struct aws_tag_reader *reader,
                  struct tags *tags, size_t *column, const char **why);
