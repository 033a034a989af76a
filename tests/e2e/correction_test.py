#!/usr/bin/env python3
"""What comes after October was posted, case by case: what it is booked as with November, and that it can be proved.

Among the cases are those of FOCUS for closed billing periods: late usage, a price that is corrected by its difference or by
taking the charge back and making it anew, and drift of rounding. A correction's charge period is the journal's `corrects`, its
billing period the journal's own, and its class the journal's kind.
"""
import json

import harness
import small_company
from closing import D, Books, balanced, bill, close_month, lines, refdata, waive_missing
from harness import CONTROL, DONE, equal, ok

UNNAMED = small_company.line(request_id="orphan-1", usage_start="2026-10-27T08:00:00Z", usage_end="2026-10-27T08:00:00Z", usage_class="input",
                             quantity=1000, cost="0.50", account_id="ws-9")


# Sales is charged a markup, research is only shown what it uses, and a third of sales is passed on to it.
CHARGED = {"chargeback.csv": "business_unit_id,model,markup,valid_from,valid_to\nsales,direct,1.175,,\nresearch,showback,,,\n",
           "reallocations.csv": "from_business_unit,basis,to_business_unit,share,valid_from,valid_to\nsales,fixed,research,0.333,,\n",
           "accounts.csv": refdata()["accounts.csv"] + "recovery,4900\ncentral,6999\n"}


def posted_october(change=None, late=None):
    """October: small_company's month, and a line that names a request which the gateway has not told of."""
    b = Books(change=change)
    b.month("2026-10")
    if late:
        late(b)
    source(b, "extra", "orphan.csv", UNNAMED, small_company.other_day(28, "100.00", provider="cohere", model=None, account_id="ws-2"))
    b.done("etl", "reconcile", "--period", "2026-10")
    b.done("anna", "close", "sign-off", "--period", "2026-10", "--business-unit", "unattributed", "--cause", "unmetered", "--reason", "a new key") \
        if b.c.value("select status from recon.variance where business_unit = 'unattributed'") == "breach" else None
    close_month(b, "2026-10")
    return b


def source(b, name, file, *rows, run=None):
    """Lines of a dataset of their own: they add to what is there."""
    b.c.write(f"{name}/{file}", bill(*rows))
    r = b.run("etl", "ingest", "--source", name, f"{name}/{file}")
    ok(r.code == DONE, f"{name}/{file} is loaded", r.stderr)


def corrected(b):
    """Reconciles November, which makes corrections of October: (cause, provider, unit, account) → amount."""
    b.done("etl", "reconcile", "--period", "2026-11")
    rows = json.loads(b.done("audrey", "close", "corrections", "--period", "2026-11", "--json"))
    ok(all(D(r["reprocessed_usd"]) - D(r["posted_usd"]) == D(r["difference_usd"]) for r in rows), "reprocessed less posted is the difference")
    return added(((r["cause"], r["provider"], r["business_unit"] or "", r["account"]), D(r["difference_usd"])) for r in rows)


def booked(b):
    """Closes November with what waits, proves everything, and gives the correction's lines."""
    waive_missing(b, "2026-11")
    b.done("paula", "close", "freeze", "--period", "2026-11")
    b.done("anna", "close", "approve", "--period", "2026-11")
    b.done("paula", "close", "post", "--period", "2026-11")
    balanced(b)
    r = b.c.run("verify")
    ok(r.code == DONE, "and verify computes both months anew", r.stdout + r.stderr)
    equal(b.done("audrey", "close", "status", "--json").count('"waiting_usd": null'), 2, "nothing waits any more")
    return added(((l["cause"], l["provider"], l["unit"], l["account"]), l["amount"]) for l in lines(b, "j.kind = 'correction'")
                 if (l["corrects"], l["period"]) == ("2026-10", "2026-11"))


def added(pairs):
    """Cost centers apart: a business unit's teams have several."""
    out = {}
    for key, amount in pairs:
        out[key] = out.get(key, D(0)) + amount
    return out


def totals(rows):
    return added((key[1], amount) for key, amount in rows.items())


# ---- The cases: each begins with October posted ----


