/*
 * Rows of plain CSV are found by the splitter of csv_wide.h, as far as they stand whole in the stream's chunk; their
 * cells are slices of it. libcsv is the parser of everything else: the header, the row across two chunks, blank lines,
 * rows of the wrong width, text that is not UTF-8, odd quoting, limits. Between two rows both are in the same state, so
 * either may take the next, and who took it can't be told from what comes out.
 *
 * libcsv is fed one physical line at a time, so that the line number of each row is known without looking at the
 * bytes twice, and a row can be handed out before the next is parsed. What libcsv lets pass by itself (bare carriage
 * returns, a byte order mark, rows of any width, fields of any length) is refused or handled here.
 */
#include "format/csv.h"

#include "base/arena.h"

#include <csv.h>
#include <stdlib.h>

enum { RAW_MAX = 4096, GROW_BY = 64 << 10, SHOWN_MAX = 60 };
#define NO_SLOT SIZE_MAX

struct span {
	size_t start, len;
};

/* Cells of a row that had doubled quotes. */
struct unescaped {
	struct arena arena;
	struct slice from, text; /* the last one, for cells are often asked for twice in a row */
};

struct csv_reader {
	struct csv_parser parser;
	struct stream *in;
	struct slice chunk; /* not yet parsed */
	bool started, at_end;

	const struct csv_engine *engine;
	struct csv_index index; /* of the chunk, or of a part of it */
	struct slice plain;     /* the row with its line end, if it came from the index; else absent */
	size_t plain_field;     /* which field of the index is the row's first */
	struct unescaped *unescaped;

	uint64_t lines;    /* physical lines completely parsed */
	uint64_t row_line; /* on which the row starts */
	bool in_row;       /* the row has begun and not ended */
	bool row_done;
	bool after_return; /* the last byte parsed was an unquoted carriage return */
	bool skip_line;    /* the rest of the physical line belongs to a row given up */
	size_t field;      /* fields of the row so far */
	const char *fault;

	bool in_header;
	struct buf header;
	struct span *name;
	size_t columns;

	struct csv_column *wanted;
	size_t wanted_count;
	size_t *source; /* wanted column → column of the header, NO_SLOT = absent */
	size_t *slot;   /* column of the header → cell, NO_SLOT = not kept */
	struct span *cell;
	bool whole;
	struct buf row, raw;
};

/* libcsv wants two bytes more than the field has. */
static void *limited_realloc(void *old, size_t size)
{
	return size > CSV_FIELD_MAX + 2 ? NULL : realloc(old, size);
}

static int never_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void parser_begin(struct csv_parser *p)
{
	csv_init(p, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL);
	csv_set_space_func(p, never_space);
	csv_set_realloc_func(p, limited_realloc);
	csv_set_blk_size(p, GROW_BY);
}

static void take_field(void *bytes, size_t len, void *context)
{
	struct csv_reader *r = context;
	struct slice text = {bytes ? bytes : "", bytes ? len : 0};
	size_t field = r->field++;
	if (r->after_return)
		r->fault = "has a carriage return without a line feed";
	if (r->fault)
		return;
	if (!slice_is_utf8(text)) {
		r->fault = memchr(text.ptr, '\0', text.len) ? "holds a NUL byte" : "is not valid UTF-8";
		return;
	}
	struct buf *to = r->in_header ? &r->header : &r->row;
	if (to->len + text.len > CSV_ROW_MAX) {
		r->fault = "is longer than 8 MiB";
		return;
	}
	if (r->in_header) {
		if (field >= CSV_COLUMNS_MAX) {
			r->fault = "has more than 4096 columns";
			return;
		}
		r->name[field] = (struct span){to->len, text.len};
		r->columns = field + 1;
	} else {
		if (field >= r->columns) {
			r->fault = "has more fields than the header";
			return;
		}
		if (r->slot[field] == NO_SLOT)
			return;
		r->cell[r->slot[field]] = (struct span){to->len, text.len};
	}
	buf_add(to, text.ptr, text.len);
}

