#!/usr/bin/env python3
"""Command lines: what is refused names what there is; global options stand anywhere; what only reads creates no database;
JSON has one set of types in all listings."""
import decimal
import json
import re

import harness
import small_company as small
from harness import DONE, FINDINGS, USAGE, Company, equal, ok

PERIOD, AS_OF = small.PERIOD, small.AS_OF
company = Company(refdata=small.REFDATA, as_of=AS_OF,
                  config="sources:\n  - {name: gateway, type: events}\n  - {name: bills, type: usage-csv}\n")
for name, text in small.files().items():
    company.write(name, text)
for paths in small.INGESTS:
    company.run("ingest", *paths, check=DONE)
company.run("reconcile", "--period", PERIOD, check=DONE)


def refused(says, *args, code=USAGE, c=company):
    r = c.run(*args)
    ok(r.code == code and re.search(says, r.stderr, re.S), f"{' '.join(args)}: refused, and why", f"{r.code} {r.stderr}")


# ---- Names that are not known ----

for command in (("exceptions", "list"), ("exceptions", "list", "--check"), ("journal",), ("variance",), ("report",)):
    refused("period 2025-01 has not been reconciled\nhint: closebook reconcile --period 2025-01", *command, "--period", "2025-01")
LIST = ("exceptions", "list", "--period", PERIOD)
refused("no exception code or class unmettered_usage\nhint: did you mean unmetered_usage", *LIST, "--code", "unmettered_usage")
refused("no exception code or class zzz\nhint: there are attribution, .*, …$", *LIST, "--code", "zzz")
refused("no status closed\nhint: there are open, acknowledged, resolved, waived", *LIST, "--status", "closed")
refused("no business unit in 2026-10 called nosuch\nhint: there are research, sales, unattributed", *LIST, "-b", "nosuch")
VARIANCE = ("variance", "--period", PERIOD)
refused("called seals\nhint: did you mean sales", *VARIANCE, "--by", "team", "-b", "seals")
refused("called TOTAL", *VARIANCE, "-b", "TOTAL")
rows = json.loads(company.run(*VARIANCE, "-b", "sales", "--json", check=DONE).stdout)
equal([row["business_unit"] for row in rows], ["sales"], "variance -b shows that row only")
equal(company.run(*VARIANCE, "--check", "-b", "research").code, DONE, "and checks that one only")
equal(company.run(*VARIANCE, "--check").code, FINDINGS, "while another one is in breach")
refused("2026-10 is the whole month\nhint: `closebook variance --period 2026-10`", "explain", "2026-10")
refused("2026-10/TOTAL is the whole month\nhint: `closebook variance --period 2026-10`", "explain", "2026-10/TOTAL")
refused("called nosuch\nhint: there are research, sales, unattributed", "explain", "2026-10/nosuch")
refused("2025-01 has not been reconciled", "explain", "2025-01/sales")
refused("no bucket 999999 in 2026-10", "explain", "2026-10/bucket/999999")
refused("nothing is known of call-none", "explain", "call-none")
refused("--csv or --json, not both", "journal", "--period", PERIOD, "--csv", "--json")
refused("has no source nosuch\nhint: its sources are gateway, bills", "ingest", "events", "--source", "nosuch")

# ---- Files of which nothing can be made ----

(company.folder / "nothing").mkdir()
r = company.run("ingest", "nothing")
ok(r.code == DONE and "nothing: there are no files in it" in r.stderr, "an empty folder is worth a warning", r.stderr)
company.write("empty.csv", "")
refused("empty.csv: the file is empty\nhint: fetch it again", "ingest", "empty.csv", code=harness.INPUT)
company.write("semi.csv", small.bill_csv([small.other_day(28)]).replace(",", ";"))
refused("semi.csv: .*\nhint: its columns are separated by semicolons", "ingest", "semi.csv", code=harness.INPUT)

# ---- Global options ----

where = ["--db", company.uri, "-c", company.config]
for argv in (["variance", *where, "--period", PERIOD], ["variance", "--period", PERIOD, "-v", *where, "--as-of", AS_OF],
             [*where[:2], "variance", *where[2:], "--period", PERIOD, "-q"]):
    r = harness.execute([harness.BINARY, *argv], cwd="/")
    equal((r.code, r.stdout), (DONE, company.run(*VARIANCE).stdout), f"{' '.join(map(str, argv))}", r.stderr)
r = harness.execute([harness.BINARY, "-c", company.folder, *VARIANCE])
ok(r.code == harness.CONFIG and f"is a folder, and no configuration file\nhint: name the file: {company.folder}/closebook.yaml" in r.stderr,
   "-c with a folder says so", r.stderr)

# ---- Reconciling next to nothing ----

r = company.run("reconcile", "--period", "2030-01")
ok(r.code == DONE and "warning: no lines and no events in 2030-01\nhint: there are some in 2026-10" in r.stderr,
   "a month without data is reconciled with a warning", r.stderr)
equal(company.run("reconcile", "--period", PERIOD).stderr, "", "one with data without")
bare = Company(as_of=AS_OF)
bare.write("events.jsonl", small.events_json([small.event(1)]))
bare.run("ingest", "events.jsonl", check=DONE)
r = bare.run("reconcile", "--period", PERIOD)
ok(r.code == DONE and "warning: no reference data has been applied" in r.stderr and "hint: `closebook refdata apply" in r.stderr,
   "without reference data there is a warning", r.stderr)