def nothing(b):
    equal(corrected(b), {}, "nothing came, nothing is corrected")
    equal(booked(b), {}, "and no correction is written")


def late_usage(b):
    source(b, "late", "usage.csv", small_company.other_day(28, "12.345", account_id="ws-2"))
    got = corrected(b)
    equal(totals(got), {"mistral": D("12.35")}, "late usage is one increment")
    ok(got[("late_line", "mistral", "sales", "6420")] > D("12.345"), "its owner's, who then also has more of the tax", got)
    equal(booked(b), {**got, ("late_line", "mistral", "", "2150"): D("-12.35")}, "booked once, against clearing")


def price_delta(b):
    source(b, "late", "delta.csv", small_company.other_day(28, "-10.00", provider="cohere", model=None, account_id="ws-2"))
    equal(corrected(b), {("late_line", "cohere", "sales", "6420"): D("-10.00")}, "a price that is corrected by its difference")
    equal(booked(b), {("late_line", "cohere", "sales", "6420"): D("-10.00"), ("late_line", "cohere", "", "2160"): D("10.00")},
          "is credited, and clearing debited")


def ledger_style(b):
    source(b, "late", "rebook.csv", small_company.other_day(28, "-100.00", provider="cohere", model=None, account_id="ws-2"),
           small_company.other_day(28, "90.00", provider="cohere", model=None, account_id="ws-2"))
    equal(corrected(b), {("late_line", "cohere", "sales", "6420"): D("-10.00")}, "taken back and made anew, it is the same difference")
    booked(b)


def rounding(b):
    adjustment = {"provider": "cohere", "charge_type": "adjustment", "model": None, "unit": None, "usage_start": "2026-10-29T00:00:00Z",
                  "usage_end": "2026-10-30T00:00:00Z"}
    source(b, "drift", "small.csv", small_company.line(**adjustment, cost="0.0049"))
    equal(corrected(b), {}, "drift below a cent is no correction") # 107.775 was 107.78
    source(b, "drift2", "more.csv", small_company.line(**adjustment, cost="0.0052"))
    equal(totals(corrected(b)), {"cohere": D("0.01")}, "and becomes one when the total's cents change")
    booked(b)


def late_event_of_a_line(b):
    event = small_company.event(0, request_id="orphan-1", timestamp="2026-10-27T08:00:00Z", team_id="shop", service="chat", input_tokens=1000, output_tokens=0,
                                computed_cost_usd="0.002", account_id="ws-9")
    b.load({"late/event.jsonl": small_company.events_json([event])})
    got = corrected(b)
    listed = json.loads(b.done("audrey", "exceptions", "list", "--period", "2026-11", "--code", "late_event", "--json"))
    equal([(x["business_unit"], x["count"], D(x["amount_usd"]), x["detail"]) for x in listed],
          [("sales", 1, D("0.002"), "loaded after the freeze of 2026-10")], "the first open month names what was loaded after a freeze")
    said = json.loads(b.done("audrey", "explain", listed[0]["exception_id"], "--json"))["answers"][0]
    ok(len(said["late"]) == 1 and said["late"][0]["id"] == "orphan-1" and "event.jsonl:1" in said["late"][0]["what"], "and shows where it came from", said)
    equal({c for c, *_ in got}, {"late_event"}, "the request of an unowned line is told of")
    equal(totals(got), {"mistral": D(0)}, "which moves cost and adds none")
    ok(got[("late_event", "mistral", "unattributed", "2999")] <= D("-0.50") and got[("late_event", "mistral", "sales", "6420")] >= D("0.50"),
       "from suspense to its team", got)
    booked(b)
    b.done("etl", "reconcile", "--period", "2026-12")
    equal(json.loads(b.done("audrey", "exceptions", "list", "--period", "2026-12", "--code", "late_event", "--json")), [], "what is booked is not late any more")


