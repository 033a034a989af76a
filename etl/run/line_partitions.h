/*
 * The partitions of provider.line_fact that a unit's lines go to: one per period, and in it one of its own for a
 * delivery that is a whole bill, so that a superseded bill is dropped as a table. The others of a period share one.
 */
#pragma once
#include "run/load_sink.h"
#include "store/db.h"

struct line_partitions {
	bool is_own;           /* the unit's deliveries are whole bills */
	struct name_set names; /* of those made or found: what follows "line_" */
};

/* Makes the partitions of all deliveries that are in the table so far; other threads may be adding to it. A COPY that
 * is open ends before. */
bool line_partitions_make(struct line_partitions *p, struct delivery_table *deliveries, struct copy_run *run,
                          struct err *e);
enum { LINE_COPY_MAX = 256 };
/*
 * The COPY command for the lines of a bill whose partition was made, or of any (NULL). A bill's go straight to its
 * partition, which is of this transaction: frozen at once, so that no later query writes to the rows it reads first.
 */
void line_partitions_copy(const struct line_partitions *p, const struct load_delivery *bill,
                          char command[LINE_COPY_MAX]);
/* When all lines are in: statistics, because what the planner knows of a partition is as of before the load. One that
 * was made for a delivery which is not to be goes again. */
bool line_partitions_settle(const struct line_partitions *p, const struct delivery_table *deliveries, struct db *db,
                            struct err *e);
void line_partitions_release(struct line_partitions *p);
