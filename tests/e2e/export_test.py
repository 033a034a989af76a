#!/usr/bin/python3
"""Exported journals: read back by readers that know nothing of closebook, they are the ledger's, cent for cent; hledger and
beancount accept them; a second export gives the same bytes; what must not be imported is refused."""
import collections
import csv
import decimal
import io
import json
import random
import re
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
import small_company as small  # noqa: E402
from harness import CONTROL, DONE, USAGE, Company, equal, ok  # noqa: E402

PERIOD = small.PERIOD
LEDGER = ("--ledger", "300000001")
FORMATS = {"native": (), "netsuite": ("--reversals", "journal"), "fbdi": LEDGER, "xero": (), "quickbooks": (), "hledger": (), "beancount": ()}
ENDING = {"hledger": "journal", "beancount": "beancount"}
ODD_ID = 'CB,"odd";)=%é'
FORMULA_ID = "=cmd|' /C calc'!A0"
ODD_UNITS = ["sales", "Sales", "a.b", "a-b", "a--b", "-a", "a-", "R&D, \"East\"", "@home", "é", "x y", "unattributed", "1st", "a--2db", "X-a"]


# ---- Journals by hand ----

def literal(text):
    return "'" + str(text).replace("'", "''") + "'"


def unguard(company):
    """This ledger takes journals that no close has made: the tests of the close are elsewhere."""
    company.psql("""alter table ledger.journal disable trigger all; alter table ledger.journal_line disable trigger all;
                    do $$ declare name text; begin
                      for name in select conname from pg_constraint where conrelid = 'ledger.journal'::regclass and contype = 'c' loop
                        execute 'alter table ledger.journal drop constraint ' || quote_ident(name);
                      end loop; end $$; drop index if exists ledger.journal_final""")


def insert(company, journal_id, kind, date, lines, memo="LLM usage", draft=False, period=PERIOD):
    """lines: (provider, account, cost center, business unit, cents; debits are positive, memo)"""
    company.psql(f"""insert into ledger.journal values ({literal(journal_id)}, '{period}', '{kind}', '{date}', {draft}, 'USD', {literal(memo)})""")
    values = [f"({literal(journal_id)}, {n}, {literal(p)}, {literal(a)}, {literal(c)}, {literal(b)}, {max(v, 0)} * 0.01, {max(-v, 0)} * 0.01, {literal(m)})"
              for n, (p, a, c, b, v, m) in enumerate(lines, 1)]
    if values:
        company.psql(f"insert into ledger.journal_line values {', '.join(values)}")


def balanced(provider, account, debits):
    """Debits and credits of business units, and what clears them."""
    return [*debits, (provider, account, "", "", -sum(d[4] for d in debits), f"{provider} cleared")]


def large():
    """Two providers, 701 lines; every seventh unit has a credit."""
    lines = []
    for provider, count in (("openai", 450), ("anthropic", 249)):
        lines += balanced(provider, {"openai": "2151", "anthropic": "2152"}[provider],
                          [(provider, f"64{i % 9}0", "" if i % 5 == 0 else f"CC-{i % 11}", f"unit-{i % 37}",
                            (-(i * 13 + 7) if i % 7 == 0 else i * 97 + 1), f"{provider} unit-{i % 37}") for i in range(count)])
    return lines


def odd():
    return balanced("open;ai", "-2150", [("open;ai", "6400", "=1+1", unit, 100 + n if n % 3 else -n - 1, f'[2026-99] date:2020-13-45, "{unit}"; 5% \\ | \t.')
                                         for n, unit in enumerate(ODD_UNITS)])


# ---- Independent readers: {(journal, account, business unit): amount} of each file's entries ----

def unguarded(cell):
    """A text cell without the quote that keeps spreadsheets from running it."""
    return cell[1:] if re.match(r"'[=+@\t\r\n-]", cell) else cell


