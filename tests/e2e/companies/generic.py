"""Bills with one row per request (OpenRouter, usage-csv), and usage-csv with windows instead."""
import json
from dataclasses import replace
from decimal import Decimal

import bills
import clock
import world as places
from world import CLASSES, write_csv

_HEADER = ("provider,request_id,usage_start,usage_end,account_id,region,api_key_id,resource_id,model,"
           "usage_class,service_tier,quantity,unit,cost,currency,charge_type,invoice_id,tags,"
           "description").split(",")


def write_openrouter(world, calls, folder):
    """Activity, one row per generation; some unknown to the gateway, some twice, some failed."""
    rng, rows = world.rng, []
    for call in calls:
        if call.provider != "openrouter" or not call.billed or rng.random() < 0.03:
            continue
        cost = sum(count * world.rate("openrouter", call.model, name, "standard", call.stamp)
                   for name, count in call.counts.items())
        if rng.random() < 0.1:
            cost *= Decimal(rng.choice(("1.02", "0", "0.5", "-1")))
        drift = rng.choice((0, 0, 0, 40 * clock.SECOND))
        created = clock.iso(call.stamp + drift).replace("T", " ").rstrip("Z")
        slug = places.MODELS["openrouter"][call.model][0]
        row = [call.request_id if rng.random() > 0.02 else "", created, bills.amount_text(rng, cost),
               "0", "0", "0", "", sum(call.counts.values()), call.counts["output"], 0, 0, slug,
               "Somewhere", "", "false", "true", "", call.api_key, "app"]
        rows += [row] * (2 if rng.random() < 0.03 else 1)
    for at in range(rng.randint(0, 5)):
        stamp = clock.START + rng.randint(0, 31 * clock.DAY - 1)
        rows.append([f"gen-stray-{at}", clock.iso(stamp).replace("T", " ").rstrip("Z"),
                     "0.0" + str(rng.randint(1, 99999)), "0", "0", "0", "", 10, 10, 0, 0, "qwen/qwen-4",
                     "Somewhere", "", "false", "true", "", rng.choice(("key-lost", "")), "app"])
    header = ("generation_id,created_at,cost_total,cost_web_search,cost_cache,cost_file_processing,"
              "byok_usage_inference,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,"
              "model_permaslug,provider_name,variant,cancelled,streamed,user,api_key_name,app_name")
    write_csv(f"{folder}/activity.csv", header.split(","), rows)
    return "."


# usage-csv -------------------------------------------------------------------------------------

def _cells(world, charge):
    rng = world.rng
    unit, quantity = "tokens", charge.quantity
    if quantity is not None and rng.random() < 0.15:
        unit, quantity = "1K tokens", quantity / 1000
    return [charge.provider, charge.request_id, clock.iso(charge.start),
            clock.iso(charge.end), charge.account, charge.region, charge.api_key,
            charge.resource, charge.model, charge.usage_class, charge.tier,
            bills.amount_text(rng, quantity), unit, bills.amount_text(rng, charge.cost), charge.currency,
            charge.charge_type, "INV-1", json.dumps(charge.tags) if charge.tags else "", ""]


def _save(world, path, charges, columns=None):
    names = columns or {}
    header = [names.get(name, name) for name in _HEADER]
    write_csv(path, header, [_cells(world, charge) for charge in charges])


def _request_charges(world, call):
    """The lines of one request: per class, or one without class; now and then incomplete."""
    rng = world.rng
    start = call.stamp + rng.choice((0, 0, 0, 90 * clock.SECOND))
    if rng.random() < 0.03:
        start += 2 * clock.DAY
    base = bills.Charge("acme_llm", start, start, call.account, call.model, "", "",
                        request_id=call.request_id, api_key=call.api_key)
    found = []
    for name in CLASSES:
        count = call.counts[name]
        if count or rng.random() < 0.02:
            cost = count * world.rate("acme_llm", call.model, name, call.tier, call.stamp)
            found.append(replace(base, usage_class=name, quantity=Decimal(count), cost=cost))
    draw = rng.random()
    if draw < 0.12 and found:
        total = sum(charge.cost for charge in found)
        if draw < 0.04:  # one class stated, the rest on a line without class
            return [found[0], replace(base, cost=total - found[0].cost)]
        return [replace(base, cost=total)]
    if draw < 0.2:
        found = found[:-1]
    if draw > 0.97:
        found.append(replace(base, usage_class="request", quantity=Decimal(1), cost=Decimal("0.0002")))
    if draw > 0.985:
        found.append(replace(base, charge_type="tax", cost=Decimal("0.011")))
    return found


