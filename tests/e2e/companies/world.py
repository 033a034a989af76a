"""Who the company is: its units, teams, models and prices, written as reference data."""
import csv
import os
from decimal import Decimal, getcontext

import clock

getcontext().prec = 90

CLASSES = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
VERSIONS = (("pl-2026-09", "2026-01-01", "2026-10-01"), ("pl-2026-10", "2026-10-01", ""),
            ("pl-2026-10b", "2026-10-16", ""))
_UNITS = ("retail", "Lending", "claims", "platform", "growth", "research")
_TEAMS = ("search", "chat", "fraud", "Onboarding", "quotes", "ranking", "mail", "docs")
_SERVICES = ("svc-api", "svc-batch", "svc-eval", "svc-agent", "svc-rag")

# provider -> canonical model -> (names at the gateway and at the provider)
MODELS = {
    "bedrock": {
        "claude-sonnet-4-6": ("anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6-v1:0",
                              "Claude4.6Sonnet"),
        "nova-2-lite": ("amazon.nova-2-lite", "Nova2.0Lite"),
        "gpt-oss-120b": ("openai.gpt-oss-120b", "gpt-oss-120b"),
        "claude-opus-4-8": ("anthropic.claude-opus-4-8", "Claude Opus 4.8"),
    },
    "openai": {"gpt-5.5": ("gpt-5.5-2026-04-23", "gpt-5.5"), "gpt-5.6-sol": ("gpt-5.6-sol",)},
    "anthropic": {"claude-sonnet-4-6": ("claude-sonnet-4-6", "claude-sonnet-4-6-20260301"),
                  "claude-haiku-4-5": ("claude-haiku-4-5",)},
    "openrouter": {"llama-4": ("meta/llama-4", "meta/llama-4-maverick"), "qwen-4": ("qwen/qwen-4",)},
    "acme_llm": {"house-1": ("house-1", "house-one"), "house-2": ("house-2",)},
    "lumen_llm": {"beam-s": ("beam-s", "beam-small"), "beam-l": ("beam-l",)},
}
ACCOUNTS = {
    "bedrock": ("000123456789", "210987654321"), "openai": ("proj_a", "proj_b"),
    "anthropic": ("wrkspc_1", "wrkspc_2", "default"), "openrouter": ("",),
    "acme_llm": ("acct-1", "acct-2"), "lumen_llm": ("tenant-x", "tenant-y"),
}
REGIONS = {"us-east-1": "USE1", "us-west-2": "USW2", "eu-west-1": "EU", "ap-south-1": "APS3"}


def write_csv(path, header, rows):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


