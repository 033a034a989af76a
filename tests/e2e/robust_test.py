#!/usr/bin/env python3
"""What must not matter: that a file comes again, or packed otherwise; who else loads at the same time; how many threads
read; in which order things come; and that the user is nobody in particular."""
import gzip
import itertools
import os
import pathlib
import random
import re
import shutil

import harness
import small_company as small
from harness import Company, Session, differences, equal, ok, skip

PERIOD, AS_OF = small.PERIOD, small.AS_OF
FILES = small.files()


def company(files=(), **how):
    c = Company(as_of=AS_OF, **{**({} if "like" in how else {"refdata": small.REFDATA}), **how})
    for name, text in dict(files).items():
        c.write(name, text)
    return c


def month(c):
    """The files of the month's report, as they are after a reconcile."""
    c.run("reconcile", "--period", PERIOD, check=harness.DONE)
    c.run("report", "--period", PERIOD, check=harness.DONE)
    return {name: c.out(PERIOD, name) for name in ("variance.csv", "journal.csv", "exceptions.csv", "summary.json")}


base = company(FILES)
for paths in small.INGESTS:
    base.run("ingest", *paths, check=harness.DONE)
want = month(base)
ok(len(want["variance.csv"].splitlines()) == 5 and "duplicate_event" in want["exceptions.csv"], "the small company has results")
equal(month(base), want, "reconciling again changes nothing, not a byte of its files")

# ---- The same again ----

c = company(FILES, like=base)
before = c.content()
r = c.run("ingest", "events", "bill", "restated")
equal((r.code, r.stdout.split("\n")[0]), (harness.DONE, "files       0 loaded, 6 known, 0 rejected"), "the same files again: nothing is loaded")
for name in FILES:
    ok(re.search(rf"{pathlib.Path(name).name}: known, loaded on 20\S+ \S+ from \S+{name}; nothing to do", r.stderr),
       f"and {name} is said to be known, and from when", r.stderr)
equal(differences(c.content(), before), "", "the same files again change nothing")
c.write("elsewhere/copy.csv", FILES["bill/1-calls.csv"])
r = c.run("ingest", "elsewhere")
ok(r.code == harness.DONE and "0 loaded, 1 known" in r.stdout, "nor does the same content under another name", r.stderr)
equal(differences(c.content(), before), "", "which changes nothing either")

c = company({"in/a.csv": FILES["bill/2-days.csv"], "in/b.csv": FILES["bill/2-days.csv"], "in/c.jsonl": FILES["events/1.jsonl"]})
r = c.run("ingest", "in")
ok(r.code == harness.DONE and "2 loaded, 1 known" in r.stdout and "b.csv: known, the same bytes as a.csv" in r.stderr,
   "a file that stands twice in one call is loaded once", r.stderr)

c = company(FILES, like=base)
for name, text in FILES.items():
    if not name.startswith("restated"):
        c.write(f"packed/{name}.gz", gzip.compress(text.encode(), 9, mtime=7))
r = c.run("ingest", "packed/events")
rows = sum(FILES[name].count("\n") for name in FILES if name.startswith("events/")) - 1  # a header
ok(f"rows        {rows} read = 0 accepted + 1 quarantined + {rows - 1} duplicate" in r.stdout, "events packed otherwise are all repeats", r.stdout)
c.run("ingest", "packed/bill/1-calls.csv.gz", "packed/bill/3-other.csv.gz", check=harness.DONE)
again = month(c)
equal(again["variance.csv"], want["variance.csv"], "content that comes again packed otherwise changes no amount")
equal(again["journal.csv"], want["journal.csv"], "nor a journal")
equal(c.value("select count(*) from recon.exception where code = 'restated_delivery'"), "1", "and restates nothing: the bill says the same")
events = int(base.value("select count(*) from gateway.event"))
equal(c.value("select count(*) from gateway.event"), str(2 * events), "repeats are kept as revisions")
equal(c.value("select sum(count) from recon.exception where code = 'duplicate_event'"), str(2 + events), "and counted")

