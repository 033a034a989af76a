#!/usr/bin/python3
"""What once went wrong when fetching, each as a case of its own: versions that wait side by side, answers that are no honest
ones, sources that come and go."""
import copy
import decimal
import gzip
import json
import sys
import time

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import DONE, INPUT, UNAVAILABLE, Company, equal, ok  # noqa: E402

try:
    from servers import ContainerServer, FileServer, Keyring, ProviderServer, S3Server, Sink, provider_data
except ImportError as missing:
    harness.skip_all(f"python3-botocore is needed: {missing}")

DATA = provider_data.make(seed=5, first="2026-09-25", count=45)
CSV = "provider,usage_start,usage_end,account_id,model,usage_class,quantity,unit,cost\n"
FIXTURES = harness.ROOT / "fixtures"
CHUNKS = [next((FIXTURES / "aws-cur").rglob(f"BILLING_PERIOD=2026-10/**/company-cur2-0000{n}.csv.gz")).read_bytes() for n in (1, 2)]
QUIET = {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}


def cost(c):
    return c.value("select trim_scale(coalesce(sum(cost), 0)) from provider.delivery where superseded_by is null")


def pull(c, *args, env=None, **how):
    return c.run("pull", *args, env={**QUIET, "K": "sk-admin-test", **(env or {})}, **how)


def load(c):
    return c.run("ingest", "state/landing")


def openai(p, more="    since: 2026-11-01\n"):
    return Company(f"sources:\n  - name: openai\n    type: openai\n    uri: {p.url}\n    secret: env:K\n{more}")


def aws(s3, more="", prefix="x"):
    return Company(f"sources:\n  - name: aws\n    type: aws-cur\n    uri: s3://billing/{prefix}\n    endpoint: {s3.url}\n    since: 2026-10-01\n{more}")


def keys(s3):
    return {"AWS_ACCESS_KEY_ID": s3.key.access_key, "AWS_SECRET_ACCESS_KEY": s3.key.secret}


def put_bill(s3, ident, chunk, empty=False, where="metadata/BILLING_PERIOD=2026-10/x-Manifest.json", modified=None):
    names = [f"x/data/BILLING_PERIOD=2026-10/{ident}/x-1.csv.gz"] + ([f"x/data/BILLING_PERIOD=2026-10/{ident}/x-2.csv.gz"] if empty else [])
    s3.put(names[0], chunk)
    if empty:
        s3.put(names[1], gzip.compress(gzip.decompress(chunk).split(b"\n", 1)[0] + b"\n", mtime=0))
    s3.put(f"x/{where}", json.dumps({"executionId": ident, "dataFiles": [f"s3://billing/{n}" for n in names]}).encode(), modified=modified)


def buckets_that_wait():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = openai(p)
        pull(c, check=DONE)
        p.restate("costs", "2026-11-02", factor="3")
        pull(c, check=DONE)
        load(c)
        equal(cost(c), str(provider_data.total(p.data, "costs", "2026-11-01", "2026-11-03").normalize()), "a restated bucket is not added to the one that waits")
    with ProviderServer(copy.deepcopy(DATA), amounts="string") as p:
        c = openai(p)
        p.data["costs"]["2026-11-02"][0]["amount"] = decimal.Decimal("NaN")
        pull(c)
        equal(load(c).code, INPUT, "a bucket that cannot be read is refused")
        p.restate("costs", "2026-11-02", rows=DATA["costs"]["2026-11-02"])
        pull(c, check=DONE)
        equal((load(c).code, c.value("select count(*) from ops.rejected_file")), (DONE, "0"), "and the one that replaces it is loaded")
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = openai(p, "    since: 2026-10-01\n    retry_seconds: 0\n")
        p.fault("status", "GET /v1/organization/usage/completions", status=503)
        pull(c)
        load(c)
        pull(c, check=DONE)
        load(c)
        equal(c.value("select min(bucket_start)::date from provider.delivery where dataset = 'usage/completions'"), "2026-10-01",
              "an endpoint that failed at first is asked for all its days")
    with ProviderServer(copy.deepcopy(DATA)) as p:
        p.quirks.add("eight_buckets")
        c = openai(p)
        for _ in range(2):
            pull(c, check=DONE)
            load(c)
        equal(c.value("select max(bucket_end)::date || ' ' || count(*) filter (where superseded_by is not null) from provider.delivery"),
              "2026-11-04 0", "a bucket more than was asked for is left alone")


