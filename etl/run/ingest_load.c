/*
 * A unit is one transaction, so a kill at any moment leaves nothing of it behind. Workers take the unit's files one by
 * one, read and encode them into batches; the thread that owns the connection sends the batches. The queue between them
 * is bounded, so memory does not depend on the size of files. When a stage fails, the others stop at their next batch,
 * and the first cause is reported. Rows of a file that turns out bad are taken back before the commit.
 */
#include "run/ingest_load.h"

#include "base/file.h"
#include "base/log.h"
#include "base/progress.h"
#include "run/array_param.h"
#include "run/line_attributes.h"
#include "run/line_partitions.h"
#include "run/line_sums.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUEUE_LENGTH = 4 };

/* What the end of the transaction made of the unit. */
struct made {
	uint64_t deliveries, superseded;
	const char *total; /* Σ cost, when it is not the control total; else NULL */
};

struct loader {
	struct db *db;
	const struct config *config;
	const struct ingest_options *options;
	struct ingest_unit *unit;
	struct delivery_table deliveries;
	struct line_kinds kinds;
	struct line_partitions partitions; /* that this unit writes to */

	pthread_mutex_t mutex;
	pthread_cond_t filled, taken;
	struct load_batch *queue[QUEUE_LENGTH], *empty[QUEUE_LENGTH];
	size_t queued, empty_count; /* batches that were sent are used again: their memory is there */
	size_t next_file;
	int working; /* workers that are not done */
	bool stop;   /* the database failed: workers give up */
	uint64_t rows, bytes_done, bytes_total;
	struct made made;
};

struct worker {
	struct loader *loader;
	struct ingest_file *file; /* being read, with `in`; what of it was shown already */
	struct stream *in;
	uint64_t bytes_shown, rows_shown;
	struct load_batch *batch;
	bool reads_ahead; /* there is a thread to spare for its files */
	pthread_t thread;
};

/* Says how far the unit is; the loader's mutex is held. */
static void show_progress(struct worker *w)
{
	struct loader *l = w->loader;
	uint64_t bytes = stream_bytes_read(w->in), rows = w->file->load.rows_read + w->file->load.rows_passed_over;
	l->bytes_done += bytes - w->bytes_shown;
	l->rows += rows - w->rows_shown;
	w->bytes_shown = bytes;
	w->rows_shown = rows;
	progress_update(path_name(w->file->path), l->bytes_done, l->bytes_total, l->rows);
}

static bool hand_over(void *context, struct load_batch **batch, struct err *e)
{
	struct worker *w = context;
	struct loader *l = w->loader;
	pthread_mutex_lock(&l->mutex);
	if (w->in)
		show_progress(w);
	while (l->queued == QUEUE_LENGTH && !l->stop)
		pthread_cond_wait(&l->taken, &l->mutex);
	bool stop = l->stop;
	struct load_batch *empty = NULL;
	if (!stop) {
		l->queue[l->queued++] = *batch;
		empty = l->empty_count > 0 ? l->empty[--l->empty_count] : NULL;
		pthread_cond_signal(&l->filled);
	}
	pthread_mutex_unlock(&l->mutex);
	if (stop)
		return fail(e, ERR_UNAVAILABLE, "stopped, because another part of the load failed");
	*batch = empty ? empty : load_batch_new();
	return true;
}

static void read_file(struct worker *w, struct ingest_file *f)
{
	struct loader *l = w->loader;
	struct load_sink sink = {.deliveries = &l->deliveries,
	                         .kinds = &l->kinds,
	                         .batch = w->batch,
	                         .hand_over = hand_over,
	                         .context = w};
	struct reader_options options = {.source = f->config,
	                                 .provider_aliases = &l->config->aliases,
	                                 .as_of = l->options->as_of,
	                                 .dataset = f->config && f->config->dataset ? f->config->dataset
	                                            : f->manifest                   ? f->manifest->dataset
	                                                                            : f->dataset,
	                                 .path = f->path};
	struct stream *in = stream_open(f->path, &f->error);
	if (!in)
		return;
	if (w->reads_ahead)
		stream_read_ahead(in);
	w->file = f;
	w->in = in;
	w->bytes_shown = w->rows_shown = 0;
	load_sink_begin(&sink, &f->load, f->format->is_whole_bill);
	struct sink interface = load_sink_interface(&sink);
	if (!f->format->read(in, &options, &interface, &f->error))
		err_where(&f->error, f->path, 0, 0);
	w->batch = sink.batch;
	load_sink_end(&sink);
	pthread_mutex_lock(&l->mutex);
	show_progress(w);
	w->in = NULL;
	pthread_mutex_unlock(&l->mutex);
	stream_free(in);
}

