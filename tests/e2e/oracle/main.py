#!/usr/bin/env python3
"""An independent reckoning of a period, straight from the raw files.

    main.py --config CLOSEBOOK_YAML --period 2026-10 [--as-of TIME] [--out DIR]

Writes variance.csv and journal_totals.csv, and fails when its own sums do not hold.
"""
import argparse
import os
import sys
from datetime import datetime, timezone
from fractions import Fraction

sys.dont_write_bytecode = True

import events as event_reader  # noqa: E402
import journal  # noqa: E402
import policy  # noqa: E402
import sources  # noqa: E402
import variance  # noqa: E402
import when  # noqa: E402
from books import Books  # noqa: E402
from match import Matcher  # noqa: E402
from refdata import RefData  # noqa: E402


class Reckoning:
    """Everything that a period comes to."""

    def __init__(self, config_path, period, as_of):
        self.config = sources.Config(config_path)
        self.refdata = RefData(self.config.refdata)
        self.period = period
        self.events, self.quarantined = event_reader.read(
            self.config.event_sources(), self.refdata, as_of)
        self.refdata.rate_events(self.events.values())
        self.lines, self.refused = sources.current_lines(self.config, self.refdata)
        self.books = Books()
        self._compute()

    def _compute(self):
        for event in self.events.values():
            if event.billable and event.month == self.period:
                self.books.computed[event.owner_bu] += event.computed_cost
                self.books.causes[event.owner_bu]["rating"] += event.rule_cost - event.computed_cost
        Matcher(self.config, self.refdata, self.events, self.lines, self.period, self.books).run()
        policy.run(self.books, self.refdata)
        self.rows = variance.compute(self.config, self.refdata, self.books, self.period)
        self.journal = journal.draft(self.config, self.refdata, self.events, self.lines,
                                     self.books, self.period)

    def faults(self):
        """The identities that do not hold; none if all is well."""
        found = []
        billed = sum((line.cost for line in self.lines
                      if line.period == self.period and line.cost is not None), Fraction(0))
        total = self.rows[-1]
        if total["billed"] != billed or policy.total(self.books) != billed:
            found.append(f"business units hold {total['billed']}, the lines {billed}")
        for row in self.rows:
            if row["causes"]["rounding"] != 0:
                found.append(f"{row['unit']}: causes leave {row['causes']['rounding']} over")
            if sum(row["causes"].values()) != row["variance"]:
                found.append(f"{row['unit']}: causes do not sum to the variance")
        if sum(self.books.debits.values(), Fraction(0)) != billed:
            found.append("the debits do not sum to the lines")
        if sum(row[4] for row in self.journal) != sum(row[5] for row in self.journal):
            found.append("the journal does not balance")
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--config", required=True)
    parser.add_argument("--period", required=True)
    parser.add_argument("--as-of", default=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    parser.add_argument("--out", default=".")
    options = parser.parse_args()
    reckoning = Reckoning(options.config, options.period, when.parse(options.as_of))
    os.makedirs(options.out, exist_ok=True)
    variance.write(os.path.join(options.out, "variance.csv"), options.period, reckoning.rows)
    journal.write(os.path.join(options.out, "journal_totals.csv"), reckoning.journal)
    print(f"{len(reckoning.events)} events, {reckoning.quarantined} quarantined, "
          f"{len(reckoning.lines)} lines", file=sys.stderr)
    for source, problem in reckoning.refused:
        print(f"refused: {source}: {problem}", file=sys.stderr)
    faults = reckoning.faults()
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
