#!/usr/bin/env python3
"""Writes a month of REQUESTS calls of Bedrock and the CUR 2.0 export that bills them, three rows a call, as FOLDER/events
and FOLDER/cur: tests/bench/generate.py FOLDER REQUESTS CASE.

CASE a: every row carries its request id in a tag; b: none does; c: one row of twenty is Bedrock's, the others are other
services'. Columns and the rows' texts are those of the sample company's export. The same arguments give the same bytes.
"""
import csv
import datetime
import glob
import gzip
import io
import multiprocessing
import os
import random
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHUNKS = 8
MONTH = datetime.datetime(2026, 10, 1)
SECONDS = 31 * 86400
OTHERS = 19  # rows of other services for one of Bedrock's, in case c
# name at the gateway, name in usage types, and prices of input, cache read, output in USD for 10^6 tokens, times 10
MODELS = [("global.anthropic.claude-sonnet-4-6", "Claude4.6Sonnet", (30, 3, 150)),
          ("anthropic.claude-opus-4-8", "anthropic.claude-opus-4-8", (50, 5, 250))]
METERS = ("input-tokens", "cache-read-input-token-count", "output-tokens")
REGIONS = [("us-east-1", "USE1"), ("eu-west-1", "EU"), ("us-west-2", "USW2")]
ACCOUNTS = ["112233445566", "334455667788", "044556677889"]
# team, service, and where it calls from
TEAMS = [("dp-catalog", "catalog-tagger", ACCOUNTS[0], REGIONS[0]), ("dp-pipelines", "extract-batch", ACCOUNTS[1], REGIONS[0]),
         ("marketing-content", "copy-writer", ACCOUNTS[0], REGIONS[2]), ("support-assist", "agent-assist", ACCOUNTS[0], REGIONS[1]),
         ("research-lab", "agent-sandbox", ACCOUNTS[1], REGIONS[2]), ("mobile-app", "app-chat", ACCOUNTS[2], REGIONS[1])]
DYNAMIC = ("identity_line_item_id", "identity_time_interval", "line_item_blended_cost", "line_item_unblended_cost",
           "pricing_public_on_demand_cost", "line_item_usage_account_id", "line_item_usage_amount", "line_item_usage_start_date",
           "line_item_usage_end_date", "line_item_usage_type", "product_usagetype", "product_region_code", "resource_tags")


def templates():
    """The header, and a row of Bedrock's and of another service as text with %s where values go, in DYNAMIC's order."""
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
    texts, order = {}, [name for name in header if name in DYNAMIC]
    for is_bedrock, row in found.items():
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(
            [f"@{name}@" if name in DYNAMIC else value for name, value in zip(header, row)])
        text = out.getvalue().replace("%", "%%")
        for name in order:
            text = text.replace(f"@{name}@", f"%({name})s")
        texts[is_bedrock] = text
    return ",".join(header) + "\n", texts[True], texts[False]


def decimal(units, places):
    whole, rest = divmod(units, 10 ** places)
    return f"{whole}.{rest:0{places}}".rstrip("0").rstrip(".")


def create(path):
    return io.TextIOWrapper(gzip.GzipFile(path, "wb", compresslevel=1, mtime=0), encoding="utf-8")


def chunk(job):
    folder, requests, case, number = job
    rng = random.Random(f"{requests}/{number}")
    header, bedrock, other = templates()
    first, last = requests * number // CHUNKS, requests * (number + 1) // CHUNKS
    usage_types = {}
    with create(f"{folder}/events/{number}.jsonl.gz") as events, \
            create(f"{folder}/cur/bench-{number + 1:05}.csv.gz") as bill:
        bill.write(header)
        for i in range(first, last):
            at = MONTH + datetime.timedelta(seconds=i * SECONDS // requests, milliseconds=rng.randrange(1000))
            name, word, prices = MODELS[rng.random() < 0.2]
            team, service, account, (region, code) = rng.choice(TEAMS)
            tokens = (rng.randrange(200, 40000), rng.randrange(100, 20000), rng.randrange(1, 4000))
            request = f"{rng.getrandbits(128):032x}"
            cost = sum(count * price for count, price in zip(tokens, prices))
            events.write(
                f'{{"request_id":"{request}","timestamp":"{at.isoformat(timespec="milliseconds")}Z","provider":"bedrock",'
                f'"model":"{name}","team_id":"{team}","service":"{service}","environment":"prod","input_tokens":{tokens[0] + tokens[1]},'
                f'"output_tokens":{tokens[2]},"cache_read_input_tokens":{tokens[1]},"cache_write_input_tokens":0,'
                f'"computed_cost_usd":{decimal(cost, 7)},"billing_rule_version":"bedrock-2026-06","status":"success",'
                f'"account_id":"{account}","region":"{region}","user_id":"u{rng.randrange(5000)}","trace_id":"{request[:16]}"}}\n')
            hour = at.replace(minute=0, second=0, microsecond=0)
            start, end = (f"{t.isoformat()}Z" for t in (hour, hour + datetime.timedelta(hours=1)))
            values = {"identity_time_interval": f"{start}/{end}", "line_item_usage_start_date": start,
                      "line_item_usage_end_date": end, "line_item_usage_account_id": account, "product_region_code": region}
            for meter, count, price in zip(METERS, tokens, prices):
                text, tag = bedrock, '{""user_env"":""prod""}'
                if case == "c" and rng.randrange(OTHERS + 1):
                    text = other
                elif case != "b":
                    tag = f'{{""user_env"":""prod"",""user_request_id"":""{request}""}}'
                key = (code, word, meter)
                usage_type = usage_types.setdefault(key, "-".join(key))
                amount = decimal(count * price, 7)
                values.update(identity_line_item_id=f"{rng.getrandbits(160):040x}", line_item_usage_amount=decimal(count, 3),
                              line_item_blended_cost=amount, line_item_unblended_cost=amount, pricing_public_on_demand_cost=amount,
                              line_item_usage_type=usage_type, product_usagetype=usage_type, resource_tags=f'"{tag}"')
                bill.write(text % values)


def main():
    folder, requests, case = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if case not in ("a", "b", "c"):
        sys.exit(__doc__)
    for name in ("events", "cur"):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    with multiprocessing.Pool() as pool:
        pool.map(chunk, [(folder, requests, case, number) for number in range(CHUNKS)])


main()
