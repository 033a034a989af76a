"""Prices, charges, owners, currencies: what an amount is, and who bears it."""
from case_company import csv_text, event, line, named

M = 1000000


def tax_and_credit_over_zero_and_negative_usage(c):
    # Mistral: alpha 0.00, beta −2.00: no weight is above zero, so 3.00 of tax less 1.00 of credit are nobody's.
    # Cohere: alpha 4.00, beta −2.00: alpha alone bears the tax of 1.00.
    c.refdata["owners.csv"] = ("provider,match_kind,match_value,team_id,valid_from,valid_to\n"
                               + "".join(f"{provider},account,a{n},t{n},2026-01-01,\n" for provider in ("mistral", "cohere") for n in (1, 2)))
    c.bill(line("0", "other", 1, account_id="a1"), line("-2.00", "other", 1, account_id="a2"),
           line("3.00", charge_type="tax"),
           line("-1.00", charge_type="credit"), line("4.00", "other", 1, provider="cohere", account_id="a1"),
           line("-2.00", "other", 1, provider="cohere", account_id="a2"), line("1.00", provider="cohere", charge_type="tax"))
    c.expect("alpha", usage_billed="4.00", unmetered="4.00", charges="1.00", billed="5.00")
    c.expect("beta", usage_billed="-4.00", unmetered="-4.00")
    c.expect("unattributed", charges="2.00")


def charges_pro_rata_and_by_rule(c):
    # Usage 1 : 2. Tax 1.00 by weight: 0.333333333333 and 0.666666666667. The fee belongs to beta by rule. A refund that
    # names r1 goes to its owner.
    c.refdata["allocations.csv"] = "charge_type,method,target\nfee,business_unit,beta\n"
    c.events(event("r1", "10:00:00", team="t1", input_tokens=500000), event("r2", "11:00:00", team="t2", input_tokens=M))
    c.bill(line("3.00", "input", 1500000), line("1.00", charge_type="tax"), line("5.00", charge_type="fee"),
           named("r1", "10:00:00", "-0.25", charge_type="refund"))
    c.expect("alpha", computed="1.00", usage_billed="1.00", charges="0.083333333333")
    c.expect("beta", computed="2.00", usage_billed="2.00", charges="5.666666666667")


def what_does_not_divide(c):
    # Three bear 1.00 of tax alike: a third each, and the last unit of the twelfth decimal goes to the first key, alpha.
    # What a credit has below the twelfth decimal, −0.0000000000005, is alpha's too.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M), event("r2", "11:00:00", team="t2", input_tokens=M),
             event("r3", "12:00:00", team="", input_tokens=M))
    c.bill(line("6.00", "input", 3 * M), line("1.00", charge_type="tax"), line("-5E-13", charge_type="credit"))
    c.expect("alpha", computed="2.00", usage_billed="2.00", charges="0.3333333333335")
    c.expect("beta", computed="2.00", usage_billed="2.00", charges="0.333333333333")
    c.expect("unattributed", computed="2.00", usage_billed="2.00", charges="0.333333333333")


def usage_by_a_rule_of_its_class(c):
    # Web searches, 9.00, over what else mistral billed, 1 : 2: alpha 3.00, beta 6.00, before the tax of 1.20 by 4 : 8.
    c.refdata["allocations.csv"] = "charge_type,method,target\nusage:other,pro_rata,\n"
    c.events(event("r1", "10:00:00", team="t1", input_tokens=500000), event("r2", "11:00:00", team="t2", input_tokens=M))
    c.bill(line("3.00", "input", 1500000), line("9.00", "other", 900), line("1.20", charge_type="tax"))
    c.expect("alpha", computed="1.00", usage_billed="4.00", unmetered="3.00", charges="0.40")
    c.expect("beta", computed="2.00", usage_billed="8.00", unmetered="6.00", charges="0.80")


_CUR = ("bill_billing_entity,bill_billing_period_start_date,bill_payer_account_id,identity_line_item_id,line_item_currency_code,"
        "line_item_line_item_description,line_item_line_item_type,line_item_operation,line_item_product_code,line_item_resource_id,"
        "line_item_unblended_cost,line_item_usage_account_id,line_item_usage_amount,line_item_usage_end_date,"
        "line_item_usage_start_date,line_item_usage_type,pricing_unit,product,product_region_code,resource_tags").split(",")


def _cur(number, cost, amount, **more):
    return {"bill_billing_entity": "AWS", "bill_billing_period_start_date": "2026-10-01T00:00:00Z", "bill_payer_account_id": "999",
            "identity_line_item_id": f"i{number}", "line_item_currency_code": "USD", "line_item_line_item_type": "Usage",
            "line_item_operation": "InvokeModelInference", "line_item_product_code": "AmazonBedrock", "line_item_unblended_cost": cost,
            "line_item_usage_account_id": "111", "line_item_usage_amount": amount, "line_item_usage_end_date": "2026-10-05T11:00:00Z",
            "line_item_usage_start_date": "2026-10-05T10:00:00Z", "line_item_usage_type": "USE1-Nova-input-tokens",
            "pricing_unit": "1K tokens", **more}


