/*
 * Folders that are complete or not there at all: written under a temporary name beside their own, then renamed. One of
 * the same name that stands there already is exchanged for the new one and removed.
 */
#pragma once
#include "base/err.h"

struct folder_writer {
	char *path, *temporary;
};
/* Makes the folders above and the temporary one. */
bool folder_writer_begin(struct folder_writer *w, const char *path, struct err *e);
/* Renames it into place, and releases w. */
bool folder_writer_publish(struct folder_writer *w, struct err *e);
/* Removes what was written, unless published. Safe to call always. */
void folder_writer_release(struct folder_writer *w);
