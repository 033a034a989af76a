/*
 * Secrets are never in the configuration, only where they are: env:NAME (a variable), file:PATH (refused when others
 * may read it), credential:NAME (systemd's credentials directory). They go to no log, message, manifest or table.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"

/* The secret, without the line's end; in the arena. NULL with ERR_CONFIG naming the place. */
const char *secret_read(const char *place, struct arena *a, struct err *e);
