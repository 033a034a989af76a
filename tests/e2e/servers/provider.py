"""OpenAI's, Anthropic's and OpenRouter's usage and cost endpoints, over data a test gives, with the quirks of the real ones.

    data = provider_data.make(seed=7, first="2026-10-01", count=31)
    with ProviderServer(data) as p:
        p.quirks.add("page_loop")
        p.fault("status", "GET /v1/organization/costs", status=429, retry_after=1)
        p.restate("costs", "2026-10-03", factor="1.01")

Data: {dataset: {"2026-10-01" or "2026-10-01T05": rows}}, datasets being the end of the path: usage/completions, costs,
usage_report/messages, cost_report, activity. Each row has all dimensions (see provider_data); a request's group_by sums
over those it leaves out and shows them as null. It serves files too (files.FileServer). Paths below /moved are the same
again, for a redirect within the host: fault("redirect", "GET /v1/", location="/moved/v1/…").

Quirks
    eight_buckets         one bucket more than asked for
    short_pages           no page holds more than three buckets, whatever the limit
    page_loop             next_page leads back to the same page, for ever
    null_next_page        has_more is true, next_page null
    future_end_refused    OpenAI refuses an end_time after now
    gzip, gzip_always     Content-Encoding: gzip to who accepts it, or to everybody
    chunked               no Content-Length
    unknown_fields        keys and dataset members that nobody has heard of
Amounts of OpenAI's costs: "number", "string", "mixed" (both in turn), "long" (36 decimals); quirk `zero_amounts` adds a
result of "0E-6176" to every bucket.
"""
import base64
import calendar
import copy
import datetime
import gzip
import json
import os
import time
import zlib
from decimal import Decimal

from .files import FileServer
from .web import Refusal, Response

DAY_S = 86400
WIDTHS = {"1m": (60, 60, 1440), "1h": (3600, 24, 168), "1d": (DAY_S, 7, 31)}  # seconds, default limit, maximum
QUIRKS = {"eight_buckets", "short_pages", "page_loop", "null_next_page", "future_end_refused", "gzip", "gzip_always", "chunked", "unknown_fields",
          "zero_amounts"}
_OPENAI_KEYS = ("project_id", "user_id", "api_key_id", "model")
DIMENSIONS = {
    "usage/completions": _OPENAI_KEYS + ("batch", "service_tier"),
    "usage/embeddings": _OPENAI_KEYS, "usage/moderations": _OPENAI_KEYS, "usage/images": _OPENAI_KEYS + ("source", "size"),
    "usage/audio_speeches": _OPENAI_KEYS, "usage/audio_transcriptions": _OPENAI_KEYS, "usage/vector_stores": ("project_id",),
    "usage/code_interpreter_sessions": ("project_id",), "usage/file_search_calls": _OPENAI_KEYS[:3] + ("vector_store_id",),
    "usage/web_search_calls": _OPENAI_KEYS + ("context_level",),
    "costs": ("project_id", "line_item", "api_key_id"),
    "usage_report/messages": ("api_key_id", "workspace_id", "model", "service_tier", "context_window", "inference_geo"),
    "cost_report": ("workspace_id", "description"),
}
DESCRIBED = ("cost_type", "token_type", "model", "service_tier", "context_window", "inference_geo")  # known where description is grouped by


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def seconds_of(text):
    """An RFC 3339 time, a day or an hour of one (2026-10-01T05) → seconds since 1970"""
    text = text.replace(" ", "+")
    if len(text) == 13:
        text += ":00"
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return calendar.timegm(at.utctimetuple())


def add(into, row):
    """Sums a row's measures, however deep."""
    for name, value in row.items():
        if isinstance(value, dict):
            add(into.setdefault(name, {}), value)
        elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            into[name] = into.get(name, 0) + value
        else:
            into.setdefault(name, value)


def grouped(rows, dimensions, by):
    """Rows summed to the dimensions in `by`; the others null."""
    groups = {}
    for row in rows:
        dims = {name: row.get(name) if name in by else None for name in dimensions}
        measures = {name: value for name, value in row.items() if name not in dimensions}
        add(groups.setdefault(tuple(dims.items()), {}), measures)
    return [{**measures, **dict(dims)} for dims, measures in groups.items()]


