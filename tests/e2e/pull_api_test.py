#!/usr/bin/python3
"""Usage and costs from providers' APIs, and files at URLs: pages and windows, restated days, failures of every kind, and
credentials that go nowhere else. The server is servers/provider.py; what must be loaded is known from its data.
"""
import copy
import decimal
import gzip
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import CONFIG, DONE, UNAVAILABLE, Company, equal, ok  # noqa: E402

try:
    from servers import FileServer, ProviderServer, Sink, basic, bearer, provider_data
except ImportError as missing:
    harness.skip_all(f"python3-botocore is needed: {missing}")

DATA = provider_data.make(seed=7, first="2026-09-25", count=45)
KEYS = {"OPENROUTER_KEY": "sk-or-v1-management", "OPENAI_ADMIN_KEY": "sk-admin-test", "ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-test"}


def config(p, more="", name="openai", kind="openai", key="OPENAI_ADMIN_KEY"):
    return f"sources:\n  - name: {name}\n    type: {kind}\n    uri: {p.url}\n    secret: env:{key}\n{more}"


def company(p, more="    since: 2026-10-01\n", **how):
    return Company(config(p, more, **how))


def anthropic(p, more="    since: 2026-10-01\n"):
    return company(p, more, name="anthropic", kind="anthropic", key="ANTHROPIC_ADMIN_KEY")


def pull(c, *args, code=DONE, **how):
    r = c.run("pull", *args, env=KEYS, **how)
    if code is not None and r.code != code:
        raise RuntimeError(f"pull ended with {r.code}: {r.stderr}")
    return r


def load(c):
    c.run("ingest", "state/landing", check=DONE)


def files(c):
    return sorted(p.name for p in (c.folder / "state" / "landing").rglob("*.json") if not p.name.endswith(".origin.json"))


def cost(c, dataset):
    return decimal.Decimal(c.value(f"select coalesce(sum(cost), 0) from provider.delivery where dataset = '{dataset}' and superseded_by is null"))


def whole_month():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = company(p)
        r = pull(c)
        load(c)
        want = provider_data.total(DATA, "costs", "2026-10-01", "2026-11-03")
        equal(cost(c, "costs"), want, "OpenAI's costs of 34 days add up to what the provider has, number or string", r.stdout)
        equal(c.value("select count(*) from provider.delivery where dataset = 'costs'"), "34", "each day is a delivery")
        equal(c.value("select max(bucket_end)::date from provider.delivery"), "2026-11-04", "today is not asked for")
        ok(all("limit=31" in e.query and e.status == 200 for e in p.log), "no window is longer than the API allows")
        before = len(p.log)
        pull(c)
        asked = [e for e in p.log[before:] if e.path.endswith("/costs")]
        ok(asked and all("start_time=1793318400" in e.query for e in asked), "the next pull asks for the last five days", [e.query for e in asked])
        load(c)
        equal(c.value("select count(*) from provider.delivery where superseded_by is not null"), "0", "and nothing unchanged is loaded again")
        p.restate("costs", "2026-11-02", factor="1.5")
        pull(c)
        load(c)
        equal(c.psql("select dataset, bucket_start::date from provider.delivery where superseded_by is not null"), [("costs", "2026-11-02")],
              "a restated day supersedes its bucket alone")
        p.restate("costs", "2026-11-02", factor="1.5")
        p.restate("costs", "2026-11-02", rows=DATA["costs"]["2026-11-02"])
        pull(c)
        load(c)
        equal(cost(c, "costs"), want, "restated back to what it was, it counts as that again")
        p.restate("costs", "2026-11-03", rows=[])
        pull(c)
        load(c)
        equal(cost(c, "costs"), provider_data.total(DATA, "costs", "2026-10-01", "2026-11-02"), "a day restated to nothing counts nothing")
        equal(p.crashes, [], "the server saw nothing it does not know")
        text = "".join(f.read_text("latin-1") for f in (c.folder / "state").rglob("*") if f.is_file() and "cluster" not in str(f))
        ok("sk-admin-test" not in text + r.stderr + r.stdout, "the key stands nowhere")


def anthropic_month():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = anthropic(p)
        pull(c)
        load(c)
        equal(cost(c, "cost_report"), provider_data.total(DATA, "cost_report", "2026-10-01", "2026-11-03"), "Anthropic's costs too, from cents")
        equal(c.value("select count(distinct bucket_start) from provider.delivery where dataset = 'usage_report/messages'"), "34", "and its usage")
        before = len(p.log)
        r = pull(c, "--from", "2026-09-26", "--to", "2026-09-29")
        load(c)
        equal(c.value("select count(*) from provider.delivery where dataset = 'cost_report' and bucket_start < '2026-10-01'"), "3",
              "--from and --to fetch days before", r.stdout)
        ok(all("2026-09-29" in e.query for e in p.log[before:]), "and only these")
        r = pull(c, "--from", "2026-10-01", "--to", "2026-10-03", "--dry-run")
        ok("0 files to fetch" in r.stdout, "a dry run finds that all is here", r.stdout)


