"""OpenAI: saved pages of the usage and the costs endpoints, and the dashboard's CSVs."""
import re
from fractions import Fraction

import table
import when
from model import BadDelivery, Line, tier_name

_TIERS = ("batch", "flex", "priority")
_CLASSES = {"input": "input", "cached input": "cache_read", "cache writes": "cache_write_5m",
            "output": "output"}


def split_line_item(item):
    """(model, usage class, tier) of a costs line item; nothing of a null one."""
    if not item:
        return None, None, None
    parts = [part.strip() for part in re.split(r"[|,]", item)]
    tier, usage_class, model = None, "other", None
    for part in parts:
        name = part.lower()
        if name in _TIERS:
            tier = name
        elif name == "long context":
            continue
        elif model is None:
            model = part
        elif name in _CLASSES:
            usage_class = _CLASSES[name]
    return model, usage_class, tier


def _line(start, end, where):
    if end < start:
        raise BadDelivery(f"{where}: a bucket that ends before it starts")
    return Line(provider="openai", charge_type="usage", period=when.month(start), start=start, end=end)


def _cost_line(start, end, item, where):
    """A line of the costs endpoint; item uses the endpoint's member names."""
    line = _line(start, end, where)
    amount = item.get("amount") or {}
    line.cost = table.number(amount.get("value"), where) or Fraction(0)
    line.currency = (table.text(amount.get("currency")) or "USD").upper()
    line.model, line.usage_class, line.tier = split_line_item(table.text(item.get("line_item")))
    line.account_id = table.text(item.get("project_id"))
    line.api_key_id = table.text(item.get("api_key_id"))
    quantity = table.number(item.get("quantity"), where)
    if quantity is not None:
        line.quantity = quantity * (1000 if item.get("quantity_unit") == "1000_tokens" else 1)
    return line


def _usage_lines(start, end, item, where):
    """The usage-only lines of a usage result, one per class that it states."""
    def count(name):
        return table.number(item.get(name), where)

    cached, writes = count("input_cached_tokens"), count("input_cache_write_tokens")
    uncached, total = count("input_uncached_tokens"), count("input_tokens")
    if uncached is None and total is not None:
        uncached = max(Fraction(0), total - (cached or 0) - (writes or 0))
    counts = {"input": uncached, "cache_read": cached, "cache_write_5m": writes,
              "output": count("output_tokens"), "request": count("num_model_requests")}
    batch = str(item.get("batch")).strip().lower() == "true"
    lines = []
    for usage_class, quantity in counts.items():
        if quantity is None:
            continue
        line = _line(start, end, where)
        line.usage_class, line.quantity = usage_class, quantity
        line.model, line.account_id = table.text(item.get("model")), table.text(item.get("project_id"))
        line.api_key_id = table.text(item.get("api_key_id"))
        line.tier = tier_name(table.text(item.get("service_tier")), batch)
        lines.append(line)
    return lines


def _dataset(results):
    for item in results:
        if "costs" in str(item.get("object")) or "amount" in item:
            return "costs"
        return str(item.get("object") or "organization.usage.completions.result")
    return None


def _read_page(page, where, sets):
    buckets = page.get("data") or []
    dataset = _dataset([item for bucket in buckets for item in bucket.get("results") or []])
    for bucket in buckets:
        start = table.seconds(bucket.get("start_time"), where)
        end = table.seconds(bucket.get("end_time"), where)
        lines = sets.setdefault((dataset, "", start, end), [])
        for item in bucket.get("results") or []:
            if dataset == "costs":
                lines.append(_cost_line(start, end, item, where))
            else:
                lines.extend(_usage_lines(start, end, item, where))


def _read_csv(path, sets):
    header, rows = table.rows(path)
    costs = "amount_value" in header
    for row in rows:
        start, end = table.seconds(row["start_time"], path), table.seconds(row["end_time"], path)
        lines = sets.setdefault(("costs" if costs else "usage", "csv", when.day(start)), [])
        if not any(value for name, value in row.items() if "time" not in name):
            continue
        if costs:
            item = dict(row, amount={"value": row["amount_value"], "currency": row.get("amount_currency")})
            lines.append(_cost_line(start, end, item, path))
        else:
            lines.extend(_usage_lines(start, end, row, path))


def read(source, files):
    """{set: lines} of one ingest call."""
    sets = {}
    for path in files:
        if table.is_json(path):
            for page in table.pages(path):
                _read_page(page, path, sets)
        else:
            _read_csv(path, sets)
    return sets