static void take_row(int end, void *context)
{
	struct csv_reader *r = context;
	r->row_done = true;
	r->after_return = end == '\r';
}

static bool fail_row(const struct csv_reader *r, struct err *e, const char *what)
{
	fail_input(e, "malformed_row", "row %s", what);
	return err_where(e, stream_path(r->in), r->row_line, 0);
}

/* Cuts the next physical line, or what the chunk has of it. False at the end of the file, and on failure. */
static bool next_piece(struct csv_reader *r, struct slice *piece, struct err *e)
{
	while (slice_empty(r->chunk)) {
		r->index.text = NULL;
		if (r->at_end || !stream_next(r->in, &r->chunk, e))
			return false;
		r->at_end = slice_empty(r->chunk);
		if (r->at_end)
			return false;
	}
	if (!r->started) {
		r->started = true;
		if (slice_starts(r->chunk, BYTE_ORDER_MARK))
			r->chunk = slice_from(r->chunk, 3);
	}
	const char *end = slice_empty(r->chunk) ? NULL : memchr(r->chunk.ptr, '\n', r->chunk.len);
	size_t len = end ? (size_t)(end - r->chunk.ptr) + 1 : r->chunk.len;
	*piece = slice_head(r->chunk, len);
	r->chunk = slice_from(r->chunk, len);
	return true;
}

static void begin_row(struct csv_reader *r)
{
	r->row_line = r->lines + 1;
	r->field = 0;
	r->fault = NULL;
	r->plain = SLICE_NULL;
	buf_reset(&r->row);
	buf_reset(&r->raw);
}

/*
 * A broken quote on the row's first line costs that row. Further down it has swallowed lines that may be rows of
 * their own, and those can't be told apart any more: that is the end of the file.
 */
static bool quote_fault(struct csv_reader *r, struct err *e)
{
	if (csv_error(&r->parser) != CSV_EPARSE)
		return fail_row(r, e, "has a field longer than 1 MiB");
	if (r->row_line != r->lines + 1)
		return fail_row(r, e, "has a quote that is not closed properly");
	csv_free(&r->parser);
	parser_begin(&r->parser);
	r->fault = "has a broken quote";
	r->row_done = r->skip_line = true;
	return true;
}

static bool is_blank(struct slice piece)
{
	return piece.len <= 2 && (slice_is(piece, "\n") || slice_is(piece, "\r") || slice_is(piece, "\r\n"));
}

static bool feed(struct csv_reader *r, struct slice piece, struct err *e)
{
	bool ends = slice_ends(piece, "\n");
	if (r->skip_line) {
		r->skip_line = !ends;
		r->lines += ends;
		return true;
	}
	if (!r->in_row)
		begin_row(r);
	if (r->after_return && !slice_empty(piece) && piece.ptr[0] != '\n')
		r->fault = "has a carriage return without a line feed before it";
	r->after_return = false;
	if (r->whole && r->raw.len < RAW_MAX)
		buf_add_slice(&r->raw, slice_head(piece, RAW_MAX - r->raw.len));
	size_t parsed = csv_parse(&r->parser, piece.ptr, piece.len, take_field, take_row, r);
	if (parsed < piece.len && !quote_fault(r, e))
		return false;
	if (r->after_return && !ends && !slice_ends(piece, "\r"))
		r->fault = "has a carriage return without a line feed";
	r->in_row = !r->row_done && (r->in_row || !is_blank(piece));
	if (ends) {
		r->lines++;
		r->skip_line = false;
		r->after_return = false;
	}
	return true;
}

static enum csv_result finish(struct csv_reader *r, struct err *e)
{
	if (e->kind != ERR_NONE)
		return CSV_FAILED;
	if (r->in_row && csv_fini(&r->parser, take_field, take_row, r) != 0) {
		fail_row(r, e, "has a quote that is not closed");
		return CSV_FAILED;
	}
	r->in_row = false;
	return r->row_done ? CSV_ROW : CSV_END;
}

