#!/usr/bin/python3
"""What must make no difference makes none: order of rows and files, how deliveries are cut, loading twice, format."""
import concurrent.futures
import itertools
import shutil
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
import variants  # noqa: E402

SEEDS = (7, 41, 85) if harness.DEEP else (7, 41)
PERIOD = "2026-10"


class Told:
    """A company's files and its ingest calls: [(source, [paths])]."""

    def __init__(self, folder):
        self.folder, self.calls = folder, reckon.calls_of(folder)
        self.as_of = (folder / "as-of.txt").read_text().strip()

    def copy(self):
        copied = harness.temporary_folder("closebook-told-")
        shutil.copytree(self.folder, copied, dirs_exist_ok=True)
        return Told(copied)

    def result(self):
        company = reckon.company_from(self.folder, self.as_of)
        reckon.ingest_calls(company, self.calls)
        reckon.close_enough(company, PERIOD)
        return {"variance": company.out(PERIOD, "variance.csv"), "journal": company.out(PERIOD, "journal.csv"),
                "exceptions": exceptions(company.out(PERIOD, "exceptions.csv")),
                "quarantined rows": company.value("select count(*) from ops.quarantine")}


def exceptions(text):
    """exceptions.csv without restatements, and without malformed rows, which stand in the month of their file."""
    kept = [row for row in reckon.rows(text) if row["code"] not in ("restated_delivery", "malformed_row")]
    return "\n".join(",".join(row.values()) for row in kept)


def change(told, rewrite, events=True, bills=True):
    tops = {path for source, paths in told.calls for path in paths if (bills, events)[source in ("gateway", "legacy")]}
    for top in sorted(tops):
        if rewrite is not variants.split or not has_manifests(told.folder / top):
            variants.rewritten(told.folder, [top], rewrite, top)


def has_manifests(top):
    return any("anifest" in path.name for path in top.rglob("*"))


# what must make no difference ------------------------------------------------------------------------

def rows_permuted(told):
    change(told, variants.permuted)


def more_files(told):
    change(told, variants.split)


def twice(told):
    told.calls += told.calls


def superseded_by_an_equal_one(told):
    """Every bill is followed by one that says the same in another order."""
    calls = []
    for source, paths in told.calls:
        calls.append((source, paths))
        if source in ("gateway", "legacy"):
            continue
        again = f"again/{len(calls)}/{paths[0]}"
        shutil.copytree(told.folder / paths[0], told.folder / again)
        variants.rewritten(told.folder, [again], variants.permuted, again)
        calls.append((source, [again]))
    told.calls = calls


def files_in_another_order(told):
    """Sources the other way round, each call with its files named one by one, the last one first."""
    of_source = {}
    for source, paths in told.calls:
        named = [str(path.relative_to(told.folder)) for path in variants.files(told.folder, paths)]
        of_source.setdefault(source, []).append((source, named[::-1]))
    told.calls = [call for source in reversed(of_source) for call in of_source[source]]


def events_as_csv(told):
    variants.rewritten(told.folder, ["events/main"], variants.as_csv, 0)


CHANGES = (rows_permuted, more_files, twice, superseded_by_an_equal_one, files_in_another_order, events_as_csv)


def result_of(seed, change_it, told):
    told = told.copy()
    if change_it:
        change_it(told)
    try:
        return told.result()
    except RuntimeError as problem:
        return problem


def the_sample_told_otherwise():
    """The sample company with all rows permuted and all files named the other way round: its period and its exceptions."""
    folder = reckon.sample_folder()
    calls = [line.split() for line in (folder / "deliveries.txt").read_text().splitlines()]
    company = reckon.company_from(folder, reckon.SAMPLE_AS_OF)
    for paths in calls:
        variants.rewritten(folder, paths, variants.permuted, paths[0])
        company.run("-q", "ingest", *reversed(variants.files(folder, paths)), check=harness.DONE)
    reckon.close_enough(company, PERIOD)
    table = (folder / "expected-variance.csv").read_text().splitlines(True)
    wanted = "".join(line for line in table if line.startswith((PERIOD, "period")))
    got = company.out(PERIOD, "variance.csv")
    harness.ok(got == wanted, "the sample, rows permuted and files in another order: variance", reckon.differing_rows(got, wanted))
    columns = ("code", "business_unit", "team_id", "service", "provider", "model", "count", "amount_usd")
    got = ["|".join(row[name] for name in columns) for row in reckon.rows(company.out(PERIOD, "exceptions.csv"))]
    wanted = ["|".join(row[name] for name in columns) for row in reckon.rows((folder / "expected.csv").read_text())
              if row["period"] == PERIOD]
    harness.ok(sorted(got) == sorted(wanted), "and its exceptions", reckon.differing_rows("\n".join(got), "\n".join(wanted)))


def main():
    harness.shared_server().database()
    with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
        told = {seed: Told(reckon.generated_folder(seed)) for seed in SEEDS}
        pairs = itertools.product(SEEDS, CHANGES) if harness.DEEP else zip(itertools.cycle(SEEDS), CHANGES)
        bases = {seed: pool.submit(result_of, seed, None, told[seed]) for seed in SEEDS}
        changed = [(seed, one, pool.submit(result_of, seed, one, told[seed])) for seed, one in pairs]
        for seed, one, other in changed:
            name = f"seed {seed}, {one.__name__.replace('_', ' ')}: "
            base, other = bases[seed].result(), other.result()
            if isinstance(other, Exception):
                harness.ok(False, name + "it runs", other)
                continue
            for part in base:
                harness.ok(other[part] == base[part], name + part, reckon.differing_rows(other[part], base[part])[:3000])
    the_sample_told_otherwise()
    harness.done()


if __name__ == "__main__":
    main()
