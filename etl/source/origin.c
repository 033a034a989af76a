#include "source/origin.h"

#include "base/file.h"
#include <jansson.h>

bool origin_write(const char *path, const struct origin_file *origin, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct file_writer w = {0};
	json_t *root = json_pack("{s:s, s:s, s:s?, s:s?}", "source", origin->source, "uri", origin->uri, "version",
	                         origin->version, "dataset", origin->dataset);
	bool fine = root || fail(e, ERR_UNAVAILABLE, "where %s was fetched from is not valid UTF-8", path_name(path));
	fine = fine && file_writer_begin(&w, arena_printf(&a, "%s.origin.json", path), e);
	if (fine)
		json_dumpf(root, w.stream, JSON_INDENT(1) | JSON_SORT_KEYS);
	fine = fine && file_writer_finish(&w, e) && file_writer_publish(&w, e);
	file_writer_release(&w);
	json_decref(root);
	arena_release(&a);
	return fine;
}