/* Whether the next byte begins a row, for libcsv too. */
static bool is_between_rows(const struct csv_reader *r)
{
	enum { ROW_NOT_BEGUN = 0 }; /* as csv_init sets it */
	return !r->in_row && !r->skip_line && !r->after_return && r->parser.pstate == ROW_NOT_BEGUN;
}

/* Moves the index to the row that begins at `at`. False when it has none there. */
static bool seek(struct csv_index *ix, const char *at)
{
	if (!ix->text)
		return false;
	while (ix->row < ix->rows && csv_index_row(ix, ix->row) < at)
		ix->row++;
	return ix->row < ix->rows && csv_index_row(ix, ix->row) == at;
}

static uint64_t count_line_feeds(struct slice text)
{
	uint64_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += text.ptr[i] == '\n';
	return count;
}

/* Takes the next row from the index. False: it has to be libcsv's. */
static bool next_plain_row(struct csv_reader *r)
{
	struct csv_index *ix = &r->index;
	if (!r->engine->index || r->in_header || slice_empty(r->chunk) || !is_between_rows(r))
		return false;
	if (!seek(ix, r->chunk.ptr))
		r->engine->index(ix, r->chunk);
	if (ix->rows == ix->row)
		return false;
	size_t first = csv_index_first_field(ix, ix->row), last = ix->last[ix->row];
	struct slice row = slice_head(r->chunk, (size_t)(ix->text + ix->end[last] + 1 - r->chunk.ptr));
	if (last - first + 1 != r->columns || is_blank(row) || (!ix->is_ascii && !slice_is_utf8(row)))
		return false;
	ix->row++;
	r->chunk = slice_from(r->chunk, row.len);
	r->row_line = r->lines + 1;
	r->lines += ix->has_quoted_lf ? count_line_feeds(row) : 1;
	r->fault = NULL;
	r->plain = row;
	r->plain_field = first;
	if (r->unescaped->from.ptr) {
		arena_reset(&r->unescaped->arena);
		r->unescaped->from = SLICE_NULL;
	}
	return true;
}

enum csv_result csv_reader_try(struct csv_reader *r, struct err *e)
{
	if (next_plain_row(r))
		return CSV_ROW;
	r->row_done = false;
	while (!r->row_done) {
		struct slice piece;
		if (!next_piece(r, &piece, e)) {
			enum csv_result result = finish(r, e);
			if (result != CSV_ROW)
				return result;
			break;
		}
		if (!feed(r, piece, e))
			return CSV_FAILED;
	}
	if (!r->fault && !r->in_header && r->field < r->columns)
		r->fault = "has fewer fields than the header";
	return r->fault ? CSV_BAD_ROW : CSV_ROW;
}

bool csv_reader_next(struct csv_reader *r, bool *has_row, struct err *e)
{
	enum csv_result result = csv_reader_try(r, e);
	*has_row = result == CSV_ROW;
	if (result == CSV_BAD_ROW)
		return fail_row(r, e, r->fault);
	return result != CSV_FAILED;
}

struct csv_reader *csv_reader_open(struct stream *in, struct err *e)
{
	const struct csv_engine *engine = csv_engine_find(getenv("CLOSEBOOK_CSV"), e);
	return engine ? csv_reader_open_with(in, engine, e) : NULL;
}

struct csv_reader *csv_reader_open_with(struct stream *in, const struct csv_engine *engine, struct err *e)
{
	struct csv_reader *r = must_alloc(sizeof(*r));
	r->in = in;
	r->engine = engine;
	r->unescaped = must_alloc(sizeof(*r->unescaped));
	csv_index_init(&r->index);
	parser_begin(&r->parser);
	r->name = must_alloc(CSV_COLUMNS_MAX * sizeof(*r->name));
	r->in_header = true;
	bool has_header;
	if (!csv_reader_next(r, &has_header, e)) {
		csv_reader_free(r);
		return NULL;
	}
	r->in_header = false;
	return r;
}

