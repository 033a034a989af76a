/* SHA-256 through OpenSSL's libcrypto. */
#pragma once
#include "base/err.h"
#include "base/str.h"
#include <stddef.h>

enum { DIGEST_HEX_SIZE = 65 };

struct digest {
	void *context; /* EVP_MD_CTX */
};
void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *bytes, size_t len);
void digest_end(struct digest *d, char hex[DIGEST_HEX_SIZE]); /* lower case hex; releases d */
void digest_release(struct digest *d);                        /* when it is not ended */
void digest_bytes(const void *bytes, size_t len, char hex[DIGEST_HEX_SIZE]);
/* Digest and size in bytes of a file. */
bool digest_file(const char *path, char hex[DIGEST_HEX_SIZE], uint64_t *size, struct err *e);
