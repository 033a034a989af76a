#!/usr/bin/python3
"""Cases of a few rows whose numbers are worked out by hand, beside them; the oracle must agree with each."""
import sys

sys.dont_write_bytecode = True

import case_company  # noqa: E402
import cases_match  # noqa: E402
import cases_money  # noqa: E402

if __name__ == "__main__":
    case_company.run([case for case in cases_match.CASES + cases_money.CASES
                      if not sys.argv[1:] or case.__name__ in sys.argv[1:]])
