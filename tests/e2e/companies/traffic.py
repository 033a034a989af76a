"""The calls that the company made, and what its two gateways wrote down about them."""
import csv
import gzip
import json
import os
from dataclasses import dataclass
from decimal import Decimal

import clock
import world as places
from world import CLASSES, MODELS

_HEADER = (
    "request_id,timestamp,provider,model,team_id,service,environment,input_tokens,output_tokens,"
    "cache_read_input_tokens,cache_write_input_tokens,cache_write_1h_input_tokens,unit_price,"
    "computed_cost_usd,billing_rule_version,status,tenant_id,feature,account_id,region,api_key_id,"
    "resource_id,service_tier,batch").split(",")
_SNAPSHOT = {"input": "input_per_million", "cache_read": "cached_input_per_million",
             "cache_write_5m": "cache_write_per_million", "cache_write_1h": "cache_write_1h_per_million",
             "output": "output_per_million"}


@dataclass
class Call:
    provider: str
    request_id: str
    stamp: int
    model: str
    account: str
    region: str
    tier: str
    counts: dict
    status: str
    api_key: str = ""
    seen: bool = True   # by the gateway
    billed: bool = True  # by the provider


def plain(value):
    """Decimal text without exponent and trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def make_calls(world):
    rng = world.rng
    days = sorted(rng.sample(range(31), rng.randint(4, 9)))
    hours = rng.sample(range(24), 5)
    calls = []
    providers = list(MODELS)
    weights = [rng.choice((1, 2, 4)) for _ in providers]
    for number in range(rng.randint(200, 800)):
        provider = rng.choices(providers, weights)[0]
        calls.append(_make_call(world, provider, number, _stamp(rng, days, hours)))
    return calls


def _stamp(rng, days, hours):
    draw = rng.random()
    if draw < 0.03:
        return clock.START - rng.randint(1, clock.DAY - 1)
    if draw < 0.06:
        return clock.END + rng.randint(0, clock.DAY - 1)
    if draw < 0.08:
        return rng.choice((clock.START, clock.END - 1, clock.END, clock.START - 1,
                           clock.START + 15 * clock.DAY))
    if draw < 0.25:
        return clock.START + rng.randint(0, 31 * clock.DAY - 1)
    stamp = clock.START + rng.choice(days) * clock.DAY + rng.choice(hours) * clock.HOUR
    return stamp + rng.choice((0, 30 * clock.MINUTE, rng.randint(0, clock.HOUR - 1)))


def _make_call(world, provider, number, stamp):
    rng = world.rng
    counts = {"input": rng.choice((0, 7, 120, rng.randint(1, 9000))), "cache_read": 0,
              "cache_write_5m": 0, "cache_write_1h": 0, "output": rng.choice((0, 1, rng.randint(1, 3000)))}
    if rng.random() < 0.35:
        counts["cache_read"] = rng.randint(1, 20000)
    if rng.random() < 0.2:
        counts["cache_write_5m"] = rng.randint(1, 4000)
    if rng.random() < 0.1 and provider != "openai":
        counts["cache_write_1h"] = rng.randint(1, 4000)
    tier = rng.choices(("standard", "batch", "flex", "priority"), (85, 6, 4, 5))[0]
    status = rng.choices(("success", "partial", "error", "cache_hit"), (88, 4, 5, 3))[0]
    return Call(
        provider=provider, request_id=f"{provider[:3]}-{number:05d}", stamp=stamp,
        model=rng.choice(list(MODELS[provider])), account=rng.choice(places.ACCOUNTS[provider]),
        region=rng.choice(list(places.REGIONS)) if provider == "bedrock" else "",
        tier=tier, counts=counts, status=status, api_key=rng.choice(("key-1", "key-side", "key-lost")),
        seen=rng.random() >= 0.05, billed=rng.random() >= 0.06)


# what the gateways wrote -----------------------------------------------------------------------

def _timestamp(rng, stamp):
    draw = rng.random()
    if draw < 0.1:
        moved = clock.iso(stamp - 3 * clock.HOUR)
        return moved[:-1] + "-03:00"
    if draw < 0.2:
        return clock.iso(stamp, fraction=True)[:-1] + "9" * rng.randint(1, 3) + "Z"
    if draw < 0.3:
        return clock.iso(stamp).replace("T", " ").replace("Z", "+00:00")
    return clock.iso(stamp)


def _computed(world, call, version):
    """What the gateway thinks the call cost; often a little wrong."""
    rng = world.rng
    total = Decimal(0)
    for usage_class, count in call.counts.items():
        for key in ((version, call.provider, call.model, usage_class, call.tier, 0),
                    (version, call.provider, call.model, usage_class, "standard", 0)):
            if key in world.price:
                total += count * world.price[key]
                break
    draw = rng.random()
    if draw < 0.06:
        return None
    if draw < 0.1:
        return Decimal(0)
    if draw < 0.16:
        return total * Decimal(rng.choice(("1.1", "0.5", "1.0003")))
    if draw < 0.2:
        return total + Decimal("9.052E-7")
    return total


def _snapshot(rng, call, world):
    if rng.random() > 0.25:
        return None
    snapshot = {key: plain(world.rate(call.provider, call.model, name, "standard", call.stamp) * 1000000)
                for name, key in _SNAPSHOT.items() if rng.random() < 0.8}
    if rng.random() < 0.6:
        snapshot["currency"] = rng.choice(("USD", "USD", "EUR"))
    return snapshot


def make_record(world, call):
    rng = world.rng
    version = rng.choices(("pl-2026-10", "pl-2026-09", "pl-2026-10b", "pl-unknown", ""),
                          (60, 8, 14, 5, 13))[0]
    counts = call.counts
    total = counts["input"] + counts["cache_read"] + counts["cache_write_5m"] + counts["cache_write_1h"]
    if rng.random() < 0.03:
        total = rng.randint(0, total)  # token counts that contradict each other
    batch = call.tier == "batch" and rng.random() < 0.5
    account = call.account if rng.random() >= 0.1 else ""
    return {
        "request_id": call.request_id, "timestamp": _timestamp(rng, call.stamp),
        "provider": rng.choice(("bedrock", "aws.bedrock", "Amazon_Bedrock"))
        if call.provider == "bedrock" else call.provider,
        "model": rng.choice((call.model,) + MODELS[call.provider][call.model]),
        "team_id": rng.choices((rng.choice(world.teams), "ghost", ""), (88, 4, 8))[0],
        "service": rng.choices((rng.choice(world.services), "svc-unknown", ""), (80, 8, 12))[0],
        "environment": rng.choice(("prod", "production", "dev", "stage", "staging", "eval", "qa")),
        "input_tokens": total, "output_tokens": counts["output"],
        "cache_read_input_tokens": counts["cache_read"] or rng.choice((0, None)),
        "cache_write_input_tokens": counts["cache_write_5m"] + counts["cache_write_1h"],
        "cache_write_1h_input_tokens": counts["cache_write_1h"] or None,
        "unit_price": _snapshot(rng, call, world), "computed_cost_usd": _computed(world, call, version),
        "billing_rule_version": version, "status": call.status,
        "tenant_id": rng.choice(("", "", "tn-1", "tn-2")), "feature": rng.choice(("", "", "ask")),
        "account_id": "" if call.provider in world.no_account else account,
        "region": call.region if rng.random() >= 0.05 else "", "api_key_id": call.api_key,
        "resource_id": "", "service_tier": "" if batch else
        rng.choice(("", "default", "on_demand")) if call.tier == "standard" else call.tier,
        "batch": batch,
    }


def _duplicates(rng, records):
    """Repeats that differ in status, output or computed cost, so that one of them clearly counts."""
    again = []
    for record in rng.sample(records, len(records) // 25):
        twin = dict(record)
        kind = rng.choice(("status", "output", "computed", "same"))
        if kind == "status":
            twin["status"] = "partial" if record["status"] == "success" else "success"
        elif kind == "output":
            twin["output_tokens"] = record["output_tokens"] + 11
        elif kind == "computed":
            twin["computed_cost_usd"] = (record["computed_cost_usd"] or Decimal(0)) + Decimal("0.25")
        if kind == "output" and rng.random() < 0.5:
            twin["team_id"] = "search"
        again.append(twin)
    return again


_BAD = (("request_id", ""), ("provider", ""), ("timestamp", "yesterday"), ("timestamp", "2027-01-01T00:00:00Z"),
        ("input_tokens", -5), ("output_tokens", 10 ** 40), ("computed_cost_usd", Decimal("-0.01")))


def write_events(world, calls, folder):
    """Writes the JSON lines and the CSV gateway; a sixth of the calls go through the CSV one."""
    rng = world.rng
    records = [make_record(world, call) for call in calls if call.seen]
    records += _duplicates(rng, records)
    for at, record in enumerate(rng.sample(records, min(len(records), 6))):
        name, value = rng.choice(_BAD)
        records.append(dict(record, request_id=f"bad-{at}", **{}) | {name: value})
    rng.shuffle(records)
    cut = len(records) // 6
    _write_csv(records[:cut], f"{folder}/legacy/events.csv")
    for record in records[cut:]:
        if record["provider"] == "bedrock" and rng.random() < 0.3:
            record["provider"] = "aws-claude"  # mended by the source's provider_map
    half = (cut + len(records)) // 2
    _write_json(rng, records[cut:half], f"{folder}/main/2026/10/a.jsonl.gz")
    _write_json(rng, records[half:], f"{folder}/main/2026/10/b.jsonl")


def _json_value(value):
    return "\x00" + format(value, "f") + "\x00" if isinstance(value, Decimal) else value


def _write_json(rng, records, path):
    lines = []
    for record in records:
        fields = {name: _json_value(value) for name, value in record.items()
                  if value not in (None, "") or rng.random() < 0.5}
        text = json.dumps(fields).replace('"\\u0000', "").replace('\\u0000"', "")
        lines.append(text + "\n")
    if rng.random() < 0.5:
        lines.insert(rng.randint(0, len(lines)), "{\"request_id\": \"cut off\n")
    data = "".join(lines).encode()
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as handle:
        handle.write(gzip.compress(data, mtime=0) if path.endswith(".gz") else data)


def _write_csv(records, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as handle:
        out = csv.DictWriter(handle, _HEADER, lineterminator="\n")
        out.writeheader()
        for record in records:
            row = {name: "" if value is None else value for name, value in record.items()}
            row["unit_price"] = json.dumps(record["unit_price"]) if record["unit_price"] else ""
            row["batch"] = "true" if record["batch"] else ""
            out.writerow(row)


def count_classes(calls):
    """Total of each class, for a look at what a company is made of."""
    return {name: sum(call.counts[name] for call in calls) for name in CLASSES}
