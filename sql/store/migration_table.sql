-- Where migrations are recorded. Part of none of them, because the first needs it.
create schema if not exists ops;
create table if not exists ops.migration (
	number     integer primary key,
	name       text not null,
	sha256     text not null,
	applied_at timestamptz not null default now()
);
