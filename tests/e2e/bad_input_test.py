#!/usr/bin/env python3
"""Bad input: whatever is wrong with a file, nothing of it is half loaded, its neighbours are loaded all the same, the
message says where, and the month's exceptions say so again.

Every refused file is loaded in one call with two good ones; the database must then hold what the good ones alone leave.
"""
import concurrent.futures
import csv
import gzip
import hashlib
import json
import pathlib
import re
import shutil

import harness
import small_company as small
from harness import Company, equal, ok

PERIOD, AS_OF = small.PERIOD, small.AS_OF
FIXTURES = harness.ROOT / "fixtures"

base = Company(refdata=small.REFDATA, as_of=AS_OF)
base.write("events.jsonl", small.events_json([small.event(i) for i in range(6)]))
base.run("ingest", "events.jsonl", check=harness.DONE)

GOOD = {
    "in/good-events.jsonl": small.events_json([small.event(100), small.event(101)]),
    "in/good-bill.csv": small.bill_csv([small.other_day(26, "12.50")]),
}


def company(files=(), config=""):
    c = Company(config=config, like=base, as_of=AS_OF)
    for name, content in dict(files).items():
        c.write(name, content)
    return c


beside = company(GOOD)
beside.run("ingest", "in", check=harness.DONE)
BASE, WITH_GOOD = base.counts(), beside.counts()


def exceptions(c, code):
    """(count, detail) of the month's exceptions with that code."""
    c.run("reconcile", "--period", PERIOD, check=harness.DONE)
    return [(int(n), detail) for n, detail in
            c.psql(f"select count, detail from recon.exception where period = '{PERIOD}' and code = '{code}'")]


# Codes whose exception was seen: what holds of one refused file of a code holds of the others.
raised_once = set()


def refuse(name, files, code, where, says, args=(), alone=False, rejected=1):
    """Loads files from which nothing may be loaded → arguments of ok(). where: FILE or FILE:LINE, says: a regular
    expression for the message, alone: without the good neighbours."""
    c = company({**({} if alone else GOOD), **{f"in/{n}": text for n, text in files.items()}})
    r = c.run("ingest", "in", *args)
    held, kept = c.counts(), int(c.value(f"select count(*) from ops.rejected_file where code = '{code}'"))
    raised = kept
    if code not in raised_once:
        raised_once.add(code)
        raised = sum(n for n, _ in exceptions(c, code))
    want = BASE if alone else WITH_GOOD
    c.server.drop(c.uri)
    return [(r.code == harness.INPUT, f"{name}: exit code", f"{r.code} {r.stderr}"),
            (re.search(rf"{re.escape(where)}(:\d+){{0,2}}: .*{says}", r.stderr), f"{name}: the message says where and what", r.stderr),
            (held == want, f"{name}: nothing of it is loaded, its neighbours are", set(held.items()) ^ set(want.items())),
            (kept == raised == rejected, f"{name}: {code} is raised", (kept, raised))]


# These cases are many, and independent: they run beside the others, and are reported at the end.
pool = concurrent.futures.ThreadPoolExecutor(harness.WORKERS)
refusals = []


def refused(*case, **how):
    refusals.append(pool.submit(refuse, *case, **how))


def loaded(name, file, content, table, rows):
    c = company({f"in/{file}": content})
    r = c.run("ingest", "in")
    equal((r.code, c.counts()[table] - BASE[table], c.counts()["ops.quarantine"]), (harness.DONE, rows, 0), f"{name}: is loaded", r.stderr)
    return c


# ---- Files ----

CALLS = [small.event(i) for i in range(20, 24)]
EVENTS, EVENTS_CSV = small.events_json(CALLS), small.events_csv(CALLS)
BILL = small.bill_csv([small.other_day(20 + i, f"{i}.25") for i in range(3)])
PAGE = json.dumps({"object": "page", "data": [{"object": "bucket", "start_time": 1790812800, "end_time": 1790899200, "results": [
    {"object": "organization.costs.result", "amount": {"value": 1.5, "currency": "usd"}, "line_item": "gpt-5.5, input",
     "project_id": "proj_1", "quantity": 2}]}], "has_more": False, "next_page": None}, indent=1)


