#!/usr/bin/env python3
"""Writes a month of REQUESTS calls of Bedrock as FOLDER/events (JSON lines) and FOLDER/events-csv, the CUR 2.0 export
that bills them, three rows a call, as FOLDER/cur, and what each team is billed and was computed to cost as
FOLDER/totals.csv: tests/bench/generate.py FOLDER REQUESTS CASE.

CASE a: every row carries its request id in a tag; b: none does; c: the rows of one call of twenty are Bedrock's, the others
are other services'. Columns and the rows' texts are those of the sample company's export. Every line has its event and costs what
the price list says; two business units share each account and region. The same arguments give the same bytes.
"""
import collections
import csv
import datetime
import glob
import gzip
import io
import itertools
import multiprocessing
import os
import random
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHUNKS = 8
MONTH = datetime.datetime(2026, 10, 1)
SECONDS = 31 * 86400
OTHERS = 19  # calls whose rows are other services', for one of Bedrock's, in case c
# name at the gateway, name in usage types, and prices of input, cache read, output in USD for 10^6 tokens, times 10
MODELS = [("global.anthropic.claude-sonnet-4-6", "Claude4.6Sonnet", (30, 3, 150)),
          ("anthropic.claude-opus-4-8", "anthropic.claude-opus-4-8", (50, 5, 250))]
METERS = ("input-tokens", "cache-read-input-token-count", "output-tokens")
REGIONS = [("us-east-1", "USE1"), ("eu-west-1", "EU"), ("us-west-2", "USW2")]
ACCOUNTS = ["112233445566", "334455667788", "044556677889"]
# team, service, and where it calls from
TEAMS = [("dp-catalog", "catalog-tagger", ACCOUNTS[0], REGIONS[0]), ("search-answers", "answer-engine", ACCOUNTS[0], REGIONS[0]),
         ("dp-pipelines", "extract-batch", ACCOUNTS[1], REGIONS[0]), ("research-evals", "judge", ACCOUNTS[1], REGIONS[0]),
         ("marketing-content", "copy-studio", ACCOUNTS[0], REGIONS[2]), ("dp-warehouse", "report-writer", ACCOUNTS[0], REGIONS[2]),
         ("support-assist", "agent-assist", ACCOUNTS[0], REGIONS[1]), ("mobile-notify", "push-writer", ACCOUNTS[0], REGIONS[1]),
         ("research-lab", "agent-sandbox", ACCOUNTS[1], REGIONS[2]), ("search-index", "embed-index", ACCOUNTS[1], REGIONS[2]),
         ("mobile-app", "in-app-chat", ACCOUNTS[2], REGIONS[1]), ("support-routing", "ticket-router", ACCOUNTS[2], REGIONS[1])]
BLOCK = 500  # requests whose text is written at once
DYNAMIC = ("identity_line_item_id", "identity_time_interval", "line_item_blended_cost", "line_item_unblended_cost",
           "pricing_public_on_demand_cost", "line_item_usage_account_id", "line_item_usage_amount", "line_item_usage_start_date",
           "line_item_usage_end_date", "line_item_usage_type", "product_usagetype", "product_region_code", "resource_tags")


def templates():
    """The header, and a row of another service and of Bedrock's as text with %s where values go, in DYNAMIC's order."""
    path = sorted(glob.glob(f"{ROOT}/fixtures/aws-cur/**/*2026-10*/**/*00001.csv.gz", recursive=True))[0]
    with gzip.open(path, "rt", newline="") as handle:
        reader = csv.reader(handle)
        header = next(reader)
        product = header.index("line_item_product_code")
        kind = header.index("line_item_line_item_type")
        found = {}
        for row in reader:
            if row[kind] == "Usage":
                found.setdefault(row[product] == "AmazonBedrock", row)
            if len(found) == 2:
                break
    texts = {}
    for is_bedrock, row in found.items():
        dynamic = [name for name in header if name in DYNAMIC and (is_bedrock or not name.endswith(("usage_type", "usagetype")))]
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(
            [f"@{name}@" if name in dynamic else value for name, value in zip(header, row)])
        text = out.getvalue().replace("%", "%%")
        for name in dynamic:
            text = text.replace(f"@{name}@", f"%({name})s")
        texts[is_bedrock] = text
    return ",".join(header) + "\n", texts[False], texts[True]


