"""Times as whole microseconds since 1970 in UTC; days and months as ISO text.

Digits below the microsecond are cut, never rounded, so that the last instant of a month stays in it.
"""
import re
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 10 ** 6
HOUR = 3600 * SECOND
DAY = 24 * HOUR

_TIME = re.compile(
    r"^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?"
    r"\s*(Z|z|UTC|[+-]\d\d:?\d\d)?)?$")


class BadTime(ValueError):
    """Text that is no time."""


def parse(text):
    """Microseconds of an ISO 8601 time; without a zone it is UTC."""
    found = _TIME.match(text.strip()) if isinstance(text, str) else None
    if not found:
        raise BadTime(repr(text))
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    micros = int((found[7] or "").ljust(6, "0")[:6])
    try:
        base = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError as problem:
        raise BadTime(text) from problem
    stamp = (base - EPOCH) // timedelta(seconds=1) * SECOND + micros
    zone = found[8] or "Z"
    if zone[0] in "+-":
        offset = int(zone[1:3]) * HOUR + int(zone[-2:]) * 60 * SECOND
        stamp += -offset if zone[0] == "+" else offset
    return stamp


def from_seconds(value):
    """Microseconds of Unix seconds given as a whole number, also as `1790812800.0`."""
    text = str(value).strip()
    if not re.match(r"^\d{1,12}(\.0+)?$", text):
        raise BadTime(text)
    return int(text.split(".")[0]) * SECOND


def _moment(stamp):
    return EPOCH + timedelta(microseconds=stamp)


def day(stamp):
    return _moment(stamp).strftime("%Y-%m-%d")


def month(stamp):
    return _moment(stamp).strftime("%Y-%m")


def month_bounds(period):
    """First day of the month, first day of the next, last day; as ISO dates."""
    year, number = int(period[:4]), int(period[5:7])
    first = datetime(year, number, 1)
    following = datetime(year + number // 12, number % 12 + 1, 1)
    last = following - timedelta(days=1)
    return tuple(moment.strftime("%Y-%m-%d") for moment in (first, following, last))
