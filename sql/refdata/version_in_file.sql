-- $1 billing_rule_version: text
-- Whether prices.csv has this version, which an import must not mix with.
select exists (select from ref.price where billing_rule_version = $1 and origin = 'refdata');
