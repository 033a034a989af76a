#include "run/refdata_load.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/file.h"

enum { FLUSH_BYTES = 1 << 20 };

void refdata_load_begin(struct refdata_load *l, struct db *db, const struct name_map *aliases,
                        struct refdata_result *out)
{
	*l = (struct refdata_load){
	        .db = db, .out = out, .row = ARENA_INIT, .providers = {.aliases = aliases}, .copy = COPY_INIT};
	l->context = (struct refdata_context){&l->row, &l->providers};
	l->digests = json_object();
}

void refdata_load_end(struct refdata_load *l)
{
	db_rollback(l->db);
	copy_release(&l->copy);
	arena_release(&l->row);
	json_decref(l->digests);
}

void refdata_result_release(struct refdata_result *r)
{
	arena_release(&r->arena);
}

void refdata_load_problem(struct refdata_load *l, const char *path, uint64_t line, const char *message,
                          const char *hint)
{
	struct refdata_result *out = l->out;
	out->problem_total++;
	if (out->problem_count == REFDATA_PROBLEMS)
		return;
	size_t place = l->file != NULL ? 1 + (size_t)(l->file - refdata_files) : 0;
	size_t number = out->problem_count++;
	out->problem[number] = (struct refdata_problem){
	        .file = arena_strdup(&out->arena, path),
	        .line = line,
	        .message = arena_strdup(&out->arena, message),
	        .hint = arena_strdup(&out->arena, hint),
	        .place = place,
	        .number = number,
	};
}

bool refdata_load_take_problem(struct refdata_load *l, struct err *e)
{
	if (e->kind != ERR_INPUT)
		return false;
	refdata_load_problem(l, l->path, e->line, e->message, e->hint);
	err_clear(e);
	l->unreadable = true;
	return true;
}

void refdata_load_notice(struct refdata_result *out, const char *text)
{
	if (out->notice_count < REFDATA_NOTICES)
		out->notice[out->notice_count++] = text;
}

static int compare_problems(const void *a, const void *b)
{
	const struct refdata_problem *p = a, *q = b;
	if (p->place != q->place)
		return p->place < q->place ? -1 : 1;
	int names = strcmp(p->file, q->file);
	if (names != 0)
		return names;
	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	return p->number < q->number ? -1 : 1;
}

bool refdata_load_refuse(struct refdata_load *l, const char *subject, struct err *e)
{
	struct refdata_result *out = l->out;
	qsort(out->problem, out->problem_count, sizeof(out->problem[0]), compare_problems);
	fail_input(e, "malformed_row", "%s: %llu problem%s, nothing was changed", subject,
	           (unsigned long long)out->problem_total, out->problem_total == 1 ? "" : "s");
	if (out->problem_total > out->problem_count)
		err_hint(e, "the first %zu are named above", out->problem_count);
	return false;
}

bool refdata_load_flush(struct refdata_load *l, struct err *e)
{
	struct buf command = BUF_INIT;
	buf_printf(&command, "COPY %s_%s (line, flawed", l->is_pulled ? "pulled" : "staged", l->file->name);
	for (size_t i = 0; i < refdata_column_count(l->file); i++)
		buf_printf(&command, ", %s", l->file->column[i].name);
	buf_add_text(&command, ") FROM STDIN (FORMAT binary)");
	bool ok = copy_flush(&l->copy, l->db, command.ptr, e);
	buf_release(&command);
	return ok;
}

bool refdata_load_row(struct refdata_load *l, uint64_t line, const struct slice *raw, struct err *e)
{
	struct slice value[REFDATA_COLUMNS];
	size_t count = refdata_column_count(l->file);
	bool flawed = false;
	for (size_t i = 0; i < count; i++) {
		const char *message;
		if (refdata_field(&l->context, &l->file->column[i], raw[i], &value[i], &message))
			continue;
		refdata_load_problem(l, l->path, line, message, "");
		flawed = true;
	}
	int column;
	const char *message;
	if (!refdata_row(&l->context, l->file, value, &column, &message)) {
		refdata_load_problem(l, l->path, line, message, "");
		value[column] = SLICE_NULL;
		flawed = true;
	}
	copy_row(&l->copy, (int)count + 2);
	copy_int8(&l->copy, (int64_t)line);
	copy_bool(&l->copy, flawed);
	for (size_t i = 0; i < count; i++)
		copy_text(&l->copy, value[i]);
	arena_reset(&l->row);
	l->out->rows++;
	return copy_size(&l->copy) < FLUSH_BYTES || refdata_load_flush(l, e);
}

bool refdata_load_digest(struct refdata_load *l, const char *name, struct err *e)
{
	char hex[DIGEST_HEX_SIZE];
	uint64_t size;
	if (!digest_file(l->path, hex, &size, e))
		return false;
	json_object_set_new(l->digests, name, json_string(hex));
	return true;
}

bool refdata_load_check(struct refdata_load *l, const char *query, const char *folder, struct err *e)
{
	char most[16];
	snprintf(most, sizeof(most), "%d", REFDATA_PROBLEMS);
	DB_RESULT found = DB_RESULT_INIT;
	if (!db_run(l->db, query, DB_PARAMS(most), &found, e))
		return false;
	size_t rows = db_rows(&found);
	for (size_t i = 0; i < rows; i++) {
		const char *name = db_text(&found, i, 0);
		struct slice stem = slice_head(slice_of(name), strlen(name) - strlen(".csv"));
		l->file = refdata_file_find(arena_cstr(&l->row, stem));
		refdata_load_problem(l, folder != NULL ? path_join(&l->row, folder, name) : l->path,
		                     (uint64_t)db_int(&found, i, 1), db_text(&found, i, 2), db_text(&found, i, 3));
		arena_reset(&l->row);
	}
	if (rows > 0)
		l->out->problem_total += (uint64_t)db_int(&found, 0, 4) - rows;
	return true;
}

bool refdata_load_accept(struct refdata_load *l, bool imported, struct err *e)
{
	char *files = json_dumps(l->digests, JSON_COMPACT | JSON_SORT_KEYS);
	DB_RESULT accepted = DB_RESULT_INIT;
	bool ok = db_run(l->db, "refdata/accept", DB_PARAMS(files, imported ? "true" : "false"), &accepted, e);
	free(files);
	if (!ok)
		return false;
	struct refdata_result *out = l->out;
	out->refdata_id = db_int(&accepted, 0, 0);
	out->digest = arena_strdup(&out->arena, db_text(&accepted, 0, 1));
	out->changed = db_bool(&accepted, 0, 2);
	if (!out->changed) {
		db_rollback(l->db);
		return true;
	}
	return db_commit(l->db, e);
}
