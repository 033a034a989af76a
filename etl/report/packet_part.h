/* For the files that write parts of a packet. */
#pragma once
#include "base/file.h"
#include "report/packet.h"

struct packet_file {
	const char *name, *what;
	size_t rows;
	bool counted; /* rows says how many */
};
struct packet {
	struct db *db;
	const struct packet_request *request;
	struct arena *arena;
	const char *folder; /* where it is being written */
	const char *name;   /* its own, when it is done */
	struct db_params params;
	struct packet_file *file; /* in the order in which they were written */
	size_t files, room;
	struct table totals; /* packet/totals: name, rows, total_usd */
	struct buf missing;  /* sentences about originals that are not here */
};
/* Begins a file of the packet and notes it. `rows` below zero: it has none. */
bool packet_begin(struct packet *p, struct file_writer *w, const char *name, const char *what, long rows,
                  struct err *e);
/* Text at most 100 columns wide, after a dash. */
void packet_sentence(FILE *out, const char *text);

/* files.csv, and raw/: the provider's own rows, or what became of the original. */
bool packet_originals(struct packet *p, struct err *e);
/* README.txt */
bool packet_readme(struct packet *p, struct err *e);
