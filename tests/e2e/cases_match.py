"""Which lines meet which events, and what each is given."""
from case_company import csv_text, event, line, named

M = 1000000


def cost(value, item, project="proj_a", **more):
    return {"object": "organization.costs.result", "amount": {"value": value, "currency": "usd"}, "line_item": item,
            "project_id": project, "quantity": None, "quantity_unit": None, **more}


def usage(project, **counts):
    return {"object": "organization.usage.completions.result", "model": "gpt-x", "project_id": project, "batch": False,
            "service_tier": "default", **counts}


def costs_without_project_events_with_one(c):
    # Not grouped by project: the dimension is not stated. 6.00 for 3 M tokens go 1 : 2, which is the list price of 2 a million.
    c.events(event("r1", "10:00:00", "openai", "gpt-x", "t1", input_tokens=M, account_id="proj_a"),
             event("r2", "23:59:59", "openai", "gpt-x", "t2", input_tokens=2 * M, account_id="proj_b"))
    c.openai("costs.json", [(5, 6, [cost("6.00", "gpt-x, input", None, quantity=3000, quantity_unit="1000_tokens")])])
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="4.00", usage_billed="4.00")
    c.exceptions()


def empty_account_is_no_account(c):
    # Another event of the provider carries an account, so an empty one is another value: r1 is unbilled, and of the
    # line's 2.00 for 1 M tokens nothing is metered.
    c.events(event("r1", "10:00:00", "openai", "gpt-x", "t1", input_tokens=M),
             event("r2", "2026-10-09T10:00:00Z", "openai", "gpt-x", "t2", input_tokens=M, account_id="proj_b"))
    c.openai("costs.json", [(5, 6, [cost("2.00", "gpt-x, input", quantity=M, quantity_unit="tokens")]),
                            (9, 10, [cost("2.00", "gpt-x, input", "proj_b", quantity=M, quantity_unit="tokens")])])
    c.expect("alpha", computed="2.00", unbilled="-2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.expect("unattributed", usage_billed="2.00", unmetered="2.00")
    c.exceptions(("unattributed_cost", "unattributed", 1, "2.00"), ("unbilled_usage", "alpha", 1, "-2.00"),
                 ("unmetered_usage", "unattributed", 1, "2.00"))


def empty_account_takes_the_default(c):
    c.events(event("r1", "10:00:00", "openai", "gpt-x", "t1", input_tokens=M),
             event("r2", "2026-10-09T10:00:00Z", "openai", "gpt-x", "t2", input_tokens=M, account_id="proj_b"))
    c.openai("costs.json", [(5, 6, [cost("2.00", "gpt-x, input", quantity=M, quantity_unit="tokens")]),
                            (9, 10, [cost("2.00", "gpt-x, input", "proj_b", quantity=M, quantity_unit="tokens")])],
             defaults={"account_id": "proj_a"})
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.exceptions()


def accounts_that_no_event_carries_are_dropped(c):
    # Account and region stand on the lines only. Two buckets for gpt would split by account; now they are one: 3 M tokens
    # for 6.00, of which 2 M are metered: 4.00, and 2.00 are left over for nobody.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M), event("r2", "11:00:00", team="t2", input_tokens=M))
    c.bill(line("2.00", "input", M, account_id="a1", region="eu"),
           line("4.00", "input", 2 * M, account_id="a2", region="us"),
           match_on=["account_id", "region", "model", "usage_class"])
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.expect("unattributed", usage_billed="2.00", unmetered="2.00")


def an_empty_region_where_others_have_one(c):
    # r1 (2.00) has no region and stays unbilled; r2 takes its line.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M),
             event("r2", "11:00:00", team="t2", input_tokens=M, region="eu"))
    c.bill(line("2.00", "input", M, region="eu"), match_on=["region", "model", "usage_class"])
    c.expect("alpha", computed="2.00", unbilled="-2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")