def with_cell(text, row, column, value):
    """The CSV text with one cell replaced by these characters; rows count from 1, the header is row 0."""
    lines = text.split("\n")
    cells = lines[row].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[row] = ",".join(cells)
    return "\n".join(lines)


def without_column(text, column):
    rows = list(csv.reader(text.splitlines()))
    at = rows[0].index(column)
    return "".join(small.csv_line(row[:at] + row[at + 1:]) + "\n" for row in rows)


def damage(packed, at):
    return packed[:at] + bytes([packed[at] ^ 0xff]) + packed[at + 1:]


loaded("the undamaged JSON lines", "e.jsonl", EVENTS, "gateway.event", 4)
loaded("the undamaged CSV of events", "e.csv", EVENTS_CSV, "gateway.event", 4)
loaded("the undamaged bill", "b.csv", BILL, "provider.line_fact", 3)
loaded("the undamaged page", "p.json", PAGE, "provider.line_fact", 1)

packed = gzip.compress(EVENTS.encode() * 50, mtime=0)
refused("truncated gzip", {"bad.jsonl.gz": packed[:len(packed) // 2]}, "truncated_file", "bad.jsonl.gz", "ends within its gzip data")
refused("truncated gzip of a bill", {"bad.csv.gz": gzip.compress(BILL.encode())[:-9]}, "truncated_file", "bad.csv.gz", "gzip data")
refused("gzip with a wrong checksum", {"bad.jsonl.gz": damage(packed, -6)}, "truncated_file", "bad.jsonl.gz", "checksum")
refused("zip archive", {"bad.csv": b"PK\003\004" + b"\0" * 60}, "unknown_format", "bad.csv", "zip")
refused("an empty file", {"bad.jsonl": ""}, "unknown_format", "bad.jsonl", "the file is empty")
refused("an empty gzip file", {"bad.jsonl.gz": gzip.compress(b"")}, "unknown_format", "bad.jsonl.gz", "the file is empty")
refused("bytes of no format", {"bad.csv": bytes(range(256)) * 40}, "unknown_format", "bad.csv", "format can't be told")
refused("UTF-16", {"bad.csv": BILL.encode("utf-16")}, "unknown_format", "bad.csv", "format can't be told")

refused("bill with a broken quote", {"bad.csv": with_cell(BILL, 2, "description", '"web" search')}, "malformed_row", "bad.csv:3", "quote")
refused("bill with an open quote", {"bad.csv": with_cell(BILL, 2, "model", '"mistral')}, "malformed_row", "bad.csv:3", "quote")
refused("events with an open quote", {"bad.csv": with_cell(EVENTS_CSV, 2, "service", '"search')}, "malformed_row", "bad.csv:3", "quote")
refused("bill without a required column", {"bad.csv": without_column(BILL, "usage_start")}, "malformed_row", "bad.csv:1",
        "columns missing: usage_start", ("--format", "usage-csv"), alone=True)
refused("events without a required column", {"bad.csv": without_column(EVENTS_CSV, "timestamp")}, "malformed_row", "bad.csv:1",
        "columns missing: timestamp", ("--format", "events-csv"), alone=True)
refused("bill with a NUL byte", {"bad.csv": with_cell(BILL, 3, "model", "mis\0tral")}, "malformed_row", "bad.csv:4", "NUL")
refused("bill with a field of 10 MB", {"bad.csv": with_cell(BILL, 2, "description", "x" * 10_000_000)}, "malformed_row", "bad.csv:3",
        "field longer than 1 MiB")
refused("bill with a quoted field of 10 MB", {"bad.csv": with_cell(BILL, 2, "description", '"' + "x\n" * 5_000_000 + '"')},
        "malformed_row", "bad.csv:3", "field longer than 1 MiB")
refused("bill with too few cells", {"bad.csv": BILL + "mistral,\n"}, "malformed_row", "bad.csv:5", "fewer fields")
refused("bill that is not UTF-8", {"bad.csv": BILL.encode() + b"mistral,\xff\xfe,,,,,,,,,,,\n"}, "malformed_row", "bad.csv:5", "UTF-8")
for amount, says in (("1e400", "more than 30 integer digits"), ("NaN", "not a decimal number"), ('"1,000.00"', "not a decimal number"),
                     ("0x10", "not a decimal number"), ("1e-40", "more than 36 fraction digits")):
    refused(f"bill with the amount {amount}", {"bad.csv": with_cell(BILL, 2, "cost", amount)}, "malformed_row", "bad.csv:3",
            f"cost \"{re.escape(amount.strip(chr(34)))}\".*{says}")
refused("bill without an amount", {"bad.csv": with_cell(with_cell(BILL, 2, "cost", ""), 2, "quantity", "")}, "malformed_row",
        "bad.csv:3", "cost .*missing")
refused("bill with an impossible date", {"bad.csv": with_cell(BILL, 1, "usage_start", "2026-02-30")}, "malformed_row", "bad.csv:2",
        'usage_start "2026-02-30"')

refused("page that is cut off", {"bad.json": PAGE[:-20]}, "truncated_file", "bad.json", "")
refused("page that nests 10 000 deep", {"bad.json": PAGE.replace("null", "[" * 10_000 + "]" * 10_000)}, "malformed_row", "bad.json",
        "deep|nest")
refused("page that repeats a key", {"bad.json": PAGE.replace('"project_id"', '"project_id": "proj_2", "project_id"')}, "malformed_row",
        "bad.json", "repeats a key")
for amount in ("1e400", "NaN", '"1,000.00"'):
    refused(f"page with the amount {amount}", {"bad.json": PAGE.replace("1.5", amount)}, "malformed_row", "bad.json", "")
refused("array of events that is cut off", {"bad.json": "[" + ",".join(EVENTS.splitlines())}, "truncated_file", "bad.json", "")
refused("event of 17 MB", {"bad.jsonl": EVENTS + '{"request_id": "' + "x" * 17_000_000 + '"}\n'}, "malformed_row", "bad.jsonl:5", "")

loaded("a byte order mark before events", "e.jsonl", b"\xef\xbb\xbf" + EVENTS.encode(), "gateway.event", 4)
loaded("a byte order mark before CSV", "e.csv", b"\xef\xbb\xbf" + EVENTS_CSV.encode(), "gateway.event", 4)
loaded("a byte order mark before a bill", "b.csv", b"\xef\xbb\xbf" + BILL.encode(), "provider.line_fact", 3)
loaded("CRLF in events", "e.jsonl", EVENTS.replace("\n", "\r\n"), "gateway.event", 4)
loaded("CRLF in CSV", "e.csv", small.events_csv(CALLS, "\r\n"), "gateway.event", 4)
loaded("CRLF in a bill", "b.csv", BILL.replace("\n", "\r\n"), "provider.line_fact", 3)
loaded("no line feed at the end", "b.csv", BILL.rstrip("\n"), "provider.line_fact", 3)
loaded("a header and nothing else", "e.csv", EVENTS_CSV.split("\n", maxsplit=1)[0] + "\n", "gateway.event", 0)
loaded("gzip in several members", "e.jsonl.gz", b"".join(gzip.compress(l.encode()) for l in EVENTS.splitlines(True)), "gateway.event", 4)

# ---- Rows of events: quarantined, and the file goes on ----

DEEP = '{"a":' * 10_000 + "1" + "}" * 10_000


def raw_event(i, **texts):
    """An event as JSON, some of its members as they are given."""
    plain = {k: json.dumps(v) for k, v in small.event(i).items()}
    return "{" + ", ".join(f'"{k}": {v}' for k, v in {**plain, **texts}.items()) + "}"


BAD_EVENTS = [  # what, line of JSON, part of the reason
    ("cut off", raw_event(50)[:-30], ""),
    ("10 000 deep", raw_event(51, attributes=DEEP), "deep|nest"),
    ("a repeated key", raw_event(52).replace('"model"', '"model": "other", "model"'), "repeats a key"),
    ("a repeated key among the attributes", raw_event(53, attributes='{"a": 1, "a": 2}'), "repeats|duplicate"),
    ("the amount 1e400", raw_event(54, computed_cost_usd="1e400"), "computed_cost_usd"),
    ("the amount NaN", raw_event(55, computed_cost_usd="NaN"), ""),
    ("the amount \"NaN\"", raw_event(56, computed_cost_usd='"NaN"'), "computed_cost_usd can't be read"),
    ("the amount 1,000.00", raw_event(57, computed_cost_usd='"1,000.00"'), "computed_cost_usd can't be read"),
    ("a future date", raw_event(58, timestamp='"2026-11-01T12:00:01Z"'), "future"),
    ("an unreadable date", raw_event(59, timestamp='"yesterday"'), "timestamp can't be read"),
    ("no request id", raw_event(60, request_id='""'), "no request_id"),
    ("no provider", raw_event(61, provider="null"), "no provider"),
    ("negative tokens", raw_event(62, input_tokens="-1"), "input_tokens is negative"),
    ("absurd tokens", raw_event(63, output_tokens="1e20"), "output_tokens is absurdly large"),
    ("tokens of 300 digits", raw_event(68, output_tokens="9" * 300), "output_tokens"),
    ("a NUL byte", raw_event(64).replace("search", "sea\0rch"), ""),
    ("an escaped NUL", raw_event(65).replace("prod", "pr\\u0000od"), ""),
    ("a lone surrogate", raw_event(66).replace("prod", "pr\\ud800od"), ""),
    ("a field of 10 MB", raw_event(67, feature='"' + "x" * 10_000_000 + '"'), "feature is longer than 512 bytes"),
    ("no object", '"text"', "not a JSON object"),
]
c = company({"in/bad.jsonl": "\n".join([raw_event(40), *(line for _, line, _ in BAD_EVENTS), raw_event(41)]) + "\n", **GOOD})
r = c.run("ingest", "in")
equal(r.code, harness.DONE, "bad rows among events only warn", r.stderr)
ok(f"bad.jsonl: {len(BAD_EVENTS)} rows quarantined" in r.stderr, "the warning names the file and how many", r.stderr)
ok(f"rows        {len(BAD_EVENTS) + 5} read = 5 accepted + {len(BAD_EVENTS)} quarantined + 0 duplicate" in r.stdout,
   "read = accepted + quarantined + duplicate", r.stdout)
reasons = {int(line): (reason, len(raw)) for line, reason, raw in c.psql("select line, reason, raw from ops.quarantine")}
for number, (what, _, says) in enumerate(BAD_EVENTS, 2):
    reason, kept = reasons.get(number, ("", 0))
    ok(number in reasons and re.search(says, reason) and reason and 0 < kept <= 2000, f"event with {what}: quarantined with its line",
       f"line {number}: {reason!r}, {kept} characters kept")
equal(c.counts()["gateway.event"] - BASE["gateway.event"], 4, "the good rows around them are loaded")
equal([n for n, _ in exceptions(c, "malformed_row")], [len(BAD_EVENTS)], "and malformed_row counts the others")
found = json.loads(c.run("exceptions", "list", "--period", PERIOD, "--code", "malformed_row", "--json", check=harness.DONE).stdout)
ok(len(found) == 1 and re.search(r"bad\.jsonl:\d+: ", found[0]["detail"]), "with file and line as its first evidence", found)

BAD_CSV = [
    ("a broken quote", with_cell(EVENTS_CSV, 1, "model", '"a"b'), "quote"),
    ("a NUL byte", with_cell(EVENTS_CSV, 1, "model", "a\0b"), "NUL"),
    ("the amount 1e400", with_cell(EVENTS_CSV, 1, "computed_cost_usd", "1e400"), "computed_cost_usd"),
    ("the amount NaN", with_cell(EVENTS_CSV, 1, "computed_cost_usd", "NaN"), "computed_cost_usd can't be read"),
    ("the amount 1,000.00", with_cell(EVENTS_CSV, 1, "computed_cost_usd", '"1,000.00"'), "computed_cost_usd can't be read"),
    ("a future date", with_cell(EVENTS_CSV, 1, "timestamp", "2027-01-01T00:00:00Z"), "future"),
    ("too many cells", with_cell(EVENTS_CSV, 1, "account_id", "ws-1,x"), "more fields"),
    ("bytes that are not UTF-8", with_cell(EVENTS_CSV, 1, "service", "b\udcfcro"), "UTF-8"),
]
lines = [EVENTS_CSV.split("\n")[0], *(text.split("\n")[1] for _, text, _ in BAD_CSV), *EVENTS_CSV.split("\n")[1:]]
c = company({"in/bad.csv": "\n".join(lines).encode("utf-8", "surrogateescape"), **GOOD})
equal(c.run("ingest", "in").code, harness.DONE, "bad rows among events in CSV only warn")
reasons = {int(line): reason for line, reason in c.psql("select line, reason from ops.quarantine")}
for number, (what, _, says) in enumerate(BAD_CSV, 2):
    ok(re.search(says, reasons.get(number, "")), f"CSV event with {what}: quarantined with its line", f"line {number}: {reasons}")
equal(c.counts()["gateway.event"] - BASE["gateway.event"], 6, "the good rows below them are loaded")

c = company({"in/bad.jsonl": raw_event(70, input_tokens="-1") + "\n"})
equal(c.run("ingest", "in").code, harness.DONE, "a file of nothing but bad rows only warns")
equal([n for n, _ in exceptions(c, "malformed_row")], [1], "and malformed_row is raised for it")

# ---- A currency without a rate ----

c = company({"in/bill.csv": small.bill_csv([small.other_day(26, "12.50"), small.other_day(27, "100.00", currency="EUR"),
                                            small.other_day(28, "0.75", currency="EUR", charge_type="tax", model=None)])})
r = c.run("ingest", "in")
equal((r.code, c.counts()["provider.line_fact"]), (harness.DONE, 3), "a currency without rate is loaded", r.stderr)
equal([n for n, _ in exceptions(c, "currency_unsupported")], [2], "currency_unsupported counts its lines")
equal(c.value("select round(sum(usage_billed + charges), 2) from recon.posting"), "12.50", "and no amount holds them")

# ---- Deliveries ----

day = lambda i, cost, **cells: small.other_day(i, cost, account_id=f"ws-{cost[0]}", **cells)
BAD_LINE = "mistral,,2026-10-20T00:00:00Z,2026-10-21T00:00:00Z,ws-2,,other,1,items,oops,USD,usage,\n"
for what, b in (("after another line of it", small.bill_csv([day(20, "2.00")]) + BAD_LINE),
                ("as the first line of its file", small.bill_csv([]) + BAD_LINE),
                ("before another line of it", small.bill_csv([day(22, "3.00")]) + BAD_LINE.replace("-20T", "-22T").replace("-21T", "-23T")
                 + small.csv_line(day(20, "2.00").get(k) for k in small.BILL_COLUMNS) + "\n")):
    c = company({"in/a.csv": small.bill_csv([day(20, "1.00")]), "in/b.csv": b, "in/c.csv": small.bill_csv([day(21, "4.00")])})
    r = c.run("ingest", "in")
    equal(r.code, harness.INPUT, f"a bad line {what}: exit code", r.stderr)
    equal([cost for (cost,) in c.psql("select cost from provider.line order by 1")], ["4"],
          f"a bad line {what}: both files of the delivery are refused, the other delivery's is loaded", r.stderr)
    ok(re.search(r"b\.csv:\d+: cost \"oops\"", r.stderr) and re.search(r"a\.csv: not loaded, because b\.csv ", r.stderr),
       f"a bad line {what}: both messages say why", r.stderr)

c = company({"in/a.csv": small.bill_csv([day(20, "1.00")])})
c.run("ingest", "in", check=harness.DONE)
c.write("in/b.csv", small.bill_csv([day(20, "2.00")]) + BAD_LINE)
equal((c.run("ingest", "in/b.csv").code, c.psql("select l.cost from provider.line l join provider.delivery using (delivery_id) "
                                                "where superseded_by is null")),
      (harness.INPUT, [("1",)]), "a refused delivery supersedes nothing")
c.write("in/b.csv", small.bill_csv([day(20, "2.00")]))
equal((c.run("ingest", "in/b.csv").code, exceptions(c, "malformed_row")), (harness.DONE, []),
      "loading the mended file under the same name settles the exception")

# ---- Totals ----

refused("bill that misses its control total", {"bad.csv": BILL}, "control_total_mismatch", "bad.csv", "add up to 3.75, .* 3.76",
        ("--control-total", "3.76", "--source", "usage-csv", "--format", "usage-csv"), alone=True)
for control, says in (({"rows": 3, "cost": "3.76"}, "cost of 3.75, .* 3.76"), ({"rows": 2, "cost": "3.75"}, "3 rows, .* 2")):
    refused(f"bill beside a control file {control}", {"bad.csv": BILL, "bad.csv.control.json": json.dumps(control)},
            "control_total_mismatch", "bad.csv", says)
for cut in ("", "{", '{"rows": "three"}', '{"cost": 3.75}'):
    refused(f"bill beside a control file {cut!r}", {"bad.csv": BILL, "bad.csv.control.json": cut}, "malformed_row", "bad.csv", "control file")
digest = hashlib.sha256(BILL.encode()).hexdigest()
c = company({"in/b.csv": BILL, "in/b.csv.control.json": '{"rows": 3, "cost": "3.750", "currency": "USD"}', "in/b.csv.sha256": digest + "  b.csv\n"})
equal((c.run("ingest", "in").code, c.counts()["provider.line_fact"]), (harness.DONE, 3), "a bill that agrees with its control file and digest is loaded")

# ---- Manifests ----

chunk = next((FIXTURES / "aws-cur/company-cur2/data/BILLING_PERIOD=2026-11").rglob("*.csv.gz"))
header, *rows = gzip.decompress(chunk.read_bytes()).decode().splitlines(True)
half = len(rows) // 2
CHUNKS = {f"cur-0000{i}.csv.gz": gzip.compress((header + "".join(part)).encode(), 1, mtime=0)
          for i, part in ((1, rows[:half]), (2, rows[half:]))}


def manifest(chunks):
    return json.dumps({"executionId": "e-1", "exportArn": "arn:aws:bcm-data-exports:us-east-1:100200300400:export/cur", "dataFiles": [
        {"key": f"s3://bucket/cur/data/{name}", "size": len(text), "sha256": hashlib.sha256(text).hexdigest()} for name, text in chunks.items()]})


def export(chunks):
    return {"cur/metadata/cur-Manifest.json": manifest(CHUNKS), **{f"cur/data/{name}": text for name, text in chunks.items()}}


first, second = CHUNKS
c = company({f"in/{name}": text for name, text in export(CHUNKS).items()})
equal(c.run("ingest", "in", as_of=harness.AS_OF).code, harness.DONE, "a complete delivery of a manifest is loaded")
ok(c.counts()["provider.delivery"] == 1 and c.counts()["provider.line_fact"] > 10, "as one delivery", c.counts())
damaged = gzip.decompress(CHUNKS[second]).replace(b"Bedrock", b"bedrocK")
for what, chunks, code in (("a missing file", {first: CHUNKS[first]}, "digest_mismatch"),
                           ("no file at all", {}, "digest_mismatch"),
                           ("a short file", {**CHUNKS, second: CHUNKS[second][:-100]}, "truncated_file"),
                           ("a file of another digest", {**CHUNKS, second: damage(CHUNKS[second], 4)}, "digest_mismatch")):
    refused(f"manifest with {what}", export(chunks), code, "Manifest.json", second if chunks else "names",
            rejected=max(1, len(chunks)))
bad_chunk = gzip.compress(gzip.decompress(CHUNKS[second]) + b"too,short\n", 1, mtime=0)
c = company({**{f"in/{n}": text for n, text in export({**CHUNKS, second: bad_chunk}).items()}, **GOOD,
             "in/cur/metadata/cur-Manifest.json": manifest({**CHUNKS, second: bad_chunk})})
r = c.run("ingest", "in")
equal((r.code, c.counts()), (harness.INPUT, WITH_GOOD), "a bad line in one chunk of a manifest refuses them all", r.stderr)
ok(re.search(rf"{second}:\d+: row has fewer fields", r.stderr) and f"{first}: not loaded, because {second}" in r.stderr,
   "and says so of each", r.stderr)

# ---- The sample company's broken files ----

for row in csv.DictReader((FIXTURES / "broken/expected.csv").read_text().splitlines()):
    path = pathlib.Path(row["path"]).name
    c = company(GOOD)
    shutil.copytree(FIXTURES / "broken" / path, c.folder / "in" / path)
    r = c.run("ingest", "in", as_of=AS_OF)
    equal((r.code, c.psql("select distinct code from ops.rejected_file"), c.counts()), (harness.INPUT, [(row["code"],)], WITH_GOOD),
          f"fixtures/{row['path']}: {row['code']}, and nothing is loaded of it", r.stderr)
    equal([n for n, _ in exceptions(c, row["code"])], [1], f"fixtures/{row['path']}: {row['code']} is raised")

for refusal in refusals:
    for point in refusal.result():
        ok(*point)
harness.done()
