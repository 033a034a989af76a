-- The kinds of lines that there have been.
select kind_no, provider, charge_type, usage_class, currency, has_request_id from provider.line_kind order by kind_no;