def a_tag_owns_what_bypassed_the_gateway(c):
    # r1 takes 1 M of the hour's tokens for 1.00. Another hour has no event: its tag makes it t2's, before its account (t1).
    # Tag keys have one form: user:Team is user_team. A third line has no owner but its account.
    c.source("aws", "aws-cur")
    c.refdata["owners.csv"] = ("provider,match_kind,match_value,team_id,valid_from,valid_to\n"
                               "bedrock,tag,user_team=growth,t2,2026-01-01,\nbedrock,account,111,t1,2026-01-01,\n")
    c.refdata["models.csv"] = "provider,alias,model\nbedrock,Nova,nova\n"
    c.events(event("r1", "10:30:00", "bedrock", "nova", "t1", input_tokens=M, account_id="111", region="us-east-1"))
    later = {"line_item_usage_start_date": "2026-10-05T12:00:00Z", "line_item_usage_end_date": "2026-10-05T13:00:00Z"}
    last = {"line_item_usage_start_date": "2026-10-05T14:00:00Z", "line_item_usage_end_date": "2026-10-05T15:00:00Z"}
    c.file("aws", "report-00001.csv", csv_text(_CUR, [
        _cur(1, "1.00", "1000"), _cur(2, "0.70", "700", resource_tags={"user:Team": "growth"}, **later), _cur(3, "0.30", "300", **last)]))
    c.expect("alpha", computed="1.00", usage_billed="1.30", unmetered="0.30")
    c.expect("beta", usage_billed="0.70", unmetered="0.70")
    c.exceptions(("unmetered_usage", "alpha", 1, "0.30"), ("unmetered_usage", "beta", 1, "0.70"))


def owners_in_force_on_the_day(c):
    # Account a1 is t1's until the 12th, exclusive, and t2's from then on; the same key in two rows: the smaller value wins.
    c.refdata["owners.csv"] = ("provider,match_kind,match_value,team_id,valid_from,valid_to\nmistral,account,a1,t1,2026-01-01,2026-10-12\n"
                               "mistral,account,a1,t2,2026-10-12,\nmistral,tag,b=1,t2,2026-01-01,\nmistral,tag,a=1,t1,2026-01-01,\n")
    c.bill(line("1.00", "other", 1, day=11, account_id="a1"), line("2.00", "other", 1, day=12, account_id="a1"),
           line("4.00", "other", 1, day=12, account_id="a1", tags={"b": "1", "a": "1"}))
    c.expect("alpha", usage_billed="5.00", unmetered="5.00")
    c.expect("beta", usage_billed="2.00", unmetered="2.00")


def a_tiered_price(c):
    # Up to 200 000 input tokens 2 a million, above it 4 for all of them: 0.40 and 0.800004. The output's price follows:
    # 1000 × 6 / M = 0.006 and 1000 × 9 / M = 0.009.
    c.refdata["prices.csv"] += ("pl,mistral,small,input,standard,200000,1000000,4,2026-01-01,\n"
                                "pl,mistral,small,output,standard,200000,1000000,9,2026-01-01,\n")
    c.events(event("r1", "10:00:00", team="t1", input_tokens=200000, output_tokens=1000),
             event("r2", "10:00:00", team="t2", input_tokens=200001, output_tokens=1000))
    c.expect("alpha", computed="0.406", unbilled="-0.406")
    c.expect("beta", computed="0.809004", unbilled="-0.809004")


def a_dated_price(c):
    # The list changes on October 16: 2 a million until then, 1 from then on. A version that has no row yet on the day has
    # no price of its own: r3 names pl2 in September's last second, and the book has pl.
    c.refdata["prices.csv"] = c.refdata["prices.csv"].replace(
        "pl,mistral,small,input,standard,,1000000,2,2026-01-01,", "pl,mistral,small,input,standard,,1000000,2,2026-01-01,2026-10-16")
    c.refdata["prices.csv"] += ("pl,mistral,small,input,standard,,1000000,1,2026-10-16,\n"
                                "pl2,mistral,small,input,standard,,1000000,7,2026-10-20,\n")
    c.events(event("r1", "2026-10-15T23:59:59.999999Z", team="t1", input_tokens=M),
             event("r2", "2026-10-16T00:00:00Z", team="t2", input_tokens=M),
             event("r3", "2026-10-19T23:59:59Z", team="t3", input_tokens=M, billing_rule_version="pl2"),
             event("r4", "2026-10-20T00:00:00Z", team="t3", input_tokens=M, billing_rule_version="pl2"))
    c.expect("alpha", computed="10.00", unbilled="-10.00")  # 2 + 1 + 7
    c.expect("beta", computed="1.00", unbilled="-1.00")


