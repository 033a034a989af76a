"""A company of a few rows, as the cases need it: what it holds is written down next to what must come of it.

Two business units, alpha (teams t1, t3) and beta (team t2); services s1 and s2 belong to t1 and t2. The price list `pl`
has round prices. A case names the amounts that it works out by hand; what it doesn't name must be zero, and the oracle
must agree with every digit.
"""
import concurrent.futures
import json

import harness
import reckon

REFDATA = {
    "business_units.csv": "business_unit_id,name,cost_center,expense_account,owner_email,owner_login,threshold_pct,threshold_usd,"
                          "valid_from,valid_to\nalpha,Alpha,ca,6000,,,,,2026-01-01,\nbeta,Beta,cb,6001,,,,,2026-01-01,\n",
    "teams.csv": "team_id,business_unit_id,name,cost_center,valid_from,valid_to\n"
                 "t1,alpha,One,,2026-01-01,\nt2,beta,Two,,2026-01-01,\nt3,alpha,Three,c3,2026-01-01,\n",
    "services.csv": "service,team_id,valid_from,valid_to\ns1,t1,2026-01-01,\ns2,t2,2026-01-01,\n",
    "accounts.csv": "role,account\nclearing,2100\nsuspense,1999\n",
}
_PRICE_HEADER = ("billing_rule_version,provider,model,usage_class,service_tier,above_input_tokens,per_units,price_usd,"
                 "valid_from,valid_to\n")
# USD per million: input, output, cache_read, cache_write_5m, cache_write_1h
_PRICES = {
    ("openai", "gpt-x", "standard"): ("2", "8", "0.5", "2.5", None),
    ("openai", "gpt-x", "batch"): ("1", "4", "0.25", None, None),
    ("openai", "gpt-y", "standard"): ("10", "40", "1", None, None),
    ("anthropic", "claude-x", "standard"): ("3", "15", "0.3", "3.75", "6"),
    ("bedrock", "nova", "standard"): ("1", "4", None, None, None),
    ("mistral", "small", "standard"): ("2", "6", "0.2", None, None),
    ("cohere", "small", "standard"): ("2", "6", None, None, None),
    ("openrouter", "llama", "standard"): ("1", "3", None, None, None),
}
_CLASSES = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
AMOUNTS = ("computed", "usage_billed", "rating", "rate", "quantity", "unbilled", "unmetered", "timing", "rounding", "charges")
LINE_COLUMNS = ("provider,request_id,usage_start,usage_end,account_id,region,api_key_id,resource_id,model,usage_class,service_tier,"
         "quantity,unit,cost,currency,charge_type,invoice_id,tags,description").split(",")


def price_list():
    rows = [f"pl,{provider},{model},{usage_class},{tier},,1000000,{price},2026-01-01,\n"
            for (provider, model, tier), prices in _PRICES.items() for usage_class, price in zip(_CLASSES, prices) if price]
    return _PRICE_HEADER + "".join(rows)


def seconds(day):
    """A day of October 2026, or a fraction of one, as the Unix seconds that OpenAI's pages state."""
    return int(1790812800 + (day - 1) * 86400)


def csv_text(header, rows):
    def cell(value):
        text = "" if value is None else json.dumps(value) if isinstance(value, dict) else str(value)
        return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\n') else text
    return ",".join(header) + "\n" + "".join(",".join(cell(row.get(name)) for name in header) + "\n" for row in rows)


