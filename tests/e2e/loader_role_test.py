#!/usr/bin/env python3
"""A loader who may only add to facts: whatever a load or a night has to change or take back works all the same, through the
functions that can do that and nothing else, and leaves what the database's owner would have left."""
import closers
import harness
import small_company as small
from harness import DONE, INPUT, diag, equal, ok

server = harness.Server()
closers.people(server)
BAD = small.bill_csv([small.other_day(25, "one")])
BAD_CUR = small.cur([10], [11]).replace(",10,", ",ten,")


def files(c):
    for name, text in small.files().items():
        c.write(name, text)
    c.write("bad/bad.csv", BAD)
    c.write("bad/events.jsonl", small.events_json([small.event(60)]) + '{"request_id": "cut')
    c.write("cur/1/cur-00001.csv", small.cur([10, ""], [7, 6], [3, 3, "AmazonS3", "Tax"]))  # net costs; a tax of another service
    c.write("cur/2/cur-00001.csv", small.cur([12, 12], [1, "", "AmazonBedrock", "Tax"]))
    c.write("cur/3/cur-00001.csv", BAD_CUR)


def history(run):
    """A month's loads, nights and restatements → the exit codes."""
    steps = [(("ingest", *paths), DONE) for paths in small.INGESTS] + [
        (("ingest", "bad"), INPUT), (("ingest", "cur/1"), DONE), (("ingest", "cur/3"), INPUT), (("ingest", "cur/2"), DONE),
        (("reconcile", "--period", small.PERIOD), DONE), (("reconcile", "--again", "--period", small.PERIOD), DONE), (("nightly",), DONE),
        (("refdata", "apply"), DONE), (("nightly",), DONE)]
    return [(args, r.code, want, r.stderr) for args, want in steps if (r := run(*args)).code != want or "WARNING" in r.stderr or "privilege" in r.stderr]


def main():
    late = "2027-01-29T12:00:00Z"
    held = {}
    for who in ("owner", "loader"):
        c = harness.Company(server=server, as_of=late, refdata=small.REFDATA)
        if who == "loader":
            c.run("db", "roles", check=DONE)
        files(c)
        equal(history(c.run if who == "owner" else lambda *args, c=c: closers.run_as(c, "etl", *args, as_of=late)), [],
              f"the {who} loads, takes back, supersedes, reconciles and spends two nights")
        held[who] = c.content()
        held[who]["partitions"] = c.psql("select relname from pg_class where relname ~ '^line_' and relkind in ('r', 'p') order by 1")
        # What digests are made of are transactions and identifiers.
        held[who].update({"recon.exact_state": [], "recon.result": c.psql("select period, result_id, line_total_usd from recon.result order by 1")})
        held[who]["statistics"] = c.psql("select schemaname, tablename, count(*) from pg_stats where schemaname in ('gateway', 'provider', 'ref', 'recon') "
                                         "group by 1, 2 order by 1, 2")
    difference = harness.differences(held["loader"], held["owner"])
    ok(not difference, "both leave the same", difference)
    equal(c.psql("select count(*) from provider.delivery where lines_dropped_at is not null and superseded_by is not null"), [("0",)], "nothing is dropped before its time")
    c.as_of = later = "2028-01-29T12:00:00Z"
    r = closers.run_as(c, "etl", "nightly", as_of=later)
    ok(r.code == DONE and int(c.value("select count(*) from provider.delivery where lines_dropped_at is not null")) >= 2, "a night drops what was superseded long ago", r.stderr)
    equal(c.psql("select relname from pg_class where relname ~ '^line_\\d{4}_\\d\\d_\\d' and relkind = 'r'") != held["loader"]["partitions"], True, "bills of their own as tables")
    equal(c.psql("select distinct pg_get_userbyid(relowner) from pg_class where relnamespace in ('provider'::regnamespace, 'recon'::regnamespace)"), [("closebook_owner",)],
          "a loader's partitions are not the loader's")
    for statement in ("delete from provider.line_fact", "update provider.delivery set cost = 0", "truncate gateway.event", "drop table provider.line_2026_10",
                      "delete from ops.quarantine", "update ops.file set digest = ''"):
        r = harness.execute(["psql", "-X", "-d", closers.uri_of(c, "etl"), "-c", statement])
        ok(r.code != 0 and ("permission denied" in r.stderr or "must be owner" in r.stderr), f"{statement}: refused", r.stderr)
    frozen = c.psql("select count(*) from provider.line_fact where xmin <> pg_current_xact_id()::xid")
    facts = c.counts()
    script = ("begin; select provider.take_back(array(select file_id from ops.file), '{}'); commit",
              "select provider.take_back(array(select generate_series(1000, 2000)::bigint), array(select generate_series(1000, 2000)::bigint))")
    for statement in script:
        harness.execute(["psql", "-X", "-d", closers.uri_of(c, "etl"), "-c", statement])
    equal((c.counts(), c.psql("select count(*) from provider.line_fact where xmin <> pg_current_xact_id()::xid")), (facts, frozen), "nobody takes back what was committed")
    # Rows that were never recorded, and yet are another transaction's.
    c.psql("insert into gateway.event (request_id, \"timestamp\", provider, file_id, row_no) values ('orphan', '2026-10-05Z', 'mistral', 5000, 1)")
    c.psql("insert into provider.line_fact values ('#orphan', 5000, 5000, 1, 1, 16, '2026-10', '2026-10-05Z', '2026-10-06Z', 1, 1)")
    r = harness.execute(["psql", "-X", "-d", closers.uri_of(c, "etl"), "-c", "select provider.take_back('{5000}', '{5000}')"])
    equal((r.code, c.value("select count(*) from gateway.event where file_id = 5000"), c.value("select count(*) from provider.line_fact where delivery_id = 5000")),
          (0, "1", "1"), "not even where no file is recorded", r.stderr)
    forged(c)
    harness.done()


def forged(_):
    """What the loader writes into results between reconcile and freeze."""
    for name, statement, why in (
            ("a posting", "update recon.posting set usage_billed = usage_billed + 1", "attributed"),
            ("a posting moved to another provider", "update recon.posting set provider = 'openai' where usage_billed <> 0", "attributed"),
            ("a line added beside the delivery", "insert into provider.line_fact select '#x', delivery_id, 99, 1, 1, 16, period, bucket_start, bucket_end, 1, 5 from provider.delivery", "add up"),
            ("a sum of lines", "insert into provider.line_sum select delivery_id, 1, 1, period, bucket_start, bucket_end, true, 1, 5, 1 from provider.delivery", "add up")):
        c = closers.company(server)
        r = harness.execute(["psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", closers.uri_of(c, "etl"), "-c", statement])
        if r.code != 0:
            diag(r.stderr)
        r = closers.step(c, "paula", "freeze")
        ok(r.code == harness.CONTROL and why in r.stderr, f"{name}, written by the loader, does not get through a freeze", r.stderr + r.stdout)


main()
