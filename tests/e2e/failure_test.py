#!/usr/bin/env python3
"""When it is not the data: no database, a database that goes away, a lock, no room, no permission, a wrong configuration or
command line. The exit code says whose fault it is, the message where, and what was there before is there still."""
import json
import os
import re
import resource
import shutil
import signal

import harness
import small_company as small
from harness import Company, Session, equal, ok, skip

PERIOD, AS_OF = small.PERIOD, small.AS_OF
REPORTS = {"variance.csv", "exceptions.csv", "journal.csv", "summary.json", "manifest.json"}

company = Company(refdata=small.REFDATA, as_of=AS_OF)
for name, text in small.files().items():
    company.write(name, text)
for paths in small.INGESTS:
    company.run("ingest", *paths, check=harness.DONE)
company.run("reconcile", "--period", PERIOD, check=harness.DONE)
many = small.events_json([small.event(i) for i in range(1000, 4000)])
company.write("more/many.jsonl", many)


def fails(name, code, says, *args, c=company, **how):
    r = c.run(*args, **how)
    equal(r.code, code, f"{name}: exit code", r.stderr)
    ok(re.search(says, r.stderr, re.S), f"{name}: the message says what", r.stderr)
    return r


# ---- No database ----

NOWHERE = company.folder / "nowhere"
for name, uri in (("no such socket", f"postgresql://me:s3cret@/books?host={NOWHERE}"),
                  ("no such port", "postgresql://me:s3cret@127.0.0.1:1/books"),
                  ("no such database", company.server.uri("no_such_database"))):
    r = harness.execute([harness.BINARY, "-c", company.config, "--db", uri, "reconcile", "--period", PERIOD])
    equal(r.code, harness.UNAVAILABLE, f"{name}: exit code", r.stderr)
    ok("cannot connect to postgresql://" in r.stderr and "hint: " in r.stderr, f"{name}: the message says where, with a hint", r.stderr)
    ok("s3cret" not in r.stderr, f"{name}: but no password", r.stderr)
r = harness.execute([harness.BINARY, "-c", company.config, "--db", "postgresql://me:s3@cret@host/books", "variance", "--period", PERIOD])
equal((r.code, "s3" in r.stderr), (harness.CONFIG, False), "a URI that cannot be read is a configuration fault, and not repeated", r.stderr)
empty = Company()
harness.psql(empty.server.uri("postgres"), "create database bare")
r = harness.execute([harness.BINARY, "-c", company.config, "--db", company.server.uri("bare"), "reconcile", "--period", PERIOD])
ok(r.code == harness.CONTROL and "db migrate" in r.stderr, "a database without the schema: the hint names the remedy",
   f"{r.code} {r.stderr}")

# ---- Configuration and command line ----

for name, text, where, says in (
        ("an unknown key", "out_dir: out\nresiduals: pro_rata\n", ":2:1:", "residuals"),
        ("an unknown key inside", "threshold:\n  percent: 3\n  ammount: 5\n", ":3:3:", "ammount"),
        ("an unknown value", "residual: pro-rata\n", ":1:11:", "pro-rata"),
        ("a value of the wrong kind", "settle_days: soon\n", ":1:14:", "settle_days"),
        ("a source of no type", "sources:\n  - name: a\n    type: telex\n", ":3:11:", "telex"),
        ("a source without an address", "sources:\n  - name: a\n    type: litellm\n", ":2:5:", "needs a `uri`"),
        ("a repeated key", "currency: USD\ncurrency: USD\n", ":2:1:", "currency"),
        ("broken YAML", "out_dir: out\nsources: [\n", r":\d+:\d+:", "")):
    company.write("bad.yaml", text)
    r = harness.execute([harness.BINARY, "-c", "bad.yaml", "--db", company.uri, "variance", "--period", PERIOD], cwd=company.folder)
    ok(r.code == harness.CONFIG and re.search(rf"bad\.yaml{where} .*{says}", r.stderr), f"configuration with {name}: 78, with line and column",
       f"{r.code} {r.stderr}")
fails("no such configuration", harness.CONFIG, "missing.yaml", "-c", "missing.yaml", "variance", "--period", PERIOD)

