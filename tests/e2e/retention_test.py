#!/usr/bin/env python3
"""How long the lines of superseded bills stay: whole bills go as tables, days among others row by row, after retention_days
and not before; what is current, young or history stays, and no result changes."""
import json
import time

import harness
import small_company as small
from harness import DONE, Company, Session, equal, ok

PERIOD = small.PERIOD
CONFIG = "sources:\n  - {name: aws, type: aws-cur, uri: aws}\n  - {name: bill, type: usage-csv, uri: bill}\n"
RESULTS = ("variance.csv", "exceptions.csv", "journal.csv")
TABLES = "select string_agg(relname, ' ' order by relname collate \"C\") from pg_class where relname ~ '^line_2026_10_[0-9]+$' and relkind = 'r'"
LINES = "select string_agg(distinct delivery_id::text, ' ') from provider.line_fact"
SUMS = "select string_agg(distinct delivery_id::text, ' ') from provider.line_sum"
ATTRIBUTES = "select string_agg(distinct file_id::text, ' ') from provider.line_attribute"
HISTORY = ("select (select count(*) from ops.file) || ' ' || (select count(*) from provider.delivery_file) || ' ' || count(*) || ' ' || sum(line_count) "
           "|| ' ' || trim_scale(sum(cost)) from provider.delivery")
DROPPED = "select coalesce(string_agg(delivery_id::text, ' ' order by delivery_id), 'none') from provider.delivery where lines_dropped_at is not null"


def night(c, as_of, *more):
    return c.run("-v", "nightly", *more, as_of=as_of)


def results(c):
    return [c.out(PERIOD, name) for name in RESULTS]


def said(r):
    return [line for line in r.stderr.splitlines() if "dropped" in line]


# ---- A CUR restated twice; a file of two days, of which one is restated ----

c = Company(config=CONFIG, refdata=small.REFDATA)
for day, files in ((4, {"aws/1/cur-1.csv": small.cur([10], [3]), "bill/1.csv": small.bill_csv([small.other_day(15), small.other_day(16, "2.00")])}),
                   (5, {"aws/2/cur-1.csv": small.cur([12]), "bill/2.csv": small.bill_csv([small.other_day(15, "4.00")])}),
                   (10, {"aws/3/cur-1.csv": small.cur([11])})):
    for name, text in files.items():
        c.write(name, text)
    equal(night(c, f"2026-11-{day:02d}T05:00:00Z").code, DONE, f"the night of the {day}th")
equal(c.psql("select delivery_id, coalesce(superseded_by::text, ''), line_count, trim_scale(cost) from provider.delivery order by 1"),
      [("1", "4", "2", "13"), ("2", "5", "1", "1"), ("3", "", "1", "2"), ("4", "6", "1", "12"), ("5", "", "1", "4"), ("6", "", "1", "11")],
      "deliveries 1, 2 and 4 are superseded")
equal(c.value(TABLES), "line_2026_10_1 line_2026_10_4 line_2026_10_6", "each bill has a table of its own")

r = night(c, "2027-02-03T05:00:00Z")
equal((said(r), c.value(DROPPED)), ([], "none"), "90 days after, everything is there", r.stderr)
before, history = results(c), c.value(HISTORY)

reader = Session(c.uri, "begin", "select count(*) from provider.line_fact")
start = time.monotonic()
r = night(c, "2027-02-03T05:00:01Z")
ok(r.code == DONE and len(said(r)) == 1 and "being read" in said(r)[0], "a night does not fail because somebody reads what is due", r.stderr)
ok(time.monotonic() - start < 15 and c.value(DROPPED) == "none", "nor does it wait long for it")
reader.release()

r = night(c, "2027-02-03T05:00:01Z")
ok(r.code == DONE and len(said(r)) == 1 and "dropped 3 lines of 2 deliveries that were superseded more than 90 days ago" in said(r)[0],
   "later than 90 days after, a night drops them and says so in one line", r.stderr)
equal(c.value(DROPPED), "1 2", "of what is current, or was superseded later, nothing")
equal(c.value(TABLES), "line_2026_10_4 line_2026_10_6", "the bill's table is gone")
equal(c.value(LINES), "3 4 5 6", "and the day's lines")
equal(c.value(SUMS), "3 4 5 6", "and their sums")
equal(c.value(ATTRIBUTES), " ".join(sorted(n for (n,) in c.psql("select distinct file_id from provider.line_fact"))),
      "and attributes, but those of a file of which another day is current")
equal(c.value(HISTORY), history, "files and deliveries are history")
equal(results(c), before, "results are what they were")
c.run("reconcile", "--again", "--period", PERIOD, as_of="2027-02-03T05:00:01Z", check=DONE)
c.run("report", "--period", PERIOD, as_of="2027-02-03T05:00:01Z", check=DONE)
equal(results(c), before, "also when they are computed again")
ok("restated_delivery" in before[1], "among them that bills were restated")

listed = json.loads(c.run("exceptions", "list", "--period", PERIOD, "--code", "restated_delivery", "--json", check=DONE).stdout)
told = "".join(c.run("explain", one["exception_id"], check=DONE).stdout for one in listed)
ok("2 lines and 13.00 became 1 lines and 12.00; the lines of delivery 1 were dropped 90 days after" in told, "explain says that lines were dropped", told)
ok("the lines of delivery 2 were dropped 90 days after" in told and "delivery 4 were dropped" not in told, "of which deliveries", told)

equal(said(night(c, "2027-02-03T05:00:02Z")), [], "the next night has nothing to drop")
r = night(c, "2027-03-01T05:00:00Z", "--summary")
ok(len(said(r)) == 1 and c.value(DROPPED) == "1 2 4" and c.value(TABLES) == "line_2026_10_6", "until the next bill is due", r.stderr)

# ---- The same bytes again ----

r = c.run("ingest", "aws/1")
ok("superseded since (--again brings it back)" in r.stderr and c.value(LINES) == "3 5 6", "a file whose lines were dropped is known", r.stderr)
c.run("ingest", "--again", "aws/1", as_of="2027-03-02T05:00:00Z", check=DONE)
equal(c.psql("select l.delivery_id, l.cost, d.superseded_by is null from provider.line l join provider.delivery d using (delivery_id) where l.provider = 'bedrock' "
             "order by 1, 2"), [("6", "11", "f"), ("7", "3", "t"), ("7", "10", "t")], "and loads again on purpose")
equal(c.value(DROPPED), "1 2 4", "as a delivery of its own")

# ---- Kept forever, or not for a day; a bill that has become empty ----

for days, dropped in (("forever", "none"), ("0", "1")):
    c = Company(config=f"{CONFIG}retention_days: {days}\n", refdata=small.REFDATA)
    c.write("aws/1/cur-1.csv", small.cur([10]))
    c.write("bill/1.csv", small.bill_csv([]))
    night(c, "2026-11-04T05:00:00Z")
    c.write("aws/2/cur-1.csv", small.cur([99, "", "AmazonEC2"]))
    c.run("ingest", "aws/2", as_of="2026-11-05T05:00:00Z", check=DONE)
    night(c, "2036-11-05T05:00:01Z")
    equal(c.value(DROPPED), dropped, f"retention_days: {days}, ten years later")
    equal(c.psql("select provider, trim_scale(amount_usd) from recon.exception where code = 'restated_delivery'"), [("bedrock", "-10")],
          "that a bill has become empty is the same provider's exception as ever")

harness.done()
