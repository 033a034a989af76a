#include "config/secret.h"

#include "base/file.h"
#include "config/place.h"
#include <sys/stat.h>

enum { SECRET_BYTES = 64 << 10 };

static const char *usable(const char *text, const char *place, struct err *e)
{
	if (text && *text && !strpbrk(text, "\r\n"))
		return text;
	fail(e, ERR_CONFIG, "the secret at %s is %s", place, text && *text ? "more than one line" : "empty");
	return NULL;
}

static const char *of_file(const char *path, const char *place, struct arena *a, struct err *e)
{
	struct stat st;
	struct buf text = BUF_INIT;
	const char *secret = NULL;
	if (stat(path, &st) != 0) {
		fail(e, ERR_CONFIG, "there is no secret at %s", place);
	} else if (st.st_mode & S_IRWXO) {
		fail(e, ERR_CONFIG, "everyone on this machine may read the secret at %s", place);
		err_hint(e, "chmod o= %s", path);
	} else if (file_read(path, SECRET_BYTES, &text, e)) {
		secret = usable(arena_cstr(a, slice_trim(buf_slice(&text))), place, e);
	}
	if (text.ptr)
		explicit_bzero(text.ptr, text.cap);
	buf_release(&text);
	return secret;
}

const char *secret_read(const char *place, struct arena *a, struct err *e)
{
	struct slice name = slice_of(place), kind = slice_cut(&name, ':');
	if (slice_is(kind, "env") && !place_environment(name.ptr)) {
		fail(e, ERR_CONFIG, "the variable of the secret at %s is not set", place);
		err_hint(e, "cron and systemd do not have a login's environment: a file, or a credential, will do");
		return NULL;
	}
	if (slice_is(kind, "env"))
		return usable(place_environment(name.ptr), place, e);
	if (slice_is(kind, "file"))
		return of_file(name.ptr, place, a, e);
	const char *folder = place_environment("CREDENTIALS_DIRECTORY");
	if (!folder) {
		fail(e, ERR_CONFIG, "%s: there is no credentials directory", place);
		err_hint(e, "systemd sets CREDENTIALS_DIRECTORY for services with LoadCredential=");
		return NULL;
	}
	return of_file(path_join(a, folder, name.ptr), place, a, e);
}