for period in ("2026-13", "October", "2026-10-01", ""):
    for command in ("reconcile", "report", "variance"):
        r = company.run(command, "--period", period)
        ok(r.code == harness.USAGE and "2026-10" in r.stderr, f"{command} --period {period!r} is refused, with an example", f"{r.code} {r.stderr}")
fails("no period", harness.USAGE, "which period", "reconcile")
for command in ("report", "variance"):
    fails(f"{command} of a month never reconciled", harness.USAGE, "2025-01 has not been reconciled.*closebook reconcile --period 2025-01",
          command, "--period", "2025-01")
fails("an unknown command", harness.USAGE, "reconcil.*did you mean reconcile", "reconcil")
fails("an unknown option", harness.USAGE, "--perod.*--period", "reconcile", "--perod", PERIOD)
fails("an unreadable clock", harness.USAGE, "yesterday", "variance", "--period", PERIOD, as_of="yesterday")
fails("ingest of nothing", harness.USAGE, "files or folders", "ingest")
fails("ingest of an unknown format", harness.USAGE, "xml", "ingest", "--format", "xml", "events")
before = company.counts()
fails("ingest of a file that is not there", harness.IO, "gone.csv: No such file", "ingest", "more", "gone.csv")
equal(company.counts(), before, "and nothing of the call is loaded")

# ---- Another run ----

holder = Session(company.uri, "select pg_advisory_lock(1668047467, 1)")  # what etl/store/db.c takes
for args in (("ingest", "more"), ("reconcile", "--period", PERIOD), ("nightly",)):
    fails(f"{args[0]} beside another run", harness.BUSY, f"another run holds the lock: {holder.name}.*database process", *args)
equal(company.run("variance", "--period", PERIOD).code, harness.DONE, "what only reads does not wait for it")
holder.release()
equal(company.counts(), before, "and they change nothing")

# ---- Standard output ----

VERBS = (("reconcile", "--period", PERIOD), ("variance", "--period", PERIOD), ("exceptions", "list", "--period", PERIOD, "--json"),
         ("report", "--period", PERIOD), ("ingest", "events"), ("--help",))
for args in VERBS:
    with open("/dev/full", "wb") as full:
        fails(f"{args[0]} to a full device", harness.IO, "standard output.*No space left", *args, stdout=full)
for args in VERBS[:3]:
    r = company.run(*args, stdout=None, preexec_fn=lambda: os.close(1))
    ok(r.code == harness.IO and "standard output" in r.stderr, f"{args[0]} without a standard output says that it could not write",
       f"{r.code} {r.stderr}")
r = company.run("-v", "ingest", "events", stderr=None, preexec_fn=lambda: os.close(2))
equal((r.code, r.stdout.split("\n")[0]), (harness.DONE, "files       0 loaded, 2 known, 0 rejected"),
      "without a standard error the log goes nowhere, and nothing else is different")

# ---- No room ----


