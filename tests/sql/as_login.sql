-- What comes of a query when that login runs it: its value, or SQLSTATE and message.
create function pg_temp.as_login(login text, query text) returns text
language plpgsql
as $$
declare
	me text := session_user;
	result text;
begin
	perform set_config('session_authorization', login, false);
	begin
		execute query into result;
	exception when others then
		result := sqlstate || ': ' || sqlerrm;
	end;
	perform set_config('session_authorization', me, false);
	return coalesce(result, '');
end $$;
