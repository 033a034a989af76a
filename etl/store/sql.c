/*
 * The files are sent statement by statement, because PostgreSQL's extended protocol, which carries parameters, takes
 * one statement at a time. The splitter knows as much of the lexical rules as psql does to find a statement's end:
 * quotes, E'' strings, quoted names, dollar quotes, nested comments, parentheses. BEGIN ATOMIC bodies are not
 * supported: write function bodies in dollar quotes.
 */
#include "store/sql.h"

const struct sql_file sql_files[] = {
#include "sql_files.inc"
        {NULL, NULL},
};
const size_t sql_file_count = sizeof(sql_files) / sizeof(sql_files[0]) - 1;

const struct sql_file *sql_find(const char *name)
{
	for (size_t i = 0; i < sql_file_count; i++)
		if (strcmp(sql_files[i].name, name) == 0)
			return &sql_files[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}
static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}
static bool is_name(char c)
{
	return is_name_start(c) || is_digit(c) || c == '$';
}

static char at(struct slice s, size_t i)
{
	return i < s.len ? s.ptr[i] : '\0';
}

/* Each of these takes the position where a token begins and returns the one after it. */

static size_t skip_line_comment(struct slice s, size_t i)
{
	while (i < s.len && s.ptr[i] != '\n')
		i++;
	return i;
}

static size_t skip_block_comment(struct slice s, size_t i)
{
	int depth = 0;
	while (i < s.len) {
		if (at(s, i) == '/' && at(s, i + 1) == '*') {
			depth++;
			i += 2;
		} else if (at(s, i) == '*' && at(s, i + 1) == '/') {
			i += 2;
			if (--depth == 0)
				return i;
		} else {
			i++;
		}
	}
	return i;
}

/* A doubled quote closes and opens again, which comes to the same. */
static size_t skip_quoted(struct slice s, size_t i, bool backslash_escapes)
{
	char quote = s.ptr[i++];
	while (i < s.len && s.ptr[i] != quote)
		i += backslash_escapes && s.ptr[i] == '\\' ? 2 : 1;
	return i < s.len ? i + 1 : s.len;
}

/* The length of the $tag$ at i, or 0 if there is none. */
static size_t dollar_tag(struct slice s, size_t i)
{
	size_t end = i + 1;
	if (is_name_start(at(s, end)))
		while (is_name_start(at(s, end)) || is_digit(at(s, end)))
			end++;
	return at(s, end) == '$' ? end + 1 - i : 0;
}

static size_t skip_dollar_quoted(struct slice s, size_t i, size_t tag)
{
	for (size_t end = i + tag; end + tag <= s.len; end++)
		if (memcmp(s.ptr + end, s.ptr + i, tag) == 0)
			return end + tag;
	return s.len;
}

static size_t skip_name(struct slice s, size_t i)
{
	size_t end = i;
	while (is_name(at(s, end)) && end < s.len)
		end++;
	if (end == i + 1 && (s.ptr[i] == 'e' || s.ptr[i] == 'E') && at(s, end) == '\'')
		return skip_quoted(s, end, true);
	return end;
}

static size_t skip_param(struct slice s, size_t i, unsigned *params)
{
	unsigned number = 0;
	for (i++; is_digit(at(s, i)); i++)
		if (number < 1000)
			number = number * 10 + (unsigned)(s.ptr[i] - '0');
	if (number > *params)
		*params = number;
	return i;
}

static size_t skip_blanks_and_comments(struct slice s, size_t i)
{
	while (i < s.len) {
		if (is_blank(s.ptr[i]))
			i++;
		else if (at(s, i) == '-' && at(s, i + 1) == '-')
			i = skip_line_comment(s, i);
		else if (at(s, i) == '/' && at(s, i + 1) == '*')
			i = skip_block_comment(s, i);
		else
			break;
	}
	return i;
}

