"""A small company that closes its months: its people, the bills that were loaded so far, and what its books say.

Tests of what comes after a close reckon it anew from here: in decimals, from the bills' files.
"""
import collections
import csv
import decimal
import io

import closers
import harness
import small_company
from harness import CONTROL, DONE, equal, ok

LATER = "2027-01-20T05:00:00Z"
MONTHS = {"oct": "2026-10", "nov": "2026-11", "dec": "2026-12"}
RATES = {"2026-10": "1.25", "2026-11": "1.2", "2026-12": "1.1"}
ACCOUNTS = "role,account\nclearing,2150\nclearing:cohere,2160\nsuspense,2999\n"
D = decimal.Decimal


def shifted(text, period):
    """A file of October as one of another month."""
    following = {"2026-11": "2026-12", "2026-12": "2027-01"}.get(period)
    return text.replace("2026-10-31", f"{following}-01").replace("2026-10", period).replace("call-", f"{period}-") if following else text


def refdata(**change):
    units = small_company.REFDATA["business_units.csv"].replace("6420,,,1", "6420,,sally,1")
    fx = "period,currency,usd_rate\n" + "".join(f"{p},CHF,{r}\n" for p, r in RATES.items())
    owners = small_company.REFDATA["owners.csv"] + "cohere,account,ws-2,shop,2026-01-01,\n"
    return {**small_company.REFDATA, "business_units.csv": units, "owners.csv": owners, "accounts.csv": ACCOUNTS, "fx.csv": fx, **change}


_has_people = []  # the shared server, once


class Books:
    """The company, its people, and the bills that were loaded so far, by day: what a later call holds of a day replaces it."""

    def __init__(self, people=True, like=None, change=None):
        self.c = harness.Company(as_of=LATER, refdata=refdata(**(change or {})), like=like.c if like else None)
        self.bills = collections.defaultdict(dict)
        for period, days in (like.bills if like else {}).items():
            self.bills[period].update(days)
        if people and not like:
            if not _has_people:
                closers.people(self.c.server)
                _has_people.append(True)
            self.c.run("db", "roles", check=DONE)

    def run(self, name, *args):
        return closers.run_as(self.c, name, *args, as_of=LATER)

    def done(self, name, *args):
        r = self.run(name, *args)
        ok(r.code == DONE, f"{name}: {' '.join(args)}", f"{r.code}: {r.stderr}")
        return r.stdout

    def load(self, files, run=None):
        """One ingest call of files by name → text."""
        for name, text in files.items():
            self.c.write(name, text)
        r = run("ingest", *files) if run else self.run("etl", "ingest", *files)
        ok(r.code == DONE, f"ingest {' '.join(files)}", r.stderr)
        days = collections.defaultdict(list)
        for text in (t for n, t in files.items() if n.endswith(".csv") and "cost,currency" in t):
            for row in csv.DictReader(io.StringIO(text)):
                days[row["usage_start"][:10]].append(row)
        for day, rows in days.items():
            self.bills[day[:7]][day] = rows

    def month(self, period, run=None):
        files = {f"{period}/{name}": shifted(text, period) for name, text in small_company.files().items()}
        for call in small_company.INGESTS:
            self.load({n: t for n, t in files.items() if any(n.startswith(f"{period}/{c}/") for c in call)}, run)
        self.load({f"{period}/cohere.csv": bill(small_company.other_day(26, "7.775", provider="cohere", model=None), period=period)}, run)

    def invoices(self, period):
        """Provider → what its lines add up to, exactly, in USD."""
        total = collections.defaultdict(D)
        for rows in self.bills[period].values():
            for row in rows:
                total[row["provider"]] += D(row["cost"]) * (D(RATES[period]) if row["currency"] == "CHF" else 1)
        return total


def bill(*lines, period="2026-10"):
    return small_company.bill_csv(lines).replace("2026-10", period)


def cents(x):
    return x.quantize(D("0.01"), rounding=decimal.ROUND_HALF_UP)


def waive_missing(b, period):
    """A month without the bills that the month before had, as far as an approver cares."""
    said = b.run("anna", "close", "check", "--period", period).stdout
    for code in ("missing_delivery", "not_billed_yet"):
        if code in said:
            b.done("anna", "close", "waive", "--period", period, "--code", code, "--reason", "a month of nothing else")


def close_month(b, period, adjust=None, breach=True):
    """Everybody's steps, from a reconciled month to a posted one."""
    b.done("anna", "close", "waive", "--period", period, "--code", "malformed_row", "--reason", "a test call")
    b.done("paula", "close", "freeze", "--period", period)
    if breach:
        r = b.run("anna", "close", "approve", "--period", period)
        ok(r.code == CONTROL and "unsigned_variance" in r.stderr, f"{period}: a breach must be signed", r.stderr)
        b.done("sally", "close", "sign-off", "--period", period, "--business-unit", "sales", "--cause", "rate", "--reason", "dearer than the book")
    if adjust:
        said = b.done("paula", "close", "adjust", "propose", "--period", period, "--provider", "mistral", "--from", "sales", "--to", "research",
                      "--amount", adjust, "--reason", "shared", "--evidence", "T-1")
        b.done("anna", "close", "adjust", "approve", "--id", said.split()[-1])
    b.done("anna", "close", "approve", "--period", period)
    said = b.done("paula", "close", "post", "--period", period)
    equal(said, f"posted CB-{period}-F-0001\n", f"{period} is posted")
    balanced(b)


def lines(b, where):
    """Journal lines: dictionaries with amounts as decimals, debits positive."""
    rows = b.c.psql(f"""select j.journal_id, j.kind, j.period, coalesce(j.corrects, ''), j.posting_date, l.provider, l.account, l.cost_center, l.business_unit,
                               l.debit - l.credit, l.memo, l.cause
                          from ledger.journal j join ledger.journal_line l using (journal_id) where not j.draft and {where} order by j.entry_no, l.line""")
    names = ("journal", "kind", "period", "corrects", "date", "provider", "account", "cost_center", "unit", "amount", "memo", "cause")
    return [{**dict(zip(names, row)), "amount": D(row[9])} for row in rows]


def balanced(b):
    total = collections.defaultdict(D)
    for line in lines(b, "true"):
        total[line["journal"], line["provider"], line["cause"]] += line["amount"]
    equal({k: v for k, v in total.items() if v}, {}, "every journal balances, per provider and cause")


def cleared(b, where):
    total = collections.defaultdict(D)
    for line in lines(b, where):
        if line["unit"] == "":
            total[line["provider"]] -= line["amount"]
    return {k: v for k, v in total.items() if v}


def rounded(totals):
    return {k: cents(v) for k, v in totals.items() if cents(v)}
