"""OpenAI's and Anthropic's bills as saved API pages, their console CSVs included."""
import json
from dataclasses import replace
from decimal import Decimal

import bills
import clock
from cur import put
from world import write_csv

_LINE_ITEMS = {"input": "input", "cache_read": "cached input", "cache_write_5m": "cache writes",
               "output": "output"}
_TOKEN_TYPES = {"input": "uncached_input_tokens", "output": "output_tokens",
                "cache_read": "cache_read_input_tokens",
                "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
                "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens"}


def dump(value):
    """JSON text in which a Decimal keeps its own digits."""
    def mark(item):
        if isinstance(item, Decimal):
            return "\x00" + str(item) + "\x00"
        if isinstance(item, dict):
            return {name: mark(inner) for name, inner in item.items()}
        if isinstance(item, list):
            return [mark(inner) for inner in item]
        return item
    return json.dumps(mark(value)).replace('"\\u0000', "").replace('\\u0000"', "")


def save(rng, path, pages):
    """One page, an array of pages, or one page per line."""
    if len(pages) == 1 and rng.random() < 0.6:
        text = dump(pages[0])
    elif rng.random() < 0.5:
        text = dump(pages)
    else:
        text = "".join(dump(page) + "\n" for page in pages)
    put(path, text.encode())


def windows(charges):
    found = {}
    for charge in charges:
        found.setdefault((charge.start, charge.end), []).append(charge)
    return sorted(found.items())


def split(buckets, size=9):
    """Buckets in pages; a page that would have no result at all is joined to the one before."""
    found = [buckets[at:at + size] for at in range(0, len(buckets), size)]
    return [part for part in found if any(bucket["results"] for bucket in part)]


# OpenAI ----------------------------------------------------------------------------------------

class OpenAI:
    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.by_item = self.rng.random() < 0.85
        self.by_project = self.rng.random() < 0.85
        self.quantities = self.rng.random() < 0.6

    def _item(self, charge):
        if not self.by_item:
            return None
        if charge.usage_class == "other":
            return self.rng.choice(("web search tool calls", "Vector storage"))
        name = "gpt-5.5-2026-04-23" if charge.model == "gpt-5.5" else charge.model
        text = f"{name}, {_LINE_ITEMS[charge.usage_class]}"
        if charge.tier != "standard":
            text = f"{charge.tier} | {text}"
        return text + (", long context" if self.rng.random() < 0.1 else "")

    def _cost(self, charge):
        rng = self.rng
        text = bills.amount_text(rng, charge.cost)
        value = Decimal(text) if rng.random() < 0.5 else text
        result = {"object": "organization.costs.result",
                  "amount": {"value": value, "currency": charge.currency.lower()},
                  "line_item": self._item(charge), "project_id": charge.account or None,
                  "api_key_id": charge.api_key or None, "quantity": None, "quantity_unit": None}
        if not self.by_project:
            result["project_id"] = None
        if self.quantities and charge.quantity is not None:
            thousand = rng.random() < 0.3
            result["quantity"] = charge.quantity / 1000 if thousand else charge.quantity
            result["quantity_unit"] = "1000_tokens" if thousand else "tokens"
        return result

    def _bucket(self, start, end, results):
        return {"object": "bucket", "start_time": start // clock.SECOND, "end_time": end // clock.SECOND,
                "results": results}

    def _page(self, buckets):
        return {"object": "page", "data": buckets, "has_more": False, "next_page": None}

    def costs(self, charges, path):
        found = windows(charges)
        buckets = [self._bucket(start, end, [self._cost(charge) for charge in group])
                   for (start, end), group in found]
        taken = {start for (start, _), _ in found}
        empty = clock.START + 30 * clock.DAY
        if empty not in taken and buckets:
            buckets.insert(1, self._bucket(empty, empty + clock.DAY, []))
        save(self.rng, path, [self._page(part) for part in split(buckets)])

    def usage(self, charges, path):
        """Usage results per window, project and model: what the costs' quantities are checked with."""
        buckets = []
        for (start, end), group in windows(charges):
            results = {}
            for charge in group:
                key = (charge.account, charge.model, charge.tier)
                counts = results.setdefault(key, {})
                counts[charge.usage_class] = counts.get(charge.usage_class, 0) + int(charge.quantity or 0)
            buckets.append(self._bucket(start, end, [self._usage(key, counts)
                                                     for key, counts in sorted(results.items())]))
        save(self.rng, path, [self._page(part) for part in split(buckets, 20)])

    def _usage(self, key, counts):
        account, model, tier = key
        cached, writes = counts.get("cache_read", 0), counts.get("cache_write_5m", 0)
        total = counts.get("input", 0) + cached + writes
        result = {"object": "organization.usage.completions.result", "input_tokens": total,
                  "input_cached_tokens": cached, "input_cache_write_tokens": writes,
                  "output_tokens": counts.get("output", 0), "num_model_requests": 3,
                  "project_id": account or None, "model": model, "user_id": None, "api_key_id": None,
                  "batch": tier == "batch",
                  "service_tier": None if tier == "batch" else
                  self.rng.choice(("default", "standard")) if tier == "standard" else tier}
        if self.rng.random() < 0.5:
            result["input_uncached_tokens"] = counts.get("input", 0)
        if self.rng.random() < 0.1:
            result["service_tier"] = None
        return result


