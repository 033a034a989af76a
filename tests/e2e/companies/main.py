#!/usr/bin/env python3
"""A small random company: reference data, gateway events, and bills with a provider's faults.

    main.py --seed N --out DIR

The same seed gives the same bytes. Beside closebook.yaml it writes calls.tsv (source, path: the
ingest calls in order) and as-of.txt (the clock to run it with).
"""
import argparse
import os
import random
import sys

sys.dont_write_bytecode = True

import cur  # noqa: E402
import generic  # noqa: E402
import pages  # noqa: E402
import traffic  # noqa: E402
import world as places  # noqa: E402

AS_OF = "2026-11-06T06:00:00Z"
_COLUMNS = {"cost": "Amount", "request_id": "Request ID", "usage_start": "From"}


def _source(world, name, kind, path, provider=None):
    """The lines of one source in the configuration."""
    rng = world.rng
    lines = [f"  - name: {name}", f"    type: {kind}", f"    uri: {path}"]
    if provider in world.default_account and places.ACCOUNTS[provider][0]:
        lines.append(f"    defaults: {{account_id: \"{places.ACCOUNTS[provider][0]}\"}}")
    choices = {
        "aws-cur": ("[account_id, model, usage_class]", "[region, model, usage_class, service_tier]"),
        "openai": ("[model, usage_class]", "[account_id, model, usage_class]"),
        "anthropic": ("[model, usage_class, service_tier]", "[account_id]"),
        "usage-csv": ("[model, usage_class]", "[account_id, model, usage_class, service_tier]"),
    }
    if kind in choices and rng.random() < 0.2:
        lines.append(f"    match_on: {rng.choice(choices[kind])}")
    return lines


def write_config(world, out, paths):
    rng = world.rng
    lines = ["refdata_dir: refdata"]
    if rng.random() < 0.6:
        lines.append(f"threshold: {{percent: {rng.choice(('3', '2.5', '0'))}, "
                     f"amount: {rng.choice(('500', '0.01', '1.5'))}}}")
    lines.append(f"residual: {'pro_rata' if world.pro_rata else 'unattributed'}")
    lines += ["settle_days: 3", "sources:"]
    lines += _source(world, "gateway", "events", "events/main")
    lines.append("    provider_map: {aws-claude: bedrock}")
    lines += _source(world, "legacy", "events", "events/legacy")
    for name, kind, provider in (("aws", "aws-cur", "bedrock"), ("openai", "openai", "openai"),
                                 ("anthropic", "anthropic", "anthropic"),
                                 ("openrouter", "openrouter", "openrouter"),
                                 ("acme", "usage-csv", "acme_llm"), ("lumen", "usage-csv", "lumen_llm")):
        lines += _source(world, name, kind, paths[name], provider)
        if name == "acme" and paths["acme columns"]:
            mapped = ", ".join(f"{value}: {key}" for key, value in paths["acme columns"].items())
            lines.append(f"    columns: {{{mapped}}}")
    with open(f"{out}/closebook.yaml", "w", encoding="utf-8") as handle:
        handle.write("\n".join(lines) + "\n")


def write_calls(out, paths):
    """The ingest calls in order: one per source, or one per folder of a source's deliveries."""
    rows = [("gateway", "events/main"), ("legacy", "events/legacy")]
    for name in ("aws", "openai", "anthropic", "openrouter", "acme", "lumen"):
        path = paths[name]
        if os.path.basename(path) == "deliveries":
            rows += [(name, f"{path}/{inner}") for inner in sorted(os.listdir(f"{out}/{path}"))]
        else:
            rows.append((name, path))
    with open(f"{out}/calls.tsv", "w", encoding="utf-8") as handle:
        handle.writelines(f"{name}\t{path}\n" for name, path in rows)
    with open(f"{out}/as-of.txt", "w", encoding="utf-8") as handle:
        handle.write(AS_OF + "\n")


def make(seed, out):
    world = places.World(random.Random(seed))
    os.makedirs(out, exist_ok=True)
    world.write(f"{out}/refdata")
    calls = traffic.make_calls(world)
    traffic.write_events(world, calls, f"{out}/events")
    columns = _COLUMNS if world.rng.random() < 0.3 else {}
    below = {
        "aws": cur.write(world, calls, f"{out}/bills/aws"),
        "openai": pages.write_openai(world, calls, f"{out}/bills/openai"),
        "anthropic": pages.write_anthropic(world, calls, f"{out}/bills/anthropic"),
        "openrouter": generic.write_openrouter(world, calls, f"{out}/bills/openrouter"),
        "acme": generic.write_requests(world, calls, f"{out}/bills/acme", columns),
        "lumen": generic.write_windows(world, calls, f"{out}/bills/lumen"),
    }
    paths = {name: os.path.normpath(f"bills/{name}/{inner}") for name, inner in below.items()}
    paths["acme columns"] = columns
    write_config(world, out, paths)
    write_calls(out, paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    make(options.seed, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