c = company(FILES, like=base)
r = c.run("ingest", "--again", "events", "bill/1-calls.csv")
ok(r.code == harness.DONE and "3 loaded, 0 known" in r.stdout, "--again loads known files", r.stdout)
equal(month(c)["variance.csv"], want["variance.csv"], "and changes no amount")

# ---- Two at once ----

c = company(FILES)
blocker = Session(c.uri, "begin", "lock table gateway.event in share mode")
first = c.start("ingest", "events")
waiting = "select count(*) from pg_stat_activity where application_name like 'closebook ingest%' and wait_event_type = 'Lock'"
ok(harness.wait_for(lambda: c.value(waiting) == "1"), "one ingest is at work")
r = c.run("ingest", "bill")
ok(r.code == harness.BUSY and re.search(rf"another run holds the lock: closebook ingest \(process {first.pid}\)", r.stderr),
   "a second one ends with 75 and names the first", f"{r.code} {r.stderr}")
blocker.release()
first.communicate()
equal(first.returncode, harness.DONE, "the first one is not disturbed")
c.run("ingest", "bill", check=harness.DONE)
c.run("ingest", "restated", check=harness.DONE)
equal(month(c), want, "the second one, later, brings the same results")

c = company(FILES)
c.run("ingest", "bill/2-days.csv", check=harness.DONE)
left = [["ingest", name] for name in FILES if name != "bill/2-days.csv"]
codes = set()
while left:
    running = [(args, c.start(*args)) for args in left]
    left = []
    for args, process in running:
        process.communicate()
        codes.add(process.returncode)
        if process.returncode == harness.BUSY:
            left.append(args)
equal(codes - {harness.BUSY}, {harness.DONE}, "five at once, each tried until it is its turn: nothing but 0 and 75")
equal(month(c), want, "and the same results")

# ---- Threads ----

rng = random.Random(20261031)
calls = [small.event(i % 900, request_id=f"call-{i:05d}") for i in range(2000)]
parts = [calls[i::9] for i in range(9)]
many = {f"in/events-{i}.jsonl": small.events_json(part + rng.sample(calls, 5)) for i, part in enumerate(parts)}
many |= {f"in/bill-{i}.csv": small.bill_csv([l for call in part[:60] for l in small.call_lines(call)]) for i, part in enumerate(parts)}
many["in/bill-bad.csv"] = small.bill_csv([small.other_day(30)]) + "mistral,,2026-10-30,2026-10-31,ws-2,,other,x,,,,,\n"
seen = {}
for threads in (1, 2, 8):
    c = company(many)
    c.run("ingest", "in", "--threads", threads, check=harness.INPUT)
    c.run("reconcile", "--period", PERIOD, check=harness.DONE)
    seen[threads] = c.content()
ok(len(seen[1]["gateway.event"]) == 2045 and len(seen[1]["provider.line_fact"]) == 1080, "with one thread everything is loaded",
   {table: len(rows) for table, rows in seen[1].items()})
for threads in (2, 8):
    equal(differences(seen[threads], seen[1]), "", f"with {threads} threads the database holds the same")

# ---- Order ----

names = [name for name in FILES if name.split("/")[0] in ("events", "bill")]
orders = list(itertools.permutations(names))
for order in rng.sample(orders, 5) + [tuple(reversed(names))]:
    c = company(FILES)
    for name in order:
        c.run("ingest", name, check=harness.DONE)
    c.run("ingest", "restated", check=harness.DONE)
    equal(month(c), want, f"the files one by one, {' '.join(re.sub('[^0-9eb]', '', n.replace('bill', 'b').replace('events', 'e')) for n in order)}: "
          "the same results")


def shuffled(text, header):
    lines = text.splitlines(True)
    body = lines[header:]
    rng.shuffle(body)
    return "".join(lines[:header] + body)


c = company({name: shuffled(text, name.endswith(".csv")) for name, text in FILES.items()})
for paths in small.INGESTS:
    c.run("ingest", *paths, check=harness.DONE)
equal({k: v for k, v in month(c).items() if k in ("variance.csv", "journal.csv")}, {k: want[k] for k in ("variance.csv", "journal.csv")},
      "rows in another order within their files: the same amounts")