def a_region_by_default(c):
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M),
             event("r2", "11:00:00", team="t2", input_tokens=M, region="us"))
    c.bill(line("2.00", "input", M, region="eu"), line("2.00", "input", M, region="us"), defaults={"region": "eu"},
           match_on=["region", "model", "usage_class"])
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")


def usage_by_day_and_hour_count_once(c):
    # Costs state no quantity. Usage says 1 M for the day, and the same again by the hour (0.6 M + 0.4 M). Q = 1 M, not 2 M.
    # Metered 0.8 M: 2.00 × 0.8 = 1.60; 0.40 are left over. R = 0.8 M × 2 = 1.60.
    c.events(event("r1", "10:30:00", "openai", "gpt-x", "t1", input_tokens=800000, account_id="proj_a"))
    c.openai("costs.json", [(5, 6, [cost("2.00", "gpt-x, input")])])
    c.openai("usage-1d.json", [(5, 6, [usage("proj_a", input_tokens=M)])])
    c.openai("usage-1h.json", [(5 + 10 / 24, 5 + 11 / 24, [usage("proj_a", input_tokens=600000)]),
                               (5 + 11 / 24, 5 + 12 / 24, [usage("proj_a", input_tokens=400000)])])
    c.expect("alpha", computed="1.60", usage_billed="1.60")
    c.expect("unattributed", usage_billed="0.40", unmetered="0.40")
    c.exceptions(("quantity_variance", "unattributed", 1, "0.40"), ("unattributed_cost", "unattributed", 1, "0.40"),
                 ("unmetered_usage", "unattributed", 1, "0.40"))


def hours_of_usage_without_their_day(c):
    # Only hours: Q = 0.6 M + 0.4 M. Metered 1.25 M, more than billed: all 2.00 shared, R = 2.50, f = 1 / 1.25 = 0.8,
    # quantity = 2.50 × (0.8 − 1) = −0.50, rate = 2.00 − 2.50 + 0.50 = 0.
    c.events(event("r1", "10:30:00", "openai", "gpt-x", "t1", input_tokens=1250000, account_id="proj_a"))
    c.openai("costs.json", [(5, 6, [cost("2.00", "gpt-x, input")])])
    c.openai("usage-1h.json", [(5 + 10 / 24, 5 + 11 / 24, [usage("proj_a", input_tokens=600000)]),
                               (5 + 11 / 24, 5 + 12 / 24, [usage("proj_a", input_tokens=400000)])])
    c.expect("alpha", computed="2.50", usage_billed="2.00", quantity="-0.50")
    c.exceptions(("quantity_variance", "alpha", 1, "-0.50"))


def anthropic_costs_without_quantity(c):
    # 450.5 cents for input of a day, no quantity anywhere: Q = M, f = 1. R = 1.5 M × 3 = 4.50; rate 0.005 of it, below 0.5 %.
    # Output: 30 cents for 10 000 × 15 / M = 0.15: rate 0.15.
    c.events(event("r1", "10:00:00", "anthropic", "claude-x", "t1", input_tokens=500000, output_tokens=10000),
             event("r2", "11:00:00", "anthropic", "claude-x", "t2", input_tokens=M))
    base = {"currency": "USD", "workspace_id": None, "model": "claude-x", "service_tier": None, "cost_type": "tokens"}
    c.anthropic("cost.json", [("2026-10-05T00:00:00Z", "2026-10-06T00:00:00Z", [
        dict(base, amount="450.5", token_type="uncached_input_tokens"), dict(base, amount="30", token_type="output_tokens")])],
        defaults={"account_id": "default"})
    # 4.505 × 0.5 / 1.5 = 1.501666…, × 1 / 1.5 = 3.003333…: the unit left over goes to the larger remainder, beta's 0.33…
    # against alpha's 0.66…: alpha. Alpha: 1.501666666667 − 1.50 = 0.001666666667, and 0.15 of output.
    c.expect("alpha", computed="1.65", usage_billed="1.801666666667", rate="0.151666666667")
    c.expect("beta", computed="3.00", usage_billed="3.003333333333", rate="0.003333333333")
    c.exceptions(("rate_variance", "alpha", 1, "0.15"))


