#!/usr/bin/env python3
"""Action items keep their first date from week to week, are closed when their matter is gone, and opened again when it comes back."""
import csv
import io
import json

import evidence_company as company_of
import harness
from evidence_company import PERIOD
from harness import DONE, FINDINGS, USAGE, equal, ok

WEEKS = [f"2026-{day}T06:00:00Z" for day in ("11-02", "11-09", "11-16", "11-23", "11-30", "12-07", "12-14")]


def weekly(c, week, *args):
    r = c.run("weekly", "--json", *args, as_of=WEEKS[week])
    if not ok(r.code == DONE, f"weekly of {WEEKS[week][:10]}", r.stderr):
        return {}
    return {i["item_key"]: i for i in json.loads(r.stdout)["items"]}


def brief(item, *names):
    return tuple(item[n] for n in names or ("status", "opened", "age_days")) if item else None


def main():
    c = company_of.company()
    breach = f"{PERIOD}/sales/unsigned_variance"
    first = weekly(c, 0)
    equal(brief(first.get(breach), "status", "opened", "age_days", "owner_login", "owner_email", "severity"),
          ("open", "2026-11-02", 0, "sally", "sally@example.com", "error"), "a breach is its owner's item")
    equal({i["owner_login"] for i in first.values() if i["business_unit"] == "unattributed"}, {"closebook_approver"}, "what nobody owns is the approver's")
    equal({i["owner_login"] for i in first.values() if i["business_unit"] is None}, {"closebook_loader"}, "what is wrong with files is the loader's")
    due = {f"{PERIOD}/{unit}/{code}" for unit, code in c.psql(f"select distinct business_unit, code from recon.exception where period = '{PERIOD}' "
                                                              "and severity <> 'info' and code <> 'threshold_breach'")}
    equal(set(first), due | {breach}, "and there is one for each code that a business unit has to act on")
    ok((c.folder / f"out/{PERIOD}/variance.csv").exists(), "the variance report is published")
    rows = list(csv.DictReader(io.StringIO((c.folder / "out/weekly/2026-W45.csv").read_text())))
    equal({r["item_key"] for r in rows}, set(first), "the week's file lists them")

    summary = json.loads(c.out(PERIOD, "summary.json"))
    equal({i["item_key"] for i in summary["action_items"]}, set(first), "so does the month's summary")

    equal(brief(weekly(c, 1).get(breach)), ("open", "2026-11-02", 7), "a week later it is the same item, and older")
    equal(c.run("weekly", "--check", as_of=WEEKS[1]).code, DONE, "nothing is overdue after seven days")
    r = c.run("weekly", "--check", "--overdue-days", "6", as_of=WEEKS[1])
    equal(r.code, FINDINGS, "unless fewer are allowed")
    ok("sally@example.com" in r.stdout and "unsigned_variance" in r.stdout and "out/weekly/2026-W46.csv" in r.stdout, "the text names owner, matter and file", r.stdout)
    equal(c.run("weekly", "-q", as_of=WEEKS[1]).stdout, "", "-q prints nothing")
    equal(c.run("weekly", "--check", as_of=WEEKS[3]).code, FINDINGS, "after 21 days it is overdue")
    for bad in (("--overdue-days", "-1"), ("--overdue-days", "x"), ("now",)):
        equal(c.run("weekly", *bad).code, USAGE, f"weekly {' '.join(bad)} is refused")

    company_of.close(c, "sally", "sign-off", "--business-unit", "sales", "--cause", "rate", "--reason", "dearer")
    closed = weekly(c, 4).get(breach)
    equal(brief(closed, "status", "opened", "closed", "closed_because"), ("closed", "2026-11-02", "2026-11-30", "signed off"), "a sign-off closes it, with date and reason")
    equal(brief(weekly(c, 5).get(breach)), None, "the week after it is not listed any more")

    c.write("more/bill.csv", company_of.small.bill_csv([company_of.small.other_day(26, "3.00")]))
    c.run("ingest", "more/bill.csv", check=DONE)
    c.run("reconcile", "--period", PERIOD, check=DONE)
    equal(brief(weekly(c, 5).get(breach)), ("open", "2026-12-07", 0), "another amount than the one signed opens it again")
    equal(c.psql(f"select opened_at::date, closed_at::date from ops.action_item where item_key = '{breach}' order by opened_at"),
          [("2026-11-02", "2026-11-30"), ("2026-12-07", "")], "the first one stays on record")

    units = (c.folder / "refdata/business_units.csv").read_text()
    c.write("refdata/business_units.csv", units.replace(",sally,1,0.01", ",sally,100,1000"))
    c.run("refdata", "apply", check=DONE)
    c.run("reconcile", "--period", PERIOD, check=DONE)
    equal(brief(weekly(c, 6).get(breach), "status", "closed_because"), ("closed", "within tolerance"), "a breach that is none any more closes it too")

    r = company_of.run_as(c, "etl", "weekly", "--out", "loader")
    ok(r.code == DONE, "the loader's login, which cron has, may run it", r.stderr)
    ok(company_of.run_as(c, "audrey", "weekly").code not in (DONE, FINDINGS), "an auditor's may not")
    weekly(c, 6)
    before = c.psql("select * from ops.action_item order by 1, 2")
    weekly(c, 6)
    equal(c.psql("select * from ops.action_item order by 1, 2"), before, "once more in the same week changes nothing")
    company_of.close(c, "anna", "waive", "--code", "malformed_row", "--reason", "a test call")
    company_of.close(c, "paula", "freeze")
    ok(any(i["status"] == "open" for i in weekly(c, 6).values()), "a frozen month still has its items")
    company_of.close(c, "anna", "approve")
    company_of.close(c, "paula", "post")
    last = weekly(c, 6)
    equal({(i["status"], i["closed_because"]) for k, i in last.items() if k != breach}, {("closed", "the month was posted")}, "a posted month has none")
    harness.done()


main()
