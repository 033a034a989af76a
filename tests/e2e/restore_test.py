#!/usr/bin/env python3
"""A database that was restored into another cluster, whose transactions count anew, while it held rows of a gateway that
the roll-up had not seen: they are seen. (pg_dump carries the columns xid and snapshot as they are; here they are moved.)
"""
import json

import harness
import reckon
from case_company import LINE_COLUMNS, REFDATA, csv_text, event, named, price_list
from harness import DONE, equal, ok

COLUMNS = 'request_id, "timestamp", provider, model, team_id, service, environment, input_tokens, computed_cost_usd, billing_rule_version, row_no'
NEW = f"insert into gateway.event ({COLUMNS}) values ('c', '2026-10-05T11:00Z', 'cohere', 'small', 't2', 's2', 'prod', 1000000, 2, 'pl', 0)"
REPEAT = f"insert into gateway.event ({COLUMNS}) values ('a', '2026-10-05T10:00Z', 'mistral', 'small', 't1', 's1', 'prod', 1000000, 2, 'pl', 1)"
FAR = """update gateway.event set xid = xid + 1000000;
         update recon.rollup_state set snapshot = format('%s:%s:', x, x)::pg_snapshot
           from (select pg_snapshot_xmax(snapshot)::text::bigint + 1000000 as x from recon.rollup_state) s"""


def company():
    """A bill that names an event and, of another provider, one that there is not yet."""
    c = harness.Company(config="sources:\n  - {name: gateway, type: events, uri: gateway}\n  - {name: bill, type: usage-csv, uri: bill}\n",
                        refdata={**REFDATA, "prices.csv": price_list()})
    c.write("gateway/e.jsonl", json.dumps(event("a", "10:00:00", input_tokens=1000000, computed_cost_usd="2")) + "\n")
    c.write("bill/b.csv", csv_text(LINE_COLUMNS, [named("a", "10:00:00", "2", "input", 1000000),
                                                  {**named("c", "11:00:00", "3", "input", 1000000), "provider": "cohere"}]))
    for source in ("gateway", "bill"):
        c.run("ingest", "--source", source, source, check=DONE)
    c.run("reconcile", "--period", "2026-10", check=DONE)
    return c


def result(c):
    r = c.run("reconcile", "--period", "2026-10")
    ok(r.code == DONE, "it is reconciled", r.stderr)
    c.run("-q", "report", "--period", "2026-10")
    return c.out("2026-10", "variance.csv") + c.out("2026-10", "exceptions.csv")


for name, row in (("the first event of a provider", NEW), ("a repeat of an event", REPEAT)):
    plain, moved, elsewhere = company(), company(), company()
    for c in (plain, moved, elsewhere):
        c.psql(row)
    wanted = result(plain)
    moved.psql(FAR)
    got = result(moved)
    equal(got, wanted, f"{name}, restored where transactions count from less", reckon.differing_rows(got, wanted))
    elsewhere.psql("update recon.rollup_state set cluster_id = '1', snapshot = pg_current_snapshot()")
    got = result(elsewhere)
    equal(got, wanted, f"{name}, restored where they have counted past the old snapshot", reckon.differing_rows(got, wanted))

# A gateway may write times that are no period's, and request ids like those that the loader gives lines without one.
c = company()
c.psql(NEW.replace("'c'", "'old'").replace("2026-10-05T11:00Z", "1969-12-31T23:30Z"))
ok(c.run("nightly").code == DONE, "an event before 1970 does not stop the night")
c = harness.Company(config="sources:\n  - {name: bill, type: usage-csv, uri: bill}\n", refdata={**REFDATA, "prices.csv": price_list()})
c.write("bill/b.csv", csv_text(LINE_COLUMNS, [{**named("", "10:00:00", "2", "input", 1000000), "request_id": None, "usage_end": "2026-10-05T11:00:00Z"},
                                              named("a", "10:00:00", "3", "input", 1000000), named("nobody", "10:00:00", "7", "input", 1000000)]))
for i in range(9):
    c.psql(NEW.replace("'c', '2026-10-05T11:00Z', 'cohere'", f"'#{i // 3 + 1}:{i % 3 + 1}', '2026-10-05T10:30Z', 'mistral'"))
c.run("ingest", "--source", "bill", "bill", check=DONE)
ok(c.run("reconcile", "--period", "2026-10").code == DONE, "a request called like a line's own name is not taken for the line's", c.run("reconcile", "--period", "2026-10").stderr)
harness.done()
