#!/usr/bin/env python3
"""Chargeback: models and re-allocations, on companies worked out by hand and on generated ones against the oracle's rationals;
then a month closed with them, by people with logins of their own."""
import collections
import csv
import io
import json
import pathlib
import random
import sys
import urllib.parse
from fractions import Fraction

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "oracle"))

import chargeback  # noqa: E402
import exact  # noqa: E402
import harness  # noqa: E402
from harness import CONTROL, DONE, USAGE, Company, equal, ok  # noqa: E402

PERIOD = "2026-10"
AS_OF = "2026-11-04T05:00:00Z"
ACCOUNTS = {"clearing": "2150", "clearing:mistral": "2151", "suspense": "2999", "recovery": "4900", "central": "6999"}
CHARGES = ("tax", "credit", "refund", "discount", "fee", "adjustment")
CONFIG = "threshold: {percent: 1000000, amount: 1000000000000}\nsources:\n  - {name: gateway, type: events}\n  - {name: bills, type: usage-csv}\n"
SEEDS = [1, 2, 3, 4, 5, 6, 7, 8]


class Case:
    """A company: teams of business units; bills (provider, team) → cost; charges (provider, type) → amount, of which each type has
    a business unit that bears it; calls [(provider, team, input incl. cache, cached, output, cost)]; rows of the two files."""

    def __init__(self, teams, bills, models="", moves="", charges=None, bearers=None, calls=(), reach="2026-11-01"):
        self.teams, self.bills, self.models, self.moves = teams, bills, models, moves
        self.charges, self.bearers, self.calls, self.reach = charges or {}, bearers or {}, calls, reach
        self.unit_of = {team: unit for unit, names in teams.items() for team in names}

    def place(self, unit, team):
        if unit == "unattributed":
            return "", ACCOUNTS["suspense"]
        return ("T-" + team if team.endswith("2") else "CC-" + unit), "64-" + unit

    def refdata(self):
        providers = sorted({p for p, *_ in [*self.bills, *self.charges, *self.calls]})
        rows = lambda header, lines: "\n".join([header, *lines, ""])
        return {
            "business_units.csv": rows("business_unit_id,cost_center,expense_account,owner_login",
                                       [f"{u},CC-{u},64-{u},sally" for u in self.teams]),
            "teams.csv": rows("team_id,business_unit_id,cost_center",
                              [f"{t},{u},{'T-' + t if t.endswith('2') else ''}" for t, u in self.unit_of.items()]),
            "owners.csv": rows("provider,match_kind,match_value,team_id", [f"{p},account,acc-{t},{t}" for p in providers for t in self.unit_of]),
            "prices.csv": rows("billing_rule_version,provider,model,usage_class,per_units,price_usd",
                               [f"v1,{p},m-1,{c},1000000,1" for p in providers for c in ("input", "cache_read", "output")]),
            "allocations.csv": rows("charge_type,method,target", [f"{t},business_unit,{u}" for t, u in self.bearers.items()]),
            "accounts.csv": rows("role,account", [f"{role},{account}" for role, account in ACCOUNTS.items()]),
            "chargeback.csv": rows("business_unit_id,model,markup,pool_usd,from_tokens,to_tokens,usd_per_million,valid_from,valid_to", [self.models.strip()] if self.models else []),
            "reallocations.csv": rows("from_business_unit,basis,to_business_unit,share,valid_from,valid_to", [self.moves.strip()] if self.moves else []),
        }

    def bill(self):
        out = io.StringIO()
        write = csv.writer(out, lineterminator="\n").writerow
        write("provider usage_start usage_end account_id model usage_class quantity unit cost charge_type invoice_id".split())
        for (provider, team), cost in self.bills.items():
            write([provider, "2026-10-10", "2026-10-11", "acc-" + team, "m-1", "other", 1, "items", cost, "usage", "INV-1"])
        for (provider, kind), amount in self.charges.items():
            write([provider, "2026-10-10", "2026-10-11", "", "", "", "", "", amount, kind, "INV-1"])
        days = [f"2026-10-{day:02}" for day in range(1, 32)] + ["2026-11-01"]
        for provider in sorted({p for p, *_ in self.calls}):
            for day, end in zip(days, days[1:]):
                if end <= self.reach:  # what is later is estimated
                    write([provider, day, end, "gw", "m-1", "other", 1, "items", "0", "usage", "INV-1"])
        return out.getvalue()

    def events(self):
        lines = []
        for n, (provider, team, taken, cached, given, cost) in enumerate(self.calls):
            lines.append(json.dumps({"request_id": f"r{n}", "timestamp": f"2026-10-{12 + n % 15}T08:00:00Z", "provider": provider, "model": "m-1",
                                     "team_id": team, "service": "svc", "environment": "prod", "account_id": "gw", "input_tokens": taken,
                                     "cache_read_input_tokens": cached, "output_tokens": given, "computed_cost_usd": cost, "status": "success"}))
        return "\n".join([*lines, ""])

    def groups(self, with_estimate=False):
        """What the oracle starts from: known, because the bill was made so."""
        found = collections.defaultdict(lambda: [Fraction(0)] * 3)
        add = lambda unit, key, *values: found.__setitem__((unit, key), [a + b for a, b in zip(found[unit, key], values)])
        for (provider, team), cost in self.bills.items():
            add(self.unit_of.get(team, "unattributed"), (provider, team if team in self.unit_of else "", "", "", "", "", "m-1", "other"), Fraction(cost), Fraction(cost), 0)
        for (provider, kind), amount in self.charges.items():
            add(self.bearers[kind], (provider, "", "", "", "", "", "", ""), 0, Fraction(amount), 0)
        for n, (provider, team, taken, _, given, cost) in enumerate(self.calls):
            add(self.unit_of[team], (provider, team, "svc", "prod", "", "", "m-1", ""), 0, 0, taken + given)
            if with_estimate and f"2026-10-{12 + n % 15}T08" >= self.reach:
                add(self.unit_of[team], (provider, team, "", "", "", "", "", ""), Fraction(str(cost)), Fraction(str(cost)), 0)
        return found

    def rules(self):
        rules = {}
        for unit, model, markup, pool, start, _, price, *_ in csv.reader(self.models.strip().splitlines()):
            rule = rules.setdefault(unit, {"model": model, "bands": []})
            if model == "direct":
                rule["markup"] = Fraction(markup or 1)
            elif model == "allocated":
                rule["pool"] = Fraction(pool)
            elif model == "tiered":
                rule["bands"].append((int(start or 0), Fraction(price)))
        return rules

    def routes(self):
        return [{"from": unit, "basis": basis, "to": to, "share": Fraction(share or 1)}
                for unit, basis, to, share, *_ in csv.reader(self.moves.strip().splitlines())]

    def company(self, **how):
        c = Company(config=CONFIG, as_of=AS_OF, refdata=self.refdata(), **how)
        c.write("bill.csv", self.bill())
        c.run("-q", "ingest", "bill.csv", check=DONE)
        if self.calls:
            c.write("events.jsonl", self.events())
            c.run("-q", "ingest", "events.jsonl", check=DONE)
        c.run("-q", "reconcile", "--period", PERIOD, check=DONE)
        return c


