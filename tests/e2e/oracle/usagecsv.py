"""The generic export: one row per charge, with or without a request id."""
import json

import table
import when
from model import (BadDelivery, CHARGE_TYPES, Line, USAGE_CLASSES, provider_name, tier_name,
                   unit_factor)

_NAMES = ("provider", "request_id", "usage_start", "usage_end", "account_id", "region", "api_key_id",
          "resource_id", "model", "usage_class", "service_tier", "quantity", "unit", "cost",
          "currency", "charge_type", "invoice_id", "tags", "description")


def _header_of(source, header):
    """Internal name -> the file's header, after the source's columns map."""
    names = {name: name for name in _NAMES if name in header}
    for name, other in source.columns.items():
        if name in _NAMES and other in header:
            names[name] = other
        elif other in _NAMES and name in header:
            names[other] = name
    return names


def _line(source, cells, where):
    start = table.moment(cells.get("usage_start", ""), where)
    end = table.moment(cells["usage_end"], where) if cells.get("usage_end") else start
    charge = cells.get("charge_type") or "usage"
    usage_class = cells.get("usage_class") or None
    provider = provider_name(cells.get("provider"), source.provider_map)
    if end < start or charge not in CHARGE_TYPES or not provider:
        raise BadDelivery(f"{where}: times, charge type or provider")
    if usage_class and usage_class not in USAGE_CLASSES:
        raise BadDelivery(f"{where}: usage class {usage_class}")
    quantity = table.number(cells.get("quantity"), where)
    try:
        tags = json.loads(cells["tags"]) if cells.get("tags") else {}
    except ValueError as problem:
        raise BadDelivery(f"{where}: tags") from problem
    return Line(
        provider=provider, charge_type=charge, period=when.month(start), start=start, end=end,
        request_id=cells.get("request_id") or None, account_id=cells.get("account_id") or None,
        region=cells.get("region") or None, api_key_id=cells.get("api_key_id") or None,
        resource_id=cells.get("resource_id") or None, model=cells.get("model") or None,
        usage_class=usage_class, tier=tier_name(cells.get("service_tier")),
        quantity=None if quantity is None else quantity * unit_factor(cells.get("unit")),
        cost=table.number(cells.get("cost"), where),
        currency=(cells.get("currency") or "USD").upper(), tags=tags)


def read(source, files):
    """{(dataset, payer, day): lines} of one ingest call."""
    sets, order = {}, 0
    for path in files:
        header, rows = table.rows(path)
        names = _header_of(source, header)
        for row in rows:
            cells = {name: row[column] for name, column in names.items()}
            line = _line(source, cells, path)
            order += 1
            line.order = order
            sets.setdefault(("usage-csv", "", when.day(line.start)), []).append(line)
    return sets
