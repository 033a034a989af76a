"""What the providers charge: the calls aggregated as a provider would, with a provider's faults."""
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Optional

import clock
import world as places
from world import CLASSES, MODELS


@dataclass
class Charge:
    provider: str
    start: int
    end: int
    account: str
    model: str
    usage_class: str
    tier: str
    region: str = ""
    quantity: Optional[Decimal] = None
    cost: Optional[Decimal] = None
    currency: str = "USD"
    api_key: str = ""
    principal: str = ""
    resource: str = ""
    request_id: str = ""
    charge_type: str = "usage"
    tags: dict = field(default_factory=dict)
    period: str = ""


def billed_calls(calls, provider):
    return [call for call in calls if call.provider == provider and call.billed
            and call.status in ("success", "partial")]


def aggregate(world, calls, width, tiers=True):
    """One charge per window, account, region, model, class and tier of the calls."""
    sums = {}
    for call in calls:
        start = clock.floor(call.stamp, width)
        for usage_class in CLASSES:
            key = (call.provider, start, call.account, call.model, usage_class,
                   call.tier if tiers else "standard", call.region)
            if call.counts[usage_class]:
                sums[key] = sums.get(key, 0) + call.counts[usage_class]
    charges = []
    for key in sorted(sums):
        provider, start, account, model, usage_class, tier, region = key
        charge = Charge(provider, start, start + width, account, model, usage_class, tier, region,
                        quantity=Decimal(sums[key]), period=clock.month(start))
        charge.cost = charge.quantity * world.rate(provider, model, usage_class, tier, start)
        charges.append(charge)
    return charges


def disturb(world, charges):
    """The provider's own drift: other quantities, other prices, zero and odd amounts."""
    rng, result = world.rng, []
    for charge in charges:
        draw = rng.random()
        changed = replace(charge)
        if draw < 0.05:
            changed.quantity += rng.choice((-3, -1, 1, 17, 250))
        elif draw < 0.09:
            changed.quantity = (changed.quantity * Decimal(rng.choice(("1.2", "0.75", "1.0001")))
                                ).quantize(Decimal(1))
        elif draw < 0.12:
            changed.cost *= Decimal(rng.choice(("1.1", "0.9", "2")))
        elif draw < 0.14:
            changed.cost = Decimal("0E-6176") if rng.random() < 0.5 else Decimal(0)
        elif draw < 0.16:
            changed.cost, changed.quantity = -changed.cost, -changed.quantity
        elif draw < 0.18:
            changed.cost += Decimal("9.052E-7") + Decimal("1E-15") * rng.randint(0, 9)
        elif draw < 0.20:
            changed.quantity = None
        elif draw < 0.215:
            changed.currency = "EUR"
        if 0.05 <= draw < 0.09 or draw < 0.02:
            changed.cost = changed.quantity * world.rate(
                charge.provider, charge.model, charge.usage_class, charge.tier, charge.start)
        result.append(changed)
        if draw > 0.97:  # a second line of the same bucket, with another owner
            result.append(replace(changed, cost=changed.cost * Decimal("0.25"),
                                  quantity=Decimal(rng.randint(0, 50)), tags={"user_team": "growth"}))
    return result


def bypass(world, provider, width, count):
    """Traffic that never met the gateway, some of it with a trace of its owner."""
    rng, charges = world.rng, []
    for _ in range(count):
        start = clock.floor(clock.START + rng.randint(0, 31 * clock.DAY - 1), width)
        usage_class = rng.choice(CLASSES + ("other",))
        charge = Charge(
            provider, start, start + width, rng.choice(places.ACCOUNTS[provider] + ("stray",)),
            rng.choice(list(MODELS[provider])), usage_class, "standard",
            rng.choice(list(places.REGIONS)) if provider == "bedrock" else "",
            quantity=Decimal(rng.randint(0, 9000)), cost=Decimal(rng.randint(0, 10 ** 7)) / 10 ** 6,
            period="2026-10")
        trace = rng.choice(("tag", "api_key", "principal", "resource", "none", "none"))
        if trace == "tag":
            charge.tags = rng.choice(({"user_team": "growth"}, {"app": "crawler", "user_team": "growth"}))
        elif trace == "api_key":
            charge.api_key = rng.choice(("key-lost", "key-nobody"))
        elif trace == "principal":
            charge.principal = "arn:aws:sts::000123456789:assumed-role/crawler/s1"
        elif trace == "resource":
            charge.resource = "arn:aws:bedrock:us-east-1:000123456789:application-inference-profile/p1"
        charges.append(charge)
    return charges


def extras(world, provider, period="2026-10"):
    """Tax, credits and the like; on the bill of a period, without any usage of their own."""
    rng, charges = world.rng, []
    start, end = clock.month_window(period)
    for kind in ("tax", "credit", "refund", "discount", "fee", "adjustment", "tax"):
        if rng.random() < 0.45:
            cost = Decimal(rng.randint(-10 ** 9, 10 ** 9)) / Decimal(10) ** rng.choice((6, 8, 13, 15))
            cost = -abs(cost) if kind in ("credit", "refund", "discount") else cost
            charges.append(Charge(provider, start, end, rng.choice(places.ACCOUNTS.get(provider, ("acct-9",))), "", "",
                                  "", cost=cost, charge_type=kind, period=period,
                                  currency="EUR" if rng.random() < 0.05 else "USD"))
    return charges


def move_between_bills(world, charges):
    """Late usage: a few October hours on November's bill, and September's on October's."""
    rng = world.rng
    for charge in charges:
        if charge.period == "2026-10" and charge.start >= clock.END - 4 * clock.DAY and rng.random() < 0.2:
            charge.period = "2026-11"
        elif charge.period == "2026-09" and rng.random() < 0.4:
            charge.period = "2026-10"
    return charges


def earlier(world, charges):
    """What an earlier delivery of the same sets said: other amounts, some lines less."""
    rng = world.rng
    return [replace(charge, cost=charge.cost and charge.cost * Decimal("0.9"))
            for charge in charges if rng.random() < 0.9]


def amount_text(rng, value):
    """A number as exports print it: plain, with trailing zeros, or Java style."""
    if value is None:
        return ""
    if value == 0:
        return rng.choice(("0", "0.0", "0E-6176")) if value.as_tuple().exponent < -100 else "0"
    draw = rng.random()
    if draw < 0.3:
        return format(value.normalize(), "E")
    if draw < 0.4:
        return format(value, "f") + ("000" if "." in format(value, "f") else ".0")
    return format(value, "f")
