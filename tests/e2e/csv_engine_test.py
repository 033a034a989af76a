#!/usr/bin/python3
"""Whatever CSV is read with, the sample company's CSV files load as the same rows."""
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
from harness import CONFIG, DONE, equal, ok  # noqa: E402

FILES = ("events/2026-10-29.csv.gz", "aws-cur", "usage-csv")


def loaded(folder, engine):
    """What the database holds of the files, read with the engine."""
    company = reckon.company_from(folder, reckon.SAMPLE_AS_OF)
    result = company.run("ingest", *FILES, env={"CLOSEBOOK_CSV": engine})
    equal(result.code, DONE, f"{engine or 'the default'} loads them", result.stderr)
    return company.content("provider", "gateway")


def main():
    folder = reckon.sample_folder()
    wanted = loaded(folder, None)
    for table in ("provider.line_fact", "provider.delivery", "gateway.event"):
        ok(wanted[table], f"there are rows of {table}")
    for engine in ("libcsv", "portable"):
        equal(harness.differences(loaded(folder, engine), wanted), "", f"{engine} gives the same rows")
    refused = harness.execute([harness.BINARY, "--version"], env={"CLOSEBOOK_CSV": "fast"})
    equal(refused.code, CONFIG, "an engine that there is not is refused")
    ok("fast is no way to read CSV" in refused.stderr, "by its name", refused.stderr)
    harness.done()


if __name__ == "__main__":
    main()