def cells(text):
    return [[unguarded(c) for c in row] for row in csv.reader(io.StringIO(text, newline=""), strict=True)]


def dictionaries(text):
    head, *rows = cells(text)
    return [dict(zip(head, row, strict=True)) for row in rows]


def amount(debit, credit):
    for side in (debit, credit):
        if side and not re.fullmatch(r"\d+\.\d\d", side):
            raise ValueError(f"{side} is not in cents")
    if bool(debit) == bool(credit):
        raise ValueError("one side has an amount")
    return decimal.Decimal(debit or "0") - decimal.Decimal(credit or "0")


def read_native(text):
    return [((r["external_id"], r["account"], r["business_unit"]), amount(r["debit"], r["credit"])) for r in dictionaries(text)]


def read_netsuite(text):
    at = "Journal Entry - Line: "
    rows = dictionaries(text)
    heads = collections.defaultdict(set)
    for r in rows:
        heads[r["External ID"]].add(tuple(r[n] for n in ("Date", "Posting Period", "Subsidiary", "Currency", "Memo", "Reversal Date")))
    ok(all(len(h) == 1 for h in heads.values()), "netsuite: header values are repeated on each line", heads)
    return [((r["External ID"], r[at + "Account"], r[at + "Class"]), amount(r[at + "Debit"], r[at + "Credit"])) for r in rows]


def read_fbdi(text):
    """GL_INTERFACE as the specification counts its columns."""
    names = (["status", "ledger", "date", "source", "category", "currency", "created", "actual"] + [f"segment{i}" for i in range(1, 31)]
             + ["debit", "credit", "converted_debit", "converted_credit"] + [f"reference{i}" for i in range(1, 11)]
             + [f"column{i}" for i in range(1, 11)] + ["statistical", "conversion_type", "conversion_date", "conversion_rate", "group", "context"]
             + [f"attribute{i}" for i in range(1, 21)]
             + ["average", "clearing", "ledger_name", "encumbrance", "reconciliation", "period"])
    rows = [dict(zip(names, row, strict=True)) for row in cells(text)]
    ok(all((r["status"], r["ledger"], r["actual"], r["currency"]) == ("NEW", LEDGER[1], "A", "USD") and re.fullmatch(r"\d{4}/\d\d/\d\d", r["date"])
           for r in rows), "fbdi: what is the same in each row")
    return [((r["reference4"], r["segment1"], r["segment3"]), amount(r["debit"], r["credit"])) for r in rows]


def read_xero(text):
    rows = dictionaries(text)
    ok(0 < len(rows) <= 300, "xero: a file has at most 300 lines", len(rows))
    sums = collections.Counter()
    for r in rows:
        sums[r["*Narration"], r["*Date"]] += decimal.Decimal(r["*Amount"])
        for n, name in (("1", "Business unit"), ("2", "Cost center")):
            if (r["TrackingName" + n], r["*TaxRate"]) != (name if r["TrackingOption" + n] else "", "Tax Exempt"):
                raise ValueError(str(r))
    ok(not any(sums.values()), "xero: every journal of a file balances", sums)
    by_id = sorted(ledger_ids, key=len, reverse=True)
    which = lambda narration: next(i for i in by_id if narration.startswith(i + " "))
    return [((which(r["*Narration"]), r["*AccountCode"], r["TrackingOption1"]), decimal.Decimal(r["*Amount"])) for r in rows]


def read_quickbooks(text):
    return [((r["Journal No."], r["Account Name"], r["Class"]), amount(r["Debits"], r["Credits"])) for r in dictionaries(text)]


def unpercent(text):
    return re.sub(r"%([0-9A-F]{2})", lambda m: chr(int(m[1], 16)), text)