void csv_reader_free(struct csv_reader *r)
{
	if (!r)
		return;
	csv_free(&r->parser);
	csv_index_release(&r->index);
	arena_release(&r->unescaped->arena);
	free(r->unescaped);
	buf_release(&r->header);
	buf_release(&r->row);
	buf_release(&r->raw);
	free(r->name);
	free(r->wanted);
	free(r->source);
	free(r->slot);
	free(r->cell);
	free(r);
}

/* How well a header name suits a column: by the config's renames, by its name, by another dialect's. */
enum suits { SUITS_NOT, SUITS_ALSO, SUITS_NAME, SUITS_RENAMED };

static enum suits column_suits(const struct csv_column *c, struct slice header, const char *renamed)
{
	if (renamed)
		return strcmp(renamed, c->name) == 0 ? SUITS_RENAMED : SUITS_NOT;
	if (slice_is(header, c->name))
		return SUITS_NAME;
	for (size_t i = 0; i < sizeof c->also / sizeof *c->also; i++)
		if (c->also[i] && slice_is(header, c->also[i]))
			return SUITS_ALSO;
	return SUITS_NOT;
}

static bool find_column(struct csv_reader *r, const struct csv_column *c, const struct name_map *renames, size_t *found,
                        struct err *e)
{
	enum suits best = SUITS_NOT;
	bool twice = false;
	*found = NO_SLOT;
	for (size_t i = 0; i < r->columns; i++) {
		struct slice header = csv_reader_header(r, i);
		enum suits fit = column_suits(c, header, renames ? name_map_find(renames, header) : NULL);
		if (fit == SUITS_NOT || fit < best)
			continue;
		twice = fit == best;
		best = fit;
		*found = i;
	}
	if (!twice)
		return true;
	fail_input(e, "malformed_row", "two columns are both \"%s\"", c->name);
	return err_where(e, stream_path(r->in), 1, 0);
}

static bool missing_columns(const struct csv_reader *r, struct err *e)
{
	struct buf missing = BUF_INIT, seen = BUF_INIT;
	for (size_t i = 0; i < r->wanted_count; i++)
		if (r->wanted[i].required && r->source[i] == NO_SLOT)
			buf_printf(&missing, "%s%s", missing.len ? ", " : "", r->wanted[i].name);
	for (size_t i = 0; i < r->columns && seen.len < sizeof(e->hint); i++) {
		buf_add_text(&seen, i ? ", " : "");
		buf_add_slice(&seen, csv_reader_header(r, i));
	}
	bool complete = missing.len == 0;
	if (!complete) {
		fail_input(e, "malformed_row", "columns missing: %s", missing.ptr);
		err_hint(e, "the file has: %s", seen.ptr ? seen.ptr : "nothing");
		err_where(e, stream_path(r->in), 1, 0);
	}
	buf_release(&missing);
	buf_release(&seen);
	return complete;
}

bool csv_reader_want(struct csv_reader *r, const struct csv_column *columns, size_t count,
                     const struct name_map *renames, bool whole, struct err *e)
{
	r->wanted = must_alloc(count * sizeof(*r->wanted));
	memcpy(r->wanted, columns, count * sizeof(*columns));
	r->wanted_count = count;
	r->whole = whole;
	r->source = must_alloc(count * sizeof(*r->source));
	r->slot = must_alloc(r->columns * sizeof(*r->slot));
	r->cell = must_alloc((count + r->columns) * sizeof(*r->cell));
	for (size_t i = 0; i < r->columns; i++)
		r->slot[i] = whole ? count + i : NO_SLOT;
	for (size_t i = 0; i < count; i++) {
		if (!find_column(r, &columns[i], renames, &r->source[i], e))
			return false;
		if (r->source[i] != NO_SLOT)
			r->slot[r->source[i]] = i;
	}
	return missing_columns(r, e);
}

