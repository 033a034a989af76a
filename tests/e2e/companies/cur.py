"""Bedrock's bill as AWS delivers it: CUR 2.0 with maps, or the legacy columns; manifests or not."""
import csv
import gzip
import io
import json
import os
from decimal import Decimal

import bills
import clock
import world as places

_FRAGMENTS = {"claude-sonnet-4-6": "Claude4.6Sonnet", "nova-2-lite": "Nova2.0Lite",
              "gpt-oss-120b": "gpt-oss-120b"}
_SUFFIXES = {"input": "input-tokens", "output": "output-tokens",
             "cache_read": "cache-read-input-token-count",
             "cache_write_5m": "cache-write-input-token-count",
             "cache_write_1h": "cache-write-1h-input-token-count"}
_MARKET = {"input": "InputTokenCount", "output": "OutputTokenCount",
           "cache_read": "CacheReadInputTokenCount", "cache_write_5m": "CacheWriteInputTokenCount",
           "cache_write_1h": "CacheWrite1hInputTokenCount"}
_TYPES = {"usage": "Usage", "tax": "Tax", "credit": "Credit", "refund": "Refund",
          "discount": "EdpDiscount", "fee": "Fee", "adjustment": "Rounding"}
_NEW = ("bill_bill_type,bill_billing_entity,bill_billing_period_start_date,bill_invoice_id,"
        "bill_payer_account_id,identity_line_item_id,line_item_currency_code,line_item_iam_principal,"
        "line_item_line_item_description,line_item_line_item_type,line_item_operation,"
        "line_item_product_code,line_item_resource_id,line_item_unblended_cost,line_item_usage_account_id,"
        "line_item_usage_amount,line_item_usage_end_date,line_item_usage_start_date,line_item_usage_type,"
        "pricing_unit,product,product_product_family,product_region_code,resource_tags").split(",")
_OLD = {
    "bill_bill_type": "bill/BillType", "bill_billing_entity": "bill/BillingEntity",
    "bill_billing_period_start_date": "bill/BillingPeriodStartDate", "bill_invoice_id": "bill/InvoiceId",
    "bill_payer_account_id": "bill/PayerAccountId", "identity_line_item_id": "identity/LineItemId",
    "line_item_currency_code": "lineItem/CurrencyCode", "line_item_iam_principal": "lineItem/IamPrincipal",
    "line_item_line_item_description": "lineItem/LineItemDescription",
    "line_item_line_item_type": "lineItem/LineItemType", "line_item_operation": "lineItem/Operation",
    "line_item_product_code": "lineItem/ProductCode", "line_item_resource_id": "lineItem/ResourceId",
    "line_item_unblended_cost": "lineItem/UnblendedCost",
    "line_item_net_unblended_cost": "lineItem/NetUnblendedCost",
    "line_item_usage_account_id": "lineItem/UsageAccountId",
    "line_item_usage_amount": "lineItem/UsageAmount", "line_item_usage_end_date": "lineItem/UsageEndDate",
    "line_item_usage_start_date": "lineItem/UsageStartDate", "line_item_usage_type": "lineItem/UsageType",
    "pricing_unit": "pricing/unit", "product_product_name": "product/ProductName",
    "product_product_family": "product/productFamily", "product_region_code": "product/regionCode",
}