def write_openai(world, calls, folder):
    rng, api = world.rng, OpenAI(world)
    billed = bills.billed_calls(calls, "openai")
    charges = bills.disturb(world, bills.aggregate(world, billed, clock.DAY))
    charges += [replace(charge, usage_class=charge.usage_class if charge.usage_class in _LINE_ITEMS else "other")
                for charge in bills.bypass(world, "openai", clock.DAY, rng.randint(1, 8))]
    for charge in charges:
        charge.tags = {}
        if charge.usage_class == "cache_write_1h":
            charge.usage_class = "cache_write_5m"
    top = f"{folder}/deliveries/01-first"
    api.costs(bills.earlier(world, charges) if rng.random() < 0.5 else charges, f"{top}/costs.json")
    if rng.random() < 0.8:
        api.usage(bills.aggregate(world, billed, clock.DAY), f"{top}/usage-1d.json")
    if rng.random() < 0.6:
        api.usage(bills.aggregate(world, billed, clock.HOUR), f"{top}/usage-1h.jsonl")
    days = sorted({charge.start for charge in charges})
    late = set(rng.sample(days, len(days) // 2))
    again = [charge for charge in charges if charge.start in late]
    if again and rng.random() < 0.7:
        api.costs(again, f"{folder}/deliveries/02-restated/costs.json")
    return "deliveries"


# Anthropic -------------------------------------------------------------------------------------

class Anthropic:
    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.by_description = self.rng.random() < 0.85
        self.workspaces = self.rng.random() < 0.85

    def _dimensions(self, charge, tier=True):
        found = {"model": charge.model if charge.model == "claude-haiku-4-5"
                 else self.rng.choice(("claude-sonnet-4-6", "claude-sonnet-4-6-20260301"))}
        if self.workspaces:
            found["workspace_id"] = None if charge.account == "default" else charge.account
        found["service_tier"] = charge.tier if tier else None
        return found

    def _cost(self, charge):
        result = dict(self._dimensions(charge, charge.tier != "standard" or self.rng.random() < 0.5),
                      amount=bills.amount_text(self.rng, charge.cost * 100), currency=charge.currency,
                      cost_type="tokens", token_type=_TOKEN_TYPES.get(charge.usage_class),
                      description="usage", context_window="0-200k", inference_geo="global")
        if charge.usage_class == "other":
            result.update(cost_type="web_search", token_type=None, model=None, service_tier=None)
        if not self.by_description:
            result.update(cost_type=None, token_type=None, model=None, service_tier=None,
                          description=None, context_window=None, inference_geo=None)
        return result

    def _pages(self, charges, result_of, path, size=7):
        buckets = [{"starting_at": clock.iso(start), "ending_at": clock.iso(end),
                    "results": [result_of(charge) for charge in group]}
                   for (start, end), group in windows(charges)]
        save(self.rng, path, [{"data": part, "has_more": False, "next_page": None}
                              for part in split(buckets, size)])

    def costs(self, charges, path):
        self._pages(charges, self._cost, path)

    def _usage(self, charge):
        counts = {name: 0 for name in _TOKEN_TYPES}
        counts[charge.usage_class] = int(charge.quantity or 0)
        return dict(self._dimensions(charge), uncached_input_tokens=counts["input"],
                    cache_creation={"ephemeral_5m_input_tokens": counts["cache_write_5m"],
                                    "ephemeral_1h_input_tokens": counts["cache_write_1h"]},
                    cache_read_input_tokens=counts["cache_read"], output_tokens=counts["output"],
                    server_tool_use={"web_search_requests": 0}, api_key_id=None,
                    context_window="0-200k", inference_geo="global")

    def usage(self, charges, path):
        self._pages(charges, self._usage, path, 20)

    def console(self, charges, path):
        """The console's cost CSV: dollars, by day."""
        header = ("usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,"
                  "list_price_usd,cost_type,inference_geo,speed").split(",")
        rows = []
        for charge in charges:
            tokens = charge.usage_class in _TOKEN_TYPES
            cost = charge.cost.quantize(Decimal("0.01"))
            rows.append((clock.day(charge.start), charge.model, "" if charge.account == "default"
                         else charge.account, charge.api_key, charge.tier, "0-200k",
                         _TOKEN_TYPES.get(charge.usage_class, ""), cost, cost,
                         "tokens" if tokens else "web_search", "global", "standard"))
        write_csv(path, header, rows)


def write_anthropic(world, calls, folder):
    rng, api = world.rng, Anthropic(world)
    billed = bills.billed_calls(calls, "anthropic")
    charges = bills.disturb(world, bills.aggregate(world, billed, clock.DAY))
    charges += bills.bypass(world, "anthropic", clock.DAY, rng.randint(1, 8))
    for charge in charges:
        charge.api_key = charge.api_key if rng.random() < 0.5 else ""
    if rng.random() < 0.2:
        api.console([replace(charge, currency="USD") for charge in charges], f"{folder}/cost.csv")
    else:
        api.costs(charges, f"{folder}/cost_report.json")
    if rng.random() < 0.8:
        api.usage(bills.aggregate(world, billed, clock.DAY), f"{folder}/usage-1d.json")
    if rng.random() < 0.4:
        api.usage(bills.aggregate(world, billed, clock.HOUR), f"{folder}/usage-1h.jsonl")
    return "."
