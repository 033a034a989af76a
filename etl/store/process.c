/*
 * A child reports a failure before exec by writing its struct err into a pipe that exec closes; what the parent reads
 * is its own process image's struct, so the pointer in it is good.
 */
#include "store/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool become(const struct process_user *user, struct err *e)
{
	if (!user->switches)
		return true;
	if (setgroups(0, NULL) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0)
		return fail_errno(e, "cannot become the user with id %u", (unsigned)user->uid);
	return true;
}

static bool wait_for(pid_t pid, int *status, struct err *e)
{
	int raw;
	while (waitpid(pid, &raw, 0) < 0)
		if (errno != EINTR)
			return fail_errno(e, "cannot wait for a child process");
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return true;
}

static void write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	while (len > 0) {
		ssize_t sent = write(fd, at, len);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return;
		at += sent;
		len -= (size_t)sent;
	}
}

/* The child's error, if it sent one: a pipe that was closed without a word means success. */
static void read_report(int fd, struct err *e)
{
	struct err report;
	char *at = (char *)&report;
	size_t left = sizeof(report);
	while (left > 0) {
		ssize_t got = read(fd, at, left);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += got;
		left -= (size_t)got;
	}
	if (left == 0 && e->kind == ERR_NONE)
		*e = report;
}

static bool redirect(const char *output, int input_fd, struct err *e)
{
	int in = input_fd >= 0 ? input_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return fail_errno(e, "cannot write %s", output);
	if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
		return fail_errno(e, "cannot redirect a child's input and output");
	return true;
}

static void child_exec(const struct process_user *user, const char *folder, const char *const *argv, int input_fd,
                       const char *output, int keep_fd, struct err *e)
{
	static char *const environment[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", NULL};
	setsid();
	umask(077);
	if (!become(user, e) || !redirect(output, input_fd, e))
		return;
	if (chdir(folder) != 0) {
		fail_errno(e, "cannot enter %s", folder);
		return;
	}
	/* Others' descriptors would live on in the server. A kernel too old for this has them marked one by one, as
	 * opened. */
	close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (keep_fd >= 0)
		fcntl(keep_fd, F_SETFD, 0);
	execve(argv[0], (char *const *)argv, environment);
	fail_errno(e, "cannot run %s", argv[0]);
}

/* A pipe that holds all of a short input already. */
static bool input_pipe(const char *input, int *fd, struct err *e)
{
	int ends[2];
	*fd = -1;
	if (!input)
		return true;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(e, "cannot make a pipe");
	write_all(ends[1], input, strlen(input));
	close(ends[1]);
	*fd = ends[0];
	return true;
}

bool process_run(const struct process_user *user, const char *folder, const char *const *argv, const char *input,
                 const char *output, int keep_fd, int *status, struct err *e)
{
	int input_fd, report[2];
	if (!input_pipe(input, &input_fd, e))
		return false;
	if (pipe2(report, O_CLOEXEC) != 0) {
		fail_errno(e, "cannot make a pipe");
		if (input_fd >= 0)
			close(input_fd);
		return false;
	}
	pid_t pid = fork();
	if (pid == 0) {
		struct err problem = ERR_INIT;
		child_exec(user, folder, argv, input_fd, output, keep_fd, &problem);
		write_all(report[1], &problem, sizeof(problem));
		_exit(127);
	}
	if (pid < 0)
		fail_errno(e, "cannot start a process");
	close(report[1]);
	if (input_fd >= 0)
		close(input_fd);
	if (pid > 0) {
		read_report(report[0], e);
		wait_for(pid, status, e);
	}
	close(report[0]);
	return e->kind == ERR_NONE;
}

bool process_call(const struct process_user *user, bool (*work)(const void *context, struct err *e),
                  const void *context, struct err *e)
{
	int report[2], status = 0;
	if (!user->switches)
		return work(context, e);
	if (pipe2(report, O_CLOEXEC) != 0)
		return fail_errno(e, "cannot make a pipe");
	pid_t pid = fork();
	if (pid == 0) {
		struct err problem = ERR_INIT;
		if (become(user, &problem) && work(context, &problem))
			_exit(0);
		write_all(report[1], &problem, sizeof(problem));
		_exit(1);
	}
	if (pid < 0)
		fail_errno(e, "cannot start a process");
	close(report[1]);
	if (pid > 0) {
		read_report(report[0], e);
		wait_for(pid, &status, e);
	}
	close(report[0]);
	if (status != 0)
		fail(e, ERR_BUG, "a child process ended with status %d", status);
	return e->kind == ERR_NONE;
}
