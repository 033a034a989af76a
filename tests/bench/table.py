#!/usr/bin/env python3
"""Prints what tests/bench/run measured: table.py FOLDER REQUESTS RUNS MEMORY CASES, where FOLDER has a file
CASE-REQUESTS.measured per case and MEMORY the last run's samples.
"""
import itertools
import os
import statistics
import sys

# Stage, how it is called, and its floors. Indented: a part of the stage above. Milliseconds.
BILL = [("total", "files to variance.csv", ()),
        ("ingest_bill", "  ingest the bill", ("inflate_alone", "copy_alone")),
        ("inflate_alone", "    floor: inflate", ()),
        ("parse_alone", "    inflate and parse, no database", ()),
        ("copy_alone", "    floor: COPY of the lines, no index", ()),
        ("reconcile", "  reconcile", ("join_alone",)),
        ("match", "    match and allocate", ("join_alone",)),
        ("variance_exceptions", "    variance, exceptions, journal", ()),
        ("join_alone", "    floor: one parallel join or group", ()),
        ("report", "  report", ()),
        ("psql", "psql", ()),
        ("psql_load", "  copy, one file after another", ()),
        ("psql_load_two", "  (copy, two files at a time)", ()),
        ("psql_sum", "  SQL", ()),
        ("duckdb", "DuckDB", ()),
        ("nightly", "nightly without new data", ()),
        ("restated", "one restated day", ()),
        ("restated_ingest", "  ingest", ()),
        ("restated_reconcile", "  reconcile", ())]
EVENTS = [("ingest_json", "ingest JSON lines, with roll-up", ("parse_json_alone", "copy_alone")),
          ("parse_json_alone", "  inflate and parse, no database", ()),
          ("copy_alone", "  floor: COPY of the events, no index", ()),
          ("roll_up", "  roll-up", ("group_alone",)),
          ("group_alone", "    floor: one parallel group", ()),
          ("ingest_csv", "ingest CSV, with roll-up", ("parse_csv_alone", "copy_alone")),
          ("parse_csv_alone", "  parse, no database", ()),
          ("roll_up_csv", "  roll-up", ("group_alone",))]
CLOSE = [("reconcile", "reconcile", ()), ("freeze", "close freeze", ()), ("post", "close post", ()), ("verify", "verify", ("reconcile",))]
SUMS = {"total": ("ingest_bill", "reconcile", "report"), "psql": ("psql_load", "psql_sum"),
        "restated": ("restated_ingest", "restated_reconcile"),
        "month": ("ingest_bill", "reconcile")}
OWN = ("ingest_bill", "reconcile", "report", "nightly", "restated_ingest", "restated_reconcile", "ingest_json", "ingest_csv",
       "freeze", "post", "verify")


def load(path):
    """Stage to its median, of memory the most; with the sums."""
    runs = {}
    with open(path, encoding="ascii") as handle:
        for line in handle:
            _, stage, value = line.split()
            runs.setdefault(stage, []).append(float(value))
    for name, parts in SUMS.items():
        if all(part in runs for part in parts):
            runs[name] = [sum(values) for values in zip(*(runs[part] for part in parts))]
    return {stage: (max if stage.startswith("memory:") else statistics.median)(values) for stage, values in runs.items()}


def print_stages(title, stages, cases):
    """A column per case; behind a stage how many times its greatest floor it takes."""
    print(f"\n{title:<40}" + "".join(f"{name:>18}" for name, _ in cases))
    for stage, label, floors in stages:
        cells = ""
        for _, values in cases:
            floor = max((values.get(name, 0) for name in floors), default=0)
            cells += f"{values[stage]:10.0f}" if stage in values else f"{'':10}"
            cells += f"{values[stage] / floor:6.1f} x" if floor and stage in values else " " * 8
        if cells.strip():
            print(f"{label:<40}{cells}".rstrip())


def print_sizes(cases):
    for name, v in cases:
        per_event = [v[stage] / v["events"] for stage in ("event_bytes", "event_index_bytes", "hour_bytes")]
        print(f"{name}: bytes per event {sum(per_event):.0f}: table {per_event[0]:.0f}, indexes {per_event[1]:.0f}, "
              f"roll-up {per_event[2]:.0f}")
        if v["lines"]:
            per_line = [v[stage] / v["lines"] for stage in ("line_bytes", "line_index_bytes", "attribute_bytes")]
            print(f"{name}: bytes per line {sum(per_line):.0f}: table {per_line[0]:.0f}, indexes {per_line[1]:.1f}, "
                  f"attributes {per_line[2]:.1f}; {v['lines']:.0f} lines")


