#include "source/aws_profile.h"

#include "base/file.h"
#include "config/place.h"
#include <stddef.h>

enum { FILE_BYTES = 1 << 20 };

static const struct {
	const char *name;
	size_t offset;
} settings[] = {
        {"aws_access_key_id", offsetof(struct aws_profile, aws_access_key_id)},
        {"aws_secret_access_key", offsetof(struct aws_profile, aws_secret_access_key)},
        {"aws_session_token", offsetof(struct aws_profile, aws_session_token)},
        {"credential_process", offsetof(struct aws_profile, credential_process)},
        {"role_arn", offsetof(struct aws_profile, role_arn)},
        {"source_profile", offsetof(struct aws_profile, source_profile)},
        {"credential_source", offsetof(struct aws_profile, credential_source)},
        {"role_session_name", offsetof(struct aws_profile, role_session_name)},
        {"external_id", offsetof(struct aws_profile, external_id)},
        {"web_identity_token_file", offsetof(struct aws_profile, web_identity_token_file)},
        {"region", offsetof(struct aws_profile, region)},
};

/* "[profile NAME]" in the configuration (but "[default]"), "[NAME]" among the credentials. */
static bool is_section(struct slice line, const char *name, bool is_config)
{
	struct slice title = slice_trim((struct slice){line.ptr + 1, line.len - 2});
	if (is_config && slice_starts(title, "profile "))
		title = slice_trim(slice_from(title, strlen("profile ")));
	else if (is_config && !slice_is(title, "default"))
		return false;
	return slice_is(title, name);
}

static void read_setting(struct aws_profile *p, struct slice line, struct arena *a)
{
	struct slice value = line, key = slice_trim(slice_cut(&value, '='));
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const char **to = (const char **)(void *)((char *)p + settings[i].offset);
		if (slice_is(key, settings[i].name) && !*to)
			*to = arena_cstr(a, slice_trim(value));
	}
}

static bool read_file(struct aws_profile *p, const char *path, bool is_config, struct arena *a, struct err *e)
{
	struct buf text = BUF_INIT;
	if (!file_exists(path))
		return true;
	if (!file_read(path, FILE_BYTES, &text, e))
		return false;
	bool here = false;
	for (struct slice rest = buf_slice(&text); rest.len > 0;) {
		struct slice raw = slice_cut(&rest, '\n'), line = slice_trim(raw);
		if (line.len == 0 || line.ptr[0] == '#' || line.ptr[0] == ';')
			continue;
		if (line.ptr[0] == '[' && line.ptr[line.len - 1] == ']') {
			here = is_section(line, p->name, is_config);
			p->found |= here;
		} else if (here && raw.ptr[0] != ' ' && raw.ptr[0] != '\t') { /* indented: of a nested section */
			read_setting(p, line, a);
		}
	}
	buf_release(&text);
	return true;
}

static const char *place(struct arena *a, const char *variable, const char *name)
{
	const char *path = place_environment(variable);
	return path ? path : path_join(a, place_home(), name);
}

bool aws_profile_read(struct aws_profile *p, const char *name, struct arena *a, struct err *e)
{
	*p = (struct aws_profile){.name = name};
	return read_file(p, place(a, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), false, a, e) &&
	       read_file(p, place(a, "AWS_CONFIG_FILE", ".aws/config"), true, a, e);
}
