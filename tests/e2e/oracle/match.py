"""Steps 1 to 3: lines to events by request id, by bucket, and to owners."""
from bisect import bisect_right
from collections import defaultdict
from fractions import Fraction

import exact
import when
from books import NOBODY, zero
from model import TOKEN_CLASSES

_ATTRIBUTES = {"account_id": "account_id", "region": "region", "model": "model",
               "usage_class": "usage_class", "service_tier": "tier",
               "api_key_id": "api_key_id", "resource_id": "resource_id"}
_ALWAYS_CARRIED = ("usage_class", "service_tier")
_KEY_ORDER = ("account_id", "region", "model", "usage_class", "service_tier", "api_key_id", "resource_id")


class Matcher:
    def __init__(self, config, refdata, events, lines, period, books):
        self.config, self.refdata, self.books = config, refdata, books
        self.events, self.lines, self.period = events, lines, period
        self.sources = {source.name: source for source in config.sources}
        self.covered = defaultdict(lambda: defaultdict(set))  # event key -> class -> periods

    def run(self):
        self._exact()
        self._exact_charges()
        self._buckets()

    # step 1 ----------------------------------------------------------------------------------

    def _exact(self):
        groups, classless = defaultdict(list), defaultdict(set)
        for line in self.lines:
            if not line.is_usage or line.cost is None or not line.request_id:
                continue
            key = (line.provider, line.request_id)
            if key not in self.events:
                if line.period == self.period:
                    self._to_owner(line, line.cost)
                continue
            if line.usage_class:
                self.covered[key][line.usage_class].add(line.period)
            else:
                classless[key].add(line.period)
            if line.period == self.period:
                groups[key, line.usage_class].append(line)
        rest = {key: [name for name in TOKEN_CLASSES if name not in self.covered[key]]
                for key in classless}
        for key, periods in classless.items():
            for name in rest[key]:
                self.covered[key][name] |= periods
        for (key, name), lines in groups.items():
            self._exact_group(self.events[key], name, lines, rest.get(key, []))
        for event in self.events.values():
            if event.billable and event.month == self.period:
                for name, periods in self.covered.get(event.key, {}).items():
                    if self.period not in periods:
                        self.books.causes[event.owner_bu]["timing"] -= event.rule.get(name, 0)

    def _exact_group(self, event, usage_class, lines, rest):
        billed = sum(line.cost for line in lines)
        at = (event.provider, event.owner_bu, event.owner_team)
        if not event.billable:
            self.books.add_unmetered(*at, billed)
            return
        if event.month != self.period:
            self.books.add_timing(*at, billed)
            return
        factor = Fraction(1)
        if usage_class is None:
            rule = sum((event.rule[name] for name in rest), Fraction(0))
        else:
            rule = event.rule.get(usage_class, Fraction(0))
            count = event.counts.get(usage_class, 0)
            if count and all(line.quantity is not None for line in lines):
                factor = sum(line.quantity for line in lines) / count
        self.books.add_matched(*at, billed, rule, exact.round_half_even(rule * (factor - 1), 12))

    def _exact_charges(self):
        """Non-usage lines: with a known request id to that event's owner, else to the policy."""
        for line in self.lines:
            if line.is_usage or line.cost is None or line.period != self.period:
                continue
            event = self.events.get((line.provider, line.request_id)) if line.request_id else None
            if event:
                self.books.add_charge(line.provider, event.owner_bu, event.owner_team, line.cost)
            else:
                self.books.charge_pool[line.provider, line.charge_type] += line.cost

    # step 2 ----------------------------------------------------------------------------------

    def dimensions(self, source_name, provider):
        """A source's match dimensions without those that no event of the period carries."""
        source = self.sources[source_name]
        events = [event for event in self.events.values()
                  if event.provider == provider and event.billable and event.month == self.period]
        return tuple(
            name for name in source.match_on
            if name in _ALWAYS_CARRIED or not events
            or any(self.event_value(event, name, source) for event in events))

    def event_value(self, event, name, source):
        """An event's value on a dimension; an empty one takes the source's default."""
        value = getattr(event, _ATTRIBUTES[name])
        if not value and name in source.defaults:
            value = source.defaults[name]
            if name == "model":
                value = self.refdata.canonical(event.provider, value)
        return value or None

    def _make_buckets(self):
        found, dimensions = {}, {}
        for line in self.lines:
            if not line.is_usage or line.cost is None or line.request_id:
                continue
            at = (line.source, line.provider)
            if at not in dimensions:
                dimensions[at] = self.dimensions(*at)
            stated = {name: getattr(line, _ATTRIBUTES[name]) for name in dimensions[at]}
            stated = {name: value for name, value in stated.items() if value}
            key = at + tuple(stated.get(name) or "" for name in _KEY_ORDER)
            bucket = found.setdefault((key, line.start, line.end, line.period), Bucket(
                key, line.source, line.provider, stated, line.start, line.end, line.period))
            bucket.lines.append(line)
        return sorted(found.values(), key=lambda bucket: bucket.order)

    def _buckets(self):
        buckets = self._make_buckets()
        calendars = {name: Calendar([bucket for bucket in buckets if bucket.provider == name])
                     for name in {event.provider for event in self.events.values()}}
        for event in self.events.values():
            if event.billable:
                self._place(event, calendars[event.provider].at(event.stamp))
        self.usage_only = defaultdict(list)  # (provider, usage class) -> lines that state a quantity only
        for line in self.lines:
            if line.is_usage and line.cost is None and line.quantity is not None and not line.request_id:
                self.usage_only[line.provider, line.usage_class].append(line)
        for bucket in buckets:
            if bucket.period == self.period:
                self._settle(bucket)

    def _place(self, event, buckets):
        for name in TOKEN_CLASSES:
            if not event.counts[name] or name in self.covered.get(event.key, {}):
                continue
            home = next((bucket for bucket in buckets if self._fits(bucket, event, name)), None)
            if home:
                home.take(event, name, self.period)
            if event.month != self.period:
                continue
            if home is None:
                self.books.causes[event.owner_bu]["unbilled"] -= event.rule[name]
            elif home.period != self.period:
                self.books.causes[event.owner_bu]["timing"] -= event.rule[name]

    def _fits(self, bucket, event, usage_class):
        source = self.sources[bucket.source]
        for name, value in bucket.stated.items():
            mine = usage_class if name == "usage_class" else self.event_value(event, name, source)
            if mine != value:
                return False
        return True

    def _settle(self, bucket):
        if not bucket.cells:
            for line in bucket.lines:
                self._to_owner(line, line.cost)
            return
        metered = sum(count for count, _ in bucket.cells.values())
        classless = "usage_class" not in bucket.stated
        billed = metered if classless else self._billed_quantity(bucket, metered)
        weights = {key: rule if classless else Fraction(count)
                   for key, (count, rule) in bucket.cells.items()}
        if classless and not any(weights.values()):
            weights = {key: Fraction(1) for key in weights}
        pro_rata = self.config.pro_rata
        if metered < billed and not pro_rata:
            weights[LEFT_OVER] = billed - metered
        factor = Fraction(1)
        if billed > 0 and (metered > billed or pro_rata):
            factor = billed / metered
        shares = exact.share(sum(line.cost for line in bucket.lines), weights)
        for key, amount in shares.items():
            if key == LEFT_OVER:
                self._spread(bucket, amount)
            elif key[0]:
                self.books.add_timing(bucket.provider, key[1], key[2], amount)
            else:
                rule = bucket.cells[key][1]
                self.books.add_matched(bucket.provider, key[1], key[2], amount, rule,
                                       exact.round_half_even(rule * (factor - 1), 12))

    def _billed_quantity(self, bucket, metered):
        quantities = [line.quantity for line in bucket.lines]
        if None not in quantities:
            return sum(quantities)
        inside = [line for line in self.usage_only[bucket.provider, bucket.stated["usage_class"]]
                  if self._states(line, bucket)]
        windows = {(line.source, line.start, line.end) for line in inside}
        used = [line.quantity for line in inside
                if not any(source == line.source and start <= line.start and line.end <= end
                           and end - start > line.end - line.start for source, start, end in windows)]
        return sum(used) if used else metered

    @staticmethod
    def _states(line, bucket):
        """A usage-only line inside the bucket, equal to it where both state."""
        if line.start < bucket.start or line.end > bucket.end:
            return False
        for name, value in bucket.stated.items():
            mine = getattr(line, _ATTRIBUTES[name])
            if mine and mine != value:
                return False
        return True

    # step 3 ----------------------------------------------------------------------------------

    def _to_owner(self, line, amount):
        self._give(line.provider, line.usage_class, self.refdata.owner_of_line(line), amount)

    def _give(self, provider, usage_class, owner, amount):
        if owner:
            team, unit = owner
            self.books.add_unmetered(provider, unit, team, amount)
        elif usage_class and "usage:" + usage_class in self.refdata.allocations:
            self.books.class_pool[provider, usage_class] += amount
        else:
            self.books.add_unmetered(provider, NOBODY, "", amount)

    def _spread(self, bucket, amount):
        """What a bucket left over goes to its lines' owners by the lines' cost."""
        if not amount:
            return
        weights, units = defaultdict(zero), {}
        for line in bucket.lines:
            owner = self.refdata.owner_of_line(line)
            team = owner[0] if owner else ""
            units[team] = owner
            weights[team] += line.cost
        for team, part in exact.share(amount, weights).items():
            self._give(bucket.provider, bucket.stated["usage_class"], units[team], part)


class Calendar:
    """Buckets by the moments they hold; at() keeps their order."""

    def __init__(self, buckets):
        self.buckets = buckets
        self.edges = sorted({edge for bucket in buckets for edge in (bucket.start, bucket.end)})
        self.known = {}

    def at(self, stamp):
        between = bisect_right(self.edges, stamp)
        if between not in self.known:
            self.known[between] = [bucket for bucket in self.buckets if bucket.start <= stamp < bucket.end]
        return self.known[between]


LEFT_OVER = (2,)  # after every cell in key order


class Bucket:
    def __init__(self, key, source, provider, stated, start, end, period):
        self.source, self.provider, self.stated = source, provider, stated
        self.start, self.end, self.period = start, end, period
        self.lines, self.cells = [], {}
        self.order = (end - start, -len(stated), start, key, period)

    def take(self, event, usage_class, period):
        key = (int(event.month != period), event.owner_bu, event.owner_team, event.service,
               event.environment, event.tenant, event.feature)
        count, rule = self.cells.get(key, (0, Fraction(0)))
        self.cells[key] = (count + event.counts[usage_class], rule + event.rule[usage_class])

    def __repr__(self):
        return f"{self.source} {self.stated} {when.day(self.start)}"
