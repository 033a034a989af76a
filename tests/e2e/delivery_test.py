#!/usr/bin/python3
"""What is one delivery, and what supersedes it: parts that come one after another, copies, executions and assemblies of a
CUR, bills that have become empty, files that are cut off. And what else must hold however data comes: rows that a gateway
writes itself, windows off the hour, large amounts, closed descriptors.

A case is a company and steps; a step puts files there, runs commands, and says what the database must then hold.
"""
import concurrent.futures
import datetime
import gzip
import json
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import DONE, INPUT, IO, Company, Session  # noqa: E402
from small_company import cur  # noqa: E402

PERIOD = "2026-10"
RECONCILE = f"reconcile --period {PERIOD}"
REFDATA = {
    "business_units.csv": "business_unit_id,name,expense_account,valid_from,valid_to\nalpha,Alpha,6000,2026-01-01,\nbeta,Beta,6001,2026-01-01,\n",
    "teams.csv": "team_id,business_unit_id,name,valid_from,valid_to\nt1,alpha,One,2026-01-01,\nmover,alpha,Mover,2026-01-01,2026-10-15\n"
                 "mover,beta,Mover,2026-10-15,\n",
    "prices.csv": "billing_rule_version,provider,model,usage_class,per_units,price_usd,valid_from,valid_to\n"
                  "m-1,mistral,small,input,1000000,2,2026-01-01,\n",
    "accounts.csv": "role,account\nclearing,2100\nsuspense,1999\n",
}
CAUSES = "rating_usd + rate_usd + quantity_usd + unbilled_usd + unmetered_usd + timing_usd + rounding_usd"
QUERIES = {  # what a step may say; each gives one text
    "current": "select string_agg(trim_scale(cost)::text, ' ' order by bucket_start, cost) from provider.delivery where superseded_by is null",
    "datasets": "select string_agg(distinct dataset, ' ') from provider.delivery",
    "deliveries": "select count(*) from provider.delivery",
    "lines": "select string_agg(trim_scale(l.cost)::text, ' ' order by l.cost) from provider.line l join provider.delivery d using (delivery_id) "
             "where d.superseded_by is null",
    "sources": "select string_agg(distinct source, ' ') from ops.file",
    "billed": f"select trim_scale(coalesce(sum(billed_usd), 0)) from recon.variance where period = '{PERIOD}'",
    "units": "select string_agg(business_unit || ' ' || trim_scale(billed_usd), ' ' order by business_unit) from recon.variance "
             f"where period = '{PERIOD}' and billed_usd <> 0",
    "computed": f"select trim_scale(coalesce(sum(computed_usd), 0)) from recon.variance where period = '{PERIOD}'",
    "unmetered": f"select trim_scale(coalesce(sum(unmetered_usd), 0)) from recon.variance where period = '{PERIOD}'",
    "rounding": f"select string_agg(distinct trim_scale(rounding_usd)::text, ' ') from recon.variance where period = '{PERIOD}'",
    "torn": "select count(*) from recon.variance where variance_usd <> usage_billed_usd - computed_usd "
            f"or variance_usd <> {CAUSES} or billed_usd <> usage_billed_usd + charges_usd",
    "duplicates": f"select trim_scale(sum(count)) from recon.exception where code = 'duplicate_event' and period = '{PERIOD}'",
    "metered": f"select trim_scale(sum(metered_quantity)) from recon.bucket where period = '{PERIOD}'",
    "journal": "select string_agg(distinct trim_scale(debit) || ' ' || trim_scale(credit), ', ') "
               "from (select sum(debit) as debit, sum(credit) as credit from ledger.journal_line group by journal_id) j",
}


def found(c, names):
    """What the queries give, by name: one of the above, or `CODE [PERIOD]`, the count and amount of an exception."""
    def query(name):
        code, _, period = name.partition(" ")
        return QUERIES.get(name) or (f"select sum(count) || ' ' || trim_scale(sum(amount_usd)) from recon.exception where code = '{code}' "
                                     f"and period = '{period or PERIOD}'")
    row = c.psql("select '', " + ", ".join(f"({query(name)})" for name in names))[0]
    return dict(zip(names, row[1:]))


