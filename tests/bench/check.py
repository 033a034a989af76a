#!/usr/bin/env python3
"""Compares a contender's totals per business unit with the generator's per team: check.py TOTALS TEAMS exact|cents RESULT.
RESULT is closebook's variance.csv, or business_unit_id, computed_usd, billed_usd, variance_usd. A unit that is missing
counts as 0; `cents` allows half a cent.
"""
import collections
import csv
import decimal
import sys

MONTH = "2026-10-01"


def rows(path):
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def main():
    totals, teams, how, result = sys.argv[1:]
    allowed = decimal.Decimal("0.005" if how == "cents" else 0)
    unit = {row["team_id"]: row["business_unit_id"] for row in rows(teams)
            if row["valid_from"] <= MONTH and (not row["valid_to"] or MONTH < row["valid_to"])}
    expected = collections.defaultdict(lambda: [decimal.Decimal(0)] * 3)
    for row in rows(totals):
        computed, billed = decimal.Decimal(row["computed_usd"]), decimal.Decimal(row["billed_usd"])
        for name in (unit[row["team_id"]], "TOTAL"):
            expected[name] = [a + b for a, b in zip(expected[name], (computed, billed, billed - computed))]
    found = {row.get("business_unit") or row["business_unit_id"]: [
        decimal.Decimal(row[column]) for column in ("computed_usd", "usage_billed_usd" if "usage_billed_usd" in row
                                                    else "billed_usd", "variance_usd")] for row in rows(result)}
    found.setdefault("TOTAL", [sum(column) for column in zip(*found.values())])
    wrong = [f"{name}: {' '.join(map(str, found.get(name, ['nothing'])))}; expected {' '.join(map(str, expected[name]))}"
             for name in sorted(expected.keys() | found.keys())
             if any(abs(a - b) > allowed for a, b in zip(found.get(name, [decimal.Decimal(0)] * 3), expected[name]))]
    if wrong:
        sys.exit("\n".join([f"bench: {result} has other totals (computed, billed, variance) than the generator:", *wrong]))


main()