def read_hledger(path):
    """hledger's own reading, with the tags that closebook gave."""
    made = harness.execute(["hledger", "-f", path, "print", "-O", "csv"], env={"LC_ALL": "C.UTF-8"})
    found = []
    for r in csv.DictReader(io.StringIO(made.stdout, newline="")):
        tags = {k: unpercent(v) for k, v in re.findall(r"(\w+): ?([^,\n]*)", r["posting-comment"])}
        journal = re.search(r"external_id: ([^,\n]*)", r["comment"])[1]
        found.append(((unpercent(journal), tags["account"], tags["business_unit"], r["account"]), decimal.Decimal(r["amount"])))
    return found


def read_beancount(path):
    script = ("import sys; from beancount import loader; entries, errors, _ = loader.load_file(sys.argv[1])\n"
              "import json; print(json.dumps([[e.meta['external_id'], p.meta['account'], p.meta['business_unit'], p.account, str(p.units.number)]\n"
              "  for e in entries if type(e).__name__ == 'Transaction' for p in e.postings])); sys.exit(bool(errors))")
    made = harness.execute(["/usr/bin/python3", "-c", script, path], env={"LC_ALL": "C.UTF-8"})
    if made.code != 0:
        raise RuntimeError(made.stdout + made.stderr)
    return [(tuple(row[:4]), decimal.Decimal(row[4])) for row in json.loads(made.stdout)]


READERS = {"native": read_native, "netsuite": read_netsuite, "fbdi": read_fbdi, "xero": read_xero, "quickbooks": read_quickbooks}


def total(pairs):
    sums = collections.Counter()
    for key, value in pairs:
        sums[key] += value
    return {k: v for k, v in sums.items() if v}


def in_ledger(company, where):
    return total(((j, a, b), decimal.Decimal(v)) for j, a, b, v in company.psql(
        f"select journal_id, account, business_unit, debit - credit from ledger.journal join ledger.journal_line using (journal_id) where {where}"))


# ---- Checks ----

def accepted(name, path):
    program = {"hledger": ["hledger", "-f", path, "check", "--strict"], "beancount": ["bean-check", path]}[name]
    r = harness.execute(program, env={"LC_ALL": "C.UTF-8"})
    ok(r.code == 0 and not r.stderr, f"{program[0]} accepts it", r.stdout + r.stderr)
    pairs = {"hledger": read_hledger, "beancount": read_beancount}[name](path)
    names = {}
    ok(all(names.setdefault(account, key) == key for (_, *key, account), _ in pairs), f"{name}: different accounts have different names")
    return [(key[:3], value) for key, value in pairs]


def check_formats(company, period, where, *options, draft=""):
    """Every format, twice: the ledger's sums, and the same bytes."""
    wanted = in_ledger(company, f"period = '{period}' and {where}")
    ledger_ids[:] = [j for (j,) in company.psql("select journal_id from ledger.journal")]
    for name, settings in FORMATS.items():
        export = ("export", "journal", "--period", period, "--format", name, *settings, *options)
        made = company.run(*export)
        paths = made.stdout.splitlines()
        stem = f"{company.folder}/out/{period}/journal-{name}{draft}"
        names = [f"{stem}.{ENDING.get(name, 'csv')}"] if len(paths) == 1 else [f"{stem}-{n}.csv" for n in range(1, len(paths) + 1)]
        ok(made.code == DONE and paths == names, f"{period} {name}{draft}: written, and said where", f"{made.stdout}{made.stderr}")
        texts = {path: open(path, newline="", encoding="utf-8").read() for path in paths}
        if name in READERS:
            pairs = [pair for text in texts.values() for pair in READERS[name](text)]
        else:
            pairs = accepted(name, paths[0])
        ok(wanted and total(pairs) == wanted, f"{period} {name}{draft}: it sums to the ledger per journal, account and business unit",
           [x for x in set(total(pairs).items()) ^ set(wanted.items())][:6])
        again = company.run(*export, as_of="2027-02-03T04:05:06Z")
        equal({path: open(path, newline="", encoding="utf-8").read() for path in again.stdout.splitlines()}, texts, f"{name}: a second export has the same bytes")
        if len(paths) == 1:
            shown = harness.subprocess.run(company.argv(*export, "--out", "-"), capture_output=True, check=False, cwd=company.folder)
            equal(shown.stdout.decode(), texts[paths[0]], f"{name}: --out - prints the same")


