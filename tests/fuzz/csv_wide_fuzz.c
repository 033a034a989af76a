/*
 * All engines say the same of every text as libcsv alone: rows, cells, lines, faults and errors. The input's first four
 * bytes choose the chunks, the columns, whether rows are kept whole, and how often the text is repeated, so that
 * windows and chunks end everywhere.
 */
#include "fuzz.h"

#include "../unit/csv_chunks.h"

enum { CONTROL = 4, WANTED_MAX = 4, REPEAT_FROM = 0xfc, LENGTH_MAX = 66 << 10 };

/* Names of the text's own header, as far as they can be told without parsing it, and one that is hardly there. */
static size_t choose_columns(struct slice text, uint8_t choice, struct csv_column *wanted, char names[][32])
{
	struct slice header = slice_cut(&text, '\n');
	size_t count = 0;
	for (unsigned i = 0; count < WANTED_MAX && header.ptr; i++) {
		struct slice name = slice_cut(&header, ',');
		if (!(choice >> i % 8 & 1) || name.len >= sizeof names[0])
			continue;
		memcpy(names[count], name.ptr, name.len);
		names[count][name.len] = '\0';
		wanted[count] = (struct csv_column){.name = names[count]};
		count++;
	}
	wanted[count++] = (struct csv_column){.name = "absent", .required = choice == 0};
	return count;
}

static void repeat(struct buf *out, struct slice text, uint8_t times)
{
	buf_add_slice(out, text);
	if (times < REPEAT_FROM)
		return;
	slice_cut(&text, '\n');
	for (size_t i = 0; text.len && i < (size_t)(times - REPEAT_FROM + 1) * 64 && out->len + text.len < LENGTH_MAX;
	     i++)
		buf_add_slice(out, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t sizes[] = {0, 1, 63, 64, 65, 200, 1000, 70000};
	if (size < CONTROL)
		return 0;
	char names[WANTED_MAX][32];
	struct csv_column wanted[WANTED_MAX + 1];
	struct buf text = BUF_INIT;
	repeat(&text, fuzz_slice(data + CONTROL, size - CONTROL), data[3]);
	size_t count = choose_columns(buf_slice(&text), data[1], wanted, names);
	struct buf stored = chunks_of(buf_slice(&text), data[2], sizes[data[0] % 8]);
	const struct csv_engine *engine = csv_engines;
	while (engine->index)
		engine++;
	struct buf reference = chunks_read(&stored, engine, wanted, count, data[0] & 0x80);
	while (engine-- > csv_engines) {
		if (!engine->is_usable())
			continue;
		struct buf found = chunks_read(&stored, engine, wanted, count, data[0] & 0x80);
		if (!slice_equal(buf_slice(&found), buf_slice(&reference)))
			fprintf(stderr, "%s:\n%s\nlibcsv:\n%s\n", engine->name, found.ptr, reference.ptr);
		MUST(slice_equal(buf_slice(&found), buf_slice(&reference)));
		buf_release(&found);
	}
	buf_release(&reference);
	buf_release(&stored);
	buf_release(&text);
	return 0;
}