def openrouter_days():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = company(p, "", name="router", kind="openrouter", key="OPENROUTER_KEY")
        r = pull(c)
        load(c)
        equal(cost(c, "activity/daily"), provider_data.total(DATA, "activity", "2026-10-05", "2026-11-03"),
              "OpenRouter's days, as far back as it keeps them", r.stdout)
        p.restate("activity", "2026-11-01", factor="2")
        pull(c)
        load(c)
        equal(c.psql("select bucket_start::date from provider.delivery where superseded_by is not null"), [("2026-11-01",)], "a restated day supersedes")


def growing():
    """A collector's files: what is complete is taken, rotated or not, and nothing twice."""
    def span(n):
        return ('{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]},"scopeSpans":[{"spans":[{"traceId":"%032x",'
                '"spanId":"%016x","startTimeUnixNano":"1793500000000000000","attributes":[{"key":"gen_ai.provider.name","value":{"stringValue":"openai"}},'
                '{"key":"gen_ai.request.model","value":{"stringValue":"m"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"%d"}}]}]}]}]}\n' % (n, n, n))

    c = Company("sources:\n  - {name: otel, type: otlp, uri: spans}\n")
    live = c.write("spans/traces.jsonl", span(1) + span(2) + span(3)[:50])
    c.run("pull", check=DONE)
    load(c)
    equal(c.value("select count(*) from gateway.event"), "2", "the complete lines of a growing file")
    live.write_text(span(1) + span(2) + span(3) + span(4))
    c.run("pull", check=DONE)
    live.rename(c.folder / "spans" / "traces-2026-11-04.jsonl")
    c.write("spans/traces.jsonl", span(5))
    c.run("pull", check=DONE)
    load(c)
    c.run("pull", check=DONE)
    load(c)
    equal(c.value("select count(*) || ' ' || count(distinct request_id) || ' ' || sum(input_tokens) from gateway.event"), "5 5 15",
          "go on where they ended, also in a file that was rotated")
    ok("0 files" in c.run("pull", check=DONE).stdout, "and nothing is taken twice")


def paging():
    for quirk in ("short_pages", "eight_buckets", "gzip_always", "unknown_fields", "zero_amounts", "chunked"):
        with ProviderServer(copy.deepcopy(DATA)) as p:
            p.quirks.add(quirk)
            c = company(p)
            pull(c)
            load(c)
            got, want = cost(c, "costs"), provider_data.total(DATA, "costs", "2026-10-01", "2026-11-03")
            extra = provider_data.total(DATA, "costs", "2026-11-04", "2026-11-04") if quirk == "eight_buckets" else 0
            ok(got in (want, want + extra), f"{quirk}: every day once", f"{got} {want}")
    for quirk in ("page_loop", "null_next_page"):
        with ProviderServer(copy.deepcopy(DATA)) as p:
            p.quirks.add(quirk)
            r = pull(company(p, "    since: 2026-10-01\n    retry_seconds: 1\n"), code=UNAVAILABLE)
            ok("no page of buckets" in r.stderr, f"{quirk} is an error and no endless work", r.stderr)


def failures():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        passing = {"429 with Retry-After": lambda: p.fault("status", "GET /v1/organization/costs", status=429, retry_after=1),
                   "429 without": lambda: p.fault("status", "GET /v1/organization/costs", status=429),
                   "500": lambda: p.fault("status", "GET /v1/organization/costs", status=500),
                   "a slow body": lambda: p.fault("slow", "GET /v1/organization/costs", rate=2000),
                   "a cut body": lambda: p.fault("cut", "GET /v1/organization/costs", after=100),
                   "a hang-up": lambda: p.fault("close", "GET /v1/organization/costs"),
                   "a redirect on the host": lambda: p.fault("redirect", "GET /v1/organization/costs", location="/moved/v1/organization/costs?"
                                                            "start_time=1793491200&end_time=1793750400&bucket_width=1d&group_by=project_id&limit=31")}
        for name, inject in passing.items():
            c, fault = company(p, "    since: 2026-11-01\n"), inject()
            r = pull(c, code=None)
            ok(r.code == DONE and fault.struck == 1, f"{name} passes", r.stderr)
    with ProviderServer(copy.deepcopy(DATA)) as p, Sink() as elsewhere:
        p.fault("redirect", "GET /v1/organization/costs", location=f"{elsewhere.url}/take")
        r = pull(company(p), code=None)
        equal((len(elsewhere.log), elsewhere.credentials()), (1, []), "credentials do not follow to another host", r.stderr)
    for name, inject in {"an expired key": lambda p: p.expire("openai"), "HTML with 200": lambda p: p.fault("page", "GET /v1/organization/costs"),
                         "a body that never comes": lambda p: p.fault("hang", "GET /v1/organization/costs", times=None)}.items():
        with ProviderServer(copy.deepcopy(DATA)) as p:
            inject(p)
            r = pull(company(p, "    since: 2026-10-01\n    retry_seconds: 1\n    timeout_seconds: 1\n"), code=UNAVAILABLE)
            ok("sk-admin-test" not in r.stderr and "/v1/organization/costs" in r.stderr, f"{name} is told, with its address", r.stderr)
            if name == "an expired key":
                equal(len(p.log), 1, "and what will not change is not tried again")