ledger_ids = []


def refused(company, says, *args, code=USAGE):
    r = company.run("export", *args)
    ok(r.code == code and not r.stdout and re.search(says, r.stderr, re.S), f"export {' '.join(args)}: refused, and why", f"{r.code} {r.stderr}")


def check_refusals(company):
    journal = ("journal", "--period", PERIOD, "--format")
    refused(company, "export does not know focus\nhint: closebook export journal", "focus", "--period", PERIOD)
    refused(company, "export what", "--period", PERIOD)
    refused(company, "which period", "journal", "--format", "native")
    refused(company, "which format.*hint: --format takes native, netsuite", "journal", "--period", PERIOD)
    refused(company, "no format sap", *journal, "sap")
    refused(company, "no kind of journal called finale.*accrual, reversal, final, correction", *journal, "native", "--kind", "finale")
    refused(company, "--ledger is of no use to xero", *journal, "xero", "--ledger", "1")
    refused(company, "which ledger", *journal, "fbdi", "--draft")
    refused(company, "--segments does not know team", *journal, "fbdi", *LEDGER, "--draft", "--segments", "account,team")
    refused(company, "--segments has more than 30", *journal, "fbdi", *LEDGER, "--draft", "--segments", "," * 30)
    refused(company, "--tracking takes two names", *journal, "xero", "--draft", "--tracking", "Region")
    refused(company, "--dates does not know roman.*it takes iso, us, eu, long", *journal, "netsuite", "--dates", "roman")
    refused(company, "only a draft accrual in 2026-10.*--draft", *journal, "native", code=CONTROL)
    refused(company, "only a draft accrual in 2026-10", *journal, "native", "--kind", "final", code=CONTROL)
    refused(company, "this is the draft accrual", *journal, "native", "--journal", f"CB-{PERIOD}-A-DRAFT", code=CONTROL)
    refused(company, "there is no journal CB-9", *journal, "native", "--journal", "CB-9")
    refused(company, "there is no draft final journal", *journal, "native", "--draft", "--kind", "final")
    refused(company, "there is no journal to export in 2025-01", "journal", "--period", "2025-01", "--format", "native")
    ok(not (company.folder / "out" / PERIOD).exists(), "and nothing was written")