def a_line_of_another_month_than_its_event(c):
    # r1 of October (0.5 M × 2 = 1.00, billed at 1.10) and r2 of November (1.00) change places.
    c.events(event("r1", "2026-10-31T23:59:59Z", team="t1", input_tokens=500000),
             event("r2", "2026-11-01T00:00:01Z", team="t2", input_tokens=500000))
    c.bill(named("r1", "2026-11-01T00:00:05Z", "1.10", "input", 500000),
           named("r2", "2026-10-31T23:59:58Z", "1.00", "input", 500000))
    c.expect("alpha", computed="1.00", timing="-1.00")
    c.expect("beta", usage_billed="1.00", timing="1.00")
    c.expect("alpha", "2026-11", usage_billed="1.10", timing="1.10")
    c.expect("beta", "2026-11", computed="1.00", timing="-1.00")


def a_bucket_of_another_month_than_its_events(c):
    # One bucket from October 31 to November 2 on October's bill: 3 M tokens for 6.00, a third of them October's.
    c.events(event("r1", "2026-10-31T12:00:00Z", team="t1", input_tokens=M),
             event("r2", "2026-11-01T12:00:00Z", team="t2", input_tokens=2 * M))
    c.bill(dict(line("6.00", "input", 3 * M, day=31), usage_end="2026-11-02T00:00:00Z"))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", usage_billed="4.00", timing="4.00")
    c.expect("alpha", "2026-11")
    c.expect("beta", "2026-11", computed="4.00", timing="-4.00")


def nested_windows(c):
    # The hour takes r1 first: 0.1 M for 0.30, a rate of 0.10. The day has 0.6 M for 1.20 and meets
    # r2 only, 0.4 M: 0.80; 0.40 are left over.
    c.events(event("r1", "10:30:00", team="t1", input_tokens=100000),
             event("r2", "15:00:00", team="t2", input_tokens=400000))
    hour = dict(line("0.30", "input", 100000), usage_start="2026-10-05T10:00:00Z", usage_end="2026-10-05T11:00:00Z")
    c.bill(line("1.20", "input", 600000), hour)
    c.expect("alpha", computed="0.20", usage_billed="0.30", rate="0.10")
    c.expect("beta", computed="0.80", usage_billed="0.80")
    c.expect("unattributed", usage_billed="0.40", unmetered="0.40")


def the_most_stated_dimensions_first(c):
    # Same window: the line that names the model takes gpt's tokens, the other what it leaves: r2's small2 of t2.
    c.refdata["prices.csv"] += "pl,mistral,small2,input,standard,,1000000,4,2026-01-01,\n"
    c.events(event("r1", "10:30:00", team="t1", input_tokens=M),
             event("r2", "15:00:00", team="t2", model="small2", input_tokens=M))
    c.bill(dict(line("4.00", "input", M), model=None), line("2.00", "input", M))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="4.00", usage_billed="4.00")
    c.exceptions()


