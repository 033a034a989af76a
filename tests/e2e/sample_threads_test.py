#!/usr/bin/python3
"""The sample company's reports, byte for byte, and what was loaded are the same however many threads there are."""
import concurrent.futures
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
from harness import DONE, equal, ok  # noqa: E402

PERIODS = ("2026-10", "2026-11")
REPORTS = ("variance.csv", "exceptions.csv", "journal.csv")


def sample(threads):
    """The sample's reports and facts, loaded by that many threads."""
    company = reckon.company_from(reckon.sample_folder(), reckon.SAMPLE_AS_OF)
    for line in (company.folder / "deliveries.txt").read_text().splitlines():
        company.run("-q", "ingest", "--threads", threads, *line.split(), check=DONE)
    reckon.close_enough(company, *PERIODS)
    return {f"{period}/{name}": company.out(period, name) for period in PERIODS for name in REPORTS}, company.content("gateway", "provider", "ops")


COUNTS = (1, 2, 8) if harness.DEEP else (1, 8)
with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
    (reports, facts), *others = pool.map(sample, COUNTS)
for count, (more_reports, more_facts) in zip(COUNTS[1:], others):
    for name, text in reports.items():
        ok(more_reports[name] == text, f"{name} is the same, byte for byte, with {count} threads as with one",
           reckon.differing_rows(more_reports[name], text))
    equal(harness.differences(more_facts, facts), "", f"and so is what was loaded with {count} threads")

harness.done()