class Report:
    def __init__(self, world):
        self.world, self.rng = world, world.rng
        self.legacy = self.rng.random() < 0.35
        self.net = self.rng.random() < 0.3
        self.width = self.rng.choice((clock.HOUR, clock.HOUR, clock.DAY))
        self.number = 0

    # rows ------------------------------------------------------------------------------------

    def _base(self, charge):
        self.number += 1
        shape = self.rng.choice(("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.000Z", "%Y-%m-%d %H:%M:%S"))
        period_start = clock.month_window(charge.period)[0]
        cost = bills.amount_text(self.rng, charge.cost)
        row = {
            "bill_bill_type": "Anniversary", "bill_billing_entity": "AWS",
            "bill_billing_period_start_date": clock.moment(period_start).strftime(shape),
            "bill_payer_account_id": "999900001111", "identity_line_item_id": f"id{self.number}",
            "line_item_currency_code": charge.currency, "line_item_iam_principal": charge.principal,
            "line_item_line_item_type": _TYPES[charge.charge_type],
            "line_item_product_code": "AmazonBedrock", "line_item_resource_id": charge.resource,
            "line_item_unblended_cost": cost, "line_item_usage_account_id": charge.account,
            "line_item_usage_start_date": clock.moment(charge.start).strftime(shape),
            "line_item_usage_end_date": clock.moment(charge.end).strftime(shape),
            "product_product_family": "", "tags": charge.tags, "product": {},
        }
        if self.net:
            row["line_item_net_unblended_cost"] = "" if self.rng.random() < 0.02 else cost
            row["line_item_unblended_cost"] = bills.amount_text(self.rng, charge.cost * 2)
        return row

    def _row(self, charge):
        row = self._base(charge)
        if charge.charge_type != "usage":
            row["line_item_usage_amount"] = "1.0"
            return row
        prefix = places.REGIONS[charge.region]
        row["line_item_operation"] = self.rng.choice(("Usage", "InvokeModelInference"))
        quantity = charge.quantity
        if charge.usage_class == "other":
            row["line_item_usage_type"] = f"{prefix}-Guardrail-ContentPolicyUnitsConsumed"
            row["pricing_unit"] = "1K TextUnits"
        elif charge.model == "claude-opus-4-8":
            self._marketplace(row, charge, prefix)
        else:
            self._first_party(row, charge, prefix)
        scale = row.pop("scale", 1000000 if row["pricing_unit"].startswith("1M") else 1000)
        row["line_item_usage_amount"] = bills.amount_text(
            self.rng, None if quantity is None else quantity / scale)
        return row

    def _first_party(self, row, charge, prefix):
        rng = self.rng
        text = f"{_FRAGMENTS[charge.model]}-{_SUFFIXES[charge.usage_class]}"
        if charge.model == "gpt-oss-120b" and rng.random() < 0.5 and charge.usage_class in ("input", "output"):
            text = f"openai.gpt-oss-120b-mantle-{charge.usage_class}-tokens"
        if rng.random() < 0.1:
            text += "-cross-region-global"
        if charge.tier != "standard":
            text += "-" + charge.tier
        row["line_item_usage_type"] = f"{prefix}-{text}"
        row["pricing_unit"] = rng.choice(("1K tokens", "1M tokens"))
        row["product_product_family"] = rng.choice(("", "Amazon Bedrock"))

    def _marketplace(self, row, charge, prefix):
        rng = self.rng
        suffix = "_Global" if rng.random() < 0.2 else ""
        suffix += {"standard": "", "batch": "_Batch", "flex": "_Flex", "priority": "_Priority"}[charge.tier]
        row["bill_billing_entity"] = "AWS Marketplace"
        row["line_item_product_code"] = "4a524th30q694o538qndh9ucht"
        row["line_item_usage_type"] = f"{prefix}-MP:{prefix}_{_MARKET[charge.usage_class]}{suffix}-Units"
        row["pricing_unit"] = "Units"
        scale = rng.choice(("Million", "thousand", ""))
        row["scale"] = 1000 if scale == "thousand" else 1000000
        row["line_item_line_item_description"] = (
            f"AWS Marketplace software usage|{charge.region}|{scale} Input Tokens" if scale else "usage")
        row["product"] = {"product_name": "Claude Opus 4.8 (Amazon Bedrock Edition)"}
        if not charge.resource and rng.random() < 0.5:
            row["line_item_resource_id"] = (
                f"arn:aws:bedrock:{charge.region}::foundation-model/anthropic.claude-opus-4-8")

    def _noise(self, period):
        """Another service's row, and a marketplace tax row that only its product code gives away."""
        start, end = clock.month_window(period)
        other = self._base(bills.Charge("x", start, start + clock.HOUR, "000123456789", "", "", "",
                                        cost=Decimal("12.5"), period=period))
        other.update(line_item_product_code="AmazonEC2", line_item_usage_type="BoxUsage:t3.large",
                     line_item_usage_amount="1.0", pricing_unit="Hrs")
        tax = self._base(bills.Charge("x", start, end, "000123456789", "", "", "", cost=Decimal("0.37"),
                                      period=period, charge_type="tax"))
        tax.update(bill_billing_entity="AWS Marketplace", line_item_product_code="4a524th30q694o538qndh9ucht",
                   line_item_usage_amount="1.0")
        return [other, tax]

    # files -----------------------------------------------------------------------------------

    def _cells(self, row):
        """Header and cells of a row in the report's own column style."""
        row = dict(row)
        tags, product = row.pop("tags"), row.pop("product")
        if not self.legacy:
            row["resource_tags"] = json.dumps(tags) if tags else self.rng.choice(("", "{}"))
            row["product"] = json.dumps(product) if product else "{}"
            return row
        row["product_product_name"] = product.get("product_name", "")
        cells = {_OLD[name]: value for name, value in row.items()}
        cells["resourceTags/user:Team"] = tags.get("user_team", "")
        cells["resourceTags/app"] = tags.get("app", "")
        return cells

    def _header(self):
        if not self.legacy:
            return list(_NEW) + (["line_item_net_unblended_cost"] if self.net else [])
        names = [name for name in _OLD if self.net or name != "line_item_net_unblended_cost"]
        return [_OLD[name] for name in names] + ["resourceTags/user:Team", "resourceTags/app"]

    def chunk(self, rows):
        text = io.StringIO()
        out = csv.DictWriter(text, self._header(), restval="", lineterminator="\n")
        out.writeheader()
        for row in rows:
            out.writerow(self._cells(row))
        return text.getvalue().encode()

    def rows(self, charges, period):
        kept = [self._row(charge) for charge in charges if charge.period == period]
        kept += self._noise(period)
        self.rng.shuffle(kept)
        return kept

    def deliver(self, folder, charges, period, execution):
        """One execution of the report: chunks, and the manifest that names them."""
        rows = self.rows(charges, period)
        cut = len(rows) // 2
        chunks = [self.chunk(rows[:cut]), self.chunk(rows[cut:])]
        if self.legacy:
            start = period.replace("-", "") + "01"
            end = clock.day(clock.month_window(period)[1]).replace("-", "")
            data = f"cost/bedrock/{start}-{end}/{execution}"
            names = [f"{data}/bedrock-{at}.csv.gz" for at in (1, 2)]
            manifest = {"assemblyId": execution, "account": "999900001111", "reportName": "bedrock",
                        "compression": "GZIP", "contentType": "text/csv", "charset": "UTF-8",
                        "billingPeriod": {"start": f"{start}T000000.000Z", "end": f"{end}T000000.000Z"},
                        "bucket": "billing", "reportKeys": names}
            meta = f"{data}/bedrock-Manifest.json"
        else:
            part = f"BILLING_PERIOD={period}/{execution}"
            names = [f"cost/bedrock/data/{part}/bedrock-{at:05d}.csv.gz" for at in (1, 2)]
            manifest = {"executionId": execution, "dataFiles": [f"s3://billing/{name}" for name in names]}
            meta = f"cost/bedrock/metadata/{part}/bedrock-Manifest.json"
        for name, data in zip(names, chunks):
            put(f"{folder}/{name}", gzip.compress(data, mtime=0))
        put(f"{folder}/{meta}", json.dumps(manifest, indent=1).encode())


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as handle:
        handle.write(data)


