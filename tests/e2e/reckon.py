"""What a company's period comes to: by the program, and by the oracle, which reckons it anew from the raw files."""
import csv
import io
import pathlib
import shutil
import subprocess
import sys

import harness

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = harness.ROOT / "fixtures"
SAMPLE_AS_OF = "2026-11-04T05:00:00Z"


def rows(text):
    """The rows of a CSV text, each a dictionary."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def variance(company, period):
    """variance.csv: business unit -> row."""
    return {row["business_unit"]: row for row in rows(company.out(period, "variance.csv"))}


def cents(text):
    """Whole cents of an amount with two decimals; empty is nothing."""
    whole, _, part = (text or "0.00").partition(".")
    if len(part) != 2:
        raise ValueError(f"{text} is not in cents")
    return int(whole + part)


def journal_totals(text):
    """journal.csv as the oracle writes its totals, sorted."""
    return sorted((row["provider"], row["account"], row["cost_center"], row["business_unit"],
                   cents(row["debit"]), cents(row["credit"])) for row in rows(text))


def own_settings(text):
    """A configuration without the keys that harness.Company writes itself."""
    return "".join(line + "\n" for line in text.splitlines()
                   if not line.startswith(("refdata_dir:", "out_dir:", "state_dir:")))


# the program -------------------------------------------------------------------------------------

def company_from(folder, as_of, **options):
    """The company whose closebook.yaml, reference data and files are in the folder."""
    company = harness.Company(config=own_settings((folder / "closebook.yaml").read_text()),
                              folder=folder, as_of=as_of, **options)
    company.run("refdata", "apply", check=harness.DONE)
    return company


def close_enough(company, *periods):
    """Reconciles the periods and writes their reports; the loaded lines must add up to their sums."""
    for period in periods:
        company.run("-q", "reconcile", "--period", period, check=harness.DONE)
        company.run("-q", "report", "--period", period, check=harness.DONE)
    torn = company.torn_sums()
    if torn:
        raise RuntimeError(f"the lines do not add up to their sums: {torn[:4]}")


def sample_folder():
    """A copy of the sample company's files."""
    folder = harness.temporary_folder("closebook-sample-")
    for path in FIXTURES.iterdir():
        if path.is_dir() and path.name != "generate":
            shutil.copytree(path, folder / path.name)
        elif path.is_file():
            shutil.copy(path, folder / path.name)
    return folder


def generated_folder(seed):
    """The files of a random company: bills of every provider, with a provider's faults."""
    folder = harness.temporary_folder(f"closebook-seed-{seed}-")
    made = harness.execute([sys.executable, HERE / "companies" / "main.py", "--seed", seed, "--out", folder])
    if made.code != 0:
        raise RuntimeError(f"seed {seed}: {made.stderr}")
    return folder


def ingest_calls(company, calls, refused_is_fine=True):
    """Loads [(source, [paths])] in order; a delivery with one bad line is refused, which is no fault here."""
    fine = (harness.DONE, harness.INPUT) if refused_is_fine else (harness.DONE,)
    for source, paths in calls:
        loaded = company.run("-q", "ingest", "--source", source, *paths)
        if loaded.code not in fine:
            raise RuntimeError(f"ingest --source {source} {paths}: {loaded.code}: {loaded.stderr}")


def calls_of(folder):
    """The ingest calls that a generated company names."""
    lines = (folder / "calls.tsv").read_text().splitlines()
    return [(source, [path]) for source, path in (line.split("\t") for line in lines)]


# the oracle --------------------------------------------------------------------------------------

class Oracle:
    """The independent reckoning of a period, begun at once in the background."""

    def __init__(self, folder, period, as_of):
        self.out = folder / "oracle" / period
        argv = [sys.executable, HERE / "oracle" / "main.py", "--config", folder / "closebook.yaml",
                "--period", period, "--as-of", as_of, "--out", self.out]
        self.process = subprocess.Popen([str(arg) for arg in argv], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def wait(self):
        problems = self.process.communicate(timeout=240)[1]
        if self.process.returncode != 0:
            raise RuntimeError(f"oracle: {problems}")
        return self

    def variance(self):
        return (self.out / "variance.csv").read_text()

    def journal_totals(self):
        return sorted((row["provider"], row["account"], row["cost_center"], row["business_unit"],
                       int(row["debit_cents"]), int(row["credit_cents"]))
                      for row in rows((self.out / "journal_totals.csv").read_text()))


def differing_rows(got, want):
    """The lines of two texts that are not in both, for the eye."""
    got, want = got.splitlines(), want.splitlines()
    return "\n".join([f"program  {line}" for line in got if line not in want]
                     + [f"wanted   {line}" for line in want if line not in got])
