-- $1 billing_rule_version: text
-- Takes an earlier import of this version away.
delete from ref.price where billing_rule_version = $1 and origin <> 'refdata';
