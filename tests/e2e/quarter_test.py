#!/usr/bin/env python3
"""A whole quarter of a small company closed month by month, with what comes after each close.

October to December: breaches and sign-offs, adjustments, then for posted months a late event, a late and a restated day, a
refund, a new owner and a price fix. What is booked is reckoned anew here: in decimals from the bills' files, by largest
remainder, and by a second company that had all of October's data from the beginning.
"""
import collections
import decimal
import csv
import json
import re

import harness
import small_company
from closing import D, MONTHS, Books, balanced, bill, cents, cleared, close_month, lines, refdata, rounded
from harness import CONTROL, DONE, USAGE, equal, ok

def october(b):
    b.month("2026-10")
    b.done("etl", "reconcile", "--period", "2026-10")
    # Whom to tell is mended between the last reconcile and the freeze: nothing is computed of it.
    b.c.write("refdata/business_units.csv", refdata()["business_units.csv"].replace("6410,,,,", "6410,rita@example.com,rita,,"))
    b.c.run("refdata", "apply", check=DONE)
    close_month(b, "2026-10", "1.50")
    equal(cleared(b, "j.kind = 'final' and j.period = '2026-10'"), rounded(b.invoices("2026-10")), "October's final journal is its lines, to the cent")


def files_of_posted(b, period):
    """What is shown of a posted month: rows of variance.csv, and the results behind it."""
    return b.done("audrey", "variance", "--period", period, "--json"), b.c.psql(
        f"select * from recon.posting where period = '{period}' order by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17")


LATE_EVENT = small_company.event(15, request_id="late-1", team_id="labs", service="search", input_tokens=90000, output_tokens=9000,
                                 computed_cost_usd="0.234")


def late_for_october(b, run=None):
    calls = [small_company.event(i) for i in range(small_company.CALLS)]
    b.load({"late/event.jsonl": small_company.events_json([LATE_EVENT])}, run)
    b.load({"late/day.csv": bill(small_company.other_day(25, "4.00"), small_company.other_day(26, "8.78", provider="cohere", model=None))}, run)
    b.load({"late/restated.csv": bill(*small_company.day_lines(calls, "2026-10-15", "1.5"))}, run)


def corrections(b, period):
    return json.loads(b.done("audrey", "close", "corrections", "--period", period, "--json"))


def november(b):
    before = files_of_posted(b, "2026-10")
    posted = b.invoices("2026-10").copy()
    late_for_october(b)
    b.month("2026-11")
    b.done("etl", "reconcile", "--period", "2026-11")
    equal(files_of_posted(b, "2026-10"), before, "what comes later changes nothing in a posted month")
    waiting = corrections(b, "2026-11")
    equal({c["cause"] for c in waiting}, {"late_event", "late_line"}, "what waits is told by cause")
    equal({(c["original_period"], c["booked_in"]) for c in waiting}, {("2026-10", None)}, "of October, not booked yet")
    want = {p: cents(v) - cents(posted[p]) for p, v in b.invoices("2026-10").items()}
    got = collections.defaultdict(D)
    for c in waiting:
        got[c["provider"]] += D(c["difference_usd"])
    equal(dict(got), want, "and adds up to what the bills say now less what they said")
    equal(sum(D(c["difference_usd"]) for c in waiting if c["cause"] == "late_event"), 0, "a late event moves cost, and adds none")
    status = {p["period"]: p for p in json.loads(b.done("audrey", "close", "status", "--json"))}
    equal((status["2026-10"]["late_deliveries"], D(status["2026-10"]["waiting_usd"])), (3, sum(want.values())), "status shows it as well")
    before_event = b.c.value("select count(*) from recon.correction")
    b.load({"late/again.csv": bill(small_company.other_day(25, "4.50"))})
    r = b.run("paula", "close", "freeze", "--period", "2026-11")
    b.done("anna", "close", "waive", "--period", "2026-11", "--code", "malformed_row", "--reason", "a test call")
    r = b.run("paula", "close", "freeze", "--period", "2026-11")
    ok(r.code == CONTROL and "not_reprocessed" in r.stderr, "what came since must be computed before the next month is frozen", r.stderr)
    ok("not_reprocessed" in b.done("audrey", "close", "check", "--period", "2026-11"), "check says so")
    b.done("etl", "reconcile", "--period", "2026-11")
    ok(b.c.value("select count(*) from recon.correction") == before_event, "computed again, it takes the place of what was computed before")
    b.done("paula", "close", "freeze", "--period", "2026-11")
    b.done("paula", "close", "unfreeze", "--period", "2026-11", "--reason", "to look again")
    equal(len(corrections(b, "2026-11")), len(waiting), "unfrozen, it waits again")
    b.done("etl", "reconcile", "--period", "2026-11")
    b.done("paula", "close", "freeze", "--period", "2026-11")
    b.done("sally", "close", "sign-off", "--period", "2026-11", "--business-unit", "sales", "--cause", "rate", "--reason", "as before")
    said = b.done("paula", "close", "adjust", "propose", "--period", "2026-11", "--provider", "cohere", "--from", "sales", "--to", "research",
                  "--amount", "0.25", "--reason", "shared", "--evidence", "T-2")
    b.done("anna", "close", "adjust", "approve", "--id", said.split()[-1])
    b.done("anna", "close", "approve", "--period", "2026-11")
    b.done("paula", "close", "post", "--period", "2026-11")
    balanced(b)
    booked_november(b)
    equal(files_of_posted(b, "2026-10"), before, "nor does booking it")