static void *work(void *context)
{
	struct worker *w = context;
	struct loader *l = w->loader;
	w->batch = load_batch_new();
	for (;;) {
		pthread_mutex_lock(&l->mutex);
		struct ingest_file *f =
		        l->next_file < l->unit->count && !l->stop ? l->unit->file[l->next_file++] : NULL;
		pthread_mutex_unlock(&l->mutex);
		if (!f)
			break;
		read_file(w, f);
	}
	struct err ignored = ERR_INIT;
	hand_over(w, &w->batch, &ignored);
	load_batch_free(w->batch);
	pthread_mutex_lock(&l->mutex);
	l->working--;
	pthread_cond_signal(&l->filled);
	pthread_mutex_unlock(&l->mutex);
	return NULL;
}

/* The next batch, waiting for one; NULL when all workers are done. */
static struct load_batch *next_batch(struct loader *l)
{
	pthread_mutex_lock(&l->mutex);
	while (l->queued == 0 && l->working > 0)
		pthread_cond_wait(&l->filled, &l->mutex);
	struct load_batch *batch = NULL;
	if (l->queued > 0) {
		batch = l->queue[0];
		memmove(l->queue, l->queue + 1, --l->queued * sizeof *l->queue);
		pthread_cond_signal(&l->taken);
	}
	pthread_mutex_unlock(&l->mutex);
	return batch;
}

static void give_back(struct loader *l, struct load_batch *batch)
{
	pthread_mutex_lock(&l->mutex);
	bool kept = l->empty_count < QUEUE_LENGTH;
	if (kept)
		l->empty[l->empty_count++] = batch;
	pthread_mutex_unlock(&l->mutex);
	if (!kept)
		load_batch_free(batch);
}

static bool send_batch(struct loader *l, struct load_batch *b, struct copy_run *run, struct err *e)
{
	char copy_line[LINE_COPY_MAX];
	if (b->line.rows > 0) {
		if (!line_partitions_make(&l->partitions, &l->deliveries, run, e))
			return false;
		line_partitions_copy(&l->partitions, b->bill, copy_line);
	}
	struct buf copy_event = BUF_INIT;
	load_copy_event(b, &copy_event);
	bool fine = copy_send(run, &b->attribute, line_attributes_copy, e) &&
	            copy_send(run, &b->sum, line_sums_copy, e) &&
	            copy_send(run, &b->quarantine, load_copy_quarantine, e) &&
	            copy_send(run, &b->event, copy_event.ptr, e) && copy_send(run, &b->line, copy_line, e) &&
	            copy_send(run, &b->usage_log, load_copy_usage_log, e);
	buf_release(&copy_event);
	return fine;
}

/* Runs a worker per file, as far as there are threads, and copies what they make; threads to spare read ahead. True
 * when the database took everything. */
