/*
 * Manifests of AWS exports: the complete list of a delivery's files. Data Exports: {executionId, dataFiles[]}, legacy:
 * {assemblyId, reportName, reportKeys[]}. They name keys in S3; here the files lie below some folder, so a key is
 * looked up by its longest tail that exists below the manifest's folder or one of its parents. A file entry may also be
 * an object {key|uri|path, size, sha256}; then the file must have that size and digest. A manifest is all or nothing.
 */
#include "base/file.h"
#include "run/ingest_plan.h"
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MANIFEST_BYTES = 64 << 20, PARENTS = 8 };

static bool is_manifest(const char *path)
{
	return slice_ends(slice_of(path), "-Manifest.json") || slice_ends(slice_of(path), "-manifest.json");
}

static const char *string_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* The path of a key's file on this machine, or NULL. */
static const char *find_file(struct arena *a, const char *manifest_path, const char *key)
{
	if (strncmp(key, "s3://", 5) == 0) {
		const char *slash = strchr(key + 5, '/');
		key = slash ? slash + 1 : key + 5;
	}
	for (const char *tail = key; tail && *tail; tail = strchr(tail, '/') ? strchr(tail, '/') + 1 : NULL) {
		char *folder = arena_strdup(a, manifest_path);
		for (int up = 0; up < PARENTS; up++) {
			char *slash = strrchr(folder, '/');
			if (!slash || slash == folder)
				break;
			*slash = '\0';
			const char *path = path_join(a, folder, tail);
			if (file_exists(path))
				return path;
		}
	}
	return NULL;
}

static struct ingest_file *plan_file(struct ingest_plan *plan, const char *path)
{
	struct ingest_file *f = ingest_plan_find(plan, path);
	if (f)
		return f;
	struct stat st;
	f = ingest_plan_add(plan, path);
	if (f && stat(path, &st) == 0)
		f->bytes = (uint64_t)st.st_size;
	return f;
}

static bool check_size_and_digest(const struct ingest_file *f, const json_t *entry, struct err *e)
{
	const json_t *size = json_object_get(entry, "size");
	const char *sha256 = string_of(entry, "sha256");
	if (json_is_integer(size) && (uint64_t)json_integer_value(size) != f->bytes)
		return fail_input(e, "truncated_file", "%s has %llu bytes, but its manifest says %lld",
		                  path_name(f->path), (unsigned long long)f->bytes,
		                  (long long)json_integer_value(size));
	if (sha256) {
		char hex[DIGEST_HEX_SIZE];
		uint64_t bytes;
		if (!digest_file(f->path, hex, &bytes, e))
			return false;
		if (!slice_is_nocase(slice_of(sha256), hex))
			return fail_input(e, "digest_mismatch",
			                  "%s is not the file that its manifest describes: its SHA-256 is %s",
			                  path_name(f->path), hex);
	}
	return true;
}

static bool claim_file(struct ingest_plan *plan, struct cur_manifest *m, const json_t *entry, struct err *e)
{
	const char *key = json_string_value(entry);
	for (const char *const *name = (const char *const[]){"key", "uri", "path", "file", NULL}; !key && *name; name++)
		key = string_of(entry, *name);
	if (!key)
		return fail_input(e, "malformed_row", "an entry of the file list names no file");
	const char *path = find_file(&plan->arena, m->path, key);
	if (!path)
		return fail_input(e, "digest_mismatch", "the manifest names %s, which is not there", key) ||
		       err_hint(e, "fetch the whole delivery again; nothing of it was loaded");
	struct ingest_file *f = plan_file(plan, path);
	if (!f || (f->manifest && f->manifest != m)) {
		/* Legacy reports keep a copy of the current assembly's manifest on top: the first one read has the
		 * file. */
		if (f)
			f->manifest->is_newest = true;
		return true;
	}
	f->manifest = m;
	return check_size_and_digest(f, entry, e);
}

/* "…/EXPORT-Manifest.json" → "EXPORT" */
static const char *name_of(struct arena *a, const char *path)
{
	struct slice name = slice_of(path_name(path));
	return arena_cstr(a, slice_head(name, name.len - strlen("-Manifest.json")));
}

static void read_manifest(struct ingest_plan *plan, struct cur_manifest *m)
{
	struct err *e = &m->error;
	struct buf text = BUF_INIT;
	json_error_t why;
	json_t *root = NULL;
	if (!file_read(m->path, MANIFEST_BYTES, &text, e))
		goto done;
	root = json_loadb(text.ptr ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &why);
	if (!root) {
		fail_input(e, "truncated_file", "the manifest is not valid JSON: %s", why.text);
		err_where(e, m->path, why.line > 0 ? (uint64_t)why.line : 0, why.column > 0 ? (uint64_t)why.column : 0);
		goto done;
	}
	const char *label = string_of(root, "executionId");
	label = label ? label : string_of(root, "assemblyId");
	m->label = arena_strdup(&plan->arena, label ? label : "");
	const char *report = string_of(root, "reportName");
	report = report ? report : string_of(root, "exportName");
	m->dataset = report ? arena_strdup(&plan->arena, report) : name_of(&plan->arena, m->path);
	const json_t *files = json_object_get(root, "dataFiles");
	files = files ? files : json_object_get(root, "reportKeys");
	if (!json_is_array(files)) {
		fail_input(e, "malformed_row", "the manifest has neither dataFiles nor reportKeys");
		goto done;
	}
	size_t i;
	json_t *entry;
	json_array_foreach(files, i, entry) claim_file(plan, m, entry, e);
done:
	err_where(e, m->path, 0, 0);
	json_decref(root);
	buf_release(&text);
}

void cur_manifests_read(struct ingest_plan *plan)
{
	size_t count = plan->file_count, kept = 0;
	struct ingest_file **own = must_alloc((count + 1) * sizeof(*own)); /* the manifests' own entries */
	plan->manifest = must_alloc((count + 1) * sizeof(*plan->manifest));
	for (size_t i = 0; i < count; i++) {
		struct ingest_file *f = plan->file[i];
		if (!is_manifest(f->path)) {
			plan->file[kept++] = f;
			continue;
		}
		struct cur_manifest *m = arena_alloc(&plan->arena, sizeof *m);
		m->path = f->path;
		own[plan->manifest_count] = f;
		plan->manifest[plan->manifest_count++] = m;
	}
	plan->file_count = kept;
	for (size_t i = 0; i < plan->manifest_count; i++) {
		read_manifest(plan, plan->manifest[i]);
		/* A manifest whose files are all missing still has to be heard of: it stands for itself. */
		bool has_file = false;
		for (size_t k = 0; k < plan->file_count; k++)
			has_file |= plan->file[k]->manifest == plan->manifest[i];
		if (!has_file && plan->manifest[i]->error.kind != ERR_NONE) {
			own[i]->manifest = plan->manifest[i];
			ingest_plan_keep(plan, own[i]);
		}
	}
	free(own);
}
