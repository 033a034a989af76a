"""The two records that all readers yield, and the words they share."""
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Optional

TOKEN_CLASSES = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
CHARGE_TYPES = ("usage", "tax", "credit", "refund", "discount", "fee", "adjustment")
USAGE_CLASSES = TOKEN_CLASSES + ("request", "image", "audio", "hour", "other")
BILLABLE = ("success", "partial")

_PROVIDERS = {
    "aws.bedrock": "bedrock", "aws_bedrock": "bedrock", "amazon_bedrock": "bedrock",
    "bedrock_converse": "bedrock", "azure": "azure_openai", "azure.ai.openai": "azure_openai",
    "gcp.vertex_ai": "vertex_ai", "vertex_ai-anthropic_models": "vertex_ai",
}


class BadDelivery(Exception):
    """One unusable bill line: the delivery that holds it is refused as a whole."""


def provider_name(text, provider_map=None):
    name = (text or "").strip().lower()
    name = (provider_map or {}).get(name, name)
    return _PROVIDERS.get(name, name)


def tier_name(text, batch=False):
    """The tier that an event or a line names; nothing when none is named."""
    if batch:
        return "batch"
    name = (text or "").strip().lower()
    if name in ("default", "on_demand", "auto"):
        return "standard"
    return name or None


def unit_factor(unit):
    """By how much a quantity in this unit is multiplied to be in single units."""
    text = (unit or "").strip().lower()
    if text.startswith("1k"):
        return 1000
    if text.startswith("1m"):
        return 1000000
    return 1


@dataclass
class Event:
    provider: str
    request_id: str
    stamp: int
    day: str
    month: str
    model: str
    team_id: str
    service: str
    environment: str
    tenant: str
    feature: str
    account_id: Optional[str]
    region: Optional[str]
    api_key_id: Optional[str]
    resource_id: Optional[str]
    tier: str
    status: str
    input_tokens: int
    counts: dict
    computed: Optional[Fraction]
    version: str
    unit_price: dict
    digest: str
    rule: dict = field(default_factory=dict)
    owner_team: str = ""
    owner_bu: str = "unattributed"

    @property
    def key(self):
        return (self.provider, self.request_id)

    @property
    def billable(self):
        return self.status in BILLABLE

    @property
    def rule_cost(self):
        return sum(self.rule.values(), Fraction(0))

    @property
    def computed_cost(self):
        return self.rule_cost if self.computed is None else self.computed


@dataclass
class Line:
    provider: str
    charge_type: str
    period: str
    start: int
    end: int
    source: str = ""
    request_id: Optional[str] = None
    account_id: Optional[str] = None
    region: Optional[str] = None
    api_key_id: Optional[str] = None
    resource_id: Optional[str] = None
    principal: Optional[str] = None
    model: Optional[str] = None
    usage_class: Optional[str] = None
    tier: Optional[str] = None
    quantity: Optional[Fraction] = None
    cost: Optional[Fraction] = None
    currency: str = "USD"
    tags: dict = field(default_factory=dict)
    order: int = 0

    @property
    def is_usage(self):
        return self.charge_type == "usage"
