#include "config/place.h"

#include "base/file.h"
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "closebook.yaml"

const char *place_environment(const char *name)
{
	const char *value = getenv(name);
	return value && value[0] ? value : NULL;
}

const char *place_home(void)
{
	const char *path = getenv("HOME");
	if (path && path[0] == '/')
		return path;
	const struct passwd *user = getpwuid(geteuid());
	return user && user->pw_dir ? user->pw_dir : "/";
}

static const char *existing(struct arena *a, const char *folder)
{
	const char *path = path_join(a, folder, FILE_NAME);
	return file_exists(path) ? path : NULL;
}

const char *place_config(struct arena *a, const char *here)
{
	char *folder = arena_strdup(a, here);
	for (;;) {
		const char *path = existing(a, folder);
		if (path)
			return path;
		char *slash = strrchr(folder, '/');
		if (!slash || folder[1] == '\0')
			break;
		slash[slash == folder] = '\0';
	}
	const char *path = existing(a, path_join(a, place_home(), ".config/closebook"));
	return path ? path : existing(a, "/etc/closebook");
}

const char *place_state_dir(struct arena *a)
{
	if (geteuid() == 0)
		return "/var/lib/closebook";
	const char *state = place_environment("XDG_STATE_HOME");
	if (!state || state[0] != '/')
		state = path_join(a, place_home(), ".local/state");
	return path_join(a, state, "closebook");
}
