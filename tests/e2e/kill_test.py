#!/usr/bin/env python3
"""kill -9 at every step of ingest, reconcile and of a night that drops superseded lines, then the same command again: the database holds what it would hold had
nobody interfered, and the dead run's lock is gone within seconds. A report's files are old or new, never half of one."""
import concurrent.futures
import hashlib
import json
import os
import shutil
import signal
import time

import harness
import small_company as small
from harness import Company, Session, equal, ok

PERIOD, AS_OF = small.PERIOD, small.AS_OF
LOCK_SECONDS = 8  # the server looks for its client every 5

if not shutil.which("gcc") or not shutil.which("pg_config"):
    harness.skip_all("needs gcc and pg_config")
tools = harness.temporary_folder(place="/tmp")
library = tools / "kill_at.so"
include = harness.execute(["pg_config", "--includedir"]).stdout.strip()
built = harness.execute(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", f"-I{include}", "-o", library,
                         harness.ROOT / "tests/e2e/kill_at.c", "-ldl"])
if built.code != 0:
    raise RuntimeError(built.stderr)

home = harness.temporary_folder()


def company(like=None, **how):
    return Company(like=like, folder=home, **{"as_of": like.as_of if like else AS_OF, **how})


def preload(at=0, when="before", log=None):
    return {"LD_PRELOAD": str(library), "KILL_AT": str(at), "KILL_WHEN": when, "KILL_LOG": str(log) if log else None}


def content(c):
    """What must be the same. A file refused twice is recorded twice: by the killed run, and by the next."""
    held = c.content()
    held["ops.rejected_file"] = sorted(set(held["ops.rejected_file"]))
    held["scratch"] = working_tables(c)
    held["partitions"] = [name for (name,) in c.psql("select relname from pg_class where relname ~ '^line_\\d{4}_\\d\\d' and relkind in ('r', 'p') order by 1")]
    return held


def working_tables(c):
    return c.psql("select relname from pg_class where relnamespace = 'scratch'::regnamespace")


def state(c):
    """The month's results, as one digest."""
    return c.value("select md5(string_agg(x, ',' order by x)) from (select v::text as x from recon.variance v union all "
                   "select (e.exception_id, e.amount_usd, e.count)::text from recon.exception e union all "
                   "select l::text from ledger.journal_line l union all select r.result_id from recon.result r) s")


def steps(begin, args, code):
    """Runs the command undisturbed on a copy → its steps, and what it leaves."""
    c, log = company(begin), tools / f"{args[0]}.log"
    c.run(*args, env=preload(log=log), check=code)
    return log.read_text().splitlines(), content(c), state(c)


def kill_and_rerun(begin, args, code, want, states, at, when):
    """One point → (what is wrong or "", seconds until the lock was free)."""
    c = company(begin)
    try:
        r = c.run(*args, env=preload(at, when))
        if r.code != -signal.SIGKILL:
            return f"was not killed: {r.code} {r.stderr}", 0
        between = state(c)
        start = time.monotonic()
        r = c.run(*args)
        while r.code == harness.BUSY and time.monotonic() - start < LOCK_SECONDS:
            time.sleep(0.05)
            r = c.run(*args)
        waited = time.monotonic() - start
        if r.code != code:
            return f"the next run ended with {r.code}: {r.stderr}", waited
        if between not in states:
            return "after the kill the results were neither those of before nor those of after", waited
        return harness.differences(content(c), want), waited
    finally:
        c.server.drop(c.uri)


