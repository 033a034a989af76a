#!/usr/bin/python3
"""Where a rule changes its answer: tolerances to the last digit, the month's first and last instant, moves, zero and
negative bills. Numbers are worked out beside each case; the oracle must agree."""
import sys

sys.dont_write_bytecode = True

import case_company  # noqa: E402
from case_company import event, line, named  # noqa: E402

M = 1000000


def units(c, *names, thresholds=None):
    """One team of the same name per business unit; an account of that name is the team's."""
    limits = thresholds or {}
    c.refdata["business_units.csv"] = (
        "business_unit_id,name,cost_center,expense_account,owner_email,owner_login,threshold_pct,threshold_usd,valid_from,valid_to\n"
        + "".join(f"{name},{name},c-{name},6000,,,{limits.get(name, ',')},2026-01-01,\n" for name in names))
    c.refdata["teams.csv"] = ("team_id,business_unit_id,name,cost_center,valid_from,valid_to\n"
                              + "".join(f"{name},{name},{name},,2026-01-01,\n" for name in names))
    c.refdata["services.csv"] = "service,team_id,valid_from,valid_to\n"
    c.refdata["owners.csv"] = ("provider,match_kind,match_value,team_id,valid_from,valid_to\n"
                               + "".join(f"mistral,account,{name},{name},2026-01-01,\n" for name in names))


def billed_and_computed(c, /, **amounts):
    """unit=(billed, computed): one line that nobody metered, and a call without tokens whose cost the gateway states."""
    c.bill(*[line(billed, "other", 1, account_id=unit) for unit, (billed, _) in amounts.items() if billed is not None])
    c.events(*[event(f"r-{unit}", "10:00:00", team=unit, computed_cost_usd=computed)
               for unit, (_, computed) in amounts.items() if computed is not None])


def the_amount_of_tolerance(c):
    # Nothing computed: the variance is the bill. Up to 16 666.66 three per cent are less than 500.
    units(c, "below", "exact", "cent", "digit", "minus", "minus2")
    billed_and_computed(c, below=("499.99", None), exact=("500.00", None), cent=("500.01", None),
                        digit=("500.000000000000000001", None), minus=(None, "500"), minus2=(None, "500.000001"))
    within = {"status": "within", "tolerance": "500.00"}
    breach = {"status": "breach", "tolerance": "500.00"}
    c.expect("below", usage_billed="499.99", unmetered="499.99", variance_pct="100.000000", **within)
    c.expect("exact", usage_billed="500.00", unmetered="500.00", **within)
    c.expect("cent", usage_billed="500.01", unmetered="500.01", **breach)
    c.expect("digit", usage_billed="500.000000000000000001", unmetered="500.000000000000000001", **breach)
    c.expect("minus", computed="500.00", rating="-500.00", variance="-500.00", variance_pct="", **within)
    c.expect("minus2", computed="500.000001", rating="-500.000001", variance_pct="", **breach)


def the_per_cent_of_tolerance(c):
    # 20 000 × 3 % = 600. 20 000 − 19 400 = 600 is within, a millionth more is not; nor is it on the other side:
    # 20 000 − 20 600.000001. 3 % of 20 000.01 are 600.0003.
    units(c, "exact", "over", "under", "moved")
    billed_and_computed(c, exact=("20000", "19400"), over=("20000", "19399.999999"), under=("20000", "20600.000001"),
                        moved=("20000.01", "19399.9997"))
    for unit, computed, variance, status in (("exact", "19400.00", "600.00", "within"), ("over", "19399.999999", "600.000001", "breach"),
                                             ("under", "20600.000001", "-600.000001", "breach")):
        c.expect(unit, computed=computed, usage_billed="20000.00", variance=variance, unmetered="20000.00", rating="-" + computed,
                 tolerance="600.00", status=status)
    # 20 000.01 − 19 399.9997 = 600.0103, above 600.0003.
    c.expect("moved", computed="19399.9997", usage_billed="20000.01", variance="600.0103", unmetered="20000.01",
             rating="-19399.9997", tolerance="600.0003", status="breach")


def where_the_larger_of_the_two_changes(c):
    # 16 666.66 × 3 % = 499.9998: the amount, 500. 16 666.67 × 3 % = 500.0001: the per cent.
    units(c, "a", "b", "c", "d")
    billed_and_computed(c, a=("16666.66", "16166.66"), b=("16666.66", "16166.6599"), c=("16666.67", "16166.6699"),
                        d=("16666.67", "16166.66989"))
    for unit, billed, computed, variance, tolerance, status in (
            ("a", "16666.66", "16166.66", "500.00", "500.00", "within"),
            ("b", "16666.66", "16166.6599", "500.0001", "500.00", "breach"),
            ("c", "16666.67", "16166.6699", "500.0001", "500.0001", "within"),
            ("d", "16666.67", "16166.66989", "500.00011", "500.0001", "breach")):
        c.expect(unit, computed=computed, usage_billed=billed, variance=variance, unmetered=billed, rating="-" + computed,
                 tolerance=tolerance, status=status)


