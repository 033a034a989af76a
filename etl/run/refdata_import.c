/*
 * Published price books. They know no validity of their own beyond what their format says, so a book is a version:
 * loading a newer one under another version leaves the older in place for the events that were priced by it.
 */
#include "base/digest.h"
#include "run/refdata_load.h"

enum { HEAD_BYTES = 1 << 16 };

const struct refdata_book refdata_books[] = {
        {"litellm", &format_litellm_prices},
        {"genai-prices", &format_genai_prices},
        {NULL, NULL},
};

struct import {
	struct refdata_load load;
	const struct refdata_import *options;
	const struct refdata_book *book;
};

static struct slice integer_text(struct refdata_load *l, int64_t value)
{
	return slice_of(arena_printf(&l->row, "%lld", (long long)value));
}

static bool stage_price(void *context, const struct price_row *row, struct err *e)
{
	struct import *import = context;
	struct refdata_load *l = &import->load;
	if (l->out->rows == REFDATA_ROWS)
		return fail_input(e, "malformed_row", "more than %d prices", REFDATA_ROWS);
	char price[DECIMAL_TEXT_MAX];
	size_t len = decimal_text(&row->price_usd, price);
	const struct slice raw[REFDATA_COLUMNS] = {
	        slice_of(l->out->version),
	        row->provider,
	        row->model,
	        slice_of(usage_class_name[row->usage_class]),
	        row->service_tier,
	        integer_text(l, row->above_input_tokens),
	        integer_text(l, row->per_units),
	        {price, len},
	        row->valid_from,
	        row->valid_to,
	};
	return refdata_load_row(l, row->line, raw, e);
}

/* Models of the book that have no price by token. */
static void pass_over(void *context, uint64_t rows)
{
	(void)context;
	(void)rows;
}

static const struct refdata_book *book_of(struct stream *in, struct err *e)
{
	struct slice head;
	if (!stream_peek(in, HEAD_BYTES, &head, e))
		return NULL;
	for (const struct refdata_book *book = refdata_books; book->name != NULL; book++)
		if (book->format->detect(head))
			return book;
	fail_input(e, "unknown_format", "%s is no price book that closebook knows", stream_path(in));
	err_hint(e, "name its format with --format litellm or --format genai-prices");
	return NULL;
}

static bool read_book(struct import *import, struct stream *in, struct err *e)
{
	const struct refdata_import *o = import->options;
	const struct reader_options options = {.provider_aliases = o->aliases, .as_of = o->as_of, .path = o->path};
	const struct sink sink = {.context = import, .price = stage_price, .passed_over = pass_over};
	copy_begin(&import->load.copy);
	return import->book->format->read(in, &options, &sink, e) && refdata_load_flush(&import->load, e);
}

static bool name_version(struct import *import, struct err *e)
{
	struct arena *arena = &import->load.out->arena;
	const char *version = import->options->version;
	char hex[DIGEST_HEX_SIZE];
	uint64_t size;
	if (!digest_file(import->options->path, hex, &size, e))
		return false;
	if (version == NULL)
		version = arena_printf(arena, "%s-%.12s", import->book->name, hex);
	import->load.out->version = arena_strdup(arena, version);
	json_object_set_new(import->load.digests, arena_printf(arena, "import:%s", version), json_string(hex));
	return true;
}

static bool check_version(struct refdata_load *l, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(l->db, "refdata/version_in_file", DB_PARAMS(l->out->version), &r, e))
		return false;
	if (!db_bool(&r, 0, 0))
		return true;
	fail_input(e, "malformed_row", "version \"%s\" is that of prices.csv, which an import does not mix with",
	           l->out->version);
	return err_hint(e, "choose another one with --version");
}

static bool load_book(struct import *import, struct err *e)
{
	struct refdata_load *l = &import->load;
	struct refdata_result *out = l->out;
	DB_RESULT loaded = DB_RESULT_INIT;
	if (!db_run(l->db, "refdata/import_clear", DB_PARAMS(out->version), NULL, e) ||
	    !db_run(l->db, "refdata/import", DB_PARAMS(out->version, import->book->name), &loaded, e))
		return false;
	out->rows = (uint64_t)db_int(&loaded, 0, 0);
	int64_t differing = db_int(&loaded, 0, 1);
	if (differing > 0)
		refdata_load_notice(
		        out, arena_printf(&out->arena,
		                          "the book prices some models under several names: %lld prices that differ "
		                          "from the one that counts were passed over",
		                          (long long)differing));
	return refdata_load_accept(l, true, e);
}

static bool import_book(struct import *import, struct stream *in, struct err *e)
{
	struct refdata_load *l = &import->load;
	const char *path = import->options->path;
	import->book = import->options->book != NULL ? import->options->book : book_of(in, e);
	if (import->book == NULL || !name_version(import, e) || !db_begin(l->db, e) || !check_version(l, e) ||
	    !db_run(l->db, "refdata/stage", DB_NO_PARAMS, NULL, e) || !read_book(import, in, e) ||
	    !db_run(l->db, "refdata/ready", DB_NO_PARAMS, NULL, e) ||
	    !refdata_load_check(l, "refdata/check_prices", NULL, e))
		return false;
	if (l->out->problem_total > 0)
		return refdata_load_refuse(l, path, e);
	if (l->out->rows > 0)
		return load_book(import, e);
	fail_input(e, "unknown_format", "%s holds no prices of token classes", path);
	return err_hint(e, "is it a price book of %s?", import->book->name);
}

bool refdata_import(struct db *db, const struct refdata_import *options, struct refdata_result *out, struct err *e)
{
	struct stream *in = stream_open(options->path, e);
	if (in == NULL)
		return false;
	struct import import = {.options = options};
	refdata_load_begin(&import.load, db, options->aliases, out);
	import.load.file = refdata_file_find("prices");
	import.load.path = options->path;
	bool ok = import_book(&import, in, e);
	refdata_load_end(&import.load);
	stream_free(in);
	return ok;
}
