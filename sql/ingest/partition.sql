-- The partition of provider.line_fact for a period, made when its first line comes.
-- $1 period: text
select format('create table if not exists provider.%I partition of provider.line_fact for values in (%L)',
              'line_' || replace($1, '-', '_'), $1);
