-- The kinds of lines that there have been. (Numbers have no gaps but for their last bits: see provider.line_kind.)
select kind_no, provider, charge_type, usage_class, currency from provider.line_kind order by kind_no >> 3;
