#!/usr/bin/python3
"""The sample company, from its files to its reports: its variance is known to the last digit, and exactly the planted
faults are found, nothing missing and nothing extra."""
import collections
import concurrent.futures
import hashlib
import json
import pathlib
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
from harness import DONE, INPUT, equal, ok  # noqa: E402

PERIODS = ("2026-10", "2026-11")
FILES = ("variance.csv", "exceptions.csv", "journal.csv", "summary.json", "manifest.json")
KEY = ("period", "code", "business_unit", "team_id", "service", "provider", "model", "count", "amount_usd")


def digests(folder):
    """{path: SHA-256} of all files below a folder."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts}


def regenerate():
    """The generator's files, made anew."""
    out = harness.temporary_folder("closebook-regenerated-")
    made = harness.execute([sys.executable, "-B", reckon.FIXTURES / "generate" / "main.py", "--out", out], timeout=240)
    return made, digests(out)


def check_ingest(company):
    planted_bad = sum(int(row["count"]) for row in reckon.rows((company.folder / "expected.csv").read_text())
                      if row["code"] == "malformed_row")
    totals = collections.Counter()
    for at, line in enumerate((company.folder / "deliveries.txt").read_text().splitlines(), 1):
        loaded = company.run("ingest", "--json", *line.split())
        equal(loaded.code, DONE, f"ingest call {at} loads", loaded.stderr)
        for file in json.loads(loaded.stdout)["files"]:
            totals.update({name: count for name, count in file.items() if name.startswith("rows_")})
    read, parts = totals["rows_read"], [totals["rows_" + name] for name in ("accepted", "quarantined", "duplicate")]
    equal(read, sum(parts), "rows read = accepted + quarantined + duplicate")
    equal(totals["rows_quarantined"], planted_bad, "the unusable rows are quarantined")
    equal(totals["rows_passed_over"], 11103 - 1175, "CUR rows of other services are passed over")
    kept = company.value("""select count(*) from ops.file where rows_read <> rows_accepted + rows_quarantined + rows_duplicate""")
    equal(kept, "0", "so they tie in every file")
    again = company.run("ingest", "--json", *(company.folder / "deliveries.txt").read_text().splitlines()[-1].split())
    equal((again.code, {file["outcome"] for file in json.loads(again.stdout)["files"]}), (DONE, {"known"}),
          "the same files again load nothing")


def check_variance(company, period, oracle):
    text = company.out(period, "variance.csv")
    expected = (company.folder / "expected-variance.csv").read_text().splitlines()
    wanted = "\n".join([expected[0]] + [line for line in expected[1:] if line.startswith(period)]) + "\n"
    ok(text == wanted, f"{period}: the variance is the expected one, byte for byte", reckon.differing_rows(text, wanted))
    reckoned = oracle.wait().variance()
    ok(text == reckoned, f"{period}: and the oracle's", reckon.differing_rows(text, reckoned))


def check_exceptions(company):
    wanted = [tuple(row[name] for name in KEY) for row in reckon.rows((company.folder / "expected.csv").read_text())]
    found = [row for period in PERIODS for row in reckon.rows(company.out(period, "exceptions.csv"))]
    got = [tuple(row[name] for name in KEY) for row in found]
    missing = collections.Counter(wanted) - collections.Counter(got)
    extra = collections.Counter(got) - collections.Counter(wanted)
    ok(not missing, "no planted fault is missed", "\n".join(map(str, missing)))
    ok(not extra, "nothing else is found", "\n".join(map(str, extra)))
    equal(len({row["exception_id"] for row in found}), len(found), "every exception has an id of its own")


def check_journal(company, period, oracle):
    text = company.out(period, "journal.csv")
    sums = collections.Counter()
    for row in reckon.rows(text):
        sums[row["journal_id"], row["provider"]] += reckon.cents(row["debit"]) - reckon.cents(row["credit"])
        sums[row["journal_id"], "all"] += reckon.cents(row["debit"]) - reckon.cents(row["credit"])
    ok(sums and not any(sums.values()), f"{period}: the journal balances, per journal and provider", str(sums))
    equal(reckon.journal_totals(text), oracle.journal_totals(), f"{period}: its lines are the oracle's, cent for cent")
    equal({row["journal_id"] for row in reckon.rows(text)}, {f"CB-{period}-A-DRAFT"}, f"{period}: it is a draft accrual")


def check_manifest(company, period):
    folder = company.folder / "out" / period
    manifest = json.loads((folder / "manifest.json").read_text())
    stated = {name: (file["sha256"], int(file["bytes"])) for name, file in manifest["files"].items()}
    actual = {name: (hashlib.sha256((folder / name).read_bytes()).hexdigest(), (folder / name).stat().st_size)
              for name in stated}
    equal(stated, actual, f"{period}: the manifest's digests are those of the files")
    equal(sorted(list(stated) + ["manifest.json"]), sorted(path.name for path in folder.iterdir()),
          f"{period}: and names all of them")
    loaded = set(digests(company.folder).values())
    ok({one["digest"] for one in manifest["inputs"]} <= loaded, f"{period}: its inputs are files that were loaded")
    summary = json.loads((folder / "summary.json").read_text())
    equal((summary["as_of"], summary["result_id"], summary["ties"]),
          (reckon.SAMPLE_AS_OF, manifest["result_id"], True), f"{period}: the summary is of the same run, and ties")
    table = reckon.variance(company, period)
    equal([{name: row[name] or "" for name in table["TOTAL"]} for row in summary["business_units"]],
          list(table.values()), f"{period}: its rows are variance.csv's")


