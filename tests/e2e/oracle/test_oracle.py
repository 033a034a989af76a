#!/usr/bin/env python3
"""The oracle against numbers worked out by hand."""
import json
import os
import sys
import tempfile
import unittest
from fractions import Fraction

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import aws  # noqa: E402
import events  # noqa: E402
import exact  # noqa: E402
import journal  # noqa: E402
import main  # noqa: E402
import openai  # noqa: E402
import when  # noqa: E402
from refdata import RefData  # noqa: E402

AS_OF = when.parse("2026-11-05T00:00:00Z")


def number(text):
    return exact.parse(text)


class Numbers(unittest.TestCase):
    def test_exponents_are_exact(self):
        self.assertEqual(number("9.052E-7"), Fraction(9052, 10 ** 10))
        self.assertEqual(number("0E-6176"), 0)
        self.assertEqual(number("-1.50"), Fraction(-3, 2))
        self.assertEqual(number("0.003627500000000000000000000000000000"), Fraction(36275, 10 ** 7))

    def test_too_long_or_no_number(self):
        for text in ("1E31", "1E-37", "1,5", "", "1e", ".", "0x1", "NaN"):
            with self.assertRaises(exact.BadNumber):
                number(text)
        self.assertEqual(number("9" * 30), int("9" * 30))

    def test_text_keeps_two_decimals_and_trims(self):
        self.assertEqual(exact.show(Fraction(3, 2)), "1.50")
        self.assertEqual(exact.show(Fraction(-1, 8)), "-0.125")
        self.assertEqual(exact.show(Fraction(0)), "0.00")
        self.assertEqual(exact.show(Fraction(1200)), "1200.00")

    def test_round_half_even_of_rationals(self):
        unit = Fraction(1, 10 ** 12)
        for given, wanted in (("1/2", 0), ("3/2", 2), ("-1/2", 0), ("-3/2", -2), ("1/3", 0), ("5/3", 2)):
            self.assertEqual(exact.round_half_even(Fraction(given) * unit, 12), wanted * unit, given)

    def test_round_half_away(self):
        self.assertEqual(exact.round_half_away(Fraction(5, 1000), 2), Fraction(1, 100))
        self.assertEqual(exact.round_half_away(Fraction(-5, 1000), 2), Fraction(-1, 100))
        self.assertEqual(exact.round_half_away(Fraction(4999, 10 ** 6), 2), 0)


class Shares(unittest.TestCase):
    def check(self, amount, weights, wanted):
        shares = exact.share(number(amount), weights)
        self.assertEqual(shares, {key: number(text) for key, text in wanted.items()})
        self.assertEqual(sum(shares.values()), number(amount))

    def test_left_over_units_go_by_remainder_then_key(self):
        self.check("1", {"b": 1, "a": 1, "c": 1},
                   {"a": "0.333333333334", "b": "0.333333333333", "c": "0.333333333333"})
        self.check("0.000000000002", {"a": 1, "b": 2}, {"a": "1E-12", "b": "1E-12"})

    def test_sign_and_digits_below_the_twelfth(self):
        self.check("-1", {"a": 1, "b": 2}, {"a": "-0.333333333333", "b": "-0.666666666667"})
        self.check("1.0000000000005", {"a": 0, "b": 1}, {"a": "5E-13", "b": "1"})

    def test_negative_weights(self):
        self.check("1", {"a": -1, "b": 4}, {"a": "-0.333333333333", "b": "1.333333333333"})
        self.check("1", {"a": -1, "b": -1}, {"a": "0.5", "b": "0.5"})


class Times(unittest.TestCase):
    def test_below_the_microsecond_is_cut(self):
        stamp = when.parse("2026-10-31T23:59:59.9999999Z")
        self.assertEqual(when.month(stamp), "2026-10")
        self.assertEqual(when.month(stamp + 1), "2026-11")

    def test_zones(self):
        self.assertEqual(when.parse("2026-10-31T22:30:00-03:00"), when.parse("2026-11-01 01:30:00"))
        with self.assertRaises(when.BadTime):
            when.parse("2026-02-30T00:00:00Z")


