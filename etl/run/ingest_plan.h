/*
 * What an ingest call is going to load: the files, their sources, formats and digests, and the units they form. A unit
 * is loaded in one transaction: the bill files of one source, or one manifest's files, or the events or logs of one
 * source.
 */
#pragma once
#include "base/arena.h"
#include "base/digest.h"
#include "config/config.h"
#include "format/format.h"
#include "run/load_sink.h"
#include "store/db.h"

enum file_outcome { FILE_PENDING, FILE_LOADED, FILE_KNOWN, FILE_REJECTED };

struct ingest_file {
	const char *path;                   /* absolute */
	const struct source_config *config; /* NULL: no source configured */
	const char *source;                 /* its name, else the format's */
	const struct format *format;
	char digest[DIGEST_HEX_SIZE];
	uint64_t bytes;
	struct load_file load;
	uint64_t rows_duplicate;
	enum file_outcome outcome;
	struct err error;         /* FILE_REJECTED: why */
	const char *known_as;     /* FILE_KNOWN: when and from where it was loaded */
	bool is_repeat;           /* of another file of this call */
	bool is_revived;          /* known, but read again beside a new part of its set */
	struct ingest_file *next; /* of the same slot of the plan */
	struct cur_manifest *manifest;
	/* From FILE.control.json {rows, cost}: what its lines must come to; NULL: not said. */
	const char *control_rows, *control_cost;
	/* From FILE.origin.json {source, uri, version, dataset}, which `pull` writes: who fetched it from where, in
	 * which state, and what the file itself does not say; NULL: not said. */
	const char *fetched_by, *origin, *version, *dataset;
};

/* A Cost and Usage Report's manifest: the complete list of a delivery's files. */
struct cur_manifest {
	const char *path;
	const char *dataset; /* report or export name */
	const char *label;   /* assembly or execution id */
	bool is_newest;      /* legacy: the copy on top names this assembly */
	struct err error;    /* set: it can't be loaded, and so none of its files */
};

struct ingest_unit {
	struct ingest_file **file;
	size_t count;
};

struct ingest_options {
	const char *const *path;
	size_t path_count;
	const char *source;        /* NULL: from the config, by path, else the format's name */
	const char *format;        /* NULL: detected */
	const char *control_total; /* decimal text: what the lines must add up to; NULL: not checked */
	bool again;                /* load files that were loaded before */
	bool only_new;             /* take what is new as it is, whatever known files lie beside it (nightly) */
	int threads;               /* 0: one per processor */
	utc_us as_of;
};

enum { PLAN_SLOTS = 1 << 14, INGEST_THREADS_MAX = 16 };

/* How many threads the options mean. */
int ingest_threads(const struct ingest_options *o);

struct ingest_plan {
	struct arena arena;
	struct ingest_file *slot[PLAN_SLOTS]; /* by path */
	struct ingest_file **file;
	size_t file_count, file_capacity;
	struct ingest_unit *unit;
	size_t unit_count;
	struct cur_manifest **manifest;
	size_t manifest_count;
};

/*
 * Expands folders, reads manifests, finds sources and formats, computes digests and asks the database which files it
 * knows. A file that can't be used is FILE_REJECTED with its error; the plan fails only when nothing can go on.
 */
bool ingest_plan_make(struct ingest_plan *plan, const struct config *config, const struct ingest_options *o,
                      struct db *db, struct err *e);
void ingest_plan_release(struct ingest_plan *plan);
/* Adds a file to the plan (for the reader of manifests); NULL if it is in it already. */
struct ingest_file *ingest_plan_add(struct ingest_plan *plan, const char *path);
/* Finds digest and size of all files of the plan, several at a time; what can't be read has its error. */
void ingest_digest_all(struct ingest_plan *plan, int threads);
/* Appends a file that was made for the plan. */
void ingest_plan_keep(struct ingest_plan *plan, struct ingest_file *f);
struct ingest_file *ingest_plan_find(const struct ingest_plan *plan, const char *path);
/*
 * The files that may stand beside one: FILE.sha256 (as sha256sum writes it), FILE.control.json, FILE.origin.json. False
 * when the digest is another, or a side file can't be read.
 */
bool side_files_read(struct ingest_file *f, struct arena *a, struct err *e);
/* Reads the CUR manifests among the plan's files, takes them out, and marks the files that they name. */
void cur_manifests_read(struct ingest_plan *plan);
