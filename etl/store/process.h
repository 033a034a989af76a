/* Child processes of the embedded cluster: never through a shell, as the server's user, apart from our terminal. */
#pragma once
#include "base/err.h"
#include <stdbool.h>
#include <sys/types.h>

struct process_user {
	uid_t uid;
	gid_t gid;
	bool switches; /* become that user; else stay who we are */
};

/*
 * Runs argv[0] (an absolute path) in the folder, in a session of its own, with a small, fixed environment, `input`
 * (NULL: nothing) as its standard input and its output in the file `output`, and waits for its end. No descriptor is
 * inherited but keep_fd
 * (-1: none). ERR_IO when it cannot be run; *status is its exit code, 128 + n when signal n ended it.
 */
bool process_run(const struct process_user *user, const char *folder, const char *const *argv, const char *input,
                 const char *output, int keep_fd, int *status, struct err *e);
/* Calls `work` in a child that has become that user, and hands its error back. Without a switch it is called right
 * here. */
bool process_call(const struct process_user *user, bool (*work)(const void *context, struct err *e),
                  const void *context, struct err *e);
