#include "csv_sink.h"

#define OCT5                                                                                                           \
	" from=2026-10-05T00:00:00Z to=2026-10-06T00:00:00Z 2026-10 day start=2026-10-05T00:00:00Z "                   \
	"end=2026-10-06T00:00:00Z"
#define OCT5_UNIX "1791158400,1791244800,2026-10-05T00:00:00+00:00,2026-10-06T00:00:00+00:00,"

/* OpenAI ------------------------------------------------------------------------------------------------------- */

#define OPENAI_USAGE                                                                                                   \
	"start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,"      \
	"batch,"                                                                                                       \
	"service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens,input_text_tokens\n"
#define OPENAI_LINE(line, class, rest)                                                                                 \
	"line " line ": usage/completions[]" OCT5 " charge=usage class=" class " provider=openai" rest " currency="    \
	                                                                       "USD\n"

static const struct csv_case openai_usage[] = {
        {.name = "a line per class, no cost",
         .input =
                 OPENAI_USAGE OCT5_UNIX "proj_1,12.0,,key_1,gpt-5.5,FALSE,default,59200.0,100,9200.0,50000.0,50000.0\n",
         .wanted = OPENAI_LINE("2", "input",
                               " account=proj_1 key=key_1 model=gpt-5.5 tier=default quantity=50000 unit=tokens")
                 OPENAI_LINE("2", "cache_read",
                             " account=proj_1 key=key_1 model=gpt-5.5 tier=default quantity=9200 unit=tokens")
                         OPENAI_LINE("2", "output",
                                     " account=proj_1 key=key_1 model=gpt-5.5 tier=default quantity=100 unit=tokens")
                                 OPENAI_LINE(
                                         "2", "request",
                                         " account=proj_1 key=key_1 model=gpt-5.5 tier=default quantity=12 unit=requests")},
        {.name = "batch; uncached derived; not grouped by; equal rows stay two",
         .input = OPENAI_USAGE OCT5_UNIX ",,,,,True,,10,,4,,\n" OCT5_UNIX ",,,,,True,,10,,4,,\n",
         .wanted = OPENAI_LINE("2", "input", " tier=batch quantity=6 unit=tokens")
                 OPENAI_LINE("2", "cache_read", " tier=batch quantity=4 unit=tokens")
                         OPENAI_LINE("3", "input", " tier=batch quantity=6 unit=tokens")
                                 OPENAI_LINE("3", "cache_read", " tier=batch quantity=4 unit=tokens")},
        {.name = "empty bucket", .input = OPENAI_USAGE OCT5_UNIX ",,,,,,,,,,,\n", .wanted = ""},
        {.name = "ISO times alone",
         .input = OPENAI_USAGE ",,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,,,,,,,,,7,,,\n",
         .wanted = OPENAI_LINE("2", "output", " quantity=7 unit=tokens")},
        {.name = "more cached than there was",
         .input = OPENAI_USAGE OCT5_UNIX ",,,,,,,10,,11,,\n",
         .wanted = "malformed_row: in.csv:2: input_tokens \"10\" is less than its cached part\n"},
        {.name = "half a token",
         .input = OPENAI_USAGE OCT5_UNIX ",,,,,,,,1.5,,,\n",
         .wanted = "malformed_row: in.csv:2: output_tokens \"1.5\" is not a count\n"},
        {.name = "negative",
         .input = OPENAI_USAGE OCT5_UNIX ",,,,,,,,-1,,,\n",
         .wanted = "malformed_row: in.csv:2: output_tokens \"-1\" is not a count\n"},
        {.name = "no time",
         .input = OPENAI_USAGE ",,,,,,,,,,,,7,,,\n",
         .wanted = "malformed_row: in.csv:2: start_time \"\" is missing\n"},
};

#define OPENAI_COST                                                                                                    \
	"start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_"    \
	"item,"                                                                                                        \
	"user_id,api_key_id,project_id,organization_id,project_name,api_source\n"

