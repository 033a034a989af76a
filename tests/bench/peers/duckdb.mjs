// The same totals with DuckDB, in memory, on two threads:
// duckdb.mjs DATA by_request|by_hour TEAMS.csv RESULT. @duckdb/node-api is looked for in the current folder.
import { closeSync, openSync, readSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { constants, gunzipSync } from 'node:zlib';

const [data, way, teams, result] = process.argv.slice(2);
const { resolve } = createRequire(`${process.cwd()}/`);
const { DuckDBInstance } = await import(pathToFileURL(resolve('@duckdb/node-api')));

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

// The first line of a file, which holds its columns' names.
function header(path) {
	const start = Buffer.alloc(1 << 16);
	const file = openSync(path);
	const bytes = start.subarray(0, readSync(file, start));
	closeSync(file);
	const text = path.endsWith('.gz') ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes;
	return text.toString().split('\n', 1)[0].split(',');
}

// Reads the CSV files of a folder as text but for the TYPES given. Named columns spare DuckDB a second of guessing.
function table(folder, types = {}) {
	const paths = readdirSync(folder).sort().map((name) => `${folder}/${name}`);
	const columns = header(paths[0]).map((name) => `${quoted(name)}: '${types[name] ?? 'VARCHAR'}'`);
	return `read_csv([${paths.map(quoted)}], auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
	                 columns = {${columns}})`;
}

const usage = `
	${table(`${data}/cur`)}
	where line_item_product_code = 'AmazonBedrock' and line_item_line_item_type = 'Usage'`;
const events = table(`${data}/events-csv`, {
	timestamp: 'TIMESTAMP', input_tokens: 'BIGINT', output_tokens: 'BIGINT', cache_read_input_tokens: 'BIGINT',
	cache_write_input_tokens: 'BIGINT', computed_cost_usd: 'DECIMAL(18,7)',
});

// An event with its business unit. Sums of decimals are exact.
const event = `create table event as
	select e.request_id, date_trunc('hour', e.timestamp) as hour, e.account_id, e.region, e.model, t.business_unit_id,
	       e.input_tokens - e.cache_read_input_tokens - e.cache_write_input_tokens as input,
	       e.cache_read_input_tokens as cache_read, e.output_tokens as output, e.computed_cost_usd
	  from ${events} e
	  join read_csv(${quoted(teams)}, header = true, types = {'valid_from': 'DATE', 'valid_to': 'DATE'}) t
	    on t.team_id = e.team_id and e.timestamp >= t.valid_from and (t.valid_to is null or e.timestamp < t.valid_to)
	 where e.timestamp >= '2026-10-01' and e.timestamp < '2026-11-01' and e.status in ('success', 'partial')`;

const billed = {
	by_request: [`create table billed as
		select e.business_unit_id, sum(l.cost) as usd
		  from (select line_item_unblended_cost::decimal(18,7) as cost, resource_tags->>'$.user_request_id' as request_id
		          from ${usage}) l
		  join event e using (request_id)
		 group by 1`],
	by_hour: [`create table line as
		select line_item_usage_start_date::timestamp as hour, line_item_usage_account_id as account_id,
		       product_region_code as region,
		       case when line_item_usage_type like '%Claude4.6Sonnet%' then 'global.anthropic.claude-sonnet-4-6'
		            when line_item_usage_type like '%anthropic.claude-opus-4-8%' then 'anthropic.claude-opus-4-8' end as model,
		       case when line_item_usage_type like '%-cache-read-input-token-count' then 'cache_read'
		            when line_item_usage_type like '%-input-tokens' then 'input'
		            when line_item_usage_type like '%-output-tokens' then 'output' end as class,
		       sum(line_item_unblended_cost::decimal(18,7)) as cost
		  from ${usage}
		 group by all`,
	`create table metered as
		unpivot (select hour, account_id, region, model, business_unit_id, sum(input) as input, sum(cache_read) as cache_read,
		                sum(output) as output
		           from event group by all)
		on input, cache_read, output into name class value tokens`,
	`create table billed as
		select business_unit_id, sum(cost * tokens / all_tokens) as usd
		  from (select *, sum(tokens) over (partition by hour, account_id, region, model, class) as all_tokens from metered)
		  join line using (hour, account_id, region, model, class)
		 where all_tokens > 0
		 group by 1`],
};
const answer = `copy (
	select business_unit_id, coalesce(c.usd, 0) as computed_usd, coalesce(b.usd, 0) as billed_usd,
	       coalesce(b.usd, 0) - coalesce(c.usd, 0) as variance_usd
	  from billed b
	  full join (select business_unit_id, sum(computed_cost_usd) as usd from event group by 1) c using (business_unit_id)
	 order by 1) to ${quoted(result)} (header)`;

const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
for (const statement of [event, ...billed[way], answer])
	await connection.run(statement);
