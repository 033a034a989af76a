"""The small company with a closed October, and what reads a packet: Python's csv, json and decimal, nothing of closebook."""
import csv
import decimal
import hashlib
import io
import json
import urllib.parse

import harness
import small_company as small

PERIOD, AS_OF = small.PERIOD, "2026-12-20T05:00:00Z"
D = decimal.Decimal
PEOPLE = {"etl": "closebook_loader", "paula": "closebook_preparer", "sally": "closebook_signer", "anna": "closebook_approver", "audrey": "closebook_auditor"}


def company(server=None, **refdata):
    """October loaded and reconciled, and its people; a second one on the same server finds them there."""
    has_people, server = server, server or harness.Server()
    units = small.REFDATA["business_units.csv"].replace("6410,,,,", "6410,,simon,,").replace("6420,,,1", "6420,sally@example.com,sally,1")
    c = harness.Company(server=server, as_of=AS_OF, refdata={**small.REFDATA, "business_units.csv": units, **refdata})
    c.run("db", "roles", check=0)
    if not has_people:
        for name, role in PEOPLE.items():
            c.psql(f"create role {name} login password 'pass-{name}'")
            c.psql(f"grant {role} to {name}")
        hba = server.folder / "state/cluster/data/pg_hba.conf"
        hba.write_text(f"local all {','.join(PEOPLE)} scram-sha-256\n" + hba.read_text())
        c.psql("select pg_reload_conf()")
    for name, text in small.files().items():
        c.write(f"oct/{name}", text)
    for paths in small.INGESTS:
        c.run("ingest", *[f"oct/{p}" for p in paths], check=0)
    c.run("reconcile", "--period", PERIOD, check=0)
    return c


def run_as(c, name, *args, **how):
    parts = urllib.parse.urlsplit(c.uri)
    uri = urllib.parse.urlunsplit(parts._replace(netloc=f"{name}:pass-{name}@"))
    return harness.execute([harness.BINARY, "-c", str(c.config), "--db", uri, "--as-of", AS_OF, *map(str, args)], cwd=c.folder, **how)


def close(c, name, *args):
    r = run_as(c, name, "close", *args, "--period", PERIOD)
    if r.code != 0:
        raise RuntimeError(f"{name}: close {args}: {r.stderr}")
    return r


def close_october(c):
    """Two accruals, one of them reversed; adjustments approved, rejected and withdrawn; posted."""
    close(c, "anna", "waive", "--code", "malformed_row", "--reason", "a test call with negative tokens")
    for code in ("not_billed_yet", "missing_delivery"):
        if code in close(c, "anna", "check").stdout:
            close(c, "anna", "waive", "--code", code, "--reason", "two calls of the last day, accrued")
    close(c, "paula", "accrual")
    close(c, "paula", "accrual")
    close(c, "sally", "sign-off", "--business-unit", "sales", "--cause", "rate", "--reason", "=one per cent dearer than the book")
    for step in ("approve", "reject", "withdraw"):
        close(c, "paula", "adjust", "propose", "--from", "sales", "--to", "research", "--amount", "0.05", "--reason", f"shared test run, to {step}",
              "--evidence", "TICKET-7")
    close(c, "anna", "adjust", "approve", "--id", "ADJ-2026-10-0001")
    close(c, "anna", "adjust", "reject", "--id", "ADJ-2026-10-0002", "--reason", "twice")
    close(c, "paula", "adjust", "withdraw", "--id", "ADJ-2026-10-0003", "--reason", "mistaken")
    close(c, "paula", "freeze")
    close(c, "anna", "approve")
    close(c, "paula", "post")


class Packet:
    """A packet as its bytes, by name."""

    def __init__(self, files):
        self.files = files

    @classmethod
    def of_folder(cls, folder):
        return cls({str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()})

    def text(self, name):
        return self.files[name].decode()

    def rows(self, name):
        return list(csv.DictReader(io.StringIO(self.text(name), newline="")))

    def json(self, name):
        return json.loads(self.files[name])

    def digests_agree(self):
        said = {name: f["sha256"] for name, f in self.json("manifest.json")["files"].items()}
        return said == {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items() if name != "manifest.json"}


def largest_remainder(amounts, places, total):
    """Cut downwards to so many places; what is missing to the total goes to the largest remainders, ties in key order."""
    unit = D(1).scaleb(-places)
    cut = {k: a.quantize(unit, rounding=decimal.ROUND_FLOOR) for k, a in amounts.items()}
    missing = int((total - sum(cut.values())) / unit)
    for k in sorted(amounts, key=lambda k: (cut[k] - amounts[k], [part.encode() for part in k]))[:missing]:
        cut[k] += unit
    return cut


def journal_by_hand(p):
    """The debits of each provider's cells, from shares.csv alone → {(provider, unit, cost center, account): cents}."""
    exact = {}
    for row in p.rows("shares.csv"):
        key = row["provider"], row["business_unit"], row["cost_center"], row["account"]
        exact[key] = exact.get(key, D(0)) + D(row["usage_billed_usd"]) + D(row["charges_usd"])
    booked = {}
    for provider in {k[0] for k in exact}:
        of = {k: v for k, v in exact.items() if k[0] == provider}
        booked.update(largest_remainder(of, 2, sum(of.values()).quantize(D("0.01"), rounding=decimal.ROUND_HALF_UP)))
    return booked
