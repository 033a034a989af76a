#include "source/child.h"

#include "base/arena.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORDS_MAX = 64, SECONDS_MAX = 60 };
extern char **environ;

/* The next word of *rest, in the arena; NULL at its end or when a quote is not closed (*broken). */
static char *next_word(struct arena *a, const char **rest, bool *broken)
{
	const char *c = *rest + strspn(*rest, " \t");
	struct buf word = BUF_INIT;
	char quote = '\0', *out = NULL;
	if (*c) {
		buf_reserve(&word, 1);
		for (; *c && (quote || !strchr(" \t", *c)); c++) {
			if (quote && *c == quote)
				quote = '\0';
			else if (!quote && (*c == '\'' || *c == '"'))
				quote = *c;
			else if (*c == '\\' && quote != '\'' && c[1])
				buf_add_char(&word, *++c);
			else
				buf_add_char(&word, *c);
		}
		out = arena_cstr(a, buf_slice(&word));
	}
	*broken = quote != '\0';
	*rest = c;
	buf_release(&word);
	return quote ? NULL : out;
}

static bool spawn(char *const *argv, int output, pid_t *pid, struct err *e)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	int failure = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	errno = failure;
	return failure == 0 || fail_errno(e, "cannot run %s", argv[0]);
}

/* False when it takes too long. */
static bool read_all(int fd, size_t limit, struct buf *out)
{
	char chunk[4096];
	time_t end = time(NULL) + SECONDS_MAX;
	while (time(NULL) < end) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (poll(&p, 1, 1000) <= 0)
			continue;
		ssize_t n = read(fd, chunk, sizeof chunk);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || out->len + (size_t)n > limit)
			return true;
		buf_add(out, chunk, (size_t)n);
	}
	return false;
}

static bool run(char *const *argv, size_t limit, struct buf *out, struct err *e)
{
	int ends[2], status = 0;
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail_errno(e, "cannot run %s", argv[0]);
	bool fine = spawn(argv, ends[1], &pid, e);
	close(ends[1]);
	bool in_time = !fine || read_all(ends[0], limit, out);
	close(ends[0]);
	if (!in_time) {
		kill(pid, SIGKILL);
		fail(e, ERR_UNAVAILABLE, "%s did not end within %d seconds", argv[0], SECONDS_MAX);
	}
	while (fine && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (fine && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		fine = fail(e, ERR_UNAVAILABLE, "%s failed", argv[0]);
	return fine;
}

bool child_read(const char *command, size_t limit, struct buf *out, struct err *e)
{
	struct arena a = ARENA_INIT;
	char *argv[WORDS_MAX + 1] = {NULL};
	bool broken = false;
	size_t count = 0;
	while (count < WORDS_MAX && (argv[count] = next_word(&a, &command, &broken)) != NULL)
		count++;
	bool fine = !broken && count > 0 && count < WORDS_MAX;
	if (!fine)
		fail(e, ERR_CONFIG, "not a command line: a quote is not closed, or it is empty or too long");
	fine = fine && run(argv, limit, out, e);
	arena_release(&a);
	return fine;
}