def demands(bills, events, closes, smaller, requests):
    """Rows of the last table: what, value, unit, demand, aim; a demand is (sign, number) or None."""
    for name, v in bills:
        strong = name == "c"  # the others' rows cost next to nothing
        if "psql" in v:
            yield (f"({name}) against psql", v["psql"] / v["total"], "x",
                   (">=", 8 if strong else 3), (">=", 15 if strong else 6))
    for name, v in bills:
        if "duckdb" in v:
            yield f"({name}) against DuckDB", v["duckdb"] / v["total"], "x", (">", 1) if name == "c" else None, (">", 1)
    yield ("client memory", max(v.get(f"memory:{stage}", 0) for _, v in bills + events + closes for stage in OWN), "MB",
           ("<=", 256), ("<=", 128))
    for name, v in bills:
        if name in smaller:
            yield (f"({name}) time of {requests} to {requests // 10} requests", v["total"] / smaller[name]["total"], "x",
                   ("<=", 11), ("<=", 10.2))
    for name, v in bills:
        yield f"({name}) nightly without new data", v["nightly"] / 1000, "s", ("<=", 2), ("<=", 0.5)
    for _, v in events:
        for kind, stage, roll_up, demand, aim in (("JSON lines", "ingest_json", "roll_up", 60000, 100000),
                                                  ("CSV", "ingest_csv", "roll_up_csv", 250000, 500000)):
            yield f"events, {kind}", requests * 1000 / (v[stage] - v[roll_up]), "/s", (">=", demand), (">=", aim)
            yield f"events, {kind}, with roll-up", requests * 1000 / v[stage], "/s", None, None
    for _, v in closes:
        yield "freeze and post, beyond the reconcile", (v["freeze"] + v["post"]) / 1000, "s", ("<=", 60), None
        yield "verify, of the reconcile's time", v["verify"] / v["reconcile"], "x", ("<=", 2), None
    for name, v in bills:
        yield f"({name}) restated day, of the month's time", 100 * v["restated"] / v["month"], "%", None, None


def holds(value, bound):
    sign, number = bound
    return {">=": value >= number, ">": value > number, "<=": value <= number}[sign]


def verdict(value, demand, aim):
    if aim and holds(value, aim):
        return "aim met"
    if demand:
        return "demand met" if holds(value, demand) else "MISSED"
    return "aim missed" if aim else ""


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def print_demands(table):
    print(f"\n{'':<44}{'measured':>12}    {'demand':>12} {'aim':>12}")
    for label, value, unit, demand, aim in table:
        bounds = [f"{bound[0]} {bound[1]:,}" if bound else "" for bound in (demand, aim)]
        cells = f"{label:<44}{number(value):>12} {unit:<2} {bounds[0]:>12} {bounds[1]:>12}"
        print(f"{cells}  {verdict(value, demand, aim)}".rstrip())


def print_memory(path):
    """Of each long stage of the last run what the client held, by the second; 38*4: the same for four."""
    last = {}
    with open(path, encoding="ascii") as handle:
        for line in handle:
            case, stage, *held = line.split()
            if stage in OWN and len(held) > 1:
                last[case, stage] = held
    if last:
        print("\nMB that the client held, each second")
    for (case, stage), held in last.items():
        spans = [(megabytes, len(list(same))) for megabytes, same in itertools.groupby(held)]
        print(f"{case} {stage}: " + " ".join(f"{megabytes}*{n}" if n > 1 else megabytes for megabytes, n in spans))


def main():
    folder, requests, runs, memory, names = sys.argv[1:]
    requests = int(requests)
    measured = [(name, load(f"{folder}/{name}-{requests}.measured")) for name in names.split()]
    bills = [(name, v) for name, v in measured if name not in ("events", "close")]
    events = [(name, v) for name, v in measured if name == "events"]
    closes = [(name, v) for name, v in measured if name == "close"]
    paths = {name: f"{folder}/{name}-{requests // 10}.measured" for name, _ in bills}
    smaller = {name: load(path) for name, path in paths.items() if requests % 10 == 0 and os.path.exists(path)}
    print(f"{requests} requests, {3 * requests} rows, {os.cpu_count()} cores, medians of {runs} runs")
    if bills:
        print_stages("milliseconds, times the greatest floor", BILL, bills)
    if events:
        print_stages("milliseconds, times the greatest floor", EVENTS, events)
    if closes:
        print_stages("milliseconds; verify, times the reconcile", CLOSE, closes)
    print()
    print_sizes(bills + events)
    print_memory(memory)
    print_demands(demands(bills, events, closes, smaller, requests))


main()
