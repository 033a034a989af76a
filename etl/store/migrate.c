/*
 * What a database has is compared with what the program has before anything is applied: numbers without a gap, and the
 * text of each migration as it was when it was applied. A migration that was released is never edited.
 */
#include "store/migrate.h"

#include "base/digest.h"
#include "store/sql.h"
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "migrations/"
enum { NUMBER_DIGITS = 4 };

/* Another number than db_lock's: a run that holds that one may migrate. */
#define LOCK "1668047467, 2"

/* The file with that number, or NULL. */
static const struct sql_file *migration(int number)
{
	char prefix[32];
	snprintf(prefix, sizeof(prefix), FOLDER "%0*d_", NUMBER_DIGITS, number);
	for (size_t i = 0; i < sql_file_count; i++)
		if (slice_starts(slice_of(sql_files[i].name), prefix))
			return &sql_files[i];
	return NULL;
}

/* The count of embedded migrations, which must be numbered 1, 2, 3, … */
static bool known_count(int *count, struct err *e)
{
	int files = 0;
	for (size_t i = 0; i < sql_file_count; i++)
		files += slice_starts(slice_of(sql_files[i].name), FOLDER);
	for (*count = 0; *count < files; ++*count)
		if (!migration(*count + 1))
			return fail(e, ERR_BUG, "migration %d is missing among the program's %d", *count + 1, files);
	return true;
}

static bool has_table(struct db *db, bool *has, struct err *e)
{
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_query(db, "SELECT to_regclass('ops.migration') IS NOT NULL", DB_NO_PARAMS, &r, e))
		return false;
	*has = db_bool(&r, 0, 0);
	return true;
}

static bool check_applied(const struct db_result *r, struct migrate_state *state, struct err *e)
{
	for (size_t row = 0; row < db_rows(r); row++) {
		int number = (int)db_int(r, row, 0), expected = (int)row + 1;
		if (number > state->known) {
			fail(e, ERR_CONTROL, "the database has migration %d (%s), this program knows %d", number,
			     db_text(r, row, 1), state->known);
			return err_hint(e, "use the closebook that migrated it, or a newer one");
		}
		if (number != expected)
			return fail(e, ERR_CONTROL, "the database has migration %d, but lacks %d", number, expected);
		const struct sql_file *file = migration(number);
		char digest[DIGEST_HEX_SIZE];
		digest_bytes(file->text, strlen(file->text), digest);
		if (strcmp(digest, db_text(r, row, 2)) != 0) {
			fail(e, ERR_CONTROL, "migration %s was edited after it was applied to this database",
			     file->name);
			return err_hint(e, "put changes into a new migration; an applied one stays as it was");
		}
		state->applied = number;
	}
	return true;
}

bool migrate_state(struct db *db, struct migrate_state *out, struct err *e)
{
	*out = (struct migrate_state){0};
	bool has;
	if (!known_count(&out->known, e) || !has_table(db, &has, e))
		return false;
	if (!has)
		return true;
	DB_RESULT r = DB_RESULT_INIT;
	return db_run(db, "store/migrations", DB_NO_PARAMS, &r, e) && check_applied(&r, out, e);
}

static bool apply_one(struct db *db, int number, struct err *e)
{
	const struct sql_file *file = migration(number);
	char digest[DIGEST_HEX_SIZE], number_text[16];
	digest_bytes(file->text, strlen(file->text), digest);
	snprintf(number_text, sizeof(number_text), "%d", number);
	const char *name = file->name + strlen(FOLDER);
	return db_begin(db, e) && db_run(db, file->name, DB_NO_PARAMS, NULL, e) &&
	       db_run(db, "store/migration_applied", DB_PARAMS(number_text, name, digest), NULL, e) && db_commit(db, e);
}

/* Under the lock, so that the state is read after another migration has finished. */
static bool apply_missing(struct db *db, int *count, struct err *e)
{
	struct migrate_state state;
	if (!migrate_state(db, &state, e) ||
	    (state.applied < state.known && !db_run(db, "store/migration_table", DB_NO_PARAMS, NULL, e)))
		return false;
	for (int number = state.applied + 1; number <= state.known; number++, ++*count)
		if (!apply_one(db, number, e)) {
			db_rollback(db);
			return false;
		}
	return true;
}

bool migrate_apply(struct db *db, int *count, struct err *e)
{
	int applied = 0;
	if (!db_query(db, "SELECT pg_advisory_lock(" LOCK ")", DB_NO_PARAMS, NULL, e))
		return false;
	bool done = apply_missing(db, &applied, e);
	struct err ignored = ERR_INIT;
	db_query(db, "SELECT pg_advisory_unlock(" LOCK ")", DB_NO_PARAMS, NULL, &ignored);
	if (count)
		*count = applied;
	return done;
}

bool migrate_check(struct db *db, bool automatic, struct err *e)
{
	struct migrate_state state;
	if (!migrate_state(db, &state, e))
		return false;
	if (state.applied == state.known)
		return true;
	if (automatic)
		return migrate_apply(db, NULL, e);
	fail(e, ERR_CONTROL, "the database's schema is at migration %d of %d", state.applied, state.known);
	return err_hint(e, "run `closebook db migrate`");
}