static const struct csv_case openai_cost[] = {
        {.name = "cost, thousands of tokens, tier",
         .input = OPENAI_COST OCT5_UNIX
         "0.003627500000000000000000000000000000,usd,1.5,1000_tokens,\"priority | gpt-5.6-sol,"
         " cached input\",,key_1,proj_1,org-1,name,x\n",
         .wanted = "line 2: costs[org-1]" OCT5
                   " charge=usage class=cache_read provider=openai account=proj_1 key=key_1 model=gpt-5.6-sol "
                   "tier=priority quantity=1500 unit=tokens cost=0.0036275 currency=USD description=priority "
                   "| gpt-5.6-sol, cached input\n"},
        {.name = "zero as they write it, no model, no quantity",
         .input = OPENAI_COST OCT5_UNIX "0E-6176,USD,,,web search tool calls,,,,,,\n",
         .wanted = "line 2: costs[]" OCT5
                   " charge=usage class=other provider=openai cost=0 currency=USD description=web search tool calls\n"},
        {.name = "empty bucket", .input = OPENAI_COST OCT5_UNIX ",,,,,,,,,,\n", .wanted = ""},
        {.name = "amount missing",
         .input = OPENAI_COST OCT5_UNIX ",usd,,,\"gpt-5.5, input\",,,,,,\n",
         .wanted = "malformed_row: in.csv:2: amount_value \"\" is missing\n"},
        {.name = "currency missing",
         .input = OPENAI_COST OCT5_UNIX "1,,,,\"gpt-5.5, input\",,,,,,\n",
         .wanted = "malformed_row: in.csv:2: amount_currency \"\" is missing\n"},
        {.name = "no currency",
         .input = OPENAI_COST OCT5_UNIX "1,$$$,,,\"gpt-5.5, input\",,,,,,\n",
         .wanted = "malformed_row: in.csv:2: amount_currency \"$$$\" is not a currency\n"},
};

static void openai(void **state)
{
	(void)state;
	CHECK_CASES(format_openai_usage_csv, openai_usage, "in.csv");
	CHECK_CASES(format_openai_cost_csv, openai_cost, "in.csv");
}

/* Anthropic ---------------------------------------------------------------------------------------------------- */

#define TOKENS                                                                                                         \
	"\xef\xbb\xbfusage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_"  \
	"cache,"                                                                                                       \
	"usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,"           \
	"usage_output_tokens,web_search_count,inference_geo,speed\n"
#define TOKEN_LINE(class, quantity, unit)                                                                              \
	"line 2: usage_report/messages[]" OCT5                                                                         \
	" charge=usage class=" class " provider=anthropic account=default key=ci"                                      \
	                             " model=claude-opus-4-8 tier=batch quantity=" quantity " unit=" unit              \
	                             " currency=USD"                                                                   \
	                             " tags={\"context_window\":\"0-200k\",\"inference_geo\":\"us\"}\n"

static const struct csv_case anthropic_usage[] = {
        {.name = "a line per class",
         .input = TOKENS "2026-10-05,claude-opus-4-8,ci,Default,batch,0-200k,100,1,2,3,50,4,us,\n",
         .wanted = TOKEN_LINE("input", "100", "tokens") TOKEN_LINE("cache_read", "3", "tokens")
                 TOKEN_LINE("cache_write_5m", "1", "tokens") TOKEN_LINE("cache_write_1h", "2", "tokens")
                         TOKEN_LINE("output", "50", "tokens") TOKEN_LINE("other", "4", "web_search_requests")},
        {.name = "empty row", .input = TOKENS "2026-10-05,,,,,,,,,,,,,\n", .wanted = ""},
        {.name = "not a day",
         .input = TOKENS "10/05/2026,,,,,,1,,,,,,,\n",
         .wanted = "malformed_row: in.csv:2: usage_date_utc \"10/05/2026\" is not a time\n"},
};

#define COST                                                                                                           \
	"usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_"    \
	"type,"                                                                                                        \
	"inference_geo,speed,later\n"