class World:
    def __init__(self, rng):
        self.rng = rng
        self.units = rng.sample(_UNITS, rng.randint(2, 5))
        self.teams = list(_TEAMS[:rng.randint(4, 8)])
        self.services = list(_SERVICES[:rng.randint(3, 5)])
        self.team_rows = self._make_teams()
        self.service_rows = [(name, rng.choice(self.teams), "2026-01-01", "")
                             for name in self.services]
        self.price = {}  # (version, provider, model, class, tier, above) -> USD per token
        self.price_rows = self._make_prices()
        self.pro_rata = rng.random() < 0.25
        self.has_fx = rng.random() < 0.7
        # Providers whose events never carry an account, and those whose source supplies one.
        self.no_account = {name for name in MODELS if rng.random() < 0.12}
        self.default_account = {name for name in MODELS if rng.random() < 0.3}

    def _make_teams(self):
        rng, rows = self.rng, []
        for at, team in enumerate(self.teams):
            unit = self.units[at % len(self.units)]
            center = rng.choice(("", f"cc-{team.lower()}"))
            if at == 0:
                other = self.units[(at + 1) % len(self.units)]
                rows.append((team, unit, team, center, "2026-01-01", "2026-10-16"))
                rows.append((team, other, team, "cc-moved", "2026-10-16", ""))
            elif at == 1 and rng.random() < 0.4:
                rows.append((team, unit, team, center, "2026-01-01", "2026-10-21"))
            elif at == 2 and rng.random() < 0.3:
                rows.append((team, unit, team, center, "2026-01-01", "2026-10-11"))
                rows.append((team, unit, team, "cc-renamed", "2026-10-11", ""))
            else:
                rows.append((team, unit, team, center, "2026-01-01", ""))
        return rows

    def _make_prices(self):
        rng, rows = self.rng, []
        for provider, models in MODELS.items():
            for model in models:
                base = Decimal(rng.choice(("0.15", "1.1", "3", "2.5", "0.8", "5.0375")))
                for usage_class, ratio in zip(CLASSES, ("1", "0.1", "1.25", "2", "5")):
                    self._price_class(rows, provider, model, usage_class, base * Decimal(ratio))
        return rows

    def _price_class(self, rows, provider, model, usage_class, million):
        rng = self.rng
        if rng.random() < 0.05:
            return
        tiers = [("standard", Decimal(1))]
        tiers += [(name, Decimal(ratio)) for name, ratio in
                  (("batch", "0.5"), ("flex", "0.55"), ("priority", "1.75")) if rng.random() < 0.6]
        for version, start, end in VERSIONS:
            if rng.random() < 0.08:
                continue
            drift = Decimal(rng.choice(("1", "1", "1", "0.9", "1.0625")))
            for tier, ratio in tiers:
                bands = [(0, Decimal(1))] + ([(4000, Decimal("1.5"))] if rng.random() < 0.25 else [])
                for above, factor in bands:
                    price = million * drift * ratio * factor
                    key = (version, provider, model, usage_class, tier, above)
                    self.price[key] = price / 1000000
                    per, scale = rng.choice(((1000000, 1), (1000, 1000), (1, 1000000)))
                    rows.append((version, provider, model, usage_class, tier,
                                 above or rng.choice(("", "0")), per,
                                 format(price / scale, "f"), start, end))

    def rate(self, provider, model, usage_class, tier, stamp):
        """What the provider roughly charges for one token at that time."""
        version = "pl-2026-09" if clock.day(stamp) < "2026-10-01" else "pl-2026-10"
        for name in (version, "pl-2026-10", "pl-2026-10b", "pl-2026-09"):
            for try_tier in (tier, "standard"):
                found = self.price.get((name, provider, model, usage_class, try_tier, 0))
                if found is not None:
                    return found
        return Decimal("0.000001")

    # writing ---------------------------------------------------------------------------------

    def write(self, folder):
        rng = self.rng
        units = [(unit, unit.title(), f"cc-{unit.lower()}", f"6{at}00", f"{unit.lower()}@example.com", "",
                  rng.choice(("", "", "1", "2.5", "10")), rng.choice(("", "", "0.05", "0.5", "25")),
                  "2026-01-01", "") for at, unit in enumerate(self.units)]
        units.append(("closed", "Closed", "cc-closed", "6999", "", "", "", "", "2025-01-01", "2026-09-01"))
        if rng.random() < 0.4:
            units.append(("brief", "Brief", "cc-brief", "6998", "", "", "4", "", "2026-10-05", "2026-10-20"))
        write_csv(f"{folder}/business_units.csv",
                  "business_unit_id,name,cost_center,expense_account,owner_email,owner_login,"
                  "threshold_pct,threshold_usd,valid_from,valid_to".split(","), units)
        write_csv(f"{folder}/teams.csv",
                  "team_id,business_unit_id,name,cost_center,valid_from,valid_to".split(","), self.team_rows)
        write_csv(f"{folder}/services.csv", "service,team_id,valid_from,valid_to".split(","), self.service_rows)
        write_csv(f"{folder}/models.csv", "provider,alias,model".split(","),
                  [(provider, name, model) for provider, models in MODELS.items()
                   for model, names in models.items() for name in names if name != model])
        write_csv(f"{folder}/prices.csv",
                  "billing_rule_version,provider,model,usage_class,service_tier,above_input_tokens,"
                  "per_units,price_usd,valid_from,valid_to".split(","), self.price_rows)
        self._write_rules(folder)

    def _write_rules(self, folder):
        rng, owners = self.rng, []
        kinds = (("api_key", "key-lost"), ("api_key", "key-side"), ("tag", "user_team=growth"),
                 ("tag", "app=crawler"), ("resource", "arn:aws:bedrock:us-east-1:000123456789:"
                                          "application-inference-profile/p1"),
                 ("principal", "arn:aws:sts::000123456789:assumed-role/crawler/s1"))
        for provider in MODELS:
            accounts = [("project", ACCOUNTS[provider][0]), ("account", ACCOUNTS[provider][-1])]
            for kind, value in list(kinds) + [pair for pair in accounts if pair[1]]:
                if rng.random() < 0.5:
                    start, end = rng.choice((("2026-01-01", ""), ("2026-01-01", "2026-10-12"),
                                             ("2026-10-12", "")))
                    owners.append((provider, kind, value, rng.choice(self.teams), start, end))
        write_csv(f"{folder}/owners.csv",
                  "provider,match_kind,match_value,team_id,valid_from,valid_to".split(","), owners)
        rules = []
        for name in ("tax", "credit", "refund", "fee", "usage:other", "usage:output"):
            if rng.random() < (0.2 if name == "usage:output" else 0.4):
                rules.append(rng.choice(((name, "pro_rata", ""),
                                         (name, "business_unit", rng.choice(self.units)))))
        write_csv(f"{folder}/allocations.csv", "charge_type,method,target".split(","), rules)
        write_csv(f"{folder}/accounts.csv", "role,account".split(","),
                  [("clearing", "2100"), ("clearing:openai", "2101"), ("clearing:bedrock", "2102"),
                   ("suspense", "1999"), ("recovery", "7000"), ("central", "6000")])
        rates = [("2026-10", "EUR", "1.08375"), ("2026-09", "EUR", "1.1")] if self.has_fx else []
        write_csv(f"{folder}/fx.csv", "period,currency,usd_rate".split(","), rates)