def half_hour_zones(c):
    # A day in a zone of +05:30 begins at 18:30 UTC. r1 is a second before it, r2 on it, r3 on its end: only r2 is in it.
    c.events(event("r1", "2026-10-04T18:29:59Z", team="t1", input_tokens=M),
             event("r2", "2026-10-05T00:00:00+05:30", team="t2", input_tokens=M),
             event("r3", "2026-10-06T00:00:00+05:30", team="t1", input_tokens=M))
    c.bill(dict(line("2.00", "input", M), usage_start="2026-10-05T00:00:00+05:30", usage_end="2026-10-06T00:00:00+05:30"))
    c.expect("alpha", computed="4.00", unbilled="-4.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.rows_of("select usage_start from recon.bucket where period = '2026-10'", ("2026-10-04 18:30:00+00",))


def half_hours_beside_whole_ones(c):
    # 10:00–10:30 takes r1; 10:00–11:00 has r2 left, 2 M for 4.00 though 3 M are stated for 6.00.
    c.events(event("r1", "10:29:59", team="t1", input_tokens=M), event("r2", "10:30:00", team="t2", input_tokens=2 * M))
    half = dict(line("2.00", "input", M), usage_start="2026-10-05T10:00:00Z", usage_end="2026-10-05T10:30:00Z")
    c.bill(half, dict(line("6.00", "input", 3 * M), usage_start="2026-10-05T10:00:00Z", usage_end="2026-10-05T11:00:00Z"))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="4.00", usage_billed="4.00")
    c.expect("unattributed", usage_billed="2.00", unmetered="2.00")


def what_is_left_over_is_unmetered(c):
    # Billed 2 M for 4.00, metered 0.5 M and 1 M: 1.00, 2.00; 1.00 is nobody's.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=500000), event("r2", "11:00:00", team="t2", input_tokens=M))
    c.bill(line("4.00", "input", 2 * M))
    c.expect("alpha", computed="1.00", usage_billed="1.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.expect("unattributed", usage_billed="1.00", unmetered="1.00")


def residual_pro_rata(c):
    # The same, all of it shared 1 : 2. f = 2 / 1.5; quantity = R × 1/3: 0.333333333333 of 1.00, 0.666666666667 of 2.00.
    # Shares of 4.00: 1.333333333333 and 2.666666666667; the rate is then 0 to the last digit.
    c.settings = "residual: pro_rata\n"
    c.events(event("r1", "10:00:00", team="t1", input_tokens=500000), event("r2", "11:00:00", team="t2", input_tokens=M))
    c.bill(line("4.00", "input", 2 * M))
    c.expect("alpha", computed="1.00", usage_billed="1.333333333333", quantity="0.333333333333")
    c.expect("beta", computed="2.00", usage_billed="2.666666666667", quantity="0.666666666667")


def lines_left_over_go_to_their_owners_by_cost(c):
    # Two lines of one bucket, 3.00 and 1.00 for 1 M tokens each; metered 1 M: 2.00. The other 2.00 are spread 3 : 1 over
    # the lines: 1.50 to t2 by its key, 0.50 to nobody.
    c.refdata["owners.csv"] = "provider,match_kind,match_value,team_id,valid_from,valid_to\nmistral,api_key,k2,t2,2026-01-01,\n"
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M))
    c.bill(line("3.00", "input", M, api_key_id="k2"), line("1.00", "input", M))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", usage_billed="1.50", unmetered="1.50")
    c.expect("unattributed", usage_billed="0.50", unmetered="0.50")


def openrouter_rows_without_class(c):
    # r1: 1 M × 1 + 0.1 M × 3 = 1.30, billed 1.40 on one row for all classes: rate 0.10. r2 stands twice: 2 × 0.30, R = 0.30.
    # A generation nobody knows: 0.07, nobody's. Exceptions of exact matches count their lines.
    c.source("openrouter", "openrouter")
    c.events(event("r1", "10:00:00", "openrouter", "llama", "t1", input_tokens=M, output_tokens=100000),
             event("r2", "11:00:00", "openrouter", "llama", "t2", output_tokens=100000))
    header = ["generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion", "model_permaslug", "api_key_name"]
    rows = [("r1", "2026-10-05 10:00:00", "1.40"), ("r2", "2026-10-05 11:00:00", "0.30"), ("r2", "2026-10-05 11:00:00", "0.30"),
            ("r3", "2026-10-05 12:00:00", "0.07")]
    c.file("openrouter", "activity.csv", csv_text(header, [
        dict(zip(header, row + ("1", "1", "llama", "k1"))) for row in rows]))
    c.expect("alpha", computed="1.30", usage_billed="1.40", rate="0.10")
    c.expect("beta", computed="0.30", usage_billed="0.60", rate="0.30")
    c.expect("unattributed", usage_billed="0.07", unmetered="0.07")
    c.exceptions(("duplicate_line", "beta", 1, "0.30"), ("rate_variance", "alpha", 1, "0.10"),
                 ("rate_variance", "beta", 2, "0.30"),
                 ("unattributed_cost", "unattributed", 1, "0.07"), ("unmetered_usage", "unattributed", 1, "0.07"))


