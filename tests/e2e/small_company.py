"""A company small enough to be built a hundred times: two business units, one provider, one month of a few dozen calls.

Its bill states half of the calls one by one and the others as day totals (a per cent dearer than the price list), has
a tax, a day that a later file restates, and a line in EUR. Tests change the parts that they are about.
"""
import datetime
import decimal
import json

PERIOD = "2026-10"
AS_OF = "2026-10-31T12:00:00Z"  # within the month: what is wrong with files belongs to the month of the run
CALLS = 48
PRICE = {"input": decimal.Decimal("0.000002"), "output": decimal.Decimal("0.000006")}

REFDATA = {
    "business_units.csv": "business_unit_id,name,cost_center,expense_account,owner_email,owner_login,threshold_pct,"
                          "threshold_usd,valid_from,valid_to\n"
                          "research,Research,CC-10,6410,,,,,2026-01-01,\n"
                          "sales,Sales,CC-20,6420,,,1,0.01,2026-01-01,\n",
    "teams.csv": "team_id,business_unit_id,name,cost_center,valid_from,valid_to\n"
                 "labs,research,Labs,,2026-01-01,\n"
                 "shop,sales,Shop,CC-21,2026-01-01,\n",
    "services.csv": "service,team_id,valid_from,valid_to\nsearch,labs,2026-01-01,\nchat,shop,2026-01-01,\n",
    "models.csv": "provider,alias,model\nmistral,mistral-small-latest,mistral-small-4\n",
    "prices.csv": "billing_rule_version,provider,model,usage_class,service_tier,above_input_tokens,per_units,price_usd,"
                  "valid_from,valid_to\n"
                  "m-1,mistral,mistral-small-4,input,standard,,1000000,2,2026-01-01,\n"
                  "m-1,mistral,mistral-small-4,output,standard,,1000000,6,2026-01-01,\n",
    "owners.csv": "provider,match_kind,match_value,team_id,valid_from,valid_to\nmistral,account,ws-2,shop,2026-01-01,\n",
    "allocations.csv": "charge_type,method,target\ntax,pro_rata,\n",
    "accounts.csv": "role,account\nclearing,2150\nsuspense,2999\n",
    "fx.csv": "period,currency,usd_rate\n2026-10,CHF,1.25\n",
}

EVENT_COLUMNS = ("request_id", "timestamp", "provider", "model", "team_id", "service", "environment", "input_tokens",
                 "output_tokens", "computed_cost_usd", "billing_rule_version", "status", "account_id")
BILL_COLUMNS = ("provider", "request_id", "usage_start", "usage_end", "account_id", "model", "usage_class", "quantity", "unit",
                "cost", "currency", "charge_type", "description")


def event(i, **change):
    """Call number i, as a dictionary of texts and numbers."""
    at = datetime.datetime(2026, 10, 1 + i % 24, 9) + datetime.timedelta(minutes=7 * i % 840)
    tokens = {"input": 1000 + 37 * i, "output": 200 + 11 * i}
    return {"request_id": f"call-{i:05d}", "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "provider": "mistral",
            "model": "mistral-small-latest", "team_id": ("labs", "shop")[i % 2], "service": ("search", "chat")[i % 2],
            "environment": "prod", "input_tokens": tokens["input"], "output_tokens": tokens["output"],
            "computed_cost_usd": str(sum(PRICE[c] * n for c, n in tokens.items())), "billing_rule_version": "m-1",
            "status": "success", "account_id": "ws-1", **change}