def proxied():
    with ProviderServer(copy.deepcopy(DATA)) as p, Sink() as proxy:
        pull(company(p, f"    since: 2026-11-01\n    proxy: {proxy.url}\n"))
        equal((len(p.log), len(proxy.log) > 0), (0, True), "what has a proxy goes through it")


def several():
    with ProviderServer(copy.deepcopy(DATA)) as p:
        c = Company(config(p, "    since: 2026-11-01\n") + config(p, "    since: 2026-11-01\n    retry_seconds: 0\n", "claude", "anthropic",
                                                                 "ANTHROPIC_ADMIN_KEY").replace("sources:\n", ""))
        p.expire("anthropic")
        r = pull(c)
        ok("source claude" in r.stderr and "costs-2026-11-03" in " ".join(files(c)), "a source that fails does not stop the other", r.stderr)
        equal(pull(c, "--strict", code=None).code, UNAVAILABLE, "with --strict it ends 69")
        c.write("refdata/fx.csv", "period,currency,usd_rate\n")
        r = c.run("nightly", env=KEYS)
        equal(r.code, DONE, "a night goes on without it", r.stderr)
        found = c.value("select detail from recon.exception where code = 'missing_delivery' and period = '2026-11'")
        ok(found and found.startswith("claude: "), "and reports a missing delivery", found)
        equal(c.run("pull", "openai", env={"OPENAI_ADMIN_KEY": None}).code, CONFIG, "a secret that is not there is a matter of configuration")


def secrets():
    with FileServer() as p:
        url = p.put("bill.csv", b"provider,usage_start,usage_end,account_id,model,usage_class,quantity,unit,cost\n"
                                b"mistral,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,w,small,input,1,tokens,12.5\n", auth=bearer("t-1"))
        c = Company(f"sources:\n  - name: web\n    type: http\n    uri: {url}\n    secret: file:token\n    format: usage-csv\n")
        c.write("token", "t-1\n").chmod(0o604)
        r = c.run("pull")
        ok(r.code == CONFIG and "everyone on this machine may read" in r.stderr, "a secret that everybody may read is refused", r.stderr)
        (c.folder / "token").chmod(0o600)
        c.run("pull", check=DONE)
        load(c)
        equal(c.value("select trim_scale(sum(cost)) from provider.delivery where source = 'web'"), "12.5", "a file at a URL is loaded")
        before = len(p.log)
        c.run("pull", check=DONE)
        equal([e.status for e in p.log[before:]], [304], "what has not changed is not sent")
        zipped = p.put("new.csv.gz", gzip.compress(b"provider,usage_start,usage_end,account_id,model,usage_class,quantity,unit,cost\n"
                                                   b"mistral,2026-10-01T00:00:00Z,2026-10-02T00:00:00Z,w,small,input,1,tokens,13\n"),
                       auth=basic("us", "p:w"))
        c.config.write_text(c.config.read_text().replace(url, zipped).replace("file:token", "credential:basic\n    auth: basic\n    user: us"))
        c.write("creds/basic", "p:w").chmod(0o600)
        c.run("pull", env={"CREDENTIALS_DIRECTORY": str(c.folder / "creds")}, check=DONE)
        load(c)
        equal(c.value("select trim_scale(sum(cost)) from provider.delivery where superseded_by is null"), "13",
              "basic authentication from systemd's credentials; a gzip file; the day is superseded")
        own = p.put("own.csv", b"x", auth={"x-api-key": "k-9"})
        c.config.write_text(f"sources:\n  - name: web\n    type: http\n    uri: {own}\n    secret: env:K\n    auth: X-Api-Key\n    max_bytes: 4\n")
        c.run("pull", env={"K": "k-9"}, check=DONE)
        p.put("own.csv", b"too large", auth={"x-api-key": "k-9"})
        r = c.run("pull", env={"K": "k-9"})
        ok(r.code == UNAVAILABLE and "larger than 4 bytes" in r.stderr, "a header of one's own; a file over the limit is refused", r.stderr)
        c.config.write_text("sources: [{name: w, type: http, uri: 'https://example.com/x', format: nothing}]\n")
        equal(c.run("pull").code, CONFIG, "a format that is none is refused")


for part in (whole_month, anthropic_month, openrouter_days, growing, paging, failures, proxied, several, secrets):
    part()
harness.done()
