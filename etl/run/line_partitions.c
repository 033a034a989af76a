#include "run/line_partitions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ID_MAX = 24, NAME_MAX_BYTES = PERIOD_TEXT_MAX + ID_MAX };

static void partition_name(bool is_own, const struct load_delivery *d, char name[NAME_MAX_BYTES])
{
	char period[PERIOD_TEXT_MAX], id[ID_MAX];
	period_text(d->period, period);
	snprintf(id, sizeof id, "%" PRId64, d->delivery_id);
	snprintf(name, NAME_MAX_BYTES, "%.4s_%.2s_%s", period, period + 5, is_own ? id : "rest");
}

/* Makes one, with what it is a part of. */
static bool partition_make(bool is_own, const struct load_delivery *d, struct db *db, struct err *e)
{
	char period[PERIOD_TEXT_MAX], id[ID_MAX];
	period_text(d->period, period);
	snprintf(id, sizeof id, "%" PRId64, d->delivery_id);
	return db_run(db, "ingest/partition", DB_PARAMS(period, is_own ? id : NULL), NULL, e);
}

bool line_partitions_make(struct line_partitions *p, struct delivery_table *deliveries, struct copy_run *run,
                          struct err *e)
{
	for (size_t i = 0;; i++) {
		char name[NAME_MAX_BYTES];
		pthread_mutex_lock(&deliveries->mutex);
		const struct load_delivery *d = i < deliveries->count ? deliveries->all[i] : NULL;
		pthread_mutex_unlock(&deliveries->mutex);
		if (!d)
			return true;
		partition_name(p->is_own, d, name); /* id and period of a delivery never change */
		if (name_set_has(&p->names, name))
			continue;
		if (!copy_end(run, e) || !partition_make(p->is_own, d, run->db, e))
			return false;
		name_set_add(&p->names, slice_of(name));
	}
}

void line_partitions_copy(const struct line_partitions *p, const struct load_delivery *bill,
                          char command[LINE_COPY_MAX])
{
	char name[NAME_MAX_BYTES];
	if (bill) {
		partition_name(p->is_own, bill, name);
		snprintf(command, LINE_COPY_MAX, "COPY provider.line_%s (%s) FROM STDIN (FORMAT binary, FREEZE)", name,
		         load_bill_columns);
	} else {
		snprintf(command, LINE_COPY_MAX, "COPY provider.line_fact (%s) FROM STDIN (FORMAT binary)",
		         load_line_columns);
	}
}

static bool is_of_rejected(const struct line_partitions *p, const struct delivery_table *deliveries,
                           const char *partition)
{
	char name[NAME_MAX_BYTES];
	for (size_t i = 0; p->is_own && i < deliveries->count; i++) {
		partition_name(true, deliveries->all[i], name);
		if (deliveries->all[i]->rejected && strcmp(name, partition) == 0)
			return true;
	}
	return false;
}

bool line_partitions_settle(const struct line_partitions *p, const struct delivery_table *deliveries, struct db *db,
                            struct err *e)
{
	/* A few thousand rows tell the planner as much as thirty, and are a tenth of the pages. */
	if (p->names.count > 0 && !db_query(db, "SET LOCAL default_statistics_target = 10", DB_NO_PARAMS, NULL, e))
		return false;
	for (size_t i = 0; i < p->names.count; i++) {
		bool is_rejected = is_of_rejected(p, deliveries, p->names.name[i]);
		char name[32 + NAME_MAX_BYTES];
		snprintf(name, sizeof name, "%sline_%s", is_rejected ? "" : "provider.", p->names.name[i]);
		if (!db_run(db, is_rejected ? "ingest/drop_partition" : "ingest/settle", DB_PARAMS(name), NULL, e))
			return false;
	}
	return p->names.count == 0 || (db_query(db, "RESET default_statistics_target", DB_NO_PARAMS, NULL, e) &&
	                               db_run(db, "ingest/settle", DB_PARAMS("provider.line_attribute"), NULL, e));
}

void line_partitions_release(struct line_partitions *p)
{
	for (size_t i = 0; i < p->names.count; i++)
		free(p->names.name[i]);
	free(p->names.name);
	p->names = (struct name_set){0};
}
