#!/usr/bin/env python3
"""The close when things come together badly: two people at once, kill -9 in every step, the ends of a month, a year and a
February of 29 days, and clients who live in other time zones."""
import concurrent.futures
import re
import shutil
import signal

import closers
import harness
import small_company as small
from harness import BUSY, CONTROL, DONE, equal, ok

PERIOD = "2026-10"
ADJUST = ("--from", "sales", "--to", "research", "--amount", "1.50", "--reason", "shared run", "--evidence", "T-7")
server = harness.Server()
closers.people(server)


def sound(c, name):
    equal(c.psql("select * from close.breaks()"), [], f"{name}: the chain is whole")


# ---- Two at once: both wait at the ledger's lock, and only then may go on ----


def at_once(c, *runs):
    """Runs of (name, arguments), let go together → their exit codes, sorted, and what they said."""
    holder = harness.Session(c.uri, "begin", "select from ledger.counter where name = 'entry' for update")
    started = [closers.start_as(c, name, "close", *args) for name, args in runs]
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    ok(harness.wait_for(lambda: c.value(waiting) == str(len(runs))), f"{runs[0][1][0]}: {len(runs)} closers wait for the ledger")
    holder.release()
    said = [p.communicate() for p in started]
    return sorted(p.returncode for p in started), said


def two_closers():
    c = closers.company(server)
    period = ("--period", PERIOD)
    closers.step(c, "paula", "adjust", "propose", *ADJUST)
    closers.step(c, "paula", "adjust", "propose", *ADJUST)
    first, second = (("--id", f"ADJ-{PERIOD}-000{n}") for n in (1, 2))
    cases = [(("paula", ("freeze", *period)), ("petra", ("freeze", *period))),
             (("anna", ("adjust", "approve", *first)), ("aldo", ("adjust", "approve", *first))),
             (("anna", ("adjust", "reject", *second, "--reason", "no")), ("aldo", ("adjust", "approve", *second))),
             (("anna", ("approve", *period)), ("aldo", ("approve", *period))),
             (("paula", ("post", *period)), ("petra", ("post", *period)), ("anna", ("post", *period)))]
    for runs in cases:
        if runs[0][1][0] == "approve":
            closers.step(c, "sally", "sign-off", *closers.SIGN)
        codes, said = at_once(c, *runs)
        equal(codes, [DONE] + [CONTROL] * (len(runs) - 1), f"{' '.join(runs[0][1][:2])}: exactly one wins", said)
        sound(c, runs[0][1][0])
    equal(c.psql("select journal_id from ledger.journal where not draft"), [("CB-2026-10-F-0001",)], "there is one final journal")
    # freeze or unfreeze comes first: whichever it is, the other sees what it left
    c = closers.company(server)
    closers.step(c, "paula", "freeze")
    closers.step(c, "sally", "sign-off", *closers.SIGN)
    codes, said = at_once(c, ("petra", ("unfreeze", *period, "--reason", "x")), ("anna", ("approve", *period)))
    equal(codes, [DONE, CONTROL], "unfreeze against approve: one wins", said)
    sound(c, "unfreeze and approve")
    c = closers.company(server)
    run = harness.Session(c.uri, "select pg_advisory_lock(1668047467, 1)")
    equal(closers.step(c, "paula", "freeze").code, BUSY, "while a run is at work, nobody freezes")
    run.release()
    equal(closers.step(c, "paula", "freeze").code, DONE, "when it has ended, somebody does")


# ---- kill -9 ----

SEQUENCE = (("paula", "adjust", "propose", *ADJUST), ("paula", "accrual"), ("paula", "freeze"), ("sally", "sign-off", *closers.SIGN),
            ("anna", "adjust", "approve", "--id", f"ADJ-{PERIOD}-0001"), ("anna", "approve"), ("petra", "post"))
# Run again after all was done, these are refused; the others would be done a second time, as they may be.
ONCE = {"freeze", "approve", "post", "adjust approve"}


def library():
    tools = harness.temporary_folder(place="/tmp")
    include = harness.execute(["pg_config", "--includedir"]).stdout.strip()
    built = harness.execute(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", f"-I{include}", "-o", tools / "kill_at.so",
                             harness.ROOT / "tests/e2e/kill_at.c", "-ldl"])
    if built.code != 0:
        raise RuntimeError(built.stderr)
    return tools / "kill_at.so"


