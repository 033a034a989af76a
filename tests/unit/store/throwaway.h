/* An embedded cluster of a test binary's own, in a folder that goes away with it. */
#pragma once
#include "base/scratch.h"
#include "store/cluster.h"
#include "store/db.h"

#include <stdlib.h>
#include <sys/stat.h>

static struct {
	struct scratch *scratch;
	struct cluster cluster;
} throwaway;

static inline void throwaway_check(bool done, const struct err *e)
{
	if (done)
		return;
	char text[2048];
	err_text(e, text, sizeof(text));
	fprintf(stderr, "%s\nhint: %s\n", text, e->hint);
	abort();
}

static inline int throwaway_setup(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	void *state;
	if (scratch_setup(&state) != 0)
		return -1;
	throwaway.scratch = state;
	/* As root the server is another user's, who must get in. */
	if (chmod(throwaway.scratch->folder, 0755) != 0)
		return -1;
	throwaway_check(cluster_open(&throwaway.cluster, scratch_path(throwaway.scratch, "state"), &e) &&
	                        cluster_start(&throwaway.cluster, &e),
	                &e);
	return 0;
}

static inline int throwaway_teardown(void **unused)
{
	(void)unused;
	struct err e = ERR_INIT;
	void *state = throwaway.scratch;
	throwaway_check(cluster_stop(&throwaway.cluster, NULL, &e), &e);
	cluster_release(&throwaway.cluster);
	return scratch_teardown(&state);
}

static inline struct db throwaway_connect(void)
{
	struct db db = DB_INIT;
	struct err e = ERR_INIT;
	throwaway_check(db_connect(&db, cluster_url(&throwaway.cluster), &e), &e);
	return db;
}