def tree(folder):
    return {p.name: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


company.run("report", "--period", PERIOD, check=harness.DONE)
out = company.folder / "out" / PERIOD
written = tree(out)
equal(set(written), REPORTS, "a report's files")


def limited(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


for size in (0, 700, len(written["manifest.json"]) - 1):
    r = company.run("report", "--period", PERIOD, as_of="2026-10-31T13:00:00Z", preexec_fn=lambda: limited(size))
    ok(r.code == harness.IO and "File too large" in r.stderr, f"report with room for {size} bytes a file: exit code and message",
       f"{r.code} {r.stderr}")
    equal(tree(out) == written, True, f"report with room for {size} bytes a file: the files of before stand, and nothing beside them",
          sorted(tree(out)))


def mount(folder, size, mode="0755"):
    folder.mkdir(parents=True)
    r = harness.execute(["mount", "-t", "tmpfs", "-o", f"size={size},mode={mode}", "tmpfs", folder])
    return None if r.code == 0 else f"no file system of {size} can be mounted: {r.stderr.strip()}"


small_disk = company.folder / "small-disk"
refusal = mount(small_disk, "16k")
if refusal:
    skip("report to a full disk", refusal)
else:
    r = company.run("report", "--period", PERIOD, "--out", small_disk)
    ok(r.code == harness.IO and "No space left" in r.stderr, "report to a full disk: exit code and message", f"{r.code} {r.stderr}")
    equal([p.name for p in small_disk.rglob("*") if p.is_file()], [], "report to a full disk leaves nothing there")
    harness.execute(["umount", small_disk])

server_disk = harness.temporary_folder() / "disk"
refusal = mount(server_disk, "24m", "0700")
if refusal:
    skip("ingest when the server's disk is full", refusal)
else:
    shutil.chown(server_disk, "postgres")
    psql = lambda query: harness.psql(company.server.uri("postgres"), query)
    psql(f"create tablespace small location '{server_disk}'")
    cramped = Company(server=company.server, as_of=AS_OF)
    psql(f"alter database {cramped.uri.split('?')[0].rsplit('/', 1)[1]} set tablespace small")
    cramped.write("many.jsonl", small.events_json([small.event(i, feature="f" * 500) for i in range(40_000)]))
    fails("ingest when the server's disk is full", harness.IO, "No space left|disk is full", "ingest", "many.jsonl", c=cramped)
    equal(set(cramped.counts().items()) - set(empty.counts().items()), set(), "ingest when the server's disk is full loads nothing")
    psql(f"drop database {cramped.uri.split('?')[0].rsplit('/', 1)[1]} with (force)")
    psql("drop tablespace small")
    harness.execute(["umount", server_disk])

# ---- A database that goes away ----


class Blocked:
    """A run of the program, held up by a lock at the table that it is about to write."""

    def __init__(self, table, *args):
        self.holder = Session(company.uri, "begin", f"lock table {table} in access exclusive mode")
        self.process = company.start(*args)
        self.pid = None
        self.blocked = harness.wait_for(self.is_waiting)

    def is_waiting(self):
        self.pid = company.value("select pid from pg_stat_activity where application_name like 'closebook %' and wait_event_type = 'Lock'")
        return self.pid is not None

    def end(self):
        stderr = self.process.communicate(timeout=30)[1].decode()
        self.holder.release()
        return self.process.returncode, stderr


before = company.content()
for name, table, args in (("ingest", "gateway.event", ("ingest", "more")), ("ingest, when it makes the file known", "ops.file", ("ingest", "more")),
                          ("reconcile", "recon.posting", ("reconcile", "--period", PERIOD))):
    run = Blocked(table, *args)
    ok(run.blocked, f"{name} is held up")
    company.psql(f"select pg_terminate_backend({run.pid})")
    code, stderr = run.end()
    ok(code == harness.UNAVAILABLE and "hint: " in stderr, f"{name}, its connection ended by the server: exit code and hint", f"{code} {stderr}")
    equal(harness.differences(company.content(), before), "", f"{name}, its connection ended by the server: nothing is changed")

for name, table, args in (("ingest", "gateway.event", ("ingest", "more")), ("reconcile", "recon.posting", ("reconcile", "--period", PERIOD))):
    run = Blocked(table, *args)
    pid = company.server.pid()
    os.kill(pid, signal.SIGQUIT)  # pg_ctl stop -m immediate
    code, stderr = run.end()
    ok(code == harness.UNAVAILABLE and "error: " in stderr, f"{name}, the server gone: exit code and message", f"{code} {stderr}")
    harness.wait_for(lambda: not os.path.exists(f"/proc/{pid}"))
    company.server.start()
    equal(harness.differences(company.content(), before), "", f"{name}, the server gone and come back: nothing is changed")
equal(company.run("ingest", "more").code, harness.DONE, "and then it can be done")
equal(company.value("select count(*) from gateway.event"), str(3000 + 51), "completely")

# ---- Logs ----

r = harness.execute([harness.BINARY, "-c", company.config, "--db", company.uri, "--log", "json", "ingest", "closebook.yaml"], cwd=company.folder)
records = [json.loads(line) for line in r.stderr.splitlines()]
ok(r.code == harness.INPUT and any("closebook.yaml" in json.dumps(record) for record in records), "--log json: each line of the log is JSON", r.stderr)

harness.done()