def booked_november(b):
    correction = lines(b, "j.kind = 'correction'")
    equal({(l["journal"], l["period"], l["corrects"], l["date"]) for l in correction}, {("CB-2026-11-C-0001", "2026-11", "2026-10", "2026-11-30")},
          "one correction, of October, in November")
    ok(all("2026-10" in l["memo"] for l in correction), "its lines name the original month", correction)
    evidence(b)
    equal({l["memo"].split(", ")[1] for l in correction}, {"late events", "late or restated lines"}, "and the cause")
    equal({l["account"] for l in correction if l["unit"] == "" and l["provider"] == "cohere"}, {"2160"}, "each provider has its clearing account")
    equal(cleared(b, "'2026-10' = coalesce(j.corrects, j.period) and j.kind in ('final', 'correction')"), rounded(b.invoices("2026-10")),
          "October's final journal and its corrections are what its bills say now")
    equal(cleared(b, "j.kind = 'final' and j.period = '2026-11'"), rounded(b.invoices("2026-11")), "November's is its own lines")
    booked = corrections(b, "2026-10")
    equal({(c["booked_in"], c["journal_id"]) for c in booked}, {("2026-11", "CB-2026-11-C-0001")}, "October's corrections say where they were booked")
    csv_ = b.done("audrey", "journal", "--period", "2026-11", "--csv")
    ok(csv_.count("CB-2026-11-C-0001,") == len(correction), "the month's journals hold it", csv_)
    texts = []
    for _ in range(2):
        b.done("audrey", "export", "journal", "--period", "2026-11", "--format", "native", "--kind", "correction")
        texts.append(b.c.out("2026-11", "journal-native.csv"))
    text = texts[0]
    equal(texts[1], text, "two exports are the same bytes")
    ok(text.count("mistral 2026-10 ") > 0, "an export says what it corrects", text)


def second_opinion(b):
    """A company that had all of October's data at once would have booked what was booked in two steps."""
    other = Books(people=False)
    other.month("2026-10", other.c.run)
    late_for_october(other, other.c.run)
    other.load({"late/again.csv": bill(small_company.other_day(25, "4.50"))}, other.c.run)
    other.c.run("reconcile", "--period", "2026-10", check=DONE)
    exact = {(p, u, cc, a): D(x) for p, u, cc, a, x in other.c.psql("select provider, business_unit, cost_center, account, amount from ledger.debit_cells('2026-10', false)")}
    booked = collections.defaultdict(D)
    for l in lines(b, "'2026-10' = coalesce(j.corrects, j.period) and j.kind in ('final', 'correction')"):
        if l["unit"] and not l["memo"].startswith("ADJ-"):
            booked[l["provider"], l["unit"], l["cost_center"], l["account"]] += l["amount"]
    equal({k: v for k, v in booked.items() if v}, largest_remainder(exact), "cell by cell")


