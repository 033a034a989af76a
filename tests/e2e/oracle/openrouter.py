"""OpenRouter's activity CSV: one row per generation with its cost, no usage class."""
import table
import when
from model import Line


def read(source, files):
    """{(dataset, payer, day): lines} of one ingest call."""
    sets, order = {}, 0
    for path in files:
        _, rows = table.rows(path)
        for row in rows:
            order += 1
            stamp = table.moment(row.get("created_at", ""), path)
            line = Line(
                provider="openrouter", charge_type="usage", period=when.month(stamp),
                start=stamp, end=stamp, request_id=row.get("generation_id") or None,
                model=row.get("model_permaslug") or None, api_key_id=row.get("api_key_name") or None,
                cost=table.number(row.get("cost_total"), path), order=order)
            sets.setdefault(("activity", "", when.day(stamp)), []).append(line)
    return sets
