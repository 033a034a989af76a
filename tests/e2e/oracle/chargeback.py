"""What business units are charged for what was billed: re-allocations at cost, then each one's model.

A group is a business unit and the rest of a posting's grain, provider first; `groups` says of each what was billed for usage,
what was billed in all, and the tokens metered. Rules and routes are the rows in force.
"""
from collections import defaultdict
from fractions import Fraction

import exact
from books import NOBODY
from journal import in_cents

NO_GRAIN = ("",) * 7


def positive(value):
    return max(value, Fraction(0))


def usage_of(groups):
    """{business unit: usage} of those that have any."""
    total = defaultdict(Fraction)
    for (unit, _), (usage, _, _) in groups.items():
        total[unit] += usage
    return {unit: usage for unit, usage in total.items() if usage > 0}


def parts(unit, rows, usage, sources):
    """How a business unit's cost goes on: (share that goes, {receiver: weight}, whether these are usage)."""
    if rows[0]["basis"] == "fixed":
        return sum(row["share"] for row in rows), {row["to"]: row["share"] for row in rows}, False
    wanted = [row["to"] for row in rows]
    found = {other: weight for other, weight in usage.items()
             if (other in wanted or (wanted == [""] and other != NOBODY and other not in sources)) and other != unit}
    return (rows[0]["share"] if found else Fraction(0)), found, True


def reallocate(groups, routes):
    """[(business unit, group key, amount, giver or None)]: out of groups, into the grain of the provider alone."""
    by_unit = defaultdict(list)
    for row in routes:
        by_unit[row["from"]].append(row)
    usage, moved = usage_of(groups), []
    for unit, rows in by_unit.items():
        share, receivers, by_usage = parts(unit, rows, usage, set(by_unit))
        given = defaultdict(Fraction)
        for (name, key), (_, amount, _) in groups.items():
            if name == unit and share * amount:
                moved.append((unit, key, -amount * share, None))
                given[key[0]] += amount
        for provider, amount in given.items():
            got = exact.share(amount * share, receivers) if by_usage else {to: amount * part for to, part in receivers.items()}
            moved += [(to, (provider, *NO_GRAIN), part, unit) for to, part in got.items()]
    return moved


def band_price(tokens, bands):
    """A price in bands, reckoned token by token from the top down."""
    price = Fraction(0)
    for start, rate in sorted(bands, reverse=True):
        if tokens > start:
            price += (tokens - start) * rate / 1000000
            tokens = start
    return price


def spread(amount, groups, unit):
    mine = {key: value for (name, key), value in groups.items() if name == unit}
    weights = {key: positive(usage) for key, (usage, _, _) in mine.items() if usage > 0}
    return exact.share(amount, weights or {key: tokens for key, (_, _, tokens) in mine.items() if tokens}) if amount else {}


def charges(groups, rules, routes):
    """({(business unit, key): what it costs}, {(business unit, key): what it is charged}, moves)."""
    moved = reallocate(groups, routes)
    cost = defaultdict(Fraction)
    for (unit, key), (_, amount, _) in groups.items():
        cost[unit, key] += amount
    for unit, key, amount, _ in moved:
        cost[unit, key] += amount
    fixed = fixed_charges(groups, rules)
    charged = defaultdict(Fraction)
    for (unit, key), amount in cost.items():
        if unit not in fixed:
            charged[unit, key] = amount * rules.get(unit, {}).get("markup", 1)
    for unit, amount in fixed.items():
        for key, part in spread(amount, groups, unit).items():
            charged[unit, key] += part
    return cost, charged, moved


def fixed_charges(groups, rules):
    """{business unit: what its model says}, of those whose charge is not their cost."""
    usage = usage_of(groups)
    pool = {unit: usage[unit] for unit, rule in rules.items() if rule["model"] == "allocated" and unit in usage}
    size = next((rule["pool"] for rule in rules.values() if rule["model"] == "allocated"), None)
    fixed = dict.fromkeys((unit for unit, rule in rules.items() if rule["model"] in ("allocated", "tiered")), Fraction(0))
    fixed.update(exact.share(size, pool) if pool else {})
    for unit, rule in rules.items():
        if rule["model"] == "tiered":
            tokens = sum(count for (name, _), (_, _, count) in groups.items() if name == unit)
            fixed[unit] = band_price(tokens, rule["bands"])
    return fixed


def journal(groups, rules, routes, place, accounts):
    """[(provider, account, cost center, business unit, signed cents)], as a journal has them; place(unit, team) → (cost center, account)."""
    _, charged, _ = charges(groups, rules, routes)
    debits, billed = defaultdict(lambda: defaultdict(Fraction)), defaultdict(Fraction)
    for (_, key), (_, amount, _) in groups.items():
        billed[key[0]] += amount
    for (unit, key), amount in charged.items():
        center, account = place(unit, key[1])
        if rules.get(unit, {}).get("model") == "showback":
            center, account = "", accounts["central"]
        debits[key[0]][unit, center, account] += amount
    lines = []
    for provider in sorted(set(billed) | set(debits)):
        total, cents = in_cents(debits[provider])
        owed = int(exact.round_half_away(billed[provider], 2) * 100)
        lines += [(provider, account, center, unit, amount) for (unit, center, account), amount in sorted(cents.items()) if amount]
        lines += [(provider, account, "", "", amount) for account, amount in
                  ((accounts.get("clearing:" + provider, accounts["clearing"]), -owed), (accounts["recovery"], owed - total)) if amount]
    return lines
