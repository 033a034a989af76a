#!/usr/bin/env python3
"""Two months of a small company closed in order, by people with logins of their own.

Everybody is known to the server by a password (SCRAM): the test adds their lines to the cluster's pg_hba.conf, and each
runs the program with a URI of their own, as on a server that several people use.
"""
import decimal
import json
import signal
import urllib.parse

import harness
import small_company
from harness import CONTROL, DONE, FINDINGS, USAGE, diag, equal, ok

PEOPLE = {"etl": "closebook_loader", "paula": "closebook_preparer", "petra": "closebook_preparer", "sally": "closebook_signer",
          "simon": "closebook_signer", "anna": "closebook_approver", "aldo": "closebook_approver", "audrey": "closebook_auditor",
          "bob": "closebook_preparer, closebook_approver"}
LATER = "2026-12-20T05:00:00Z"


def shifted(text):
    """A file of October as one of November."""
    return text.replace("2026-10-31", "2026-12-01").replace("2026-10", "2026-11").replace("call-", "nov-")


def company():
    server = harness.Server()
    units = small_company.REFDATA["business_units.csv"].replace("6410,,,,", "6410,,simon,,").replace("6420,,,1", "6420,,sally,1")
    c = harness.Company(server=server, as_of=LATER, refdata={
        **small_company.REFDATA, "business_units.csv": units, "fx.csv": small_company.REFDATA["fx.csv"] + "2026-11,CHF,1.2\n"})
    c.run("db", "roles", check=DONE)
    for name, role in PEOPLE.items():
        c.psql(f"create role {name} login password 'pass-{name}'")
        c.psql(f"grant {role} to {name}")
    hba = server.folder / "state/cluster/data/pg_hba.conf"
    hba.write_text(f"local all {','.join(PEOPLE)} scram-sha-256\n" + hba.read_text())
    c.psql("select pg_reload_conf()")
    for name, text in small_company.files().items():
        c.write(f"oct/{name}", text)
        c.write(f"nov/{name}", shifted(text))
    return c


def uri_of(c, name):
    parts = urllib.parse.urlsplit(c.uri)
    return urllib.parse.urlunsplit(parts._replace(netloc=f"{name}:pass-{name}@"))


def argv_as(c, name, *args):
    return [harness.BINARY, "-c", str(c.config), "--db", uri_of(c, name), "--as-of", LATER, *args]


def run_as(c, name, *args, check=None):
    r = harness.execute(argv_as(c, name, *args), cwd=c.folder)
    if check is not None and r.code != check:
        diag(f"{name}: {' '.join(args)}: {r.code}: {r.stderr}")
    return r


def close(c, name, verb, period, *args):
    return run_as(c, name, "close", *verb.split(), "--period", period, *args)


def allowed(c, name, verb, period, *args):
    r = close(c, name, verb, period, *args)
    ok(r.code == DONE, f"{name} may {verb} {period}", r.stderr)
    return r


def refused(c, name, verb, period, *args, why="", code=CONTROL):
    r = close(c, name, verb, period, *args)
    ok(r.code == code and why in r.stderr, f"{name} may not {verb} {period}: {why}", f"{r.code}: {r.stderr}")
    return r


def blockers(c, name, period):
    r = close(c, name, "check", period, "--json")
    return sorted(b["code"] for b in json.loads(r.stdout)) if r.code == DONE else r.stderr


def journal(c, journal_id):
    return [dict(zip(("provider", "account", "cost_center", "business_unit", "debit", "credit"), row)) for row in c.psql(
        f"select provider, account, cost_center, business_unit, debit, credit from ledger.journal_line where journal_id = '{journal_id}' order by line")]


def load(c, month):
    for name in small_company.INGESTS:
        r = run_as(c, "etl", "ingest", *[f"{month}/{path}" for path in name])
        ok(r.code == DONE, f"the loader loads {month}/{name[0]}", r.stderr)