static bool copy_all(struct loader *l, struct err *e)
{
	struct worker worker[INGEST_THREADS_MAX] = {0};
	int started = 0, threads = ingest_threads(l->options),
	    workers = (size_t)threads < l->unit->count ? threads : (int)l->unit->count;
	l->working = workers;
	for (; started < workers; started++) {
		worker[started].loader = l;
		worker[started].reads_ahead = started < threads - workers;
		if (pthread_create(&worker[started].thread, NULL, work, &worker[started]) != 0) {
			pthread_mutex_lock(&l->mutex);
			l->working -= workers - started;
			pthread_mutex_unlock(&l->mutex);
			break;
		}
	}
	if (started == 0)
		return fail(e, ERR_IO, "cannot start a thread");
	bool fine = true;
	struct copy_run run = {.db = l->db};
	for (struct load_batch *b; (b = next_batch(l)) != NULL;) {
		if (fine && !send_batch(l, b, &run, e)) {
			fine = false;
			pthread_mutex_lock(&l->mutex);
			l->stop = true;
			pthread_cond_broadcast(&l->taken);
			pthread_mutex_unlock(&l->mutex);
		}
		if (fine)
			give_back(l, b);
		else
			load_batch_free(b);
	}
	for (int i = 0; i < started; i++)
		pthread_join(worker[i].thread, NULL);
	while (l->empty_count > 0)
		load_batch_free(l->empty[--l->empty_count]);
	fine = fine && copy_end(&run, e);
	copy_run_release(&run);
	return fine;
}

/* ---- rejection ---- */

static struct ingest_file *file_of_id(const struct ingest_unit *unit, int64_t file_id)
{
	for (size_t i = 0; i < unit->count; i++)
		if (unit->file[i]->load.file_id == file_id)
			return unit->file[i];
	return NULL;
}

static bool reject_with(struct ingest_file *f, const struct ingest_file *cause)
{
	if (f->outcome == FILE_REJECTED)
		return false;
	f->outcome = FILE_REJECTED;
	if (f != cause) {
		fail_input(&f->error, cause->error.code ? cause->error.code : "malformed_row",
		           "not loaded, because %s is part of the same delivery and could not be read",
		           path_name(cause->path));
		err_where(&f->error, f->path, 0, 0);
	}
	return true;
}

/* Files that came with control totals must hold what these say. */
static bool check_controls(struct loader *l, struct err *e)
{
	for (size_t i = 0; i < l->unit->count; i++) {
		struct ingest_file *f = l->unit->file[i];
		if (f->error.kind != ERR_NONE || (!f->control_rows && !f->control_cost))
			continue;
		char id[24];
		snprintf(id, sizeof id, "%" PRId64, f->load.file_id);
		DB_RESULT r = DB_RESULT_INIT;
		if (!db_run(l->db, "ingest/control", DB_PARAMS(id, f->control_rows, f->control_cost), &r, e))
			return false;
		if (db_is_null(&r, 0, 0))
			continue;
		fail_input(&f->error, "control_total_mismatch", "the file holds %s", db_text(&r, 0, 0));
		err_where(&f->error, f->path, 0, 0);
	}
	return true;
}

/* A chunk of a CUR that fails before its first row cannot say which delivery it is of: it is that of the others in its
 * folder. */
static bool is_sibling(const struct ingest_file *a, const struct ingest_file *b)
{
	size_t folder = (size_t)(path_name(a->path) - a->path);
	return a->format == &format_aws_cur && b->format == a->format &&
	       (size_t)(path_name(b->path) - b->path) == folder && strncmp(a->path, b->path, folder) == 0;
}

/* A file that failed takes its deliveries with it, and they take the other files they are made of. */
static void spread_rejection(struct loader *l)
{
	for (size_t i = 0; i < l->unit->count; i++)
		if (l->unit->file[i]->error.kind != ERR_NONE)
			reject_with(l->unit->file[i], l->unit->file[i]);
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < l->unit->count; i++) {
			struct ingest_file *f = l->unit->file[i];
			for (size_t k = 0; f->outcome == FILE_REJECTED && k < l->unit->count; k++)
				if ((f->manifest && l->unit->file[k]->manifest == f->manifest) ||
				    is_sibling(f, l->unit->file[k]))
					changed |= reject_with(l->unit->file[k], f);
		}
		for (size_t i = 0; i < l->deliveries.count; i++) {
			struct load_delivery *d = l->deliveries.all[i];
			const struct ingest_file *cause = NULL;
			for (size_t k = 0; k < d->file_count && !cause; k++) {
				const struct ingest_file *f = file_of_id(l->unit, d->file_id[k]);
				cause = f->outcome == FILE_REJECTED ? f : NULL;
			}
			d->rejected = cause != NULL;
			for (size_t k = 0; cause && k < d->file_count; k++)
				changed |= reject_with(file_of_id(l->unit, d->file_id[k]), cause);
		}
	}
}

