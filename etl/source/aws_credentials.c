#include "source/aws_credentials.h"

#include "base/file.h"
#include "config/place.h"
#include "source/aws_profile.h"
#include "source/child.h"
#include "source/xml.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROFILES_MAX = 8, TOKEN_BYTES = 64 << 10, PROCESS_BYTES = 64 << 10, EARLY_MINUTES = 5 };
#define IMDS "http://169.254.169.254"
#define CONTAINER "http://169.254.170.2"

enum outcome { NOT_HERE, FOUND, FAILED };

void aws_credentials_release(struct aws_credentials *c)
{
	char *const texts[] = {c->key, c->secret, c->token};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i]) {
			explicit_bzero(texts[i], strlen(texts[i]));
			free(texts[i]);
		}
	*c = (struct aws_credentials)AWS_CREDENTIALS_INIT;
}

static enum outcome found(struct aws_credentials *c, const char *key, const char *secret, const char *token,
                          const char *expires, const char *from)
{
	aws_credentials_release(c);
	c->key = must_strdup(key);
	c->secret = must_strdup(secret);
	c->token = token && *token ? must_strdup(token) : NULL;
	c->from = from;
	if (expires && !utc_parse(slice_of(expires), &c->expires))
		c->expires = UTC_NONE;
	return FOUND;
}

static enum outcome failed(bool fine)
{
	return fine ? NOT_HERE : FAILED;
}

/* ---- STS ---- */

static const char *sts_url(struct arena *a, const char *region)
{
	const char *endpoint = place_environment("AWS_ENDPOINT_URL_STS");
	return endpoint ? arena_printf(a, "%s/", endpoint) : arena_printf(a, "https://sts.%s.amazonaws.com/", region);
}

static enum outcome take_sts_answer(struct aws_credentials *c, struct slice xml, const char *from, struct err *e)
{
	char key[256], secret[256], token[16384], expires[64];
	if (!xml_find(xml, "AccessKeyId", key, sizeof key) ||
	    !xml_find(xml, "SecretAccessKey", secret, sizeof secret) ||
	    !xml_find(xml, "SessionToken", token, sizeof token) ||
	    !xml_find(xml, "Expiration", expires, sizeof expires))
		return failed(fail(e, ERR_UNAVAILABLE, "STS answered without credentials"));
	return found(c, key, secret, token, expires, from);
}

static void add_parameter(struct buf *form, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(form, "%s%s=", form->len ? "&" : "", name);
	http_encode(form, slice_of(value), false);
}

/* A POST whose form is signed with `by`; NULL: not signed, the token in it is proof. */
static enum outcome ask_sts(struct aws_credentials *c, struct http *http, const struct aws_credentials *by,
                            const char *region, const char *form, const char *from, struct arena *a, struct err *e)
{
	struct http_transfer t = {.url = sts_url(a, region), .body = form};
	if (by)
		t.credentials = (struct http_credentials){.kind = HTTP_AUTH_AWS,
		                                          .key = by->key,
		                                          .secret = by->secret,
		                                          .token = by->token,
		                                          .region = region,
		                                          .service = "sts"};
	enum outcome o = http_get(http, &t, e) ? take_sts_answer(c, buf_slice(&t.memory), from, e) : FAILED;
	http_transfer_release(&t);
	return o;
}

static enum outcome from_web_identity(struct aws_credentials *c, struct http *http, const char *token_file,
                                      const char *role, const char *session, const char *region, struct arena *a,
                                      struct err *e)
{
	struct buf token = BUF_INIT, form = BUF_INIT;
	enum outcome o = FAILED;
	if (file_read(token_file, TOKEN_BYTES, &token, e)) {
		const char *text = arena_cstr(a, slice_trim(buf_slice(&token)));
		add_parameter(&form, "Action", "AssumeRoleWithWebIdentity");
		add_parameter(&form, "RoleArn", role);
		add_parameter(&form, "RoleSessionName", session ? session : "closebook");
		add_parameter(&form, "Version", "2011-06-15");
		add_parameter(&form, "WebIdentityToken", text);
		o = ask_sts(c, http, NULL, region, form.ptr, "a web identity token", a, e);
	}
	buf_release(&token);
	buf_release(&form);
	return o;
}

static enum outcome from_role(struct aws_credentials *c, struct http *http, const struct aws_credentials *by,
                              const struct aws_profile *p, const char *region, struct arena *a, struct err *e)
{
	struct buf form = BUF_INIT;
	add_parameter(&form, "Action", "AssumeRole");
	add_parameter(&form, "ExternalId", p->external_id);
	add_parameter(&form, "RoleArn", p->role_arn);
	add_parameter(&form, "RoleSessionName", p->role_session_name ? p->role_session_name : "closebook");
	add_parameter(&form, "Version", "2011-06-15");
	enum outcome o = ask_sts(c, http, by, region, form.ptr, "role_arn of a profile", a, e);
	buf_release(&form);
	return o;
}