# ---- Nobody in particular, in an embedded database of its own ----

home = harness.temporary_folder()
binary = home / "closebook"
shutil.copy2(harness.BINARY, binary)
as_root = os.geteuid() == 0
user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if as_root else []
environment = {"HOME": str(home), "XDG_STATE_HOME": None, "XDG_CONFIG_HOME": None}


def own(path):
    if as_root:
        for each in [path, *path.rglob("*")]:
            shutil.chown(each, "nobody", "nogroup")


def plain(*args, **how):
    return harness.execute([*user, binary, "--as-of", AS_OF, *args], cwd=home, env=environment, **how)


if as_root and not shutil.which("setpriv"):
    skip("an ordinary user", "no setpriv")
else:
    for name, text in {**FILES, **{f"refdata/{n}": t for n, t in small.REFDATA.items()}}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    own(home)
    try:
        r = plain("init")
        equal((r.code, (home / "closebook.yaml").exists()), (harness.DONE, True), "an ordinary user: init", r.stderr)
        ok((home / ".local/state/closebook/cluster/data").exists(), "its database is below its home", r.stdout)
        url = plain("db", "url").stdout.strip()
        (home / "closebook.yaml").write_text("out_dir: out\nrefdata_dir: refdata\n")
        for args in (("refdata", "apply"), *(("ingest", *paths) for paths in small.INGESTS), ("reconcile", "--period", PERIOD),
                     ("report", "--period", PERIOD)):
            r = plain(*args)
            equal(r.code, harness.DONE, f"an ordinary user: {' '.join(args[:2])}", r.stderr)
        for name in ("variance.csv", "journal.csv", "exceptions.csv"):
            equal((home / "out" / PERIOD / name).read_text(), want[name], f"an ordinary user: the same {name}")

        (home / "closed").mkdir()
        (home / "closed" / "bill.csv").write_text(small.bill_csv([small.other_day(25)]))
        (home / "in").mkdir()
        (home / "in" / "closed.csv").write_text(small.bill_csv([small.other_day(25)]))
        (home / "in" / "open.csv").write_text(small.bill_csv([small.other_day(24)]))
        own(home / "closed")
        own(home / "in")
        (home / "closed").chmod(0)
        (home / "in" / "closed.csv").chmod(0)
        r = plain("ingest", "closed")
        ok(r.code == harness.IO and re.search(r"/closed: Permission denied", r.stderr), "a folder without permission: 74, and its name",
           f"{r.code} {r.stderr}")
        r = plain("ingest", "in")
        ok(r.code == harness.INPUT and re.search(r"/in/closed.csv: Permission denied", r.stderr) and "1 loaded, 0 known, 1 rejected" in r.stdout,
           "a file without permission: 65, its name, and its neighbour is loaded", f"{r.code} {r.stdout} {r.stderr}")
        (home / "out" / PERIOD).chmod(0o555)
        r = plain("report", "--period", PERIOD)
        ok(r.code == harness.IO and re.search(rf"out/{PERIOD}/variance.csv: Permission denied", r.stderr),
           "a report into a folder without permission: 74, and its name", f"{r.code} {r.stderr}")
        equal((home / "out" / PERIOD / "variance.csv").read_text(), want["variance.csv"], "and the old one stands")
        (home / "closebook.yaml").chmod(0)
        r = plain("db", "status")
        ok(r.code in (harness.IO, harness.CONFIG) and re.search("closebook.yaml: Permission denied", r.stderr),
           "a configuration without permission: its name", f"{r.code} {r.stderr}")
        (home / "closebook.yaml").chmod(0o644)
        (home / "closebook.yaml").write_text("state_dir: /proc/closebook\n")
        r = plain("reconcile", "--period", PERIOD)
        ok(r.code in (harness.IO, harness.CONFIG) and "/proc/closebook" in r.stderr, "a state folder that cannot be: its name", f"{r.code} {r.stderr}")
    finally:
        (home / "closebook.yaml").write_text("")
        plain("db", "stop")
        for path in (home / "closed", home / "out" / PERIOD):
            if path.exists():
                path.chmod(0o755)

harness.done()
