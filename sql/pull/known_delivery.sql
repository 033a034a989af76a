-- Whether an assembly or execution of a report was loaded for a month, superseded or not.
-- $1 source: text, $2 label: text, $3 period: text
select exists (select from provider.delivery where source = $1 and label = $2 and period = $3);
