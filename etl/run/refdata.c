/*
 * The folder of CSV files. Every problem of every file is found in one go; what files say of one another is judged only
 * when each of them is right by itself.
 */
#include "run/refdata.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "config/option.h"
#include "format/csv.h"
#include "run/refdata_load.h"

static const struct refdata_column *column_find(const struct refdata_file *file, struct slice name)
{
	for (size_t i = 0; i < refdata_column_count(file); i++)
		if (slice_is(name, file->column[i].name))
			return &file->column[i];
	return NULL;
}

static void unknown_column(struct refdata_load *l, size_t position, struct slice name)
{
	const char *names[REFDATA_COLUMNS];
	size_t count = refdata_column_count(l->file);
	struct buf all = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		names[i] = l->file->column[i].name;
		buf_printf(&all, "%s%s", i > 0 ? "," : "", names[i]);
	}
	char *given = arena_cstr(&l->row, slice_head(name, 80));
	const char *nearest = option_nearest(given, names, count);
	char *message = slice_empty(name) ? arena_printf(&l->row, "column %zu has no name", position + 1)
	                                  : arena_printf(&l->row, "unknown column \"%s\"", given);
	char *hint = nearest != NULL ? arena_printf(&l->row, "did you mean %s?", nearest)
	                             : arena_printf(&l->row, "%s.csv has: %s", l->file->name, all.ptr);
	refdata_load_problem(l, l->path, 1, message, hint);
	buf_release(&all);
}

/* Whether rows can be read under this header. */
static bool check_header(struct refdata_load *l, const struct csv_reader *csv)
{
	bool seen[REFDATA_COLUMNS] = {false}, usable = true;
	for (size_t i = 0; i < csv_reader_columns(csv); i++) {
		struct slice name = csv_reader_header(csv, i);
		const struct refdata_column *column = column_find(l->file, name);
		if (column == NULL) {
			unknown_column(l, i, name);
			continue;
		}
		size_t index = (size_t)(column - l->file->column);
		if (seen[index]) {
			refdata_load_problem(l, l->path, 1,
			                     arena_printf(&l->row, "column %s is there twice", column->name), "");
			usable = false;
		}
		seen[index] = true;
	}
	for (size_t i = 0; i < refdata_column_count(l->file); i++)
		if (l->file->column[i].required && !seen[i]) {
			const char *name = l->file->column[i].name;
			refdata_load_problem(l, l->path, 1, arena_printf(&l->row, "column %s is missing", name), "");
			usable = false;
		}
	arena_reset(&l->row);
	return usable;
}

static bool read_rows(struct refdata_load *l, struct csv_reader *csv, struct err *e)
{
	struct csv_column wanted[REFDATA_COLUMNS] = {0};
	size_t count = refdata_column_count(l->file);
	for (size_t i = 0; i < count; i++)
		wanted[i].name = l->file->column[i].name;
	if (!csv_reader_want(csv, wanted, count, NULL, false, e))
		return false;
	for (uint64_t rows = 0;; rows++) {
		enum csv_result result = csv_reader_try(csv, e);
		if (result == CSV_END)
			return true;
		if (result == CSV_FAILED)
			return false;
		if (rows == REFDATA_ROWS) {
			fail_input(e, "malformed_row", "more than %d rows", REFDATA_ROWS);
			return err_where(e, l->path, csv_reader_line(csv), 0);
		}
		if (result == CSV_BAD_ROW) {
			refdata_load_problem(l, l->path, csv_reader_line(csv), csv_reader_fault(csv), "");
			l->unreadable = true;
			continue;
		}
		struct slice raw[REFDATA_COLUMNS];
		for (size_t i = 0; i < count; i++)
			raw[i] = csv_reader_cell(csv, i);
		if (!refdata_load_row(l, csv_reader_line(csv), raw, e))
			return false;
	}
}

/* `name` is what the file is called among those that were loaded. */
static bool read_file(struct refdata_load *l, const char *name, struct err *e)
{
	if (!refdata_load_digest(l, name, e))
		return false;
	struct stream *in = stream_open(l->path, e);
	struct csv_reader *csv = in != NULL ? csv_reader_open(in, e) : NULL;
	copy_begin(&l->copy);
	bool ok = csv != NULL;
	if (ok && !check_header(l, csv))
		l->unreadable = true;
	else if (ok)
		ok = read_rows(l, csv, e);
	csv_reader_free(csv);
	stream_free(in);
	return (ok || refdata_load_take_problem(l, e)) && refdata_load_flush(l, e);
}

static void unknown_file(struct refdata_load *l, const char *path, const char *name)
{
	const char *names[REFDATA_FILES];
	for (size_t i = 0; i < REFDATA_FILES; i++)
		names[i] = refdata_files[i].name;
	const char *stem = arena_cstr(&l->row, slice_head(slice_of(name), strlen(name) - strlen(".csv")));
	const char *nearest = option_nearest(stem, names, REFDATA_FILES);
	refdata_load_problem(l, path, 0, "is not a reference file",
	                     nearest != NULL ? arena_printf(&l->row, "did you mean %s.csv?", nearest)
	                                     : "move it to another folder");
	arena_reset(&l->row);
}