def check_final(c, period, moved):
    """The final journal balances per provider and is the period's lines, to the cent."""
    lines = journal(c, f"CB-{period}-F-0001")
    ok(lines, f"{period} has a final journal")
    for provider in {line["provider"] for line in lines}:
        of = [line for line in lines if line["provider"] == provider]
        total = {side: sum(decimal.Decimal(line[side]) for line in of) for side in ("debit", "credit")}
        equal(total["debit"], total["credit"], f"{period}: {provider} balances")
        credit = sum(decimal.Decimal(line["credit"]) - decimal.Decimal(line["debit"]) for line in of if line["business_unit"] == "")
        want = c.value(f"""select round(sum(case a.currency when 'USD' then l.cost else l.cost * x.usd_rate end), 2)
                             from provider.line_fact l join provider.delivery d using (delivery_id)
                             join provider.line_attribute a using (file_id, attribute_no)
                             left join ref.fx x on x.period = l.period and x.currency = a.currency
                            where d.period = '{period}' and d.superseded_by is null and a.provider = '{provider}'""")
        equal(str(credit), want, f"{period}: what {provider} is credited is what its lines add up to")
    equal([line["debit"] for line in lines if line["debit"] == moved], [moved] if moved else [], f"{period}: the adjustment is in it")


def october(c):
    period = "2026-10"
    load(c, "oct")
    refused(c, "paula", "freeze", period, why="not been reconciled")
    ok(run_as(c, "etl", "reconcile", "--period", period, check=DONE).code == DONE, "the loader reconciles")
    equal(blockers(c, "audrey", period), ["malformed_row", "unsigned_variance"], "check names what stands in the way", )
    equal(close(c, "audrey", "check", period, "--check").code, FINDINGS, "and exits 1 if asked to")
    refused(c, "paula", "freeze", period, why="malformed_row")
    ok(close(c, "paula", "waive", period, "--code", "malformed_row", "--reason", "x").code != DONE, "a preparer waives nothing")
    allowed(c, "anna", "waive", period, "--code", "malformed_row", "--reason", "a test call with negative tokens")
    accrual = allowed(c, "paula", "accrual", period)
    equal(accrual.stdout, "issued CB-2026-10-A-0001\n", "an accrual gets a number")
    equal(allowed(c, "paula", "accrual", period).stdout, "issued CB-2026-10-A-0002\n", "another one reverses it first")
    refused(c, "bob", "approve", period, why="open")
    allowed(c, "bob", "freeze", period)
    refused(c, "paula", "freeze", period, why="frozen")
    r = run_as(c, "etl", "reconcile", "--period", period)
    ok(r.code == CONTROL and "frozen" in r.stderr, "a frozen month is not computed anew", r.stderr)
    refused(c, "anna", "approve", period, why="unsigned_variance")
    refused(c, "simon", "sign-off", period, "--business-unit", "sales", "--cause", "rate", "--reason", "x", why="owner_login")
    refused(c, "sally", "sign-off", period, "--business-unit", "research", "--cause", "rate", "--reason", "x", why="owner_login")
    refused(c, "sally", "sign-off", period, "--business-unit", "sales", "--cause", "moon", "--reason", "x", why="no cause", code=USAGE)
    refused(c, "sally", "sign-off", period, "--business-unit", "sales", "--cause", "rate", why="reason", code=USAGE)
    allowed(c, "sally", "sign-off", period, "--business-unit", "sales", "--cause", "rate", "--reason", "one per cent dearer than the book")
    adjustments(c, period)
    refused(c, "bob", "approve", period, why="froze")
    allowed(c, "anna", "approve", period)
    refused(c, "paula", "unfreeze", period, "--reason", "x", why="approved")
    kill_in_post(c, period)
    refused(c, "paula", "post", period, why="posted")
    check_final(c, period, "1.50")
    equal(c.value("select coalesce(sum(debit - credit), 0) from ledger.journal j join ledger.journal_line l using (journal_id) "
                  "where j.kind in ('accrual', 'reversal') and business_unit = ''"), "0.00", "every accrual is reversed")