class Names(unittest.TestCase):
    def test_usage_types(self):
        for text, wanted in (
                ("USE1-Claude4.6Sonnet-cache-write-1h-input-token-count",
                 ("us-east-1", "Claude4.6Sonnet", "cache_write_1h", None)),
                ("USE1-Nova2.0Lite-input-tokens-flex", ("us-east-1", "Nova2.0Lite", "input", "flex")),
                ("USE1-openai.gpt-oss-120b-mantle-input-tokens-standard",
                 ("us-east-1", "openai.gpt-oss-120b", "input", None)),
                ("USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-global-standard",
                 ("us-west-2", "anthropic.claude-opus-4-8", "cache_write_5m", None)),
                ("USW2-MP:USW2_CacheReadInputTokenCount_Global_Batch-Units",
                 ("us-west-2", None, "cache_read", "batch")),
                ("APS3-Guardrail-ContentPolicyUnitsConsumed", ("ap-south-1", None, "other", None))):
            self.assertEqual(aws.split_usage_type(text), wanted, text)

    def test_columns(self):
        self.assertEqual(aws.column_name("lineItem/UsageAccountId"), "line_item_usage_account_id")
        self.assertEqual(aws.column_name("product/regionCode"), "product_region_code")
        self.assertEqual(aws.tag_key("resourceTags/user:Team"), "user_team")

    def test_line_items(self):
        for text, wanted in (
                ("gpt-5.5-2026-04-23, cached input", ("gpt-5.5-2026-04-23", "cache_read", None)),
                ("priority | gpt-5.6-sol, output, long context", ("gpt-5.6-sol", "output", "priority")),
                ("web search tool calls", ("web search tool calls", "other", None))):
            self.assertEqual(openai.split_line_item(text), wanted)


class Cents(unittest.TestCase):
    def test_total_is_rounded_once_and_spread(self):
        cells = {"a": number("0.005"), "b": number("0.005"), "c": number("0.006")}
        self.assertEqual(journal.in_cents(cells), (2, {"a": 1, "b": 0, "c": 1}))
        self.assertEqual(journal.in_cents({"a": number("-0.005")}), (-1, {"a": -1}))


# a company in a few lines ----------------------------------------------------------------------

REFDATA = {
    "business_units": "business_unit_id,name,cost_center,expense_account,threshold_pct,threshold_usd,"
                      "valid_from,valid_to\nbeta,B,cb,6001,,,2026-01-01,\nalpha,A,ca,6000,10,0.5,2026-01-01,\n",
    "teams": "team_id,business_unit_id,name,cost_center,valid_from,valid_to\n"
             "t1,alpha,T1,,2026-01-01,2026-10-16\nt1,beta,T1,c1,2026-10-16,\nt2,beta,T2,c2,2026-01-01,\n",
    "prices": "billing_rule_version,provider,model,usage_class,service_tier,above_input_tokens,per_units,"
              "price_usd,valid_from,valid_to\n"
              "v1,acme,m,input,standard,,1000,4,2026-01-01,2026-10-01\n"
              "v2,acme,m,input,standard,,1000,5,2026-10-01,\n"
              "v2,acme,m,input,standard,500,1000,6,2026-10-01,\n"
              "v2,acme,m,input,batch,,1000,2,2026-10-01,\n"
              "v3,acme,m,input,standard,,1000,7,2026-10-20,\n",
    "owners": "provider,match_kind,match_value,team_id,valid_from,valid_to\nacme,tag,app=x,t2,2026-01-01,\n",
    "accounts": "role,account\nclearing,2100\nsuspense,1999\n",
}
CONFIG = """refdata_dir: refdata
residual: {residual}
sources:
  - {{name: gw, type: events, uri: events.jsonl}}
  - {{name: acme, type: usage-csv, uri: bills}}
"""


def event(request_id, stamp, tokens, **more):
    return dict({"request_id": request_id, "timestamp": stamp, "provider": "acme", "model": "m",
                 "team_id": "t1", "account_id": "a", "input_tokens": tokens, "output_tokens": 0,
                 "billing_rule_version": "v2", "status": "success"}, **more)


def reckon(records, bill, residual="unattributed", refdata=None):
    with tempfile.TemporaryDirectory() as top:
        os.makedirs(f"{top}/refdata")
        os.makedirs(f"{top}/bills")
        for name, text in dict(REFDATA, **(refdata or {})).items():
            with open(f"{top}/refdata/{name}.csv", "w", encoding="utf-8") as handle:
                handle.write(text)
        for name, text in (("closebook.yaml", CONFIG.format(residual=residual)),
                           ("events.jsonl", "".join(json.dumps(one) + "\n" for one in records)),
                           ("bills/b.csv", bill)):
            with open(f"{top}/{name}", "w", encoding="utf-8") as handle:
                handle.write(text)
        found = main.Reckoning(f"{top}/closebook.yaml", "2026-10", AS_OF)
    assert not found.faults(), found.faults()
    return found