def an_expired_version_keeps_its_last_price(c):
    # r1 still names old, whose row ended: its latest earlier price, 3 a million, not the book's 2.
    c.refdata["prices.csv"] += "old,mistral,small,input,standard,,1000000,3,2026-01-01,2026-10-01\n"
    c.events(event("r1", "10:00:00", input_tokens=M, billing_rule_version="old"))
    c.expect("alpha", computed="3.00", unbilled="-3.00")


def a_batch_has_its_own_price_and_lines(c):
    # 1 M at 1 for the batch, 1 M at 2; cache writes have no batch price: 0.1 M at the standard 2.5 = 0.25.
    c.events(event("r1", "10:00:00", "openai", "gpt-x", "t1", input_tokens=1100000, cache_write_input_tokens=100000, batch=True),
             event("r2", "10:00:00", "openai", "gpt-x", "t2", input_tokens=M))
    item = {"object": "organization.costs.result", "project_id": None, "quantity": M, "quantity_unit": "tokens"}
    c.openai("costs.json", [(5, 6, [dict(item, amount={"value": 1.0, "currency": "usd"}, line_item="batch | gpt-x, input"),
                                    dict(item, amount={"value": 2.0, "currency": "usd"}, line_item="gpt-x, input"),
                                    dict(item, amount={"value": 0.25, "currency": "usd"}, line_item="batch | gpt-x, cache writes",
                                         quantity=100000)])])
    c.expect("alpha", computed="1.25", usage_billed="1.25")
    c.expect("beta", computed="2.00", usage_billed="2.00")


def the_payload(c):
    # Uncached 2200 × 0.75 = 1650, cached 1200 × 0.075 = 90, output 620 × 4.50 = 2790 millionths: 0.00453, where 0.005115
    # is stated. No known mistake gives that: 3400 × 0.75 + 90 + 2790 would be 0.00543, without cached tokens it is 0.00444.
    c.events(event("r1", "10:00:00", model="priced-by-itself", input_tokens=3400, cache_read_input_tokens=1200, output_tokens=620,
                   computed_cost_usd=0.005115, billing_rule_version="",
                   unit_price={"input_per_million": 0.75, "cached_input_per_million": 0.075, "output_per_million": 4.50,
                               "currency": "USD"}))
    c.expect("alpha", computed="0.005115", rating="-0.000585", unbilled="-0.00453")
    c.exceptions(("rating_mismatch", "alpha", 1, "-0.000585"), ("unbilled_usage", "alpha", 1, "-0.00453"))


def the_causes_of_wrong_ratings(c):
    # All of claude-x at 3, 0.3, 3.75, 6, 15 and gpt-x at 2, 0.5, 8. Each event states what its mistake makes of it.
    c.events(
        # 0.9 M uncached, 0.1 M cached: 2.70 + 0.03 = 2.73. Twice: 1 M × 3 + 0.03 = 3.03. Amount −0.30.
        event("double", "10:00:00", "anthropic", "claude-x", input_tokens=M, cache_read_input_tokens=100000, computed_cost_usd="3.03"),
        # The cached 0.5 M × 0.3 = 0.15 are left out: 1.50 instead of 1.65.
        event("lost", "11:00:00", "anthropic", "claude-x", "t2", input_tokens=M, cache_read_input_tokens=500000, computed_cost_usd="1.50"),
        # 0.2 M written for an hour, 1.20, priced as for five minutes, 0.75: 0.8 M × 3 = 2.40; 3.60 against 3.15.
        event("ttl", "12:00:00", "anthropic", "claude-x", input_tokens=M, cache_write_input_tokens=200000,
              cache_write_1h_input_tokens=200000, computed_cost_usd="3.15"),
        # A batch at the standard price: 2.00 instead of 1.00.
        event("tier", "13:00:00", "openai", "gpt-x", "t2", input_tokens=M, batch=True, computed_cost_usd="2.00"),
        # Recorded at nothing: 0.80 missing.
        event("zero", "14:00:00", "openai", "gpt-x", output_tokens=100000, computed_cost_usd="0"),
        # gpt-x answered, 2.00; gpt-y was priced, 10.00.
        event("other", "15:00:00", "openai", "gpt-x", "t2", input_tokens=M, computed_cost_usd="10.00"),
        # None of these: 2.00 against 2.50. And a thousandth is no mistake: 2.00 against 2.002; more is.
        event("odd", "16:00:00", "openai", "gpt-x", "t3", input_tokens=M, computed_cost_usd="2.50"),
        event("near", "17:00:00", "openai", "gpt-x", "t3", input_tokens=M, computed_cost_usd="2.002"),
        event("far", "18:00:00", "mistral", "small", "t3", input_tokens=M, computed_cost_usd="2.002001"))
    # alpha computed: 3.03 + 3.15 + 0 + 2.50 + 2.002 + 2.002001 = 12.684001; rule: 2.73 + 3.60 + 0.80 + 2 + 2 + 2 = 13.13
    c.expect("alpha", computed="12.684001", rating="0.445999", unbilled="-13.13")
    c.expect("beta", computed="13.50", rating="-8.85", unbilled="-4.65")  # 1.50 + 2 + 10; 1.65 + 1 + 2
    c.exceptions(
        ("cache_double_count", "alpha", 1, "-0.30"), ("cache_tokens_lost", "beta", 1, "0.15"),
        ("cache_write_ttl_mispriced", "alpha", 1, "0.45"),
        ("fallback_model_mismatch", "beta", 1, "-8.00"), ("rating_mismatch", "alpha", 1, "-0.002001"),
        ("rating_mismatch", "alpha", 1, "-0.50"),
        ("service_tier_mismatch", "beta", 1, "-1.00"), ("unbilled_usage", "alpha", 1, "-0.80"),
        ("unbilled_usage", "alpha", 1, "-2.00"),
        ("unbilled_usage", "alpha", 2, "-4.00"), ("unbilled_usage", "alpha", 2, "-6.33"),
        ("unbilled_usage", "beta", 1, "-1.65"),
        ("unbilled_usage", "beta", 2, "-3.00"), ("zero_cost_success", "alpha", 1, "0.80"))


