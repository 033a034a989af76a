/* The digests of a plan's files, several files at a time: a whole bill is read for them before it is loaded. */
#include "base/file.h"
#include "base/progress.h"
#include "run/ingest_plan.h"
#include <pthread.h>

struct digests {
	struct ingest_plan *plan;
	pthread_mutex_t mutex;
	size_t next; /* the file that nobody has taken yet */
	uint64_t done_bytes, total_bytes;
};

static struct ingest_file *take(struct digests *d)
{
	struct ingest_file *f = NULL;
	pthread_mutex_lock(&d->mutex);
	if (d->next < d->plan->file_count) {
		f = d->plan->file[d->next++];
		progress_update(path_name(f->path), d->done_bytes, d->total_bytes, 0);
	}
	pthread_mutex_unlock(&d->mutex);
	return f;
}

static void *work(void *context)
{
	struct digests *d = context;
	for (struct ingest_file *f; (f = take(d)) != NULL;) {
		uint64_t size = 0, expected = f->bytes;
		if (digest_file(f->path, f->digest, &size, &f->error))
			f->bytes = size;
		pthread_mutex_lock(&d->mutex);
		d->done_bytes += expected;
		pthread_mutex_unlock(&d->mutex);
	}
	return NULL;
}

void ingest_digest_all(struct ingest_plan *plan, int threads)
{
	struct digests d = {.plan = plan};
	pthread_t helper[INGEST_THREADS_MAX];
	int started = 0;
	for (size_t i = 0; i < plan->file_count; i++)
		d.total_bytes += plan->file[i]->bytes;
	pthread_mutex_init(&d.mutex, NULL);
	progress_begin("digest");
	while (started < threads - 1 && (size_t)started + 1 < plan->file_count &&
	       pthread_create(&helper[started], NULL, work, &d) == 0)
		started++;
	work(&d);
	for (int i = 0; i < started; i++)
		pthread_join(helper[i], NULL);
	progress_end();
	pthread_mutex_destroy(&d.mutex);
}
