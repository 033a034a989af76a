#!/usr/bin/python3
"""A whole night from where the data really are, to the reports: the same bytes as from folders that hold the same data.

S3 serves the sample company's bills and logs, a provider server OpenAI's and Anthropic's days, a web server a console's
CSV, a folder a collector's growing file; the events are in files. What the folders get comes straight from the servers,
page by page, without closebook.
"""
import json
import shutil
import signal
import sys
import time
import urllib.request

sys.dont_write_bytecode = True

import harness  # noqa: E402
from harness import BUSY, DONE, Company, equal, ok  # noqa: E402

try:
    from servers import FileServer, ProviderServer, S3Server, provider_data
except ImportError as missing:
    harness.skip_all(f"python3-botocore is needed: {missing}")

FIXTURES = harness.ROOT / "fixtures"
DATA = provider_data.make(seed=11, first="2026-10-01", count=34)
SECRETS = {"OPENAI_ADMIN_KEY": "sk-admin-test", "ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-test"}
USAGE = ("completions", "embeddings", "moderations", "images", "audio_speeches", "audio_transcriptions", "vector_stores",
         "code_interpreter_sessions", "file_search_calls", "web_search_calls")
COMMON = """  - {name: events, type: events, uri: events}
  - name: aws
    type: aws-cur
    defaults: {region: us-east-1}
    uri: %(aws)s
  - name: log
    type: bedrock-invocation-log
    uri: %(log)s
  - name: openai
    type: openai
    uri: %(openai)s
  - name: anthropic
    type: anthropic
    defaults: {account_id: default}
    uri: %(anthropic)s
  - name: mistral
    type: %(csv_type)s
    uri: %(csv)s
"""


def pages(base, path, query, headers):
    """All pages of an endpoint, as a program of three lines would fetch them."""
    token, out = None, []
    while True:
        request = urllib.request.Request(f"{base}{path}?{query}" + (f"&page={token}" if token else ""), headers=headers)
        with urllib.request.urlopen(request) as answer:
            out.append(answer.read())
        token = json.loads(out[-1])["next_page"] if json.loads(out[-1])["has_more"] else None
        if not token:
            return out


def fill_folders(folder, provider):
    bearer = {"Authorization": "Bearer sk-admin-test"}
    key = {"x-api-key": "sk-ant-admin01-test", "anthropic-version": "2023-06-01"}
    asked = {
        "openai": [("/v1/organization/costs", "group_by=project_id&group_by=line_item&group_by=api_key_id", bearer)]
        + [(f"/v1/organization/usage/{name}", "&".join(f"group_by={g}" for g in
            (("project_id", "api_key_id", "model", "batch", "service_tier") if name == "completions" else ("project_id",))), bearer) for name in USAGE],
        "anthropic": [("/v1/organizations/cost_report", "group_by[]=workspace_id&group_by[]=description", key),
                      ("/v1/organizations/usage_report/messages",
                       "&".join(f"group_by[]={g}" for g in ("api_key_id", "workspace_id", "model", "service_tier", "context_window")), key)]}
    for name, endpoints in asked.items():
        (folder / name).mkdir()
        for path, groups, headers in endpoints:
            times = ("start_time=1790812800&end_time=1793750400" if name == "openai" else
                     "starting_at=2026-10-01T00:00:00Z&ending_at=2026-11-04T00:00:00Z")
            for n, page in enumerate(pages(provider.url, path, f"{times}&bucket_width=1d&limit=7&{groups}", headers)):
                if b'"results": []' in page.replace(b'"results":[]', b'"results": []') and name == "openai" and "usage" in path and \
                        not any(b["results"] for b in json.loads(page)["data"]):
                    continue  # an endpoint that is not used
                (folder / name / f"{path.rsplit('/', 1)[1]}-{n}.json").write_bytes(page)


def company(sources):
    c = Company("sources:\n" + sources)
    shutil.copytree(FIXTURES / "refdata", c.folder / "refdata", dirs_exist_ok=True)
    shutil.copytree(FIXTURES / "events", c.folder / "events")
    return c


def reports(c):
    return {f"{period}/{name}": c.out(period, name) for period in ("2026-10", "2026-11") for name in ("variance.csv", "exceptions.csv", "journal.csv")}


with S3Server(bucket="example-billing-exports", page_size=50) as s3, ProviderServer(DATA) as provider, FileServer() as web:
    s3.mount(FIXTURES / "aws-cur", "cur/")
    s3.mount(FIXTURES / "bedrock-logs", "logs/")
    csv = (FIXTURES / "usage-csv" / "mistral-2026-10-21.csv").read_bytes()
    url = web.put("mistral.csv", csv)
    env = {**SECRETS, "HOME": "/nonexistent", "AWS_ACCESS_KEY_ID": s3.key.access_key, "AWS_SECRET_ACCESS_KEY": s3.key.secret}
    s3_of = lambda prefix: f"s3://example-billing-exports/{prefix}\n    endpoint: {s3.url}\n    since: 2026-10-01"  # noqa: E731
    fetched = COMMON % {"aws": s3_of("cur/company-cur2"), "log": s3_of("logs"),
                        "openai": f"{provider.url}\n    secret: env:OPENAI_ADMIN_KEY", "anthropic": f"{provider.url}\n    secret: env:ANTHROPIC_ADMIN_KEY",
                        "csv_type": "http", "csv": f"{url}\n    format: usage-csv"}

    plain = company(COMMON % {"aws": "aws", "log": "log", "openai": "openai", "anthropic": "anthropic", "csv_type": "usage-csv", "csv": "mistral"})
    shutil.copytree(FIXTURES / "aws-cur", plain.folder / "aws")
    shutil.copytree(FIXTURES / "bedrock-logs", plain.folder / "log")
    plain.write("mistral/mistral.csv", csv)
    fill_folders(plain.folder, provider)
    plain.run("nightly", check=DONE)
    want = reports(plain)
    ok(want["2026-10/variance.csv"].count("\n") > 5, "the folders give a month's variance")

    whole = company(fetched)
    r = whole.run("nightly", "--summary", env=env)
    equal(r.code, DONE, "a night from the servers ends well", r.stderr)
    got = reports(whole)
    for name, text in want.items():
        equal(got[name], text, f"{name} is that of the folders, byte for byte")
    sent = s3.bytes_sent + provider.bytes_sent
    before = len(s3.gets())
    quiet = whole.run("nightly", env=env)
    equal((quiet.code, quiet.stdout, quiet.stderr), (DONE, "", ""), "the next night says nothing")
    equal([g.key for g in s3.gets()[before:] if not g.key.endswith("Manifest.json")], [], "and fetches no bill again")

    # Killed at any moment, the nights that follow end in the same state.
    broken = company(fetched)
    for delay in (0.15, 0.3, 0.6, 0.9, 1.3, 1.8, 2.4):
        process = broken.start("nightly", env=env)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    deadline = time.time() + 30
    while (r := broken.run("nightly", env=env)).code == BUSY and time.time() < deadline:
        time.sleep(0.2)
    equal(r.code, DONE, "after seven kills a night ends well", r.stderr)
    equal(reports(broken), want, "with the same reports")
    hidden = [p for p in (broken.folder / "state" / "landing").rglob(".*")]
    equal(hidden, [], "and nothing half-done is left")
    equal((s3.crashes, provider.crashes, web.crashes), ([], [], []), "the servers saw nothing they do not know")
harness.done()
