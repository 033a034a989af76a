/*
 * LiteLLM's tables as its migrations make them (tests/e2e/litellm/) in one database, closebook's own in another. The
 * gateway's is read by a role that may select and nothing else.
 */
#include "base/digest.h"
#include "format/format.h"
#include "source/stream.h"
#include "store/litellm.h"
#include "store/migrate.h"
#include "store/throwaway.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static struct {
	struct db own, owner; /* owner: of the gateway's database */
	const char *gateway;  /* URI of it */
	char *folder;         /* of this test */
	int tests;
	struct source_config source;
	struct litellm_totals totals;
	struct err e;
} t;

static struct arena *memory(void)
{
	return &throwaway.cluster.arena;
}

static void assert_ok(bool done, const struct err *e)
{
	if (!done)
		fail_msg("%s:%u: %s (hint: %s)", e->file, (unsigned)e->line, e->message, e->hint);
}

static void run(struct db *db, const char *text)
{
	struct err e = ERR_INIT;
	assert_ok(db_query(db, text, DB_NO_PARAMS, NULL, &e), &e);
}

static void run_file(struct db *db, const char *path)
{
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	assert_ok(file_read(path, 1 << 20, &text, &e), &e);
	run(db, text.ptr);
	buf_release(&text);
}

static const char *text_of(struct db *db, const char *query)
{
	DB_RESULT r = DB_RESULT_INIT;
	struct err e = ERR_INIT;
	assert_ok(db_query(db, query, DB_NO_PARAMS, &r, &e), &e);
	return db_rows(&r) > 0 ? arena_strdup(memory(), db_text(&r, 0, 0)) : "";
}

/* ---- Databases and folders ---- */

static const char *uri_of(const char *name)
{
	char *uri = arena_strdup(memory(), cluster_url(&throwaway.cluster));
	char *path = strstr(uri, "/closebook?");
	assert_non_null(path);
	*path = '\0';
	return arena_printf(memory(), "%s/%s?%s", uri, name, path + strlen("/closebook?"));
}

static int setup(void **state)
{
	int applied;
	if (throwaway_setup(state) != 0)
		return -1;
	t.own = throwaway_connect();
	throwaway_check(migrate_apply(&t.own, &applied, &t.e), &t.e);
	run(&t.own, "create role litellm_reader login");
	/* The server knows its own user only: the owner becomes the reader when it connects. */
	run(&t.own, "grant litellm_reader to current_user");
	return 0;
}

static int teardown(void **state)
{
	db_close(&t.own);
	return throwaway_teardown(state);
}

/* A gateway with rows, a reader who may read them, a landing folder, nothing loaded. */
static int begin(void **state)
{
	(void)state;
	t.tests++;
	const char *name = arena_printf(memory(), "litellm_%d", t.tests);
	run(&t.own, "truncate gateway.event, ops.file, ops.quarantine");
	run(&t.own, arena_printf(memory(), "create database %s", name));
	run(&t.own, arena_printf(memory(), "alter role closebook in database %s set role = litellm_reader", name));
	throwaway_check(db_connect(&t.owner, uri_of(name), &t.e), &t.e);
	run(&t.owner, "set role none");
	run_file(&t.owner, "tests/e2e/litellm/tables.sql");
	run_file(&t.owner, "tests/e2e/litellm/rows.sql");
	run(&t.owner, "grant select on all tables in schema public to litellm_reader");
	t.gateway = uri_of(name);
	t.folder = arena_printf(memory(), "%s/landing-%d", throwaway.scratch->folder, t.tests);
	throwaway_check(folder_make(t.folder, 0755, &t.e), &t.e);
	t.source = (struct source_config){
	        .name = "gw",
	        .type = "litellm",
	        .remote.url = t.gateway,
	        .service_from = {{{"tag", "svc"}, {"metadata", "service"}}, 2},
	        .environment_from = {{{"metadata", "stage"}, {"tag", "env"}}, 2},
	        .feature_from = {{{"tag", "feature"}, {"key_alias", ""}}, 2},
	};
	return 0;
}

static int end(void **state)
{
	(void)state;
	db_close(&t.owner);
	return 0;
}

static bool try_pull(const char *from, const char *to)
{
	struct litellm_options o = {.source = &t.source, .folder = t.folder, .from = UTC_NONE, .to = UTC_NONE};
	assert_true(!from || utc_parse(slice_of(from), &o.from));
	assert_true(!to || utc_parse(slice_of(to), &o.to));
	t.e = (struct err)ERR_INIT;
	return litellm_pull(&t.own, &o, &t.totals, &t.e);
}

