#!/usr/bin/env python3
"""Step 1 takes whole cells of the roll-up where all their events are billed alike, and single requests elsewhere; where there
are fewer lines than events it takes single requests from the beginning. Whatever the way, the same must come of it: the
same company is reckoned once as it is, and once beside so many calls of another unit that nobody bills.
"""
import json

import harness
import reckon
from case_company import LINE_COLUMNS, REFDATA, csv_text, event, named, price_list
from harness import equal, ok

UNITS = REFDATA["business_units.csv"] + "gamma,Gamma,cg,6002,,,,,2026-01-01,\n"
TEAMS = REFDATA["teams.csv"] + "t9,gamma,Nine,,2026-01-01,\n"
PRICE = {"input": 2, "output": 6, "cache_read": 0.2}
CLASSES = ("input", "output", "cache_read")


def call(hour, i, team):
    """An event with three classes, at a minute of an hour of October 5."""
    cache, rest, output = 1000 * (i + 1), 5000 + 1000 * i, 2000 + 500 * i
    return event(f"h{hour}-{i}", f"{hour:02d}:{i:02d}:00", team=team, input_tokens=cache + rest, cache_read_input_tokens=cache,
                 output_tokens=output)


def counts(e):
    cache = e.get("cache_read_input_tokens", 0)
    return {"input": e["input_tokens"] - cache, "output": e["output_tokens"], "cache_read": cache}


def priced(e, usage_class, quantity=None, **more):
    """The line that bills a class of an event at its price."""
    n = counts(e)[usage_class] if quantity is None else quantity
    return named(e["request_id"], e["timestamp"], f"{n * PRICE[usage_class] / 1000000:.7f}", usage_class, n, **more)


def company():
    """(events, lines of October's bill, lines of November's)"""
    hours = {hour: [call(hour, i, "t1" if hour < 3 else "t2") for i in range(6)] for hour in range(8)}
    bill = {e["request_id"]: [priced(e, c) for c in CLASSES] for events in hours.values() for e in events}
    late = []
    bill["h1-2"].pop(1)                                                    # its output is not billed
    bill["h2-1"].append(dict(bill["h2-1"][0]))                             # a line that stands twice
    bill["h3-0"][0] = {**bill["h3-0"][0], "quantity": None}                # no quantity beside others that have one
    bill["h4-0"] = [named("h4-0", "04:00:00", "0.05")]                     # no class: all of them
    bill["h4-1"] = [bill["h4-1"][0], named("h4-1", "04:01:00", "0.03")]    # a class, and the rest
    bill["h5-3"][1] = priced(hours[5][3], "output", 9000)                  # another quantity than was metered
    bill["h5-4"][2] = named("h5-4", "05:04:00", "0.001", "cache_read", "3000.5")  # one that is no whole number
    bill["h5-5"][1] = named("h5-5", "05:05:00", "0.03", "output", "20000000000000000000")  # one beyond 64 bits
    late += [{**priced(e, c), "usage_start": "2026-11-02T00:00:00Z", "usage_end": "2026-11-02T00:00:00Z"}
             for e in hours[6][:2] for c in CLASSES]                       # billed by November
    for e in hours[6][:2]:
        bill.pop(e["request_id"])
    events = [e for of in hours.values() for e in of]
    far = event("far", "2026-08-20T10:00:00Z", team="t1", input_tokens=4000)  # out of the hours that are looked at first
    twin = event("h0-0", "2026-10-05T00:30:00Z", "openai", "gpt-x", "t2", input_tokens=7000)  # the same id of another provider
    failed = event("failed", "07:30:00", team="t1", input_tokens=3000, status="error")
    extra = [priced(far, "input"), named("nobody", "07:40:00", "0.02", "input", 10000), priced(failed, "input"),
             {**named("h0-1", "00:01:00", "0.04"), "charge_type": "tax"}, {**named("nowhere", "07:41:00", "0.01"), "charge_type": "tax"}]
    return events + [far, twin, failed], [row for rows in bill.values() for row in rows] + extra, late


def reckoned(others):
    """variance.csv and exceptions of October and November, with so many other calls; and how many lines and events there are."""
    events, bill, late = company()
    events += [event(f"other-{i}", f"{i % 24:02d}:{i % 60:02d}:30", team="t9", input_tokens=1000 + i) for i in range(others)]
    folder = harness.temporary_folder("closebook-ways-")
    (folder / "closebook.yaml").write_text("sources:\n  - {name: gateway, type: events, uri: gateway}\n  - {name: bill, type: usage-csv, uri: bill}\n")
    for name, text in {**REFDATA, "business_units.csv": UNITS, "teams.csv": TEAMS, "prices.csv": price_list()}.items():
        (folder / "refdata").mkdir(exist_ok=True)
        (folder / "refdata" / name).write_text(text)
    for name, text in {"gateway/events.jsonl": "".join(json.dumps(e) + "\n" for e in events), "bill/october.csv": csv_text(LINE_COLUMNS, bill),
                       "bill/november.csv": csv_text(LINE_COLUMNS, late)}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    as_of = "2026-11-20T05:00:00Z"
    c = reckon.company_from(folder, as_of)
    oracles = {period: reckon.Oracle(folder, period, as_of) for period in ("2026-10", "2026-11")}
    reckon.ingest_calls(c, [("gateway", ["gateway"]), ("bill", ["bill/october.csv"]), ("bill", ["bill/november.csv"])], refused_is_fine=False)
    reckon.close_enough(c, *oracles)
    for period, oracle in oracles.items():
        text, wanted = c.out(period, "variance.csv"), oracle.wait().variance()
        equal(text, wanted, f"{others} others: {period} is what the oracle has", reckon.differing_rows(text, wanted))
    return c


few, many = reckoned(0), reckoned(900)
lines = int(few.value("select count(*) from provider.line where request_id is not null"))
ok(int(few.value("select count(*) from gateway.event")) <= lines < int(many.value("select count(*) from gateway.event")),
   "the one company has more lines than events, the other fewer")
for period in ("2026-10", "2026-11"):
    own = [reckon.variance(c, period) for c in (few, many)]
    for unit in ("alpha", "beta", "unattributed"):
        equal(own[1][unit], own[0][unit], f"{period}: {unit} comes to the same either way")
    found = [sorted((row["code"], row["business_unit"], row["team_id"], row["provider"], row["model"], row["count"], row["amount_usd"], row["request_id"])
                    for row in reckon.rows(c.out(period, "exceptions.csv")) if row["business_unit"] != "gamma") for c in (few, many)]
    equal(found[1], found[0], f"{period}: and so do the exceptions")
codes = {row["code"] for row in reckon.rows(few.out("2026-10", "exceptions.csv"))}
ok({"duplicate_line", "quantity_variance", "late_event", "billed_failure", "unmetered_usage", "unbilled_usage"} <= codes,
   "every special case was there", codes)
harness.done()
