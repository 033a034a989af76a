/*
 * A month computed anew by the ordinary files of reconcile, from inputs as they were: in a transaction that is rolled
 * back, so that nothing of it stays. What it is for: proving posted months, and corrections of them.
 */
#pragma once
#include "base/civil.h"
#include "config/config.h"
#include "store/db.h"

/* Inputs as recon.result_input has them; reference data may be NULL: as it is now. */
struct replay {
	const char *period, *as_of, *options;
	const char *last_delivery_id, *last_file_id, *events, *refdata_id, *price_refdata_id;
	const char
	        *version; /* the billing rule version under which to rate all that it has a price for; NULL: as named */
	bool remake_hours;       /* events or prices are not those of the roll-up */
	bool keeps;              /* what stands, to be compared with */
	bool proves;             /* the same, and derive everything from facts */
	char differing_hour[32]; /* out, when it proves: the month's first hour in which the roll-up was another; "" */
};
/* Opens the transaction and computes; the caller asks for what it wants to know, and rolls back. Needs the run's lock.
 */
bool replay_begin(struct db *db, struct replay *r, struct err *e);

/* A difference between what is posted and what was computed anew; texts in the arena. */
struct replay_finding {
	const char *period, *what;
};
struct replay_proof {
	bool done;              /* false: this login may not compute months anew */
	bool whole;             /* each of them could be, lines and all */
	char other_version[32]; /* of closebook, that a month which differs was computed by; "" if it was this one */
	struct replay_finding *finding;
	size_t findings;
};
/*
 * Computes posted months anew from what was pinned, the period's alone unless NULL; and where later months corrected
 * them, as these saw them. The caller holds the run's lock if it may (replay_may).
 */
bool replay_prove(struct db *db, const char *period, struct arena *a, struct replay_proof *out, struct err *e);
bool replay_may(struct db *db, bool *may, struct err *e);

/*
 * Reprocesses every posted month whose inputs have changed since: what it would be booked as now, against what it is
 * booked as, by cause (recon.correction). The caller holds the run's lock. *changed: how many were.
 */
bool replay_corrections(struct db *db, size_t *changed, struct err *e);