# ---- Files ----

USAGE_COLUMNS = "provider,request_id,usage_start,usage_end,account_id,model,usage_class,quantity,cost,currency,charge_type"


def usage_row(start, end, cost, usage_class="other", quantity="", request_id="", model="small"):
    return f"mistral,{request_id},{start},{end},,{model},{usage_class},{quantity},{cost},USD,usage"


def usage(*rows):
    return "\n".join([USAGE_COLUMNS, *rows]) + "\n"


def half_day(cost, half=0, day=5):
    """A row of the first or second half of a day of October."""
    at = datetime.datetime(2026, 10, day) + half * datetime.timedelta(hours=12)
    return usage_row(f"{at:%FT%TZ}", f"{at + datetime.timedelta(hours=12):%FT%TZ}", cost)


def packed(text):
    return gzip.compress(text.encode(), 6, mtime=0)


def execution(name, *chunks):
    """An execution of a Data Export: its chunks and its manifest, each in a folder of its own."""
    data = {f"data/BILLING_PERIOD=2026-10/{name}/cur-{i:05d}.csv.gz": packed(text) for i, text in enumerate(chunks, 1)}
    return {f"in/cur/metadata/BILLING_PERIOD=2026-10/{name}/cur-Manifest.json": json.dumps(
        {"executionId": name, "dataFiles": [f"s3://bucket/cur/{path}" for path in data]}), **{f"in/cur/{path}": b for path, b in data.items()}}


def assembly(name, text, is_current=False):
    """An assembly of a legacy report; the current one's manifest stands on top as well."""
    key = f"cur/20261001-20261101/{name}/cur-1.csv.gz"
    manifest = json.dumps({"assemblyId": name, "reportName": "cur", "reportKeys": [key]})
    return {f"in/{key}": packed(text), f"in/cur/20261001-20261101/{name}/cur-Manifest.json": manifest,
            **({"in/cur/20261001-20261101/cur-Manifest.json": manifest} if is_current else {})}


def page(start, end, *buckets, **more):
    """A page of an API; start and end are what it calls a bucket's times."""
    return json.dumps({**more, "has_more": False, "next_page": None,
                       "data": [{start: a, end: b, "results": results} for a, b, results in buckets]})


def openai_costs(*days, organization="org-1"):
    """(day of October, cost or None)"""
    seconds = lambda day: 1790812800 + (day - 1) * 86400
    result = lambda cost: {"object": "organization.costs.result", "amount": {"value": cost, "currency": "usd"}, "line_item": None,
                           "project_id": "p", "organization_id": organization}
    return page("start_time", "end_time", *[(seconds(d), seconds(d + 1), [result(cost)] if cost else []) for d, cost in days], object="page")


def anthropic_costs(day, cents):
    return page("starting_at", "ending_at", (f"2026-10-{day:02d}T00:00:00Z", f"2026-10-{day + 1:02d}T00:00:00Z", [
        {"amount": cents, "currency": "USD", "workspace_id": None, "model": "claude-x", "token_type": "output_tokens", "cost_type": "tokens"}]))


def anthropic_csv(day, cost):
    return f"usage_date_utc,model,workspace,token_type,cost_type,cost_usd\n2026-10-{day:02d},claude-x,Default,output_tokens,token,{cost}\n"


def call(request_id, at, provider="mistral", tokens=1000000, team="t1", **more):
    return json.dumps({"request_id": request_id, "timestamp": at, "provider": provider, "model": "small", "team_id": team, "environment": "prod",
                       "input_tokens": tokens, "output_tokens": 0, "billing_rule_version": "m-1", "status": "success", **more}) + "\n"


def source(name, kind, uri, **more):
    """The configuration of one source."""
    return "sources:\n  - " + "\n    ".join(f"{key}: {value}" for key, value in {"name": name, "type": kind, "uri": uri, **more}.items()) + "\n"


# ---- Cases of files: (what, configuration, [(files, commands, exit code of the last, {query: what it must give})]) ----