class Case:
    def __init__(self, name):
        self.name, self.files, self.sources, self.settings = name, {}, {}, ""
        self.refdata = dict(REFDATA, **{"prices.csv": price_list()})
        self.wanted, self.wanted_exceptions, self.wanted_rows = {}, {}, {}
        self.as_of = harness.AS_OF

    # what there is -------------------------------------------------------------------------------

    def source(self, name, kind, **options):
        """A source of the configuration; its files stand in the folder of its name."""
        self.sources[name] = (kind, options)

    def file(self, source, name, text):
        self.files[f"{source}/{name}"] = text

    def events(self, *rows):
        self.sources.setdefault("gateway", ("events", {}))
        self.file("gateway", "events.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def bill(self, *lines, source="bill", name="usage.csv", **options):
        """A usage-csv bill; a line's day stands for its window, and its provider is mistral, unless it says otherwise."""
        self.sources.setdefault(source, ("usage-csv", options))
        self.file(source, name, csv_text(LINE_COLUMNS, lines))

    def openai(self, name, buckets, **options):
        """Pages of OpenAI: [(start, end in days of October, [result])]."""
        self.sources.setdefault("openai", ("openai", options))
        page = {"object": "page", "has_more": False, "next_page": None,
                "data": [{"object": "bucket", "start_time": seconds(start), "end_time": seconds(end), "results": results}
                         for start, end, results in buckets]}
        self.file("openai", name, json.dumps(page))

    def anthropic(self, name, buckets, **options):
        self.sources.setdefault("anthropic", ("anthropic", options))
        page = {"has_more": False, "next_page": None,
                "data": [{"starting_at": start, "ending_at": end, "results": results} for start, end, results in buckets]}
        self.file("anthropic", name, json.dumps(page))

    # what must come of it ------------------------------------------------------------------------

    def expect(self, unit, period="2026-10", **amounts):
        """The amounts of a business unit that are not zero; its other columns, where they are named."""
        self.wanted.setdefault(period, {})[unit] = {
            name if name in ("status", "variance_pct") else name + "_usd": text for name, text in amounts.items()}

    def exceptions(self, *rows, period="2026-10"):
        """All exceptions of a period: (code, business unit, count, amount)."""
        self.wanted_exceptions[period] = sorted(rows)

    def rows_of(self, query, *rows):
        """What a query of the database must return."""
        self.wanted_rows[query] = list(rows)

    # the run -------------------------------------------------------------------------------------

    def _config(self):
        text = self.settings + "sources:\n"
        for name, (kind, options) in self.sources.items():
            text += f"  - name: {name}\n    type: {kind}\n    uri: {name}\n"
            text += "".join(f"    {key}: {json.dumps(value)}\n" for key, value in options.items())
        return text

    def run(self):
        """[(fine, name, detail)]"""
        folder = harness.temporary_folder("closebook-case-")
        (folder / "closebook.yaml").write_text(self._config())
        for name, text in {**{"refdata/" + name: text for name, text in self.refdata.items()}, **self.files}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        company = reckon.company_from(folder, self.as_of)
        periods = sorted(set(self.wanted) | set(self.wanted_exceptions))
        oracles = {period: reckon.Oracle(folder, period, self.as_of) for period in periods}
        reckon.ingest_calls(company, [(name, [name]) for name in self.sources], refused_is_fine=False)
        reckon.close_enough(company, *periods)
        found = []
        for period in periods:
            found += self._compare(company, period, oracles[period].wait())
        for query, wanted in self.wanted_rows.items():
            got = company.psql(query)
            found.append((got == wanted, f"{self.name}: {query}", f"got  {got}\nwant {wanted}"))
        return found

    def _compare(self, company, period, oracle):
        table, wrong = reckon.variance(company, period), []
        units = self.wanted.get(period, {})
        for unit, row in table.items():
            if unit != "TOTAL":
                wanted = {**{name + "_usd": "0.00" for name in AMOUNTS}, **units.get(unit, {})}
                wrong += [f"{unit} {name}: got {row[name]}, want {text}" for name, text in wanted.items() if row[name] != text]
        wrong += [f"{unit} is missing" for unit in units if unit not in table]
        text, reckoned = company.out(period, "variance.csv"), oracle.variance()
        journal = reckon.journal_totals(company.out(period, "journal.csv"))
        found = [(not wrong, f"{self.name}: {period}", "\n".join(wrong)),
                 (text == reckoned and journal == oracle.journal_totals(), f"{self.name}: {period}, as the oracle has it",
                  reckon.differing_rows(text, reckoned) + f"\n{journal}\n{oracle.journal_totals()}")]
        if period in self.wanted_exceptions:
            wanted = self.wanted_exceptions[period]
            got = sorted((row["code"], row["business_unit"], int(row["count"]), row["amount_usd"])
                         for row in reckon.rows(company.out(period, "exceptions.csv")))
            found.append((got == wanted, f"{self.name}: {period}, exceptions", "\n".join(
                [f"got  {row}" for row in got if row not in wanted] + [f"want {row}" for row in wanted if row not in got])))
        return found


def event(request_id, at, provider="mistral", model="small", team="t1", **more):
    """A gateway event; times without a zone and date are of October 5."""
    at = f"2026-10-05T{at}Z" if len(at) == 8 else at
    return {"request_id": request_id, "timestamp": at, "provider": provider, "model": model, "team_id": team,
            "service": {"t1": "s1", "t3": "s1", "t2": "s2"}.get(team, ""), "environment": "prod", "input_tokens": 0,
            "output_tokens": 0, "billing_rule_version": "pl", "status": "success", **more}


def line(cost, usage_class=None, quantity=None, day=5, provider="mistral", model="small", **more):
    """A line of usage-csv over one day of October."""
    return {"provider": provider, "usage_start": f"2026-10-{day:02d}T00:00:00Z",
            "usage_end": f"2026-10-{day + 1:02d}T00:00:00Z" if day < 31 else "2026-11-01T00:00:00Z",
            "model": model if usage_class else None, "usage_class": usage_class, "quantity": quantity, "cost": cost,
            "currency": "USD", **more}


def named(request_id, at, cost, usage_class=None, quantity=None, **more):
    """A line of usage-csv about one request."""
    at = f"2026-10-05T{at}Z" if len(at) == 8 else at
    return {**line(cost, usage_class, quantity), "request_id": request_id, "usage_start": at, "usage_end": at, **more}


def _outcome(make):
    case = Case(make.__name__.replace("_", " "))
    make(case)
    try:
        return case.run()
    except RuntimeError as problem:
        return [(False, case.name, str(problem))]


def run(cases):
    """Runs the cases and reports them in their order."""
    harness.shared_server().database()
    with concurrent.futures.ThreadPoolExecutor(harness.WORKERS) as pool:
        for outcome in pool.map(_outcome, cases):
            for fine, name, detail in outcome:
                harness.ok(fine, name, detail)
    harness.done()