static const struct csv_case anthropic_cost[] = {
        {.name = "dollars",
         .input = COST "2026-10-05,claude-opus-4-8,team-a,ci,standard,,input_cache_write_1h,12.34,20,token,,,x\n"
                       "2026-10-05,,,ci,,,,0.10,0.10,web_search,,,\n"
                       "2026-10-05,claude-opus-4-8,,,message,,strange,1,1,token,,,\n",
         .wanted = "line 2: cost_report[]" OCT5
                   " charge=usage class=cache_write_1h provider=anthropic account=team-a key=ci "
                   "model=claude-opus-4-8 tier=standard cost=12.34 currency=USD description=input_cache_write_1h\n"
                   "line 3: cost_report[]" OCT5
                   " charge=usage class=other provider=anthropic account=default key=ci cost=0.1 "
                   "currency=USD description=web_search\n"
                   "line 4: cost_report[]" OCT5
                   " charge=usage provider=anthropic account=default model=claude-opus-4-8 cost=1 "
                   "currency=USD description=strange\n"},
        {.name = "no workspace column",
         .input = "usage_date_utc,cost_usd,token_type\n2026-10-05,1,output\n",
         .wanted = "line 2: cost_report[]" OCT5
                   " charge=usage class=output provider=anthropic cost=1 currency=USD description=output\n"},
        {.name = "empty row", .input = "usage_date_utc,cost_usd,model\n2026-10-05,,\n", .wanted = ""},
        {.name = "cost missing",
         .input = "usage_date_utc,cost_usd,model\n2026-10-05,,m\n",
         .wanted = "malformed_row: in.csv:2: cost_usd \"\" is missing\n"},
        {.name = "dollar sign",
         .input = "usage_date_utc,cost_usd,model\n2026-10-05,$1,m\n",
         .wanted = "malformed_row: in.csv:2: cost_usd \"$1\" can't be read: not a decimal number\n"},
};

static void anthropic(void **state)
{
	(void)state;
	CHECK_CASES(format_anthropic_usage_csv, anthropic_usage, "in.csv");
	CHECK_CASES(format_anthropic_cost_csv, anthropic_cost, "in.csv");
}

/* OpenRouter --------------------------------------------------------------------------------------------------- */

static const struct csv_case activity[] = {
        {.name = "a request",
         .input = "generation_id,created_at,cost_total,cost_web_search,tokens_prompt,model_permaslug,"
                  "provider_name,variant,cancelled,user,api_key_name,app_name\n"
                  "gen-1,2026-10-05 23:59:59.5,0.00012,0,100,qwen/qwen-4,Together,,false,,ci,agent\n"
                  ",2026-10-05T00:00:00Z,-1,0,0,,,,true,u,,\n",
         .wanted = "line 2: activity[] from=2026-10-05T00:00:00Z to=2026-10-06T00:00:00Z 2026-10 "
                   "day start=2026-10-05T23:59:59.500000Z end=2026-10-05T23:59:59.500000Z charge=usage "
                   "provider=openrouter request=gen-1 key=ci model=qwen/qwen-4 cost=0.00012 currency=USD "
                   "tags={\"app_name\":\"agent\",\"provider_name\":\"Together\"}\n"
                   "line 3: activity[] from=2026-10-05T00:00:00Z to=2026-10-06T00:00:00Z 2026-10 day"
                   " start=2026-10-05T00:00:00Z end=2026-10-05T00:00:00Z charge=usage provider=openrouter "
                   "principal=u cost=-1 currency=USD\n"},
        {.name = "no cost",
         .input = "generation_id,created_at,cost_total\ngen-1,2026-10-05,\n",
         .wanted = "malformed_row: in.csv:2: cost_total \"\" is missing\n"},
        {.name = "no time",
         .input = "generation_id,created_at,cost_total\ngen-1,,1\n",
         .wanted = "malformed_row: in.csv:2: created_at \"\" is missing\n"},
};

static void openrouter(void **state)
{
	(void)state;
	CHECK_CASES(format_openrouter_csv, activity, "in.csv");
}

/* usage-csv ---------------------------------------------------------------------------------------------------- */

#define FULL                                                                                                           \
	"provider,request_id,usage_start,usage_end,account_id,region,api_key_id,resource_id,model,usage_class,"        \
	"service_tier,"                                                                                                \
	"quantity,unit,cost,currency,charge_type,invoice_id,tags,description\n"
#define LEAST "provider,usage_start,usage_end,cost"
#define LEAST_ROW "acme,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,1"

static struct name_pair usage_columns[] = {{"vendor", "provider"}, {"amount", "cost"}};
static struct name_pair usage_providers[] = {{"acme", "aws.bedrock"}};
static const struct source_config usage_source = {.columns = {.pair = usage_columns, .count = 2},
                                                  .provider_map = {.pair = usage_providers, .count = 1},
                                                  .dataset = "house"};