P1, P2 = {"in/p1.csv": usage(half_day(100))}, {"in/p2.csv": usage(half_day(50, 1))}
BAD = half_day("oops", 1)
E1, E2 = execution("e1", cur([10]), cur([7])), execution("e2", cur([10]))
ANTHROPIC = {"in/c.csv": anthropic_csv(5, "10"), "in/p.json": anthropic_costs(5, "1200")}
INGEST = "ingest in"

FILE_CASES = [
    ("parts of one day that come one after another, in one folder", "", [
        (P1, INGEST, DONE, {"current": "100"}),
        (P2, f"{INGEST}; {RECONCILE}", DONE, {"current": "150", "billed": "150", "restated_delivery": "1 50"}),
        ({}, INGEST, DONE, {"deliveries": "2"})]),
    ("a night takes only what is new, which supersedes", source("bill", "usage-csv", "in"), [
        (P1, "nightly", DONE, {"current": "100", "billed": "100"}),
        (P2, "nightly", DONE, {"current": "50", "billed": "50", "restated_delivery": "1 -50"})]),
    ("two chunks of a CUR of the same bytes", "", [
        ({"in/cur-00001.csv": cur([10]), "in/cur-00002.csv": cur([10])}, INGEST, DONE, {"current": "10", "lines": "10"})]),
    ("an execution that holds nothing new supersedes", "", [
        (E1, INGEST, DONE, {"current": "17"}),
        (E2, INGEST, DONE, {"current": "10", "lines": "10", "deliveries": "2"}),
        ({}, INGEST, DONE, {"current": "10", "deliveries": "2"})]),
    ("two executions in one call", "", [({**E1, **E2}, INGEST, DONE, {"current": "10", "lines": "10"})]),
    ("an execution that holds nothing new supersedes, by night", source("aws", "aws-cur", "in"), [
        (E1, "nightly", DONE, {"current": "17"}),
        (E2, "nightly", DONE, {"current": "10", "billed": "10", "deliveries": "2"})]),
    ("another service's net cost does not decide how a CUR is counted", "", [
        ({"in/cur-00001.csv": cur([10], [0, 1, "AmazonEC2", "Tax"])}, INGEST, DONE, {"lines": "10"})]),
    ("a net cost of its own does", "", [({"in/cur-00001.csv": cur([10], [0, 1, "AmazonBedrock", "Tax"])}, INGEST, DONE, {"lines": "0 1"})]),
    ("the assembly whose manifest stands on top is current", "", [
        ({**assembly("aaa", cur([7]), True), **assembly("fff", cur([10]))}, f"{INGEST}; {RECONCILE}", DONE, {"current": "7", "billed": "7"})]),
    *[(f"{what}: no chunk of the CUR loads", "", [
        ({f"in/cur-0000{cut}.csv.gz": packed(cur([7]))[:length], f"in/cur-0000{3 - cut}.csv.gz": packed(cur([10]))}, command, INPUT,
         {"deliveries": "0"})])
      for what, cut, length, command in (("the first one is cut off in its header", 1, 6, INGEST),
                                         ("the second one is cut off after its header", 2, 10, INGEST),
                                         ("the second one is cut off, and the format is given", 2, 6, INGEST + " --format aws-cur"))],
    *[(f"{what}: the day loads from no file, another day does", "", [
        ({**P1, "in/p2.csv": usage(*rows), "in/p3.csv": usage(half_day(3, day=6))}, INGEST, INPUT, {"lines": "3"})])
      for what, rows in (("a bad first row", [BAD]), ("a bad first row, and a good one", [BAD, half_day(50, 1)]),
                         ("a bad first row of another day, and a good one", [half_day("oops", day=7), half_day(50, 1)]))],
    ("a bucket of OpenAI's costs that has become empty", source("openai", "openai", "in", dataset="costs"), [
        ({"in/1.json": openai_costs((5, "10"))}, f"{INGEST}; {RECONCILE}", DONE, {"current": "10", "billed": "10"}),
        ({"in/2.json": openai_costs((5, None))}, f"ingest in/2.json; {RECONCILE}", DONE,
         {"current": "0", "billed": "0", "restated_delivery": "1 -10"})]),
    ("a CUR that holds none of our rows any more", "", [
        ({"in/cur-00001.csv": cur([10])}, INGEST, DONE, {"current": "10"}),
        ({"later/cur-00001.csv": cur([99, "", "AmazonEC2"])}, f"ingest later; {RECONCILE}", DONE, {"current": "0", "billed": "0"})]),
    *[(f"Anthropic's costs of a day, {what}", "", [
        ({first: ANTHROPIC[first]}, INGEST, DONE, {"current": before}),
        ({second: ANTHROPIC[second]}, INGEST, DONE, {"current": after, "deliveries": "2"})])
      for what, first, second, before, after in (("by the console, then by the API", "in/c.csv", "in/p.json", "10", "12"),
                                                 ("by the API, then by the console", "in/p.json", "in/c.csv", "12", "10"))],
    *[(f"a CUR {what}, of a source with a dataset", source("aws", "aws-cur", "in", dataset="billing"), [
        (first, INGEST, DONE, {"current": "17", "datasets": "billing"}),
        (second, f"ingest {paths}", DONE, {"current": "10", "datasets": "billing"})])
      for what, first, second, paths in (
          ("without a manifest after one with", E1, {"in/plain/report-00001.csv": cur([10])}, "in/plain"),
          ("with a manifest after one without", {"in/plain/report-00001.csv": cur([17])}, E2, "in/cur"))],
    ("a file of nothing but quarantined rows", "", [
        ({"in/e.jsonl": call("r1", "2026-10-05T10:00:00Z", tokens=-1)}, f"{INGEST}; reconcile --period 2026-11", DONE,
         {"malformed_row 2026-11": "1 0", "malformed_row": ""})]),
    ("an empty day of a bill is a delivery", source("openai", "openai", "in", dataset="costs"), [
        ({"in/1.json": openai_costs((5, "10"))}, INGEST, DONE, {"deliveries": "1"}),
        ({"in/2.json": openai_costs((6, None)),
          "gateway.jsonl": "".join(call(f"r{day}", f"2026-10-{day:02d}T10:00:00Z", "openai", computed_cost_usd="1") for day in (5, 6, 7))},
         f"ingest in/2.json; ingest gateway.jsonl; {RECONCILE}", DONE, {"deliveries": "2", "missing_delivery": "1 -1"})]),
    ("a very large amount", "", [
        ({"in/1.csv": usage(half_day("1234567890123456789.12"))}, f"{INGEST}; {RECONCILE}; report --period {PERIOD}", DONE,
         {"billed": "1234567890123456789.12", "torn": "0", "journal": "1234567890123456789.12 1234567890123456789.12"})]),
    ("windows off the hour, and a team that moves within one", "", [
        ({"in/1.csv": usage(*[usage_row(f"{day}T18:30:00Z", f"{next_day}T18:30:00Z", cost, "input", tokens) for day, next_day, cost, tokens in (
            ("2026-09-30", "2026-10-01", "1", 500000), ("2026-10-13", "2026-10-14", "2.2", 1000000), ("2026-10-14", "2026-10-15", "12", 3000000))]),
          "in/e.jsonl": call("r1", "2026-10-14T18:10:00Z", team="mover") + call("r2", "2026-10-14T23:50:00Z", team="mover")
                        + call("r3", "2026-10-15T00:10:00Z", team="mover", tokens=2000000)},
         f"{INGEST}; {RECONCILE}", DONE, {"units": "alpha 6.2 beta 8", "computed": "8", "unmetered": "0", "rounding": "0", "torn": "0"})]),
]


