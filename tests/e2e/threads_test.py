#!/usr/bin/python3
"""Threads: a file that is read ahead gives what it gives without, and when a stage fails, the others end with the first
cause. That the sample gives the same however many there are is in sample_threads_test.py.

THREADS_REPEAT is how often each failure is made; the more, the more moments it is made at."""
import gzip
import json
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
import small_company as small  # noqa: E402
from harness import Company, DONE, INPUT, UNAVAILABLE, equal, ok  # noqa: E402

REPEAT = int(os.environ.get("THREADS_REPEAT") or 12)


def said_by(company, *args):
    """What ingest says of the files → its exit code and the list, paths without what differs between folders."""
    r = company.run("ingest", "--json", *args)
    return r.code, json.loads(r.stdout.replace(f"{company.folder}/", ""))["files"]


def packed(text):
    return gzip.compress(text.encode(), 1, mtime=0)


# ---- One large file: with threads to spare it is read ahead ----

MANY = small.events_json([small.event(i, feature="f" * (i % 300)) for i in range(12_000)])
loads = []
for count in (1, 2, 8):
    one = Company(refdata=small.REFDATA, as_of=small.AS_OF)
    one.write("in/members.jsonl.gz", b"".join(packed(MANY[at:at + 500_000]) for at in range(0, len(MANY), 500_000)))
    one.write("plain/bad.jsonl", MANY.replace("call-", "more-").replace('"more-10000"', '""', 1))
    loads.append(([said_by(one, "--threads", count, folder) for folder in ("in", "plain")], one.content("gateway", "ops")))
equal([(code, files[0]["rows_read"], files[0]["rows_quarantined"]) for code, files in loads[0][0]], [(DONE, 12_000, 0), (DONE, 12_000, 1)],
      "a large file is read to its end, and one with a bad row too")
for count, load in zip((2, 8), loads[1:]):
    equal(load[0], loads[0][0], f"a large file read ahead, {count} threads: the same is said as by one")
    equal(harness.differences(load[1], loads[0][1]), "", f"a large file read ahead, {count} threads: the same is loaded as by one")

# ---- A chunk among eight is cut off ----

chunk = next((pathlib.Path(reckon.FIXTURES) / "aws-cur/company-cur2/data/BILLING_PERIOD=2026-10").rglob("*00001.csv.gz"))
header, *rows = gzip.decompress(chunk.read_bytes()).decode().splitlines(keepends=True)
parts = [packed(header + "".join(rows[i::8] * 3)) for i in range(8)]
cut = Company("sources:\n  - {name: aws, type: aws-cur, uri: cur}\n", refdata=small.REFDATA)
before = cut.counts()
outcomes = set()
for i in range(REPEAT):
    victim = i % 8
    for k, part in enumerate(parts):
        cut.write(f"cur/cur-{k}.csv.gz", part[:len(part) * (1 + i) // (REPEAT + 1)] if k == victim else part)
    status, files = said_by(cut, "--threads", 8, "cur")
    outcomes.add((status, len(files), *sorted({f["outcome"] + re.sub(r"^.*?: |cur-[0-9]", " ", f["error"]) for f in files})))
equal(outcomes, {(INPUT, 8, "rejected not loaded, because  .csv.gz is part of the same delivery and could not be read",
                  "rejected the file ends within its gzip data")},
      "eight threads, a chunk cut off: each time the same is said, of the chunk and of the others")
equal(cut.counts(), before, "and nothing of the eight is loaded")

# ---- The database goes away during COPY ----

SOME = "".join(MANY.splitlines(keepends=True)[:5_000])
lost = Company(refdata=small.REFDATA, as_of=small.AS_OF)
for k in range(8):
    lost.write(f"in/{k}.jsonl.gz", packed(SOME.replace('"call-', f'"call-{k}-')))
lost.write("one/all.jsonl", "".join(SOME.replace('"call-', f'"call-{k}-') for k in range(3)))
lost.psql("""create function gateway.leave() returns trigger language plpgsql as $$ begin
             perform pg_terminate_backend(pg_backend_pid()); return new; end $$""")
ended = set()
for i in range(REPEAT):
    lost.psql(f"create or replace trigger leave before insert on gateway.event for each row when (new.row_no = {1 + i * 5_000 // REPEAT})"
              " execute function gateway.leave()")
    r = lost.run("ingest", "--threads", 8, "one" if i % 3 == 2 else "in")
    ended.add((r.code, re.search("terminating connection|connection to the database was lost", r.stderr) is not None,
               "hint: " in r.stderr and "another part" not in r.stderr))
equal(ended, {(UNAVAILABLE, True, True)}, "eight threads, the connection ended during COPY: each time the exit code, the cause and a hint")
equal(lost.value("select count(*) from gateway.event"), "0", "and nothing is loaded")
lost.psql("drop trigger leave on gateway.event")
equal(lost.run("ingest", "--threads", 8, "in").code, DONE, "and then it can be done")
equal(lost.value("select count(*) from gateway.event"), str(8 * 5_000), "completely")

harness.done()