def thresholds_of_their_own(c):
    # 0 % and 0 USD tolerate nothing; one of the two may be left to the default; what charges add is no variance.
    units(c, "none", "pct", "usd", thresholds={"none": "0,0", "pct": "50,", "usd": ",2.5"})
    billed_and_computed(c, none=("0.000001", None), pct=("2000", "1000"), usd=("10", "7.5"))
    c.bill(line("90000", charge_type="fee", provider="cohere"), source="fees")
    c.expect("none", usage_billed="0.000001", unmetered="0.000001", tolerance="0.00", status="breach")
    c.expect("pct", computed="1000.00", usage_billed="2000.00", unmetered="2000.00", rating="-1000.00",
             tolerance="1000.00", status="within")
    c.expect("usd", computed="7.50", usage_billed="10.00", unmetered="10.00", rating="-7.50", tolerance="2.50", status="within")
    c.expect("unattributed", charges="90000.00", tolerance="500.00", status="within", variance="0.00", variance_pct="")


def zero_and_negative_bills(c):
    # A bill of −20 000 tolerates 3 % of 20 000; the per cent of the variance is of the signed bill.
    units(c, "zero", "minus", "half", "none")
    billed_and_computed(c, zero=("0", "501"), minus=("-20000", None), half=("-20000", None), none=(None, None))
    c.bill(line("-20000", "other", 1, account_id="half"), line("20600", "other", 2, account_id="half", day=6),
           line("0E-6176", "other", 1, account_id="none"), source="more")
    c.expect("zero", computed="501.00", rating="-501.00", variance="-501.00", variance_pct="",
             tolerance="500.00", status="breach")
    c.expect("minus", usage_billed="-20000.00", unmetered="-20000.00", variance="-20000.00", variance_pct="100.000000",
             tolerance="600.00", status="breach")
    # −20 000 − 20 000 + 20 600 = −19 400: 3 % are 582.
    c.expect("half", usage_billed="-19400.00", unmetered="-19400.00", variance_pct="100.000000",
             tolerance="582.00", status="breach")
    c.expect("none", variance_pct="", tolerance="500.00", status="within")


def per_cents_round_half_away(c):
    # 1 of 3 is 33.333333…, −2 of 3 is −66.666666…; 0.000001 of 200 is 0.0000005 %, half of the last digit.
    units(c, "a", "b", "c", "d")
    billed_and_computed(c, a=("3", "2"), b=("3", "5"), c=("200", "199.999999"), d=("200", "200.000001"))
    for unit, billed, computed, percent in (("a", "3.00", "2.00", "33.333333"), ("b", "3.00", "5.00", "-66.666667"),
                                            ("c", "200.00", "199.999999", "0.000001"),
                                            ("d", "200.00", "200.000001", "-0.000001")):
        c.expect(unit, computed=computed, usage_billed=billed, unmetered=billed, rating="-" + computed, variance_pct=percent)


def the_instants_around_the_month(c):
    # 1 M tokens at 2 each. Before October, its first instant, its last microsecond, below it (cut, not rounded), after it;
    # and the same last instant told with an offset.
    at = {"r1": "2026-09-30T23:59:59.999999Z", "r2": "2026-10-01T00:00:00Z", "r3": "2026-10-31T23:59:59.999999Z",
          "r4": "2026-10-31T23:59:59.9999999Z", "r5": "2026-11-01T00:00:00Z", "r6": "2026-11-01T05:29:59.999999+05:30"}
    c.events(*[event(name, time, input_tokens=M) for name, time in at.items()])
    c.expect("alpha", computed="8.00", unbilled="-8.00")
    c.expect("alpha", "2026-09", computed="2.00", unbilled="-2.00")
    c.expect("alpha", "2026-11", computed="2.00", unbilled="-2.00")