/* Looks what the folder holds: files that have no place in it are problems. */
static bool survey(struct refdata_load *l, const char *folder, bool present[REFDATA_FILES], struct err *e)
{
	DIR *dir = opendir(folder);
	if (dir == NULL)
		return fail_errno(e, "%s", folder);
	struct refdata_result *out = l->out;
	size_t found = 0;
	errno = 0;
	for (struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0) {
		struct slice name = slice_of(entry->d_name);
		if (name.ptr[0] == '.' || !slice_ends(name, ".csv"))
			continue;
		const char *path = path_join(&out->arena, folder, entry->d_name);
		const char *stem = arena_cstr(&out->arena, slice_head(name, name.len - strlen(".csv")));
		const struct refdata_file *file = refdata_file_find(stem);
		if (file != NULL) {
			present[file - refdata_files] = true;
			found++;
		} else {
			unknown_file(l, path, entry->d_name);
		}
	}
	int failed = errno;
	closedir(dir);
	errno = failed;
	if (failed != 0)
		return fail_errno(e, "%s", folder);
	if (found > 0 || out->problem_total > 0)
		return true;
	fail_input(e, "unknown_format", "%s holds no reference data", folder);
	return err_hint(e, "it should hold business_units.csv, teams.csv, prices.csv, …");
}

static bool notice_stale_imports(struct refdata_load *l, struct err *e)
{
	DB_RESULT stale = DB_RESULT_INIT;
	if (!db_run(l->db, "refdata/stale_imports", DB_NO_PARAMS, &stale, e))
		return false;
	if (db_int(&stale, 0, 0) > 0)
		refdata_load_notice(
		        l->out,
		        arena_printf(&l->out->arena,
		                     "%lld imported prices (version %s) are under names that models.csv now takes "
		                     "for aliases: import the price book again",
		                     (long long)db_int(&stale, 0, 0), db_text(&stale, 0, 1)));
	return true;
}

/* Reads FOLDER/NAME.csv, if there is one, into pulled_NAME. Its rows count when they are taken. */
static bool read_pulled(struct refdata_load *l, const char *folder, const char *source, const char *name, struct err *e)
{
	struct arena *a = &l->out->arena;
	uint64_t rows = l->out->rows;
	l->file = refdata_file_find(name);
	l->path = arena_printf(a, "%s/%s.csv", folder, name);
	bool done = !file_exists(l->path) || read_file(l, arena_printf(a, "%s/%s.csv", source, name), e);
	l->out->rows = rows;
	return done;
}

static bool read_gateway(struct refdata_load *l, const char *folder, const char *source, struct err *e)
{
	DB_RESULT teams = DB_RESULT_INIT;
	DB_RESULT budgets = DB_RESULT_INIT;
	if (!db_run(l->db, "refdata/pulled", DB_NO_PARAMS, NULL, e) || !read_pulled(l, folder, source, "teams", e) ||
	    !read_pulled(l, folder, source, "budgets", e) ||
	    !db_run(l->db, "refdata/pulled_teams", DB_NO_PARAMS, &teams, e) ||
	    !db_run(l->db, "refdata/pulled_budgets", DB_NO_PARAMS, &budgets, e))
		return false;
	l->out->rows += (uint64_t)(db_int(&teams, 0, 0) + db_int(&budgets, 0, 0));
	if (db_int(&teams, 0, 1) > 0)
		refdata_load_notice(
		        l->out, arena_printf(&l->out->arena,
		                             "source %s: %lld teams are left out, business_units.csv does not have %s",
		                             source, (long long)db_int(&teams, 0, 1), db_text(&teams, 0, 2)));
	return true;
}

static bool read_gateways(struct refdata_load *l, const struct config *config, struct err *e)
{
	bool done = true;
	l->is_pulled = true;
	for (size_t i = 0; done && config->landing_dir && i < config->source_count; i++) {
		const struct source_config *s = &config->source[i];
		const char *folder = arena_printf(&l->out->arena, "%s/%s/refdata", config->landing_dir, s->name);
		if (s->business_unit_from.count > 0 && folder_exists(folder))
			done = read_gateway(l, folder, s->name, e);
	}
	l->is_pulled = false;
	return done;
}

static bool apply(struct refdata_load *l, const char *folder, const struct config *config, struct err *e)
{
	bool present[REFDATA_FILES] = {false};
	if (!survey(l, folder, present, e) || !db_begin(l->db, e) ||
	    !db_run(l->db, "refdata/stage", DB_NO_PARAMS, NULL, e))
		return false;
	for (size_t i = 0; i < REFDATA_FILES; i++) {
		if (!present[i])
			continue;
		l->file = &refdata_files[i];
		l->path = arena_printf(&l->out->arena, "%s/%s.csv", folder, l->file->name);
		if (!read_file(l, path_name(l->path), e))
			return false;
	}
	if (!read_gateways(l, config, e))
		return false;
	/* What a file lacks would be missed by others: they are not blamed for it. */
	bool is_whole = l->out->problem_total == 0;
	if (!l->unreadable && (!db_run(l->db, "refdata/ready", DB_NO_PARAMS, NULL, e) ||
	                       !refdata_load_check(l, "refdata/check_keys", folder, e) ||
	                       (is_whole && (!refdata_load_check(l, "refdata/check_references", folder, e) ||
	                                     !refdata_load_check(l, "refdata/check_charges", folder, e))) ||
	                       !refdata_load_check(l, "refdata/check_prices", folder, e)))
		return false;
	if (l->out->problem_total > 0)
		return refdata_load_refuse(l, folder, e);
	return db_run(l->db, "refdata/load", DB_NO_PARAMS, NULL, e) && notice_stale_imports(l, e) &&
	       refdata_load_accept(l, false, e);
}

bool refdata_apply(struct db *db, const char *folder, const struct config *config, struct refdata_result *out,
                   struct err *e)
{
	struct refdata_load l;
	refdata_load_begin(&l, db, &config->aliases, out);
	bool ok = apply(&l, folder, config, e);
	refdata_load_end(&l);
	return ok;
}
