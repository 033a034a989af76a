/*
 * The server settings that the speed of the job depends on, in one table: the embedded cluster is given them, and other
 * servers are compared with them (store/settings.sql).
 */
#pragma once
#include "base/arena.h"
#include "store/db.h"

/* Memory that we may use, in MB: the machine's, or the control group's when that is less. */
int64_t settings_memory_mb(void);
/* Memory of a machine that suits so much data, in MB: for servers that do not say what they run on. */
int64_t settings_memory_for(int64_t data_bytes);
/* Adds the settings for a machine with so much memory, as lines of postgresql.conf. */
void settings_write(struct buf *out, int64_t memory_mb);
/* The same as parameters of store/settings; in the arena. */
struct db_params settings_params(struct arena *a, int64_t memory_mb);