# ---- No database yet ----

READING = (("variance", "--period", PERIOD), LIST, ("journal", "--period", PERIOD), ("report", "--period", PERIOD), ("explain", "2026-10/sales"),
           ("refdata", "show"), ("db", "status"))
fresh = harness.temporary_folder()
(fresh / "closebook.yaml").write_text("state_dir: state\n")
for args in READING:
    r = harness.execute([harness.BINARY, *args], cwd=fresh)
    ok(r.code == USAGE and f"no database yet in {fresh}/state\nhint: `closebook init` creates one" in r.stderr,
       f"{' '.join(args)} without a database: says so", f"{r.code} {r.stderr}")
ok(not (fresh / "state").exists(), "and creates none")
r = harness.execute([harness.BINARY, "reconcile", "--period", PERIOD], cwd=fresh)
ok(r.code == DONE and f"creating a database in {fresh}/state" in r.stderr, "what does create one says where", r.stderr)
r = harness.execute([harness.BINARY, "db", "stop"], cwd=fresh)
r = harness.execute([harness.BINARY, "db", "status"], cwd=fresh)
ok(r.code == DONE and "not running" in r.stdout and re.search("^schema +not known", r.stdout, re.M), "status of a stopped server", r.stdout)

# ---- JSON ----

INTEGERS = re.compile(r"^(count|lines?|line_no|occurrences|exceptions|breaches|events|buckets|delivery_id|deliveries|superseded|bytes|refdata_id|rows|"
                      r"in_force|rows_\w+|\w*input_tokens|output_tokens|logged|metered|source_line|above_input_tokens|data_bytes|memory_mb|process|migrations_\w+)$")
BOOLEANS = {"ties", "enforced", "running"}
AMOUNTS = re.compile(r"_(usd|pct)$|^(debit|credit|cost|quantity|billed_quantity|metered_quantity|per_units)$")


def faults(value, path=""):
    if isinstance(value, dict):
        for name, member in value.items():
            here = f"{path}.{name}"
            if member is None or isinstance(member, (dict, list)):
                yield from faults(member, here)
            elif INTEGERS.match(name) and not (isinstance(member, int) and not isinstance(member, bool)):
                yield f"{here} is {member!r}, and no integer"
            elif name in BOOLEANS and not isinstance(member, bool):
                yield f"{here} is {member!r}, and no boolean"
            elif AMOUNTS.search(name) and not (isinstance(member, str) and decimal.Decimal(member).is_finite()):
                yield f"{here} is {member!r}, and no exact amount"
            elif not INTEGERS.match(name) and name not in BOOLEANS and not isinstance(member, str):
                yield f"{here} is {member!r}"
            elif member == "":
                yield f"{here} is empty, and not null"
    elif isinstance(value, list):
        for i, one in enumerate(value):
            yield from faults(one, f"{path}[{i}]")
    elif isinstance(value, float):
        yield f"{path} is {value!r}, a floating-point number"


company.write("refdata/budgets.csv", "budget_id,entity_type,entity_id,period,limit_usd,alert_thresholds,enforced,tier,owner\n"
                                     "b1,business_unit,sales,2026-10,100,50;80,true,,\n")
company.run("refdata", "apply", check=DONE)
company.run("reconcile", "--period", PERIOD, check=DONE)
company.run("report", "--period", PERIOD, check=DONE)
exceptions = json.loads(company.run(*LIST, "--json", check=DONE).stdout)
listings = [("variance", "--period", PERIOD), ("variance", "--period", PERIOD, "--by", "team,service,provider,model,class,environment"), LIST,
            ("journal", "--period", PERIOD), ("refdata", "show"), ("reconcile", "--period", PERIOD), ("ingest", "events", "empty.csv"),
            ("explain", "2026-10/sales"), ("explain", "2026-10/unattributed"), ("explain", "2026-10/bucket/1"), ("explain", "call-00003"),
            ("explain", "CB-2026-10-A-DRAFT"), ("explain", "CB-2026-10-A-DRAFT/1"), ("exceptions", "show", exceptions[0]["exception_id"]),
            ("db", "status")]
listings += [("refdata", "show", table) for table in ("business_units", "teams", "services", "models", "prices", "owners", "allocations", "accounts",
                                                     "budgets", "fx")]
listings += [("explain", row["exception_id"]) for row in exceptions]
for listing in listings:
    found = list(faults(json.loads(company.run(*listing, "--json").stdout)))
    ok(not found, f"{' '.join(listing)} --json: types", "\n".join(found[:20]))
for name in ("summary.json", "manifest.json"):
    found = list(faults(json.loads(company.out(PERIOD, name))))
    ok(not found, f"{name}: types", "\n".join(found[:20]))
equal(json.loads(company.run("reconcile", "--period", PERIOD, "--json", check=DONE).stdout), json.loads(company.out(PERIOD, "summary.json")),
      "reconcile --json says what summary.json says")
detail = json.loads(company.run("variance", "--period", PERIOD, "--by", "team", "--json", check=DONE).stdout)
causes = ("rating", "rate", "quantity", "unbilled", "unmetered", "timing", "rounding")
ok(all(decimal.Decimal(row["variance_usd"]) == sum(decimal.Decimal(row[f"{cause}_usd"]) for cause in causes) for row in detail),
   "below the business unit, the seven causes add up too")
harness.done()