def check_settings(company):
    export = ("export", "journal", "--period", PERIOD, "--out", "-", "--format")
    accrual = ("--journal", f"CB-{PERIOD}-A-0001")
    rows = dictionaries(company.run(*export, "netsuite", *accrual, "--reversals", "date", "--subsidiary", "Inc, US", check=DONE).stdout)
    equal({(r["Date"], r["Posting Period"], r["Reversal Date"], r["Subsidiary"]) for r in rows}, {("10/31/2026", "Oct 2026", "11/01/2026", "Inc, US")},
          "netsuite: an accrual says when it is reversed")
    rows = dictionaries(company.run(*export, "netsuite", *accrual, "--dates", "iso", check=DONE).stdout)
    equal({(r["Date"], r["Reversal Date"]) for r in rows}, {("2026-10-31", "")}, "unless the reversal comes as a journal")
    made = company.run(*export, "netsuite", "--reversals", "date", check=DONE)
    ids = {r["External ID"] for r in dictionaries(made.stdout)}
    ok(f"CB-{PERIOD}-A-0001" in ids and f"CB-{PERIOD}-R-0001" not in ids and "reversals left out" in made.stderr,
       "which else is left out: it would be reversed twice", made.stderr)
    refused(company, "NetSuite reverses the accruals of 2026-10 itself.*--reversals journal", "journal", "--period", PERIOD, "--format", "netsuite",
            "--reversals", "date", "--kind", "reversal", code=CONTROL)
    text = company.run(*export, "fbdi", *LEDGER, *accrual, "--segments", "=01,account,cost_center:0000,business_unit:000,provider,", "--source", "LLM",
                       "--category", "Accrual", "--group", "77", check=DONE).stdout
    rows = cells(text)
    equal({tuple(r[8:15]) for r in rows}, {("01", "6410", "CC-10", "research", "mistral", "", ""), ("01", "2150", "0000", "000", "mistral", "", "")},
          "fbdi: segments as they were asked for")
    equal({(r[3], r[4], r[66]) for r in rows}, {("LLM", "Accrual", "77")}, "source, category, group")
    rows = dictionaries(company.run(*export, "xero", *accrual, "--dates", "eu", "--tax-rate", "No VAT", "--tracking", "BU, CC", check=DONE).stdout)
    equal({(r["*Date"], r["*TaxRate"], r["TrackingName1"], r["TrackingName2"]) for r in rows}, {("31/10/2026", "No VAT", "BU", "CC"), ("31/10/2026", "No VAT", "", "")},
          "xero: date, tax rate and tracking as they were asked for")
    for name in ("hledger", "beancount"):
        text = company.run(*export, name, *accrual, "--opens", "no", check=DONE).stdout
        ok("open" not in text and "\naccount" not in text, f"{name}: accounts need not be declared")
    text = company.run(*export, "native", "--kind", "correction", check=DONE).stdout
    equal({key[0] for key, _ in read_native(text)}, {ODD_ID, FORMULA_ID}, "--kind chooses")
    ok("\"'=cmd" in text or "\n'=cmd" in text, "a formula is none any more")
    parts = "".join(path.read_text() for path in (company.folder / "out" / PERIOD).glob("journal-xero-*.csv"))
    equal(set(re.findall(r'"CB-2026-10-F-0001 LLM usage, final( [^"]*)"', parts)), {f" (part {n} of 3)" for n in (1, 2, 3)},
          "xero: each part has a narration of its own")


def check_parts(company):
    """Fewer files than before leave none of the earlier ones; more than one can't be printed."""
    export = ("export", "journal", "--period", PERIOD, "--format", "xero")
    refused(company, "makes . files, and only one can be printed", *export[1:], "--out", "-")
    folder = company.folder / "out" / PERIOD
    left = lambda: sorted(path.name for path in folder.iterdir() if "xero" in path.name and "draft" not in path.name)
    many = left()
    ok(len(many) > 2 and "journal-xero-1.csv" in many, "long journals are in parts", many)
    company.run(*export, "--kind", "accrual", check=DONE)
    equal(left(), ["journal-xero.csv"], "a shorter export removes parts of a longer one")
    company.run(*export, check=DONE)
    equal(left(), many, "and the other way round")
    equal([path.name for path in folder.iterdir() if path.name.startswith(".")], [], "nothing is left under a temporary name")


def pairs_of(amounts):
    """Debits and credits of the same amounts: every end of one is an end of the other."""
    return [("p", account, "", "u", sign * cents, "") for account, sign in (("1", 1), ("2", -1)) for cents in amounts]