static const struct csv_case usage[] = {
        {.name = "everything",
         .input = FULL "AWS.Bedrock,r1,2026-10-31T23:59:59.9999999Z,2026-11-01T00:00:00Z,a,eu,k,res,"
                       "m,cache_write_1h,flex,1.5,1K tokens,-0.25,eur,refund,INV,\"{\"\"team\"\":\"\"x\"\"}\","
                       "\"hello, world\"\n",
         .wanted = "line 2: usage-csv[] from=2026-10-31T00:00:00Z to=2026-11-01T00:00:00Z 2026-10 "
                   "day start=2026-10-31T23:59:59.999999Z end=2026-11-01T00:00:00Z charge=refund "
                   "class=cache_write_1h provider=bedrock request=r1 account=a region=eu key=k "
                   "resource=res model=m tier=flex quantity=1500 unit=tokens cost=-0.25 currency=EUR "
                   "invoice=INV tags={\"team\":\"x\"} description=hello, world\n"},
        {.name = "empty cells state nothing; a request without an end; usage only",
         .input = FULL "acme,r1,2026-10-05T00:00:00Z,,,,,,,,,,,0,USD,,,,\n"
                       "acme,,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,,,,,,input,,7,,,,,,{},\n",
         .wanted = "line 2: usage-csv[] from=2026-10-05T00:00:00Z to=2026-10-06T00:00:00Z 2026-10 "
                   "day start=2026-10-05T00:00:00Z end=2026-10-05T00:00:00Z charge=usage provider=acme "
                   "request=r1 cost=0 currency=USD\n"
                   "line 3: usage-csv[]" OCT5 " charge=usage class=input provider=acme quantity=7 currency=USD\n"},
        {.name = "renamed",
         .input = "vendor,usage_start,usage_end,amount\n" LEAST_ROW "\n",
         .source = &usage_source,
         .wanted = "line 2: house[]" OCT5 " charge=usage provider=bedrock cost=1 currency=USD\n"},
        {.name = "unknown class",
         .input = LEAST ",usage_class\n" LEAST_ROW ",tokens\n",
         .wanted = "malformed_row: in.csv:2: usage_class \"tokens\" is not a usage class\n"},
        {.name = "unknown charge type",
         .input = LEAST ",charge_type\n" LEAST_ROW ",gift\n",
         .wanted = "malformed_row: in.csv:2: charge_type \"gift\" is not a charge type\n"},
        {.name = "currency missing",
         .input = LEAST ",currency\n" LEAST_ROW ",\n",
         .wanted = "malformed_row: in.csv:2: currency \"\" is missing\n"},
        {.name = "neither cost nor quantity",
         .input = LEAST "\nacme,2026-10-05,2026-10-06,\n",
         .wanted = "malformed_row: in.csv:2: cost \"\" is missing, and so is the quantity\n"},
        {.name = "provider missing",
         .input = LEAST "\n ,2026-10-05,2026-10-06,1\n",
         .wanted = "malformed_row: in.csv:2: provider \" \" is missing\n"},
        {.name = "no end, no request",
         .input = LEAST "\nacme,2026-10-05,,1\n",
         .wanted = "malformed_row: in.csv:2: usage_end \"\" is missing, and the row has no request_id\n"},
        {.name = "backwards",
         .input = LEAST "\nacme,2026-10-05,2026-10-04,1\n",
         .wanted = "malformed_row: in.csv:2: usage_end \"2026-10-04\" is before usage_start\n"},
        {.name = "tags",
         .input = LEAST ",tags\n" LEAST_ROW ",team=x\n",
         .wanted = "malformed_row: in.csv:2: tags \"team=x\" is not a JSON object\n"},
        {.name = "a later bad row still rejects",
         .input = LEAST "\n" LEAST_ROW "\nacme,2026-10-05,2026-10-06,1e400\n",
         .wanted = "line 2: usage-csv[]" OCT5 " charge=usage provider=acme cost=1 currency=USD\n"
                   "malformed_row: in.csv:3: cost \"1e400\" can't be read: more than 30 integer digits\n"},
        {.name = "empty file",
         .input = "",
         .wanted = "malformed_row: in.csv:1: columns missing: provider, usage_start\n"},
};

static void usage_csv(void **state)
{
	(void)state;
	CHECK_CASES(format_usage_csv, usage, "in.csv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(openai),
	        cmocka_unit_test(anthropic),
	        cmocka_unit_test(openrouter),
	        cmocka_unit_test(usage_csv),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