def largest_remainder(exact):
    out = {}
    for provider in {k[0] for k in exact}:
        cells = {k: v for k, v in exact.items() if k[0] == provider}
        floor = {k: (v * 100).to_integral_value(decimal.ROUND_FLOOR) for k, v in cells.items()}
        left = int(cents(sum(cells.values())) * 100 - sum(floor.values()))
        for k in sorted(cells, key=lambda k: (floor[k] - cells[k] * 100, k))[:left]:
            floor[k] += 1
        out.update({k: v / 100 for k, v in floor.items() if v})
    return out


def price_fix(b):
    """A rule version that should have been in force: what it would make of posted months, which stay."""
    entries = b.c.value("select count(*) from ledger.entry")
    b.c.write("refdata/prices.csv", refdata()["prices.csv"] + "m-2,mistral,mistral-small-4,input,standard,,1000000,2.02,2026-01-01,\n"
              "m-2,mistral,mistral-small-4,output,standard,,1000000,6.06,2026-01-01,\n")
    b.c.run("refdata", "apply", check=DONE)
    rows = {r["business_unit"]: r for r in json.loads(b.done("etl", "close", "rerate", "--period", "2026-10", "--version", "m-2", "--json"))}
    for unit in ("research", "sales"):
        posted = b.c.value(f"select computed_usd from recon.variance where period = '2026-10' and business_unit = '{unit}'")
        equal(D(rows[unit]["computed_usd"]), D(posted), f"{unit}: what was posted")
        equal(D(rows[unit]["rerated_usd"]) / D("1.01"), rated(b, unit), f"{unit}: re-rated under the new version")
        equal(D(rows[unit]["rerated_variance_usd"]), D(rows[unit]["usage_billed_usd"]) - D(rows[unit]["rerated_usd"]), f"{unit}: and its variance")
    equal(b.run("etl", "close", "rerate", "--period", "2026-10", "--version", "m-3", "--json").code, USAGE, "a version must be known")
    equal(b.run("etl", "close", "rerate", "--period", "2026-10").code, USAGE, "and named")
    equal(b.run("paula", "close", "rerate", "--period", "2026-10", "--version", "m-2").code, CONTROL, "a preparer computes nothing")
    equal(b.c.value("select count(*) from ledger.entry"), entries, "nothing is booked by it")


def rated(b, unit):
    """October's events as of its freeze at the list price, in decimals. (The first record of a repeated request counts.)"""
    team = {"research": "labs", "sales": "shop"}[unit]
    calls = {}
    for i in range(small_company.CALLS):
        e = small_company.event(i)
        calls[e["request_id"]] = e
    return sum((small_company.PRICE[c] * e[f"{c}_tokens"] for e in calls.values() if e["team_id"] == team for c in small_company.PRICE), D(0)) + (
        sum(small_company.PRICE[c] * small_company.event(31)[f"{c}_tokens"] for c in small_company.PRICE) if team == "shop" else 0)


def december(b):
    before = files_of_posted(b, "2026-10"), files_of_posted(b, "2026-11")
    booked = cleared(b, "'2026-10' = coalesce(j.corrects, j.period) and j.kind in ('final', 'correction')")
    refund = small_company.line(usage_start="2026-10-29T00:00:00Z", usage_end="2026-10-30T00:00:00Z", cost="-2.505", charge_type="refund", model=None,
                                unit=None, description="refund of October")
    b.load({"late/refund.csv": bill(refund)})
    b.load({"late/november.csv": bill(small_company.other_day(25, "3.00"), period="2026-11")})
    owners = refdata()["owners.csv"].replace("ws-2,shop", "ws-2,labs")
    b.c.write("refdata/owners.csv", owners)
    b.c.run("refdata", "apply", check=DONE)
    b.month("2026-12")
    b.done("etl", "nightly")
    waiting = corrections(b, "2026-12")
    equal({(c["original_period"], c["cause"]) for c in waiting},
          {("2026-10", "credit"), ("2026-10", "reference_data"), ("2026-11", "late_line"), ("2026-11", "reference_data")}, "each month's by its causes")
    equal(sum(D(c["difference_usd"]) for c in waiting if c["cause"] == "reference_data"), 0, "a new owner moves cost, and adds none")
    credit = sum(D(c["difference_usd"]) for c in waiting if c["cause"] == "credit")
    equal(credit, cents(b.invoices("2026-10")["mistral"]) - booked["mistral"], "a refund is a credit, to the cent")
    close_month(b, "2026-12", breach=False)
    equal([(j, k) for j, k in b.c.psql("select journal_id, corrects from ledger.journal where kind = 'correction' order by entry_no")],
          [("CB-2026-11-C-0001", "2026-10"), ("CB-2026-12-C-0001", "2026-10"), ("CB-2026-12-C-0002", "2026-11")], "one per post and original month, without gaps")
    for period in MONTHS.values():
        equal(cleared(b, f"'{period}' = coalesce(j.corrects, j.period) and j.kind in ('final', 'correction')"), rounded(b.invoices(period)),
              f"{period}: final and corrections are its bills")
    equal((files_of_posted(b, "2026-10"), files_of_posted(b, "2026-11")), before, "posted months are what they were")


