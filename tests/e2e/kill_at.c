/*
 * Preloaded into the program by kill_test.py: ends it with SIGKILL at its n-th step, a step being what it asks of the
 * database, or a file that gets its name. $KILL_AT is n, $KILL_WHEN is before, or after: then the request is on its
 * way, and the server carries it out for a client that is dead. $KILL_LOG is a file that takes one line per step.
 */
#include <dlfcn.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(const char *kind, const char *text)
{
	const char *path = getenv("KILL_LOG");
	FILE *log = path ? fopen(path, "a") : NULL;
	if (!log)
		return;
	fprintf(log, "%s ", kind);
	for (; *text; text++)
		fputc(*text == '\n' || *text == '\t' ? ' ' : *text, log);
	fputc('\n', log);
	fclose(log);
}

/* Whether the program is to die after this step. Does not return if it is to die before it. */
static bool dies_after(const char *kind, const char *text)
{
	static int step;
	const char *at = getenv("KILL_AT"), *when = getenv("KILL_WHEN");
	note(kind, text);
	if (++step != (at ? atoi(at) : 0))
		return false;
	if (when && strcmp(when, "after") == 0)
		return true;
	raise(SIGKILL);
	return true;
}

PGresult *PQexecParams(PGconn *c, const char *text, int count, const Oid *types, const char *const *values,
                       const int *lengths, const int *formats, int format)
{
	if (dies_after("run", text)) {
		PQsendQueryParams(c, text, count, types, values, lengths, formats, format);
		PQflush(c);
		raise(SIGKILL);
	}
	return NEXT(PQexecParams)(c, text, count, types, values, lengths, formats, format);
}

PGresult *PQexec(PGconn *c, const char *text)
{
	if (dies_after("run", text)) {
		PQsendQuery(c, text);
		PQflush(c);
		raise(SIGKILL);
	}
	return NEXT(PQexec)(c, text);
}

int PQputCopyData(PGconn *c, const char *bytes, int size)
{
	bool last = dies_after("copy", "");
	int result = NEXT(PQputCopyData)(c, bytes, size);
	if (last) {
		PQflush(c);
		raise(SIGKILL);
	}
	return result;
}

int PQputCopyEnd(PGconn *c, const char *why)
{
	bool last = dies_after("copied", "");
	int result = NEXT(PQputCopyEnd)(c, why);
	if (last) {
		PQflush(c);
		raise(SIGKILL);
	}
	return result;
}

int rename(const char *from, const char *to)
{
	bool last = dies_after("rename", to);
	int result = NEXT(rename)(from, to);
	if (last)
		raise(SIGKILL);
	return result;
}