static void pull(const char *from, const char *to)
{
	assert_ok(try_pull(from, to), &t.e);
}

/* ---- What landed ---- */

/* Calls `take` (unless NULL) for every file of a month; returns how many there are. Temporary files fail the test. */
static int each_file(const char *period, void (*take)(const char *path))
{
	const char *folder = path_join(memory(), t.folder, period);
	DIR *dir = opendir(folder);
	int count = 0;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (slice_ends(slice_of(entry->d_name), ".origin.json"))
			continue;
		if (entry->d_name[0] == '.')
			fail_msg("left over: %s", entry->d_name);
		count++;
		if (take)
			take(path_join(memory(), folder, entry->d_name));
	}
	if (dir)
		closedir(dir);
	return count;
}

static int files(void)
{
	return each_file("2026-09", NULL) + each_file("2026-10", NULL) + each_file("2026-11", NULL);
}

/* What ingest would do: an event per line, a quarantined row for a line without provider, a row for the file. */
static void load_file(const char *path)
{
	static const char add_event[] =
	        "insert into gateway.event select (jsonb_populate_record(null::gateway.event, $1::jsonb || "
	        "jsonb_build_object('file_id', 1, 'row_no', 1, 'xid', 1, 'provider', lower($1::jsonb ->> 'provider')))).* "
	        "where $1::jsonb ? 'provider'";
	static const char refuse[] = "insert into ops.quarantine select 1, 1, 'no provider', left($1, 2000) "
	                             "where not $1::jsonb ? 'provider'";
	static const char add_file[] =
	        "insert into ops.file select coalesce(max(file_id), 0) + 1, 'gw', 'events-json', $1, "
	        "$2, 0, 0, 0, 0, 0, 0 from ops.file";
	struct buf text = BUF_INIT;
	char hex[DIGEST_HEX_SIZE];
	uint64_t size;
	assert_ok(file_read(path, 1 << 20, &text, &t.e) && digest_file(path, hex, &size, &t.e), &t.e);
	struct slice rest = buf_slice(&text);
	while (rest.len > 0) {
		const char *line = arena_cstr(memory(), slice_cut(&rest, '\n'));
		assert_ok(db_query(&t.own, add_event, DB_PARAMS(line), NULL, &t.e), &t.e);
		assert_ok(db_query(&t.own, refuse, DB_PARAMS(line), NULL, &t.e), &t.e);
	}
	assert_ok(db_query(&t.own, add_file, DB_PARAMS(path, hex), NULL, &t.e), &t.e);
	buf_release(&text);
}

static void load(void)
{
	run(&t.own, "truncate gateway.event, ops.file, ops.quarantine");
	each_file("2026-10", load_file);
	each_file("2026-11", load_file);
}

static void assert_event(const char *request_id, const char *column, const char *value)
{
	const char *found =
	        text_of(&t.own, arena_printf(memory(), "select %s from gateway.event where request_id = '%s'", column,
	                                     request_id));
	if (strcmp(found, value) != 0)
		fail_msg("%s of %s is %s, not %s", column, request_id, found, value);
}

/* ---- Tests ---- */

