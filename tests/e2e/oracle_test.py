#!/usr/bin/python3
"""Random companies, reckoned twice: the program's variance and journals are the oracle's to the last digit."""
import concurrent.futures
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402

SEEDS = (32, 209, *range(101, 123 if harness.DEEP else 105))
PERIODS = ("2026-09", "2026-10", "2026-11")


def reckon_twice(seed):
    """[(period, what the program says, what the oracle says)] of one company."""
    folder = reckon.generated_folder(seed)
    as_of = (folder / "as-of.txt").read_text().strip()
    company = reckon.company_from(folder, as_of)
    reckon.ingest_calls(company, reckon.calls_of(folder))
    found = []
    for period in PERIODS if seed % 4 == 1 else PERIODS[1:2]:
        oracle = reckon.Oracle(folder, period, as_of)
        reckon.close_enough(company, period)
        oracle.wait()
        found.append((period, company.out(period, "variance.csv"), oracle.variance(),
                      reckon.journal_totals(company.out(period, "journal.csv")), oracle.journal_totals()))
    return found


def reported(seed):
    try:
        return reckon_twice(seed)
    except RuntimeError as problem:
        return problem


def main():
    seeds = [int(text) for text in sys.argv[1:]] or SEEDS
    harness.shared_server().database()
    with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
        for seed, found in zip(seeds, pool.map(reported, seeds)):
            if isinstance(found, Exception):
                harness.ok(False, f"seed {seed}", found)
                continue
            for period, variance, wanted, journal, wanted_journal in found:
                harness.ok(variance == wanted, f"seed {seed}, {period}: the variance is the oracle's",
                           reckon.differing_rows(variance, wanted))
                harness.ok(journal == wanted_journal, f"seed {seed}, {period}: so are the journal's lines", "\n".join(
                    [f"program  {row}" for row in journal if row not in wanted_journal]
                    + [f"wanted   {row}" for row in wanted_journal if row not in journal]))
    harness.done()


if __name__ == "__main__":
    main()