def files_at_urls():
    def bill(amount):
        return (CSV + f"mistral,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,w,small,input,1,tokens,{amount}\n").encode()
    with FileServer() as p:
        url = p.put("bill.csv", bill(12.5))
        c = Company(f"sources:\n  - {{name: web, type: http, uri: '{url}', format: usage-csv}}\n")
        pull(c, as_of="2026-10-31T05:00:00Z", check=DONE)
        p.put("bill.csv", bill(13))
        pull(c, as_of="2026-11-01T05:00:00Z", check=DONE)
        load(c)
        equal(cost(c), "13", "what waits from last month is not added")
        p.put("bill.csv", bill(12.5))
        pull(c, check=DONE)
        load(c)
        p.put("bill.csv", bill(13))
        pull(c, check=DONE)
        load(c)
        p.put("bill.csv", bill(12.5))
        pull(c, check=DONE)
        load(c)
        equal(cost(c), "12.5", "what goes back to what it was counts as that")
        big = [bill(1) + (CSV.split("\n")[0].encode() and b"".join(
            b"mistral,2026-10-0%d,2026-10-0%d,w,small,input,1,tokens,%d\n" % (d, d + 1, cents) for _ in range(4000) for d in (1, 2)))
            for cents in (1, 9)]
        url = p.put("big.csv", big[0], etag='"v1"')
        c = Company(f"sources:\n  - {{name: web, type: http, uri: '{url}', format: usage-csv, retry_seconds: 9}}\n")
        p.fault("cut", "GET /files/big.csv", after=100_000)
        p.fault("call", "GET /files/big.csv", nth=2, function=lambda request: p.put("big.csv", big[1], etag='"v2"'))
        pull(c, check=DONE)
        got = max((f for f in (c.folder / "state/landing/web").rglob("*-big.csv")), key=lambda f: f.stat().st_size).read_bytes()
        ok(got in big, "a body that is continued is of one version")
        p.put("echo", b"")
        c = Company(f"sources:\n  - {{name: web, type: http, uri: '{p.url}/files/echo', secret: 'env:K'}}\n")
        p.fault("status", "GET /files/echo", status=403, message="no: Bearer sk-admin-test is not it \xfc")
        r = pull(c)
        said = r.stderr + c.value("select message from ops.rejected_file")
        ok(r.code == UNAVAILABLE and "sk-admin-test" not in said and "****" in said, "a secret that a server echoes is not repeated", said)
        p.fault("page", "GET /files/echo", body=b"Zugriff f\xfcr niemand", status=403)
        c.write("refdata/fx.csv", "period,currency,usd_rate\n")
        r = c.run("nightly", env={"K": "x"})
        equal(r.code, UNAVAILABLE, "words that are no UTF-8 stop no night", r.stderr)
        c.config.write_text("sources: []\n")
        c.run("pull", check=DONE)
        equal(c.value("select count(*) from ops.rejected_file"), "0", "a source that is gone is not missed for ever")


def bills():
    with S3Server() as s3:
        c = aws(s3)
        put_bill(s3, "f0000000-old", CHUNKS[0])
        pull(c, env=keys(s3), check=DONE)
        put_bill(s3, "10000000-new", CHUNKS[1])
        pull(c, env=keys(s3), check=DONE)
        load(c)
        equal(c.psql("select label from provider.delivery"), [("10000000-new",)], "of two executions that wait only the newest is loaded")
        for n, ident in enumerate(("e-3", "e-4")):
            put_bill(s3, ident, CHUNKS[n], empty=True)
            pull(c, env=keys(s3), check=DONE)
            load(c)
        c.write("refdata/fx.csv", "period,currency,usd_rate\n")
        r = c.run("nightly", env={**QUIET, **keys(s3)}, as_of=harness.LONG_AFTER)
        equal((r.code, [p for p in (c.folder / "state/landing").rglob("*Manifest.json")]), (DONE, []), "a bill with empty files leaves as a whole", r.stderr)
        put_bill(s3, "stale", CHUNKS[0], modified=time.time() - 86400)
        put_bill(s3, "newest", CHUNKS[1], where="metadata/BILLING_PERIOD=2026-10/2026-11-03T00:00:00Z-newest/x-Manifest.json")
        c = Company(c.config.read_text().split("\n", 3)[3].replace("since: 2026-10-01", "since: 1990-01-01"))
        r = pull(c, "--dry-run", env=keys(s3), check=DONE)
        ok("Z-newest/x-Manifest.json" in r.stdout and "BILLING_PERIOD=2026-10/x-M" not in r.stdout,
           "months of decades are looked at, the newest too; an old manifest on top hides no newer one", r.stdout)
    with S3Server() as s3:
        s3.put("x/metadata/BILLING_PERIOD=2026-10/x-Manifest.json", json.dumps({"executionId": "e", "dataFiles": ["s3://billing/x/d/..", "s3://billing/x/d/a.etag"]}).encode())
        equal(pull(aws(s3), env=keys(s3)).code, UNAVAILABLE, "a manifest that names no honest files is refused")


