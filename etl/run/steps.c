#include "run/steps.h"

#include "base/civil.h"
#include "base/log.h"
#include "base/progress.h"

bool step_run(struct db *db, const char *of, const char *name, struct db_params params, struct db_result *out,
              struct err *e)
{
	utc_us begin = utc_now();
	bool fine = db_run(db, name, params, out, e);
	log_debug("%s%s%s: %lld ms", of ? of : "", of ? " " : "", name, (long long)((utc_now() - begin) / 1000));
	return fine;
}

bool steps_run(struct db *db, const char *of, const char *const *name, size_t count, struct db_params params,
               struct err *e)
{
	bool fine = true;
	for (size_t i = 0; fine && i < count; i++) {
		progress_update(name[i], i, count, 0);
		fine = step_run(db, of, name[i], params, NULL, e);
	}
	return fine;
}
