"""Reference data: who owns what and what it costs, each row in force between two dates."""
import csv
import os
from fractions import Fraction

import exact
import when
from model import TOKEN_CLASSES, provider_name

_SNAPSHOT_KEYS = {
    "input": "input_per_million", "cache_read": "cached_input_per_million",
    "cache_write_5m": "cache_write_per_million", "cache_write_1h": "cache_write_1h_per_million",
    "output": "output_per_million",
}
_KINDS = ("tag", "principal", "resource", "api_key", "project", "account")


def in_force(row, day):
    return row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"])


class RefData:
    def __init__(self, folder):
        self.folder = folder
        self.business_units = self._rows("business_units")
        self.teams = self._rows("teams")
        self.services = self._rows("services")
        self.owners = self._rows("owners")
        self.allocations = {row["charge_type"]: row for row in self._rows("allocations")}
        self.accounts = {row["role"]: row["account"] for row in self._rows("accounts")}
        self.models = {(provider_name(row["provider"]), row["alias"]): row["model"]
                       for row in self._rows("models")}
        self.rates = {(row["period"], row["currency"].upper()): exact.parse(row["usd_rate"])
                      for row in self._rows("fx")}
        self.prices, self.versions = {}, set()
        for row in self._rows("prices"):
            self._add_price(row)

    def _rows(self, name):
        path = os.path.join(self.folder, name + ".csv")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8-sig", newline="") as handle:
            rows = [{key: (value or "").strip() for key, value in row.items() if key}
                    for row in csv.DictReader(handle)]
        for row in rows:
            for column in ("valid_from", "valid_to", "cost_center", "threshold_pct", "threshold_usd",
                           "expense_account", "service_tier", "above_input_tokens", "per_units", "target"):
                row.setdefault(column, "")
        return rows

    def _add_price(self, row):
        key = (provider_name(row["provider"]), row["model"], row["usage_class"])
        row["service_tier"] = row["service_tier"] or "standard"
        row["above"] = int(exact.maybe(row["above_input_tokens"]) or 0)
        row["price"] = exact.parse(row["price_usd"]) / (exact.maybe(row["per_units"]) or 1)
        self.prices.setdefault(key, []).append(row)
        self.versions.add(row["billing_rule_version"])

    # ownership -------------------------------------------------------------------------------

    def bu_of(self, team, day):
        """The business unit of a team on a day; nothing when the team is not in force."""
        for row in self.teams:
            if row["team_id"] == team and in_force(row, day):
                return row["business_unit_id"]
        return None

    def owner_of_event(self, team, service, day):
        """(team, business unit): the event's team, else its service's team, else nobody."""
        unit = self.bu_of(team, day) if team else None
        if unit:
            return team, unit
        for row in self.services:
            if service and row["service"] == service and in_force(row, day):
                unit = self.bu_of(row["team_id"], day)
                if unit:
                    return row["team_id"], unit
        return "", "unattributed"

    def owner_of_line(self, line):
        """(team, business unit) that owners.csv gives for a line, or None."""
        day = when.day(line.start)
        values = {
            "tag": {f"{key}={value}" for key, value in line.tags.items()},
            "principal": {line.principal}, "resource": {line.resource_id},
            "api_key": {line.api_key_id}, "project": {line.account_id}, "account": {line.account_id},
        }
        for kind in _KINDS:
            found = []
            for row in self.owners:
                if row["match_kind"] != kind or row["match_value"] not in values[kind]:
                    continue
                if provider_name(row["provider"]) != line.provider or not in_force(row, day):
                    continue
                unit = self.bu_of(row["team_id"], day)
                if unit:
                    found.append((row["match_value"], row["team_id"], unit))
            if found:
                return min(found)[1:]
        return None

    def unit_row(self, unit, last_day):
        """The row of a business unit in force on the period's last day, else its latest."""
        rows = [row for row in self.business_units if row["business_unit_id"] == unit]
        for row in rows:
            if in_force(row, last_day):
                return row
        return max(rows, key=lambda row: row["valid_from"], default=None)

    def units_in(self, period):
        first, following, _ = when.month_bounds(period)
        return {row["business_unit_id"] for row in self.business_units
                if row["valid_from"] < following and (not row["valid_to"] or row["valid_to"] > first)}

    def cost_center(self, team, unit, last_day):
        """A team's cost center within a business unit, else the unit's."""
        rows = [row for row in self.teams
                if row["team_id"] == team and row["business_unit_id"] == unit]
        begun = [row for row in rows if row["valid_from"] <= last_day] or rows
        row = max(begun, key=lambda row: row["valid_from"], default=None)
        if row and row["cost_center"]:
            return row["cost_center"]
        unit_row = self.unit_row(unit, last_day)
        return unit_row["cost_center"] if unit_row else ""

    def account(self, role, provider=None):
        if provider and f"{role}:{provider}" in self.accounts:
            return self.accounts[f"{role}:{provider}"]
        return self.accounts.get(role, role)

    def canonical(self, provider, model):
        return self.models.get((provider, model), model) if model else model

    # prices ----------------------------------------------------------------------------------

    def price(self, event, usage_class):
        """USD for one unit of a class of an event; zero when nothing prices it."""
        rows = [row for row in self.prices.get((event.provider, event.model, usage_class), [])
                if row["valid_from"] <= event.day
                and (row["above"] == 0 or row["above"] < event.input_tokens)]
        tiers = [event.tier] + (["standard"] if event.tier != "standard" else [])
        for tier in tiers:
            own = [row for row in rows if row["service_tier"] == tier
                   and event.version and row["billing_rule_version"] == event.version]
            current = [row for row in own if in_force(row, event.day)]
            if current:
                return max(current, key=lambda row: (row["above"], row["valid_from"]))["price"]
            if own:
                return max(own, key=lambda row: (row["valid_from"], row["above"]))["price"]
        snapshot = self._snapshot(event.unit_price, usage_class)
        if snapshot is not None:
            return snapshot
        for tier in tiers:
            book = [row for row in rows if row["service_tier"] == tier and in_force(row, event.day)]
            if book:
                first = min(row["billing_rule_version"] for row in book
                            if (row["valid_from"], row["above"])
                            == max((other["valid_from"], other["above"]) for other in book))
                best = max((row["valid_from"], row["above"]) for row in book)
                return next(row["price"] for row in book if row["billing_rule_version"] == first
                            and (row["valid_from"], row["above"]) == best)
        return Fraction(0)

    @staticmethod
    def _snapshot(unit_price, usage_class):
        if not unit_price or str(unit_price.get("currency") or "USD").upper() != "USD":
            return None
        value = exact.maybe(unit_price.get(_SNAPSHOT_KEYS[usage_class]))
        return None if value is None else value / 1000000

    def rate_events(self, events):
        """Gives every event its owner and the rule cost of each of its classes."""
        for event in events:
            event.owner_team, event.owner_bu = self.owner_of_event(
                event.team_id, event.service, event.day)
            for usage_class in TOKEN_CLASSES:
                count = event.counts[usage_class]
                event.rule[usage_class] = count * self.price(event, usage_class) if count else Fraction(0)
