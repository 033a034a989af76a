"""Times of the company's month: whole microseconds since 1970 in UTC, and how exports print them."""
from datetime import datetime, timedelta, timezone

SECOND = 10 ** 6
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def at(year, month, day):
    return (datetime(year, month, day, tzinfo=timezone.utc) - _EPOCH) // timedelta(seconds=1) * SECOND


START = at(2026, 10, 1)
END = at(2026, 11, 1)


def moment(stamp):
    return _EPOCH + timedelta(microseconds=stamp)


def iso(stamp, fraction=False):
    text = moment(stamp).strftime("%Y-%m-%dT%H:%M:%S")
    if fraction or stamp % SECOND:
        text += f".{stamp % SECOND:06d}"
    return text + "Z"


def day(stamp):
    return moment(stamp).strftime("%Y-%m-%d")


def month(stamp):
    return moment(stamp).strftime("%Y-%m")


def floor(stamp, width):
    return stamp - stamp % width


def month_window(name):
    """Start and end of the month `YYYY-MM`."""
    year, number = int(name[:4]), int(name[5:7])
    return at(year, number, 1), at(year + number // 12, number % 12 + 1, 1)
