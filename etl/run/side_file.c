/* What may stand beside a file of an export: its digest, the totals that its lines must come to, where it is from. */
#include "base/file.h"
#include "run/ingest_plan.h"
#include <jansson.h>

enum { SIDE_BYTES = 64 << 10 };

static bool read_beside(const struct ingest_file *f, const char *ending, struct arena *a, struct buf *text, bool *there,
                        struct err *e)
{
	const char *path = arena_printf(a, "%s%s", f->path, ending);
	*there = file_exists(path);
	return !*there || file_read(path, SIDE_BYTES, text, e);
}

static bool check_digest(const struct ingest_file *f, struct slice text, struct err *e)
{
	struct slice said = slice_head(slice_trim(text), DIGEST_HEX_SIZE - 1);
	if (slice_is_nocase(said, f->digest))
		return true;
	return fail_input(e, "digest_mismatch", "its SHA-256 is %s, but %s.sha256 says %.*s", f->digest,
	                  path_name(f->path), (int)said.len, said.ptr) ||
	       err_hint(e, "fetch the file again");
}

/* A member that is a number or a text, as text. */
static const char *member_text(const json_t *object, const char *name, struct arena *a)
{
	const json_t *value = json_object_get(object, name);
	if (json_is_integer(value))
		return arena_printf(a, "%lld", (long long)json_integer_value(value));
	return json_is_string(value) ? arena_strdup(a, json_string_value(value)) : NULL;
}

static bool read_control(struct ingest_file *f, struct slice text, struct arena *a, struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return fail_input(e, "malformed_row", "its control file is not valid JSON: %s", why.text);
	f->control_rows = member_text(root, "rows", a);
	f->control_cost = member_text(root, "cost", a);
	bool real = json_is_real(json_object_get(root, "cost"));
	json_decref(root);
	struct decimal cost;
	int64_t rows;
	if (real || (f->control_cost && !decimal_parse(slice_of(f->control_cost), &cost, NULL)) ||
	    (f->control_rows && !slice_uint(slice_of(f->control_rows), &rows)))
		return fail_input(e, "malformed_row", "its control file has a total that is no number") ||
		       err_hint(e, "write {\"rows\": 4, \"cost\": \"12.34\"}, the cost as text");
	return true;
}

static bool read_origin(struct ingest_file *f, struct slice text, struct arena *a, struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		return fail_input(e, "malformed_row", "its origin file is not valid JSON: %s", why.text);
	f->fetched_by = member_text(root, "source", a);
	f->origin = member_text(root, "uri", a);
	f->version = member_text(root, "version", a);
	f->dataset = member_text(root, "dataset", a);
	json_decref(root);
	return true;
}

bool side_files_read(struct ingest_file *f, struct arena *a, struct err *e)
{
	struct buf digest = BUF_INIT, control = BUF_INIT, origin = BUF_INIT;
	bool has_digest = false, has_control = false, has_origin = false;
	bool fine = read_beside(f, ".sha256", a, &digest, &has_digest, e) &&
	            (!has_digest || check_digest(f, buf_slice(&digest), e)) &&
	            read_beside(f, ".control.json", a, &control, &has_control, e) &&
	            (!has_control || read_control(f, buf_slice(&control), a, e)) &&
	            read_beside(f, ".origin.json", a, &origin, &has_origin, e) &&
	            (!has_origin || read_origin(f, buf_slice(&origin), a, e));
	buf_release(&digest);
	buf_release(&control);
	buf_release(&origin);
	return fine;
}