/* ---- JSON answers: process, container, instance ---- */

static enum outcome take_json(struct aws_credentials *c, struct slice text, const char *token_name, const char *from,
                              struct err *e)
{
	json_t *root = json_loadb(text.ptr, text.len, 0, NULL);
	const char *key = json_string_value(json_object_get(root, "AccessKeyId"));
	const char *secret = json_string_value(json_object_get(root, "SecretAccessKey"));
	enum outcome o = FAILED;
	if (key && secret)
		o = found(c, key, secret, json_string_value(json_object_get(root, token_name)),
		          json_string_value(json_object_get(root, "Expiration")), from);
	else
		fail(e, ERR_UNAVAILABLE, "%s answered without AccessKeyId and SecretAccessKey", from);
	json_decref(root);
	return o;
}

static enum outcome from_process(struct aws_credentials *c, const char *command, struct err *e)
{
	struct buf text = BUF_INIT;
	enum outcome o = child_read(command, PROCESS_BYTES, &text, e)
	                         ? take_json(c, buf_slice(&text), "SessionToken", "credential_process", e)
	                         : FAILED;
	if (text.ptr)
		explicit_bzero(text.ptr, text.cap);
	buf_release(&text);
	return o;
}

/* Where a token may be sent without TLS, as AWS's tools have it. */
static bool is_own_address(const char *url)
{
	static const char *const hosts[] = {"https://",     "http://127.",          "http://localhost",
	                                    "http://[::1]", "http://169.254.170.2", "http://[fd00:ec2::23]"};
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
		if (strncmp(url, hosts[i], strlen(hosts[i])) == 0)
			return true;
	return false;
}

static enum outcome from_container(struct aws_credentials *c, struct http *http, struct arena *a, struct err *e)
{
	const char *relative = place_environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = place_environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	const char *token = place_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	const char *token_file = place_environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	if (!relative && !full)
		return NOT_HERE;
	struct buf text = BUF_INIT;
	if (token_file && !file_read(token_file, TOKEN_BYTES, &text, e))
		return FAILED;
	if (token_file)
		token = arena_cstr(a, slice_trim(buf_slice(&text)));
	buf_release(&text);
	struct http_transfer t = {.url = relative ? arena_printf(a, CONTAINER "%s", relative) : full,
	                          .is_direct = true};
	if (!relative && !is_own_address(full))
		return failed(fail(e, ERR_CONFIG,
		                   "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this "
		                   "machine or its container service"));
	if (token)
		t.credentials = (struct http_credentials){.kind = HTTP_AUTH_HEADER,
		                                          .header = arena_printf(a, "Authorization: %s", token)};
	enum outcome o = http_get(http, &t, e)
	                         ? take_json(c, buf_slice(&t.memory), "Token", "the container's endpoint", e)
	                         : FAILED;
	http_transfer_release(&t);
	return o;
}

static bool ask_imds(struct http *http, const char *method, const char *url, const char *header, struct arena *a,
                     struct slice *answer, struct err *e)
{
	struct http_transfer t = {.url = url, .method = method, .header = {header}, .is_quick = true};
	bool fine = http_get(http, &t, e);
	*answer = arena_slice(a, slice_trim(buf_slice(&t.memory)));
	http_transfer_release(&t);
	return fine;
}

static enum outcome from_instance(struct aws_credentials *c, struct http *http, struct arena *a, struct err *e)
{
	const char *disabled = place_environment("AWS_EC2_METADATA_DISABLED");
	const char *endpoint = place_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	if (disabled && strcmp(disabled, "true") == 0)
		return NOT_HERE;
	const char *base = endpoint ? endpoint : IMDS, *roles;
	struct slice token, role, answer;
	struct err absent = ERR_INIT;
	if (!ask_imds(http, "PUT", arena_printf(a, "%s/latest/api/token", base),
	              "X-aws-ec2-metadata-token-ttl-seconds: 21600", a, &token, &absent))
		return NOT_HERE;
	roles = arena_printf(a, "%s/latest/meta-data/iam/security-credentials/", base);
	const char *header = arena_printf(a, "X-aws-ec2-metadata-token: %.*s", (int)token.len, token.ptr);
	if (!ask_imds(http, NULL, roles, header, a, &role, &absent))
		return NOT_HERE; /* an instance without a role */
	role = slice_cut(&role, '\n');
	if (!ask_imds(http, NULL, arena_printf(a, "%s%.*s", roles, (int)role.len, role.ptr), header, a, &answer, e))
		return FAILED;
	return take_json(c, answer, "Token", "the instance's metadata service", e);
}

/* ---- The chain ---- */

static enum outcome from_environment(struct aws_credentials *c)
{
	const char *key = place_environment("AWS_ACCESS_KEY_ID"), *secret = place_environment("AWS_SECRET_ACCESS_KEY");
	return key && secret ? found(c, key, secret, place_environment("AWS_SESSION_TOKEN"), NULL, "the environment")
	                     : NOT_HERE;
}