static void rows_become_events(void **state)
{
	(void)state;
	static const struct {
		const char *request_id, *column, *value;
	} rows[] = {
	        {"chatcmpl-1", "\"timestamp\"", "2026-10-01 00:00:00.5+00"},
	        {"chatcmpl-1", "(provider, model, team_id, service, environment, feature)",
	         "(openai,gpt-4o-2024-08-06,team-search,search,production,search-prod)"},
	        {"chatcmpl-1", "(input_tokens, output_tokens, cache_read_input_tokens, computed_cost_usd, status)",
	         "(1000,120,0,0.00245,success)"},
	        {"chatcmpl-1", "(org_id, user_id, api_key_id, service_tier, batch, cache_hit, trace_id, attempt)",
	         "(org-retail,u-ann,c0ffee01,default,,,session-1,1)"},
	        {"chatcmpl-1", "attributes - 'litellm_row'",
	         "{\"end_user\": \"customer-7\", \"call_type\": \"acompletion\", \"key_alias\": \"search-prod\", "
	         "\"model_group\": \"gpt-4o\", \"litellm_call_id\": \"call-1\", \"attempted_retries\": 0}"},
	        {"chatcmpl-2", "(\"timestamp\", cache_read_input_tokens, computed_cost_usd, attempt)",
	         "(\"2026-10-31 23:59:59.999+00\",1024,0.000054,3)"},
	        {"chatcmpl-2", "(service, environment, feature, org_id, user_id)", "(,,,,)"},
	        {"msg_3", "(provider, model, service, environment, feature, project_id)",
	         "(bedrock,anthropic.claude-sonnet-4-5-20250929-v1:0,assistant,prod,chat:beta,proj-1)"},
	        {"msg_3",
	         "(input_tokens, cache_read_input_tokens, cache_write_input_tokens, cache_write_1h_input_tokens)",
	         "(5000,2000,1500,1000)"},
	        {"msg_4", "(cache_read_input_tokens, cache_write_input_tokens, cache_write_1h_input_tokens, status)",
	         "(600,0,,success)"},
	        {"chatcmpl-1_cache_hit1790870405.123", "(status, cache_hit, computed_cost_usd)", "(cache_hit,t,0)"},
	        {"f-6", "(provider, model, status, team_id)", "(litellm,,error,)"},
	        {"f-7", "(provider, model, status, team_id)", "(azure,gpt-4o,error,team-gone)"},
	        {"x-8", "(provider, model, user_id, computed_cost_usd)",
	         "(house_llm,\"house/\"\"embed\"\"\",\"Zoë \"\"z\"\"\",0.0000001)"},
	        {"mcp-9", "(provider, tool_name, step_kind, trace_id)", "(litellm,web/search,tool,session-2)"},
	        {"batch_10_batch_cost", "(batch, computed_cost_usd, \"timestamp\")",
	         "(t,1.25,\"2026-10-05 00:00:00+00\")"},
	};
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_read, 11);
	assert_int_equal(t.totals.rows_new, 11);
	assert_int_equal(t.totals.files, 1);
	assert_int_equal(t.totals.teams, 0);
	utc_us newest;
	assert_true(utc_parse(SLICE("2026-11-01T00:00:30Z"), &newest));
	assert_int_equal(t.totals.newest_end, newest);
	assert_int_equal(each_file("2026-10", load_file), 1);
	assert_int_equal(files(), 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_event(rows[i].request_id, rows[i].column, rows[i].value);
	assert_string_equal(text_of(&t.own, "select count(*) from gateway.event"), "10");
	assert_string_equal(text_of(&t.own, "select raw::jsonb ->> 'request_id' from ops.quarantine"), "n-11");
	assert_string_equal(text_of(&t.own, "select count(distinct attributes ->> 'litellm_row') from gateway.event"),
	                    "10");
	assert_string_equal(
	        text_of(&t.own, "select count(*) from gateway.event where attributes::text like '%secret%'"), "0");
}

struct read_counts {
	int events, quarantined;
};

static bool count_event(void *context, struct event *ev, struct err *e)
{
	(void)e;
	struct read_counts *counts = context;
	counts->events++;
	assert_true(ev->attributes.len > 0);
	return true;
}

static bool count_quarantined(void *context, uint64_t line, const char *reason, struct slice raw, struct err *e)
{
	(void)line, (void)raw, (void)e;
	struct read_counts *counts = context;
	counts->quarantined++;
	assert_string_equal(reason, "no provider");
	return true;
}

static void read_events(const char *path)
{
	struct read_counts counts = {0};
	struct sink sink = {.context = &counts, .event = count_event, .quarantine = count_quarantined};
	struct reader_options o = {.as_of = 0};
	assert_true(utc_parse(SLICE("2026-11-04T05:00:00Z"), &o.as_of));
	struct stream *in = stream_open(path, &t.e);
	struct slice head;
	assert_non_null(in);
	assert_true(stream_peek(in, 4096, &head, &t.e) && format_events_json.detect(head));
	assert_ok(format_events_json.read(in, &o, &sink, &t.e), &t.e);
	stream_free(in);
	assert_int_equal(counts.events, 10);
	assert_int_equal(counts.quarantined, 1);
}

static void ingest_reads_what_landed(void **state)
{
	(void)state;
	pull(NULL, NULL);
	assert_int_equal(each_file("2026-10", read_events), 1);
}