def quiet(c):
    return harness.wait_for(lambda: c.value("select count(*) from pg_stat_activity where datname = current_database() and usename = any "
                                            f"('{{{','.join(closers.PEOPLE)}}}')") == "0", 20)


def killed(preload, begin, who, verb, args, at, when, before, after):
    """One point → what is wrong, or empty."""
    c = harness.Company(like=begin, folder=begin.folder, as_of=closers.LATER)
    name = " ".join([verb, *args[:1]]) if verb == "adjust" else verb
    try:
        r = closers.step(c, who, verb, *args, env={"LD_PRELOAD": str(preload), "KILL_AT": str(at), "KILL_WHEN": when})
        if r.code != -signal.SIGKILL:
            return f"was not killed: {r.code} {r.stderr}"
        if not quiet(c):
            return "the server still works for it"
        left = closers.ledger(c)
        if left not in (before, after):
            return f"left neither what was before nor what is after: {left}"
        if left == before or name in ONCE:
            r = closers.step(c, who, verb, *args)
            if r.code != (DONE if left == before else CONTROL):
                return f"run again, it ended with {r.code}: {r.stderr}"
        if closers.ledger(c) != after:
            return "run again, it left something else"
        return "".join(str(b) for b in c.psql("select * from close.breaks()"))
    finally:
        server.drop(c.uri)


def kill_in_each_step():
    preload = library()
    begin = closers.company(server)
    log = begin.folder / "steps.log"
    for who, verb, *args in SEQUENCE:
        done = harness.Company(like=begin, folder=begin.folder, as_of=closers.LATER)
        log.unlink(missing_ok=True)
        r = closers.step(done, who, verb, *args, env={"LD_PRELOAD": str(preload), "KILL_AT": "0", "KILL_LOG": str(log)})
        lines = log.read_text().splitlines()
        quiet(begin), quiet(done)
        before, after = closers.ledger(begin), closers.ledger(done)
        decisive = [n for n, line in enumerate(lines, 1) if "select close." in line]
        ok(r.code == DONE and before != after and len(decisive) == 1, f"{verb}: undisturbed, of {len(lines)} statements one changes the ledger", r.stderr)
        first = 1 if harness.DEEP else max(1, decisive[0] - 1)
        points = [(n, "before") for n in range(first, len(lines) + 1 if harness.DEEP else decisive[0] + 1)] + [(decisive[0], "after"), (len(lines), "after")]
        with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
            wrong = list(pool.map(lambda p: killed(preload, begin, who, verb, args, *p, before, after), points))
        equal([(p, w) for p, w in zip(points, wrong) if w], [], f"{' '.join([verb, *args[:1]])}: killed at {len(points)} points, it was done or was not, and ends the same")
        begin = done


# ---- Clocks and places ----

EDGES = ("2026-12-31T23:59:59.999999Z", "2027-01-01T00:00:00Z", "2028-02-29T00:00:00Z", "2028-02-29T23:59:59.999999Z", "2028-03-01T00:00:00Z")
MONTHS = ("2026-12", "2027-01", "2028-02")
# A freeze pins which transactions of the server it had seen, and hashes of rows, which tell when they were loaded.
SNAPSHOT = '"events": "[0-9:,]*", |"digest": "-?[0-9]{1,30}"'
FORMATS = ("native", "fbdi", "xero", "netsuite", "hledger", "beancount") if harness.DEEP else ("native", "fbdi", "hledger")


def edge_files():
    calls = [small.event(n, timestamp=at, request_id=f"edge-{n}") for n, at in enumerate(EDGES)]
    return [("edges/events.jsonl", small.events_json(calls)), ("edges/bill.csv", small.bill_csv([l for call in calls for l in small.call_lines(call)]))]