static enum outcome from_profile(struct aws_credentials *c, struct http *http, const char *name, int depth,
                                 struct arena *a, struct err *e);

/* Whose keys sign for a role: another profile's, or the place that credential_source names. */
static enum outcome sign_for_role(struct aws_credentials *c, struct http *http, const struct aws_profile *p, int depth,
                                  struct arena *a, struct err *e)
{
	if (p->source_profile && strcmp(p->source_profile, p->name) == 0 && p->aws_access_key_id)
		return found(c, p->aws_access_key_id, p->aws_secret_access_key ? p->aws_secret_access_key : "",
		             p->aws_session_token, NULL, "a profile");
	if (p->source_profile)
		return from_profile(c, http, p->source_profile, depth + 1, a, e);
	const char *where = p->credential_source ? p->credential_source : "";
	if (strcmp(where, "Environment") == 0)
		return from_environment(c);
	if (strcmp(where, "EcsContainer") == 0)
		return from_container(c, http, a, e);
	if (strcmp(where, "Ec2InstanceMetadata") == 0)
		return from_instance(c, http, a, e);
	return failed(fail(e, ERR_CONFIG,
	                   "AWS profile %s has a role_arn but neither source_profile nor credential_source", p->name));
}

static enum outcome from_profile(struct aws_credentials *c, struct http *http, const char *name, int depth,
                                 struct arena *a, struct err *e)
{
	struct aws_profile p;
	if (!aws_profile_read(&p, name, a, e))
		return FAILED;
	const char *region = p.region ? p.region : aws_region(a, NULL);
	region = region ? region : "us-east-1";
	if (depth == PROFILES_MAX)
		return failed(fail(e, ERR_CONFIG, "AWS profiles name one another as source_profile without end"));
	if (p.role_arn && p.web_identity_token_file)
		return from_web_identity(c, http, p.web_identity_token_file, p.role_arn, p.role_session_name, region, a,
		                         e);
	if (p.role_arn) {
		struct aws_credentials by = AWS_CREDENTIALS_INIT;
		enum outcome o = sign_for_role(&by, http, &p, depth, a, e);
		if (o == FOUND)
			o = from_role(c, http, &by, &p, region, a, e);
		else if (o == NOT_HERE)
			o = failed(fail(e, ERR_CONFIG,
			                "AWS profile %s: there are no credentials to assume its role with", name));
		aws_credentials_release(&by);
		return o;
	}
	if (p.aws_access_key_id && p.aws_secret_access_key)
		return found(c, p.aws_access_key_id, p.aws_secret_access_key, p.aws_session_token, NULL, "a profile");
	return p.credential_process ? from_process(c, p.credential_process, e) : NOT_HERE;
}

static enum outcome walk(struct aws_credentials *c, struct http *http, const char *profile, struct arena *a,
                         struct err *e)
{
	const char *named = profile ? profile : place_environment("AWS_PROFILE");
	const char *token_file = place_environment("AWS_WEB_IDENTITY_TOKEN_FILE"),
	           *role = place_environment("AWS_ROLE_ARN");
	const char *region = aws_region(a, NULL);
	enum outcome o = profile ? NOT_HERE : from_environment(c); /* a profile that the source names comes first */
	if (o == NOT_HERE && !profile && token_file && role)
		o = from_web_identity(c, http, token_file, role, place_environment("AWS_ROLE_SESSION_NAME"),
		                      region ? region : "us-east-1", a, e);
	if (o == NOT_HERE)
		o = from_profile(c, http, named ? named : "default", 0, a, e);
	if (o == NOT_HERE && profile)
		return failed(fail(e, ERR_CONFIG, "AWS profile %s gives no credentials", profile));
	if (o == NOT_HERE)
		o = from_container(c, http, a, e);
	return o == NOT_HERE ? from_instance(c, http, a, e) : o;
}

bool aws_credentials_get(struct aws_credentials *c, struct http *http, const char *profile, struct err *e)
{
	if (c->key && (c->expires == UTC_NONE || utc_now() < c->expires - EARLY_MINUTES * 60 * UTC_SECOND))
		return true;
	struct arena a = ARENA_INIT;
	enum outcome o = walk(c, http, profile, &a, e);
	arena_release(&a);
	if (o == NOT_HERE) {
		fail(e, ERR_CONFIG, "there are no AWS credentials");
		err_hint(e, "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the source a profile; a web "
		            "identity, a container's or an instance's role is used where there is one");
	}
	return o == FOUND;
}

const char *aws_region(struct arena *a, const char *profile)
{
	const char *region = place_environment("AWS_REGION");
	region = region ? region : place_environment("AWS_DEFAULT_REGION");
	if (region)
		return region;
	struct aws_profile p;
	struct err ignored = ERR_INIT;
	const char *named = profile ? profile : place_environment("AWS_PROFILE");
	return aws_profile_read(&p, named ? named : "default", a, &ignored) ? p.region : NULL;
}
