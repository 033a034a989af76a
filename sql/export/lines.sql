-- The lines of journals, as files hold them: at most so many in a file, every journal in it balanced. A journal that is
-- too long is cut. Its debits lie end to end on a line from 0 to its total, and so do its credits; where one of either
-- ends, both may be cut, and what lies across a cut becomes a line in each part. A part begins with a debit and a credit,
-- and each end within it adds a line. Two ends in one place stay together, so n - 2 ends to a part make n lines at most.
-- $1 journals: text[] (balanced ones), $2 date: text (a pattern of to_char), $3 at_most: bigint (null: all in one file),
-- $4 reversals: text (date: accruals have the date on which they are reversed)
with recursive entry as materialized (
	select journal_id, line, provider, debit > 0 as is_debit, debit + credit as amount,
	       sum(debit + credit) over (partition by journal_id, debit > 0
	                                 order by provider collate "C", line) as upto,
	       count(*) over (partition by journal_id) as lines
	  from ledger.journal_line
	 where journal_id = any ($1)
), slot as (
	select journal_id, upto,
	       case when lines <= $3::bigint or $3 is null then 0
	            else (sum(count(*)) over (partition by journal_id order by upto)::bigint - 1) / ($3::bigint - 2) end as part
	  from entry
	 group by journal_id, upto, lines
), part as (
	select journal_id, part, coalesce(lag(max(upto)) over (partition by journal_id order by part), 0) as since, max(upto) as upto,
	       count(*) over (partition by journal_id) as parts
	  from slot
	 group by journal_id, part
), piece as materialized (
	select p.journal_id, p.part, p.parts, e.line, e.is_debit,
	       round(least(e.upto, p.upto) - greatest(e.upto - e.amount, p.since), 2) as amount
	  from part p join entry e on e.journal_id = p.journal_id and e.upto > p.since and e.upto - e.amount < p.upto
), sized as (
	select journal_id, part, count(*) as lines, row_number() over (order by journal_id collate "C", part) as nth
	  from piece
	 group by journal_id, part
), packed as (
	select journal_id, part, nth, 1 as file, lines as filled from sized where nth = 1
	union all
	select s.journal_id, s.part, s.nth, case when p.filled + s.lines > $3::bigint then p.file + 1 else p.file end,
	       case when p.filled + s.lines > $3::bigint then s.lines else p.filled + s.lines end
	  from packed p join sized s on s.nth = p.nth + 1
)
select k.file::text as file, j.journal_id, (p.part + 1)::text as part, p.line::text as line, j.kind, j.draft::text as draft, j.period,
       to_char(j.posting_date, $2) as posting_date,
       to_char(j.posting_date, 'Mon YYYY') as posting_month,
       case when j.kind = 'accrual' and $4 = 'date' then to_char(date_trunc('month', j.posting_date::timestamp) + interval '1 month', $2) else '' end
           as reversal_date,
       j.currency, j.memo as journal_memo,
       j.journal_id || ' ' || j.memo || case when p.parts > 1 then ' (part ' || p.part + 1 || ' of ' || p.parts || ')' else '' end
           as narration,
       l.provider, l.account, l.cost_center, l.business_unit, l.memo,
       case when p.is_debit then p.amount::text else '' end as debit,
       case when p.is_debit then '' else p.amount::text end as credit,
       case when p.is_debit then p.amount else -p.amount end::text as amount,
       case ledger.line_kind(l.business_unit, l.memo) when 'clearing' then 'Liabilities' when 'recovery' then 'Income' else 'Expenses' end as root
  from piece p
  join packed k using (journal_id, part)
  join ledger.journal j using (journal_id)
  join ledger.journal_line l using (journal_id, line)
 order by k.nth, p.line;
