"""variance.csv: computed against billed, per business unit, with the causes of the difference."""
import csv
from fractions import Fraction

import exact
import when
from books import CAUSES, NOBODY

HEADER = ("period,business_unit,computed_usd,usage_billed_usd,variance_usd,variance_pct,tolerance_usd,"
          "status,rating_usd,rate_usd,quantity_usd,unbilled_usd,unmetered_usd,timing_usd,rounding_usd,"
          "charges_usd,billed_usd").split(",")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def text_cell(text):
    """A text that a spreadsheet would take for a formula gets a leading apostrophe."""
    return "'" + text if text.startswith(_FORMULA) else text


def _tolerance(config, refdata, unit, usage, last_day):
    row = refdata.unit_row(unit, last_day) if unit != NOBODY else None
    percent = exact.maybe(row["threshold_pct"]) if row else None
    amount = exact.maybe(row["threshold_usd"]) if row else None
    percent = config.percent if percent is None else percent
    amount = config.amount if amount is None else amount
    return max(percent / 100 * abs(usage), amount)


def _row(unit, computed, usage, causes, charges):
    variance = usage - computed
    causes = dict(causes)
    causes["rounding"] = variance - sum(causes.get(name, Fraction(0)) for name in CAUSES[:-1])
    return {"unit": unit, "computed": computed, "usage": usage, "variance": variance,
            "causes": {name: causes.get(name, Fraction(0)) for name in CAUSES},
            "charges": charges, "billed": usage + charges, "tolerance": None}


def compute(config, refdata, books, period):
    """The rows in their order; amounts exact."""
    units = sorted((refdata.units_in(period) | books.units()) - {NOBODY}) + [NOBODY]
    last_day = when.month_bounds(period)[2]
    rows = []
    for unit in units:
        row = _row(unit, books.computed[unit], books.usage[unit], books.causes[unit], books.charges[unit])
        row["tolerance"] = _tolerance(config, refdata, unit, row["usage"], last_day)
        rows.append(row)
    causes = {name: sum(row["causes"][name] for row in rows) for name in CAUSES}
    rows.append(_row("TOTAL", *(sum(row[name] for row in rows) for name in ("computed", "usage")),
                     causes, sum(row["charges"] for row in rows)))
    return rows


def _percent(row):
    if row["usage"] == 0:
        return ""
    return exact.fixed(exact.round_half_away(row["variance"] / row["usage"] * 100, 6), 6)


def _status(row):
    if row["tolerance"] is None:
        return ""
    return "breach" if abs(row["variance"]) > row["tolerance"] else "within"


def write(path, period, rows):
    with open(path, "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(HEADER)
        for row in rows:
            tolerance = "" if row["tolerance"] is None else exact.show(row["tolerance"])
            causes = row["causes"]
            out.writerow(
                [period, text_cell(row["unit"]), exact.show(row["computed"]), exact.show(row["usage"]),
                 exact.show(row["variance"]), _percent(row), tolerance, _status(row)]
                + [exact.show(causes[name]) for name in CAUSES]
                + [exact.show(row["charges"]), exact.show(row["billed"])])