def check_split(company):
    """However debits and credits lie, no file has more than 300 lines, and what fits stays whole."""
    draw = random.Random(20261031)
    journals = {"whole": pairs_of(range(1, 151)), "above": pairs_of([7] * 151), "same": pairs_of([5] * 1000),
                "few": balanced("p", "2", [("p", "1", "", "u", 10 ** 14 + n, "") for n in range(599)])}
    for n in range(6):
        credits = [("p", "2", "", "u", -draw.randint(1, 10 ** draw.randint(1, 9)), "") for _ in range(draw.randint(1, 700))]
        debits = [("p", "1", "", f"u{i}", draw.choice((1, 3, 50, draw.randint(1, 10 ** 8))), "") for i in range(draw.randint(1, 700))]
        journals[f"random {n}"] = [*credits, *debits, ("p", "3", "", "", -sum(x[4] for x in (*credits, *debits)) or 1, "")]
    for name, lines in journals.items():
        if sum(x[4] for x in lines) == 0:
            insert(company, name, "final", "2027-01-31", lines, period="2027-01")
    ledger_ids[:] = journals
    paths = company.run("export", "journal", "--period", "2027-01", "--format", "xero", check=DONE).stdout.splitlines()
    texts = [open(path, newline="", encoding="utf-8").read() for path in paths]
    equal(total(pair for text in texts for pair in read_xero(text)), in_ledger(company, "period = '2027-01'"), "the parts sum to the ledger")
    narrations = [{row["*Narration"] for row in dictionaries(text)} for text in texts]
    ok(sum(map(len, narrations)) == len(set().union(*narrations)), "no narration stands in two files")
    equal((sum("above LLM usage" in n for one in narrations for n in one), sum(n == "whole LLM usage" for one in narrations for n in one)), (2, 1),
          "300 lines are not cut, 302 are")


def check_broken(company):
    insert(company, "CB-2026-12-F-0001", "final", "2026-12-31", [("p", "1", "", "u", 100, ""), ("p", "2", "", "", -99, "")], period="2026-12")
    insert(company, "CB-2026-12-C-0001", "correction", "2026-12-31", [], period="2026-12")
    refused(company, "CB-2026-12-F-0001 does not balance", "journal", "--period", "2026-12", "--format", "native", code=CONTROL)
    refused(company, "no correction journal to export", "journal", "--period", "2026-12", "--format", "native", "--kind", "correction")


def main():
    company = Company(refdata=small.REFDATA, as_of=small.AS_OF, config="sources:\n  - {name: gateway, type: events}\n  - {name: bills, type: usage-csv}\n")
    for name, text in small.files().items():
        company.write(name, text)
    for paths in small.INGESTS:
        company.run("ingest", *paths, check=DONE)
    company.run("reconcile", "--period", PERIOD, check=DONE)
    check_refusals(company)
    check_formats(company, PERIOD, "draft", "--draft", draft="-draft")

    unguard(company)
    booked = balanced("mistral", "2150", [("mistral", "6410", "CC-10", "research", 1234, "research")])
    insert(company, f"CB-{PERIOD}-A-0001", "accrual", "2026-10-31", booked, "LLM usage, accrual")
    insert(company, f"CB-{PERIOD}-R-0001", "reversal", "2026-11-01", [(*line[:4], -line[4], line[5]) for line in booked], "LLM usage, reversal")
    insert(company, f"CB-{PERIOD}-F-0001", "final", "2026-10-31", large(), "LLM usage, final")
    insert(company, ODD_ID, "correction", "2026-10-30", odd(), 'it\'s "odd"; 5% \\ | a,b (c)\nnew line')
    insert(company, FORMULA_ID, "correction", "2026-10-30", odd()[:1] + [("open;ai", "2", "", "", 1, "x")], "+SUM(A1)")
    held = company.content("ledger")
    check_formats(company, PERIOD, "not draft")
    check_settings(company)
    check_parts(company)
    equal(harness.differences(company.content("ledger"), held), "", "exporting changes nothing in the ledger")
    check_broken(company)
    check_split(company)

    sample = reckon.company_from(reckon.sample_folder(), reckon.SAMPLE_AS_OF)
    for paths in (sample.folder / "deliveries.txt").read_text().splitlines():
        sample.run("-q", "ingest", *paths.split(), check=DONE)
    sample.run("-q", "reconcile", "--period", "2026-10", check=DONE)
    check_formats(sample, "2026-10", "draft", "--draft", draft="-draft")
    harness.done()


if __name__ == "__main__":
    main()