def write(world, calls, folder):
    """Writes the whole report below folder; returns the source's path relative to it."""
    rng = world.rng
    report = Report(world)
    charges = bills.disturb(world, bills.aggregate(world, bills.billed_calls(calls, "bedrock"), report.width))
    charges += bills.bypass(world, "bedrock", report.width, rng.randint(2, 12))
    charges += bills.bypass(world, "bedrock", clock.DAY, rng.randint(0, 3))
    charges = bills.move_between_bills(world, charges) + bills.extras(world, "bedrock")
    periods = ("2026-09", "2026-10", "2026-11")
    layout = rng.choice(("executions", "deliveries", "bare"))
    if layout == "bare":
        for period in periods:
            rows = report.rows(charges, period)
            data = report.chunk(rows)
            put(f"{folder}/{period}-00001.csv" + (".gz" if rng.random() < 0.5 else ""), data)
        return "."
    for period in periods:
        if layout == "executions":
            if rng.random() < 0.5:
                report.deliver(folder, bills.earlier(world, charges), period, "20261102T010203Z-1111")
            report.deliver(folder, charges, period, "20261104T010203Z-0999")
            if not report.legacy:  # what overwriting leaves of a chunk that is no longer needed
                part = f"cost/bedrock/data/BILLING_PERIOD={period}/20261104T010203Z-0999"
                put(f"{folder}/{part}/bedrock-00003.csv.gz", b"")
        else:
            report.deliver(f"{folder}/deliveries/01-first", bills.earlier(world, charges), period, "a1")
    if layout == "executions":
        return "."
    report.deliver(f"{folder}/deliveries/02-restated", charges, "2026-10", "a0")
    return "deliveries"