def check_listings(company):
    first = json.loads(company.run("exceptions", "list", "--period", "2026-10", "--json", check=DONE).stdout)
    exceptions = first if isinstance(first, list) else first["exceptions"]
    ok(len(exceptions) == 51, "the listing has October's 51 exceptions", str(len(exceptions)))
    listings = [("variance", "--period", "2026-10"), ("journal", "--period", "2026-10"),
                ("variance", "--period", "2026-10", "--by", "team,service,provider,model,class,environment"),
                ("exceptions", "show", exceptions[0]["exception_id"]), ("refdata", "show"), ("refdata", "show", "teams"),
                ("explain", exceptions[0]["exception_id"]), ("explain", "2026-10/search"), ("explain", "2026-10/bucket/1"),
                ("explain", "CB-2026-10-A-DRAFT", "--period", "2026-10"),
                ("explain", "CB-2026-10-A-DRAFT/1", "--period", "2026-10")]
    request = next(one["request_id"] for one in exceptions if one["request_id"])
    listings.append(("explain", request))
    for listing in listings:
        shown = company.run(*listing, "--json")
        try:
            fine, problem = shown.code == DONE and json.loads(shown.stdout), shown.stderr
        except ValueError as wrong:
            fine, problem = False, str(wrong)
        ok(fine, f"{' '.join(listing)} --json", problem)
        plain = company.run(*listing)
        ok(plain.code == DONE and plain.stdout.strip(), f"{' '.join(listing)} says something", plain.stderr)
    detail = json.loads(company.run("variance", "--period", "2026-10", "--json").stdout)
    units = detail if isinstance(detail, list) else detail["business_units"]
    ok(any(one["business_unit"] == "research" and one["status"] == "breach" for one in units), "research is in breach")


def check_nightly(company):
    before = {period: {name: company.out(period, name) for name in FILES} for period in PERIODS}
    first = company.run("nightly")
    ok(first.code == DONE and first.stdout.count("\n") == 1
       and first.stdout.startswith("2026-10: in breach: data-platform, research;"),
       "the first nightly names the month that needs a look, and only that one", first.stdout + first.stderr)
    after = {period: {name: company.out(period, name) for name in FILES} for period in PERIODS}
    for period in PERIODS:
        for name in FILES:
            ok(before[period][name] == after[period][name], f"{period}/{name} has the same bytes after it",
               reckon.differing_rows(after[period][name], before[period][name])[:2000])
    held = company.content("recon", "ledger", "gateway", "provider")
    second = company.run("nightly")
    equal((second.code, second.stdout), (DONE, ""), "one without news is quiet", second.stderr)
    equal(harness.differences(company.content("recon", "ledger", "gateway", "provider"), held), "",
          "and changes nothing in the database")


def check_broken(company):
    held = company.counts()
    for row in reckon.rows((company.folder / "broken" / "expected.csv").read_text()):
        refused = company.run("ingest", row["path"])
        equal(refused.code, INPUT, f"nothing is loaded from {row['path']}", refused.stderr)
        said = company.psql("select code from ops.rejected_file order by rejected_id desc limit 1")
        equal(said, [(row["code"],)], f"and that is {row['code']}", refused.stderr)
    grown = {table: count for table, count in company.counts().items() if held[table] != count}
    equal(grown, {}, "no table has grown by broken files")


def main():
    with concurrent.futures.ThreadPoolExecutor(1) as aside:
        folder = reckon.sample_folder()
        company = reckon.company_from(folder, reckon.SAMPLE_AS_OF)
        oracles = {period: reckon.Oracle(folder, period, reckon.SAMPLE_AS_OF) for period in PERIODS[:1]}
        check_ingest(company)
        reckon.close_enough(company, *PERIODS)
        oracles["2026-11"] = reckon.Oracle(folder, "2026-11", reckon.SAMPLE_AS_OF)
        made = aside.submit(regenerate)
        check_exceptions(company)
        for period in PERIODS:
            check_manifest(company, period)
        check_listings(company)
        check_nightly(company)
        for period in PERIODS:
            check_variance(company, period, oracles[period])
            check_journal(company, period, oracles[period])
        check_broken(company)
        result, regenerated = made.result()
        equal(result.code, 0, "the generator runs", result.stderr)
        committed = {name: digest for name, digest in digests(pathlib.Path(reckon.FIXTURES)).items() if name in regenerated}
        ok(committed == regenerated, "and gives the committed bytes",
           "\n".join(name for name in regenerated if committed.get(name) != regenerated[name]))
    harness.done()


if __name__ == "__main__":
    main()
