/*
 * What an explanation consists of, by kind of id: tables of parts, and of the columns of each part. The SQL files and
 * these tables agree on names and order of columns.
 */
#pragma once
#include "report/explain.h"

#define TEXT(column, head)                                                                                             \
	{                                                                                                              \
		.name = column, .heading = head, .type = COLUMN_TEXT                                                   \
	}
#define NUMBER(column, head)                                                                                           \
	{                                                                                                              \
		.name = column, .heading = head, .type = COLUMN_NUMBER                                                 \
	}
#define COUNTED(column, head)                                                                                          \
	{                                                                                                              \
		.name = column, .heading = head, .type = COLUMN_COUNT                                                  \
	}
#define COLUMNS(table) .column = table, .columns = sizeof table / sizeof *table
/* What an explanation of a reconciled month begins with; `table` is of one column, a sentence. */
#define OUTDATED(table)                                                                                                \
	{                                                                                                              \
		.name = "outdated", .sql = "explain/outdated", COLUMNS(table), .shape = EXPLAIN_SENTENCES              \
	}
#define PARTS(table) .part = table, .parts = sizeof table / sizeof *table

extern const struct explain_kind explain_request, explain_bucket, explain_unit, explain_journal, explain_journal_line,
        explain_adjustment;
enum { EXPLAIN_EXCEPTION_KINDS = 6 };
extern const struct explain_kind explain_exception[EXPLAIN_EXCEPTION_KINDS]; /* by kind of evidence */
