#include "base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024 };

/* SHA-256 itself cannot fail; a library without it is broken beyond repair. */
static void must(bool done)
{
	if (done)
		return;
	fputs("error: libcrypto cannot compute SHA-256\n", stderr);
	_exit(70);
}

void digest_begin(struct digest *d)
{
	d->context = EVP_MD_CTX_new();
	must(d->context && EVP_DigestInit_ex(d->context, EVP_sha256(), NULL) == 1);
}

void digest_add(struct digest *d, const void *bytes, size_t len)
{
	if (len > 0)
		must(EVP_DigestUpdate(d->context, bytes, len) == 1);
}

void digest_end(struct digest *d, char hex[DIGEST_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	must(EVP_DigestFinal_ex(d->context, raw, &len) == 1 && len == 32);
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[raw[i] >> 4];
		hex[2 * i + 1] = digits[raw[i] & 15];
	}
	hex[64] = '\0';
	digest_release(d);
}

void digest_release(struct digest *d)
{
	EVP_MD_CTX_free(d->context);
	d->context = NULL;
}

void digest_bytes(const void *bytes, size_t len, char hex[DIGEST_HEX_SIZE])
{
	struct digest d;
	digest_begin(&d);
	digest_add(&d, bytes, len);
	digest_end(&d, hex);
}

bool digest_file(const char *path, char hex[DIGEST_HEX_SIZE], uint64_t *size, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(e, "cannot open %s", path);
	unsigned char *chunk = must_alloc(CHUNK);
	struct digest d;
	digest_begin(&d);
	uint64_t total = 0;
	ssize_t got;
	while ((got = read(fd, chunk, CHUNK)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			fail_errno(e, "cannot read %s", path);
			break;
		}
		digest_add(&d, chunk, (size_t)got);
		total += (uint64_t)got;
	}
	free(chunk);
	close(fd);
	if (got < 0) {
		digest_release(&d);
		return false;
	}
	digest_end(&d, hex);
	*size = total;
	return true;
}
