/*
 * The embedded database: a private PostgreSQL 15 cluster under the state folder, reached through a unix socket with
 * peer authentication only. It is created and started when first needed, survives the command that started it, and runs
 * until cluster_stop. As root it runs as the user `postgres`, or as whoever owns the folder already.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include <sys/types.h>

struct cluster {
	struct arena arena;
	const char *bin_dir; /* initdb, pg_ctl, postgres */
	const char *state_dir;
	const char *lock_path; /* makes two starts at once into one */
	const char *folder;    /* state_dir/cluster: what the server's user owns */
	const char *data_dir, *socket_dir, *log_dir, *start_log;
	const char *owner; /* OS user that the server runs as */
	uid_t uid;
	gid_t gid;
	bool switches_user; /* we are root, the server is not */
};

/* Works out paths and the server's user; touches nothing. ERR_CONFIG: PostgreSQL not found, no user postgres, the
 * folder is another's. */
bool cluster_open(struct cluster *c, const char *state_dir, struct err *e);
void cluster_release(struct cluster *c);
/* Creates the cluster and its database if there is none, starts the server if it does not run. Cheap when it does. */
bool cluster_start(struct cluster *c, struct err *e);
/* Stops the server, ending its connections; *was_running (may be NULL) tells whether there was one. */
bool cluster_stop(struct cluster *c, bool *was_running, struct err *e);

struct cluster_status {
	bool created, running;
	pid_t pid; /* of the server; 0 when it does not run */
};
bool cluster_status(const struct cluster *c, struct cluster_status *out, struct err *e);
/* The URI that db_connect takes; in the cluster's arena. */
const char *cluster_url(struct cluster *c);
