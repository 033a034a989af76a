/* What fetching rests on and needs no server: URLs as they are shown and signed, AWS's XML, profiles, command lines. */
#include "config/secret.h"
#include "source/aws_profile.h"
#include "source/child.h"
#include "source/s3.h"
#include "source/xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/scratch.h"

#include <cmocka.h>

static void urls_are_shown_without_secrets(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	static const struct {
		const char *url, *shown;
	} cases[] = {
	        {"https://user:pass@h.example:8443/a/b?token=t#f", "https://h.example:8443/a/b"},
	        {"https://h.example/a%2Fb", "https://h.example/a%2Fb"},
	        {"http://h.example", "http://h.example/"},
	        {"no url at all", "(no valid URL)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(http_display(&a, cases[i].url), cases[i].shown);
	arena_release(&a);
}

static void paths_are_encoded_as_they_are_signed(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	http_encode(&b, SLICE("a/BILLING_PERIOD=2026-10/1:2+3 4~.\xc3\xa9"), true);
	assert_string_equal(b.ptr, "a/BILLING_PERIOD%3D2026-10/1%3A2%2B3%204~.%C3%A9");
	buf_reset(&b);
	http_encode(&b, SLICE("a/b"), false);
	assert_string_equal(b.ptr, "a%2Fb");
	buf_release(&b);
}

static void buckets_are_split(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	const char *bucket, *prefix;
	assert_true(s3_split(&a, "s3://bucket/a/b/", &bucket, &prefix));
	assert_string_equal(bucket, "bucket");
	assert_string_equal(prefix, "a/b");
	assert_true(s3_split(&a, "s3://bucket", &bucket, &prefix));
	assert_string_equal(prefix, "");
	assert_false(s3_split(&a, "s3:///x", &bucket, &prefix));
	assert_false(s3_split(&a, "https://b/x", &bucket, &prefix));
	arena_release(&a);
}

static bool collect(void *context, struct slice parent, struct slice name, struct slice text)
{
	buf_printf(context, "%.*s/%.*s=%.*s;", (int)parent.len, parent.ptr, (int)name.len, name.ptr, (int)text.len,
	           text.ptr);
	return true;
}

static void elements_come_with_their_parents(void **state)
{
	(void)state;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;
	static const char document[] = "<?xml version=\"1.0\"?><L><C><K>a&amp;b</K></C><T>x</T></L>";
	assert_true(xml_read(SLICE(document), collect, &b, &e));
	assert_string_equal(b.ptr, "C/K=a&b;L/C=;L/T=x;/L=;");
	char text[8];
	assert_true(xml_find(SLICE(document), "K", text, sizeof text));
	assert_string_equal(text, "a&b");
	assert_false(xml_find(SLICE(document), "Z", text, sizeof text));
	buf_release(&b);
}

static void broken_xml_is_refused(void **state)
{
	(void)state;
	static const char *const documents[] = {"", "<a>", "<a></b>", "<html><br></html>", "{\"a\":1}"};
	struct buf b = BUF_INIT, deep = BUF_INIT;
	for (int i = 0; i < 20; i++)
		buf_add_text(&deep, "<a>");
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		struct err e = ERR_INIT;
		assert_false(xml_read(slice_of(documents[i]), collect, &b, &e));
		assert_int_equal(e.kind, ERR_UNAVAILABLE);
	}
	struct err e = ERR_INIT;
	assert_false(xml_read(buf_slice(&deep), collect, &b, &e));
	buf_release(&deep);
	buf_release(&b);
}

static void profiles_are_read_from_both_files(void **state)
{
	struct scratch *s = *state;
	struct arena a = ARENA_INIT;
	struct err e = ERR_INIT;
	struct aws_profile p;
	setenv("AWS_SHARED_CREDENTIALS_FILE",
	       scratch_write(s, "credentials",
	                     SLICE("# c\n[default]\naws_access_key_id = K1\n[fin]\naws_access_key_id=K2\n"
	                           "aws_secret_access_key = a=b+c \nregion = from-credentials\n")),
	       1);
	setenv("AWS_CONFIG_FILE",
	       scratch_write(s, "config",
	                     SLICE("[fin]\nregion = not-this\n[profile fin]\nregion = from-config\nrole_arn = arn:x\n"
	                           "s3 =\n  region = nested\n[default]\nregion = eu-west-1\n")),
	       1);
	assert_true(aws_profile_read(&p, "fin", &a, &e));
	assert_true(p.found);
	assert_string_equal(p.aws_access_key_id, "K2");
	assert_string_equal(p.aws_secret_access_key, "a=b+c");
	assert_string_equal(p.region, "from-credentials");
	assert_string_equal(p.role_arn, "arn:x");
	assert_true(aws_profile_read(&p, "default", &a, &e));
	assert_string_equal(p.region, "eu-west-1");
	assert_true(aws_profile_read(&p, "nobody", &a, &e));
	assert_false(p.found);
	assert_string_equal(aws_region(&a, "default"), "eu-west-1");
	setenv("AWS_REGION", "us-west-2", 1);
	assert_string_equal(aws_region(&a, "default"), "us-west-2");
	unsetenv("AWS_REGION");
	unsetenv("AWS_CONFIG_FILE");
	unsetenv("AWS_SHARED_CREDENTIALS_FILE");
	arena_release(&a);
}

static void commands_are_split_without_a_shell(void **state)
{
	(void)state;
	static const struct {
		const char *command, *printed;
		enum err_kind kind;
	} cases[] = {
	        {"echo a  'b c' \"d 'e'\" f\\ g", "a b c d 'e' f g\n", ERR_NONE},
	        {"echo $HOME `id` ; true", "$HOME `id` ; true\n", ERR_NONE},
	        {"echo ''", "\n", ERR_NONE},
	        {"false", "", ERR_UNAVAILABLE},
	        {"/nonexistent/program", "", ERR_IO},
	        {"echo 'open", "", ERR_CONFIG},
	        {"  ", "", ERR_CONFIG},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct err e = ERR_INIT;
		struct buf out = BUF_INIT;
		assert_int_equal(child_read(cases[i].command, 100, &out, &e), cases[i].kind == ERR_NONE);
		assert_int_equal(e.kind, cases[i].kind);
		assert_string_equal(out.ptr ? out.ptr : "", cases[i].printed);
		buf_release(&out);
	}
}

static void secrets_are_read_where_they_are(void **state)
{
	struct scratch *s = *state;
	struct arena a = ARENA_INIT;
	struct err e = ERR_INIT;
	setenv("CB_TEST_SECRET", "s3cret", 1);
	assert_string_equal(secret_read("env:CB_TEST_SECRET", &a, &e), "s3cret");
	unsetenv("CB_TEST_SECRET");
	assert_null(secret_read("env:CB_TEST_SECRET", &a, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	const char *path = scratch_write(s, "token", SLICE("abc\n")), *place = arena_printf(&a, "file:%s", path);
	static const struct {
		unsigned mode;
		bool fine;
	} modes[] = {{0600, true}, {0640, true}, {0644, false}, {0602, false}};
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		err_clear(&e);
		assert_int_equal(chmod(path, modes[i].mode), 0);
		const char *secret = secret_read(place, &a, &e);
		assert_int_equal(secret != NULL, modes[i].fine);
		assert_null(strstr(e.message, "abc"));
	}
	err_clear(&e);
	assert_null(secret_read("credential:x", &a, &e));
	assert_non_null(strstr(e.hint, "LoadCredential"));
	arena_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(urls_are_shown_without_secrets),
	        cmocka_unit_test(paths_are_encoded_as_they_are_signed),
	        cmocka_unit_test(buckets_are_split),
	        cmocka_unit_test(elements_come_with_their_parents),
	        cmocka_unit_test(broken_xml_is_refused),
	        cmocka_unit_test_setup_teardown(profiles_are_read_from_both_files, scratch_setup, scratch_teardown),
	        cmocka_unit_test(commands_are_split_without_a_shell),
	        cmocka_unit_test_setup_teardown(secrets_are_read_where_they_are, scratch_setup, scratch_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
