#!/usr/bin/env python3
"""Nights: what they tell, measured against the last night whoever reconciled in between; files that gave nothing; and the
name under which they hold the lock."""
import re

import harness
import small_company as small
from harness import DONE, INPUT, Company, Session, equal, ok

PERIOD = small.PERIOD
CONFIG = "sources:\n  - {name: gateway, type: events, uri: events}\n  - {name: bill, type: usage-csv, uri: bill}\nlanding_dir: landing\n"

c = Company(config=CONFIG, refdata=small.REFDATA, as_of="2026-11-03T05:00:00Z")
for name, text in small.files().items():
    if not name.startswith("restated"):
        c.write(name, text)
(c.folder / "landing").mkdir()

# ---- News ----

c.run("ingest", "events", "bill", check=DONE)
c.run("reconcile", "--period", PERIOD, check=DONE)
first = c.run("nightly")
ok(first.code == DONE and re.fullmatch(rf"{PERIOD}: in breach: \S.* \({c.folder}/out/{PERIOD}\)\n", first.stdout),
   "the first night tells what is wrong, although it was reconciled before", first.stdout + first.stderr)
equal(c.run("nightly").stdout, "", "the second one has no news")
c.run("reconcile", "--period", PERIOD, check=DONE)
equal(c.run("nightly").stdout, "", "nor after a reconciliation in between")

c.write("landing/lost.csv", small.bill_csv([small.other_day(26, "700.00", account_id="ws-9")]))
c.run("ingest", "landing", check=DONE)
c.run("reconcile", "--period", PERIOD, check=DONE)
news = c.run("nightly")
ok(news.stdout.count("\n") == 1 and "in breach: " in news.stdout and "unattributed" in news.stdout and news.stdout != first.stdout,
   "what a reconciliation in between has found is news", news.stdout + news.stderr)
equal(c.run("nightly").stdout, "", "once")
with open("/dev/full", "wb") as full:
    c.psql("delete from ops.told")
    c.run("nightly", stdout=full)
equal(c.run("nightly").stdout, news.stdout, "what could not be written counts as not told")

# ---- Files that gave nothing ----

c.write("landing/odd.csv", "a,b\n1,2\n")
r = c.run("nightly")
equal(r.code, INPUT, "a file that gives nothing decides the exit code", r.stderr)
ok("1 file gave nothing" in r.stderr, "and is counted", r.stderr)
equal(r.stdout, f"2026-11: unknown_format (1) ({c.folder}/out/2026-11)\n", "it belongs to the month in which it was tried, which has no data")
ok("odd.csv" in c.out("2026-11", "exceptions.csv"), "whose files name it")
listed = c.run("exceptions", "list", "--period", "2026-11")
ok(listed.code == DONE and "unknown_format" in listed.stdout, "and so does the listing", listed.stdout + listed.stderr)
equal(c.run("nightly").stdout, "", "the next night only names it on stderr")
r = c.run("nightly", as_of="2026-12-01T05:00:00Z")
equal(r.stdout, f"2026-12: unknown_format (1) ({c.folder}/out/2026-12)\n", "in the next month it belongs to that one")
ok("odd.csv" not in c.out("2026-11", "exceptions.csv"), "and no longer to the one before")
(c.folder / "landing" / "odd.csv").write_text(small.bill_csv([small.other_day(27, "0.10")]))
equal(c.run("nightly", as_of="2026-12-02T05:00:00Z").code, DONE, "mended, it is loaded")
equal(c.out("2026-12", "exceptions.csv").count("\n"), 1, "and its exception goes")

c.write("events/bad.jsonl", small.events_json([small.event(1, request_id="")]))
c.run("nightly", as_of="2027-01-05T05:00:00Z", check=DONE)
ok("malformed_row" in c.out("2027-01", "exceptions.csv"), "so do the rows of a file without a readable one")

# ---- The lock ----

blocker = Session(c.uri, "begin", "lock table ref.team in access exclusive mode")
night = c.start("nightly")
ok(harness.wait_for(lambda: c.value("select count(*) from pg_stat_activity where application_name like 'closebook %' and wait_event_type = 'Lock'") == "1"),
   "a night waits while it applies reference data")
r = c.run("ingest", "bill")
ok(f"another run holds the lock: closebook nightly (process {night.pid})" in r.stderr, "it holds the lock under its own name", r.stderr)
blocker.release()
night.communicate()
holder = Session(c.uri, "select pg_advisory_lock(1668047467, 1)")
equal(c.run("refdata", "apply").code, harness.BUSY, "refdata apply waits its turn too")
holder.release()

harness.done()
