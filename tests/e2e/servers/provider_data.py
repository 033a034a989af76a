"""Made-up but consistent provider data: a seed gives usage per day, and the costs that follow from it by a price table.

Rows have every dimension filled; the server sums them to the dimensions asked for. Amounts are Decimals of dollars.
"""
import datetime
import random
from decimal import Decimal

# Dollars per million tokens: input, cached input, cache write (5 minutes), output
OPENAI = {"gpt-5.5-2026-04-23": ("1.25", "0.125", "0", "10"), "gpt-5.6-mini-2026-08-07": ("0.25", "0.025", "0", "2"),
          "gpt-4.1-nano-2025-04-14": ("0.10", "0.025", "0", "0.40")}
ANTHROPIC = {"claude-opus-4-8": ("5", "0.5", "6.25", "25"), "claude-sonnet-4-6": ("3", "0.3", "3.75", "15"),
             "claude-haiku-4-5-20251001": ("1", "0.1", "1.25", "5")}
OPENROUTER = {("openai/gpt-4.1", "openai/gpt-4.1-2025-04-14", "OpenAI"): ("2", "8"),
              ("mistralai/mistral-small", "mistralai/mistral-small-3.2-24b", "Mistral"): ("0.1", "0.3")}


def days(first, count):
    start = datetime.date.fromisoformat(first)
    return [(start + datetime.timedelta(d)).isoformat() for d in range(count)]


def price(tokens, per_million):
    return Decimal(tokens) * Decimal(per_million) / 1_000_000


def _openai(rng, usage, costs):
    for project in ("proj_alpha", "proj_beta"):
        for model, (fresh, cached, _, out) in OPENAI.items():
            if rng.random() < 0.15:
                continue
            asked, hits, said = rng.randrange(10_000, 5_000_000), rng.randrange(0, 9_000), rng.randrange(1_000, 900_000)
            key = f"key_{project[5:]}"
            usage.append({"input_tokens": asked, "output_tokens": said, "input_cached_tokens": hits, "input_uncached_tokens": asked - hits,
                          "input_cache_write_tokens": 0, "input_audio_tokens": 0, "output_audio_tokens": 0,
                          "num_model_requests": rng.randrange(10, 4000), "project_id": project, "user_id": f"user-{project[5:]}",
                          "api_key_id": key, "model": model, "batch": False, "service_tier": "default"})
            for item, tokens, rate in (("input", asked - hits, fresh), ("cached input", hits, cached), ("output", said, out)):
                costs.append({"amount": price(tokens, rate), "line_item": f"{model}, {item}", "project_id": project, "api_key_id": key,
                              "quantity": tokens, "quantity_unit": "tokens"})


def _anthropic(rng, usage, costs):
    for workspace, key in ((None, "apikey_01default"), ("wrkspc_01research", "apikey_01research")):
        for model, (fresh, read, write, out) in ANTHROPIC.items():
            counts = [rng.randrange(0, top) for top in (3_000_000, 900_000, 400_000, 700_000)]
            searches = rng.randrange(0, 20)
            usage.append({"uncached_input_tokens": counts[0], "cache_read_input_tokens": counts[1],
                          "cache_creation": {"ephemeral_5m_input_tokens": counts[2], "ephemeral_1h_input_tokens": 0},
                          "output_tokens": counts[3], "server_tool_use": {"web_search_requests": searches}, "api_key_id": key,
                          "workspace_id": workspace, "model": model, "service_tier": "standard", "context_window": "0-200k",
                          "inference_geo": "global"})
            kinds = (("uncached_input_tokens", "Input Tokens", fresh), ("cache_read_input_tokens", "Input Tokens, Cache Read", read),
                     ("cache_creation.ephemeral_5m_input_tokens", "Input Tokens, Cache Write", write),
                     ("output_tokens", "Output Tokens", out))
            for (kind, words, rate), count in zip(kinds, counts):
                costs.append({"amount": price(count, rate), "workspace_id": workspace, "description": f"{model} Usage - {words}",
                              "cost_type": "tokens", "token_type": kind, "model": model, "service_tier": "standard",
                              "context_window": "0-200k", "inference_geo": "global"})
            costs.append({"amount": Decimal(searches) / 100, "workspace_id": workspace, "description": "Web Search Usage",
                          "cost_type": "web_search", "token_type": None, "model": None, "service_tier": None, "context_window": None,
                          "inference_geo": None})


def _openrouter(rng, day, rows):
    for (slug, permaslug, provider), (fresh, out) in OPENROUTER.items():
        asked, said = rng.randrange(1000, 400_000), rng.randrange(1000, 90_000)
        rows.append({"date": day, "model": slug, "model_permaslug": permaslug, "endpoint_id": f"550e8400-e29b-41d4-a716-{len(slug):012d}",
                     "provider_name": provider, "usage": price(asked, fresh) + price(said, out), "byok_usage_inference": Decimal(0),
                     "requests": rng.randrange(1, 300), "prompt_tokens": asked, "completion_tokens": said,
                     "reasoning_tokens": rng.randrange(0, 900)})


def make(seed=1, first="2026-10-01", count=31):
    """→ {dataset: {day: rows}}, for every dataset there is data of."""
    rng = random.Random(seed)
    data = {name: {} for name in ("usage/completions", "usage/embeddings", "costs", "usage_report/messages", "cost_report", "activity")}
    for day in days(first, count):
        rows = {name: data[name].setdefault(day, []) for name in data}
        _openai(rng, rows["usage/completions"], rows["costs"])
        tokens = rng.randrange(1000, 2_000_000)
        common = {"project_id": "proj_alpha", "api_key_id": "key_alpha"}
        rows["usage/embeddings"].append({"input_tokens": tokens, "num_model_requests": rng.randrange(1, 500), "user_id": "user-alpha",
                                         "model": "text-embedding-3-small", **common})
        rows["costs"].append({"amount": price(tokens, "0.02"), "line_item": "text-embedding-3-small, input", "quantity": tokens,
                              "quantity_unit": "tokens", **common})
        _anthropic(rng, rows["usage_report/messages"], rows["cost_report"])
        _openrouter(rng, day, rows["activity"])
    return data


def total(data, dataset, first=None, last=None):
    """The dollars of a dataset's days, both inclusive."""
    field = "usage" if dataset == "activity" else "amount"
    return sum((row[field] for day, rows in data[dataset].items() if (not first or day >= first) and (not last or day <= last)
                for row in rows), Decimal(0))
