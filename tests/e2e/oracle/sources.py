"""The configuration, the files of its sources, and which deliveries are current."""
import os
import re

import yaml

import anthropic
import aws
import exact
import openai
import openrouter
import usagecsv
from model import BadDelivery

_READERS = {
    "aws-cur": aws.read, "openai": openai.read, "anthropic": anthropic.read,
    "openrouter": openrouter.read, "usage-csv": usagecsv.read,
}
_DIMENSIONS = {
    "aws-cur": ("account_id", "region", "model", "usage_class", "service_tier"),
    "openai": ("account_id", "model", "usage_class", "service_tier"),
    "anthropic": ("account_id", "model", "usage_class", "service_tier"),
    "openrouter": ("account_id", "model", "usage_class"),
    "usage-csv": ("account_id", "model", "usage_class"),
}


class Source:
    def __init__(self, entry, base):
        self.name = entry["name"]
        self.type = entry["type"]
        self.path = os.path.normpath(os.path.join(base, entry.get("uri", "")))
        self.match_on = tuple(entry.get("match_on") or _DIMENSIONS.get(self.type, ()))
        self.defaults = entry.get("defaults") or {}
        self.provider_map = {key.lower(): value.lower()
                             for key, value in (entry.get("provider_map") or {}).items()}
        self.columns = entry.get("columns") or {}
        self.request_id_tag = entry.get("request_id_tag") or ""

    def calls(self):
        """The ingest calls of this source, in order, each a list of files in byte order."""
        if os.path.isfile(self.path):
            return [[self.path]]
        if os.path.basename(self.path) == "deliveries":
            names = sorted(name for name in os.listdir(self.path) if re.match(r"^\d+-", name))
            return [walk(os.path.join(self.path, name)) for name in names]
        return [walk(self.path)]


def walk(top):
    files = []
    for folder, _, names in os.walk(top):
        files.extend(os.path.join(folder, name) for name in names)
    return sorted(files, key=os.fsencode)


class Config:
    def __init__(self, path):
        with open(path, encoding="utf-8") as handle:
            tree = yaml.load(handle, Loader=yaml.BaseLoader) or {}
        base = os.path.dirname(os.path.abspath(path))
        threshold = tree.get("threshold") or {}
        self.refdata = os.path.join(base, tree.get("refdata_dir", "refdata"))
        self.percent = exact.parse(threshold.get("percent", "3"))
        self.amount = exact.parse(threshold.get("amount", "500"))
        self.pro_rata = tree.get("residual", "unattributed") == "pro_rata"
        self.sources = [Source(entry, base) for entry in tree.get("sources") or []]

    def event_sources(self):
        return [source for source in self.sources if source.type == "events"]


def current_lines(config, refdata):
    """The lines of all current deliveries; models canonical, costs in USD; and the refusals.

    A set of a later call replaces the same set of an earlier one. A line whose currency has no
    rate takes no part in anything.
    """
    lines, refused = [], []
    for source in config.sources:
        reader = _READERS.get(source.type)
        if reader is None:
            continue
        sets = {}
        for call in source.calls():
            try:
                fresh = reader(source, call)
            except BadDelivery as problem:
                refused.append((source.name, str(problem)))
                continue
            sets.update(fresh)
        for key in sorted(sets, key=str):
            for line in sets[key]:
                line.source = source.name
                lines.append(line)
    return [line for line in lines if _settle(line, refdata)], refused


def _settle(line, refdata):
    line.model = refdata.canonical(line.provider, line.model)
    if line.cost is not None and line.currency != "USD":
        rate = refdata.rates.get((line.period, line.currency))
        if rate is None:
            return False
        line.cost = line.cost * rate
    return True