def listing(c, *options):
    return json.loads(c.run("chargeback", "--period", PERIOD, "--json", *options, check=DONE).stdout)


def draft(c):
    """(provider, account, cost center, business unit, signed cents) of the draft accrual."""
    rows = json.loads(c.run("journal", "--period", PERIOD, "--json", check=DONE).stdout)
    return [(r["provider"], r["account"], r["cost_center"] or "", r["business_unit"] or "",
             int(Fraction(r["debit"] or "0") * 100) - int(Fraction(r["credit"] or "0") * 100)) for r in rows]


def final(c):
    """The same of the final journal, as it would be now."""
    rows = c.psql(f"""select l.provider, l.account, l.cost_center, l.business_unit, ((l.debit - l.credit) * 100)::bigint
                        from (select array_agg(d::ledger.cell) as cells from ledger.debit_cells('{PERIOD}', false) d) c,
                             ledger.lines_of('{PERIOD}', c.cells, ledger.accounts()) l order by l.line""")
    return [(*row[:4], int(row[4])) for row in rows]


# ---- By hand ----

TIERS = """{0},tiered,,,0,1000000,15,,
{0},tiered,,,1000000,10000000,12,,
{0},tiered,,,10000000,,10,,
"""
FIFTEEN = [("mistral", "a1", 900000, 400000, 100000, 0)] * 15