/* ---- the end of the transaction ---- */

static bool take_back(struct loader *l, struct arena *a, struct err *e)
{
	int64_t *file = arena_alloc(a, (l->unit->count + 1) * sizeof *file);
	int64_t *delivery = arena_alloc(a, (l->deliveries.count + 1) * sizeof *delivery);
	size_t files = 0, deliveries = 0;
	for (size_t i = 0; i < l->unit->count; i++)
		if (l->unit->file[i]->outcome == FILE_REJECTED)
			file[files++] = l->unit->file[i]->load.file_id;
	for (size_t i = 0; i < l->deliveries.count; i++)
		if (l->deliveries.all[i]->rejected)
			delivery[deliveries++] = l->deliveries.all[i]->delivery_id;
	if (files == 0)
		return true;
	return db_run(l->db, "ingest/reject", DB_PARAMS(id_array(a, file, files), id_array(a, delivery, deliveries)),
	              NULL, e);
}

/* CUR rows that wait for a product code which no line of the delivery has are other services'. */
static bool settle_product_codes(struct loader *l, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < l->deliveries.count; i++) {
		struct load_delivery *d = l->deliveries.all[i];
		struct column code = column_new(a, d->candidates->count);
		for (size_t k = 0; k < d->candidates->count; k++)
			if (!name_set_has(d->selected, d->candidates->name[k]))
				column_text(&code, d->candidates->name[k]);
		if (d->rejected || code.count == 0)
			continue;
		DB_RESULT gone = DB_RESULT_INIT;
		if (!db_run(l->db, "ingest/product_codes",
		            DB_PARAMS(arena_printf(a, "%" PRId64, d->delivery_id), column_array(&code)), &gone, e))
			return false;
		for (size_t row = 0; row < db_rows(&gone); row++) {
			struct ingest_file *f = file_of_id(l->unit, db_int(&gone, row, 0));
			f->load.rows_read -= (uint64_t)db_int(&gone, row, 1);
			f->load.rows_passed_over += (uint64_t)db_int(&gone, row, 1);
		}
	}
	return true;
}

/* Whether the delivery is counted by its net cost column: some line that is kept has one. */
static bool has_net_cost(const struct load_delivery *d)
{
	bool has = d->has_net_cost;
	for (size_t i = 0; i < d->net_candidates->count; i++)
		has |= name_set_has(d->selected, d->net_candidates->name[i]);
	return has;
}

static bool settle_net_cost(struct loader *l, struct arena *a, struct err *e)
{
	int64_t *id = arena_alloc(a, (l->deliveries.count + 1) * sizeof *id);
	size_t count = 0;
	for (size_t i = 0; i < l->deliveries.count; i++)
		if (has_net_cost(l->deliveries.all[i]) && !l->deliveries.all[i]->rejected)
			id[count++] = l->deliveries.all[i]->delivery_id;
	return count == 0 || db_run(l->db, "ingest/net_cost", DB_PARAMS(id_array(a, id, count)), NULL, e);
}

static bool record_files(struct loader *l, struct arena *a, struct err *e)
{
	enum {
		ID,
		SOURCE,
		FORMAT,
		PATH,
		DIGEST,
		BYTES,
		READ,
		QUARANTINED,
		PASSED_OVER,
		PERIOD,
		ORIGIN,
		VERSION,
		COLUMNS
	};
	struct column c[COLUMNS];
	for (int i = 0; i < COLUMNS; i++)
		c[i] = column_new(a, l->unit->count);
	for (size_t i = 0; i < l->unit->count; i++) {
		const struct ingest_file *f = l->unit->file[i];
		if (f->outcome == FILE_REJECTED)
			continue;
		char period[PERIOD_TEXT_MAX] = "";
		if (f->load.period.year || f->load.rows_quarantined)
			period_text(f->load.period.year ? f->load.period : period_of(l->options->as_of), period);
		column_number(&c[ID], (uint64_t)f->load.file_id);
		column_text(&c[SOURCE], f->source);
		column_text(&c[FORMAT], f->format->name);
		column_text(&c[PATH], f->path);
		column_text(&c[DIGEST], f->digest);
		column_number(&c[BYTES], f->bytes);
		column_number(&c[READ], f->load.rows_read);
		column_number(&c[QUARANTINED], f->load.rows_quarantined);
		column_number(&c[PASSED_OVER], f->load.rows_passed_over);
		column_text(&c[PERIOD], period);
		column_text(&c[ORIGIN], f->origin ? f->origin : "");
		column_text(&c[VERSION], f->version ? f->version : "");
	}
	const char *array[COLUMNS];
	for (int i = 0; i < COLUMNS; i++)
		array[i] = column_array(&c[i]);
	return db_run(l->db, "ingest/files", (struct db_params){array, COLUMNS}, NULL, e);
}

