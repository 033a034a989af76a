-- Whether an assembly or execution was loaded before a time.
-- $1 source: text, $2 label: text, $3 before: timestamptz
select exists (select from provider.delivery where source = $1 and label = $2 and loaded_at < $3);
