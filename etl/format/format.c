#include "format/format.h"

enum { HEAD_BYTES = 64 << 10, SHOWN_MAX = 80 };

const struct format *const formats[] = {
        &format_aws_cur,
        &format_otlp,
        &format_bedrock_log,
        &format_openai_usage_csv,
        &format_openai_cost_csv,
        &format_anthropic_usage_csv,
        &format_anthropic_cost_csv,
        &format_openrouter_csv,
        &format_usage_csv,
        &format_events_csv,
        &format_openrouter_api,
        &format_openai_api,
        &format_anthropic_api,
        &format_events_json,
        NULL,
};

const struct format *format_find(const char *name)
{
	for (const struct format *const *f = formats; *f; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	return NULL;
}

bool format_check_config(const struct config *c, struct err *e)
{
	for (size_t i = 0; i < c->source_count; i++) {
		const char *name = c->source[i].remote.format;
		if (!name || format_find(name))
			continue;
		fail(e, ERR_CONFIG, "source %s: there is no format %s", c->source[i].name, name);
		err_hint(e, "`closebook ingest --help` lists the formats");
		return err_where(e, c->path, c->source[i].line, 0);
	}
	return true;
}

/* The first line as far as it can be shown. */
static void show_head(struct slice head, char out[SHOWN_MAX + 1])
{
	struct slice line = slice_trim(slice_head(head, SHOWN_MAX));
	line = slice_cut(&line, '\n');
	size_t len = 0;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];
		out[len++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	out[len] = '\0';
}

static size_t count_of(const char *text, char c)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text == c;
	return count;
}

/* As spreadsheets write CSV where the comma is the decimal point. */
static bool is_separated_by_semicolons(const char *line)
{
	return *line != '{' && *line != '[' && count_of(line, ';') > 1 && count_of(line, ';') > count_of(line, ',');
}

const struct format *format_detect(struct stream *in, struct err *e)
{
	struct slice head;
	if (!stream_peek(in, HEAD_BYTES, &head, e))
		return NULL;
	for (const struct format *const *f = formats; *f; f++)
		if ((*f)->detect(head))
			return *f;
	char shown[SHOWN_MAX + 1];
	show_head(head, shown);
	if (slice_empty(head)) {
		fail_input(e, "unknown_format", "the file is empty");
		err_hint(e, "fetch it again, or take it out of the folder");
	}
	fail_input(e, "unknown_format", "the format can't be told from what the file begins with: %s", shown);
	if (is_separated_by_semicolons(shown))
		err_hint(e, "its columns are separated by semicolons: save it with commas");
	struct buf names = BUF_INIT;
	for (const struct format *const *f = formats; *f; f++)
		buf_printf(&names, "%s%s", names.len ? ", " : "", (*f)->name);
	err_hint(e, "name it with --format: %s", names.ptr);
	err_where(e, stream_path(in), 0, 0);
	buf_release(&names);
	return NULL;
}
