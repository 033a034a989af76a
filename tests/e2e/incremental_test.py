#!/usr/bin/python3
"""Nights that build on what earlier nights kept: a company told piece by piece and reconciled after each has the results
of one that was told everything at once; what changed nothing is not computed again, and what changed something is.
"""
import json
import sys

sys.dont_write_bytecode = True

import case_company  # noqa: E402
import harness  # noqa: E402
import reckon  # noqa: E402
from harness import equal, ok  # noqa: E402

SEEDS = (7, 23, 41) if harness.DEEP else (41,)
PERIOD = "2026-10"
FILES = ("variance.csv", "exceptions.csv", "journal.csv")
STEADY = "2026-12-20T05:00:00Z"


def reconcile(company, *options):
    """Whether the period was computed; -v tells the steps."""
    r = company.run("-v", "reconcile", "--period", PERIOD, *options, as_of=STEADY, check=harness.DONE)
    return "match/scope" in r.stderr


def files(company):
    company.run("report", "--period", PERIOD, as_of=STEADY, check=harness.DONE)
    return {name: company.out(PERIOD, name) for name in FILES}


def piece_by_piece(seed):
    company, whole = (reckon.company_from(reckon.generated_folder(seed), STEADY) for _ in range(2))
    calls = reckon.calls_of(company.folder)
    for call in calls:
        reckon.ingest_calls(company, [call])
        reconcile(company)
    reckon.ingest_calls(whole, calls)
    reconcile(whole)
    stepwise = files(company)
    for name, text in files(whole).items():
        equal(stepwise[name], text, f"seed {seed}: {name} of nights is that of one night")
    ok(not reconcile(company), f"seed {seed}: what rests on unchanged inputs stands")
    ok(reconcile(company, "--again"), f"seed {seed}: unless asked")
    for name, text in files(company).items():
        equal(text, stepwise[name], f"seed {seed}: {name} computed again is the same")
    return company


last = [piece_by_piece(seed) for seed in SEEDS][-1]

before = files(last)
last.psql("""insert into gateway.event (request_id, "timestamp", provider, model, team_id, service, environment, input_tokens, output_tokens, computed_cost_usd)
             values ('late-comer', '2026-10-09T10:30:00Z', 'openai', 'gpt-x', '', '', 'prod', 1000, 10, 7.25)""")
ok(reconcile(last), "an event that a gateway wrote is computed with")
ok(files(last)["variance.csv"] != before["variance.csv"], "and shows")
ok(not reconcile(last), "once")
config = (last.folder / "closebook.yaml").read_text()
last.write("closebook.yaml", "".join(line + "\n" for line in config.splitlines() if not line.startswith("settle_days")) + "settle_days: 9\n")
ok(reconcile(last), "another option is computed with")
last.run("refdata", "apply", check=harness.DONE)
ok(not reconcile(last), "the same reference data applied again is not")

# ---- Changes that come from elsewhere: what the period kept must not outlive them ----

M = 1000000


class Small:
    """A company told row by row."""

    def __init__(self, sources="", as_of="2026-12-04T05:00:00Z"):
        refdata = dict(case_company.REFDATA, **{"prices.csv": case_company.price_list()})
        self.company = harness.Company(config=sources and "sources:\n" + sources, refdata=refdata, as_of=as_of)
        self.told = 0

    def tell(self, source, text, code=harness.DONE):
        self.told += 1
        path = self.company.write(f"{source}/{self.told}", text)
        return self.company.run("ingest", "--source", source, path, check=code)

    def events(self, *rows):
        self.tell("gateway", "".join(json.dumps(row) + "\n" for row in rows))

    def bill(self, *lines, source="bill"):
        self.tell(source, case_company.csv_text(case_company.LINE_COLUMNS, lines))

    def reckon(self, *options, period=PERIOD):
        self.company.run("-q", "reconcile", "--period", period, *options, check=harness.DONE)
        self.company.run("-q", "report", "--period", period, check=harness.DONE)
        return [self.company.out(period, name) for name in FILES]

    def same(self, name, period=PERIOD):
        equal(self.reckon(period=period), self.reckon("--again", period=period), name)


def of(month, day, **columns):
    return {**case_company.line(2, "input", M), "usage_start": f"2026-{month:02}-{day:02}T00:00:00Z",
            "usage_end": f"2026-{month:02}-{day + 1:02}T00:00:00Z", **columns}


def call(number, time, **columns):
    return case_company.event(number, time, **{"input_tokens": M, "computed_cost_usd": 2, **columns})


def log_record(number, time):
    return json.dumps({"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": time, "accountId": "111122223333",
                       "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/a/s"}, "region": "us-east-1", "requestId": number,
                       "operation": "Converse", "modelId": "nova", "input": {"inputContentType": "application/json", "inputTokenCount": M},
                       "output": {"outputContentType": "application/json", "outputTokenCount": 3}}) + "\n"


c = Small()
c.events(call("r1", "2026-09-05T10:00:00Z", output_tokens=5, status="partial"))
c.reckon(period="2026-09")
c.events(call("r1", "2026-11-20T10:00:00Z", output_tokens=10))
c.same("a revision in a later month takes the place of the first", "2026-09")