def names():
    """A source that is renamed or removed: what it fetched stays its own, and is not counted twice under another name."""
    with S3Server() as s3, ProviderServer(copy.deepcopy(DATA)) as p, FileServer() as web:
        put_bill(s3, "e", CHUNKS[0])
        url = web.put("bill.csv", (CSV + "mistral,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,w,small,input,1,tokens,12.5\n").encode())
        c = aws(s3, f"  - {{name: openai, type: openai, uri: '{p.url}', secret: 'env:K', since: 2026-11-01}}\n"
                    f"  - {{name: web, type: http, uri: '{url}', format: usage-csv}}\n")
        c.write("refdata/fx.csv", "period,currency,usd_rate\n")
        night = lambda: c.run("nightly", env={**QUIET, **keys(s3), "K": "sk-admin-test"})  # noqa: E731
        equal(night().code, DONE, "a night")
        before, config = cost(c), c.config.read_text()
        c.config.write_text("state_dir: state\nout_dir: out\nrefdata_dir: refdata\nlanding_dir: state/landing\nsources: []\n")
        equal((night().code, cost(c)), (DONE, before), "sources that are configured no more: nothing is loaded under other names")
        c.config.write_text(config.replace("name: aws", "name: aws2").replace("name: openai", "name: openai2").replace("name: web", "name: web2"))
        r = night()
        equal((r.code, cost(c)), (harness.CONFIG, before), "sources that are renamed are refused", r.stderr)
        ok(all(f"was loaded as source {name}" in r.stderr for name in ("aws", "openai", "web")), "by name", r.stderr)
        c.config.write_text(config)
        equal((night().code, cost(c)), (DONE, before), "and with their names back all is as it was")
        c = aws(s3, prefix="wrong")
        r = pull(c, env=keys(s3))
        ok(r.code == UNAVAILABLE and "no manifest" in r.stderr and "PREFIX/EXPORT" in r.stderr, "a wrong prefix is no success", r.stderr)


def logs():
    record = next((FIXTURES / "bedrock-logs").rglob("*.json.gz")).read_bytes()
    with S3Server() as s3:
        tail = "BedrockModelInvocationLogs/us-east-1/2026/10/03/10/20261003T100000Z_a.json.gz"
        for account in ("111111111111", "222222222222"):
            s3.put(f"my/data/logs/AWSLogs/{account}/{tail}", record + account.encode())
        s3.put("my/data/logs/AWSLogs/111111111111/BedrockModelInvocationLogs/r/../a/bc/d/e/f.json.gz", record)
        c = Company(f"sources:\n  - {{name: log, type: bedrock-invocation-log, uri: 's3://billing/my/data/logs', endpoint: '{s3.url}', since: 2026-01-01}}\n")
        pull(c, env=keys(s3), check=DONE)
        landing = c.folder / "state" / "landing"
        equal(sorted(p.name for p in landing.iterdir()), ["log"], "a key leads to no other place than its source's")
        equal(len(list((landing / "log" / "2026-10").glob("*_a.json.gz"))), 2, "two accounts' records of one name, below a folder named data")


def traces():
    c = Company("sources:\n  - {name: otel, type: otlp, uri: spans}\n")
    line = '{"resourceSpans":[],"pad":"' + "x" * 1_500_000 + '"}\n'
    c.write("spans/wide.jsonl", line + line)
    c.write("spans/old.jsonl.gz", gzip.compress(line.encode()))
    r = pull(c, check=DONE)
    ok("1 file," in r.stdout, "a first line of megabytes is read, a compressed file is not", r.stdout)
    equal(load(c).code, DONE, "and what was taken is whole lines")


def tokens():
    ring = Keyring()
    with S3Server(keyring=ring) as s3, ContainerServer(ring) as box, Sink() as proxy:
        put_bill(s3, "e", CHUNKS[0])
        r = pull(aws(s3), "--dry-run", env={**box.env(), "http_proxy": proxy.url, "no_proxy": None})
        ok(not [e for e in proxy.log if "authorization" in e.headers and "container" in e.headers["authorization"].lower()] and
           all("/v1/credentials" not in e.path for e in proxy.log), "the container's token goes through no proxy", r.stderr)
        r = pull(aws(s3), env={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/x", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"})
        ok("neither https" in r.stderr, "nor in the clear to another machine", r.stderr)


for part in (buckets_that_wait, files_at_urls, bills, names, logs, traces, tokens):
    part()
harness.done()