static bool record_deliveries(struct loader *l, struct arena *a, struct err *e)
{
	enum { ID, DATASET, PAYER, START, END, PERIOD, COLUMNS };
	struct column c[COLUMNS];
	size_t links = 0;
	for (size_t i = 0; i < l->deliveries.count; i++)
		links += l->deliveries.all[i]->file_count;
	for (int i = 0; i < COLUMNS; i++)
		c[i] = column_new(a, l->deliveries.count);
	int64_t *link_delivery = arena_alloc(a, (links + 1) * sizeof *link_delivery);
	int64_t *link_file = arena_alloc(a, (links + 1) * sizeof *link_file);
	links = 0;
	for (size_t i = 0; i < l->deliveries.count; i++) {
		const struct load_delivery *d = l->deliveries.all[i];
		if (d->rejected)
			continue;
		char period[PERIOD_TEXT_MAX];
		period_text(d->period, period);
		column_number(&c[ID], (uint64_t)d->delivery_id);
		column_text(&c[DATASET], d->dataset);
		column_text(&c[PAYER], d->payer);
		column_time(&c[START], d->bucket_start);
		column_time(&c[END], d->bucket_end);
		column_text(&c[PERIOD], period);
		for (size_t k = 0; k < d->file_count; k++, links++) {
			link_delivery[links] = d->delivery_id;
			link_file[links] = d->file_id[k];
		}
	}
	if (c[ID].count == 0)
		return true;
	const struct ingest_file *first = l->unit->file[0];
	char as_of[UTC_TEXT_MAX];
	utc_text(l->options->as_of, as_of);
	DB_RESULT r = DB_RESULT_INIT;
	if (!db_run(l->db, "ingest/deliveries",
	            DB_PARAMS(column_array(&c[ID]), first->source, first->format->source_type,
	                      column_array(&c[DATASET]), column_array(&c[PAYER]), column_array(&c[START]),
	                      column_array(&c[END]), column_array(&c[PERIOD]),
	                      first->manifest ? first->manifest->label : "", id_array(a, link_delivery, links),
	                      id_array(a, link_file, links), l->options->control_total, as_of),
	            &r, e))
		return false;
	l->made = (struct made){.deliveries = (uint64_t)db_int(&r, 0, 0), .superseded = (uint64_t)db_int(&r, 0, 1)};
	if (!db_bool(&r, 0, 3))
		l->made.total = arena_strdup(a, db_text(&r, 0, 2));
	return true;
}

/* The lines do not add up to what the caller says they must: nothing of the unit is loaded. */
static void refuse_total(struct loader *l)
{
	for (size_t i = 0; i < l->unit->count; i++) {
		struct ingest_file *f = l->unit->file[i];
		fail_input(&f->error, "control_total_mismatch", "the lines add up to %s, but the control total is %s",
		           l->made.total, l->options->control_total);
		err_where(&f->error, f->path, 0, 0);
		f->outcome = FILE_REJECTED;
	}
}

static bool store_kinds(struct loader *l, struct arena *a, struct err *e)
{
	int64_t *file = arena_alloc(a, (l->unit->count + 1) * sizeof *file);
	for (size_t i = 0; i < l->unit->count; i++)
		file[i] = l->unit->file[i]->load.file_id;
	return line_kinds_store(&l->kinds, id_array(a, file, l->unit->count), l->db, a, e);
}

