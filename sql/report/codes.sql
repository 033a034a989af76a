-- What exceptions can be asked for by: classes, then codes.
select name
  from (select distinct 1 as place, class as name from recon.exception_code
        union all
        select 2, code from recon.exception_code) n
 order by place, name collate "C";