class Prices(unittest.TestCase):
    def price(self, **more):
        found = reckon([event("r", "2026-10-05T00:00:00Z", 100, **more)], "provider,usage_start,cost\n")
        return next(iter(found.events.values())).rule["input"] / 100 * 1000

    def test_order(self):
        later = {"timestamp": "2026-10-25T00:00:00Z"}
        self.assertEqual(self.price(), 5)
        self.assertEqual(self.price(service_tier="batch"), 2)
        self.assertEqual(self.price(batch=True, billing_rule_version="v1"), 4)  # v1's latest earlier row
        self.assertEqual(self.price(service_tier="flex"), 5)
        self.assertEqual(self.price(billing_rule_version="v9"), 5)
        self.assertEqual(self.price(billing_rule_version="v3"), 5)  # not begun: the book
        self.assertEqual(self.price(billing_rule_version="", **later), 7)
        self.assertEqual(self.price(billing_rule_version="v9", unit_price={"input_per_million": 9000}), 9)
        self.assertEqual(self.price(unit_price={"input_per_million": 9000}), 5)
        self.assertEqual(self.price(billing_rule_version="v9", unit_price={
            "input_per_million": 9000, "currency": "EUR"}), 5)
        self.assertEqual(self.price(model="other"), 0)

    def test_band_reprices_all_tokens(self):
        found = reckon([event("a", "2026-10-05T00:00:00Z", 500), event("b", "2026-10-05T00:00:00Z", 501)],
                       "provider,usage_start,cost\n")
        costs = [one.rule["input"] for one in found.events.values()]
        self.assertEqual(costs, [Fraction(5, 2), Fraction(501 * 6, 1000)])


