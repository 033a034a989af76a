/* The nightly job: load what is new, reconcile every month that has data, write the reports. */
#pragma once
#include "run/ingest.h"
#include "run/reconcile.h"

/* The folders and files that the configured sources name (and landing_dir); only those that exist. In the arena. */
bool nightly_paths(const struct config *config, struct arena *a, const char *const **path, size_t *count,
                   struct err *e);