def windows_at_the_end_of_the_month(c):
    # The day of the 31st takes r1 to its last microsecond; r2 belongs to the next day, which is on November's bill.
    c.events(event("r1", "2026-10-31T23:59:59.9999999Z", team="t1", input_tokens=M),
             event("r2", "2026-11-01T00:00:00Z", team="t2", input_tokens=M))
    c.bill(line("2.00", "input", M, day=31),
           dict(line("2.00", "input", M), usage_start="2026-11-01T00:00:00Z", usage_end="2026-11-02T00:00:00Z"))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta")
    c.expect("alpha", "2026-11")
    c.expect("beta", "2026-11", computed="2.00", usage_billed="2.00")
    c.exceptions()


def a_team_moves_within_the_month(c):
    # t1 is alpha's until October 16, exclusive, then beta's; a bucket over both days is split by the events' own days.
    c.refdata["teams.csv"] = ("team_id,business_unit_id,name,cost_center,valid_from,valid_to\nt1,alpha,One,,2026-01-01,2026-10-16\n"
                              "t1,beta,One,moved,2026-10-16,\n")
    c.refdata["services.csv"] = "service,team_id,valid_from,valid_to\n"
    c.refdata["owners.csv"] = "provider,match_kind,match_value,team_id,valid_from,valid_to\nmistral,account,a9,t1,2026-01-01,\n"
    c.events(event("r1", "2026-10-15T23:59:59.999999Z", input_tokens=M),
             event("r2", "2026-10-16T00:00:00Z", input_tokens=2 * M))
    c.bill(dict(line("6.00", "input", 3 * M, day=15), usage_end="2026-10-17T00:00:00Z"),
           line("1.00", "other", 1, day=15, account_id="a9"), line("5.00", "other", 1, day=16, account_id="a9"))
    c.expect("alpha", computed="2.00", usage_billed="3.00", unmetered="1.00")
    c.expect("beta", computed="4.00", usage_billed="9.00", unmetered="5.00")


def a_unit_that_ends_within_the_month(c):
    # Gone's last day is October 9; its team's later call is nobody's. Its tolerance is that of its last row.
    c.refdata["business_units.csv"] += "gone,Gone,cg,6009,,,10,0.5,2026-01-01,2026-10-10\nlong-gone,L,cl,6010,,,,,2026-01-01,2026-10-01\n"
    c.refdata["teams.csv"] += "t9,gone,Nine,,2026-01-01,2026-10-10\n"
    c.events(event("r1", "2026-10-09T23:59:59Z", team="t9", input_tokens=5 * M),
             event("r2", "2026-10-10T00:00:00Z", team="t9", input_tokens=M))
    c.bill(line("10.00", "input", 5 * M, day=9), line("2.00", "input", M, day=10))
    c.expect("gone", computed="10.00", usage_billed="10.00", tolerance="1.00", status="within")
    c.expect("unattributed", computed="2.00", usage_billed="2.00")


def one_provider_s_lines_never_touch_another_s(c):
    # Mistral and Cohere have the same model, account and days. Mistral bills twice what was metered, Cohere nothing but a
    # tax, which finds no usage of its own.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M, account_id="a"),
             event("r1", "10:00:00", "cohere", team="t2", input_tokens=M, account_id="a"),
             event("r2", "11:00:00", "cohere", team="t2", output_tokens=M, account_id="a"))
    c.bill(line("4.00", "input", 2 * M, account_id="a"), line("6.00", "output", M, account_id="a"),
           named("r2", "11:00:00", "3.00", "output", M), line("1.00", charge_type="tax", provider="cohere"))
    c.expect("alpha", computed="2.00", usage_billed="2.00")
    c.expect("beta", computed="8.00", unbilled="-8.00")
    # 2.00 left over, 6.00 and 3.00 without event; Cohere's tax.
    c.expect("unattributed", usage_billed="11.00", unmetered="11.00", charges="1.00")


def usage_reports_of_another_provider(c):
    # Mistral's bill states no quantity, so Q = M = 1 M and 2.50 is a rate of 0.50. Cohere's usage of 5 M says nothing about it.
    c.events(event("r1", "10:00:00", team="t1", input_tokens=M))
    c.bill(line("2.50", "input"), line(None, "input", 5 * M, provider="cohere"))
    c.expect("alpha", computed="2.00", usage_billed="2.50", rate="0.50")
    c.expect("unattributed")


if __name__ == "__main__":
    case_company.run([
        the_amount_of_tolerance, the_per_cent_of_tolerance, where_the_larger_of_the_two_changes, thresholds_of_their_own,
        zero_and_negative_bills, per_cents_round_half_away, the_instants_around_the_month, windows_at_the_end_of_the_month,
        a_team_moves_within_the_month, a_unit_that_ends_within_the_month, one_provider_s_lines_never_touch_another_s,
        usage_reports_of_another_provider])
