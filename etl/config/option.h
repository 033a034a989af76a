/*
 * Command-line options: a table per command says what there is; it parses, complains and prints its own help.
 * --name VALUE, --name=VALUE, -n VALUE, -nVALUE, -vv, `--` ends the options; options and arguments may be mixed.
 *
 *	struct reconcile_options { const char *period; bool json; };
 *	static const struct option table[] = {
 *		{.name = "period", .letter = 'p', .kind = OPTION_TEXT, .argument = "YYYY-MM", .help = "the month",
 *		 .offset = offsetof(struct reconcile_options, period)},
 *		OPTION_END,
 *	};
 */
#pragma once
#include "base/err.h"
#include <stddef.h>
#include <stdio.h>

enum option_kind {
	OPTION_FLAG,  /* bool: true when given */
	OPTION_TEXT,  /* const char *: the value, pointing into argv; the last one counts */
	OPTION_COUNT, /* int: one more each time (-vv) */
};
struct option {
	const char *name; /* without dashes; NULL ends the table */
	char letter;      /* 0: none */
	enum option_kind kind;
	const char *argument; /* OPTION_TEXT: what the help calls the value ("FILE") */
	const char *help;     /* NULL: not listed */
	size_t offset;        /* of the member of the target struct */
};
#define OPTION_END                                                                                                     \
	{                                                                                                              \
		.name = NULL                                                                                           \
	}

/* A table, the struct it fills, and the heading above it in the help. */
struct option_group {
	const char *title;
	const struct option *table;
	void *target;
};

struct option_rest {
	char **argument; /* the arguments that are no options, in order (argv, rearranged) */
	int count;
	bool help; /* --help or -h was given; nothing else was checked after it */
};
/*
 * Parses argv[0..argc), the program's and command's names not among them. `stop_at_argument`: the first argument that
 * is no option ends it, and what follows is left as it stands (for "closebook OPTIONS COMMAND …"). ERR_USAGE with a
 * hint.
 */
bool option_parse(const struct option_group *groups, size_t group_count, int argc, char **argv, bool stop_at_argument,
                  struct option_rest *rest, struct err *e);
/*
 * Takes the group's options, and their values, out of argv[0..*argc), up to `--`; what it does not know stays, in
 * order. For options that may stand among those of another table, which the caller parses then.
 */
bool option_extract(const struct option_group *group, int *argc, char **argv, struct err *e);
/* Prints "Usage: …", the summary (may be several paragraphs) and the options of each group. */
void option_help(FILE *out, const char *usage, const char *summary, const struct option_group *groups,
                 size_t group_count);
/* The name nearest to `given` (for "did you mean"), or NULL when none is near. */
const char *option_nearest(const char *given, const char *const *names, size_t count);
