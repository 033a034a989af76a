-- Marks of the gateway's rows that are in landed files but not in gateway.event: those that ingest has quarantined;
-- pull/landed_rows adds what is in files that were not loaded yet. A mark (`litellm_row`) stands for a row's content.
drop table if exists pg_temp.pull_landed;

create temporary table pull_landed (
	mark text not null
);

insert into pull_landed
select distinct m.mark
  from (select substring(raw from '"litellm_row"\s*:\s*"([0-9a-f]{32})"') as mark
          from ops.quarantine
         where raw like '%"litellm_row"%') m
 where m.mark is not null;

create index on pull_landed (mark);
