/* A program that is run for what it prints, without a shell: AWS's credential_process. */
#pragma once
#include "base/err.h"
#include "base/str.h"

/* Runs a command line (words, '…' and "…" as a shell would split them; nothing else is special) and reads its standard
 * output, at most `limit` bytes. ERR_UNAVAILABLE when it cannot be run or fails. */
bool child_read(const char *command, size_t limit, struct buf *out, struct err *e);