def outcome(final_date="period_end", env=None, as_of="2028-03-01T00:00:00Z", role=""):
    """Everything that people and other systems see of three months closed under these circumstances."""
    for name in closers.PEOPLE:
        harness.psql(server.uri(), f"alter role {name} {role}" if role else f"alter role {name} reset all")
    c = closers.company(server, MONTHS, config=f"final_date: {final_date}\n", more=edge_files(), env=env, as_of=as_of)
    failed = [f for month in MONTHS for f in [*[(closers.step(c, "paula", "accrual", period=month, env=env).code or [])], *closers.close(c, month, env=env)] if f]
    files = {}
    for month in MONTHS:
        for fmt in FORMATS:
            settings = ("--ledger", "1") if fmt == "fbdi" else ()
            r = closers.run_as(c, "audrey", "export", "journal", "--period", month, "--format", fmt, "--out", "-", *settings, env=env)
            files[month, fmt] = (r.code, r.stdout)
        closers.run_as(c, "audrey", "report", "--period", month, env=env, as_of=as_of)
        files.update({(month, name): c.out(month, name) for name in ("variance.csv", "exceptions.csv", "journal.csv", "summary.json")})
        files[month, "history"] = [row.split()[3:] for row in closers.step(c, "audrey", "history", period=month, env=env).stdout.splitlines()]
    return {
        "failed": failed, "files": files,
        "ledger": [(*row[:4], re.sub(SNAPSHOT, "", row[4])) for row in closers.ledger(c) if row[1] != "counter"],
        "hashes": c.psql(f"""select ledger.entry_hash((entry_no, '', kind, period, regexp_replace(content, '{SNAPSHOT}', '', 'g'), login,
                                                      timestamptz '2027-01-01 00:00:00Z', '')::ledger.entry) from ledger.entry order by entry_no"""),
        "lines": c.psql("select period, request_id, usage_start at time zone 'UTC' from provider.line where request_id is not null order by request_id, usage_class"),
        "hours": c.psql("select hour at time zone 'UTC', sum(events) from recon.event_hour group by 1 order by 1"),
        "dates": c.psql("select period, kind, posting_date from ledger.journal order by journal_id"),
        "deliveries": c.psql("select bucket_start at time zone 'UTC', period from provider.delivery order by 1"),
        "verify": closers.run_as(c, "audrey", "verify", env=env).code,
    }


def clocks():
    plain = outcome()
    equal((plain["failed"], plain["verify"]), ([], DONE), "three months at the edges are closed and proved")
    equal({(row[0], row[1]) for row in plain["lines"]}, {("2026-12", "edge-0"), ("2027-01", "edge-1"), ("2028-02", "edge-2"), ("2028-02", "edge-3"), ("2028-03", "edge-4")},
          "the last microsecond belongs to its month and year, midnight to the next, the 29th to February")
    equal({row[2][:13] for row in plain["lines"]}, {"2026-12-31 23", "2027-01-01 00", "2028-02-29 00", "2028-02-29 23", "2028-03-01 00"}, "and stays what it was")
    equal([row[2] for row in plain["dates"] if row[1] == "final"], ["2026-12-31", "2027-01-31", "2028-02-29"], "finals are dated the month's last day")
    equal([row[2] for row in outcome("next_period_start")["dates"] if row[1] == "final"], ["2027-01-01", "2027-02-01", "2028-03-01"], "or the first of the next")
    zone = "Pacific/Kiritimati"
    circumstances = {
        "a client 14 hours ahead": {"env": {"TZ": zone, "PGTZ": zone, "PGDATESTYLE": "SQL, DMY", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"},
                                    "role": "set search_path = pg_temp, ref, ledger"},
        "a client 11 hours behind": {"env": {"TZ": "Pacific/Pago_Pago",
                                             "PGOPTIONS": f"-c timezone={zone} -c datestyle=German -c intervalstyle=iso_8601 -c extra_float_digits=-5"}},
        "a role with a time zone of its own": {"role": f"set timezone = '{zone}'"},
    }
    for name, how in circumstances.items():
        there = outcome(**how)
        different = [k for k in plain if there[k] != plain[k]]
        ok(not different, f"{name} changes no byte of journals, hashes, reports and months",
           [(k, [(x, y) for x, y in zip(there[k].items() if isinstance(there[k], dict) else there[k], plain[k].items() if isinstance(plain[k], dict) else plain[k]) if x != y][:2])
            for k in different if k not in ("verify",)])
    before = outcome(as_of="2028-02-29T23:59:59.999999Z")
    equal((before["failed"], before["dates"]), ([], plain["dates"]), "months closed by a run at the last microsecond are as those by one at midnight")
    equal({k: v for k, v in before["files"].items() if k[1] in FORMATS}, {k: v for k, v in plain["files"].items() if k[1] in FORMATS}, "to the byte")


def main():
    two_closers()
    if shutil.which("gcc") and shutil.which("pg_config"):
        kill_in_each_step()
    else:
        harness.skip("kill -9 in each step", "needs gcc and pg_config")
    clocks()
    harness.done()


main()
