/* What every command gets, and the table of commands (main.c). One thin file per command. */
#pragma once
#include "base/civil.h"
#include "config/config.h"
#include "config/option.h"
#include "store/cluster.h"
#include "store/db.h"

enum command_needs {
	NEEDS_NOTHING,
	NEEDS_CONFIG,  /* context.config */
	NEEDS_RESULTS, /* and context.db, connected, its schema current; there must be a database */
	NEEDS_SCHEMA,  /* the same, but the embedded cluster is created when there is none */
	NEEDS_LOCK,    /* and this is the only run that changes data */
};

struct context {
	struct config config;
	struct db db;
	const char *uri;         /* of the database; NULL = embedded */
	struct cluster cluster;  /* open when uri is NULL and the command needs a database */
	const char *config_path; /* -c, else NULL */
	bool holds_lock;         /* of jobs that change data */
	utc_us as_of;
	const char *command; /* its name, as the lock shows it */
};

/* A command returns false with the error that decides the exit code. argv is without its name. */
typedef bool command_function(struct context *c, int argc, char **argv, struct err *e);
command_function command_init, command_db, command_refdata, command_pull, command_ingest, command_reconcile,
        command_nightly, command_variance, command_exceptions, command_journal, command_report, command_export,
        command_explain, command_close, command_verify, command_chargeback, command_packet, command_weekly;

/* Where the database is: --db, else $CLOSEBOOK_DB_URL, else the config; NULL = the embedded cluster. */
bool context_open_cluster(struct context *c, struct err *e);
/* Whether the embedded cluster has been created. */
bool context_cluster_exists(struct context *c, bool *exists, struct err *e);
/* Starts the embedded cluster; says where when it has to be created. */
bool context_start_cluster(struct context *c, struct err *e);
/* Connects, starting the embedded cluster when there is no URI. */
bool context_connect(struct context *c, struct err *e);
/* ERR_USAGE with a hint when there is neither a URI nor an embedded cluster. */
bool context_require_database(struct context *c, struct err *e);
/* What a command needs, for commands whose first argument decides it; the configuration is loaded. */
bool context_provide(struct context *c, enum command_needs needs, struct err *e);
/* How a command is called; the parsed rest comes back in it. */
struct command_line {
	const char *usage, *summary;
	const struct option *table;
	void *target;  /* the struct that the table fills */
	int arguments; /* at most so many arguments besides options */
	struct option_rest rest;
};
/* Parses; prints the help if asked for (rest.help is then true, and there is nothing else to do). */
bool command_parse(struct command_line *line, int argc, char **argv, struct err *e);
/* Parses a period given by --period; ERR_USAGE with a hint when it is missing or none. */
bool context_period(const char *text, struct period *out, struct err *e);
/* Whether a name is in the first column of the rows; else ERR_USAGE "there is no WHAT GIVEN", with the names. */
bool context_choose(const struct db_result *known, const char *given, const char *what, struct err *e);
/* What a listing can be grouped by: the word for it, and its column. */
struct grouping {
	const char *word, *column;
};
/* "team,class", as the option gives it → the columns' names as an array parameter, in the arena; else NULL and
 * ERR_USAGE with the words that are known. */
const char *context_groupings(struct arena *a, const char *option, const char *list, const struct grouping *known,
                              size_t count, struct err *e);
/* The period can be parsed, has been reconciled, and has the business unit (NULL: any); else ERR_USAGE with a hint. */
bool context_reconciled(struct context *c, const char *period, const char *business_unit, struct err *e);

/* Shared by explain and packet: the id's meanings, as explain/known has them, of which the first row's kind counts.
 * in_period and provider may be NULL. ERR_USAGE with a hint when there is none. */
bool context_subject(struct context *c, const char *id, const char *in_period, const char *provider,
                     struct db_result *known, struct err *e);
/* What an event's empty value counts as, by source: the configuration's part of matching, as JSON. To be freed. */
char *context_match_defaults(const struct context *context);

/* Shared by ingest and nightly: the totals on stdout, what became of files on stderr, ERR_INPUT if any gave nothing. */
struct ingest_plan;
struct ingest_totals;
struct pull_results;
void ingest_print(const struct ingest_totals *t);
bool ingest_finish(const struct ingest_plan *plan, const struct ingest_totals *t, struct err *e);
/* Shared by pull and nightly: a line for each source on stdout; what failed on stderr. */
void pull_print(const struct pull_results *r, bool dry_run);
void pull_log(const struct pull_results *r);
