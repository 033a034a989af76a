/*
 * Plain text accounting. Debits of business units are Expenses:LLM:ACCOUNT:UNIT; lines without one Income:LLM:ACCOUNT
 * where they are recovery, and clearing accounts, Liabilities:LLM:ACCOUNT. This rests on the line alone, so that it
 * stays what it is when accounts.csv changes. Both programs get the same names. A draft is pending (!), everything else
 * is cleared (*).
 */
#include "report/export_format.h"

#include <string.h>

static const struct table_column account_columns[] = {
        {"account", NULL, COLUMN_TEXT}, {"business_unit", NULL, COLUMN_TEXT}, {"root", NULL, COLUMN_TEXT},
        {"since", NULL, COLUMN_TEXT},   {"currencies", NULL, COLUMN_TEXT},
};
/* Of a line, as tags or metadata. */
static const char *const line_tags[] = {"line", "provider", "account", "cost_center", "business_unit", "memo"};
enum { LINE_TAGS = sizeof line_tags / sizeof *line_tags };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void export_account_part(struct buf *out, const char *text)
{
	bool stands_in = !is_plain(text[0]), capital = text[0] >= 'A' && text[0] <= 'Z';
	if (stands_in)
		buf_add_char(out, 'X');
	for (const char *c = text; *c; c++)
		if (c == text && *c >= 'a' && *c <= 'z')
			buf_add_char(out, (char)(*c - 'a' + 'A'));
		else if (is_plain(*c) || (*c == '-' && c > text && is_plain(c[-1]) && is_plain(c[1])))
			buf_add_char(out, *c);
		else
			buf_printf(out, "--%02x", (unsigned char)*c);
	buf_add_text(out, stands_in ? "--x" : capital ? "--" : "");
}

void export_percent(struct buf *out, const char *text, const char *reserved)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F || strchr(reserved, *c))
			buf_printf(out, "%%%02X", (unsigned char)*c);
		else
			buf_add_char(out, *c);
}

bool export_prepare_accounts(struct export *x, struct err *e)
{
	return table_load(&x->accounts, account_columns, sizeof account_columns / sizeof *account_columns, x->db,
	                  "export/accounts", DB_PARAMS(x->journals), e);
}

/* The account of a row of lines or accounts. */
static void put_account(FILE *out, const struct table *t, size_t row)
{
	struct buf name = BUF_INIT;
	const char *unit = table_cell(t, row, "business_unit");
	buf_printf(&name, "%s:LLM:", table_cell(t, row, "root"));
	export_account_part(&name, table_cell(t, row, "account"));
	if (*unit) {
		buf_add_char(&name, ':');
		export_account_part(&name, unit);
	}
	fputs(name.ptr, out);
	buf_release(&name);
}

static bool declares(const struct export *x)
{
	return strcmp(x->setting[EXPORT_OPENS], "yes") == 0;
}

/* Whether a journal's first line stands in this row. */
static bool begins_entry(const struct export *x, size_t row, size_t first)
{
	return row == first ||
	       strcmp(table_cell(&x->lines, row, "journal_id"), table_cell(&x->lines, row - 1, "journal_id")) != 0;
}

static char state_of(const struct export *x, size_t row)
{
	return strcmp(table_cell(&x->lines, row, "draft"), "true") == 0 ? '!' : '*';
}

/* ---- hledger ---- */

static void put_percent(FILE *out, const char *text, const char *reserved)
{
	struct buf b = BUF_INIT;
	export_percent(&b, text, reserved);
	fputs(b.ptr ? b.ptr : "", out);
	buf_release(&b);
}

/* A comma ends a value, and a bracket may begin a date. */
static void put_tag(FILE *out, const char *before, const char *name, const char *value)
{
	fprintf(out, "%s%s: ", before, name);
	put_percent(out, value, "%,[");
}

void export_hledger(FILE *out, const struct export *x, size_t first, size_t end)
{
	const struct table *t = &x->lines;
	fprintf(out, "; closebook, journals of %s\ncommodity 1000.00 %s\n", x->period,
	        table_cell(t, first, "currency"));
	for (size_t i = 0; declares(x) && i < table_rows(&x->accounts); i++) {
		fputs("account ", out);
		put_account(out, &x->accounts, i);
		fputc('\n', out);
	}
	for (size_t row = first; row < end; row++) {
		if (begins_entry(x, row, first)) {
			fprintf(out, "\n%s %c (", table_cell(t, row, "posting_date"), state_of(x, row));
			put_percent(out, table_cell(t, row, "journal_id"), "%)");
			fputs(") ", out);
			put_percent(out, table_cell(t, row, "journal_memo"), ";");
			put_tag(out, "\n    ; ", "external_id", table_cell(t, row, "journal_id"));
			put_tag(out, ", ", "kind", table_cell(t, row, "kind"));
			put_tag(out, ", ", "period", table_cell(t, row, "period"));
			fputc('\n', out);
		}
		fputs("    ", out);
		put_account(out, t, row);
		fprintf(out, "  %s %s", table_cell(t, row, "amount"), table_cell(t, row, "currency"));
		for (size_t i = 0; i < LINE_TAGS; i++)
			put_tag(out, i ? ", " : "  ; ", line_tags[i], table_cell(t, row, line_tags[i]));
		fputc('\n', out);
	}
}

/* ---- beancount ---- */

static void put_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const char *c = text; *c; c++)
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c == '\n')
			fputs("\\n", out);
		else
			fputc((unsigned char)*c < 0x20 || *c == 0x7F ? ' ' : *c, out);
	fputc('"', out);
}

static void put_metadata(FILE *out, const char *indent, const char *name, const char *value)
{
	fprintf(out, "%s%s: ", indent, name);
	put_string(out, value);
	fputc('\n', out);
}

void export_beancount(FILE *out, const struct export *x, size_t first, size_t end)
{
	const struct table *t = &x->lines;
	fprintf(out, "; closebook, journals of %s\noption \"operating_currency\" \"%s\"\n", x->period,
	        table_cell(t, first, "currency"));
	for (size_t i = 0; declares(x) && i < table_rows(&x->accounts); i++) {
		fprintf(out, "%s open ", table_cell(&x->accounts, i, "since"));
		put_account(out, &x->accounts, i);
		fprintf(out, " %s\n", table_cell(&x->accounts, i, "currencies"));
	}
	for (size_t row = first; row < end; row++) {
		if (begins_entry(x, row, first)) {
			fprintf(out, "\n%s %c ", table_cell(t, row, "posting_date"), state_of(x, row));
			put_string(out, table_cell(t, row, "journal_memo"));
			fputc('\n', out);
			put_metadata(out, "  ", "external_id", table_cell(t, row, "journal_id"));
			put_metadata(out, "  ", "kind", table_cell(t, row, "kind"));
			put_metadata(out, "  ", "period", table_cell(t, row, "period"));
		}
		fputs("  ", out);
		put_account(out, t, row);
		fprintf(out, "  %s %s\n", table_cell(t, row, "amount"), table_cell(t, row, "currency"));
		for (size_t i = 0; i < LINE_TAGS; i++)
			put_metadata(out, "    ", line_tags[i], table_cell(t, row, line_tags[i]));
	}
}