static void windows_may_overlap(void **state)
{
	(void)state;
	/* The bounds: rows that end at `from` belong to the window, rows that end at `to` do not. */
	pull("2026-10-01T00:00:02.75Z", "2026-10-02T10:05:01Z");
	assert_int_equal(t.totals.rows_new, 2);
	load();
	pull("2026-10-02T10:05:01Z", "2026-10-03T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 2);
	load();
	pull("2026-10-01T00:00:00Z", "2026-10-03T00:00:01Z");
	assert_int_equal(t.totals.rows_read, 5);
	assert_int_equal(t.totals.rows_new, 1);
	load();
	pull("2026-10-01T00:00:00Z", "2026-10-03T00:00:01Z");
	assert_int_equal(t.totals.rows_read, 5);
	assert_int_equal(t.totals.rows_new, 0);
	assert_int_equal(t.totals.files, 0);
	assert_int_equal(files(), 3);
	pull("2026-12-01T00:00:00Z", NULL);
	assert_int_equal(t.totals.rows_read, 0);
	assert_true(t.totals.newest_end == UTC_NONE);
	assert_int_equal(files(), 3);
}

/* A file that waits for ingest counts, whatever window asks for its rows. */
static void files_that_wait_are_known(void **state)
{
	(void)state;
	pull("2026-10-01T00:00:00Z", "2026-10-03T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 4);
	pull("2026-10-01T00:00:00Z", "2026-10-03T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 0);
	pull("2026-09-01T00:00:00Z", "2026-10-04T00:00:00Z");
	assert_int_equal(t.totals.rows_read, 7);
	assert_int_equal(t.totals.rows_new, 3);
	assert_int_equal(files(), 2);
	/* What was loaded is looked up in the database: there it is missing, and so it is new. */
	load();
	run(&t.own, "delete from gateway.event where request_id = 'x-8'");
	pull("2026-09-01T00:00:00Z", "2026-10-04T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 1);
}

static void quarantined_rows_are_known(void **state)
{
	(void)state;
	pull(NULL, NULL);
	load();
	assert_string_equal(text_of(&t.own, "select count(*) from ops.quarantine"), "1");
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_read, 11);
	assert_int_equal(t.totals.rows_new, 0);
	run(&t.own, "truncate ops.quarantine");
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_new, 1);
}

static void late_and_changed_rows_come(void **state)
{
	(void)state;
	pull(NULL, NULL);
	load();
	run(&t.owner,
	    "update \"LiteLLM_SpendLogs\" set spend = 0.003, completion_tokens = 150 where request_id = 'chatcmpl-1'");
	run(&t.owner, "update \"LiteLLM_SpendLogs\" set \"messages\" = '{}' where request_id = 'msg_3'");
	run(&t.owner,
	    "insert into \"LiteLLM_SpendLogs\" (request_id, call_type, \"startTime\", \"endTime\", custom_llm_provider) "
	    "values ('late', 'acompletion', '2026-10-01', '2026-10-01 00:00:09', 'openai'), "
	    "('nov', 'acompletion', '2026-11-02', '2026-11-02', 'openai')");
	pull("2026-10-01T00:00:00Z", NULL);
	assert_int_equal(t.totals.rows_read, 13);
	assert_int_equal(t.totals.rows_new, 3);
	assert_int_equal(t.totals.files, 2);
	load();
	assert_string_equal(text_of(&t.own,
	                            "select string_agg(request_id || ' ' || coalesce(computed_cost_usd::text, ''), "
	                            "';' order by request_id, computed_cost_usd) from gateway.event "
	                            "where request_id in ('chatcmpl-1', 'late', 'nov', 'msg_3')"),
	                    "chatcmpl-1 0.00245;chatcmpl-1 0.003;late 0;msg_3 0.0913;nov 0");
	pull("2026-10-01T00:00:00Z", NULL);
	assert_int_equal(t.totals.rows_new, 0);
}

/* More months than files may be open at once, and more rows than are looked up at once. */
static void memory_and_files_are_bounded(void **state)
{
	(void)state;
	run(&t.owner, "insert into \"LiteLLM_SpendLogs\" (request_id, call_type, \"startTime\", \"endTime\", "
	              "custom_llm_provider) select 'm-' || n, 'acompletion', timestamp '2010-01-15' + (n % 70) * "
	              "interval '1 month', timestamp '2025-01-01' + n * interval '1 second', 'openai' "
	              "from generate_series(1, 3000) n");
	pull("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 3000);
	assert_true(t.totals.files >= 70);
	pull("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
	assert_int_equal(t.totals.rows_new, 0);
}

static void nothing_is_written_there(void **state)
{
	(void)state;
	/* A role that may write, so that only the session keeps it from doing so. */
	run(&t.owner, "grant all on all tables in schema public to litellm_reader");
	DB_CLOSE struct db reader = DB_INIT;
	assert_ok(db_connect_reader(&reader, t.gateway, NULL, &t.e), &t.e);
	assert_string_equal(text_of(&reader, "select current_user"), "litellm_reader");
	struct err e = ERR_INIT;
	assert_false(db_query(&reader, "delete from \"LiteLLM_SpendLogs\"", DB_NO_PARAMS, NULL, &e));
	assert_non_null(strstr(e.message, "read-only transaction"));
	pull(NULL, NULL);
	assert_string_equal(text_of(&t.owner, "select count(*) from \"LiteLLM_SpendLogs\""), "11");
	assert_string_equal(text_of(&t.owner,
	                            "select count(*) from pg_class where relnamespace = 'public'::regnamespace "
	                            "and relkind = 'r'"),
	                    "5");
}

/* As an administrator would who keeps prompts from us: SELECT on columns only. */
static void column_privileges_suffice(void **state)
{
	(void)state;
	run(&t.owner, "revoke all on all tables in schema public from litellm_reader");
	run(&t.owner,
	    "grant select (request_id, call_type, api_key, spend, prompt_tokens, completion_tokens, \"startTime\", "
	    "\"endTime\", model, \"user\", model_id, model_group, custom_llm_provider, metadata, cache_hit, request_tags, "
	    "team_id, organization_id, end_user, session_id, status, agent_id, mcp_namespaced_tool_name, litellm_call_id) "
	    "on \"LiteLLM_SpendLogs\" to litellm_reader");
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_new, 11);
	run(&t.owner, "revoke select (metadata, \"user\") on \"LiteLLM_SpendLogs\" from litellm_reader");
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_CONFIG);
	assert_non_null(strstr(
	        t.e.message, "role litellm_reader may not read table \"LiteLLM_SpendLogs\" (columns user, metadata)"));
	assert_string_equal(t.e.hint, "GRANT SELECT ON \"LiteLLM_SpendLogs\" TO litellm_reader");
}

static void what_is_missing_is_said(void **state)
{
	(void)state;
	run(&t.owner, "revoke usage on schema public from public");
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_CONFIG);
	assert_non_null(strstr(t.e.message, "does not see table \"LiteLLM_SpendLogs\" in schema public"));
	assert_non_null(strstr(t.e.hint, "GRANT USAGE ON SCHEMA public TO litellm_reader"));
	run(&t.owner, "grant usage on schema public to public");

	t.source.business_unit_from = (struct origin_list){{{"organization", ""}}, 1};
	run(&t.owner, "revoke select on \"LiteLLM_DeletedTeamTable\" from litellm_reader");
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_CONFIG);
	assert_string_equal(t.e.hint, "GRANT SELECT ON \"LiteLLM_DeletedTeamTable\" TO litellm_reader");
	t.source.business_unit_from.count = 0;
	pull(NULL, NULL);

	run(&t.owner, "alter table \"LiteLLM_SpendLogs\" drop column spend");
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_CONFIG);
	assert_non_null(strstr(t.e.message, "table \"LiteLLM_SpendLogs\" has no column spend"));
	run(&t.owner, "drop table \"LiteLLM_SpendLogs\"");
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_CONFIG);
	assert_non_null(strstr(t.e.message, "there is no table \"LiteLLM_SpendLogs\""));

	t.source.remote.url = "postgresql://reader:SECRET@localhost:1/litellm";
	assert_false(try_pull(NULL, NULL));
	assert_int_equal(t.e.kind, ERR_UNAVAILABLE);
	assert_non_null(strstr(t.e.message, "postgresql://reader@localhost:1/litellm"));
	assert_null(strstr(t.e.message, "SECRET"));
}

