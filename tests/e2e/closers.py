"""A small company at month end, and people with logins of their own (SCRAM) who close it: what tests of the close begin with.

Its bill of a month is one line, which sales owns and no event explains: so sales is in breach, and Sally has to sign.
"""
import subprocess
import urllib.parse

import harness
import small_company
from harness import DONE

PEOPLE = {"etl": "closebook_loader", "paula": "closebook_preparer", "petra": "closebook_preparer", "sally": "closebook_signer",
          "anna": "closebook_approver", "aldo": "closebook_approver", "audrey": "closebook_auditor"}
LATER = "2029-01-20T05:00:00Z"
REFDATA = {**small_company.REFDATA,
           "business_units.csv": small_company.REFDATA["business_units.csv"].replace("6420,,,1", "6420,,sally,1")}
SIGN = ("--business-unit", "sales", "--cause", "unmetered", "--reason", "a batch that the gateway did not see")
STEPS = (("paula", "freeze"), ("sally", "sign-off", *SIGN), ("anna", "approve"), ("petra", "post"))


def people(server):
    """Makes the roles, the logins, and lets them in."""
    server.command("--db", server.uri(), "db", "migrate")
    server.command("--db", server.uri(), "db", "roles")
    for name, role in PEOPLE.items():
        harness.psql(server.uri(), f"create role {name} login password 'pass-{name}' in role {role}")
    hba = server.folder / "state/cluster/data/pg_hba.conf"
    hba.write_text(f"local all {','.join(PEOPLE)} scram-sha-256\n" + hba.read_text())
    harness.psql(server.uri(), "select pg_reload_conf()")


def company(server, periods=("2026-10",), config="", more=(), **how):
    """With its months loaded and reconciled by the loader. more: (name, text) of other files that come first; how: of run_as."""
    c = harness.Company(server=server, as_of=LATER, config=config, refdata=REFDATA)
    c.run("db", "roles", check=DONE)
    bills = [(f"{p}/bill.csv", small_company.bill_csv([small_company.other_day(20, "12.345")]).replace("2026-10", p)) for p in periods]
    for name, text in [*more, *bills]:
        c.write(name, text)
    for args in (*(("ingest", name) for name, _ in [*more, *bills]), *(("reconcile", "--period", p) for p in periods)):
        if (r := run_as(c, "etl", *args, **how)).code != DONE:
            raise RuntimeError(f"{args}: {r.stderr}")
    return c


def uri_of(c, name):
    parts = urllib.parse.urlsplit(c.uri)
    return urllib.parse.urlunsplit(parts._replace(netloc=f"{name}:pass-{name}@"))


def argv_as(c, name, *args, as_of=LATER):
    return [harness.BINARY, "-c", str(c.config), "--db", uri_of(c, name), "--as-of", as_of, *args]


def run_as(c, name, *args, env=None, as_of=LATER):
    return harness.execute(argv_as(c, name, *args, as_of=as_of), cwd=c.folder, env=env)


def psql_as(c, name, query):
    return harness.psql(uri_of(c, name), query)


def start_as(c, name, *args):
    return subprocess.Popen(argv_as(c, name, *args), cwd=c.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def step(c, name, verb, *args, period="2026-10", **how):
    return run_as(c, name, "close", verb, *args, "--period", period, **how)


def close(c, period="2026-10", **how):
    """All steps of the month → those that failed."""
    results = [(s, step(c, *s, period=period, **how)) for s in STEPS]
    return [(s, r.code, r.stderr) for s, r in results if r.code != DONE]


def ledger(c):
    """What the ledger says, but for when, and so without hashes."""
    return c.psql("""select e.entry_no, e.kind, e.period, e.login, e.content from ledger.entry e
                     union all select value, 'counter', name, '', '' from ledger.counter order by 1, 2, 3""")


def lose_last(c):
    """A superuser takes the chain's last entry and what stands under it, and sets the counter back: the chain is whole again."""
    tables = [t for (t,) in c.psql("select relname from pg_class where relnamespace = 'ledger'::regnamespace and relkind = 'r'")]
    off = "".join(f"alter table ledger.{t} disable trigger all;" for t in tables)
    on = "".join(f"alter table ledger.{t} enable always trigger {g};" for t, g in c.psql(
        "select tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal and tgrelid in (select oid from pg_class where relnamespace = 'ledger'::regnamespace)")
                 for t in [t.split(".")[1]])
    last = c.value("select max(entry_no) from ledger.entry")
    gone = "".join(f"delete from ledger.{t} where entry_no = {last};" for t in
                   ("pinned_cell", "pinned_delivery", "pinned_input", "pinned_correction", "period_step", "sign_off", "waiver", "adjustment_step", "adjustment", "entry"))
    c.psql(f"begin; {off} {gone} update ledger.counter set value = value - 1 where name = 'entry'; {on} commit")
    return int(last)
