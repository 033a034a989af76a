"""Exact numbers: decimal text in, rationals inside, decimal text out. No floats anywhere.

share() is the one rule by which an amount is split; everything that is divided goes through it.
"""
import re
from decimal import Decimal
from fractions import Fraction

MAX_INTEGER_DIGITS = 30
MAX_FRACTION_DIGITS = 36
UNITS = 10 ** 12  # a share has twelve decimals

_NUMBER = re.compile(r"^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$")


class BadNumber(ValueError):
    """Text that is no number, or one too long to be money."""


def parse(text):
    """The rational that decimal text (or an int or Decimal from JSON) stands for."""
    if isinstance(text, bool):
        raise BadNumber(str(text))
    if isinstance(text, int) and abs(text) < 10 ** MAX_INTEGER_DIGITS:
        return Fraction(text)
    if isinstance(text, (int, Decimal)):
        text = str(text)
    if not isinstance(text, str):
        raise BadNumber(repr(text))
    found = _NUMBER.match(text.strip())
    if not found or not (found[2] or found[3]):
        raise BadNumber(text)
    digits = (found[2] or "") + (found[3] or "")
    point = len(found[2] or "") + int(found[4] or 0)
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    stripped = stripped.rstrip("0")
    if not stripped:
        return Fraction(0)
    if point > MAX_INTEGER_DIGITS or len(stripped) - point > MAX_FRACTION_DIGITS:
        raise BadNumber(text)
    shift = point - len(stripped)
    value = Fraction(int(stripped))
    value = value * 10 ** shift if shift >= 0 else value / 10 ** -shift
    return -value if found[1] == "-" else value


def maybe(text):
    """As parse(), but nothing stays nothing."""
    if text is None or (isinstance(text, str) and text.strip() == ""):
        return None
    return parse(text)


def floor(value):
    return value.numerator // value.denominator


def share(amount, cells):
    """Splits an exact amount over {key: weight}; the weights must not sum to zero.

    Twelve decimals by largest remainder, ties by key order; what the amount has below the
    twelfth decimal goes to the first cell in key order.
    """
    keys = sorted(cells)
    weights = {key: Fraction(cells[key]) for key in keys}
    total = sum(weights.values())
    if total == 0:
        raise ZeroDivisionError("weights sum to zero")
    sign = -1 if amount < 0 else 1
    size = abs(Fraction(amount))
    units = floor(size * UNITS)
    got, remainder = {}, {}
    for key in keys:
        ideal = units * weights[key] / total
        got[key] = floor(ideal)
        remainder[key] = ideal - got[key]
    left = units - sum(got.values())
    largest = sorted(range(len(keys)), key=lambda at: (-remainder[keys[at]], at))
    for at in largest[:left]:
        got[keys[at]] += 1
    result = {key: Fraction(got[key], UNITS) for key in keys}
    result[keys[0]] += size - Fraction(units, UNITS)
    return {key: sign * value for key, value in result.items()}


def round_half_even(value, places):
    scale = 10 ** places
    scaled = Fraction(value) * scale
    whole = floor(scaled)
    rest = scaled - whole
    half = Fraction(1, 2)
    if rest > half or (rest == half and whole % 2 != 0):
        whole += 1
    return Fraction(whole, scale)


def round_half_away(value, places):
    scale = 10 ** places
    value = Fraction(value)
    whole = floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(-whole if value < 0 else whole, scale)


def show(value, at_least=2):
    """Decimal text of an exact value: trailing zeros trimmed, at least two decimals."""
    value = Fraction(value)
    bottom, places = value.denominator, 0
    while bottom % 10 == 0:
        bottom, places = bottom // 10, places + 1
    while bottom % 2 == 0:
        bottom, places = bottom // 2, places + 1
    while bottom % 5 == 0:
        bottom, places = bottom // 5, places + 1
    if bottom != 1:
        raise ValueError(f"{value} has no finite decimal text")
    places = max(places, at_least)
    return fixed(value, places)


def fixed(value, places):
    """Decimal text with exactly that many decimals; the value must have no more."""
    scaled = Fraction(value) * 10 ** places
    if scaled.denominator != 1:
        raise ValueError(f"{value} has more than {places} decimals")
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    text = digits[:-places] + "." + digits[-places:] if places else digits
    return ("-" if scaled < 0 else "") + text
