"""The draft accrual: billed so far, and computed cost that the bills have not reached yet.

An event that a line names by its request id is billed, even where it happened when its account's bill ends.
"""
import csv
from collections import defaultdict
from fractions import Fraction

import exact
import when
from books import NOBODY, zero

HEADER = ("provider", "account", "cost_center", "business_unit", "debit_cents", "credit_cents")


class Reach:
    """How far the current usage lines of a provider and account go."""

    def __init__(self, config, lines):
        self.sources = {source.name: source for source in config.sources}
        self.latest = defaultdict(lambda: None)  # (provider, source, account or None) -> latest end
        for line in lines:
            if line.is_usage and line.cost is not None:
                key = (line.provider, line.source, line.account_id)
                self.latest[key] = max(self.latest[key] or line.end, line.end)

    def of(self, event):
        ends = []
        for (provider, source, account), end in self.latest.items():
            mine = event.account_id or self.sources[source].defaults.get("account_id")
            if provider == event.provider and (mine is None or account is None or account == mine):
                ends.append(end)
        return max(ends, default=None)


def _cells(config, refdata, events, lines, books, period):
    """{provider: {(business unit, cost center, expense account): exact amount}}"""
    last_day = when.month_bounds(period)[2]
    cells = defaultdict(lambda: defaultdict(zero))

    def add(provider, unit, team, amount):
        if unit == NOBODY:
            key = (NOBODY, "", refdata.account("suspense"))
        else:
            row = refdata.unit_row(unit, last_day)
            key = (unit, refdata.cost_center(team, unit, last_day), row["expense_account"] if row else "")
        cells[provider][key] += amount

    for (provider, unit, team), amount in books.debits.items():
        add(provider, unit, team, amount)
    reach = Reach(config, lines)
    named = {(line.provider, line.request_id) for line in lines
             if line.is_usage and line.cost is not None and line.request_id and line.period == period}
    for event in events.values():
        if event.billable and event.month == period and event.key not in named:
            end = reach.of(event)
            if end is None or event.stamp >= end:
                add(event.provider, event.owner_bu, event.owner_team, event.computed_cost)
    return cells


def in_cents(cells):
    """(total in cents, {key: cents}): the total rounded half away from zero, spread by remainder."""
    total = int(exact.round_half_away(sum(cells.values(), Fraction(0)), 2) * 100)
    keys = sorted(cells)
    cents = {key: exact.floor(cells[key] * 100) for key in keys}
    left = total - sum(cents.values())
    order = sorted(range(len(keys)),
                   key=lambda at: (-(cells[keys[at]] * 100 - cents[keys[at]]), at))
    for at in order[:left]:
        cents[keys[at]] += 1
    return total, cents


def draft(config, refdata, events, lines, books, period):
    """Rows of the draft, by provider: its debits by key, then its clearing account."""
    rows = []
    for provider, cells in sorted(_cells(config, refdata, events, lines, books, period).items()):
        total, cents = in_cents(cells)
        for (unit, center, account), amount in sorted(cents.items()):
            if amount:
                rows.append([provider, account, center, unit, max(amount, 0), max(-amount, 0)])
        if total:
            clearing = refdata.account("clearing", provider)
            rows.append([provider, clearing, "", "", max(-total, 0), max(total, 0)])
    return rows


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(HEADER)
        out.writerows(rows)
