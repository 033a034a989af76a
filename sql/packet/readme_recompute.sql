-- How to do it by hand. Which files say what stands in packet.c.
select text
  from (values
	(1, '1. lines.csv: the bill lines that the amounts in this packet rest on, with file and line (also those that are shared with others). Look a line up in raw/, which has the provider''s own rows where the original file was still there; files.csv has each file''s SHA-256.'),
	(2, '2. An event''s rule cost is its five counts times its five prices (trace.csv; prices in rules/prices.csv). What the gateway computed stands beside it; the difference is the cause "rating".'),
	(3, '3. Lines that name a request (step exact) go to the team that made it. The others form buckets: lines of one window and kind cost C for quantity Q, of which the gateway metered M (buckets.csv). A group of events with quantity q gets C × q ÷ the larger of M and Q, cut to 12 decimals, the rest by largest remainder.'),
	(4, '4. What that leaves (left_usd) goes to the owner of the lines (rules/owners.csv, step owner), charges go by rules/allocations.csv (step policy), and what nobody owns to unattributed.'),
	(5, '5. shares.csv has every share. Σ usage_billed_usd + charges_usd per business unit, or journal cell, is what it was billed; in the packet of a whole month, per provider, it is the sum of the lines.'),
	(6, '6. cells.csv sums the shares per business unit, cost center and account, and adds what re-allocation and the models of chargeback make of it: chargeback.csv reckons that line by line, quantity × rate ÷ per (rules/chargeback.csv, rules/reallocations.csv). Round what the provider''s cells are charged in all to cents (half away from zero), cut every cell to whole cents (downwards), and give the missing cents to the largest remainders, ties in byte order: that is the journal''s debit.'),
	(7, '7. journal.csv: per provider the clearing account is credited what was billed, in cents, and recovery the difference to the debits (or debited, where less is charged). Each approved adjustment is a pair of lines of its own at the end of the final journal.'),
	(8, '8. variance.csv: usage billed − computed. A breach is a variance over its tolerance (thresholds.csv), and its seven causes add up to it.'),
	(9, '9. approvals.csv says who did what. chain.json has the entries as they were hashed: SHA-256 of entry number, previous hash, kind, period, login, time and content, joined by line feeds, is each one''s hash. The chain''s head stands in manifest.json.'),
	(10, '10. manifest.json has the SHA-256 of every file here.')) v (place, text)
 order by place;