def adjustments(c, period):
    propose = ("--from", "sales", "--to", "research", "--amount", "1.50", "--reason", "shared test run", "--evidence", "TICKET-7")
    refused(c, "anna", "adjust propose", period, *propose, why="takes a closebook_preparer")
    equal(allowed(c, "bob", "adjust propose", period, *propose).stdout, "proposed ADJ-2026-10-0001\n", "adjustments are numbered")
    allowed(c, "paula", "adjust propose", period, *propose)
    allowed(c, "paula", "adjust propose", period, *propose)
    equal(blockers(c, "anna", period), ["open_adjustment"] * 3, "open ones stand in the way")
    refused(c, "anna", "approve", period, why="open_adjustment")
    refused(c, "bob", "adjust approve", period, "--id", "ADJ-2026-10-0001", why="somebody else")
    allowed(c, "anna", "adjust approve", period, "--id", "ADJ-2026-10-0001")
    refused(c, "aldo", "adjust reject", period, "--id", "ADJ-2026-10-0001", "--reason", "x", why="approved")
    allowed(c, "aldo", "adjust reject", period, "--id", "ADJ-2026-10-0002", "--reason", "twice")
    refused(c, "petra", "adjust withdraw", period, "--id", "ADJ-2026-10-0003", "--reason", "x", why="only they")
    allowed(c, "paula", "adjust withdraw", period, "--id", "ADJ-2026-10-0003", "--reason", "mistaken")
    listed = json.loads(close(c, "audrey", "adjust list", period, "--json").stdout)
    equal([(a["status"], a["proposed_by"], a["decided_by"]) for a in listed],
          [("approved", "bob", "anna"), ("rejected", "paula", "aldo"), ("withdrawn", "paula", "paula")], "all of them stay visible")