def a_line_without_class_covers_what_others_do_not(c):
    # r1: input 1 M = 2.00 stated as 2.00; the rest, 0.5 M output = 3.00 and 1 M cache reads = 0.20, billed 3.50 on one line.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=2 * M, cache_read_input_tokens=M, output_tokens=500000))
    c.bill(named("r1", "10:00:00", "2.00", "input", M), named("r1", "10:00:00", "3.50"))
    c.expect("alpha", computed="5.20", usage_billed="5.50", rate="0.30")


def exact_quantities_and_statuses(c):
    # r1 billed 1.1 M of its 1 M: quantity 2 × 0.1 = 0.20. r2 failed and r3 came from the cache: 0.50 + 0.25 unmetered.
    # r4 is on no bill. r5 ended early and counts all the same.
    c.events(event("r1", "10:00:00", input_tokens=M), event("r2", "11:00:00", input_tokens=M, status="error"),
             event("r3", "12:00:00", input_tokens=M, status="cache_hit", computed_cost_usd="0"),
             event("r4", "13:00:00", input_tokens=M), event("r5", "14:00:00", team="t2", input_tokens=M, status="partial"))
    c.bill(named("r1", "10:00:00", "2.20", "input", 1100000), named("r2", "11:00:00", "0.50", "input", M),
           named("r3", "12:00:00", "0.25", "input", M), named("r5", "14:00:00", "2.00", "input", M))
    c.expect("alpha", computed="4.00", usage_billed="2.95", quantity="0.20", unmetered="0.75", unbilled="-2.00")
    c.expect("beta", computed="2.00", usage_billed="2.00")
    c.exceptions(("billed_failure", "alpha", 1, "0.50"), ("partial_stream", "beta", 1, "2.00"),
                 ("quantity_variance", "alpha", 1, "0.20"),
                 ("unbilled_usage", "alpha", 1, "-2.00"), ("unmetered_usage", "alpha", 1, "0.25"))


def a_class_of_no_tokens(c):
    # 0.02 for the request itself: R = 0, all of it rate; the tokens are billed apart.
    c.events(event("r1", "10:00:00", input_tokens=M))
    c.bill(named("r1", "10:00:00", "2.00", "input", M), named("r1", "10:00:00", "0.02", "request", 1))
    c.expect("alpha", computed="2.00", usage_billed="2.02", rate="0.02")


def the_provider_of_a_line_is_part_of_its_match(c):
    # Two providers with the same request id, model, window and account: each line meets its own provider's event.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M),
             event("r1", "10:00:00", provider="cohere", team="t2", input_tokens=M),
             event("r2", "11:00:00", team="t1", output_tokens=M),
             event("r3", "11:00:00", provider="cohere", team="t2", output_tokens=M))
    c.bill(named("r1", "10:00:00", "2.00", "input", M, provider="cohere"), line("6.00", "output", M),
           line("5.00", provider="cohere", charge_type="tax"))
    c.expect("alpha", computed="8.00", usage_billed="6.00", unbilled="-2.00")
    c.expect("beta", computed="8.00", usage_billed="2.00", unbilled="-6.00", charges="5.00")


# In the order in which they stand here: the functions that take a company, c.
CASES = [value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__
         and value.__code__.co_varnames[:1] == ("c",)]
