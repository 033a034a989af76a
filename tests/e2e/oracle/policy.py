"""Step 4: what nobody claims, by allocations.csv; by default over the usage billed."""
from fractions import Fraction

import exact
from books import NOBODY


def _weights(books, provider):
    found = {unit: amount for (name, unit), amount in books.by_provider.items()
             if name == provider and amount > 0}
    return found


def _split(refdata, rule, provider, weights, amount):
    """{business unit: part} of an amount under an allocation rule."""
    row = refdata.allocations.get(rule)
    if row and row["method"] == "business_unit":
        return {row["target"] or NOBODY: amount}
    if not weights:
        return {NOBODY: amount}
    return exact.share(amount, weights)


def run(books, refdata):
    before = {provider: _weights(books, provider) for provider, _ in books.class_pool}
    for (provider, usage_class), amount in sorted(books.class_pool.items()):
        parts = _split(refdata, "usage:" + usage_class, provider, before[provider], amount)
        for unit, part in parts.items():
            books.add_unmetered(provider, unit, "", part)
    after = {provider: _weights(books, provider) for provider, _ in books.charge_pool}
    for (provider, charge_type), amount in sorted(books.charge_pool.items()):
        for unit, part in _split(refdata, charge_type, provider, after[provider], amount).items():
            books.add_charge(provider, unit, "", part)


def total(books):
    return sum(books.usage.values(), Fraction(0)) + sum(books.charges.values(), Fraction(0))