def euros(c):
    # 10.00 EUR at 1.08375 = 10.8375 USD for 5 M tokens at 2 = 10.00: rate 0.8375. Francs have no rate: no amount, no tax.
    c.refdata["fx.csv"] = "period,currency,usd_rate\n2026-10,EUR,1.08375\n2026-09,CHF,1.1\n"
    c.events(event("r1", "10:00:00", input_tokens=5 * M))
    c.bill(line("10.00", "input", 5 * M, currency="EUR"), line("100.00", charge_type="tax", currency="CHF"))
    c.expect("alpha", computed="10.00", usage_billed="10.8375", rate="0.8375")
    c.exceptions(("currency_unsupported", "", 1, "0.00"), ("rate_variance", "alpha", 1, "0.8375"))


def a_bill_without_rate_reaches_nothing(c):
    # What was billed in francs is in no amount, so the calls of that day are accrued: 2.00 each to alpha.
    c.events(event("r1", "2026-10-05T10:00:00Z", input_tokens=M), event("r2", "2026-10-06T10:00:00Z", input_tokens=M))
    c.bill(line("2.00", "input", M), line("2.00", "input", M, day=6, currency="CHF"))
    c.expect("alpha", computed="4.00", usage_billed="2.00", unbilled="-2.00")
    c.rows_of("select ref.amount_text(coalesce(sum(amount_usd), 0)) from recon.accrual_estimate where period = '2026-10'", ("2.00",))


def the_accrual_goes_on_from_each_account_s_reach(c):
    # a1 is billed to the end of the 5th, a2 to the end of the 10th; r2 (a1, the 8th) is beyond its reach, r3 (a2) is not.
    # r4 names no account: its source says a1. r5 is billed by name at the very moment that its account reaches.
    c.events(event("r1", "2026-10-05T10:00:00Z", input_tokens=M, account_id="a1"),
             event("r2", "2026-10-08T10:00:00Z", input_tokens=M, account_id="a1"),
             event("r3", "2026-10-08T10:00:00Z", input_tokens=M, account_id="a2"),
             event("r4", "2026-10-09T10:00:00Z", team="t2", input_tokens=2 * M),
             event("r5", "2026-10-10T23:00:00Z", team="t2", input_tokens=M, account_id="a2"))
    c.bill(named("r1", "2026-10-05T10:00:00Z", "2.00", "input", M, account_id="a1"),
           named("r5", "2026-10-10T23:00:00Z", "2.00", "input", M, account_id="a2"), defaults={"account_id": "a1"})
    c.expect("alpha", computed="6.00", usage_billed="2.00", unbilled="-4.00")
    c.expect("beta", computed="6.00", usage_billed="2.00", unbilled="-4.00")
    c.rows_of("select business_unit, ref.amount_text(sum(amount_usd)) from recon.accrual_estimate group by 1 order by 1",
              ("alpha", "2.00"), ("beta", "4.00"))


# In the order in which they stand here: the functions that take a company, c.
CASES = [value for value in list(globals().values()) if getattr(value, "__module__", "") == __name__
         and value.__code__.co_varnames[:1] == ("c",)]