static size_t skip_token(struct slice s, size_t i, unsigned *params, int *depth)
{
	char c = s.ptr[i];
	size_t blanks = skip_blanks_and_comments(s, i);
	if (blanks > i)
		return blanks;
	if (is_name_start(c))
		return skip_name(s, i);
	if (c == '\'' || c == '"')
		return skip_quoted(s, i, false);
	if (c == '$' && is_digit(at(s, i + 1)))
		return skip_param(s, i, params);
	size_t tag = c == '$' ? dollar_tag(s, i) : 0;
	if (tag > 0)
		return skip_dollar_quoted(s, i, tag);
	if (c == '(')
		++*depth;
	else if (c == ')')
		--*depth;
	return i + 1;
}

static unsigned count_lines(struct slice s)
{
	unsigned lines = 0;
	for (size_t i = 0; i < s.len; i++)
		lines += s.ptr[i] == '\n';
	return lines;
}

bool sql_next(struct slice *rest, unsigned *line, struct sql_statement *out)
{
	for (;;) {
		size_t start = skip_blanks_and_comments(*rest, 0);
		if (start >= rest->len)
			return false;
		*line += count_lines(slice_head(*rest, start));
		*out = (struct sql_statement){.line = *line};
		size_t end = start;
		int depth = 0;
		while (end < rest->len && !(rest->ptr[end] == ';' && depth <= 0))
			end = skip_token(*rest, end, &out->params, &depth);
		out->text = slice_trim((struct slice){rest->ptr + start, end - start});
		*line += count_lines((struct slice){rest->ptr + start, end - start});
		*rest = slice_from(*rest, end + 1);
		if (out->text.len > 0)
			return true;
	}
}

/* The oids that PostgreSQL's catalogue fixes for its built-in types. */
static const struct {
	const char *name;
	unsigned oid;
} param_types[] = {
        {"text", 25},          {"text[]", 1009},        {"bigint", 20},
        {"bigint[]", 1016},    {"pg_snapshot", 5038},   {"integer", 23},
        {"integer[]", 1007},   {"smallint", 21},        {"smallint[]", 1005},
        {"numeric", 1700},     {"numeric[]", 1231},     {"boolean", 16},
        {"boolean[]", 1000},   {"date", 1082},          {"date[]", 1182},
        {"timestamptz", 1184}, {"timestamptz[]", 1185}, {"interval", 1186},
        {"jsonb", 3802},       {"jsonb[]", 3807},       {"bytea", 17},
        {"uuid", 2950},
};

/* Reads "$1 period: text" at the start of *rest; false if it is no declaration. */
static bool read_declaration(struct slice *rest, int64_t *number, struct slice *type)
{
	struct slice s = slice_trim(*rest);
	if (at(s, 0) != '$' || !is_digit(at(s, 1)))
		return false;
	struct slice head = slice_cut(&s, ':');
	struct slice digits = slice_from(head, 1);
	digits = slice_cut(&digits, ' ');
	s = slice_trim(s);
	size_t end = 0;
	while (end < s.len && (is_name(s.ptr[end]) || s.ptr[end] == '[' || s.ptr[end] == ']'))
		end++;
	*type = slice_head(s, end);
	*rest = slice_from(s, end);
	return slice_uint(digits, number);
}

static bool set_type(unsigned types[SQL_PARAMS], int64_t number, struct slice type)
{
	if (number < 1 || number > SQL_PARAMS)
		return false;
	for (size_t i = 0; i < sizeof(param_types) / sizeof(param_types[0]); i++)
		if (slice_is(type, param_types[i].name)) {
			types[number - 1] = param_types[i].oid;
			return true;
		}
	return false;
}

bool sql_param_types(struct slice text, unsigned types[SQL_PARAMS], struct slice *bad)
{
	for (int i = 0; i < SQL_PARAMS; i++)
		types[i] = 25;
	while (text.len > 0) {
		struct slice line = slice_trim(slice_cut(&text, '\n'));
		if (line.len == 0)
			continue;
		if (!slice_starts(line, "--"))
			return true;
		struct slice rest = slice_from(line, 2), type;
		int64_t number;
		while (read_declaration(&rest, &number, &type)) {
			if (!set_type(types, number, type)) {
				*bad = line;
				return false;
			}
			rest = slice_trim(rest);
			if (at(rest, 0) == ',' || at(rest, 0) == ';')
				rest = slice_from(rest, 1);
		}
	}
	return true;
}