def decimal(units, places):
    whole, rest = divmod(units, 10 ** places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")


EVENT = ('{"request_id":"%(request_id)s","timestamp":"%(timestamp)s","provider":"bedrock","model":"%(model)s",'
         '"team_id":"%(team_id)s","service":"%(service)s","environment":"prod","input_tokens":%(input_tokens)d,'
         '"output_tokens":%(output_tokens)d,"cache_read_input_tokens":%(cache_read_input_tokens)d,'
         '"cache_write_input_tokens":0,"computed_cost_usd":%(computed_cost_usd)s,"billing_rule_version":"bedrock-2026-06",'
         '"status":"success","account_id":"%(account_id)s","region":"%(region)s","user_id":"%(user_id)s",'
         '"trace_id":"%(trace_id)s"}\n')
EVENT_HEADER = ",".join(re.findall(r'"(\w+)":', EVENT)) + "\n"
EVENT_ROW = re.sub(r'"\w+":', "", EVENT).strip("{}\n").replace('"', "") + "\n"
TAG = '"{""user_env"":""prod""}"'
TAG_WITH_ID = '"{""user_env"":""prod"",""user_request_id"":""%s""}"'


def calls(rng, first, last, requests):
    """The month's calls with the numbers FIRST to LAST: an event's values, what its meters count, and their prices."""
    for i in range(first, last):
        at = MONTH + datetime.timedelta(seconds=i * SECONDS // requests, milliseconds=rng.randrange(1000))
        model = MODELS[rng.random() < 0.2]
        team, service, account, region = rng.choice(TEAMS)
        counts = (rng.randrange(200, 40000), rng.randrange(100, 20000), rng.randrange(1, 4000))
        costs = [count * price for count, price in zip(counts, model[2])]
        request = f"{rng.getrandbits(128):032x}"
        event = {"request_id": request, "timestamp": at.isoformat(timespec="milliseconds") + "Z", "model": model[0],
                 "team_id": team, "service": service, "input_tokens": counts[0] + counts[1], "output_tokens": counts[2],
                 "cache_read_input_tokens": counts[1], "computed_cost_usd": decimal(sum(costs), 7), "account_id": account,
                 "region": region[0], "user_id": f"u{rng.randrange(5000)}", "trace_id": request[:16]}
        yield event, at, [f"{region[1]}-{model[1]}-{meter}" for meter in METERS], counts, costs


def bill_rows(rng, case, texts, call):
    """The rows that bill a call, and what Bedrock's cost together."""
    event, at, usage_types, counts, costs = call
    hour = at.replace(minute=0, second=0, microsecond=0)
    start, end = (f"{t.isoformat()}Z" for t in (hour, hour + datetime.timedelta(hours=1)))
    values = {"identity_time_interval": f"{start}/{end}", "line_item_usage_start_date": start, "line_item_usage_end_date": end,
              "line_item_usage_account_id": event["account_id"], "product_region_code": event["region"]}
    rows, billed = [], 0
    is_bedrock = case != "c" or not rng.randrange(OTHERS + 1)
    for usage_type, count, cost in zip(usage_types, counts, costs):
        amount = decimal(cost, 7)
        values.update(identity_line_item_id=f"{rng.getrandbits(160):040x}", line_item_usage_amount=decimal(count, 3),
                      line_item_blended_cost=amount, line_item_unblended_cost=amount, pricing_public_on_demand_cost=amount,
                      line_item_usage_type=usage_type, product_usagetype=usage_type,
                      resource_tags=TAG_WITH_ID % event["request_id"] if is_bedrock and case != "b" else TAG)
        rows.append(texts[is_bedrock] % values)
        billed += cost * is_bedrock
    return "".join(rows), billed


def chunk(job):
    """Writes the files of this number; returns each team's computed cost and what it is billed, in 10^-7 USD."""
    folder, requests, case, number = job
    rng = random.Random(f"{requests}/{number}")
    header, *texts = templates()
    computed, billed = collections.Counter(), collections.Counter()
    mine = calls(rng, requests * number // CHUNKS, requests * (number + 1) // CHUNKS, requests)
    with gzip.GzipFile(f"{folder}/events/{number}.jsonl.gz", "wb", compresslevel=1, mtime=0) as events, \
            open(f"{folder}/events-csv/{number}.csv", "wb") as table, \
            gzip.GzipFile(f"{folder}/cur/bench-{number + 1:05}.csv.gz", "wb", compresslevel=1, mtime=0) as bill:
        table.write(EVENT_HEADER.encode())
        bill.write(header.encode())
        while block := list(itertools.islice(mine, BLOCK)):
            events.write("".join([EVENT % call[0] for call in block]).encode())
            table.write("".join([EVENT_ROW % call[0] for call in block]).encode())
            rows = [bill_rows(rng, case, texts, call) for call in block]
            bill.write("".join([text for text, _ in rows]).encode())
            for (event, _, _, _, costs), (_, cost) in zip(block, rows):
                computed[event["team_id"]] += sum(costs)
                billed[event["team_id"]] += cost
    return computed, billed


def main():
    folder, requests, case = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if case not in ("a", "b", "c"):
        sys.exit(__doc__)
    for name in ("events", "events-csv", "cur"):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    with multiprocessing.Pool() as pool:
        computed, billed = (sum(counts, collections.Counter()) for counts in zip(
            *pool.imap(chunk, [(folder, requests, case, number) for number in range(CHUNKS)])))
    with open(f"{folder}/totals.csv", "w", encoding="ascii") as out:
        out.write("team_id,computed_usd,billed_usd\n")
        out.writelines(f"{team},{decimal(computed[team], 7)},{decimal(billed[team], 7)}\n" for team in sorted(computed))


main()
