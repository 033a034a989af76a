#!/usr/bin/env python3
"""A month booked in two, its final journal and what corrects it, comes to what it would have been booked as with everything there
from the start: to the cent, in every account, whatever the models by which it is charged."""
import closers
import harness
import small_company
from closing import D, Books, balanced, bill, close_month, lines, refdata, waive_missing
from harness import DONE, equal, ok

ACCOUNTS = refdata()["accounts.csv"] + "recovery,4900\ncentral,6999\n"
MODELS = {
    "markup and bands": {"chargeback.csv": "business_unit_id,model,markup,from_tokens,to_tokens,usd_per_million\nsales,direct,1.2,,,\n"
                                           "research,tiered,,0,30000,15\nresearch,tiered,,30000,60000,12\nresearch,tiered,,60000,,10\n"},
    "a pool, and a part moved": {"chargeback.csv": "business_unit_id,model,pool_usd\nsales,allocated,77.777\n",
                                 "reallocations.csv": "from_business_unit,basis,to_business_unit,share\nresearch,fixed,sales,0.25\n"},
    "only shown": {"chargeback.csv": "business_unit_id,model\nresearch,showback\n"},
}


def late(b):
    """A line, a credit, calls of a day that is billed in all, a better record of one, and the call of a line that nobody owned."""
    calls = [small_company.event(15, request_id=f"late-{i}", team_id="labs", service="search", input_tokens=90000 + i, output_tokens=9000,
                                 computed_cost_usd="0.234") for i in range(3)]
    calls.append(small_company.event(7, team_id="labs", service="search", output_tokens=100000))
    calls.append(small_company.event(0, request_id="orphan-1", timestamp="2026-10-27T08:00:00Z", team_id="shop", service="chat", account_id="ws-9"))
    b.load({"late/calls.jsonl": small_company.events_json(calls)})
    source(b, "late", small_company.other_day(28, "12.345", account_id="ws-2"),
           small_company.line(usage_start="2026-10-29T00:00:00Z", usage_end="2026-10-30T00:00:00Z", cost="-1.005", charge_type="credit", model=None, unit=None))


def source(b, name, *rows):
    b.c.write(f"{name}/bill.csv", bill(*rows))
    r = b.run("etl", "ingest", "--source", name, f"{name}/bill.csv")
    ok(r.code == DONE, f"{name}: lines are loaded", r.stderr)


def orphan(request="orphan-1"):
    return small_company.line(request_id=request, usage_start="2026-10-27T08:00:00Z", usage_end="2026-10-27T08:00:00Z", usage_class="input", quantity=1000,
                              cost="0.50", account_id="ws-9")


def october(b):
    b.month("2026-10")
    source(b, "extra", orphan())


def booked(b, where):
    total = {}
    for line in lines(b, where):
        key = line["provider"], line["unit"], line["cost_center"], line["account"]
        total[key] = total.get(key, D(0)) + line["amount"]
    return {k: v for k, v in total.items() if v}


def steps(b, period):
    waive_missing(b, period)
    for who, step in (("paula", "freeze"), ("anna", "approve"), ("paula", "post")):
        b.done(who, "close", step, "--period", period)


def in_two(name, change):
    change = {"accounts.csv": ACCOUNTS, **change}
    b = Books(change=change)
    october(b)
    whole = Books(like=b, change=change)
    b.done("etl", "reconcile", "--period", "2026-10")
    close_month(b, "2026-10")
    late(b)
    b.done("etl", "reconcile", "--period", "2026-11")
    steps(b, "2026-11")
    late(whole)
    whole.done("etl", "reconcile", "--period", "2026-10")
    close_month(whole, "2026-10")
    first, both = booked(b, "j.kind = 'final' and j.period = '2026-10'"), booked(b, "'2026-10' in (j.period, j.corrects) and j.kind in ('final', 'correction')")
    ok(first != both, f"{name}: something is corrected", both)
    equal(both, booked(whole, "j.kind = 'final' and j.period = '2026-10'"), f"{name}: in two it is what it is at once")
    corrections = lines(b, "j.kind = 'correction'")
    equal({"late_event", "late_line", "credit"}, {line["cause"] for line in corrections}, f"{name}: by its causes")
    balanced(b)
    for line in b.c.psql("select journal_id || '/' || line from ledger.journal_line where journal_id like '%-C-%'"):
        r = b.run("audrey", "explain", line[0])
        ok(r.code == DONE and "late" in r.stdout, f"{name}: {line[0]} is explained", r.stdout + r.stderr)
    for company, what in ((b, "in two"), (whole, "at once")):
        r = company.run("etl", "verify")
        ok(r.code == DONE, f"{name}: {what}, it is computed anew to the same", r.stdout + r.stderr)
    return b


