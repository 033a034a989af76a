#include "run/nightly.h"

#include "base/file.h"

bool nightly_paths(const struct config *config, struct arena *a, const char *const **path, size_t *count, struct err *e)
{
	const char **out = arena_alloc(a, (config->source_count + 2) * sizeof *out);
	*count = 0;
	for (size_t i = 0; i < config->source_count; i++) {
		const struct source_config *s = &config->source[i];
		if (!s->uri || (s->remote.url && !folder_exists(s->uri))) /* nothing was fetched yet */
			continue;
		if (!file_exists(s->uri) && !folder_exists(s->uri))
			return fail(e, ERR_CONFIG, "source %s: %s does not exist", s->name, s->uri) ||
			       err_hint(e, "create the folder, or correct uri") ||
			       err_where(e, config->path, s->line, 0);
		out[(*count)++] = s->uri;
	}
	if (config->landing_dir && folder_exists(config->landing_dir))
		out[(*count)++] = config->landing_dir;
	*path = out;
	return true;
}
