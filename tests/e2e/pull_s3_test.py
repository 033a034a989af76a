#!/usr/bin/python3
"""Reports and logs fetched from S3: what is found, what is fetched once, what goes on where it broke off, who may read it.

The store verifies each signature (servers/s3.py), so that whatever arrives was signed right: keys with `=`, `:` and `+`,
session tokens, regions.
"""
import json
import pathlib
import signal
import sys
import time

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import BUSY, CONFIG, DONE, UNAVAILABLE, USAGE, Company, equal, ok  # noqa: E402

try:
    from servers import ContainerServer, ImdsServer, Keyring, S3Server, StsServer, tls
except ImportError as missing:
    harness.skip_all(f"python3-botocore is needed: {missing}")

FIXTURES = harness.ROOT / "fixtures"
BUCKET = "example-billing-exports"
CUR = "cur"
LOGS = "logs+bedrock/of us"
OCTOBER = "2dc4ed58-afa7-4103-a463-24e6855e1604"
MANIFEST = f"{CUR}/company-cur2/metadata/BILLING_PERIOD=2026-10/2026-11-04T01:12:45.318Z-{OCTOBER}/company-cur2-Manifest.json"
NO_AWS = {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": None}


def source(s3, more="", prefix=f"{CUR}/company-cur2", kind="aws-cur", name="aws"):
    return (f"sources:\n  - name: {name}\n    type: {kind}\n    uri: 's3://{BUCKET}/{prefix}'\n    endpoint: {s3.url}\n{more}")


def company(s3, more="", **how):
    c = Company(source(s3, more, **how))
    c.write("refdata/fx.csv", "period,currency,usd_rate\n")
    return c


def keys(s3):
    return {**NO_AWS, "AWS_ACCESS_KEY_ID": s3.key.access_key, "AWS_SECRET_ACCESS_KEY": s3.key.secret}


def landed(c, ending=".csv.gz"):
    folder = c.folder / "state" / "landing"
    return sorted(p.name for p in folder.rglob("*") if p.name.endswith(ending) and "/." not in f"/{p.relative_to(folder)}")


def hidden(c):
    return [str(p) for p in (c.folder / "state" / "landing").rglob(".*")]


def state(c):
    return c.psql("select label, period, line_count, trim_scale(cost) from provider.delivery order by 1, 2")


def lines_of(path):
    """What ingest finds in the same files when they are given as a folder."""
    c = Company()
    c.run("ingest", path, "--source", "aws", check=DONE)
    return state(c)


def data_exports(s3):
    c = company(s3)
    r = c.run("pull", env=keys(s3), check=DONE)
    equal(landed(c), ["company-cur2-00001.csv.gz", "company-cur2-00001.csv.gz", "company-cur2-00002.csv.gz", "company-cur2-00003.csv.gz"],
          "both months' files have landed", r.stderr)
    equal(hidden(c), [], "nothing half-done is left")
    ok("aws         4 files" in r.stdout, "one line says what the source gave", r.stdout)
    before = len(s3.gets())
    c.run("pull", env=keys(s3), check=DONE)
    equal([g.key for g in s3.gets()[before:] if not g.key.endswith("Manifest.json")], [], "what waits to be loaded is not fetched again")
    c.run("ingest", "state/landing", check=DONE)
    equal(state(c), lines_of(FIXTURES / "aws-cur"), "it is loaded as from a folder")
    equal(c.value(f"select count(*) from ops.file where origin like 's3://{BUCKET}/%' and version like '\"%\"'"), "4",
          "each file says where it was fetched from, and which version")
    c.run("nightly", env=keys(s3), as_of=harness.LONG_AFTER, check=DONE)
    equal(landed(c), [], "what was loaded long ago leaves the landing folder")
    before = len(s3.gets())
    c.run("pull", env=keys(s3), check=DONE)
    equal([g.key for g in s3.gets()[before:] if not g.key.endswith("Manifest.json")], [], "and is not fetched again for that")
    secret = s3.key.secret
    ok(all(secret not in p.read_text("latin-1") for p in (c.folder / "state" / "landing").rglob("*") if p.is_file()) and secret not in r.stderr,
       "the secret stands nowhere")


def restated(s3):
    """The month is delivered five times with changes; each execution supersedes the one before."""
    c = company(s3, "    since: 2026-10-01\n", prefix="restated")
    manifest = json.loads((FIXTURES / "aws-cur" / pathlib.Path(MANIFEST).relative_to(CUR)).read_text())
    chunks = [next((FIXTURES / "aws-cur").rglob(f"BILLING_PERIOD=2026-10/**/company-cur2-0000{n}.csv.gz")).read_bytes() for n in (1, 2)]
    key = "restated/data/BILLING_PERIOD=2026-10/x-00001.csv.gz"
    for turn in range(5):
        s3.put(key, chunks[turn % 2])
        manifest.update(executionId=f"execution-{turn}", dataFiles=[f"s3://{BUCKET}/{key}"])
        s3.put("restated/metadata/BILLING_PERIOD=2026-10/x-Manifest.json", json.dumps(manifest).encode())
        c.run("pull", env=keys(s3), check=DONE)
        c.run("ingest", "state/landing", check=DONE)
    rows = c.psql("select label, superseded_by is null from provider.delivery order by delivery_id")
    equal([row[0] for row in rows], [f"execution-{turn}" for turn in range(5)], "each execution was loaded once")
    equal([row[1] for row in rows], ["f"] * 4 + ["t"], "the last one counts")


def legacy(s3):
    body = b"identity/LineItemId,bill/PayerAccountId\n"
    manifest = {"assemblyId": "a-2", "reportName": "old", "reportKeys": ["old/20261001-20261101/a-2/old-1.csv.gz"]}
    s3.put("old/20261001-20261101/a-1/old-Manifest.json", json.dumps({**manifest, "assemblyId": "a-1"}).encode())
    s3.put("old/20261001-20261101/old-Manifest.json", json.dumps(manifest).encode())
    s3.put("old/20261001-20261101/a-2/old-1.csv.gz", body)
    c = company(s3, prefix="old")
    r = c.run("pull", "--dry-run", "--json", env=keys(s3), check=DONE)
    equal(json.loads(r.stdout)["sources"][0]["planned"], [f"s3://{BUCKET}/old/20261001-20261101/old-Manifest.json (1 files)"],
          "a dry run names the manifest on top of a legacy report")
    equal(landed(c), [], "and fetches nothing")
    c.run("pull", env=keys(s3), check=DONE)
    equal(landed(c), ["old-1.csv.gz"], "a legacy report is fetched by the manifest on top")


def faults(s3):
    chunk = f"{CUR}/company-cur2/data/BILLING_PERIOD=2026-10/2026-11-04T01:12:45.318Z-{OCTOBER}/company-cur2-00002.csv.gz"
    whole = len((FIXTURES / "aws-cur" / pathlib.Path(chunk).relative_to(CUR)).read_bytes())
    for name, what in {"SlowDown": lambda: s3.fault("slowdown", key=chunk), "an internal error": lambda: s3.fault("internal", match="list"),
                       "429 with Retry-After": lambda: s3.fault("status", key=chunk, status=429, retry_after=1),
                       "a reset connection": lambda: s3.fault("reset", key=chunk)}.items():
        c, fault = company(s3), what()
        c.run("pull", env=keys(s3), check=DONE)
        ok(fault.struck and len(landed(c)) == 4, f"{name} passes")
    c, fault = company(s3), s3.fault("cut", key=chunk, after=whole // 2)
    before = len(s3.gets(chunk))
    c.run("pull", env=keys(s3), check=DONE)
    ranges = [g.headers.get("range") for g in s3.gets(chunk)[before:]]
    equal(ranges, [None, f"bytes={whole // 2}-"], "a body that breaks off is continued where it ended")
    c.run("ingest", "state/landing", check=DONE)
    equal(len(state(c)), 2, "and is whole")
    c = company(s3, "    retry_seconds: 0\n")
    s3.fault("status", key=chunk, status=503, times=None)
    r = c.run("pull", env=keys(s3))
    s3.forget()
    equal((r.code, landed(c)), (UNAVAILABLE, []), "what cannot be had is given up after its budget, and nothing incomplete lands")
    ok("HTTP 503" in r.stderr and "company-cur2-00002.csv.gz" in r.stderr and "attempt" in r.stderr, "the message says what and how often", r.stderr)
    equal(c.value("select code || ' ' || source from ops.rejected_file"), "missing_delivery aws", "it is a missing delivery")
    c.run("pull", env=keys(s3), check=DONE)
    equal(len(landed(c)), 4, "the next pull completes it")
    equal(c.value("select count(*) from ops.rejected_file"), "0", "and it is missing no more")
    c, fault = company(s3), s3.fault("replace", key=MANIFEST, method="GET", nth=2, data=b'{"executionId": "new", "dataFiles": []}')
    original = s3.object(MANIFEST)
    c.run("pull", env=keys(s3), check=DONE)
    s3.put(MANIFEST, (FIXTURES / "aws-cur" / pathlib.Path(MANIFEST).relative_to(CUR)).read_bytes())
    ok(fault.struck and (c.folder / "state/landing/aws/2026-10/new").is_dir() and original, "a manifest that changes meanwhile is looked at anew")


def killed(s3):
    """A kill at any time, and the next pull ends in the state of an undisturbed one."""
    want = company(s3)
    want.run("pull", env=keys(s3), check=DONE)
    want.run("ingest", "state/landing", check=DONE)
    slow = s3.fault("slow", match="company-cur2-0000", times=None, rate=100_000)
    c = company(s3)
    for delay in (0.1, 0.2, 0.4):
        process = c.start("pull", env=keys(s3))
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = c.start("pull", env=keys(s3))
    time.sleep(0.5)
    r = c.run("pull", env=keys(s3))
    equal(r.code, BUSY, "of two pulls at once one gets 75")
    process.kill()
    process.wait()
    s3.forget()
    ok(slow.struck, "the chunks were slow")
    deadline = time.time() + 20
    while (r := c.run("pull", env=keys(s3))).code == BUSY and time.time() < deadline:
        time.sleep(0.2)
    equal(r.code, DONE, "the pull after the kills ends well", r.stderr)
    c.run("ingest", "state/landing", check=DONE)
    equal(state(c), state(want), "with the same deliveries")
    equal(hidden(c), [], "and nothing left over")


def credentials():
    ring = Keyring(AKIAPERMANENT="a secret/with+odd=signs")
    with S3Server(bucket=BUCKET, keyring=ring) as s3, StsServer(ring, roles=["arn:aws:iam::111122223333:role/finance"], web_tokens=("web-token",)) as sts, \
            ImdsServer(ring) as imds, ContainerServer(ring) as box:
        s3.mount(FIXTURES / "aws-cur", f"{CUR}/")
        c = company(s3)
        c.write("token", "web-token\n")
        c.write("aws/credentials", "[default]\naws_access_key_id = AKIAPERMANENT\naws_secret_access_key = a secret/with+odd=signs\n")
        c.write("aws/config", "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/finance\nsource_profile = default\n"
                              f"[profile process]\ncredential_process = cat {c.folder}/answer.json\n")
        c.write("answer.json", json.dumps({"Version": 1, "AccessKeyId": "AKIAPERMANENT", "SecretAccessKey": "a secret/with+odd=signs"}))
        files = {**NO_AWS, "AWS_SHARED_CREDENTIALS_FILE": f"{c.folder}/aws/credentials", "AWS_CONFIG_FILE": f"{c.folder}/aws/config"}
        cases = {
            "the environment": {**NO_AWS, "AWS_ACCESS_KEY_ID": "AKIAPERMANENT", "AWS_SECRET_ACCESS_KEY": "a secret/with+odd=signs"},
            "a web identity": {**NO_AWS, **sts.env(), "AWS_WEB_IDENTITY_TOKEN_FILE": f"{c.folder}/token",
                               "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/finance"},
            "the shared files": files,
            "a role of a profile": {**files, **sts.env(), "AWS_PROFILE": "role"},
            "credential_process": {**files, "AWS_PROFILE": "process"},
            "the container's endpoint": {**NO_AWS, **box.env()},
            "the instance's metadata": {**NO_AWS, "AWS_EC2_METADATA_DISABLED": None, **imds.env()},
        }
        for name, env in cases.items():
            r = c.run("pull", "--dry-run", env=env)
            ok(r.code == DONE and "4 files to fetch" in r.stdout, f"credentials from {name}", r.stderr + r.stdout)
        r = c.run("pull", env={**NO_AWS, "AWS_ACCESS_KEY_ID": "AKIAPERMANENT", "AWS_SECRET_ACCESS_KEY": "wrong"})
        ok(r.code == UNAVAILABLE and "403" in r.stderr and "wrong" not in r.stderr.replace("what it may read", ""), "a wrong secret is refused", r.stderr)
        equal(c.run("pull", env=NO_AWS).code, CONFIG, "without credentials no source can be pulled, and waiting does not help")
        r = c.run("pull", env={**files, "AWS_PROFILE": "nobody"})
        ok("there are no AWS credentials" in r.stderr, "and it says so", r.stderr)
        equal([s.crashes for s in (s3, sts, imds, box)], [[]] * 4, "the servers saw nothing they don't know")


def regions():
    for how in ("redirect", "temporary", "malformed"):
        with S3Server(bucket=BUCKET, region="eu-central-1", wrong_region=how) as s3:
            s3.mount(FIXTURES / "aws-cur", f"{CUR}/")
            c = company(s3, "    region: us-east-1\n")
            r = c.run("pull", env=keys(s3))
            ok(r.code == DONE and len(landed(c)) == 4, f"a bucket in another region ({how}) is asked there", r.stderr)
    with S3Server(bucket=BUCKET, page_size=2) as s3:
        ca_file = tls.wrap(s3)
        s3.mount(FIXTURES / "aws-cur", f"{CUR}/")
        equal(company(s3, "    retry_seconds: 0\n").run("pull", env=keys(s3)).code, UNAVAILABLE, "a certificate that nobody vouches for is refused")
        c = company(s3, f"    ca_file: {ca_file}\n")
        equal((c.run("pull", env=keys(s3)).code, len(landed(c))), (DONE, 4), "with its authority's file it is accepted; pages of two keys")


def logs(s3):
    c = company(s3, "    since: 2026-10-01\n", prefix=LOGS, kind="bedrock-invocation-log", name="log")
    r = c.run("pull", env=keys(s3), check=DONE)
    count = sum(1 for p in (FIXTURES / "bedrock-logs").rglob("*.json.gz") if "/data/" not in str(p) and p.stat().st_size)
    equal(len(landed(c, ".json.gz")), count, "all records of the log have landed, and no bodies", r.stdout)
    c.run("ingest", "state/landing", check=DONE)
    total = c.value("select count(*) from provider.usage_log")
    plain = Company()
    plain.run("ingest", FIXTURES / "bedrock-logs", check=DONE)
    equal(total, plain.value("select count(*) from provider.usage_log"), "they are loaded as from a folder")
    late = sorted(g.key for g in s3.gets() if g.key.endswith(".json.gz"))[-1]
    s3.put(late.replace("_", "_0late", 1), next((FIXTURES / "bedrock-logs").rglob("*.json.gz")).read_bytes())
    before = len(s3.gets())
    c.run("pull", env=keys(s3), check=DONE)
    equal([g.key.rsplit("/")[-1].count("0late") for g in s3.gets()[before:]], [1], "a key that comes late is fetched, and nothing else")


def refusals():
    bad = Company()
    for text, want in {
        "sources: [{name: a, type: aws-cur, uri: 's3://b/p', secret: 'env:X'}]": "has no `secret`",
        "sources: [{name: a, type: openai, uri: 'https://api.openai.com'}]": "needs a `secret`",
        "sources: [{name: a, type: openai, uri: 'https://k:s@api.openai.com', secret: 'env:X'}]": "must not hold a user",
        "sources: [{name: a, type: openai, secret: sk-12345}]": "env:NAME",
        "sources: [{name: a, type: events, uri: 's3://b/p'}]": "is not fetched from s3",
        "sources: [{name: a, type: aws-cur, region: us-east-1}]": "not from where",
        "sources: [{name: a, type: aws-cur, uri: 's3://b/p', since: October}]": "must be a date",
    }.items():
        bad.config.write_text(text + "\n")
        r = bad.run("pull")
        ok(r.code == CONFIG and want in r.stderr and "sk-12345" not in r.stderr and "k:s" not in r.stderr, f"refused: {text[10:75]}", r.stderr)
    bad.config.write_text("sources: [{name: a, type: events, uri: .}]\n")
    equal([bad.run("pull", "a").code, bad.run("pull", "nobody").code, bad.run("pull", "--from", "x").code], [USAGE] * 3,
          "a source that is not fetched or not there, and a date that is none, are wrong usage")


with S3Server(bucket=BUCKET) as store:
    store.mount(FIXTURES / "aws-cur", f"{CUR}/")
    store.mount(FIXTURES / "bedrock-logs", f"{LOGS}/")
    for part in (data_exports, restated, legacy, faults, killed, logs):
        part(store)
    equal(store.crashes, [], "the store saw nothing it does not know")
credentials()
regions()
refusals()
harness.done()
