/*
 * The provider's own rows. A file that still lies where it was loaded from, with the bytes that were loaded, gives the
 * header and the rows of its lines if it is CSV, else all of itself unless it is large. What became of the others is
 * said: a packet may be made long after, and elsewhere.
 */
#include "base/digest.h"
#include "base/file.h"
#include "report/packet_part.h"
#include "source/stream.h"
#include <stdlib.h>
#include <string.h>

enum { COPIED_WHOLE_MAX = 8 << 20 };

/* Copies header and wanted records; `line` is ascending. A record ends with the line on which its quotes are closed. */
struct rows {
	const int64_t *line;
	size_t lines, next;
	int64_t at; /* physical line, from 1 */
	bool in_record, in_quotes, wanted;
	FILE *out;
};

static void copy_chunk(struct rows *r, struct slice chunk)
{
	size_t from = 0;
	for (size_t i = 0; i < chunk.len; i++) {
		if (!r->in_record) {
			while (r->next < r->lines && r->line[r->next] < r->at)
				r->next++;
			r->wanted = r->at == 1 || (r->next < r->lines && r->line[r->next] == r->at);
			r->in_record = true;
			from = i;
		}
		if (chunk.ptr[i] == '"')
			r->in_quotes = !r->in_quotes;
		if (chunk.ptr[i] != '\n')
			continue;
		r->at++;
		if (r->in_quotes)
			continue;
		if (r->wanted)
			fwrite(chunk.ptr + from, 1, i + 1 - from, r->out);
		r->in_record = r->wanted = false;
	}
	if (r->wanted && chunk.len > from)
		fwrite(chunk.ptr + from, 1, chunk.len - from, r->out);
}

static bool copy_rows(struct packet *p, const char *path, const char *file_id, FILE *out, struct err *e)
{
	DB_RESULT lines = DB_RESULT_INIT;
	if (!db_run(p->db, "packet/file_lines", DB_PARAMS(file_id), &lines, e))
		return false;
	int64_t *line = arena_alloc(p->arena, (db_rows(&lines) + 1) * sizeof *line);
	for (size_t i = 0; i < db_rows(&lines); i++)
		line[i] = db_int(&lines, i, 0);
	struct rows r = {.line = line, .lines = db_rows(&lines), .at = 1, .out = out};
	struct stream *in = stream_open(path, e);
	struct slice chunk = {"", 1};
	bool fine = in != NULL;
	while (fine && chunk.len > 0 && (fine = stream_next(in, &chunk, e)))
		copy_chunk(&r, chunk);
	stream_free(in);
	return fine;
}

static bool copy_whole(const char *path, FILE *out, struct err *e)
{
	struct buf bytes = BUF_INIT;
	bool fine = file_read(path, COPIED_WHOLE_MAX, &bytes, e);
	if (fine)
		fwrite(bytes.ptr, 1, bytes.len, out);
	buf_release(&bytes);
	return fine;
}

static bool is_csv(const char *format)
{
	return strcmp(format, "aws-cur") == 0 || slice_ends(slice_of(format), "-csv");
}

/* What has become of the original: "unchanged", or why its rows are not here. */
static const char *look_at(struct packet *p, const struct table *t, size_t row)
{
	struct err ignored = ERR_INIT;
	char hex[DIGEST_HEX_SIZE];
	uint64_t size;
	const char *path = table_cell(t, row, "path");
	if (!file_exists(path))
		return "missing";
	if (!digest_file(path, hex, &size, &ignored))
		return "unreadable";
	if (strcmp(hex, table_cell(t, row, "digest")) != 0)
		return arena_printf(p->arena, "changed: its SHA-256 is now %s", hex);
	if (!is_csv(table_cell(t, row, "format")) && size > COPIED_WHOLE_MAX)
		return "unchanged, but too large to be copied whole";
	return "unchanged";
}

static bool write_raw(struct packet *p, const struct table *t, size_t row, const char **raw, struct err *e)
{
	bool rows = is_csv(table_cell(t, row, "format"));
	struct slice name = slice_of(table_cell(t, row, "file"));
	if (rows && slice_ends(name, ".gz"))
		name.len -= 3;
	*raw = arena_printf(p->arena, "raw/%.8s-%.*s", table_cell(t, row, "digest"), (int)name.len, name.ptr);
	for (size_t i = 0; i < p->files; i++) /* the same bytes, loaded from two places */
		if (strcmp(p->file[i].name, *raw) == 0)
			*raw = arena_printf(p->arena, "raw/%.8s-%s-%.*s", table_cell(t, row, "digest"),
			                    table_cell(t, row, "file_id"), (int)name.len, name.ptr);
	struct file_writer w = {0};
	const char *path = table_cell(t, row, "path");
	bool fine = packet_begin(p, &w, *raw, rows ? "header and rows of an original" : "an original", -1, e) &&
	            (rows ? copy_rows(p, path, table_cell(t, row, "file_id"), w.stream, e)
	                  : copy_whole(path, w.stream, e)) &&
	            file_writer_publish(&w, e);
	file_writer_release(&w);
	return fine;
}

static void put_row(FILE *out, const struct table *t, size_t row, const char *original, const char *raw)
{
	csv_text(out, true, table_cell(t, row, "file"));
	csv_text(out, false, table_cell(t, row, "digest"));
	csv_number(out, false, table_cell(t, row, "bytes"));
	csv_text(out, false, table_cell(t, row, "source"));
	csv_text(out, false, table_cell(t, row, "format"));
	csv_number(out, false, table_cell(t, row, "lines"));
	csv_text(out, false, original);
	csv_text(out, false, raw);
	fputc('\n', out);
}

bool packet_originals(struct packet *p, struct err *e)
{
	static const struct table_column columns[] = {
	        {"file", NULL, COLUMN_TEXT},     {"digest", NULL, COLUMN_TEXT}, {"bytes", NULL, COLUMN_COUNT},
	        {"source", NULL, COLUMN_TEXT},   {"format", NULL, COLUMN_TEXT}, {"lines", NULL, COLUMN_COUNT},
	        {"file_id", NULL, COLUMN_COUNT}, {"path", NULL, COLUMN_TEXT},
	};
	struct table t = TABLE_INIT;
	struct file_writer w = {0};
	bool fine = table_load(&t, columns, sizeof columns / sizeof *columns, p->db, "packet/files", p->params, e) &&
	            packet_begin(p, &w, "files.csv", "the files that the lines stand in, and their SHA-256",
	                         (long)table_rows(&t), e) &&
	            folder_make(path_join(p->arena, p->folder, "raw"), 0755, e);
	if (fine)
		fputs("file,digest,bytes,source,format,lines,original,raw\n", w.stream);
	for (size_t row = 0; fine && row < table_rows(&t); row++) {
		const char *original = look_at(p, &t, row), *raw = "";
		if (strcmp(original, "unchanged") == 0)
			fine = write_raw(p, &t, row, &raw, e);
		else
			buf_printf(&p->missing,
			           "The original of %s is %s; its lines are as they were stored (SHA-256 then %s).\n",
			           table_cell(&t, row, "file"), original, table_cell(&t, row, "digest"));
		if (fine)
			put_row(w.stream, &t, row, original, raw);
	}
	fine = fine && file_writer_publish(&w, e);
	file_writer_release(&w);
	table_release(&t);
	return fine;
}
