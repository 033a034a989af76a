#include "config/option.h"

#include <string.h>

enum { HELP_COLUMN = 28, NAME_MAX_LENGTH = 40 };

/* ---- Nearest name ---- */

static size_t least(size_t a, size_t b, size_t c)
{
	return a < b ? (a < c ? a : c) : (b < c ? b : c);
}

/* Count of letters to insert, delete or replace; NAME_MAX_LENGTH when a name is too long to be meant. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LENGTH + 1], len_a = strlen(a), len_b = strlen(b);
	if (len_a > NAME_MAX_LENGTH || len_b > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH;
	for (size_t j = 0; j <= len_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t replace = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1, replace);
		}
	}
	return row[len_b];
}

const char *option_nearest(const char *given, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	size_t len = strlen(given), limit = len <= 3 ? 1 : len <= 7 ? 2 : 3, best = limit + 1;
	for (size_t i = 0; i < count; i++) {
		size_t distance = edit_distance(given, names[i]);
		if (distance < best) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

/* ---- Parsing ---- */

struct parser {
	const struct option_group *groups;
	size_t group_count;
	char **argv;
	int argc, at;
	struct option_rest *rest;
};

static const struct option *find(const struct parser *p, const char *name, size_t len, char letter, void **target)
{
	for (size_t g = 0; g < p->group_count; g++)
		for (const struct option *o = p->groups[g].table; o->name; o++)
			if (letter ? o->letter == letter : strlen(o->name) == len && memcmp(o->name, name, len) == 0) {
				*target = (char *)p->groups[g].target + o->offset;
				return o;
			}
	return NULL;
}

static bool fail_unknown(const struct parser *p, const char *name, size_t len, struct err *e)
{
	const char *names[64];
	char given[64];
	size_t count = 0;
	for (size_t g = 0; g < p->group_count; g++)
		for (const struct option *o = p->groups[g].table; o->name && count < 64; o++)
			names[count++] = o->name;
	fail(e, ERR_USAGE, "unknown option --%.*s", (int)len, name);
	if (len < sizeof(given)) {
		memcpy(given, name, len);
		given[len] = '\0';
		const char *nearest = option_nearest(given, names, count);
		if (nearest)
			return err_hint(e, "did you mean --%s?", nearest);
	}
	return err_hint(e, "--help lists the options");
}

static bool looks_like_option(const char *argument)
{
	char c = argument[0] == '-' ? argument[1] : '\0';
	return c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The value is what follows in the same argument, or the next one unless that looks like an option. */
static bool take_value(struct parser *p, const struct option *o, const char *inside, const char **value, struct err *e)
{
	*value = inside;
	if (inside)
		return true;
	if (p->at < p->argc && !looks_like_option(p->argv[p->at])) {
		*value = p->argv[p->at++];
		return true;
	}
	fail(e, ERR_USAGE, "option --%s needs a value: --%s %s", o->name, o->name, o->argument);
	if (p->at < p->argc)
		return err_hint(e, "if the value is %s, write --%s=%s", p->argv[p->at], o->name, p->argv[p->at]);
	return false;
}

static bool parse_long(struct parser *p, const char *name, struct err *e)
{
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	if (len == 4 && memcmp(name, "help", 4) == 0) {
		p->rest->help = true;
		return true;
	}
	void *target;
	const struct option *o = find(p, name, len, '\0', &target);
	if (!o)
		return fail_unknown(p, name, len, e);
	if (o->kind == OPTION_TEXT)
		return take_value(p, o, equals ? equals + 1 : NULL, target, e);
	if (equals)
		return fail(e, ERR_USAGE, "option --%s takes no value", o->name);
	if (o->kind == OPTION_COUNT)
		++*(int *)target;
	else
		*(bool *)target = true;
	return true;
}

static bool parse_letters(struct parser *p, const char *letters, struct err *e)
{
	for (; *letters; letters++) {
		void *target;
		const struct option *o = find(p, NULL, 0, *letters, &target);
		if (!o && *letters == 'h') {
			p->rest->help = true;
			return true;
		}
		if (!o) {
			fail(e, ERR_USAGE, "unknown option -%c", *letters);
			return err_hint(e, "--help lists the options");
		}
		if (o->kind == OPTION_TEXT)
			return take_value(p, o, letters[1] ? letters + 1 : NULL, target, e);
		if (o->kind == OPTION_COUNT)
			++*(int *)target;
		else
			*(bool *)target = true;
	}
	return true;
}

bool option_parse(const struct option_group *groups, size_t group_count, int argc, char **argv, bool stop_at_argument,
                  struct option_rest *rest, struct err *e)
{
	struct parser p = {groups, group_count, argv, argc, 0, rest};
	bool all_arguments = false;
	*rest = (struct option_rest){.argument = argv};
	while (p.at < argc && !rest->help) {
		char *argument = argv[p.at++];
		if (all_arguments || argument[0] != '-' || argument[1] == '\0') {
			rest->argument[rest->count++] = argument;
			all_arguments = all_arguments || stop_at_argument;
		} else if (strcmp(argument, "--") == 0) {
			all_arguments = true;
		} else if (argument[1] == '-' ? !parse_long(&p, argument + 2, e)
		                              : !parse_letters(&p, argument + 1, e)) {
			return false;
		}
	}
	return true;
}

/* Whether the argument is one of the parser's options; of several letters, the first one tells. */
static bool is_known(const struct parser *p, const char *argument)
{
	void *target;
	if (argument[0] != '-' || argument[1] == '\0')
		return false;
	if (argument[1] != '-')
		return find(p, NULL, 0, argument[1], &target) != NULL;
	return find(p, argument + 2, strcspn(argument + 2, "="), '\0', &target) != NULL;
}

bool option_extract(const struct option_group *group, int *argc, char **argv, struct err *e)
{
	struct option_rest rest = {0};
	struct parser p = {group, 1, argv, *argc, 0, &rest};
	int kept = 0;
	while (p.at < *argc && strcmp(argv[p.at], "--") != 0) {
		char *argument = argv[p.at++];
		if (!is_known(&p, argument))
			argv[kept++] = argument;
		else if (argument[1] == '-' ? !parse_long(&p, argument + 2, e) : !parse_letters(&p, argument + 1, e))
			return false;
	}
	while (p.at < *argc)
		argv[kept++] = argv[p.at++];
	*argc = kept;
	return true;
}

/* ---- Help ---- */

static void help_line(FILE *out, const struct option *o)
{
	int width = fprintf(out, "  ");
	if (o->letter)
		width += fprintf(out, "-%c, ", o->letter);
	width += fprintf(out, "--%s", o->name);
	if (o->kind == OPTION_TEXT)
		width += fprintf(out, " %s", o->argument);
	if (width >= HELP_COLUMN) {
		fputc('\n', out);
		width = 0;
	}
	fprintf(out, "%*s", HELP_COLUMN - width, "");
	for (const char *c = o->help; *c; c++) {
		fputc(*c, out);
		if (*c == '\n')
			fprintf(out, "%*s", HELP_COLUMN, "");
	}
	fputc('\n', out);
}

void option_help(FILE *out, const char *usage, const char *summary, const struct option_group *groups,
                 size_t group_count)
{
	fprintf(out, "Usage: %s\n\n%s\n", usage, summary);
	for (size_t g = 0; g < group_count; g++) {
		if (!groups[g].table->name)
			continue;
		fprintf(out, "\n%s\n", groups[g].title);
		for (const struct option *o = groups[g].table; o->name; o++)
			if (o->help)
				help_line(out, o);
	}
}