def write_requests(world, calls, folder, columns):
    """The own provider's export with request ids, errors and cache hits included."""
    rng, charges = world.rng, []
    for call in calls:
        if call.provider == "acme_llm" and call.billed and (call.status != "cache_hit" or rng.random() < 0.5):
            charges += _disturbed(world, _request_charges(world, call))
    charges += _strays(world)
    charges += bills.extras(world, "acme_llm")
    rng.shuffle(charges)
    if rng.random() < 0.5:
        _save(world, f"{folder}/deliveries/01-first/usage.csv", bills.earlier(world, charges), columns)
        days = sorted({clock.day(charge.start) for charge in charges})
        late = set(rng.sample(days, max(1, len(days) // 3)))
        _save(world, f"{folder}/deliveries/02-restated/usage.csv",
              [charge for charge in charges if clock.day(charge.start) in late], columns)
        _broken(world, folder, charges, columns)
        return "deliveries"
    half = len(charges) // 2
    _save(world, f"{folder}/a.csv", charges[:half], columns)
    _save(world, f"{folder}/b.csv", charges[half:], columns)
    return "."


def _disturbed(world, charges):
    """Drift on the lines that state a quantity; the others stay as they are."""
    stated = [charge for charge in charges if charge.quantity is not None]
    return bills.disturb(world, stated) + [charge for charge in charges if charge.quantity is None]


def _strays(world):
    """Lines whose request nobody knows."""
    rng = world.rng
    return [replace(charge, request_id=f"nobody-{at}", end=charge.start)
            for at, charge in enumerate(bills.bypass(world, "acme_llm", clock.HOUR, rng.randint(0, 5)))]


def _broken(world, folder, charges, columns):
    """A delivery of one day in which one line is no number: it is refused, the day stays as it was."""
    if world.rng.random() < 0.5 or not charges:
        return
    day = clock.day(charges[0].start)
    path = f"{folder}/deliveries/03-broken/usage.csv"
    _save(world, path, [charge for charge in charges if clock.day(charge.start) == day], columns)
    with open(path, encoding="utf-8") as handle:
        lines = handle.read().split("\n")
    cells = lines[1].split(",")
    cells[_HEADER.index("cost")] = "12,5x".replace(",", "")
    lines[1] = ",".join(cells)
    with open(path, "w", encoding="utf-8", newline="") as handle:
        handle.write("\n".join(lines))


def _without_weight(world):
    """A provider whose usage is zero or negative while it charges tax: no unit can bear a part of it."""
    rng = world.rng
    if rng.random() < 0.5:
        return []
    start = clock.START + rng.randint(0, 30) * clock.DAY
    usage = bills.Charge("ember_llm", start, start + clock.DAY, "acct-9", "spark", "output", "",
                         quantity=Decimal(rng.randint(-5, 5)), cost=Decimal(rng.choice(("0", "-2.75"))))
    return [usage] + bills.extras(world, "ember_llm")


def write_windows(world, calls, folder):
    """An export of windows of several widths at once, dimensions stated here and there."""
    rng = world.rng
    billed = bills.billed_calls(calls, "lumen_llm")
    groups = {width: [] for width in (30 * clock.MINUTE, clock.HOUR, 90 * clock.MINUTE, clock.DAY)}
    for call in billed:
        groups[rng.choices(list(groups), (1, 4, 1, 4))[0]].append(call)
    charges = []
    for width, some in groups.items():
        charges += bills.disturb(world, bills.aggregate(world, some, width, tiers=False))
    for charge in charges:
        if rng.random() < 0.08:
            charge.account = ""
        if rng.random() < 0.05:
            charge.model = ""
        if rng.random() < 0.04:
            charge.usage_class = ""
        if rng.random() < 0.5:
            charge.tier = ""
    charges += bills.bypass(world, "lumen_llm", clock.DAY, rng.randint(0, 5))
    charges += bills.extras(world, "lumen_llm") + _without_weight(world)
    if rng.random() < 0.5:  # usage-only lines that give missing quantities
        charges += [replace(charge, cost=None) for charge in
                    bills.aggregate(world, billed, rng.choice((clock.HOUR, clock.DAY)), tiers=False)]
    for charge in charges:
        if charge.usage_class == "":
            charge.quantity = None if rng.random() < 0.5 else charge.quantity
    rng.shuffle(charges)
    _save(world, f"{folder}/lumen.csv", charges)
    return "."