static void older_versions_are_read(void **state)
{
	(void)state;
	run(&t.owner, "alter table \"LiteLLM_SpendLogs\" drop column litellm_call_id");
	pull(NULL, NULL);
	load();
	run(&t.owner, "alter table \"LiteLLM_SpendLogs\" drop column status, drop column organization_id, drop column "
	              "session_id, drop column agent_id, drop column mcp_namespaced_tool_name");
	run(&t.owner, "drop table \"LiteLLM_DeletedTeamTable\"");
	run(&t.owner, "alter table \"LiteLLM_TeamTable\" drop column soft_budget");
	t.source.business_unit_from = (struct origin_list){{{"organization", ""}}, 1};
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_read, 11);
	assert_true(t.totals.rows_new > 0);
	assert_int_equal(t.totals.teams, 3);
	run(&t.own, "truncate gateway.event");
	each_file("2026-10", load_file);
	/* Without the column, the failure is told by the metadata. */
	assert_string_equal(text_of(&t.own, "select count(distinct attributes ->> 'litellm_row') from gateway.event "
	                                    "where request_id = 'f-7' and status = 'error'"),
	                    "2");
}

/* A column that an upgrade adds, empty in old rows, makes no revisions. */
static void an_upgrade_changes_nothing(void **state)
{
	(void)state;
	run(&t.owner, "alter table \"LiteLLM_SpendLogs\" drop column litellm_call_id");
	pull(NULL, NULL);
	run(&t.owner, "alter table \"LiteLLM_SpendLogs\" add column litellm_call_id text");
	run(&t.owner, "grant select on \"LiteLLM_SpendLogs\" to litellm_reader");
	pull(NULL, NULL);
	assert_int_equal(t.totals.rows_new, 0);
}