static bool finish(struct loader *l, struct arena *a, struct err *e)
{
	if (!take_back(l, a, e) || !settle_product_codes(l, a, e) || !settle_net_cost(l, a, e) ||
	    !line_partitions_settle(&l->partitions, &l->deliveries, l->db, e) || !record_files(l, a, e) ||
	    !store_kinds(l, a, e) || !record_deliveries(l, a, e))
		return false;
	if (!l->made.total)
		return db_commit(l->db, e);
	db_rollback(l->db);
	refuse_total(l);
	return true;
}

static void count_outcomes(const struct loader *l, struct ingest_totals *totals)
{
	totals->deliveries += l->made.total ? 0 : l->made.deliveries;
	totals->superseded += l->made.total ? 0 : l->made.superseded;
	for (size_t i = 0; i < l->unit->count; i++) {
		struct ingest_file *f = l->unit->file[i];
		if (f->outcome == FILE_REJECTED || f->outcome == FILE_KNOWN)
			continue;
		f->outcome = FILE_LOADED;
		totals->files_loaded++;
		totals->rows_read += f->load.rows_read;
		totals->rows_quarantined += f->load.rows_quarantined;
		totals->rows_passed_over += f->load.rows_passed_over;
		totals->rows_accepted += f->load.rows_read - f->load.rows_quarantined;
	}
}

/* When nothing new is left, what was read again beside it has nothing to join: it stays as it was loaded. */
static bool forget_revived(struct loader *l)
{
	bool has_revived = false;
	for (size_t i = 0; i < l->unit->count; i++) {
		if (!l->unit->file[i]->is_revived && l->unit->file[i]->outcome != FILE_REJECTED)
			return false;
		has_revived |= l->unit->file[i]->is_revived;
	}
	for (size_t i = 0; i < l->unit->count; i++)
		if (l->unit->file[i]->is_revived) {
			l->unit->file[i]->outcome = FILE_KNOWN;
			err_clear(&l->unit->file[i]->error);
		}
	return has_revived;
}

static bool load_unit(struct loader *l, struct arena *a, struct ingest_totals *totals, struct err *e)
{
	DB_RESULT ids = DB_RESULT_INIT;
	if (!db_begin(l->db, e) || !db_run(l->db, "ingest/next_ids", DB_NO_PARAMS, &ids, e))
		return false;
	for (size_t i = 0; i < l->unit->count; i++) {
		l->unit->file[i]->load.file_id = db_int(&ids, 0, 0) + (int64_t)i;
		l->bytes_total += l->unit->file[i]->bytes;
	}
	delivery_table_init(&l->deliveries, db_int(&ids, 0, 1));
	bool fine = line_kinds_begin(&l->kinds, l->db, e) && copy_all(l, e) && check_controls(l, e);
	if (fine) {
		spread_rejection(l);
		if (forget_revived(l))
			db_rollback(l->db);
		else
			fine = finish(l, a, e);
	}
	if (!fine)
		db_rollback(l->db);
	line_kinds_release(&l->kinds);
	delivery_table_release(&l->deliveries);
	if (fine)
		count_outcomes(l, totals);
	return fine;
}

bool ingest_load_unit(struct db *db, const struct config *config, const struct ingest_options *o,
                      struct ingest_unit *unit, struct ingest_totals *totals, struct err *e)
{
	struct loader l = {.db = db,
	                   .config = config,
	                   .options = o,
	                   .unit = unit,
	                   .partitions.is_own = unit->file[0]->format->is_whole_bill};
	struct arena arena = ARENA_INIT;
	pthread_mutex_init(&l.mutex, NULL);
	pthread_cond_init(&l.filled, NULL);
	pthread_cond_init(&l.taken, NULL);
	progress_begin("ingest");
	bool fine = load_unit(&l, &arena, totals, e);
	progress_end();
	line_partitions_release(&l.partitions);
	pthread_cond_destroy(&l.taken);
	pthread_cond_destroy(&l.filled);
	pthread_mutex_destroy(&l.mutex);
	arena_release(&arena);
	return fine;
}