def late_revision(b):
    """A request's better record, of another team; and a repeat that changes nothing. The gateway writes them itself."""
    for request, team, tokens, row in (("call-00015", "labs", 9000, 1), ("call-00007", "shop", 1, 1)):
        b.c.psql(f"""insert into gateway.event (request_id, "timestamp", provider, model, team_id, service, environment, input_tokens, output_tokens, status, account_id, row_no)
                     select request_id, "timestamp", provider, model, '{team}', 'search', environment, input_tokens, {tokens}, status, account_id, {row}
                       from gateway.event where request_id = '{request}' limit 1""")
    got = corrected(b)
    equal({c for c, *_ in got}, {"late_event"}, "another record of a request counts now")
    equal(totals(got), {"mistral": D(0)}, "which moves cost and adds none")
    booked(b)


def reference_data(b):
    later = refdata()["teams.csv"].replace("labs,research,Labs,,2026-01-01,", "labs,research,Labs,,2026-01-01,2026-12-01") + "labs,sales,Labs,,2026-12-01,\n"
    b.c.write("refdata/teams.csv", later)
    b.c.run("refdata", "apply", check=DONE)
    equal(corrected(b), {}, "who belongs where from December on is nothing to October")
    b.c.write("refdata/business_units.csv", refdata()["business_units.csv"].replace("CC-10,6410", "CC-10,6499"))
    b.c.run("refdata", "apply", check=DONE)
    got = corrected(b)
    moved = -got[("reference_data", "mistral", "research", "6410")]
    equal((totals(got), got[("reference_data", "mistral", "research", "6499")]), ({"mistral": D(0)}, moved), "another expense account is a matter of all months")
    b.c.write("refdata/business_units.csv", refdata()["business_units.csv"])
    b.c.write("refdata/fx.csv", refdata()["fx.csv"].replace("2026-10,CHF,1.25", "2026-10,CHF,1.45"))
    b.c.run("refdata", "apply", check=DONE)
    got = corrected(b)
    equal((totals(got), {c for c, *_ in got}), ({"mistral": D("1.11")}, {"reference_data"}), "another rate of exchange changes the total: 5.55 × 0.2")
    booked(b)


def taken_back(b):
    source(b, "late", "usage.csv", small_company.other_day(28, "12.345", account_id="ws-2"))
    equal(totals(corrected(b)), {"mistral": D("12.35")}, "what came late")
    source(b, "late", "usage-2.csv", small_company.other_day(28, "0", account_id="ws-2"))
    equal(corrected(b), {}, "and was restated to nothing")
    equal(booked(b), {}, "is not booked")


def several_at_once(b):
    """A late event, a late line, a credit and new reference data: each cause's share, and their sum."""
    b.load({"late/event.jsonl": small_company.events_json([small_company.event(15, request_id="late-1", team_id="labs", service="search", input_tokens=90000,
                                                                               output_tokens=9000, computed_cost_usd="0.234")])})
    source(b, "late", "more.csv", small_company.other_day(28, "2.00", account_id="ws-2"),
           small_company.line(usage_start="2026-10-29T00:00:00Z", usage_end="2026-10-30T00:00:00Z", cost="-1.005", charge_type="credit", model=None, unit=None))
    b.c.write("refdata/fx.csv", refdata()["fx.csv"].replace("2026-10,CHF,1.25", "2026-10,CHF,1.45"))
    b.c.run("refdata", "apply", check=DONE)
    got = corrected(b)
    by_cause = {cause: sum(x for k, x in got.items() if k[0] == cause) for cause in {k[0] for k in got}}
    equal((by_cause["late_event"], by_cause["late_line"]), (D(0), D("2.00")), "an event moves, a line adds")
    exact = sum(D(x) for (x,) in b.c.psql("select amount from ledger.pinned_cell where provider = 'mistral'"))
    cents = lambda x: x.quantize(D("0.01"), rounding="ROUND_HALF_UP")
    equal(by_cause["credit"], cents(exact + 2 - D("1.005")) - cents(exact + 2), "the credit is the next step of the rounded total")
    equal(sum(by_cause.values()), cents(exact + 2 - D("1.005") + D("1.11")) - cents(exact), "and all of them are its change, to the cent")
    booked(b)