def whole_quarter(b):
    total = collections.defaultdict(D)
    for period in MONTHS.values():
        for provider, x in b.invoices(period).items():
            total[provider] += cents(x)
    equal(cleared(b, "true"), dict(total), "what clearing is credited, net of reversals, is all invoices")
    moved = sum(l["amount"] for l in lines(b, "true") if l["memo"].startswith("ADJ-") and l["amount"] > 0)
    equal(moved, D("1.75"), "two adjustments stand beside")
    before = b.c.content()
    r = b.c.run("verify")
    equal(harness.differences(b.c.content(), before), "", "verify leaves everything as it was")
    ok(r.code == DONE and r.stdout.count("recomputed from bills and events") == 3, "verify computes the quarter anew", r.stdout + r.stderr)
    r = b.run("etl", "verify", "--period", "2026-11")
    ok(r.code == DONE and "recomputed from bills and events" in r.stdout, "the loader verifies a month", r.stdout + r.stderr)
    r = b.run("audrey", "verify", "--json")
    equal((r.code, json.loads(r.stdout)["recomputed"]), (DONE, False), "an auditor proves the ledger, and is told that it is no more")
    holder = harness.Session(b.c.uri, "select pg_advisory_lock(1668047467, 1)")
    equal(b.c.run("verify").code, harness.BUSY, "verify does not compute while a run changes data")
    holder.release()