c = Small()
c.bill(of(9, 5, model="mystery"))
c.reckon(period="2026-09")
c.events(call("r1", "2026-11-20T10:00:00Z", model="mystery"))
c.same("a model that a later month knows", "2026-09")

c = Small()
c.events(call("r1", "2026-10-20T10:00:00Z"), call("r2", "2026-10-28T10:00:00Z"))
c.bill(of(10, 20))
c.reckon()
c.bill(of(11, 5))
c.same("a delivery of the next month reaches over this one's end")

c = Small()
c.events(call("r1", "2026-10-20T10:00:00Z"), call("r2", "2026-10-28T10:00:00Z"))
c.bill(of(10, 20), of(10, 31, usage_end="2026-11-01T00:00:00Z", currency="CHF"))
c.reckon()
c.bill(of(11, 5))
c.same("also where a line without rate reaches the end")

c = Small()
c.events(call("r1", "2026-10-20T10:00:00Z", provider="cohere"), call("r2", "2026-10-05T10:00:00Z"))
c.bill(of(10, 5))
c.reckon()
c.bill(of(11, 5, provider="cohere"))
c.same("a dataset turns out to be another provider's too")

c = Small("  - {name: gateway, type: events, uri: gateway}\n"
          "  - {name: bill, type: usage-csv, uri: bill, defaults: {account_id: A}}\n"
          "  - {name: bill2, type: usage-csv, uri: bill2, defaults: {account_id: B}}\n")
c.events(call("r1", "2026-10-28T10:00:00Z"))
c.bill(of(10, 5, account_id="A"), of(10, 30, account_id="C"))
c.reckon()
c.bill(of(11, 10, account_id="B"), source="bill2")
c.same("a later source has another default account")

c = Small()
c.events(call("r1", "2026-10-20T10:00:00Z", provider="bedrock", model="nova"))
c.reckon()
c.tell("log", log_record("q0", "2026-07-20T10:00:00Z") + log_record("q1", "2026-10-21T10:00:00Z"))
c.same("a log that begins months earlier")

c = Small()
c.bill(*[case_company.named("zz", "10:00:00", 2, "input", M, model="odd-name")] * 2)
c.events(*[call("r1", "2026-10-20T10:00:00Z", model="odd-name", output_tokens=count) for count in (1, 2)])
c.reckon()
c.company.write("refdata/models.csv", "provider,alias,model\nmistral,odd-name,small\n")
c.company.run("refdata", "apply", check=harness.DONE)
c.same("an alias for what lines and repeats name")
names = {row["code"]: row["model"] for row in reckon.rows(c.company.out(PERIOD, "exceptions.csv"))}
equal((names["duplicate_line"], names["duplicate_event"]), ("small", "small"), "shows in what was kept", names)

c = Small()
c.events(call("r1", "2026-10-05T10:00:00Z", account_id="Y"), call("r2", "2026-10-20T10:00:00Z", account_id="X"))
c.bill(case_company.named("r1", "10:00:00", 2, "input", M, account_id="X"),
       case_company.named("r2", "2026-10-20T10:00:00Z", 2, "input", M, account_id="X"))
c.reckon()
equal(c.company.value("select count(*) from recon.accrual_estimate"), "0", "what a line bills on another account is not estimated")

c = Small()
c.events(call("r1", "2026-10-05T10:00:00Z"))
c.bill({**of(10, 5), "quantity": 2 * M})
c.reckon()
c.company.write("refdata/allocations.csv", "charge_type,method,target\nusage:input,business_unit,beta\n")
c.company.run("refdata", "apply", check=harness.DONE)
c.same("usage that nobody owns is given to a unit")
found = [(row["code"], row["business_unit"]) for row in reckon.rows(c.company.out(PERIOD, "exceptions.csv")) if row["code"] in ("quantity_variance", "unmetered_usage")]
equal(found, [("quantity_variance", "beta"), ("unmetered_usage", "beta")], "and so is what is found of it")
exception = next(row["exception_id"] for row in reckon.rows(c.company.out(PERIOD, "exceptions.csv")) if row["code"] == "quantity_variance")
ok("2026-10/bucket/1" in c.company.run("explain", exception, check=harness.DONE).stdout, "with the bucket behind it")

header = "bill_payer_account_id,bill_billing_period_start_date,line_item_product_code,line_item_line_item_type,line_item_usage_account_id," \
         "line_item_usage_start_date,line_item_usage_end_date,line_item_usage_type,line_item_usage_amount,line_item_unblended_cost,line_item_currency_code\n"
row = "1,2026-10-01T00:00:00Z,AmazonBedrock,Usage,2,2026-10-05T00:00:00Z,2026-10-05T01:00:00Z,USE1-nova-input-tokens,1,{},USD\n"
c = Small()
c.tell("aws-cur", header + row.format("abc"), harness.INPUT)
equal(c.company.value("select count(*) from pg_class where relname ~ '^line_2026_10_[0-9]'"), "0", "a bill that was refused leaves no partition")
c.tell("aws-cur", header + row.format("1.5"))
equal(c.company.value("select count(*) from provider.line"), "1", "and does not stand in the way of the right one")
harness.done()