static struct slice span_text(const struct buf *b, struct span s)
{
	return (struct slice){s.len ? b->ptr + s.start : "", s.len};
}

/* Quotes come in pairs: what stands between them is copied with the first one of a pair. */
static struct slice unescape(struct unescaped *u, struct slice quoted)
{
	if (quoted.ptr == u->from.ptr)
		return u->text;
	char *text = arena_alloc(&u->arena, quoted.len), *to = text;
	const char *from = quoted.ptr, *end = from + quoted.len, *quote;
	while ((quote = memchr(from, '"', (size_t)(end - from)))) {
		size_t len = (size_t)(quote + 1 - from);
		memcpy(to, from, len);
		to += len;
		from = quote + 2;
	}
	memcpy(to, from, (size_t)(end - from));
	to += end - from;
	u->from = quoted;
	u->text = (struct slice){text, (size_t)(to - text)};
	return u->text;
}

static struct slice plain_cell(const struct csv_reader *r, size_t column)
{
	const uint16_t *ends = r->index.end + r->plain_field + column;
	const char *start = column ? r->index.text + ends[-1] + 1 : r->plain.ptr, *end = r->index.text + *ends;
	if (column + 1 == r->columns && end > start && end[-1] == '\r')
		end--;
	struct slice text = {start, (size_t)(end - start)};
	if (slice_empty(text) || *start != '"')
		return text;
	text = (struct slice){start + 1, text.len - 2};
	return slice_empty(text) || !memchr(text.ptr, '"', text.len) ? text : unescape(r->unescaped, text);
}

static struct slice column_text(const struct csv_reader *r, size_t column)
{
	return r->plain.ptr ? plain_cell(r, column) : span_text(&r->row, r->cell[r->slot[column]]);
}

struct slice csv_reader_cell(const struct csv_reader *r, size_t column)
{
	size_t source = r->source[column];
	return source == NO_SLOT ? SLICE_NULL : column_text(r, source);
}

struct slice csv_reader_other(const struct csv_reader *r, size_t i)
{
	size_t slot = r->slot[i];
	return slot == NO_SLOT || slot < r->wanted_count ? SLICE_NULL : column_text(r, i);
}

bool csv_reader_has(const struct csv_reader *r, size_t column)
{
	return r->source[column] != NO_SLOT;
}

uint64_t csv_reader_line(const struct csv_reader *r)
{
	return r->row_line;
}

const char *csv_reader_fault(const struct csv_reader *r)
{
	return r->fault;
}

struct slice csv_reader_raw(const struct csv_reader *r)
{
	return slice_trim(r->plain.ptr && r->whole ? slice_head(r->plain, RAW_MAX) : buf_slice(&r->raw));
}

size_t csv_reader_columns(const struct csv_reader *r)
{
	return r->columns;
}

struct slice csv_reader_header(const struct csv_reader *r, size_t i)
{
	return span_text(&r->header, r->name[i]);
}

/* As much of a text as a message shows, not cut within a character. */
static int shown(struct slice s)
{
	size_t len = s.len;
	if (len > SHOWN_MAX) {
		len = SHOWN_MAX;
		while (len > 0 && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
			len--;
	}
	return (int)len;
}

bool csv_reader_refuse(const struct csv_reader *r, size_t column, const char *problem, struct err *e)
{
	struct slice text = csv_reader_cell(r, column);
	if (r->source[column] == NO_SLOT) {
		fail_input(e, "malformed_row", "%s %s", r->wanted[column].name, problem);
	} else {
		struct slice name = csv_reader_header(r, r->source[column]);
		fail_input(e, "malformed_row", "%.*s \"%.*s\" %s", shown(name), name.ptr, shown(text), text.ptr,
		           problem);
	}
	return err_where(e, stream_path(r->in), r->row_line, 0);
}