def events_json(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def csv_line(cells):
    quote = lambda s: '"' + s.replace('"', '""') + '"' if any(c in s for c in ',"\r\n') else s
    return ",".join(quote("" if c is None else str(c)) for c in cells)


def events_csv(rows, newline="\n"):
    return "".join(csv_line(cells) + newline for cells in [EVENT_COLUMNS, *([r[c] for c in EVENT_COLUMNS] for r in rows)])


def line(**cells):
    """A line of the generic bill."""
    return {"provider": "mistral", "account_id": "ws-1", "model": "mistral-small-4", "unit": "tokens", "currency": "USD",
            "charge_type": "usage", **cells}


def bill_csv(lines, newline="\n"):
    return "".join(csv_line(cells) + newline for cells in [BILL_COLUMNS, *([l.get(c) for c in BILL_COLUMNS] for l in lines)])


def call_lines(call):
    """A bill's lines for one call, by its request id."""
    return [line(request_id=call["request_id"], usage_start=call["timestamp"], usage_end=call["timestamp"], usage_class=c,
                 quantity=call[f"{c}_tokens"], cost=PRICE[c] * call[f"{c}_tokens"]) for c in PRICE]


def day_lines(calls, day, dearer="1.01"):
    """A bill's lines for the calls of one day, added up."""
    start = datetime.date.fromisoformat(day)
    end = start + datetime.timedelta(days=1)
    total = {c: sum(call[f"{c}_tokens"] for call in calls if call["timestamp"].startswith(day)) for c in PRICE}
    return [line(usage_start=f"{start}T00:00:00Z", usage_end=f"{end}T00:00:00Z", usage_class=c, quantity=n,
                 cost=PRICE[c] * n * decimal.Decimal(dearer)) for c, n in total.items()]


def other_day(day=29, cost="1.00", **cells):
    """A line that has nothing to do with the calls: a usage line of its own day, owned through its account."""
    return line(**{"account_id": "ws-2", "usage_start": f"2026-10-{day}T00:00:00Z", "usage_end": f"2026-10-{day + 1}T00:00:00Z",
                   "usage_class": "other", "quantity": 1, "unit": "items", "cost": cost, **cells})


CUR_ROW = {
    "bill_billing_entity": "AWS", "bill_billing_period_start_date": "2026-10-01T00:00:00Z", "bill_payer_account_id": "111122223333",
    "bill_billing_period_end_date": "2026-11-01T00:00:00Z", "line_item_usage_account_id": "111122223333",
    "line_item_line_item_type": "Usage", "line_item_product_code": "AmazonBedrock",
    "line_item_usage_type": "USE1-Nova2.0Lite-input-tokens", "line_item_usage_start_date": "2026-10-05T00:00:00Z",
    "line_item_usage_end_date": "2026-10-06T00:00:00Z", "line_item_usage_amount": "1", "pricing_unit": "1K tokens",
    "line_item_currency_code": "USD", "line_item_unblended_cost": "", "line_item_net_unblended_cost": "",
}


def cur(*rows):
    """A CUR of rows [cost, net cost, product code, line item type], of which the last three may be left out."""
    names = ("line_item_unblended_cost", "line_item_net_unblended_cost", "line_item_product_code", "line_item_line_item_type")
    cells = [{**CUR_ROW, **dict(zip(names, map(str, row)))} for row in rows]
    return "\n".join([",".join(CUR_ROW), *(",".join(row.values()) for row in cells)]) + "\n"


def files():
    """All of its files, by name, in the order in which they come."""
    calls = [event(i) for i in range(CALLS)]
    single, summed = [c for c in calls if int(c["timestamp"][8:10]) <= 12], [c for c in calls if int(c["timestamp"][8:10]) > 12]
    days = sorted({c["timestamp"][:10] for c in summed})
    tax = line(usage_start="2026-10-28T00:00:00Z", usage_end="2026-10-29T00:00:00Z", cost="3.333333", charge_type="tax",
               model=None, unit=None)
    return {
        "events/1.jsonl": events_json([*calls[:30], event(3, output_tokens=1, computed_cost_usd="0.000001"),
                                       event(900, input_tokens=-5), event(31, team_id="nobody", request_id="call-x")]),
        "events/2.csv": events_csv([*calls[30:], calls[7]]),
        "bill/1-calls.csv": bill_csv([l for call in single for l in call_lines(call)]),
        "bill/2-days.csv": bill_csv([l for day in days for l in day_lines(summed, day)]),
        "bill/3-other.csv": bill_csv([tax, other_day(27, "5.55", currency="CHF"), other_day(30, "0.07", account_id="ws-9")]),
        "restated/days.csv": bill_csv(day_lines(summed, days[0], "1.02")),
    }


# The paths of each ingest call, in order.
INGESTS = (("events",), ("bill",), ("restated",))
