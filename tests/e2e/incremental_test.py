#!/usr/bin/python3
"""Nights that build on what earlier nights kept: a company told piece by piece and reconciled after each has the results
of one that was told everything at once; what changed nothing is not computed again, and what changed something is.
"""
import sys

sys.dont_write_bytecode = True

import harness  # noqa: E402
import reckon  # noqa: E402
from harness import equal, ok  # noqa: E402

SEEDS = (7, 23, 41)
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
harness.done()
