/* closebook.yaml: any bytes are a configuration or an error with a message. */
#include "fuzz.h"

#include "config/config.h"
#include <unistd.h>

static int file = -1;
static char path[] = "/tmp/closebook-fuzz-XXXXXX";

static void remove_file(void)
{
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (file < 0) {
		file = mkstemp(path);
		MUST(file >= 0 && atexit(remove_file) == 0);
	}
	MUST(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
	struct config config = {0};
	struct err e = ERR_INIT;
	bool fine = config_load(&config, path, &e);
	MUST(fine == (e.kind == ERR_NONE) && (fine || (e.kind == ERR_CONFIG && e.message[0])));
	for (size_t i = 0; fine && i < config.source_count; i++)
		MUST(config_source(&config, config.source[i].name) == &config.source[i]);
	config_release(&config);
	return 0;
}
