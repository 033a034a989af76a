/* Where things are unless told otherwise: from the environment and the file system. */
#pragma once
#include "base/arena.h"

/* The environment variable's value, or NULL when it is unset or empty. */
const char *place_environment(const char *name);
/* The user's home folder. */
const char *place_home(void);
/* closebook.yaml in `here`, in a parent folder, in the user's or the machine's configuration folder; NULL when there is
 * none. */
const char *place_config(struct arena *a, const char *here);
/* The default state folder. */
const char *place_state_dir(struct arena *a);