# A case; {business unit: (out, in, recovery, charged, central)}; lines (provider, account, cost center, unit, cents).
BY_HAND = {
    "direct": (Case({"a": ["a1", "a2"], "b": ["b1"]}, {("mistral", "a1"): "100.00", ("mistral", "a2"): "0.05", ("openai", "b1"): "10"}, "a,direct,1.2,,,,,,"),
               {"a": ("0.00", "0.00", "20.01", "120.06", "0.00"), "b": ("0.00", "0.00", "0.00", "10.00", "0.00")},
               [("mistral", "64-a", "CC-a", "a", 12000), ("mistral", "64-a", "T-a2", "a", 6), ("mistral", "2151", "", "", -10005), ("mistral", "4900", "", "", -2001),
                ("openai", "64-b", "CC-b", "b", 1000), ("openai", "2150", "", "", -1000)]),
    "tiered": (Case({"a": ["a1"]}, {("mistral", "a1"): "60", ("openai", "a1"): "40"}, TIERS.format("a"), calls=FIFTEEN),
               {"a": ("0.00", "0.00", "73.00", "173.00", "0.00")},
               [("mistral", "64-a", "CC-a", "a", 10380), ("mistral", "2151", "", "", -6000), ("mistral", "4900", "", "", -4380),
                ("openai", "64-a", "CC-a", "a", 6920), ("openai", "2150", "", "", -4000), ("openai", "4900", "", "", -2920)]),
    "tiered, of which nothing is billed": (
        Case({"a": ["a1"], "b": ["b1"]}, {("mistral", "b1"): "7"}, TIERS.format("a"), calls=FIFTEEN),
        {"a": ("0.00", "0.00", "173.00", "173.00", "0.00"), "b": ("0.00", "0.00", "0.00", "7.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 17300), ("mistral", "64-b", "CC-b", "b", 700), ("mistral", "2151", "", "", -700), ("mistral", "4900", "", "", -17300)]),
    "allocated": (Case({"a": ["a1"], "b": ["b1"], "c": ["c1"], "idle": ["i1"]}, {("mistral", "a1"): "30", ("openai", "a1"): "30", ("mistral", "b1"): "40", ("openai", "c1"): "1"},
                       "a,allocated,,1000,,,,,\nb,allocated,,1000,,,,,\nidle,allocated,,1000,,,,,"),
                  {"a": ("0.00", "0.00", "540.00", "600.00", "0.00"), "b": ("0.00", "0.00", "360.00", "400.00", "0.00"),
                   "c": ("0.00", "0.00", "0.00", "1.00", "0.00"), "idle": ("0.00",) * 5},
                  [("mistral", "64-a", "CC-a", "a", 30000), ("mistral", "64-b", "CC-b", "b", 40000), ("mistral", "2151", "", "", -7000), ("mistral", "4900", "", "", -63000),
                   ("openai", "64-a", "CC-a", "a", 30000), ("openai", "64-c", "CC-c", "c", 100), ("openai", "2150", "", "", -3100), ("openai", "4900", "", "", -27000)]),
    "an allocated pool below cost": (
        Case({"a": ["a1"]}, {("mistral", "a1"): "30"}, "a,allocated,,20.5,,,,,"), {"a": ("0.00", "0.00", "-9.50", "20.50", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 2050), ("mistral", "2151", "", "", -3000), ("mistral", "4900", "", "", 950)]),
    "showback": (Case({"a": ["a1", "a2"], "b": ["b1"]}, {("mistral", "a1"): "3", ("mistral", "a2"): "4", ("mistral", "b1"): "5"}, "a,showback,,,,,,,"),
                 {"a": ("0.00", "0.00", "0.00", "0.00", "7.00"), "b": ("0.00", "0.00", "0.00", "5.00", "0.00")},
                 [("mistral", "6999", "", "a", 700), ("mistral", "64-b", "CC-b", "b", 500), ("mistral", "2151", "", "", -1200)]),
    "re-allocated by fixed shares": (
        Case({"p": ["p1"], "a": ["a1"], "b": ["b1"]}, {("mistral", "p1"): "100", ("openai", "p1"): "10", ("mistral", "a1"): "1"},
             "a,direct,1.1,,,,,,", "p,fixed,a,0.5,,\np,fixed,b,0.3,,"),
        {"a": ("0.00", "55.00", "5.60", "61.60", "0.00"), "b": ("0.00", "33.00", "0.00", "33.00", "0.00"), "p": ("-88.00", "0.00", "0.00", "22.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 5610), ("mistral", "64-b", "CC-b", "b", 3000), ("mistral", "64-p", "CC-p", "p", 2000), ("mistral", "2151", "", "", -10100),
         ("mistral", "4900", "", "", -510), ("openai", "64-a", "CC-a", "a", 550), ("openai", "64-b", "CC-b", "b", 300), ("openai", "64-p", "CC-p", "p", 200),
         ("openai", "2150", "", "", -1000), ("openai", "4900", "", "", -50)]),
    "re-allocated by usage, to all": (
        Case({"p": ["p1"], "q": ["q1"], "a": ["a1"], "b": ["b1"], "idle": ["i1"]},
             {("mistral", "p1"): "90", ("openai", "q1"): "6", ("mistral", "a1"): "20", ("openai", "b1"): "10", ("openai", "nobody"): "5"},
             "", "p,usage,,,,\nq,usage,,0.5,,"),
        {"a": ("0.00", "62.00", "0.00", "82.00", "0.00"), "b": ("0.00", "31.00", "0.00", "41.00", "0.00"), "idle": ("0.00",) * 5,
         "p": ("-90.00", "0.00", "0.00", "0.00", "0.00"), "q": ("-3.00", "0.00", "0.00", "3.00", "0.00"), "unattributed": ("0.00", "0.00", "0.00", "5.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 8000), ("mistral", "64-b", "CC-b", "b", 3000), ("mistral", "2151", "", "", -11000), ("openai", "64-a", "CC-a", "a", 200),
         ("openai", "64-b", "CC-b", "b", 1100), ("openai", "64-q", "CC-q", "q", 300), ("openai", "2999", "", "unattributed", 500), ("openai", "2150", "", "", -2100)]),
    "re-allocated by usage, to some": (
        Case({"p": ["p1"], "a": ["a1"], "b": ["b1"]}, {("mistral", "p1"): "9", ("mistral", "a1"): "20", ("mistral", "b1"): "10"}, "", "p,usage,b,,,"),
        {"a": ("0.00", "0.00", "0.00", "20.00", "0.00"), "b": ("0.00", "9.00", "0.00", "19.00", "0.00"), "p": ("-9.00", "0.00", "0.00", "0.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 2000), ("mistral", "64-b", "CC-b", "b", 1900), ("mistral", "2151", "", "", -3900)]),
    "re-allocated by usage that nobody has": (
        Case({"p": ["p1"], "a": ["a1"]}, {("mistral", "p1"): "9"}, "", "p,usage,,,,"),
        {"a": ("0.00",) * 5, "p": ("0.00", "0.00", "0.00", "9.00", "0.00")},
        [("mistral", "64-p", "CC-p", "p", 900), ("mistral", "2151", "", "", -900)]),
    "credits above usage": (
        Case({"a": ["a1"], "b": ["b1"]}, {("mistral", "a1"): "10", ("mistral", "b1"): "1"}, "a,direct,1.5,,,,,,\n" + TIERS.format("b"),
             charges={("mistral", "credit"): "-50"}, bearers={"credit": "a"}, calls=[("mistral", "b1", 500000, 0, 0, 0)]),
        {"a": ("0.00", "0.00", "-20.00", "-60.00", "0.00"), "b": ("0.00", "0.00", "6.50", "7.50", "0.00")},
        [("mistral", "64-a", "CC-a", "a", -6000), ("mistral", "64-b", "CC-b", "b", 750), ("mistral", "2151", "", "", 3900), ("mistral", "4900", "", "", 1350)]),
    "usage counts, whatever credits leave of it": (
        Case({"a": ["a1"], "b": ["b1"], "p": ["p1"]}, {("mistral", "a1"): "10", ("mistral", "b1"): "30", ("mistral", "p1"): "8"}, "a,allocated,,100,,,,,\nb,allocated,,100,,,,,",
             "p,usage,,,,", charges={("mistral", "credit"): "-50"}, bearers={"credit": "a"}),
        {"a": ("0.00", "2.00", "63.00", "25.00", "0.00"), "b": ("0.00", "6.00", "39.00", "75.00", "0.00"), "p": ("-8.00", "0.00", "0.00", "0.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 2500), ("mistral", "64-b", "CC-b", "b", 7500), ("mistral", "2151", "", "", 200), ("mistral", "4900", "", "", -10200)]),
    "dated": (
        Case({"a": ["a1"], "b": ["b1"]}, {("mistral", "a1"): "10", ("mistral", "b1"): "1"},
             "a,direct,3,,,,,,2026-10-31\na,direct,2,,,,,2026-10-31,2026-11-01\na,showback,,,,,,2026-11-01,\n", "b,fixed,a,1,,2026-10-31"),
        {"a": ("0.00", "0.00", "10.00", "20.00", "0.00"), "b": ("0.00", "0.00", "0.00", "1.00", "0.00")},
        [("mistral", "64-a", "CC-a", "a", 2000), ("mistral", "64-b", "CC-b", "b", 100), ("mistral", "2151", "", "", -1100), ("mistral", "4900", "", "", -1000)]),
}


def by_hand():
    for name, (case, wanted, lines) in BY_HAND.items():
        c = case.company()
        rows = {r["business_unit"]: r for r in listing(c)}
        got = {unit: tuple(r[f"{column}_usd"] for column in ("reallocated_out", "reallocated_in", "recovery", "charged", "central"))
               for unit, r in rows.items() if unit != "TOTAL" and (unit != "unattributed" or r["billed_usd"] != "0.00")}
        equal(got, wanted, f"{name}: what each is charged")
        equal(draft(c), lines, f"{name}: the draft's lines")
        equal(final(c), lines, f"{name}: the final journal's")
        if name == "tiered":
            equal([(s["step"], s["detail"], s["quantity"], s["rate"], s["per"], s["amount_usd"]) for s in rows["a"]["steps"]],
                  [("billed", None, None, None, None, "100.00"), ("band", "tokens 0 to 1000000", "1000000", "15", "1000000", "15.00"),
                   ("band", "tokens 1000000 to 10000000", "9000000", "12", "1000000", "108.00"), ("band", "tokens above 10000000", "5000000", "10", "1000000", "50.00"),
                   ("charged", None, None, None, None, "173.00"), ("recovery", None, None, None, None, "73.00")], "tiered: line by line")
            screen = c.run("chargeback", "--period", PERIOD, check=DONE).stdout
            ok("173.00" in screen and "5,000,000" in screen, "tiered: on screen", screen)


# ---- Generated ----

def amount(draw):
    size = draw.choice((10, 1000, 10 ** 6))
    text = f"{draw.uniform(-0.3 if draw.random() < 0.2 else 0.001, 1) * size:.{draw.choice((2, 6, 9))}f}"
    return text + "".join(draw.choice("0123456789") for _ in range(draw.choice((0, 0, 3, 9))))


def models_of(draw, units):
    pool, rows = amount(draw).lstrip("-"), []
    for unit in units:
        model = draw.choice(("", "direct", "direct", "allocated", "allocated", "tiered", "tiered", "showback"))
        if model == "direct":
            rows.append(f"{unit},direct,{draw.choice(('1.2', '0.85', '1', '', '1.075'))},,,,,,")
        elif model == "allocated":
            rows.append(f"{unit},allocated,,{pool},,,,,")
        elif model == "tiered":
            ends = sorted(draw.sample(range(1, 4000000), draw.randint(0, 3)))
            rows += [f"{unit},tiered,,,{start or ''},{end},{draw.choice(('15', '0', '2.75', '0.333333333333333'))},," for start, end in zip([0, *ends], [*ends, ""])]
        elif model:
            rows.append(f"{unit},showback,,,,,,,")
    draw.shuffle(rows)
    return "\n".join(rows)


def moves_of(draw, givers, takers):
    rows = []
    for unit in givers:
        some = draw.sample(takers, draw.randint(1, len(takers)))
        kind = draw.choice(("fixed", "usage", "all"))
        if kind == "fixed":
            rows += [f"{unit},fixed,{to},{share},," for to, share in zip(some, ("0.5", "0.125", "0.3333", "0.04"))]
        elif kind == "usage":
            share = draw.choice(("", "0.9", "0.77"))
            rows += [f"{unit},usage,{to},{share},," for to in some]
        else:
            rows.append(f"{unit},usage,,{draw.choice(('', '0.6'))},,")
    return "\n".join(rows)


def generated(seed):
    draw = random.Random(seed)
    units = [f"u{n}" for n in range(draw.randint(2, 7))]
    givers = [f"p{n}" for n in range(draw.randint(0, 2))]
    teams = {unit: [f"{unit}t{n}" for n in range(1, draw.randint(2, 4))] for unit in [*units, *givers]}
    names = [team for one in teams.values() for team in one] + ["nobody"]
    providers = draw.sample(("mistral", "openai", "acme"), draw.randint(1, 3))
    bearers = {kind: draw.choice(units) for kind in CHARGES}
    givers_models = "\n".join(f"{g},{draw.choice(('direct,1.3', 'showback,'))},,,,,," for g in givers if draw.random() < 0.5)
    return Case(teams, {(p, t): amount(draw) for p in providers for t in names if draw.random() < 0.6},
                "\n".join(filter(None, (models_of(draw, units), givers_models))), moves_of(draw, givers, units),
                {(p, k): amount(draw) for p in providers for k in CHARGES if draw.random() < 0.4}, bearers,
                [(draw.choice(providers), draw.choice(names[:-1]), draw.randint(1000, 600000), draw.randint(0, 1000), draw.randint(0, 300000), f"{draw.uniform(0, 9):.7f}")
                 for _ in range(draw.choice((0, 5, 40)))], draw.choice(("2026-11-01", "2026-10-20")))


def sums(values):
    total = collections.defaultdict(Fraction)
    for key, value in values:
        total[key] += value
    return total


def check_listing(seed, case, rows, with_estimate):
    """Each business unit's row and steps against the oracle."""
    groups = case.groups(with_estimate)
    cost, charged, moved = chargeback.charges(groups, case.rules(), case.routes())
    costs, charge = sums((u, v) for (u, _), v in cost.items()), sums((u, v) for (u, _), v in charged.items())
    billed = sums((u, v[1]) for (u, _), v in groups.items())
    out, into = sums((u, v) for u, _, v, giver in moved if giver is None), sums((u, v) for u, _, v, giver in moved if giver)
    shown = {unit for unit, rule in case.rules().items() if rule["model"] == "showback"}
    for row in rows[:-1]:
        unit = row["business_unit"]
        value = {name: Fraction(row[f"{name}_usd"] or "0") for name in ("billed", "estimate", "reallocated_out", "reallocated_in", "recovery", "charged", "central")}
        want = {"reallocated_out": out[unit], "reallocated_in": into[unit], "recovery": charge[unit] - costs[unit],
                "charged": Fraction(0) if unit in shown else charge[unit], "central": charge[unit] if unit in shown else Fraction(0)}
        equal({name: value[name] for name in want}, want, f"seed {seed}: {unit} is charged as the oracle says{', with the estimate' if with_estimate else ''}")
        equal(value["billed"] + value["estimate"], billed[unit], f"seed {seed}: {unit} was billed so")
        steps = [(s["step"], Fraction(s["amount_usd"]), s) for s in row["steps"]]
        near = all(s["rate"] is None or abs(v - Fraction(s["quantity"]) * Fraction(s["rate"]) / Fraction(s["per"])) < Fraction(1, 10 ** 10) for _, v, s in steps)
        total = sums((name, v) for name, v, _ in steps)
        basis = [v for name, v, _ in steps if name in ("markup", "pool", "band")]
        model = row["chargeback_model"]
        end = total["charged"] + total["central"]
        ok(near and end - total["recovery"] == total["billed"] + total["estimate"] + total["reallocated_out"] + total["reallocated_in"]
           and (sum(basis) == end if basis or model in ("allocated", "tiered") else total["recovery"] == 0), f"seed {seed}: {unit}'s arithmetic adds up", row["steps"])


def check_groups(seed, c, total, *options):
    for by in ("team", "provider,model", "service", "feature", "tenant", "environment", "class", "business_unit,provider,team"):
        rows = listing(c, "--group-by", by, *options)
        columns = [name for name in total if name.endswith("_usd")]
        good = all(sum(Fraction(r[n] or "0") for r in rows[:-1]) == Fraction(total[n] or "0") == Fraction(rows[-1][n] or "0") for n in columns)
        if not good or "TOTAL" not in rows[-1].values():
            ok(False, f"seed {seed}: by {by} it sums to the total", rows)
            return
    ok(True, f"seed {seed}: by every dimension it sums to the total")


def check_journal(seed, case, lines, with_estimate, kind):
    groups = case.groups(with_estimate)
    wanted = chargeback.journal(groups, case.rules(), case.routes(), case.place, ACCOUNTS)
    equal(lines, wanted, f"seed {seed}: the {kind} journal is the oracle's")
    _, charged, _ = chargeback.charges(groups, case.rules(), case.routes())
    billed, charge = sums((k[0], v[1]) for (_, k), v in groups.items()), sums((k[0], v) for (_, k), v in charged.items())
    cents = lambda value: int(exact.round_half_away(value, 2) * 100)
    for provider in {line[0] for line in lines}:
        mine = [line for line in lines if line[0] == provider]
        part = sums((("recovery" if line[1] == ACCOUNTS["recovery"] else "clearing") if line[3] == "" else "charged", line[4]) for line in mine)
        ok(part["clearing"] == -cents(billed[provider]) and part["charged"] == cents(charge[provider]) and sum(part.values()) == 0,
           f"seed {seed}: {provider}: clearing is what was billed, debits what is charged, recovery the rest", mine)


def generate(seeds):
    for seed in seeds:
        case = generated(seed)
        c = case.company()
        rows = listing(c)
        check_listing(seed, case, rows, False)
        check_groups(seed, c, rows[-1])
        accrual = listing(c, "--accrual")
        check_listing(seed, case, accrual, True)
        check_groups(seed, c, accrual[-1], "--accrual")
        check_journal(seed, case, final(c), False, "final")
        check_journal(seed, case, draft(c), True, "draft")
        equal(c.value("select count(*) from recon.variance v join (select business_unit, sum(usage_billed + charges) as billed from recon.posting group by 1) p "
                      "using (business_unit) where v.billed_usd <> p.billed"), "0", f"seed {seed}: variances are of what was billed")
        c.server.drop(c.uri)


# ---- A month, closed ----

PEOPLE = {"etl": "closebook_loader", "paula": "closebook_preparer", "anna": "closebook_approver", "audrey": "closebook_auditor"}


def as_login(c, name, *args):
    parts = urllib.parse.urlsplit(c.uri)
    uri = urllib.parse.urlunsplit(parts._replace(netloc=f"{name}:pass-{name}@"))
    return harness.execute([harness.BINARY, "-c", str(c.config), "--db", uri, "--as-of", AS_OF, *args], cwd=c.folder)


def month_case():
    return Case({"platform": ["p1"], "search": ["s1", "s2"], "ads": ["a1"], "maps": ["m1"], "labs": ["l1"]},
                {("mistral", "p1"): "100.01", ("openai", "p1"): "33.333333", ("mistral", "s1"): "40.5", ("mistral", "s2"): "10.2", ("openai", "s1"): "19.995",
                 ("openai", "a1"): "71.23", ("mistral", "m1"): "12.5", ("mistral", "l1"): "8.88", ("mistral", "nobody"): "0.77"},
                TIERS.format("search") + "ads,direct,1.2,,,,,,\nmaps,allocated,,55,,,,,\nlabs,showback,,,,,,,",
                "platform,usage,,0.75,,", charges={("openai", "tax"): "9.99"}, bearers={"tax": "ads"},
                calls=[("mistral", "s1", 900000, 1000, 100000, 0)] * 15)


def closed(c, case):
    r = as_login(c, "paula", "close", "adjust", "propose", "--period", PERIOD, "--from", "labs", "--to", "maps", "--amount", "1.00", "--provider", "mistral",
                 "--reason", "shared test", "--evidence", "T-1")
    ok(r.code == DONE, "paula proposes an adjustment", r.stderr)
    equal(as_login(c, "anna", "close", "adjust", "approve", "--id", f"ADJ-{PERIOD}-0001").code, DONE, "anna approves it")
    for step in (("close", "check"), ("close", "freeze"), ("close", "approve"), ("close", "post")):
        if step[1] == "approve":
            c.psql("update recon.charge set amount_usd = amount_usd + 1 where step = 'recovery' and business_unit = 'ads'")
            r = as_login(c, "anna", *step, "--period", PERIOD)
            ok(r.code == CONTROL and "not those that were frozen" in r.stderr, "charges that are not those that were frozen are not approved", r.stderr)
            c.psql("update recon.charge set amount_usd = amount_usd - 1 where step = 'recovery' and business_unit = 'ads'")
        login = "anna" if step[1] == "approve" else "paula"
        r = as_login(c, login, *step, "--period", PERIOD)
        ok(r.code == DONE and (step[1] != "check" or "nothing stands" in r.stdout), f"{login}: {' '.join(step)}", r.stdout + r.stderr)
    lines = [(*row[:4], int(row[4])) for row in c.psql(f"""select provider, account, cost_center, business_unit, ((debit - credit) * 100)::bigint
                                                            from ledger.journal_line where journal_id = 'CB-{PERIOD}-F-0001' order by line""")]
    equal(lines[-2:], [("mistral", "64-maps", "CC-maps", "maps", 100), ("mistral", "6999", "", "labs", -100)], "what is only shown is adjusted where it is borne")
    check_journal("close", case, lines[:-2], False, "posted")
    equal(c.value("""select count(*) from (select provider, business_unit, sum(amount) as amount from ledger.pinned_cell group by 1, 2) a
                       full join (select provider, business_unit, sum(usage_billed + charges) as amount from recon.posting group by 1, 2) b
                       using (provider, business_unit) where coalesce(a.amount, 0) <> coalesce(b.amount, 0)"""), "0", "pinned cells hold what was billed")


def exported(c):
    for name, ending, program in (("hledger", "journal", ["hledger", "check", "--strict", "-f"]), ("beancount", "beancount", ["bean-check"])):
        c.run("export", "journal", "--period", PERIOD, "--format", name, check=DONE)
        r = harness.execute([*program, c.folder / "out" / PERIOD / f"journal-{name}.{ending}"], env={"LC_ALL": "C.UTF-8"})
        ok(r.code == 0 and not r.stderr, f"{program[0]} accepts the posted journal", r.stdout + r.stderr)
        text = c.out(PERIOD, f"journal-{name}.{ending}")
        ok("Income:LLM:4900 " in text and "Expenses:LLM:6999:Labs" in text and "Liabilities:LLM:2151 " in text, f"{name}: recovery is no liability", text)


def explained(c):
    """Every line of the posted journal says how it adds up, to the cent."""
    for line, account, unit in c.psql(f"select line, account, business_unit from ledger.journal_line where journal_id = 'CB-{PERIOD}-F-0001' order by line"):
        r = c.run("explain", f"CB-{PERIOD}-F-0001/{line}", "--json")
        tie = {row["item"]: Fraction(row["amount_usd"]) for row in json.loads(r.stdout)["answers"][0]["tie"]} if r.code == DONE else {}
        ok(tie and abs(tie["rounding to cents"]) <= Fraction(1, 100), f"line {line} ({account} {unit}) is explained", r.stdout[-1500:] + r.stderr)


def proof(c):
    verify = lambda: as_login(c, "audrey", "verify")
    equal(verify().code, DONE, "verify proves the month")
    c.psql("alter table ledger.pinned_cell disable trigger all")
    for column in ("charged", "amount"):
        c.psql(f"update ledger.pinned_cell set {column} = {column} + 1 where business_unit = 'ads' and {column} <> 0")
        r = verify()
        entry = c.value("select entry_no from ledger.period_step where step = 'freeze'")
        ok(r.code == CONTROL and f"entry {entry}:" in r.stderr, f"a tampered pinned cell is found: {column}", r.stderr)
        equal(c.value(f"select count(*) > 0 from close.differences('{PERIOD}')"), "t", f"also where the chain is made anew: {column}")
        c.psql(f"update ledger.pinned_cell set {column} = {column} - 1 where business_unit = 'ads' and {column} <> 0")
    equal(verify().code, DONE, "put back, all is well")


def month():
    case = month_case()
    server = harness.Server()
    c = case.company(server=server)
    c.run("db", "roles", check=DONE)
    for name, role in PEOPLE.items():
        c.psql(f"create role {name} login password 'pass-{name}' in role {role}")
    hba = server.folder / "state/cluster/data/pg_hba.conf"
    hba.write_text(f"local all {','.join(PEOPLE)} scram-sha-256\n" + hba.read_text())
    c.psql("select pg_reload_conf()")
    r = as_login(c, "etl", "reconcile", "--period", PERIOD, "--again")
    ok(r.code == DONE, "the loader reconciles", r.stderr)
    before = listing(c)
    closed(c, case)
    c.write("refdata/chargeback.csv", "business_unit_id,model,markup\nads,direct,9\n")
    c.run("refdata", "apply", check=DONE)
    equal(listing(c), before, "later models change nothing of a closed month")
    equal(as_login(c, "audrey", "chargeback", "--period", PERIOD).code, DONE, "an auditor sees the charges")
    exported(c)
    explained(c)
    proof(c)


def refusals():
    c = BY_HAND["direct"][0].company()
    for options, says in ((("--group-by", "moon"), "--group-by does not know moon"), (("--business-unit", "z"), "there is no business unit")):
        r = c.run("chargeback", "--period", PERIOD, *options)
        ok(r.code == USAGE and says in r.stderr, f"chargeback {' '.join(options)} is refused", r.stderr)
    r = c.run("chargeback", "--period", "2026-09")
    ok(r.code == USAGE and "not been reconciled" in r.stderr, "a month without results too", r.stderr)
    c.write("refdata/chargeback.csv", "business_unit_id,model,markup\na,direct,1.5\n")
    c.run("refdata", "apply", check=DONE)
    c.run("-q", "reconcile", "--period", PERIOD, check=DONE)
    equal(listing(c, "--business-unit", "a")[0]["charged_usd"], "150.075", "another markup is a reason to compute anew")
    rows = json.loads(c.run("refdata", "show", "chargeback", "--json", check=DONE).stdout)["rows"]
    equal(rows, [{"business_unit_id": "a", "model": "direct", "markup": "1.5", "pool_usd": None, "from_tokens": None, "to_tokens": None,
                  "usd_per_million": None, "valid_from": None, "valid_to": None}], "refdata shows the models")


def main():
    seeds = [int(text) for text in sys.argv[1:]]
    if seeds:
        generate(seeds)
    else:
        by_hand()
        refusals()
        month()
        generate(SEEDS)
    harness.done()


if __name__ == "__main__":
    main()