def company(config=""):
    c = Company(config, like=BASE[0])
    for name, text in REFDATA.items():
        c.write(f"refdata/{name}", text)
    return c


def files_case(name, config, steps):
    c = company(config)
    for number, (files, commands, code, wanted) in enumerate(steps, 1):
        for path, text in files.items():
            c.write(path, text)
        for command in commands.split("; "):
            r = c.run("-q", *command.split())
            if command != commands.split("; ")[-1] and r.code != DONE:
                break
        got = {"exit code": r.code, "torn sums": c.torn_sums(), **found(c, wanted)}
        want = {"exit code": code, "torn sums": [], **wanted}
        yield (got == want, name + (f", step {number}" if len(steps) > 1 else ""), f"got  {got}\nwant {want}\n{r.stderr}")


# ---- Other cases: each yields (whether it holds, what, detail) ----

def held(c, what, **wanted):
    got = found(c, wanted)
    return got == wanted, what, f"got  {got}\nwant {wanted}"


def insert(c, **columns):
    """A row as a gateway writes it: plain SQL, by a client that is not closebook."""
    row = {"request_id": "r1", "timestamp": "2026-10-05T10:00:00Z", "provider": "mistral", "model": "small", "team_id": "t1",
           "environment": "prod", "input_tokens": 1000000, "output_tokens": 0, "computed_cost_usd": 1, "billing_rule_version": "m-1", **columns}
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join(f"'{value}'" for value in row.values())
    c.psql(f"insert into gateway.event ({names}) values ({values})")