/* ---- Teams and budgets ---- */

static void assert_file(const char *name, const char *expected)
{
	struct buf text = BUF_INIT;
	assert_ok(file_read(path_join(memory(), t.folder, name), 1 << 16, &text, &t.e), &t.e);
	assert_string_equal(text.ptr, expected);
	buf_release(&text);
}

static void teams_become_reference_files(void **state)
{
	(void)state;
	t.source.business_unit_from = (struct origin_list){{{"metadata", "bu"}, {"organization", ""}}, 2};
	pull(NULL, NULL);
	assert_int_equal(t.totals.teams, 5);
	assert_file("refdata/teams.csv", "team_id,business_unit_id,name,cost_center,valid_from,valid_to\n"
	                                 "team-again,org-retail,Before,,,2026-09-11\n"
	                                 "team-again,org-agents,Again,,2026-09-11,\n"
	                                 "team-agents,agents,=Agents,,,\n"
	                                 "team-gone,org-retail,Gone,,,2026-10-04\n"
	                                 "team-search,org-retail,\"Search, \"\"relevance\"\"\",,,\n");
	assert_file("refdata/budgets.csv",
	            "budget_id,entity_type,entity_id,period,limit_usd,alert_thresholds,enforced,tier,owner\n"
	            "gw:organization:org-retail,business_unit,org-retail,monthly,10000,75,true,,\n"
	            "gw:team:team-again,team,team-again,weekly,20,,false,,\n"
	            "gw:team:team-agents,team,team-agents,daily,50,,true,,\n"
	            "gw:team:team-search,team,team-search,monthly,1200.5,74.97,true,,\n");
}

static void unchanged_reference_files_stay(void **state)
{
	(void)state;
	struct stat before, same, changed;
	const char *path = path_join(memory(), t.folder, "refdata/teams.csv");
	t.source.business_unit_from = (struct origin_list){{{"organization", ""}}, 1};
	pull(NULL, NULL);
	assert_int_equal(stat(path, &before), 0);
	pull(NULL, NULL);
	assert_int_equal(stat(path, &same), 0);
	assert_true(before.st_ino == same.st_ino && before.st_mtim.tv_nsec == same.st_mtim.tv_nsec);
	run(&t.owner, "update \"LiteLLM_TeamTable\" set team_alias = 'New' where team_id = 'team-search'");
	pull(NULL, NULL);
	assert_int_equal(stat(path, &changed), 0);
	assert_true(before.st_mtim.tv_sec != changed.st_mtim.tv_sec ||
	            before.st_mtim.tv_nsec != changed.st_mtim.tv_nsec);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(rows_become_events),           TEST(ingest_reads_what_landed),
	        TEST(windows_may_overlap),          TEST(files_that_wait_are_known),
	        TEST(quarantined_rows_are_known),   TEST(late_and_changed_rows_come),
	        TEST(memory_and_files_are_bounded), TEST(nothing_is_written_there),
	        TEST(column_privileges_suffice),    TEST(what_is_missing_is_said),
	        TEST(older_versions_are_read),      TEST(an_upgrade_changes_nothing),
	        TEST(teams_become_reference_files), TEST(unchanged_reference_files_stay),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
