#include "base/scratch.h"
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Files that are refused ---- */

static const struct {
	const char *yaml, *message, *hint; /* hint NULL: not looked at */
	uint64_t line, column;
} refused[] = {
        {"foo: 1\n", "unknown key `foo`", NULL, 1, 1},
        {"\nresidul: pro_rata\n", "unknown key `residul`", "did you mean `residual`?", 2, 1},
        {"threshold: {percnt: 3}\n", "unknown key `percnt`", "did you mean `percent`?", 1, 13},
        {"currency: EUR\n", "the books are kept in USD; `currency` cannot be `EUR`", NULL, 1, 11},
        {"residual: both\n", "`residual` cannot be `both`", "it is one of: unattributed, pro_rata", 1, 11},
        {"residual: [pro_rata]\n", "`residual` must be a single value, not a list", NULL, 1, 11},
        {"settle_days: -1\n", "`settle_days` must be a whole number of days from 0 to 366", NULL, 1, 14},
        {"settle_days: 367\n", "`settle_days` must be a whole number of days from 0 to 366", NULL, 1, 14},
        {"settle_days: 3.5\n", "`settle_days` must be a whole number of days from 0 to 366", NULL, 1, 14},
        {"out_dir: a\nretention_days: -1\n",
         "`retention_days` must be a whole number of days from 0 to 3660, or forever", NULL, 2, 17},
        {"retention_days: 3661\n", "`retention_days` must be a whole number of days from 0 to 3660, or forever", NULL,
         1, 17},
        {"retention_days: never\n", "`retention_days` must be a whole number of days from 0 to 3660, or forever", NULL,
         1, 17},
        {"retention_days: 1.5\n", "`retention_days` must be a whole number of days from 0 to 3660, or forever", NULL, 1,
         17},
        {"threshold:\n  percent: three\n", "`percent` must be a number: \"three\" is not a decimal number", NULL, 2,
         12},
        {"threshold:\n  amount: -500\n", "`amount` must not be negative", NULL, 2, 11},
        {"threshold: 3\n", "threshold must be a mapping (key: value), not a single value", NULL, 1, 12},
        {"out_dir: a\nout_dir: b\n", "`out_dir` is given twice", NULL, 2, 1},
        {"out_dir: s3://bucket/x\n", "`out_dir` must be a path, not the URI s3://bucket/x", NULL, 1, 10},
        {"out_dir: ''\n", "`out_dir` is empty", NULL, 1, 10},
        {"database: \"a\\0b\"\n", "`database` contains a control character", NULL, 1, 11},
        {"chargeback: {markup: 5}\n", "`chargeback` is not available in this version", NULL, 1, 13},
        {"notify: [x]\n", "`notify` is not available in this version", NULL, 1, 9},
        {"- a\n", "the file must be a mapping (key: value), not a list", NULL, 1, 1},
        {"a\n", "the file must be a mapping (key: value), not a single value", NULL, 1, 1},
        {"out_dir: a\n---\nout_dir: b\n", "the file holds a second YAML document", NULL, 3, 1},
        {"out_dir: [a\n", "not valid YAML: did not find expected ',' or ']', while parsing a flow sequence", NULL, 2,
         1},
        {"out_dir: \xff\n", "not valid YAML: invalid leading UTF-8 octet (byte 9)", NULL, 0, 0},
        {"[a]: b\n", "`key` must be a single value, not a list", NULL, 1, 1},
        {"aliases: {a: }\n", "`a` in `aliases` needs a name", NULL, 1, 14},
        {"aliases: {a: b, a: c}\n", "`a` is given twice", NULL, 1, 17},
        {"aliases: {a: [b]}\n", "`a` must be a single value, not a list", NULL, 1, 14},
        {"sources: events\n", "sources must be a list, not a single value", NULL, 1, 10},
        {"sources:\n  - events\n", "a source must be a mapping (key: value), not a single value", NULL, 2, 5},
        {"sources:\n  - name: a\n", "a source needs a `type`", NULL, 2, 5},
        {"sources:\n  - type: events\n", "a source needs a `name`", NULL, 2, 5},
        {"sources:\n  - {name: a, type: events, uri: 's3://b/c'}\n",
         "a source of type `events` is not fetched from s3:// addresses", NULL, 2, 34},
        {"sources:\n  - {name: a, type: aws-cur, uri: https://b/c}\n",
         "a source of type `aws-cur` is not fetched from https:// addresses", NULL, 2, 35},
        {"sources:\n  - {name: a, type: openai, uri: 'https://u:p@h'}\n", "`uri` must not hold a user or password",
         NULL, 2, 34},
        {"sources:\n  - {name: a, type: openai, uri: 'https://h/v1'}\n", "source `a` needs a `secret`", NULL, 2, 5},
        {"sources:\n  - {name: a, type: openai, secret: sk-live}\n",
         "`secret` must be env:NAME, file:PATH or credential:NAME", NULL, 2, 37},
        {"sources:\n  - {name: a, type: aws-cur, region: r}\n", "source `a` says how to fetch, but not from where",
         NULL, 2, 5},
        {"sources:\n  - {name: a, type: aws-cur, endpoint: h}\n", "`endpoint` must begin with https:// or http://",
         NULL, 2, 40},
        {"sources:\n  - {name: a, type: aws-cur, since: 2026-13-01}\n", "`since` must be a date like 2026-10-01", NULL,
         2, 37},
        {"sources:\n  - {name: a, type: http, max_bytes: 1k}\n", "`max_bytes` must be a whole number of bytes", NULL, 2,
         38},
        {"sources:\n  - {name: a, type: http, retry_seconds: -1}\n",
         "`retry_seconds` must be a whole number of seconds from 0 to 86400", NULL, 2, 42},
        {"sources:\n  - {name: a, type: gcp}\n", "unknown source type `gcp`",
         "known types: aws-cur, bedrock-invocation-log, openai, anthropic, openrouter, usage-csv, events, litellm, otlp, http",
         2, 21},
        {"sources:\n  - {name: a, type: events, uri: 'postgresql://h/d'}\n",
         "a source of type `events` is not fetched from postgresql:// addresses", NULL, 2, 34},
        {"sources:\n  - {name: a, type: events, service_from: key_alias}\n",
         "a source of type `events` has no `service_from`", "it belongs to sources of type litellm", 2, 29},
        {"sources:\n  - name: a\n    type: litellm\n    service_from: tag:svc, header:x\n",
         "`service_from` cannot be `header:x`",
         "it is one of these, or at most 8 with commas between: tag:NAME, metadata:NAME, key_alias", 4, 19},
        {"sources:\n  - {name: a, type: litellm, environment_from: 'tag:'}\n", "`environment_from` cannot be `tag:`",
         NULL, 2, 48},
        {"sources:\n  - {name: a, type: litellm, feature_from: 'key_alias:x'}\n",
         "`feature_from` cannot be `key_alias:x`", NULL, 2, 44},
        {"sources:\n  - {name: a, type: litellm, feature_from: 'tag:a,,tag:b'}\n", "`feature_from` cannot be ``", NULL,
         2, 44},
        {"sources:\n  - {name: a, type: litellm, feature_from: organization}\n",
         "`feature_from` cannot be `organization`", NULL, 2, 44},
        {"sources:\n  - {name: a, type: litellm, business_unit_from: 'tag:bu'}\n",
         "`business_unit_from` cannot be `tag:bu`",
         "it is one of these, or at most 8 with commas between: organization, metadata:NAME", 2, 50},
        {"sources:\n  - {name: a, type: events}\n  - {type: openai, name: a}\n", "two sources are named `a`", NULL, 3,
         26},
        {"sources:\n  - {name: ../a, type: events}\n",
         "a source's name has at most 63 letters, digits, - _ . and begins with a letter, digit or _", NULL, 2, 12},
        {"sources:\n  - {name: a, type: openai, match_on: [model, team]}\n", "unknown dimension `team`", NULL, 2, 47},
        {"sources:\n  - {name: a, type: openai, match_on: [model, model]}\n", "`model` is given twice", NULL, 2, 47},
        {"sources:\n  - {name: a, type: openai, match_on: model}\n", "match_on must be a list, not a single value",
         NULL, 2, 39},
        {"sources:\n  - {name: a, type: events, match_on: [model]}\n", "a source of type `events` has no `match_on`",
         "it belongs to sources of type aws-cur, openai, anthropic, openrouter, usage-csv, http", 2, 29},
        {"sources:\n  - {name: a, cost_column: x, type: usage-csv}\n",
         "a source of type `usage-csv` has no `cost_column`", NULL, 2, 15},
        {"sources:\n  - {name: a, type: openai, defaults: {usage_class: input}}\n",
         "an event has no usage_class that could be empty", NULL, 2, 40},
        {"sources:\n  - {name: a, type: openai, defaults: {team: x}}\n", "unknown dimension `team`", NULL, 2, 40},
        {"sources:\n  - {name: a, type: usage-csv, constants: {model: m}}\n",
         "a source of type `usage-csv` has no `constants`", "it belongs to sources of type events, otlp", 2, 32},
        {"sources:\n  - {name: a, type: events, constants: {model: }}\n", "`model` in `constants` needs a name", NULL,
         2, 48},
        {"sources:\n  - {name: a, type: events, input_excludes_cache: 1}\n", "`input_excludes_cache` cannot be `1`",
         "it is one of: false, true", 2, 51},
        {"sources:\n  - {name: a, type: openai, cost_in_cents: true}\n",
         "a source of type `openai` has no `cost_in_cents`", "it belongs to sources of type events, otlp", 2, 29},
        {"sources:\n  - {name: a, type: events, colums: {}}\n", "unknown key `colums`", "did you mean `columns`?", 2,
         29},
};

