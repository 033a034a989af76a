"""The AWS Cost and Usage Report: CUR 2.0 and legacy columns, with manifests or bare chunks.

A report holds every AWS service; only Bedrock's rows, and the tax, credits and discounts of the
same products, become lines.
"""
import json
import os
import re
from fractions import Fraction

import table
import when
from events import read_bytes
from model import BadDelivery, Line

_REGIONS = {
    "USE1": "us-east-1", "USE2": "us-east-2", "USW1": "us-west-1", "USW2": "us-west-2",
    "EU": "eu-west-1", "EUW1": "eu-west-1", "EUW2": "eu-west-2", "EUW3": "eu-west-3",
    "EUC1": "eu-central-1", "EUN1": "eu-north-1", "EUS1": "eu-south-1", "APN1": "ap-northeast-1",
    "APN2": "ap-northeast-2", "APN3": "ap-northeast-3", "APS1": "ap-southeast-1",
    "APS2": "ap-southeast-2", "APS3": "ap-south-1", "APE1": "ap-east-1", "CAN1": "ca-central-1",
    "SAE1": "sa-east-1",
}
_PRODUCTS = ("AmazonBedrock", "AmazonBedrockService", "AmazonBedrockFoundationModels",
             "AmazonBedrockAgentCore")
_USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")


# columns -------------------------------------------------------------------------------------

def column_name(header):
    """`lineItem/UsageType` and `line_item_usage_type` are one column."""
    if "/" not in header:
        return header
    category, name = header.split("/", 1)
    if category in ("resourceTags", "costCategory"):
        return header
    return _snake(category) + "_" + _snake(name)


def _snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def tag_key(key):
    """Every variant of a tag's key in its normal form, `user_team`."""
    key = key.split("/", 1)[1] if key.startswith("resourceTags/") else key
    return _snake(key).strip("_")


def _map(cell, where):
    if not cell:
        return {}
    try:
        value = json.loads(cell)
    except ValueError as problem:
        raise BadDelivery(f"{where}: a map that is no JSON") from problem
    return value if isinstance(value, dict) else {}


def _tags(row, where):
    tags = {}
    for column in ("resource_tags", "tags"):
        for key, value in _map(row.get(column), where).items():
            tags[tag_key(key)] = str(value)
    for column, value in row.items():
        if column.startswith("resourceTags/") and value:
            tags[tag_key(column)] = value
    return tags


def _product(row, where):
    product = _map(row.get("product"), where)
    for name in ("product_name", "product_family", "model", "region_code"):
        if row.get("product_" + name):
            product[name] = row["product_" + name]
    return product


# usage types ---------------------------------------------------------------------------------

def usage_class(name):
    """The class that a usage type's text names: cache before input, an hour before five minutes."""
    flat = re.sub(r"[-_]", "", name.lower())
    if "cacheread" in flat:
        return "cache_read"
    if "cachewrite" in flat:
        return "cache_write_1h" if "1h" in flat else "cache_write_5m"
    if "inputtoken" in flat:
        return "input"
    if "outputtoken" in flat:
        return "output"
    return "other"


def split_usage_type(text):
    """(region, model fragment, usage class, tier) of a usage type."""
    region, rest = None, text
    prefix = re.match(r"^([A-Z]{2,4}\d?)-(.*)$", text)
    if prefix and prefix[1] in _REGIONS:
        region, rest = _REGIONS[prefix[1]], prefix[2]
    if rest.startswith("MP:"):
        fragment, suffix = None, rest[3:]
    else:
        found = re.match(r"^(.*?)(?:-mantle)?-((?:cache-?read|cache-?write|input|output).*)$", rest)
        fragment, suffix = (found[1], found[2]) if found else (None, rest)
    words = re.split(r"[-_]", suffix.lower())
    tier = next((word for word in words if word in ("batch", "flex", "priority")), None)
    return region, fragment, usage_class(suffix), tier


def _factor(row, marketplace):
    unit = row.get("pricing_unit", "").lower()
    if unit.startswith("1k"):
        return 1000
    if unit.startswith("1m"):
        return 1000000
    if unit == "units" and marketplace:
        parts = row.get("line_item_line_item_description", "").split("|")
        scale = parts[2].lower() if len(parts) > 2 else ""
        return 1000 if "thousand" in scale else 1000000
    return 1


def _model(row, fragment, product):
    if fragment:
        return fragment
    arn = row.get("line_item_resource_id", "")
    if ":foundation-model/" in arn:
        return arn.split(":foundation-model/", 1)[1]
    if product.get("model"):
        return product["model"]
    return product.get("product_name", "").replace("(Amazon Bedrock Edition)", "").strip() or None


# rows ----------------------------------------------------------------------------------------

def charge_type(item_type):
    if item_type in _USAGE:
        return "usage"
    if item_type == "SavingsPlanNegation" or item_type.endswith("Discount"):
        return "discount"
    if item_type.endswith("Fee") or item_type == "FlatRateSubscription":
        return "fee"
    if item_type in ("Tax", "Credit", "Refund"):
        return item_type.lower()
    return "adjustment"


