"""Where every amount of a run lands: per business unit, with its cause, and per debit account."""
from collections import defaultdict
from fractions import Fraction

CAUSES = ("rating", "rate", "quantity", "unbilled", "unmetered", "timing", "rounding")
NOBODY = "unattributed"


def zero():
    return Fraction(0)


class Books:
    def __init__(self):
        self.usage = defaultdict(zero)          # business unit -> usage billed
        self.charges = defaultdict(zero)        # business unit -> the rest of step 4
        self.causes = defaultdict(lambda: defaultdict(zero))
        self.computed = defaultdict(zero)
        self.by_provider = defaultdict(zero)    # (provider, business unit) -> usage billed
        self.debits = defaultdict(zero)         # (provider, business unit, team) -> billed
        self.class_pool = defaultdict(zero)     # (provider, usage class) -> awaits usage:CLASS
        self.charge_pool = defaultdict(zero)    # (provider, charge type) -> awaits its policy

    def add_usage(self, provider, unit, team, amount):
        self.usage[unit] += amount
        self.by_provider[provider, unit] += amount
        self.debits[provider, unit, team] += amount

    def add_charge(self, provider, unit, team, amount):
        self.charges[unit] += amount
        self.debits[provider, unit, team] += amount

    def add_unmetered(self, provider, unit, team, amount):
        self.add_usage(provider, unit, team, amount)
        self.causes[unit]["unmetered"] += amount

    def add_matched(self, provider, unit, team, billed, rule, quantity):
        """A matched group of this month: what it was billed, its rule cost, its quantity effect."""
        self.add_usage(provider, unit, team, billed)
        self.causes[unit]["quantity"] += quantity
        self.causes[unit]["rate"] += billed - rule - quantity

    def add_timing(self, provider, unit, team, billed):
        self.add_usage(provider, unit, team, billed)
        self.causes[unit]["timing"] += billed

    def units(self):
        return set(self.usage) | set(self.charges) | set(self.computed)
