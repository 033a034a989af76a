/* The shared files of AWS tools, ~/.aws/credentials and ~/.aws/config: sections of `name = value`. */
#pragma once
#include "base/arena.h"
#include "base/err.h"

struct aws_profile {
	const char *name;
	const char *aws_access_key_id, *aws_secret_access_key, *aws_session_token, *credential_process, *role_arn,
	        *source_profile, *credential_source, *role_session_name, *external_id, *web_identity_token_file,
	        *region;
	bool found;
};
/* Reads what both files say of a profile; the credentials file wins. Files that are not there say nothing. */
bool aws_profile_read(struct aws_profile *p, const char *name, struct arena *a, struct err *e);
