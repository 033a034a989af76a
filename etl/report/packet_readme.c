/* The README of a packet: sentences that SQL makes of its numbers, and what the files are. */
#include "base/file.h"
#include "report/packet_part.h"
#include <string.h>

enum { WIDTH = 100 };
static const struct table_column sentence[] = {{"text", "", COLUMN_TEXT}};

/* Bytes of the word, and on the screen. */
static size_t word_length(const char *text, size_t *shown)
{
	size_t len = strcspn(text, " \n\r\t");
	*shown = 0;
	for (size_t i = 0; i < len; i++)
		*shown += ((unsigned char)text[i] & 0xC0) != 0x80;
	return len;
}

void packet_sentence(FILE *out, const char *text)
{
	size_t column = 1, shown;
	fputs("-", out);
	for (text += strspn(text, " \n\r\t"); *text; text += strspn(text, " \n\r\t")) {
		size_t len = word_length(text, &shown);
		if (column + 1 + shown > WIDTH && column > 2) {
			fputs("\n ", out);
			column = 1;
		}
		fprintf(out, " %.*s", (int)len, text);
		column += 1 + shown;
		text += len;
	}
	fputc('\n', out);
}

static bool section(struct packet *p, FILE *out, const char *heading, const char *sql, struct err *e)
{
	struct table t = TABLE_INIT;
	bool fine = table_load(&t, sentence, 1, p->db, sql, p->params, e);
	if (fine && table_rows(&t) > 0)
		fprintf(out, "\n%s\n\n", heading);
	for (size_t row = 0; fine && row < table_rows(&t); row++)
		packet_sentence(out, table_cell(&t, row, "text"));
	table_release(&t);
	return fine;
}

static void tell_files(const struct packet *p, FILE *out)
{
	fputs("\nThe files\n\n", out);
	for (size_t i = 0; i < p->files; i++) {
		const struct packet_file *f = &p->file[i];
		if (!*f->what)
			continue;
		fprintf(out, "  %-26s %s", f->name, f->what);
		if (f->counted)
			fprintf(out, " (%zu rows)", f->rows);
		fputc('\n', out);
	}
	fputs("  manifest.json              SHA-256 of all of them\n", out);
}

/* What was left out, and how much it is in all: nothing goes silently. */
static void tell_cuts(const struct packet *p, FILE *out)
{
	fputs("\nWhat is not in it\n\n", out);
	bool all = true;
	for (size_t row = 0; row < table_rows(&p->totals); row++)
		for (size_t i = 0; i < p->files; i++) {
			const struct packet_file *f = &p->file[i];
			size_t rows = (size_t)db_int(&p->totals.result, row, 1);
			if (strcmp(f->name, table_cell(&p->totals, row, "name")) != 0 || rows == f->rows)
				continue;
			all = false;
			packet_sentence(
			        out, arena_printf(p->arena,
			                          "%s has the largest %zu of %zu rows. All of them add up to %s USD.",
			                          f->name, f->rows, rows, table_cell(&p->totals, row, "total_usd")));
		}
	if (all)
		packet_sentence(out, "trace.csv, lines.csv, shares.csv and buckets.csv are complete.");
	struct slice rest = buf_slice(&p->missing);
	while (rest.len > 0)
		packet_sentence(out, arena_cstr(p->arena, slice_cut(&rest, '\n')));
	packet_sentence(out,
	                "CSV text that a spreadsheet would take for a formula has a leading '. Files in raw/ are the "
	                "provider's own bytes, without that: open them in a text editor.");
}

bool packet_readme(struct packet *p, struct err *e)
{
	struct file_writer w = {0};
	bool fine = packet_begin(p, &w, "README.txt", "", -1, e);
	if (fine)
		fprintf(w.stream, "Evidence: %s%s%s\n", p->request->period, p->request->kind ? ", " : "",
		        p->request->kind ? p->request->id : "");
	fine = fine && section(p, w.stream, "What this is", "packet/readme_about", e) &&
	       section(p, w.stream, "From the bill to the journal", "packet/readme_arithmetic", e) &&
	       section(p, w.stream, "Billed against computed", "packet/readme_variance", e) &&
	       section(p, w.stream, "How to compute it again by hand", "packet/readme_recompute", e);
	if (fine) {
		tell_files(p, w.stream);
		tell_cuts(p, w.stream);
		fine = file_writer_publish(&w, e);
	}
	file_writer_release(&w);
	return fine;
}
