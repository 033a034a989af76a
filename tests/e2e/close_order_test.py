#!/usr/bin/env python3
"""Months that do not come one after another: one that has only usage when the next is closed, and gets its bills afterwards.
And what stands beside it: a waiver that is prolonged, and what `verify` says of a month that another version computed."""
import json

import harness
import small_company
from closing import Books, bill, close_month, shifted
from harness import CONTROL, DONE, equal, ok

OCTOBER, NOVEMBER, DECEMBER = "2026-10", "2026-11", "2026-12"


def is_event(name):
    return not name.endswith(".csv") or "events" in name


def load(b, period, wanted):
    files = {f"{period}/{name}": shifted(text, period) for name, text in small_company.files().items()}
    for call in small_company.INGESTS:
        some = {n: t for n, t in files.items() if any(n.startswith(f"{period}/{c}/") for c in call) and wanted(n)}
        if some:
            b.load(some)


def blockers(b, period):
    said = b.run("audrey", "close", "check", "--period", period, "--json")
    return {row["code"] for row in json.loads(said.stdout)}


def main():
    b = Books()
    b.month(OCTOBER)
    b.done("etl", "reconcile", "--period", OCTOBER)
    close_month(b, OCTOBER)

    load(b, NOVEMBER, is_event)
    b.month(DECEMBER)
    for period in (NOVEMBER, DECEMBER):
        b.done("etl", "reconcile", "--period", period)
    ok("earlier_usage" in blockers(b, DECEMBER), "a month of usage alone stands in the way of the next", blockers(b, DECEMBER))
    r = b.run("paula", "close", "freeze", "--period", DECEMBER)
    ok(r.code == CONTROL and f"{NOVEMBER} has usage, no bills" in r.stderr, "and is named", r.stderr)

    waive = ("close", "waive", "--period", DECEMBER, "--code", "earlier_usage", "--reason", "the provider bills late")
    b.done("anna", *waive, "--until", "2098-12-31")
    ok("earlier_usage" not in blockers(b, DECEMBER), "it is waived up to a day")
    b.done("anna", *waive, "--until", "2099-12-31")
    equal(b.c.psql("select valid_until from ledger.waiver where code = 'earlier_usage' order by entry_no"), [("2098-12-31",), ("2099-12-31",)],
          "and for longer, before that day has come")
    b.c.psql(f"update recon.result_input set version = '0.0.1' where period = '{DECEMBER}'")
    close_month(b, DECEMBER)

    load(b, NOVEMBER, lambda name: not is_event(name))
    b.load({f"{NOVEMBER}/cohere.csv": bill(small_company.other_day(26, "7.775", provider="cohere", model=None), period=NOVEMBER)})
    b.done("etl", "reconcile", "--period", NOVEMBER)
    ok("later_period" not in blockers(b, NOVEMBER), "when its bills have come it can be closed, although the next one is", blockers(b, NOVEMBER))
    close_month(b, NOVEMBER)
    r = b.c.run("verify")
    ok(r.code == DONE and r.stdout.count("recomputed from bills and events") == 3, "and all three are what they were posted as", r.stdout + r.stderr)

    b.c.psql(f"update recon.posting set rate = rate + 1 where period = '{DECEMBER}' and step = 'bucket'")
    r = b.c.run("verify")
    ok(r.code == CONTROL and "0.0.1" in r.stdout + r.stderr, "of a month that differs, verify names the version that computed it", r.stdout + r.stderr)


main()
harness.done()