def kill_in_post(c, period):
    """post is killed while it waits for the ledger's lock, with its statement at the server; then it is run again."""
    import subprocess
    holder = harness.Session(c.uri, "begin", "select from ledger.counter where name = 'entry' for update")
    post = subprocess.Popen(argv_as(c, "paula", "close", "post", "--period", period), cwd=c.folder, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    ok(harness.wait_for(lambda: c.value("select count(*) from pg_stat_activity where usename = 'paula' and wait_event_type = 'Lock'") == "1"),
       "post waits for another closer")
    post.send_signal(signal.SIGKILL)
    post.wait()
    ok(harness.wait_for(lambda: c.value("select count(*) from pg_stat_activity where usename = 'paula'") == "0", 20),
       "a killed post leaves nothing at the server")
    equal(c.value(f"select ledger.period_state('{period}')"), "approved", "and has done nothing")
    holder.release()
    equal(allowed(c, "paula", "post", period).stdout, f"posted CB-{period}-F-0001\n", "run again, it posts")


def november(c):
    period = "2026-11"
    load(c, "nov")
    r = run_as(c, "etl", "nightly")
    ok(r.code == DONE, "nightly leaves October out", r.stderr)
    manifest = json.loads(c.out(period, "manifest.json"))
    equal(manifest["ledger"]["head"], c.value("select hash from ledger.entry order by entry_no desc limit 1"), "the manifest has the chain's head")
    ok((c.folder / "out/2026-11").exists(), "and makes November's reports")
    ok("CB-2026-10-F-0001" in c.out("2026-10", "journal.csv"), "October's are those that its post wrote")
    allowed(c, "anna", "waive", period, "--code", "malformed_row", "--reason", "the same test call")
    refused(c, "anna", "freeze", period, why="takes a closebook_preparer")
    allowed(c, "sally", "sign-off", period, "--business-unit", "sales", "--cause", "rate", "--reason", "as in October")
    allowed(c, "paula", "freeze", period)
    refused(c, "paula", "unfreeze", period, why="reason", code=USAGE)
    allowed(c, "petra", "unfreeze", period, "--reason", "a restated day")
    c.write("again/more.csv", small_company.bill_csv([small_company.other_day(26, "3.00")]).replace("2026-10", "2026-11"))
    ok(run_as(c, "etl", "ingest", "again/more.csv").code == DONE, "a late bill is loaded")
    refused(c, "paula", "freeze", period, why="result_outdated")
    ok(run_as(c, "etl", "reconcile", "--period", period).code == DONE, "reconciled again")
    allowed(c, "paula", "freeze", period)
    c.write("late/more.csv", small_company.bill_csv([small_company.other_day(25, "4.00")]).replace("2026-10", "2026-11"))
    ok(run_as(c, "etl", "ingest", "late/more.csv").code == DONE, "what comes after the freeze is loaded")
    status = {p["period"]: p for p in json.loads(run_as(c, "audrey", "close", "status", "--json").stdout)}
    equal((status[period]["state"], status[period]["late_deliveries"]), ("frozen", 1), "and waits as late")
    signed = blockers(c, "anna", period)
    equal(signed, ["unsigned_variance"], "a changed amount voids a sign-off")
    allowed(c, "sally", "sign-off", period, "--business-unit", "sales", "--cause", "other", "--reason", "storage")
    allowed(c, "aldo", "approve", period)
    allowed(c, "aldo", "post", period)


def order(c):
    """December's bill is there before November is closed."""
    c.write("dec/bill.csv", small_company.bill_csv([small_company.other_day(15, "1.00")]).replace("2026-10", "2026-12"))
    ok(run_as(c, "etl", "ingest", "dec/bill.csv").code == DONE, "December's bill is loaded")
    run_as(c, "etl", "reconcile", "--period", "2026-12")
    refused(c, "paula", "freeze", "2026-12", why="2026-11 has bills or an accrual and is not posted")


def proof(c):
    line = c.value("select max(line) from ledger.journal_line where journal_id = 'CB-2026-10-F-0001'")
    r = run_as(c, "audrey", "explain", f"CB-2026-10-F-0001/{line}")
    ok(r.code == DONE and "ADJ-2026-10-0001" in r.stdout and "more than rounding" not in r.stdout, "explain knows an adjustment", r.stdout + r.stderr)
    r = run_as(c, "audrey", "verify")
    ok(r.code == DONE and "2026-10" in r.stdout and "2026-11" in r.stdout, "verify proves both months", r.stdout + r.stderr)
    head = json.loads(run_as(c, "audrey", "verify", "--json").stdout)["chain"]
    ok(len(head["head"]) == 64 and head["entries"] > 10, "and names the chain's head", head)
    equal(run_as(c, "audrey", "verify", "--period", "2026-12").code, USAGE, "a month that is not posted cannot be verified")
    ok("one per cent dearer" in close(c, "audrey", "history", "2026-10").stdout, "history tells who said what")
    c.psql("alter table ledger.journal_line disable trigger all")
    c.psql("update ledger.journal_line set debit = debit + 0.01 where journal_id = 'CB-2026-10-F-0001' and line = 1")
    entry = c.value("select entry_no from ledger.journal where journal_id = 'CB-2026-10-F-0001'")
    r = run_as(c, "audrey", "verify", "--period", "2026-11")
    ok(r.code == CONTROL and f"entry {entry}:" in r.stderr, "a changed amount is found, and named", r.stderr)
    c.psql("update ledger.journal_line set debit = debit - 0.01 where journal_id = 'CB-2026-10-F-0001' and line = 1")
    equal(run_as(c, "audrey", "verify").code, DONE, "put back, all is well")


def managed():
    """A server whose owner is no superuser, but may create roles."""
    server = harness.Server()
    server.command("db", "migrate")
    harness.psql(server.uri(), "create role dba login createrole password 'pass-dba'")
    harness.psql(server.uri(), "create database theirs owner dba")
    hba = server.folder / "state/cluster/data/pg_hba.conf"
    hba.write_text("local all dba,dbb scram-sha-256\n" + hba.read_text())
    harness.psql(server.uri(), "select pg_reload_conf()")
    parts = urllib.parse.urlsplit(server.uri("theirs"))
    uri = urllib.parse.urlunsplit(parts._replace(netloc="dba:pass-dba@"))
    for verb in ("migrate", "roles", "roles"):
        r = harness.execute([harness.BINARY, "--db", uri, "db", verb], cwd=server.folder)
        ok(r.code == DONE, f"db {verb} by an owner who is no superuser", r.stderr)
    harness.psql(server.uri(), "create role dbb login password 'pass-dbb'; grant closebook_owner to dbb")
    harness.psql(server.uri(), "create database others owner dbb")
    parts = urllib.parse.urlsplit(server.uri("others"))
    for verb in ("migrate", "roles"):
        said = harness.execute([harness.BINARY, "--db", urllib.parse.urlunsplit(parts._replace(netloc="dbb:pass-dbb@")), "db", verb], cwd=server.folder)
        ok(said.code == DONE, f"db {verb} without CREATEROLE, where an administrator made the roles", said.stderr)
    ok("closebook_owner" in r.stdout and "dba" in r.stdout, "it shows who has which role", r.stdout)


def main():
    c = company()
    october(c)
    november_loaded(c)
    proof(c)
    managed()
    harness.done()


def november_loaded(c):
    c.write("nov-first/bill.csv", small_company.bill_csv([small_company.other_day(27, "0.50")]).replace("2026-10", "2026-11"))
    ok(run_as(c, "etl", "ingest", "nov-first/bill.csv").code == DONE, "November begins")
    order(c)
    november(c)


main()