def forged(change):
    """What is charged is computed anew as well: a charge that was written past the models is booked, and found."""
    b = Books(change={"accounts.csv": ACCOUNTS, **change})
    october(b)
    b.done("etl", "reconcile", "--period", "2026-10")
    closers.psql_as(b.c, "etl", "update recon.charge set amount_usd = amount_usd + 1 where step = 'recovery' and business_unit = 'sales' and provider = 'cohere'")
    close_month(b, "2026-10")
    r = b.run("etl", "verify")
    ok(r.code != DONE and "cell cohere sales CC-21 6420 charged: pinned 10.33, recomputed 9.33" in r.stdout, "a forged charge is found", r.stdout + r.stderr)


def event_of_another_month(request, timestamp):
    """A line of October names a call of another month, of which the gateway tells in November: October was booked without it."""
    b = Books()
    october(b)
    source(b, "extra", orphan(), orphan(request))
    b.done("etl", "reconcile", "--period", "2026-10")
    close_month(b, "2026-10")
    b.load({f"late/{request}.jsonl": small_company.events_json([small_company.event(0, request_id=request, timestamp=timestamp, team_id="shop", service="chat",
                                                                                    account_id="ws-9")])})
    r = b.run("etl", "verify")
    ok(r.code == DONE, f"{request}: what came later is not there when October is computed anew, whatever month it is of", r.stdout + r.stderr)
    b.done("etl", "reconcile", "--period", "2026-11")
    steps(b, "2026-11")
    moved = {(line["cause"], line["unit"]): line["amount"] for line in lines(b, "j.kind = 'correction'")}
    ok(moved.get(("late_event", "unattributed"), D(0)) < 0 < moved.get(("late_event", "sales"), D(0)), f"{request}: it moves cost to whose call it was", moved)
    r = b.run("etl", "verify")
    ok(r.code == DONE, f"{request}: and both bookings are computed anew", r.stdout + r.stderr)


def known_event_of_another_month():
    """A call of September that October's bill names; after October is posted its price is mended, and a better record of it comes."""
    b = Books()
    october(b)
    call = small_company.event(0, request_id="september", timestamp="2026-09-10T08:00:00Z", team_id="shop", service="chat", account_id="ws-9")
    b.load({"early/september.jsonl": small_company.events_json([call])})
    source(b, "extra", orphan(), orphan("september"))
    b.done("etl", "reconcile", "--period", "2026-10")
    close_month(b, "2026-10")
    b.c.write("refdata/prices.csv", refdata()["prices.csv"].replace(",1000000,2,", ",1000000,2.5,"))
    b.c.run("refdata", "apply", check=DONE)
    b.load({"late/september.jsonl": small_company.events_json([{**call, "team_id": "labs", "service": "search", "output_tokens": 90000,
                                                                "timestamp": "2026-09-01T08:00:00Z"}])})
    b.done("etl", "reconcile", "--period", "2026-11")
    r = b.run("etl", "verify")
    ok(r.code == DONE, "other months' calls are as they were, and at the prices that they had", r.stdout + r.stderr)
    steps(b, "2026-11")
    moved = {(line["cause"], line["unit"]): line["amount"] for line in lines(b, "j.kind = 'correction'") if line["provider"] == "mistral"}
    ok(moved.get(("late_event", "research"), D(0)) > 0, "the better record's team bears it", moved)
    r = b.run("etl", "verify")
    ok(r.code == DONE, "and both bookings are computed anew", r.stdout + r.stderr)


def main():
    for name, change in MODELS.items():
        harness.diag(name)
        in_two(name, change)
    forged(MODELS["markup and bands"])
    event_of_another_month("september", "2026-09-10T08:00:00Z")
    event_of_another_month("midnight", "2026-11-01T00:00:02Z")  # stamped after the month's end, as the last calls are
    known_event_of_another_month()
    harness.done()


main()