static void refuses(void **state)
{
	struct scratch *s = *state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const char *path = scratch_write(s, "closebook.yaml", slice_of(refused[i].yaml));
		struct config c;
		struct err e = ERR_INIT;
		if (config_load(&c, path, &e))
			fail_msg("accepted: %s", refused[i].yaml);
		assert_int_equal(e.kind, ERR_CONFIG);
		if (strcmp(e.message, refused[i].message) != 0)
			fail_msg("%s, instead of: %s", e.message, refused[i].message);
		if (refused[i].hint)
			assert_string_equal(e.hint, refused[i].hint);
		assert_string_equal(e.file, path);
		if (e.line != refused[i].line || e.column != refused[i].column)
			fail_msg("at %u:%u: %s", (unsigned)e.line, (unsigned)e.column, e.message);
		config_release(&c);
	}
}

static void refuses_missing_and_huge(void **state)
{
	struct scratch *s = *state;
	struct config c;
	struct err e = ERR_INIT;
	assert_false(config_load(&c, scratch_path(s, "none.yaml"), &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	config_release(&c);

	struct buf huge = BUF_INIT;
	for (int i = 0; i < 30000; i++)
		buf_printf(&huge, "# a comment that is long enough to make it %d\n", i);
	err_clear(&e);
	assert_false(config_load(&c, scratch_write(s, "huge.yaml", buf_slice(&huge)), &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	buf_release(&huge);
	config_release(&c);
}

/* ---- Values ---- */

static void load(struct config *c, const char *path)
{
	struct err e = ERR_INIT;
	if (!config_load(c, path, &e))
		fail_msg("%s:%u:%u: %s", e.file, (unsigned)e.line, (unsigned)e.column, e.message);
}

static void reads_every_key(void **state)
{
	static const char yaml[] =
	        "database: postgresql://h/d\n"
	        "state_dir: state\n"
	        "landing_dir: /landing\n"
	        "out_dir: ~/out\n"
	        "refdata_dir: sub/refdata\n"
	        "currency: USD\n"
	        "threshold: {percent: 2.50, amount: 1e3}\n"
	        "residual: pro_rata\n"
	        "settle_days: 0\n"
	        "retention_days: 400\n"
	        "final_date: next_period_start\n"
	        "aliases: {aws.bedrock: bedrock, x: '1'}\n"
	        "sources:\n"
	        "- name: gw\n"
	        "  type: events\n"
	        "  uri: gateway\n"
	        "  provider_map: {anthropic: bedrock}\n"
	        "  columns: {id: request_id}\n"
	        "  constants: {provider: openai}\n"
	        "  input_excludes_cache: true\n"
	        "  cost_in_cents: true\n"
	        "- match_on: [model, account_id]\n"
	        "  defaults: {account_id: 0123}\n"
	        "  type: aws-cur\n"
	        "  name: cur\n"
	        "  dataset: monthly\n"
	        "  uri: file:///data/a%20b\n"
	        "  request_id_tag: user_request_id\n"
	        "  cost_column: net\n"
	        "- {name: o, type: openai, match_on: [], uri: }\n"
	        "- {name: t, type: otlp, columns: {team: team_id}, provider_map: {a: b}, cost_in_cents: "
	        "false}\n"
	        "- name: lite\n"
	        "  type: litellm\n"
	        "  uri: postgresql://reader@gateway/litellm\n"
	        "  service_from: tag:svc , metadata:service,key_alias\n"
	        "  environment_from: metadata:deployment:stage\n"
	        "  business_unit_from: organization\n";
	struct scratch *s = *state;
	struct config c;
	setenv("HOME", "/home/someone", 1);
	load(&c, scratch_write(s, "closebook.yaml", slice_of(yaml)));
	assert_string_equal(c.path, scratch_path(s, "closebook.yaml"));
	assert_string_equal(c.database, "postgresql://h/d");
	assert_string_equal(c.state_dir, scratch_path(s, "state"));
	assert_string_equal(c.landing_dir, "/landing");
	assert_string_equal(c.out_dir, "/home/someone/out");
	assert_string_equal(c.refdata_dir, scratch_path(s, "sub/refdata"));
	assert_string_equal(c.threshold_percent, "2.5");
	assert_string_equal(c.threshold_amount, "1000");
	assert_int_equal(c.residual, RESIDUAL_PRO_RATA);
	assert_int_equal(c.settle_days, 0);
	assert_int_equal(c.retention_days, 400);
	assert_int_equal(c.final_date, FINAL_NEXT_PERIOD_START);
	assert_string_equal(name_map_find(&c.aliases, SLICE("aws.bedrock")), "bedrock");
	assert_string_equal(name_map_find(&c.aliases, SLICE("x")), "1");
	assert_null(name_map_find(&c.aliases, SLICE("aws")));
	assert_int_equal(c.source_count, 5);

	const struct source_config *gateway = config_source(&c, "gw"), *cur = config_source(&c, "cur");
	assert_string_equal(gateway->uri, scratch_path(s, "gateway"));
	assert_string_equal(name_map_find(&gateway->provider_map, SLICE("anthropic")), "bedrock");
	assert_string_equal(name_map_find(&gateway->columns, SLICE("id")), "request_id");
	assert_string_equal(name_map_find(&gateway->constants, SLICE("provider")), "openai");
	assert_int_equal(gateway->excludes_cache, 1);
	assert_int_equal(gateway->cost_in_cents, 1);
	assert_false(gateway->match_on_given);
	assert_int_equal(gateway->line, 14);
	assert_string_equal(cur->type, "aws-cur");
	assert_string_equal(cur->uri, "/data/a b");
	assert_true(cur->match_on_given);
	assert_int_equal(cur->match_on, 1 << DIM_MODEL | 1 << DIM_ACCOUNT_ID);
	assert_string_equal(cur->defaults[DIM_ACCOUNT_ID], "0123");
	assert_null(cur->defaults[DIM_REGION]);
	assert_string_equal(cur->dataset, "monthly");
	assert_string_equal(cur->request_id_tag, "user_request_id");
	assert_string_equal(cur->cost_column, "net");
	const struct source_config *otlp = config_source(&c, "t");
	assert_string_equal(otlp->type, "otlp");
	assert_string_equal(name_map_find(&otlp->columns, SLICE("team")), "team_id");
	assert_int_equal(otlp->excludes_cache, 0);
	assert_int_equal(otlp->cost_in_cents, 0);
	const struct source_config *openai = config_source(&c, "o");
	assert_true(openai->match_on_given);
	assert_int_equal(openai->match_on, 0);
	assert_null(openai->uri);
	const struct source_config *litellm = config_source(&c, "lite");
	assert_string_equal(litellm->uri, "/landing/lite");
	assert_string_equal(litellm->remote.url, "postgresql://reader@gateway/litellm");
	assert_int_equal(litellm->service_from.count, 3);
	assert_string_equal(litellm->service_from.item[0].kind, "tag");
	assert_string_equal(litellm->service_from.item[0].name, "svc");
	assert_string_equal(litellm->service_from.item[1].kind, "metadata");
	assert_string_equal(litellm->service_from.item[1].name, "service");
	assert_string_equal(litellm->service_from.item[2].kind, "key_alias");
	assert_string_equal(litellm->environment_from.item[0].name, "deployment:stage");
	assert_int_equal(litellm->feature_from.count, 0);
	assert_string_equal(litellm->business_unit_from.item[0].kind, "organization");
	assert_null(config_source(&c, "none"));
	config_release(&c);
}

static void assert_defaults(const struct config *c)
{
	assert_null(c->database);
	assert_null(c->landing_dir);
	assert_null(c->refdata_dir);
	assert_string_equal(c->currency, "USD");
	assert_string_equal(c->threshold_percent, "3");
	assert_string_equal(c->threshold_amount, "500");
	assert_int_equal(c->residual, RESIDUAL_UNATTRIBUTED);
	assert_int_equal(c->settle_days, 3);
	assert_int_equal(c->retention_days, 90);
	assert_int_equal(c->final_date, FINAL_PERIOD_END);
	assert_int_equal(c->source_count, 0);
}

static void empty_files_are_all_defaults(void **state)
{
	struct scratch *s = *state;
	const char *const files[] = {"", "# only\n# comments\n", "---\n", "~\n",
	                             "out_dir:\nthreshold: ~\nsources: null\n"};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct config c;
		load(&c, scratch_write(s, "closebook.yaml", slice_of(files[i])));
		assert_defaults(&c);
		assert_string_equal(c.out_dir, scratch_path(s, "out"));
		config_release(&c);
	}
}

static void superseded_lines_are_kept_as_long_as_said(void **state)
{
	static const struct {
		const char *yaml;
		int days;
	} kept[] = {{"retention_days: forever\n", RETENTION_FOREVER},
	            {"retention_days: 0\n", 0},
	            {"retention_days:\n", 90}};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		struct config c;
		load(&c, scratch_write(*state, "closebook.yaml", slice_of(kept[i].yaml)));
		assert_int_equal(c.retention_days, kept[i].days);
		config_release(&c);
	}
}

/* The sample as written, and with every comment that is a key made one. */
static void sample_is_valid(void **state)
{
	struct scratch *s = *state;
	struct config c;
	load(&c, scratch_write(s, "closebook.yaml", slice_of(config_sample)));
	assert_defaults(&c);
	config_release(&c);

	struct buf text = BUF_INIT;
	struct slice rest = slice_of(config_sample);
	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n'), body = slice_from(line, 2);
		size_t name = 0;
		while (name < body.len && (body.ptr[name] == '_' || (body.ptr[name] >= 'a' && body.ptr[name] <= 'z')))
			name++;
		bool is_key = name > 0 && name < body.len && body.ptr[name] == ':';
		if (is_key || slice_starts(body, "  "))
			line = body;
		buf_add_slice(&text, line);
		buf_add_char(&text, '\n');
	}
	load(&c, scratch_write(s, "full.yaml", buf_slice(&text)));
	buf_release(&text);
	assert_non_null(c.database);
	assert_non_null(c.landing_dir);
	assert_non_null(c.refdata_dir);
	assert_string_equal(c.out_dir, scratch_path(s, "out"));
	assert_string_equal(c.threshold_percent, "3");
	assert_string_equal(c.threshold_amount, "500");
	assert_int_equal(c.settle_days, 3);
	assert_int_equal(c.source_count, 7);
	assert_int_equal(c.source[1].match_on, 0x1f);
	assert_int_equal(c.aliases.count, 1);
	config_release(&c);
}

/* ---- Where the file is found ---- */

static void make_folder(struct scratch *s, const char *name)
{
	struct err e = ERR_INIT;
	assert_true(folder_make(scratch_path(s, name), 0755, &e));
}

static void assert_found(const char *explicit_path, const char *expected)
{
	struct config c;
	load(&c, explicit_path);
	if (expected)
		assert_string_equal(c.path, expected);
	else
		assert_null(c.path);
	config_release(&c);
}

static void finds_the_file(void **state)
{
	struct scratch *s = *state;
	char *before = getcwd(NULL, 0);
	make_folder(s, "home/.config/closebook");
	make_folder(s, "work/below/here");
	setenv("HOME", scratch_path(s, "home"), 1);
	assert_int_equal(chdir(scratch_path(s, "work/below/here")), 0);
	if (access("/etc/closebook/closebook.yaml", F_OK) != 0)
		assert_found(NULL, NULL);
	const char *const nearer_and_nearer[] = {"home/.config/closebook/closebook.yaml", "closebook.yaml",
	                                         "work/closebook.yaml", "work/below/here/closebook.yaml"};
	for (size_t i = 0; i < 4; i++) {
		const char *path = scratch_write(s, nearer_and_nearer[i], SLICE("# empty\n"));
		assert_found(NULL, path);
	}
	const char *named = scratch_write(s, "named.yaml", SLICE("# empty\n"));
	setenv("CLOSEBOOK_CONFIG", named, 1);
	assert_found(NULL, named);
	assert_found("closebook.yaml", scratch_path(s, "work/below/here/closebook.yaml"));
	setenv("CLOSEBOOK_CONFIG", "/nowhere.yaml", 1);
	struct config c;
	struct err e = ERR_INIT;
	assert_false(config_load(&c, NULL, &e));
	assert_int_equal(e.kind, ERR_CONFIG);
	config_release(&c);
	unsetenv("CLOSEBOOK_CONFIG");
	assert_int_equal(chdir(before), 0);
	free(before);
}

static void reads_the_environment(void **state)
{
	struct scratch *s = *state;
	const char *path = scratch_write(s, "closebook.yaml", SLICE("database: postgresql://file/d\n"));
	struct config c;
	setenv("CLOSEBOOK_DB_URL", "postgresql://environment/d", 1);
	load(&c, path);
	assert_string_equal(c.database, "postgresql://environment/d");
	config_release(&c);
	unsetenv("CLOSEBOOK_DB_URL");

	setenv("XDG_STATE_HOME", "/xdg", 1);
	load(&c, path);
	assert_string_equal(c.database, "postgresql://file/d");
	assert_string_equal(c.state_dir, geteuid() == 0 ? "/var/lib/closebook" : "/xdg/closebook");
	config_release(&c);
	unsetenv("XDG_STATE_HOME");
}

static int clean_environment(void **state)
{
	(void)state;
	unsetenv("CLOSEBOOK_CONFIG");
	unsetenv("CLOSEBOOK_DB_URL");
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(refuses),
	        TEST(refuses_missing_and_huge),
	        TEST(reads_every_key),
	        TEST(empty_files_are_all_defaults),
	        TEST(superseded_lines_are_kept_as_long_as_said),
	        TEST(sample_is_valid),
	        TEST(finds_the_file),
	        TEST(reads_the_environment),
	};
	return cmocka_run_group_tests(tests, clean_environment, NULL);
}
