-- Reference data as it was.
create temporary table refdata_line on commit drop as
select split_part(l, ' ', 1) as name, substr(l, strpos(l, ' ') + 1)::jsonb as content
  from replay_input i
  join ops.refdata r on r.refdata_id in (i.refdata_id, i.price_refdata_id)
 cross join lateral string_to_table(r.content, E'\n') l
 where l <> '' and r.refdata_id = case when split_part(l, ' ', 1) in ('models', 'prices') then i.price_refdata_id else i.refdata_id end;

do $$
declare
	gone text;
begin
	select format('the content of reference data %s was not kept', r.refdata_id) into gone
	  from replay_input i join ops.refdata r on r.refdata_id in (i.refdata_id, i.price_refdata_id) where r.content is null limit 1;
	if gone is not null then
		raise exception '%', gone using errcode = 'Z0077', hint = 'it was applied by a version of closebook that did not keep it';
	end if;
end $$;

delete from ref.business_unit;
delete from ref.team;
delete from ref.service;
delete from ref.model_alias;
delete from ref.price;
delete from ref.owner;
delete from ref.allocation;
delete from ref.account;
delete from ref.fx;
delete from ref.chargeback;
delete from ref.reallocation;

insert into ref.business_unit select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.business_unit, l.content) r where l.name = 'business_units';
insert into ref.team select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.team, l.content) r where l.name = 'teams';
insert into ref.service select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.service, l.content) r where l.name = 'services';
insert into ref.model_alias select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.model_alias, l.content) r where l.name = 'models';
insert into ref.price select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.price, l.content) r where l.name = 'prices';
insert into ref.owner select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.owner, l.content) r where l.name = 'owners';
insert into ref.allocation select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.allocation, l.content) r where l.name = 'allocations';
insert into ref.account select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.account, l.content) r where l.name = 'accounts';
insert into ref.fx select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.fx, l.content) r where l.name = 'fx';
insert into ref.chargeback select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.chargeback, l.content) r where l.name = 'chargeback';
insert into ref.reallocation select r.* from refdata_line l cross join lateral jsonb_populate_record(null::ref.reallocation, l.content) r where l.name = 'reallocations';
