"""Anthropic: saved pages of the usage and cost reports, and the console's CSVs."""
import table
import when
from model import BadDelivery, Line, tier_name

_CLASSES = {
    "uncached_input_tokens": "input", "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
}


def _line(start, end, item):
    line = Line(provider="anthropic", charge_type="usage", period=when.month(start), start=start, end=end)
    if "workspace_id" in item:
        line.account_id = table.text(item["workspace_id"]) or "default"
    line.model = table.text(item.get("model"))
    line.tier = tier_name(table.text(item.get("service_tier")))
    line.api_key_id = table.text(item.get("api_key_id"))
    return line


def _class_of(item):
    token_type = table.text(item.get("token_type"))
    if token_type:
        return _CLASSES.get(token_type, "other")
    return None if table.text(item.get("cost_type")) in (None, "tokens") else "other"


def _cost_line(start, end, item, where):
    line = _line(start, end, item)
    cents = table.number(item.get("amount"), where)
    if cents is None:
        raise BadDelivery(f"{where}: a cost without amount")
    line.cost = cents / 100
    line.currency = (table.text(item.get("currency")) or "USD").upper()
    line.usage_class = _class_of(item)
    return line


def _usage_lines(start, end, item, where):
    created = item.get("cache_creation") or {}
    counts = {
        "input": item.get("uncached_input_tokens"), "cache_read": item.get("cache_read_input_tokens"),
        "cache_write_5m": created.get("ephemeral_5m_input_tokens"),
        "cache_write_1h": created.get("ephemeral_1h_input_tokens"),
        "output": item.get("output_tokens"),
    }
    lines = []
    for usage_class, value in counts.items():
        quantity = table.number(value, where)
        if quantity is not None:
            line = _line(start, end, item)
            line.usage_class, line.quantity = usage_class, quantity
            lines.append(line)
    return lines


def _read_page(page, where, sets):
    buckets = page.get("data") or []
    items = [item for bucket in buckets for item in bucket.get("results") or []]
    costs = any("amount" in item for item in items)
    dataset = None if not items else "cost_report" if costs else "usage_report"
    for bucket in buckets:
        start = table.moment(bucket.get("starting_at"), where)
        end = table.moment(bucket.get("ending_at"), where)
        lines = sets.setdefault((dataset, "", start, end), [])
        for item in bucket.get("results") or []:
            if costs:
                lines.append(_cost_line(start, end, item, where))
            else:
                lines.extend(_usage_lines(start, end, item, where))


def _csv_item(row):
    """A console row under the API's member names."""
    item = {"workspace_id": row["workspace"]} if "workspace" in row else {}
    item.update(model=row.get("model") or row.get("model_version"), api_key_id=row.get("api_key"))
    if row.get("usage_type") in ("batch", "standard", "priority", "flex"):
        item["service_tier"] = row["usage_type"]
    if "cost_usd" in row:
        item.update(token_type=row.get("token_type"), cost_type=row.get("cost_type"))
    else:
        item.update(
            uncached_input_tokens=row.get("usage_input_tokens_no_cache"),
            cache_read_input_tokens=row.get("usage_input_tokens_cache_read"),
            output_tokens=row.get("usage_output_tokens"),
            cache_creation={"ephemeral_5m_input_tokens": row.get("usage_input_tokens_cache_write_5m"),
                            "ephemeral_1h_input_tokens": row.get("usage_input_tokens_cache_write_1h")})
    return item


def _read_csv(path, sets):
    header, rows = table.rows(path)
    costs = "cost_usd" in header
    for row in rows:
        start = table.moment(row["usage_date_utc"], path)
        end = start + when.DAY
        lines = sets.setdefault(("cost_csv" if costs else "usage_csv", "", when.day(start)), [])
        item = _csv_item(row)
        if costs:
            line = _line(start, end, item)
            line.cost = table.number(row["cost_usd"], path)
            line.usage_class = _class_of(item)
            lines.append(line)
        else:
            lines.extend(_usage_lines(start, end, item, path))


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