def frozen_meanwhile(b):
    """What comes while November is frozen waits for December, and is not booked twice."""
    source(b, "late", "usage.csv", small_company.other_day(28, "3.00", account_id="ws-2"))
    corrected(b)
    waive_missing(b, "2026-11")
    b.done("paula", "close", "freeze", "--period", "2026-11")
    source(b, "later", "usage.csv", small_company.other_day(28, "4.00", account_id="ws-2"))
    r = b.run("etl", "reconcile", "--period", "2026-11")
    ok(r.code == CONTROL, "a frozen month is not computed anew", r.stderr)
    b.done("etl", "reconcile", "--period", "2026-12")
    equal(by_booking(b), {"2026-11": D("3.00")}, "one that is closing is booked first")
    b.done("anna", "close", "approve", "--period", "2026-11")
    b.done("paula", "close", "post", "--period", "2026-11")
    b.done("etl", "reconcile", "--period", "2026-12")
    equal(by_booking(b), {"2026-11": D("3.00"), None: D("4.00")}, "booked, and waiting for the next")
    equal(b.c.run("verify").code, DONE, "verify knows what the freeze saw")
    waive_missing(b, "2026-11")
    for who, step in (("paula", "freeze"), ("anna", "approve"), ("paula", "post")):
        b.done(who, "close", step, "--period", "2026-12")
    equal(by_booking(b), {"2026-11": D("3.00"), "2026-12": D("4.00")}, "and booked with it")
    balanced(b)
    equal(b.c.run("verify").code, DONE, "and what each freeze saw")


def late_lines(b):
    source(b, "late", "more.csv", small_company.other_day(28, "2.003", account_id="ws-2"), small_company.other_day(28, "31.00", provider="cohere", model=None, account_id="ws-2"),
           small_company.line(usage_start="2026-10-29T00:00:00Z", usage_end="2026-10-30T00:00:00Z", cost="-1.005", charge_type="credit", model=None, unit=None))


def charged():
    """What business units are charged for late lines, and what comes back for it, is what a close with all of them at once books."""
    b, at_once = posted_october(CHARGED), posted_october(CHARGED, late_lines)
    late_lines(b)
    got = corrected(b)
    equal({c for c, *_ in got}, {"late_line", "credit"}, "a credit is told from a line")
    ok(got[("late_line", "cohere", "", "4900")] < 0 < got[("late_line", "cohere", "sales", "6420")], "more is charged, and more recovered", got)
    lines_of = booked(b)
    equal({k: v for k, v in lines_of.items() if k[3] not in ("2150", "2160")}, got, "what was to be corrected is booked")
    equal(cells(b, "j.period = '2026-10' or j.corrects = '2026-10'"), cells(at_once, "j.period = '2026-10'"), "final journal and correction are what one close books")
    line = b.c.value("select journal_id || '/' || line from ledger.journal_line where cause = 'late_line' and memo like 'cohere % recovery,%'")
    said = json.loads(b.done("audrey", "explain", line, "--json"))["answers"][0]
    equal([(r["cause"], r["business_unit"] or "", D(r["difference_usd"])) for r in said["correction"]], [("late_line", "", got[("late_line", "cohere", "", "4900")])],
          "explain of recovery's line shows what is recovered")
    ok(said["correction_deliveries"], "and the bill that came", said)
    for books in (b, at_once):
        books.c.server.stop()


def cells(b, where):
    booked_at = added(((l["provider"], l["unit"], l["cost_center"], l["account"]), l["amount"]) for l in lines(b, where) if l["kind"] in ("final", "correction"))
    return {k: v for k, v in booked_at.items() if v}


def by_booking(b):
    rows = json.loads(b.done("audrey", "close", "corrections", "--period", "2026-10", "--json"))
    return added((r["booked_in"], D(r["difference_usd"])) for r in rows)


def main():
    template = posted_october()
    equal(template.run("audrey", "close", "corrections", "--period", "2026-10").stdout, "no corrections\n", "nothing to correct")
    for case in (nothing, late_usage, price_delta, ledger_style, rounding, late_event_of_a_line, late_revision, reference_data, taken_back, several_at_once,
                 frozen_meanwhile):
        harness.diag(case.__name__)
        b = Books(like=template)
        case(b)
        b.c.server.drop(b.c.uri)
    harness.diag("charged")
    charged()
    harness.done()


main()
