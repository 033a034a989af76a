/*
 * Credentials for AWS, looked for where every AWS tool looks, in this order: the environment; a web identity token; the
 * shared files with a profile (keys, credential_process, role_arn with source_profile or credential_source,
 * web_identity_token_file); the container's endpoint; the instance's metadata service (IMDSv2). Temporary ones are
 * fetched again five minutes before they expire. Nothing of them is logged or shown.
 */
#pragma once
#include "base/civil.h"
#include "source/http.h"

struct aws_credentials {
	char *key, *secret, *token; /* token NULL: permanent keys */
	utc_us expires;             /* UTC_NONE: never */
	const char *from;           /* where they were found, for messages */
};
#define AWS_CREDENTIALS_INIT                                                                                           \
	{                                                                                                              \
		NULL, NULL, NULL, UTC_NONE, NULL                                                                       \
	}
/* Makes sure that there are credentials which stay valid for a while. profile NULL: AWS_PROFILE, else "default".
 * ERR_CONFIG when none are found (with what was tried), ERR_UNAVAILABLE when whoever gives them does not answer. */
bool aws_credentials_get(struct aws_credentials *c, struct http *http, const char *profile, struct err *e);
void aws_credentials_release(struct aws_credentials *c);
/* The region that environment or profile name; NULL: none. In the arena. */
const char *aws_region(struct arena *a, const char *profile);