class Company(unittest.TestCase):
    HEADER = "provider,request_id,usage_start,usage_end,account_id,model,usage_class,quantity,cost,charge_type,tags\n"
    DAY = "2026-10-05T00:00:00Z,2026-10-06T00:00:00Z"

    def rows(self, found):
        return {row["unit"]: row for row in found.rows}

    def test_metered_part_is_shared_and_the_rest_is_left_over(self):
        records = [event("r1", "2026-10-05T01:00:00Z", 300, computed_cost_usd=1.5),
                   event("r2", "2026-10-05T23:59:59Z", 100, team_id="t2"),
                   event("r3", "2026-10-05T02:00:00Z", 50, status="error")]
        bill = self.HEADER + f"acme,,{self.DAY},a,m,input,500,10,,\n"
        rows = self.rows(reckon(records, bill))
        self.assertEqual(rows["alpha"]["usage"], 6)
        self.assertEqual(rows["beta"]["usage"], 2)
        self.assertEqual(rows["unattributed"]["causes"]["unmetered"], 2)
        self.assertEqual(rows["alpha"]["causes"]["rate"], Fraction(9, 2))  # 6 − 300 × 0.005
        self.assertEqual(rows["beta"]["causes"]["rating"], 0)  # missing computed is the rule cost
        self.assertEqual(rows["alpha"]["tolerance"], Fraction(6, 10))
        self.assertEqual(rows["TOTAL"]["billed"], 10)

    def test_pro_rata_leaves_nothing(self):
        records = [event("r1", "2026-10-05T01:00:00Z", 300), event("r2", "2026-10-05T03:00:00Z", 100, team_id="t2")]
        bill = self.HEADER + f"acme,,{self.DAY},a,m,input,500,10,,\n"
        rows = self.rows(reckon(records, bill, "pro_rata"))
        self.assertEqual(rows["alpha"]["usage"], Fraction(15, 2))
        self.assertEqual(rows["alpha"]["causes"]["quantity"], Fraction(3, 8))  # 1.5 × (500/400 − 1)
        self.assertEqual(rows["unattributed"]["usage"], 0)

    def test_more_metered_than_billed_is_quantity(self):
        bill = self.HEADER + f"acme,,{self.DAY},a,m,input,100,0.5,,\n"
        rows = self.rows(reckon([event("r1", "2026-10-05T01:00:00Z", 300)], bill))
        self.assertEqual(rows["alpha"]["causes"]["quantity"], -1)  # 1.5 × (100/300 − 1)
        self.assertEqual(rows["alpha"]["causes"]["rate"], 0)

    def test_exact_match_and_its_causes(self):
        records = [event("r1", "2026-10-05T01:00:00Z", 200), event("r2", "2026-09-30T23:00:00Z", 10),
                   event("r3", "2026-10-07T00:00:00Z", 100, status="cache_hit"),
                   event("r4", "2026-10-08T00:00:00Z", 100)]
        at = "2026-10-05T01:00:00Z,2026-10-05T01:00:00Z"
        bill = self.HEADER + (
            f"acme,r1,{at},,,input,220,1.5,,\nacme,r2,{at},,,input,10,0.25,,\n"
            f"acme,r3,{at},,,input,1,0.125,,\nacme,r1,{at},,,,,0.5,tax,\n"
            f"acme,r9,{at},,,input,1,0.75,,\"{{\"\"app\"\":\"\"x\"\"}}\"\n")
        rows = self.rows(reckon(records, bill))
        causes = rows["alpha"]["causes"]
        self.assertEqual(causes["quantity"], Fraction(1, 10))   # 200 × 0.005 × (220/200 − 1)
        self.assertEqual(causes["rate"], Fraction(4, 10))       # 1.5 − 1 − 0.1
        self.assertEqual(causes["timing"], Fraction(1, 4))
        self.assertEqual(causes["unmetered"], Fraction(1, 8))
        self.assertEqual(causes["unbilled"], Fraction(-1, 2))
        self.assertEqual(rows["alpha"]["charges"], Fraction(1, 2))
        self.assertEqual(rows["beta"]["causes"]["unmetered"], Fraction(3, 4))

    def test_charges_follow_usage(self):
        records = [event("r1", "2026-10-05T01:00:00Z", 300), event("r2", "2026-10-05T03:00:00Z", 100, team_id="t2")]
        bill = self.HEADER + (f"acme,,{self.DAY},a,m,input,400,8,,\nacme,,{self.DAY},,,,,-1,credit,\n")
        rows = self.rows(reckon(records, bill))
        self.assertEqual(rows["alpha"]["charges"], Fraction(-3, 4))
        self.assertEqual(rows["beta"]["charges"], Fraction(-1, 4))

    def test_charges_without_usage_are_nobody_s(self):
        rows = self.rows(reckon([], self.HEADER + f"acme,,{self.DAY},,,,,3,tax,\n"))
        self.assertEqual(rows["unattributed"]["charges"], 3)

    def test_a_team_moves_within_the_month(self):
        records = [event("r1", "2026-10-15T23:59:59Z", 100), event("r2", "2026-10-16T00:00:00Z", 100)]
        rows = self.rows(reckon(records, self.HEADER))
        self.assertEqual((rows["alpha"]["computed"], rows["beta"]["computed"]), (Fraction(1, 2), Fraction(1, 2)))

    def test_a_bad_line_refuses_the_delivery(self):
        bill = self.HEADER + f"acme,,{self.DAY},a,m,input,400,8,,\nacme,,{self.DAY},a,m,input,400,8x,,\n"
        found = reckon([], bill)
        self.assertEqual(len(found.refused), 1)
        self.assertEqual(found.rows[-1]["billed"], 0)

    def test_draft_accrues_what_the_bill_has_not_reached(self):
        records = [event("r1", "2026-10-05T01:00:00Z", 300), event("r2", "2026-10-06T00:00:00Z", 100)]
        bill = self.HEADER + f"acme,,{self.DAY},a,m,input,300,8,,\n"
        self.assertEqual(reckon(records, bill).journal,
                         [["acme", "6000", "ca", "alpha", 850, 0], ["acme", "2100", "", "", 0, 850]])


class Rows(unittest.TestCase):
    def test_which_repeat_counts(self):
        records = [event("r", "2026-10-05T01:00:00Z", 1, status="partial", output_tokens=9),
                   event("r", "2026-10-05T01:00:00Z", 2, output_tokens=3),
                   event("r", "2026-10-05T01:00:00Z", 3, output_tokens=4, computed_cost_usd=1),
                   event("r", "2026-10-05T01:00:00Z", 4, output_tokens=4)]
        for order in (records, records[::-1]):
            found = reckon(order, "provider,usage_start,cost\n")
            self.assertEqual([one.input_tokens for one in found.events.values()], [3])

    def test_unusable_rows_are_left_out(self):
        good = event("r", "2026-10-05T01:00:00Z", 1)
        bad = [dict(good, request_id=""), dict(good, timestamp="2026-11-07T00:00:00Z"),
               dict(good, input_tokens=-1), dict(good, computed_cost_usd=-1), dict(good, provider=None)]
        found = reckon(bad, "provider,usage_start,cost\n")
        self.assertEqual((len(found.events), found.quarantined), (0, 5))

    def test_owner_of_a_moment(self):
        self.assertEqual(events.MAX_COUNT, 10 ** 15)
        with tempfile.TemporaryDirectory() as top:
            self.assertEqual(RefData(top).owner_of_event("t1", "s", "2026-10-01"), ("", "unattributed"))


if __name__ == "__main__":
    unittest.main()
