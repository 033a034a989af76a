"""CSV rows and JSON pages of bill files, with the errors that refuse a delivery."""
import csv
import io
import json
from decimal import Decimal

import exact
import when
from events import read_bytes
from model import BadDelivery


def rows(path):
    """(header, rows as dictionaries) of a CSV file, plain or gzip."""
    text = read_bytes(path).decode("utf-8-sig")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    found = []
    for row in reader:
        if None in row:
            raise BadDelivery(f"{path}: more cells than columns")
        found.append({name: (value or "").strip() for name, value in row.items()})
    return list(reader.fieldnames or []), found


def pages(path):
    """The API pages that a file holds: one page, an array of pages, or one page per line."""
    text = read_bytes(path).decode("utf-8-sig")
    try:
        return _as_pages(json.loads(text, parse_float=Decimal))
    except ValueError:
        pass
    found = []
    for line in text.split("\n"):
        if line.strip():
            try:
                found.extend(_as_pages(json.loads(line, parse_float=Decimal)))
            except ValueError as problem:
                raise BadDelivery(f"{path}: {problem}") from problem
    return found


def _as_pages(value):
    return value if isinstance(value, list) else [value]


def is_json(path):
    return read_bytes(path).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def number(value, where):
    """A rational, or nothing; what is no number refuses the delivery."""
    try:
        return exact.maybe(value)
    except exact.BadNumber as problem:
        raise BadDelivery(f"{where}: not a number: {problem}") from problem


def moment(text, where):
    try:
        return when.parse(text)
    except when.BadTime as problem:
        raise BadDelivery(f"{where}: not a time: {problem}") from problem


def seconds(value, where):
    try:
        return when.from_seconds(value)
    except when.BadTime as problem:
        raise BadDelivery(f"{where}: not a time: {problem}") from problem


def text(value):
    """Text, or nothing for null and empty."""
    return str(value).strip() or None if value is not None else None