def every_kill(name, begin, args, code=harness.DONE, most=100 if harness.DEEP else 200):
    lines, want, after = steps(begin, args, code)
    states = {state(begin), after}
    points = [(at, "before") for at in spread(lines, most)]
    # COMMIT and what touches tables for good: the server may do it after the client's death.
    last = [at for at in spread(lines, max(1, most // 4)) if not lines[at - 1].startswith("rename")]
    points += [(at, "after") for at in sorted({*last, *(n for n, line in enumerate(lines, 1) if "COMMIT" in line)})]
    with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
        results = list(pool.map(lambda p: kill_and_rerun(begin, args, code, want, states, *p), points))
    wrong = [(point, said) for point, (said, _) in zip(points, results) if said]
    for (at, when), said in wrong[:5]:
        harness.diag(f"{when} step {at} ({lines[at - 1][:80]}):\n{said}")
    equal(len(wrong), 0, f"{name}: killed at {len(points)} points of its {len(lines)} steps, it leaves what it leaves undisturbed")
    longest = max(waited for _, waited in results)
    ok(longest < LOCK_SECONDS, f"{name}: the next run never waits long for the lock", f"{longest:.1f} s")


def spread(lines, most):
    """Numbers of steps: all, or the first of every kind and an even spread of the rest."""
    if len(lines) <= most:
        return list(range(1, len(lines) + 1))
    first = {}
    for number, line in enumerate(lines, 1):
        first.setdefault(" ".join(line.split()[:4]), number)
    kinds = sorted(first.values())
    kinds = kinds[::max(1, len(kinds) // (most * 2 // 3))]
    return sorted({*kinds, *range(1, len(lines) + 1, max(1, len(lines) * 3 // most))})


# ---- ingest: events, bills of which one restates a day, and a file that is refused, in one call ----

begin = company(refdata=small.REFDATA)
for name, text in small.files().items():
    begin.write(name, text)
begin.write("bad/bad.csv", small.bill_csv([small.other_day(25, "one")]))
begin.run("ingest", "bill/2-days.csv", check=harness.DONE)
begin.run("reconcile", "--period", PERIOD, check=harness.DONE)
# One thread: with more, how many batches are sent is a matter of luck.
ingest = ("ingest", "--threads", "1", "events", "bill/1-calls.csv", "bill/3-other.csv", "restated", "bad")
every_kill("ingest", begin, ingest, harness.INPUT, most=100 if harness.DEEP else 20)

# ---- reconcile: over the results of an earlier one ----

full = company(begin)
full.run(*ingest, check=harness.INPUT)
every_kill("reconcile", full, ("reconcile", "--period", PERIOD), most=36 if harness.DEEP else 10)

# ---- a night that drops the lines of a bill and of a day that were restated long ago ----

late = company(full)
for name, rows in (("1", [[10], [7]]), ("2", [[12]])):
    late.write(f"cur/{name}/cur-00001.csv", small.cur(*rows))
    late.run("ingest", f"cur/{name}", check=harness.DONE)
late.as_of = "2027-01-29T12:00:00Z"
late.run("nightly", check=harness.DONE)
late.as_of = "2027-01-29T12:00:01Z"
undisturbed = company(late)
undisturbed.run("nightly", check=harness.DONE)
equal(undisturbed.value("select string_agg(line_count::text, ' ' order by delivery_id) from provider.delivery where lines_dropped_at is not null"), "2 2",
      "a night drops what was superseded")
every_kill("nightly", late, ("nightly",), most=30 if harness.DEEP else 8)

# ---- The lock and the working tables of a run that dies while the server works for it ----

c = company(full)
blocker = Session(c.uri, "begin", "lock table recon.variance in access exclusive mode")
run = c.start("reconcile", "--period", PERIOD)
waiting = "select count(*) from pg_stat_activity where application_name like 'closebook %' and wait_event_type = 'Lock'"
ok(harness.wait_for(lambda: c.value(waiting) == "1"), "a reconcile waits within a statement")
unseen = "select count(*) from pg_locks l where locktype = 'relation' and not exists (select from pg_class c where c.oid = l.relation)"
ok(int(c.value(unseen)) > 0, "it has made working tables")
equal(c.run("ingest", "bad").code, harness.BUSY, "and holds the lock")
run.kill()
run.communicate()
start = time.monotonic()
freed = harness.wait_for(lambda: c.run("ingest", "bad").code == harness.INPUT, LOCK_SECONDS, 0.2)
ok(freed, "killed, it gives up the lock although its statement has not ended", f"{time.monotonic() - start:.1f} s")
blocker.release()
equal(working_tables(c), [], "and nothing of its working tables stays")
equal(c.run("reconcile", "--period", PERIOD).code, harness.DONE, "the next run works")
equal(working_tables(c), [], "and leaves none of its own")

# ---- The server itself dies in the middle: its tables without log must not come back ----

c = Company(embedded=True, refdata=small.REFDATA, as_of=AS_OF)
for name, text in small.files().items():
    c.write(name, text)
c.run("ingest", "events", "bill", check=harness.DONE)
blocker = Session(c.server.uri(), "begin", "lock table recon.variance in access exclusive mode")
run = c.start("reconcile", "--period", PERIOD)
ok(harness.wait_for(lambda: c.value(waiting) == "1"), "a reconcile waits on a server of its own")
os.kill(int(c.value(waiting.replace("count(*)", "pid"))), signal.SIGKILL)
run.communicate()
equal(run.returncode, harness.UNAVAILABLE, "its server process killed, it says that the database is gone")
blocker.process.wait()


def is_back():
    try:
        return working_tables(c) == []
    except RuntimeError:  # it recovers
        return False


ok(harness.wait_for(is_back, 20, 0.2), "the server recovers without working tables")
equal(c.run("reconcile", "--period", PERIOD).code, harness.DONE, "and the next run works there too")
equal((working_tables(c), c.value("select count(*) from recon.result")), ([], "1"), "with a result, and nothing beside it")

# ---- report ----


def files(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}


def consistent(held):
    """The manifest comes last: where it is new, so are the files that it describes."""
    listed = json.loads(held["manifest.json"])["files"]
    return all(hashlib.sha256(held[name]).hexdigest() == entry["sha256"] for name, entry in listed.items())


old, new = company(begin), company(full)
new.run("reconcile", "--period", PERIOD, check=harness.DONE)
report = ("report", "--period", PERIOD, "--out")
for c, folder in ((old, "old"), (new, "new")):
    c.run(*report, folder, check=harness.DONE)
old_files, new_files = files(home / "old" / PERIOD), files(home / "new" / PERIOD)
ok(set(old_files) == set(new_files) and all(old_files[n] != new_files[n] for n in old_files if n != "journal.csv"), "two reports differ")
log = tools / "report.log"
new.run(*report, "log", env=preload(log=log), check=harness.DONE)
lines = log.read_text().splitlines()
equal([os.path.basename(line) for line in lines if line.startswith("rename")][-1], "manifest.json", "a report names its manifest last")
torn, mixed = [], []
for at, line in enumerate(lines, 1):
    for when in ("before", "after") if line.startswith("rename") else ("before",):
        folder = home / f"report-{at}-{when}"
        shutil.copytree(home / "old", folder)
        equal_code = new.run(*report, folder, env=preload(at, when)).code == -signal.SIGKILL
        held = files(folder / PERIOD)
        if not equal_code or set(held) != set(old_files) or any(held[n] not in (old_files[n], new_files[n]) for n in held):
            torn.append((at, when, line))
        if held.get("manifest.json") == new_files["manifest.json"] and not consistent(held):
            mixed.append((at, when, line))
        new.run(*report, folder, check=harness.DONE)
        if files(folder / PERIOD) != new_files:
            torn.append((at, when, line, "and the next report does not mend it"))
equal(torn, [], f"report: killed at each of its {len(lines)} steps, every file is old or new")
equal(mixed, [], "report: a new manifest describes the files that are there")

harness.done()
