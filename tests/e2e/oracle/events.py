"""Gateway events: JSON lines or CSV. Rows that cannot be used are left out; repeats count once."""
import csv
import gzip
import hashlib
import io
import json
from decimal import Decimal

import exact
import when
from model import Event, provider_name, tier_name

_ENVIRONMENTS = {"production": "prod", "development": "dev", "stage": "staging", "evaluation": "eval"}
_RANK = {"success": 0, "partial": 1}
MAX_COUNT = 10 ** 15


class Quarantined(Exception):
    """A row that cannot be used, with the reason."""


def read_bytes(path):
    with open(path, "rb") as handle:
        data = handle.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data


def _records(path):
    """Yields the rows of one file as dictionaries; None for a line that is no record."""
    text = read_bytes(path).decode("utf-8-sig")
    if text.lstrip()[:1] in ("{", "["):
        for line in text.split("\n"):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_float=Decimal)
            except ValueError:
                record = None
            yield record if isinstance(record, dict) else None
    else:
        yield from csv.DictReader(io.StringIO(text, newline=""))


def _text(record, name):
    value = record.get(name)
    if value is None or isinstance(value, (dict, list)):
        return ""
    return str(value).strip()


def _count(record, name):
    try:
        value = exact.maybe(record.get(name))
    except exact.BadNumber as problem:
        raise Quarantined(name) from problem
    if value is None:
        return 0
    if value < 0 or value > MAX_COUNT or value.denominator != 1:
        raise Quarantined(name)
    return int(value)


def _computed(record):
    try:
        value = exact.maybe(record.get("computed_cost_usd"))
    except exact.BadNumber as problem:
        raise Quarantined("computed_cost_usd") from problem
    if value is not None and value < 0:
        raise Quarantined("computed_cost_usd")
    return value


def _unit_price(record):
    value = record.get("unit_price")
    if isinstance(value, str):
        value = json.loads(value, parse_float=Decimal) if value.strip() else None
    return value or {}


def _is_true(record, name):
    return _text(record, name).lower() in ("true", "1", "t", "yes")


def _event(record, source, refdata, latest):
    if record is None:
        raise Quarantined("no record")
    request_id = _text(record, "request_id")
    provider = provider_name(_text(record, "provider"), source.provider_map)
    if not request_id or not provider:
        raise Quarantined("request_id or provider")
    try:
        stamp = when.parse(_text(record, "timestamp"))
    except when.BadTime as problem:
        raise Quarantined("timestamp") from problem
    if stamp > latest:
        raise Quarantined("future")
    read = _count(record, "cache_read_input_tokens")
    write = _count(record, "cache_write_input_tokens")
    hourly = _count(record, "cache_write_1h_input_tokens")
    total = _count(record, "input_tokens")
    environment = _text(record, "environment")
    return Event(
        provider=provider, request_id=request_id, stamp=stamp,
        day=when.day(stamp), month=when.month(stamp),
        model=refdata.canonical(provider, _text(record, "model")),
        team_id=_text(record, "team_id"), service=_text(record, "service"),
        environment=_ENVIRONMENTS.get(environment, environment),
        tenant=_text(record, "tenant_id"), feature=_text(record, "feature"),
        account_id=_text(record, "account_id") or None, region=_text(record, "region") or None,
        api_key_id=_text(record, "api_key_id") or None,
        resource_id=_text(record, "resource_id") or None,
        tier=tier_name(_text(record, "service_tier"), _is_true(record, "batch")) or "standard",
        status=_text(record, "status") or "success", input_tokens=total,
        counts={"input": max(0, total - read - write), "cache_read": read,
                "cache_write_5m": max(0, write - hourly), "cache_write_1h": hourly,
                "output": _count(record, "output_tokens")},
        computed=_computed(record), version=_text(record, "billing_rule_version"),
        unit_price=_unit_price(record),
        digest=hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode()).hexdigest())


def read(sources, refdata, as_of):
    """All counted events of the event sources: {key: Event}, and how many rows were quarantined."""
    latest = as_of + when.DAY
    counted, quarantined = {}, 0
    for source in sources:
        for call in source.calls():
            for path in call:
                for record in _records(path):
                    try:
                        event = _event(record, source, refdata, latest)
                    except Quarantined:
                        quarantined += 1
                        continue
                    known = counted.get(event.key)
                    if known is None or _order(event) < _order(known):
                        counted[event.key] = event
    return counted, quarantined


def _order(event):
    """Smaller is the one that counts."""
    missing = event.computed is None
    return (_RANK.get(event.status, 2), -event.counts["output"], missing,
            0 if missing else -event.computed, event.digest)
