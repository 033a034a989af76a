/*
 * The head of the ledger's chain, kept outside of the database: a chain shows what was changed in it, but not that its
 * end is gone. `ledger_head:` in the configuration names a file that takes a line of JSON for each new head, a webhook
 * that is told, or both.
 */
#pragma once
#include "config/config.h"
#include "store/db.h"

/* Appends the head to the file, unless it is its last one, and tells the webhook. Both are tried; what failed is ERR_IO
 * or ERR_UNAVAILABLE, with the hint how to try again. Nothing is done where nothing is configured, or nothing was
 * closed. */
bool ledger_head_publish(struct db *db, const struct config *config, struct err *e);
/* Whether the chain still holds every head in the file; ERR_CONTROL names the first that it does not. *count: heads in
 * it. */
bool ledger_head_check(struct db *db, const char *path, size_t *count, struct err *e);