class ProviderServer(FileServer):
    """
    data               see above; provider_data.make() by default
    openai_key, …      the admin keys that are accepted; weak_keys: known ones without the rights (403)
    now                the server's time, which ends a window without an end (RFC 3339, or seconds)
    amounts            how OpenAI's costs write amounts
    quirks             see above
    """

    def __init__(self, data=None, openai_key="sk-admin-test", anthropic_key="sk-ant-admin01-test", openrouter_key="sk-or-v1-management",
                 weak_keys=("sk-proj-weak", "sk-ant-api03-weak", "sk-or-v1-weak"), now="2026-11-04T05:00:00Z", amounts="mixed", quirks=(),
                 auth=None, tls=None):
        if data is None:
            from . import provider_data  # pylint: disable=import-outside-toplevel
            data = provider_data.make()
        self.data, self.amounts, self.quirks = data, amounts, set(quirks)
        self.keys = {"openai": openai_key, "anthropic": anthropic_key, "openrouter": openrouter_key}
        self.weak_keys, self.expired = set(weak_keys), set()
        self.now = seconds_of(now) if isinstance(now, str) else now
        super().__init__(auth, tls)

    def env(self):
        return {"OPENAI_ADMIN_KEY": self.keys["openai"], "ANTHROPIC_ADMIN_KEY": self.keys["anthropic"],
                "OPENROUTER_API_KEY": self.keys["openrouter"]}

    def restate(self, dataset, day, rows=None, factor=None):
        """Changes a bucket, as providers do with recent ones: to these rows, or all amounts and counts times a factor."""
        def scale(value):
            if isinstance(value, dict):
                return {name: scale(v) for name, v in value.items()}
            if isinstance(value, Decimal):
                return value * Decimal(str(factor))
            return int(value * Decimal(str(factor))) if isinstance(value, int) and not isinstance(value, bool) else value
        with self.lock:
            self.data[dataset][day] = copy.deepcopy(rows) if factor is None else [scale(row) for row in self.data[dataset][day]]

    def expire(self, provider):
        """From now on this provider's key is refused as expired."""
        self.expired.add(provider)

    # ---- How it answers ----

    @staticmethod
    def whose(request):
        path = request.decoded.removeprefix("/moved")
        for prefix, provider in (("/v1/organizations/", "anthropic"), ("/v1/organization/", "openai"), ("/api/v1/", "openrouter")):
            if path.startswith(prefix):
                return provider, path[len(prefix):]
        return None, path

    def answer(self, request):
        unknown = self.quirks - QUIRKS
        if unknown:
            raise ValueError(f"no quirk is called {unknown}")
        provider, dataset = self.whose(request)
        if not provider:
            return super().answer(request)
        if request.method != "GET":
            raise Refusal(405, "method_not_allowed", "Not allowed to use this method on this path.")
        self._authorize(request, provider)
        if provider == "openrouter" and dataset == "activity":
            return self._json(request, self._activity(request))
        anthropic = dataset in ("usage_report/messages", "cost_report")
        if dataset not in DIMENSIONS or anthropic != (provider == "anthropic"):
            raise Refusal(404, "not_found_error" if provider == "anthropic" else "unknown_url", f"Not found: GET {request.path}")
        return self._json(request, self._page(request, provider, dataset))

    def _authorize(self, request, provider):
        if provider == "anthropic":
            given = request.header("x-api-key")
            if not request.header("anthropic-version"):
                raise Refusal(400, "invalid_request_error", "anthropic-version: header is required")
            missing, wrong = "x-api-key header is required", "invalid x-api-key"
        else:
            given = (request.header("authorization") or "").removeprefix("Bearer ") or None
            missing = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " \
                "(i.e. Authorization: Bearer YOUR_KEY)." if provider == "openai" else "No cookie auth credentials found"
            wrong = f"Incorrect API key provided: {(given or '')[:8]}****{(given or '')[-4:]}. You can find your API key at " \
                "https://platform.openai.com/account/api-keys." if provider == "openai" else "Missing Authentication header"
        code = {"anthropic": "authentication_error", "openai": "invalid_api_key", "openrouter": "401"}[provider]
        if not given:
            raise Refusal(401, code, missing)
        if given in self.weak_keys:
            raise Refusal(403, {"anthropic": "permission_error", "openai": "missing_scope", "openrouter": "403"}[provider],
                          {"anthropic": "Your API key does not have permission to use the specified resource.",
                           "openai": "You have insufficient permissions for this operation. Missing scopes: api.usage.read.",
                           "openrouter": "Only management keys can fetch activity"}[provider])
        if given != self.keys[provider]:
            raise Refusal(401, code, wrong)
        if provider in self.expired:
            raise Refusal(401, code, "This API key has expired.")

    def _invalid(self, provider, param, openai, anthropic, code="invalid_value"):
        """400 in the words of each."""
        if provider == "openai":
            return Refusal(400, code, openai, param=param)
        return Refusal(400, "invalid_request_error", f"{param}: {anthropic}")

    def _window(self, request, provider, seconds):
        """→ first second of the first bucket, second after the last one"""
        names = ("start_time", "end_time") if provider == "openai" else ("starting_at", "ending_at")
        texts = [request.arg(name) for name in names]
        if texts[0] is None:
            raise self._invalid(provider, names[0], f"Missing required parameter: '{names[0]}'.", "Field required",
                                "missing_required_parameter")
        times = []
        for name, text in zip(names, texts):
            try:
                times.append(None if text is None else int(text) if provider == "openai" else seconds_of(text))
            except ValueError:
                raise self._invalid(provider, name, f"Invalid type for '{name}': expected an integer, but got a string instead.",
                                    "Input should be a valid datetime", "invalid_type") from None
        start, end = times[0], self.now if times[1] is None else times[1]
        if end <= start:
            raise self._invalid(provider, names[1], f"Invalid '{names[1]}': must be after '{names[0]}'.",
                                "ending date must be after starting date")
        if "future_end_refused" in self.quirks and provider == "openai" and end > self.now:
            raise self._invalid(provider, names[1], f"Invalid '{names[1]}': must not be in the future.", "")
        return start // seconds * seconds, -(-end // seconds) * seconds

    def _limit(self, request, provider, default, most):
        text = request.arg("limit", str(default))
        if not text.isdigit():
            raise self._invalid(provider, "limit", "Invalid type for 'limit': expected an integer, but got a string instead.",
                                "Input should be a valid integer", "invalid_type")
        if int(text) > most:
            raise self._invalid(provider, "limit", f"Invalid 'limit': integer above maximum value. Expected a value <= {most}, but got "
                                f"{text} instead.", f"Input should be less than or equal to {most}", "integer_above_max_value")
        if int(text) < 1:
            raise self._invalid(provider, "limit", f"Invalid 'limit': integer below minimum value. Expected a value >= 1, but got {text} "
                                "instead.", "Input should be greater than or equal to 1", "integer_below_min_value")
        return int(text)

    def _page(self, request, provider, dataset):
        width = request.arg("bucket_width", "1d")
        costs = dataset in ("costs", "cost_report")
        if width not in WIDTHS or (costs and width != "1d"):
            raise self._invalid(provider, "bucket_width", f"Invalid value: '{width}'. Supported values are: '1d'.", "Input should be '1d'")
        seconds, default, most = WIDTHS[width]
        limit = self._limit(request, provider, default, 180 if dataset == "costs" else most)
        if "short_pages" in self.quirks:
            limit = min(limit, 3)
        by = request.all("group_by" if provider == "openai" else "group_by[]") + (request.all("group_by[]") if provider == "openai" else [])
        for name in by:
            if name not in DIMENSIONS[dataset]:
                raise self._invalid(provider, "group_by", f"Invalid value: '{name}'.", f"'{name}' is not a valid grouping")
        start, end = self._window(request, provider, seconds)
        if "eight_buckets" in self.quirks:
            end += seconds
        same = zlib.crc32(repr(sorted((n, v) for n, v in request.args if n != "page")).encode())
        first = self._resume(request, provider, start, same)
        buckets = list(range(first, end, seconds))
        more = len(buckets) > limit
        token = "page_" + base64.urlsafe_b64encode(f"{buckets[limit] if more else first} {same}".encode()).decode()
        if "page_loop" in self.quirks:
            more, token = True, "page_" + base64.urlsafe_b64encode(f"{first} {same}".encode()).decode()
        if "null_next_page" in self.quirks:
            more, token = True, None
        found = {"object": "page"} if provider == "openai" else {}
        found["data"] = [self._bucket(provider, dataset, at, seconds, by) for at in buckets[:limit]]
        found.update(has_more=more, next_page=token if more else None)
        if "unknown_fields" in self.quirks:
            found["x_experimental"] = {"nested": [1, {"a": None}]}
        return found

    def _resume(self, request, provider, start, same):
        """The second at which a page begins."""
        page = request.arg("page")
        if page is None:
            return start
        try:
            at, check = base64.urlsafe_b64decode(page.removeprefix("page_")).decode().split()
            if int(check) == same:
                return int(at)
        except ValueError:
            pass
        raise self._invalid(provider, "page", "Invalid 'page': not a page of this query.", "Invalid page token")

    def _rows(self, dataset, start, seconds):
        """Those whose bucket begins in these seconds; a day's rows are in its first hour and minute."""
        with self.lock:
            held = self.data.get(dataset, {})
            keys = held if seconds == DAY_S else [k for k in held if start <= seconds_of(k) < start + seconds]
            day = stamp(start)[:10]
            return [row for k in keys if seconds != DAY_S or k[:10] == day for row in held[k] or []]

    def _bucket(self, provider, dataset, start, seconds, by):
        results = []
        dims = DIMENSIONS[dataset] + (DESCRIBED if dataset == "cost_report" else ())
        by = set(by) | (set(DESCRIBED) if dataset == "cost_report" and "description" in by else set())
        for n, row in enumerate(grouped(self._rows(dataset, start, seconds), dims, by)):
            results.append(self._result(provider, dataset, row, by, n))
        if dataset == "costs" and "zero_amounts" in self.quirks:
            zero = {"amount": Decimal(0), "line_item": None, "project_id": None, "api_key_id": None}
            results.append({**self._result(provider, dataset, zero, by, 0), "amount": {"value": "0E-6176", "currency": "usd"}})
        if provider == "openai":
            return {"object": "bucket", "start_time": start, "end_time": start + seconds, "results": results}
        return {"starting_at": stamp(start), "ending_at": stamp(start + seconds), "results": results}

    def _result(self, provider, dataset, row, by, number):
        row = dict(row)
        if dataset == "costs":
            counted = "line_item" in by
            row = {"object": "organization.costs.result", "amount": {"value": self._amount(row["amount"], number), "currency": "usd"},
                   "line_item": row["line_item"], "project_id": row["project_id"], "api_key_id": row["api_key_id"],
                   "quantity": row.get("quantity") if counted else None, "quantity_unit": row.get("quantity_unit") if counted else None}
        elif provider == "openai":
            row = {"object": f"organization.{dataset.replace('/', '.')}.result", **row}
        elif dataset == "cost_report":
            row["amount"], row["currency"] = format(row["amount"] * 100, "f"), "USD"
        if "unknown_fields" in self.quirks:
            row["brand_new_dimension"] = "surprise"
        return row

    def _amount(self, amount, number):
        """As OpenAI may write it."""
        if self.amounts == "long":
            return f"{amount:.36f}"
        if self.amounts == "string" or (self.amounts == "mixed" and number % 2):
            return format(amount, "f")
        return float(amount)

    def _activity(self, request):
        """The 30 last days that are over, or one of them."""
        today = self.now // DAY_S * DAY_S
        days = [stamp(today - n * DAY_S)[:10] for n in range(30, 0, -1)]
        date = request.arg("date")
        if date is not None and date not in days:
            raise Refusal(400, "400", "Invalid date format or date range")
        rows = [row for day in days if date in (None, day) for row in self.data.get("activity", {}).get(day, [])]
        return {"data": [{k: float(v) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]}

    def _json(self, request, found):
        body, headers = json.dumps(found).encode(), {}
        if "gzip_always" in self.quirks or ("gzip" in self.quirks and "gzip" in request.header("accept-encoding", "")):
            body, headers = gzip.compress(body, mtime=0), {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(200, body, headers, "application/json", chunked="chunked" in self.quirks)

    def error(self, refusal, request):
        provider, code = self.whose(request)[0], refusal.code
        if not provider:
            return super().error(refusal, request)
        if provider == "openai":
            kind = "server_error" if refusal.status >= 500 else "requests" if refusal.status == 429 else "invalid_request_error"
            found = {"error": {"message": refusal.message, "type": kind, "param": refusal.fields.get("param"), "code": code}}
        elif provider == "anthropic":
            kinds = {429: "rate_limit_error", 500: "api_error", 503: "api_error", 529: "overloaded_error", 404: "not_found_error"}
            found = {"type": "error", "error": {"type": kinds.get(refusal.status, code), "message": refusal.message},
                     "request_id": f"req_011C{os.urandom(10).hex()}"}
        else:
            found = {"error": {"code": refusal.status, "message": refusal.message, "metadata": None}, "user_id": None}
        return Response(refusal.status, json.dumps(found).encode(), refusal.headers, "application/json")

    def code_of(self, status):
        return {429: "rate_limit_exceeded", 500: "server_error", 503: "server_error"}.get(status, super().code_of(status))