def rows_of_a_gateway():
    c = company()
    insert(c)
    c.run(*RECONCILE.split(), check=DONE)
    yield held(c, "a row that a gateway inserted counts", computed="1")
    for what, column, value in (("an upper-case provider", "provider", "Acme"), ("a cost that is no number", "computed_cost_usd", "NaN"),
                                ("an endless cost", "computed_cost_usd", "Infinity"), ("9e18 tokens", "input_tokens", "9000000000000000000"),
                                ("an empty request id", "request_id", ""), ("an empty provider", "provider", ""),
                                ("an endless time", "timestamp", "infinity")):
        try:
            insert(c, **{"request_id": "r2", column: value})
            yield False, f"{what} is refused by the database", ""
        except RuntimeError as refusal:
            yield "violates check" in str(refusal), f"{what} is refused by the database", refusal
    c.psql("update recon.rollup_state set snapshot = '90000000:90000000:'")
    insert(c, request_id="r3", computed_cost_usd="0.25")
    c.run(*RECONCILE.split(), check=DONE)
    yield held(c, "after a restore into a younger cluster a new row counts", computed="1.25")
    insert(c, request_id="r4", computed_cost_usd="0.125")
    c.run(*RECONCILE.split(), check=DONE)
    yield held(c, "and the next one too", computed="1.375")


def revisions_while_a_run_is_held_up(table):
    """r1 and r2 are counted, the one billed by request, the other by a window off the hour; r3 makes their hour stale; revisions
    of both are committed while the run waits for a table."""
    c = company()
    insert(c, request_id="r1")
    insert(c, request_id="r2")
    c.write("in/1.csv", usage(usage_row("2026-10-05T10:00:00Z", "2026-10-05T10:00:00Z", "4", "", "", "r1"),
                              usage_row("2026-10-05T09:30:00Z", "2026-10-05T10:30:00Z", "5", "input", 2000000)))
    c.run("ingest", "in", check=DONE)
    insert(c, request_id="r3", timestamp="2026-10-05T10:40:00Z", computed_cost_usd="0.25")
    holder = Session(c.uri, "begin", f"lock table {table} in access exclusive mode")
    run = c.start("-q", *RECONCILE.split())
    waits = harness.wait_for(lambda: c.value("select count(*) from pg_stat_activity where datname = current_database() "
                                             "and wait_event_type = 'Lock' and application_name like 'closebook%'") == "1", 20)
    for request_id in ("r1", "r2"):
        insert(c, request_id=request_id, input_tokens=2000000, output_tokens=7, computed_cost_usd=3, row_no=1)
    holder.release()
    _, said = run.communicate()
    yield waits and run.returncode == DONE, f"a run is held up at {table}", said.decode()
    seen = tuple(found(c, ("computed", "billed", "metered", "torn")).values())
    yield (seen in [("2.25", "9", "1000000", "0"), ("6.25", "9", "2000000", "0")],
           f"revisions that come while it waits for {table} count not at all or alone", seen)
    c.run(*RECONCILE.split(), check=DONE)
    yield held(c, "and alone in the next run", computed="6.25", billed="9", metered="2000000", duplicates="2", torn="0")