def select(rows, where):
    """The rows of a delivery that are Bedrock's."""
    def is_bedrock(row):
        product = _product(row, where)
        entity = row.get("bill_billing_entity") or "AWS"
        code = row.get("line_item_product_code", "")
        return ((entity == "AWS" and code in _PRODUCTS)
                or (entity == "AWS Marketplace" and "Bedrock" in product.get("product_name", ""))
                or product.get("product_family") == "Amazon Bedrock")

    chosen = [is_bedrock(row) for row in rows]
    codes = {row.get("line_item_product_code") for row, taken in zip(rows, chosen) if taken}
    return [row for row, taken in zip(rows, chosen)
            if taken or (row.get("line_item_product_code") in codes
                         and charge_type(row.get("line_item_line_item_type", "")) != "usage")]


def _line(source, row, cost_column, where):
    kind = charge_type(row.get("line_item_line_item_type", ""))
    start = table.moment(row.get("line_item_usage_start_date", ""), where)
    end = table.moment(row.get("line_item_usage_end_date", ""), where)
    bill = table.moment(row.get("bill_billing_period_start_date", ""), where)
    if end < start:
        raise BadDelivery(f"{where}: usage that ends before it starts")
    product = _product(row, where)
    region, fragment, class_name, tier = split_usage_type(row.get("line_item_usage_type", ""))
    arn = row.get("line_item_resource_id", "")
    region = region or product.get("region_code") or (arn.split(":")[3] if arn.count(":") > 4 else None)
    tags = _tags(row, where)
    line = Line(
        provider="bedrock", charge_type=kind, period=when.month(bill), start=start, end=end,
        account_id=row.get("line_item_usage_account_id") or None, region=region or None,
        resource_id=arn or None, principal=row.get("line_item_iam_principal") or None,
        cost=table.number(row.get(cost_column), where) or Fraction(0),
        currency=(row.get("line_item_currency_code") or "USD").upper(), tags=tags)
    if source.request_id_tag:
        line.request_id = tags.get(tag_key(source.request_id_tag)) or None
    if kind == "usage":
        line.model, line.usage_class, line.tier = _model(row, fragment, product), class_name, tier
        quantity = table.number(row.get("line_item_usage_amount"), where)
        marketplace = row.get("bill_billing_entity") == "AWS Marketplace"
        line.quantity = None if quantity is None else quantity * _factor(row, marketplace)
    return line


# deliveries ----------------------------------------------------------------------------------

def _manifest_files(manifest, folder_files):
    """The data files that a manifest names, found among the files at hand."""
    paths = []
    for uri in manifest.get("dataFiles") or manifest.get("reportKeys") or []:
        parts = re.sub(r"^s3://[^/]+/", "", uri).split("/")
        for at in range(len(parts)):
            tail = "/" + "/".join(parts[at:])
            hits = [path for path in folder_files if path.endswith(tail)]
            if hits:
                paths.append(hits[0])
                break
        else:
            raise BadDelivery(f"{uri}: named by the manifest, not there")
    return paths


def _period_of(path, manifest):
    if manifest.get("billingPeriod"):
        start = manifest["billingPeriod"]["start"]
        return f"{start[:4]}-{start[4:6]}"
    found = re.search(r"BILLING_PERIOD=(\d{4}-\d\d)", path)
    return found[1] if found else ""


def _bundles(files):
    """[(dataset, data files)]: of each report and billing period the last manifest's, else the chunks."""
    latest = {}
    for path in files:
        if path.endswith("Manifest.json"):
            manifest = json.loads(read_bytes(path))
            name = manifest.get("reportName") or os.path.basename(path).rsplit("-Manifest", 1)[0]
            latest[name, _period_of(path, manifest)] = manifest
    if latest:
        return [(name, _manifest_files(manifest, files)) for (name, _), manifest in latest.items()]
    grouped = {}
    for path in files:
        found = re.match(r"^(.*?)-?\d*\.csv(\.gz)?$", os.path.basename(path))
        if found:
            grouped.setdefault(found[1], []).append(path)
    return list(grouped.items())


def read(source, files):
    """{(dataset, payer, billing period): lines} of one ingest call."""
    sets, order = {}, 0
    for dataset, paths in _bundles(files):
        rows = []
        for path in paths:
            _, found = table.rows(path)
            rows.extend({column_name(name): value for name, value in row.items()} for row in found)
        kept = select(rows, dataset)
        net = any(row.get("line_item_net_unblended_cost") for row in kept)
        column = "line_item_net_unblended_cost" if net else "line_item_unblended_cost"
        for row in rows:
            period = row.get("bill_billing_period_start_date", "")[:7]
            sets.setdefault((dataset, row.get("bill_payer_account_id", ""), period), [])
        for row in kept:
            order += 1
            line = _line(source, row, column, dataset)
            line.order = order
            sets[dataset, row.get("bill_payer_account_id", ""), line.period].append(line)
    return sets
