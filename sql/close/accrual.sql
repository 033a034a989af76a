-- $1 period: text
select close.issue_accrual($1);
