/* The embedded cluster's folder: made by the server's user, except for the folder itself. */
#pragma once
#include "store/cluster.h"
#include "store/process.h"

/* Names in the cluster's folder. */
#define CLUSTER_DATA "data"
#define CLUSTER_PART CLUSTER_DATA ".part"
#define CLUSTER_START_LOG "start.log"

struct process_user cluster_user(const struct cluster *c);
/* Makes the folders that are missing and checks that the server's user can reach them. */
bool cluster_make_folders(const struct cluster *c, struct err *e);
/* Makes the data folder with its database, complete or not at all. lock_fd is held by initdb too, should we be killed.
 */
bool cluster_create(const struct cluster *c, int lock_fd, struct err *e);
/* Writes the settings, which follow the machine and the program's version. */
bool cluster_configure(const struct cluster *c, struct err *e);
/* Records a failure of a server program: MESSAGE and the telling line of its output. */
bool cluster_fail(const struct cluster *c, const char *message, struct err *e);