def a_source_behind_a_link():
    c = company(source("mistral-bill", "usage-csv", "link/in"))
    c.write("real/in/1.csv", usage(half_day(5)))
    (c.folder / "link").symlink_to("real")
    c.run("-q", "nightly", check=DONE)
    yield held(c, "a source behind a link has its files", sources="mistral-bill", billed="5")


def closed_descriptors():
    c = company()
    c.write("in/1.csv", usage(half_day(5)))
    c.write("in/e.jsonl", call("r1", "2026-10-05T10:00:00Z", tokens=-1))
    r = harness.execute(["sh", "-c", 'exec "$@" 2>&-', "sh", *c.argv("-v", "ingest", "in")], cwd=c.folder)
    yield r.code == DONE and "2 loaded" in r.stdout, "ingest without stderr", r
    c.run(*RECONCILE.split(), check=DONE)
    yield held(c, "loads what there is", lines="5", malformed_row="", billed="5")
    before = c.content()
    r = harness.execute(["sh", "-c", 'exec "$@" >&-', "sh", *c.argv("variance", "--period", PERIOD)], cwd=c.folder)
    yield r.code == IO and "standard output" in r.stderr, "variance without stdout ends with 74", r
    yield not harness.differences(c.content(), before), "and touches nothing", harness.differences(c.content(), before)


def many_windows_off_the_hour():
    c = company()
    start = lambda i: datetime.datetime(2026, 10, 1, 0, 0, 7) + i * datetime.timedelta(seconds=1237)
    c.write("in/1.csv", usage(*[usage_row(f"{start(i):%FT%TZ}", f"{start(i + 1):%FT%TZ}", "2", "input", 1000000) for i in range(2000)]))
    c.write("in/e.jsonl", "".join(call(f"r{i}", f"{start(i) + datetime.timedelta(seconds=600):%FT%TZ}") for i in range(2000)))
    c.run("ingest", "in", check=DONE)
    r = c.run("-q", *RECONCILE.split(), timeout=60)
    yield r.code == DONE, "2 000 windows and events are reconciled in time", r.stderr
    yield held(c, "each to the other", units="alpha 4000", computed="4000", unmetered="0", rounding="0", torn="0")


def many_sums():
    c = company()
    start = lambda i: datetime.datetime(2026, 10, 1) + i * datetime.timedelta(seconds=100)
    windows = [usage_row(f"{start(i):%FT%TZ}", f"{start(i + 1):%FT%TZ}", f"0.{i:05}", "input", i) for i in range(20000)]
    c.write("in/1.csv", usage(*windows, *reversed(windows)))
    c.run("ingest", "in", check=DONE)
    yield not c.torn_sums(), "more windows than the loader sums at a time add up to their lines", c.torn_sums()[:3]
    yield c.value("select trim_scale(sum(cost)) from provider.delivery") == "3999.8", "and to the deliveries", c.value("select sum(cost) from provider.delivery")
    kept = int(c.value("select count(*) from provider.line_sum"))
    yield 20000 < kept < 40000, "in more rows than windows", kept


# ---- All of them, some at a time, told in their order ----

def outcome(job):
    function, name, *arguments = job
    try:
        return list(function(*arguments))
    except (RuntimeError, OSError, harness.subprocess.TimeoutExpired) as problem:
        return [(False, f"{name} runs to its end", problem)]


JOBS = [(files_case, case[0], *case) for case in FILE_CASES] + [
    (rows_of_a_gateway, "rows of a gateway"), (a_source_behind_a_link, "a source behind a link"), (closed_descriptors, "closed descriptors"),
    *[(revisions_while_a_run_is_held_up, table, table) for table in ("recon.uncounted_event", "recon.posting")],
    (many_windows_off_the_hour, "many windows"), (many_sums, "many sums")]
BASE = [Company(refdata=REFDATA)]
with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
    for points in pool.map(outcome, JOBS):
        for point in points:
            harness.ok(*point)
harness.done()
