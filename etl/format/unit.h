/*
 * Units of billed quantities: bills price "1K tokens" and "1M tokens", events count tokens.
 */
#pragma once
#include "base/decimal.h"
#include "base/str.h"

/*
 * Decimal places from the unit to a single one (3 for "1K tokens", "1000_tokens"; 6 for "1M tokens"; else 0); *single
 * is what is left of its name ("tokens", whatever its case was).
 */
int unit_places(struct slice unit, struct slice *single);