def restored_copy(b):
    """An auditor's own server, restored from a dump, where the auditor owns all and changes nothing that matters."""
    other = harness.Server()
    harness.psql(other.uri("postgres"), "create database copy")
    dump = harness.execute(["pg_dump", "--no-owner", "--no-privileges", "-f", str(other.folder / "dump.sql"), b.c.uri])
    load = harness.execute(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", other.uri("copy"), "-f", str(other.folder / "dump.sql")])
    ok(dump.code == 0 and load.code == 0, "the books are restored elsewhere", dump.stderr + load.stderr)
    r = harness.execute([harness.BINARY, "-c", str(other.config), "--db", other.uri("copy"), "verify"])
    ok(r.code == DONE and r.stdout.count("recomputed from bills and events") == 3, "where verify computes the quarter anew", r.stdout + r.stderr)


def explained(b):
    for journal, cause, word in (("CB-2026-11-C-0001", "late_event", "late-1"), ("CB-2026-11-C-0001", "late_line", "day.csv"),
                                 ("CB-2026-12-C-0001", "credit", "refund.csv")):
        line = b.c.value(f"select min(line) from ledger.journal_line where journal_id = '{journal}' and cause = '{cause}' and business_unit <> ''")
        text = b.done("audrey", "explain", f"{journal}/{line}")
        ok("2026-10" in text and cause.split("_")[0] in text and word in text, f"explain tells {cause} of October, and what brought it", text)


def evidence(b):
    """The way back from a correction's line to the bill lines and events that came after the close."""
    line = b.c.value("select journal_id || '/' || line from ledger.journal_line where cause = 'late_line' and provider = 'mistral' and business_unit <> '' order by 1 limit 1")
    said = json.loads(b.done("audrey", "explain", line, "--json"))["answers"][0]
    ok(said["correction_lines"] and all(":" in l["place"] for l in said["correction_lines"]), "explain of a correction's line shows the bill lines that came", said)
    folder = b.done("audrey", "packet", "--period", "2026-11", "--dispute", line, "--out", str(b.c.folder / "evidence")).split()[0]
    with open(f"{folder}/lines.csv", encoding="utf-8") as handle:
        late = list(csv.DictReader(handle))
    equal(({r["step"] for r in late}, sum(D(r["cost"] or 0) for r in late)),
          ({"came later"}, D(b.c.value("""select sum(l.cost) from provider.line l
                           join (select min(last_delivery_id) as was, max(last_delivery_id) as now from ledger.pinned_input where period = '2026-10') i on l.delivery_id > i.was and l.delivery_id <= i.now
                          where l.period = '2026-10' and l.provider = 'mistral'"""))), "and so does its packet")
    with open(f"{folder}/trace.csv", encoding="utf-8") as handle:
        ok(list(csv.DictReader(handle)), "with the events")


def tampering(b):
    """What a superuser changes of a posted month is found, and named; put back, all is well."""
    c = b.c
    file = c.value("select min(file_id) from ops.file where path like '%2026-10/bill/2-days.csv'")
    cases = [
        ("a line's cost", "provider.line_fact", f"cost = cost + 1 where file_id = {file} and line_no = (select max(line_no) from provider.line_fact where file_id = {file})",
         f"cost = cost - 1 where file_id = {file} and line_no = (select max(line_no) from provider.line_fact where file_id = {file})", "2026-10"),
        ("a line's account", "provider.line_attribute", f"account_id = 'ws-7' where file_id = {file}", f"account_id = 'ws-1' where file_id = {file}", "2026-10"),
        ("an event's tokens", "gateway.event", "input_tokens = input_tokens + 5 where request_id = 'call-00031'", "input_tokens = input_tokens - 5 where request_id = 'call-00031'",
         "2026-10"),
        ("an event's team", "gateway.event", "team_id = 'labs' where request_id = 'call-00031'", "team_id = 'shop' where request_id = 'call-00031'", "2026-10"),
        ("what is reported", "recon.variance", "computed_usd = computed_usd + 1 where period = '2026-11' and business_unit = 'sales'",
         "computed_usd = computed_usd - 1 where period = '2026-11' and business_unit = 'sales'", "2026-11 result, variance of sales, computed_usd"),
        ("a result", "recon.posting", "rate = rate + 1, timing = timing - 1 where period = '2026-11' and step = 'bucket' and business_unit = 'sales'",
         "rate = rate - 1, timing = timing + 1 where period = '2026-11' and step = 'bucket' and business_unit = 'sales'", "2026-11 result, posting bucket mistral sales"),
        ("a line that came late", "provider.line_fact", "cost = cost + 1 where cost = 4.5 and period = '2026-10'", "cost = cost - 1 where cost = 5.5 and period = '2026-10'",
         "with its corrections, recomputed"),
        ("the day of an event", "gateway.event", "\"timestamp\" = \"timestamp\" + interval '1 day' where request_id = 'call-00037'",
         "\"timestamp\" = \"timestamp\" - interval '1 day' where request_id = 'call-00037'", "2026-10"),
        ("a cell of the roll-up", "recon.hour_cell", "n_input = n_input + 5 where cell_no = (select max(cell_no) from recon.hour_cell where hour < '2027-01-01')",
         "n_input = n_input - 5 where cell_no = (select max(cell_no) from recon.hour_cell where hour < '2027-01-01')", "2026-12 the roll-up is not what"),
        ("an event's place in it", "recon.event_key", "n_output = n_output + 1 where request_id = '2026-12-00031'", "n_output = n_output - 1 where request_id = '2026-12-00031'",
         "2026-12 the roll-up is not what"),
        ("what its numbers stand for", "recon.event_name", "team_id = 'labs' where team_id = 'shop'", "team_id = 'shop' where service = 'chat' and team_id = 'labs'",
         "2026-12 the roll-up is not what"),
        ("its kinds", "recon.event_kind", "team_id = 'labs' where team_id = 'shop'", "team_id = 'shop' where service = 'chat' and team_id = 'labs'",
         "2026-12 the roll-up is not what"),
        ("the digest of a file", "ops.file", f"digest = reverse(digest) where file_id = {file}", f"digest = reverse(digest) where file_id = {file}", "its files are not those"),
        ("reference data in force", "ref.team", "name = 'Lads' where team_id = 'labs'", "name = 'Labs' where team_id = 'labs'", "is not what was last applied"),
        ("what is charged", "recon.posting", "environment = 'dev' where period = '2026-11' and step = 'bucket' and business_unit = 'sales'",
         "environment = 'prod' where period = '2026-11' and step = 'bucket' and business_unit = 'sales'", "2026-11 result, posting bucket mistral sales"),
        ("what a line is described as", "provider.line_attribute", f"description = coalesce(description, '') || '!' where file_id = {file}",
         f"description = nullif(rtrim(description, '!'), '') where file_id = {file}", "2026-10 provider.line_attribute"),
        ("who initiated a call", "gateway.event", "user_id = 'nobody' where request_id = 'call-00031'", "user_id = null where request_id = 'call-00031'",
         "2026-10 gateway.event"),
        *[(f"which of two calls is whose, {n}", "gateway.event",
           f"user_id = case request_id when 'call-00031' then 'u{n}' else 'v{n}' end where request_id in ('call-00031', 'call-00037')",
           f"user_id = null where request_id in ('call-00031', 'call-00037')", "2026-10 gateway.event") for n in range(2)],
        ("who pays a bill", "provider.delivery", "payer = payer || '!' where period = '2026-11'", "payer = rtrim(payer, '!') where period = '2026-11'",
         "2026-11 provider.delivery"),
        ("where a file was", "ops.file", f"path = path || '!' where file_id = {file}", f"path = rtrim(path, '!') where file_id = {file}", "2026-10 ops.file"),
        ("an exception", "recon.exception", "count = count + 1 where period = '2026-10'", "count = count - 1 where period = '2026-10'", "2026-10 recon.exception"),
        ("what lines met", "recon.exact_amount", "team_id = team_id || '!' where period = '2026-12'", "team_id = rtrim(team_id, '!') where period = '2026-12'",
         "2026-12 recon.exact_amount"),
        ("reference data that was kept", "ops.refdata", "content = replace(content, 'Labs', 'Lads') where refdata_id = 1",
         "content = replace(content, 'Lads', 'Labs') where refdata_id = 1", "reference data 1"),
    ]
    for name, table, change, back, said in cases:
        c.psql(f"update {table} set {change}")
        month = re.match(r"\d{4}-\d\d", said)
        r = c.run("verify", "--json", *(("--period", month.group()) if month else ()))
        what = " ".join((d["period"] or "") + " " + d["what"] for d in json.loads(r.stdout)["differences"]) if r.stdout else ""
        ok(r.code == CONTROL and said in what, f"{name} that was changed is found", f"{r.code} {what} {r.stderr}")
        c.psql(f"update {table} set {back}")
    c.psql("insert into recon.accrual_estimate values ('2026-10', 'mistral', 'sales', '', 1, 1)")
    r = c.run("verify")
    ok(r.code == CONTROL and "2026-10" in r.stderr and "recon.accrual_estimate" in r.stderr, "a row that was added is found", r.stderr)
    c.psql("delete from recon.accrual_estimate where period = '2026-10'")
    for table, change, back in (("pinned_correction", "amount = amount + 1, reprocessed = reprocessed + 1", "amount = amount - 1, reprocessed = reprocessed - 1"),
                                ("pinned_input", "last_file_id = last_file_id + 1", "last_file_id = last_file_id - 1")):
        c.psql(f"alter table ledger.{table} disable trigger all")
        entry = c.value(f"select min(entry_no) from ledger.{table}")
        c.psql(f"update ledger.{table} set {change} where entry_no = {entry}")
        r = c.run("verify")
        ok(r.code == CONTROL and f"entry {entry}:" in r.stderr, f"ledger.{table}: the entry is named", r.stderr)
        c.psql(f"update ledger.{table} set {back} where entry_no = {entry}")
    r = c.run("verify")
    ok(r.code == DONE, "all put back, all is well", r.stdout + r.stderr)


def main():
    b = Books()
    october(b)
    november(b)
    second_opinion(b)
    price_fix(b)
    december(b)
    whole_quarter(b)
    restored_copy(b)
    explained(b)
    tampering(b)
    harness.done()


main()
