/*
 * A folder's files as a .zip or a .tar.gz, through libarchive. The same files, names and time give the same bytes:
 * entries stand in the order given and belong to nobody.
 */
#pragma once
#include "base/civil.h"
#include "base/err.h"
#include "base/file.h"
#include <stddef.h>

enum archive_kind { ARCHIVE_ZIP, ARCHIVE_TAR_GZ };
/* Writes FOLDER/name[i] as root/name[i] into a writer that has begun, and finishes it. */
bool archive_write(struct file_writer *out, enum archive_kind kind, const char *folder, const char *root,
                   const char *const *name, size_t count, utc_us modified, struct err *e);
