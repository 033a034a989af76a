#!/usr/bin/python3
"""LiteLLM's own tables, read in place by nights: calls, late and updated ones, teams and their business units. The tables are
those of LiteLLM's schema (litellm/tables.sql), filled by litellm/rows.sql; what the reader makes of each row is held by
tests/unit/store/litellm_test.c."""
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import DONE, UNAVAILABLE, Company, equal, ok  # noqa: E402

HERE = harness.ROOT / "tests" / "e2e" / "litellm"
UNITS = "business_unit_id,name,expense_account,valid_from,valid_to\norg-retail,Retail,6000,2026-01-01,\norg-agents,Agents,6001,2026-01-01,\n"


def gateway(server):
    harness.psql(server.uri("postgres"), "create database litellm")
    for name in ("tables.sql", "rows.sql"):
        r = harness.execute(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", server.uri("litellm"), "-f", HERE / name])
        if r.code:
            raise RuntimeError(r.stderr)
    return server.uri("litellm")


def events(c):
    return c.psql("select request_id, count(*) from gateway.event group by 1 order by 1")


uri = gateway(harness.shared_server())
writes = "select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables"
before = harness.psql(uri, writes)
rows = int(harness.psql(uri, 'select count(*) from "LiteLLM_SpendLogs"')[0][0])
config = f"""sources:
  - name: gateway
    type: litellm
    uri: "{uri}"
    since: 2020-01-01
    service_from: tag:service, key_alias
    business_unit_from: organization
"""
c = Company(config)
c.write("refdata/business_units.csv", UNITS)
r = c.run("pull", "--dry-run", check=DONE)
ok(" from 2020-01-01T00:00:00Z on" in r.stdout and "PGPASSWORD" not in r.stdout, "a dry run says what it would read", r.stdout)
r = c.run("nightly", "--summary")
equal(r.code, DONE, "a night reads the gateway's tables", r.stderr)
first = events(c)
kept = int(c.value("select count(*) from gateway.event")) + int(c.value("select count(*) from ops.quarantine"))
equal(kept, rows, "every row is an event, or quarantined with its reason")
equal(c.value("select count(*) from ops.file where origin like 'postgresql://%' and origin not like '%password%' and version like '20__-%T%Z'"),
      c.value("select count(*) from ops.file where source = 'gateway'"), "each file says where it is from and how far the gateway was read")
equal(c.psql("select team_id, business_unit_id from ref.team where team_id in ('team-search', 'team-agents') order by 1"),
      [("team-agents", "org-agents"), ("team-search", "org-retail")], "its teams belong to the business units that their organisations are")
quiet = c.run("nightly")
equal((quiet.code, events(c)), (DONE, first), "the next night adds nothing", quiet.stderr)

harness.psql(uri, """insert into "LiteLLM_SpendLogs" (request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens, "startTime",
                     "endTime", model, custom_llm_provider, metadata, request_tags, cache_hit, status)
                     select 'late-' || request_id, call_type, api_key, spend, total_tokens, prompt_tokens, completion_tokens, "startTime",
                     "endTime", model, custom_llm_provider, metadata, request_tags, cache_hit, status
                     from "LiteLLM_SpendLogs" where custom_llm_provider <> '' order by "endTime" desc limit 1""")
harness.psql(uri, """update "LiteLLM_SpendLogs" set completion_tokens = completion_tokens + 7, spend = spend + 1 where request_id =
                     (select request_id from "LiteLLM_SpendLogs" where request_id not like 'late-%' and custom_llm_provider <> '' and status = 'success'
                      and cache_hit is distinct from 'True' order by "endTime" desc limit 1)""")
c.run("nightly", check=DONE)
now = dict(events(c))
equal([name for name in now if name not in dict(first)], [name for name in now if name.startswith("late-")], "a late row is taken")
changed = [name for name, count in now.items() if count != dict(first).get(name, "1")]
equal((len(changed), now[changed[0]] if changed else None), (1, "2"), "an updated row comes as a revision, and nothing else does", changed)
equal(c.value(f"select count(*) from recon.uncounted_event where request_id = '{changed[0]}'"), "1", "of which one counts")
equal(harness.psql(uri, writes)[0][0], str(int(before[0][0] or 0) + 2), "and nobody but this test wrote to the gateway's tables")

c.config.write_text(c.config.read_text().replace("/litellm?", "/nothing?"))
r = c.run("pull")
ok(r.code == UNAVAILABLE and "source gateway" in r.stderr, "a database that is not there is a source that fails", r.stderr)
harness.done()
