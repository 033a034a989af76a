#!/usr/bin/env python3
"""The head of the ledger's chain outside of the database: each step of the close and each night publishes it to a file and a
webhook; a step stands when that fails; and verify finds a chain that lost its end."""
import json
import pathlib

import closers
import harness
from harness import CONFIG, CONTROL, DONE, IO, UNAVAILABLE, equal, ok
from servers import Refusal, Response, Web


class Hook(Web):
    def answer(self, request):
        if request.header("authorization") != "Bearer token-7":
            raise Refusal(401, "Unauthorized", "no token")
        return Response(202, b"{}")

    def bodies(self):
        return [json.loads(e.body) for e in self.log if e.status == 202]


server = harness.Server()
closers.people(server)
ENV = {"HEAD_TOKEN": "token-7"}


def configure(c, text):
    base = c.config.read_text().split("ledger_head:")[0]
    c.config.write_text(base + text)


def heads(c):
    path = c.folder / "heads.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def head(c):
    period, entry, hash_ = c.psql("select period, entry_no, hash from ledger.entry order by entry_no desc limit 1")[0]
    return {"period": period, "entry": int(entry), "hash": hash_}


def without_time(published):
    return {k: v for k, v in published.items() if k != "at"}


def publishes(c, hook):
    for name, verb, *args in closers.STEPS[:3]:
        r = closers.step(c, name, verb, *args, env=ENV)
        equal((r.code, r.stderr), (DONE, ""), f"{verb} with a file and a webhook")
        equal(without_time(heads(c)[-1]), head(c), f"after {verb} the head stands in the file")
        equal(hook.bodies()[-1], heads(c)[-1], "and the webhook was told the same")
    equal([h["entry"] for h in heads(c)], [1, 2, 3], "a line for each")
    equal(heads(c)[-1]["at"], c.value("select to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from ledger.entry where entry_no = 3"),
          "with the entry's own time")
    told = len(hook.bodies())
    r = closers.run_as(c, "etl", "nightly", env=ENV)
    equal((r.code, [h["entry"] for h in heads(c)], len(hook.bodies())), (DONE, [1, 2, 3], told + 1),
          "a night without news adds no line, and the webhook hears that the head is what it was", r.stderr)


def fails(c, hook):
    hook.fault("status", "POST", status=503, times=1)
    r = closers.run_as(c, "audrey", "close", "head", env=ENV)
    equal((r.code, r.stdout), (DONE, "published: entry 3\n"), "a webhook that fails for a moment is asked again", r.stderr)
    r = closers.step(c, "petra", "post", env={"HEAD_TOKEN": "wrong"})
    ok(r.code == UNAVAILABLE and "entry 5" in r.stderr and "close head" in r.stderr and "posted CB-2026-10-F-0001" in r.stdout,
       "where the webhook refuses, the step stands and the exit code is 69", f"{r.code} {r.stdout} {r.stderr}")
    ok("wrong" not in r.stderr, "without a word of the secret", r.stderr)
    equal(c.value("select ledger.period_state('2026-10')"), "posted", "the month is posted")
    equal(heads(c)[-1]["entry"], 5, "the file has its head all the same")
    r = closers.run_as(c, "etl", "nightly", env={"HEAD_TOKEN": "wrong"})
    equal(r.code, UNAVAILABLE, "a night says so too, when its work is done")
    told = len(hook.bodies())
    r = closers.run_as(c, "petra", "close", "head", env=ENV)
    equal((r.code, r.stdout, len(hook.bodies()), len(heads(c))), (DONE, "published: entry 5\n", told + 1, 4), "`close head` makes up for it", r.stderr)
    (c.folder / "folder.jsonl").mkdir()
    configure(c, "ledger_head: {file: folder.jsonl}\n")
    r = closers.run_as(c, "petra", "close", "head")
    ok(r.code == IO and "folder.jsonl" in r.stderr, "a file that cannot be written is 74", r.stderr)


def finds(c):
    configure(c, "ledger_head: {file: heads.jsonl}\n")
    r = closers.run_as(c, "audrey", "verify")
    ok(r.code == DONE and "4 in" in r.stdout, "verify compares the heads", r.stdout + r.stderr)
    path = c.folder / "heads.jsonl"
    whole = path.read_text()
    path.write_text(whole + '{"period": "2026-10", "ent')
    r = closers.run_as(c, "audrey", "verify")
    ok(r.code == DONE and "heads.jsonl:5" in r.stderr, "half a line is named, and is no head", r.stderr)
    equal(closers.run_as(c, "petra", "close", "head").code, DONE, "and the next head begins a line of its own")
    equal([bool(line.endswith("}")) for line in path.read_text().splitlines()], [True] * 4 + [False, True], "after it")
    copy = pathlib.Path(c.folder / "kept.jsonl")
    copy.write_text(whole)
    entry = closers.lose_last(c)
    r = closers.run_as(c, "audrey", "verify")
    ok(r.code == CONTROL and f"entry {entry} " in r.stderr and "missing" in r.stderr and "heads.jsonl:4" in r.stderr, "a lost end is found", r.stderr)
    r = closers.run_as(c, "audrey", "verify", "--head", "kept.jsonl")
    ok(r.code == CONTROL and "kept.jsonl:4" in r.stderr, "also by a copy that an auditor kept", r.stderr)
    path.unlink()
    r = closers.run_as(c, "audrey", "verify")
    ok(r.code == DONE and "heads.jsonl is not there" in r.stderr, "without the file, a chain that lost its end looks whole: the file's absence is said", r.stderr)
    equal(closers.run_as(c, "audrey", "verify", "--head", "nowhere").code, IO, "a file that was named must be there")
    r = closers.step(c, "petra", "adjust", "propose", "--from", "sales", "--to", "research", "--amount", "1", "--reason", "x", "--evidence", "y", period="2026-11")
    equal(r.code, DONE, "another entry in its place", r.stderr)
    r = closers.run_as(c, "audrey", "verify", "--head", "kept.jsonl")
    ok(r.code == CONTROL and "its hash is another" in r.stderr, "is not the one that was published", r.stderr)


def refuses(c):
    for text, why in (("ledger_head: {fil: x}\n", "fil"), ("ledger_head: {webhook: ftp://x}\n", "https://"), ("ledger_head: {secret: abc}\n", "env:NAME"),
                      ("ledger_head: [x]\n", "ledger_head"), ("ledger_head: {file: s3://x/y}\n", "URI")):
        configure(c, text)
        r = closers.run_as(c, "petra", "close", "status")
        line = 1 + c.config.read_text()[:c.config.read_text().index("ledger_head")].count("\n")
        ok(r.code == CONFIG and why in r.stderr and f"closebook.yaml:{line}:" in r.stderr, f"{text.strip()} is refused, with its line", r.stderr)
    configure(c, "")
    r = closers.run_as(c, "petra", "close", "head")
    ok(r.code == CONFIG and "ledger_head" in r.stderr, "nowhere to publish to", r.stderr)


def main():
    with Hook() as hook:
        c = closers.company(server, ("2026-10", "2026-11"))
        configure(c, f"ledger_head:\n  file: heads.jsonl\n  webhook: {hook.url}/heads\n  secret: env:HEAD_TOKEN\n")
        publishes(c, hook)
        fails(c, hook)
        equal(hook.crashes, [], "the server had no fault of its own")
    finds(c)
    refuses(c)
    harness.done()


main()
