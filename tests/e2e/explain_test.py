#!/usr/bin/env python3
"""Explanations stay true when what they are looked up in has changed, list what there is, and say what follows."""
import decimal
import json
import re

import harness
import small_company as small
from harness import DONE, Company, equal, ok

PERIOD, AS_OF = small.PERIOD, small.AS_OF


def company(**refdata):
    c = Company(refdata={**small.REFDATA, **refdata}, as_of=AS_OF)
    for name, text in small.files().items():
        c.write(name, text)
    for paths in small.INGESTS:
        c.run("ingest", *paths, check=DONE)
    c.run("reconcile", "--period", PERIOD, check=DONE)
    return c


def answer(c, *args):
    return json.loads(c.run("explain", *args, "--json", check=DONE).stdout)["answers"][0]


def bucket_that(c, condition):
    return f"{PERIOD}/bucket/" + c.value(f"select bucket_no from recon.bucket where {condition} order by bucket_no limit 1")


# ---- After refdata apply ----

c = company()
bucket = bucket_that(c, "cost_usd > 0 and billed_quantity >= metered_quantity and metered_quantity > 0")
before = answer(c, bucket)
equal(before["outdated"], [], "what was just reconciled is not outdated")
ok(before["lines"] and before["groups"], "a bucket has lines, and bearers")
c.write("refdata/prices.csv", small.REFDATA["prices.csv"].replace("mistral-small-4", "mistral-small"))
c.write("refdata/models.csv", "provider,alias,model\nmistral,mistral-small-4,mistral-small\nmistral,mistral-small-latest,mistral-small\n")
applied = c.run("refdata", "apply", check=DONE)
ok("older reference data until `closebook reconcile` or `nightly` runs again: 2026-10" in applied.stderr, "refdata apply names the months to reconcile again",
   applied.stderr)
after = answer(c, bucket)
equal((after["lines"], after["groups"]), (before["lines"], before["groups"]), "a new name of its model loses neither its lines nor their bearers")
ok(len(after["outdated"]) == 1 and after["outdated"][0].startswith("Reference data was applied after"), "and the explanation says that it is outdated",
   after["outdated"])
for args in (("2026-10/sales",), ("CB-2026-10-A-DRAFT",), ("CB-2026-10-A-DRAFT/1",)):
    ok(answer(c, *args)["outdated"], f"so does that of {args[0]}")
c.run("reconcile", "--period", PERIOD, check=DONE)
equal(answer(c, "2026-10/sales")["outdated"], [], "until it is reconciled again")
equal(c.run("refdata", "apply").stderr, "", "the same reference data again is no news")

bucket = bucket_that(c, "cost_usd > 0 and metered_quantity = 0")
c.write("refdata/models.csv", "provider,alias,model\n")
c.write("refdata/prices.csv", small.REFDATA["prices.csv"])
c.run("refdata", "apply", check=DONE)
gone = c.run("explain", bucket, check=DONE).stdout
ok("None is found any more" in gone and "owners of its lines" in gone, "lines that are not found any more: said to be so, and still borne", gone)
for (number,) in c.psql("select bucket_no from recon.bucket order by bucket_no"):
    head = answer(c, f"{PERIOD}/bucket/{number}")
    equal(sum(decimal.Decimal(g["billed_usd"]) for g in head["groups"]), decimal.Decimal(head["bucket"]["cost_usd"]),
          f"bucket {number}: who bears it adds up to its cost", head["groups"])

c.write("restated/again.csv", small.bill_csv([small.other_day(30, "0.09", account_id="ws-9")]))
c.run("ingest", "restated/again.csv", check=DONE)
ok(any(text.startswith("Bills of this month were loaded after") for text in answer(c, "2026-10/sales")["outdated"]), "a later bill makes it outdated too")

# ---- An instant ----

c = company()
c.write("instant.csv", small.bill_csv([{**small.other_day(25, "4.00"), "usage_end": small.other_day(25)["usage_start"]}]))
c.run("ingest", "instant.csv", check=DONE)
c.run("reconcile", "--period", PERIOD, check=DONE)
said = c.run("explain", bucket_that(c, "usage_start = usage_end"), check=DONE).stdout
ok("usage_end is exclusive" in said, "a bucket of an instant says why no event is in it", said)

# ---- A business unit ----

plain = Company(refdata=small.REFDATA, as_of=AS_OF)
calls = [small.event(i, account_id="ws-1") for i in range(4)]
plain.write("events.jsonl", small.events_json(calls))
plain.write("bill.csv", small.bill_csv([line for call in calls for line in small.call_lines(call)]))
plain.run("ingest", "events.jsonl", "bill.csv", check=DONE)
plain.run("reconcile", "--period", PERIOD, check=DONE)
said = plain.run("explain", "2026-10/sales", check=DONE).stdout
ok("the other" not in said and re.search(r"^  exact +all 2 ", said, re.M), "where nothing differs the steps are listed", said)
ok("takes the ids above" not in said, "and no ids are promised", said)
sources = answer(plain, "2026-10/sales")["sources"]
ok(len(sources) > 1 and all(row["step"] != "total" and row["usage_class"] for row in sources), "in JSON every part stands for itself", sources)
said = c.run("explain", "2026-10/sales", check=DONE).stdout
ok(re.search("takes the ids above: buckets.*exceptions", said), "where there are ids, their kinds are named", said)
c.psql("update recon.bucket set cost_usd = cost_usd * 100000 where bucket_no = 1")
ok(re.search(r"cost C in USD +\d{1,3},\d{3}", c.run("explain", "2026-10/bucket/1", check=DONE).stdout), "thousands are set apart")
harness.done()
