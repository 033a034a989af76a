#include "csv_sink.h"

#define HEADER "request_id,timestamp,provider,model,input_tokens,unit_price,status,region_hint\n"
#define READ(line) "event " line ": request_id=r timestamp=2026-10-01T00:00:00Z provider=openai"

static struct name_pair renames[] = {{"id", "request_id"}, {"when", "timestamp"}};
static struct name_pair provider_map[] = {{"anthropic", "bedrock"}};
static const struct source_config renamed = {.columns = {.pair = renames, .count = 2},
                                             .provider_map = {.pair = provider_map, .count = 1}};

static struct name_pair dropped[] = {{"prompt", "none"}, {"Model Name", "model"}};
static struct name_pair constants[] = {{"provider", "openai"}, {"model", "gpt-5.5"}};
static const struct source_config partial = {.name = "gw",
                                             .columns = {.pair = dropped, .count = 2},
                                             .constants = {.pair = constants, .count = 2},
                                             .excludes_cache = 1,
                                             .cost_in_cents = 1};
static struct name_pair unknown[] = {{"a", "modle"}};
static const struct source_config mistaken = {.name = "gw", .columns = {.pair = unknown, .count = 1}};

static const struct csv_case cases[] = {
        {.name = "least",
         .input = "request_id,timestamp,provider\nr,2026-10-01T00:00:00Z,openai\n",
         .wanted = READ("2") " status=success\n"},
        {.name = "columns, other columns, JSON",
         .input = HEADER
         "r,2026-10-01T00:00:00Z,openai,gpt-5.5,59200.0,\"{\"\"input_per_million\"\":1.25}\",partial,eu\n",
         .wanted = READ("2") " model=gpt-5.5 input_tokens=59200.0 unit_price={\"input_per_million\":1.25} "
                             "status=partial"
                             " attributes={\"region_hint\":\"eu\"}\n"},
        {.name = "empty cells",
         .input = HEADER "r,2026-10-01T00:00:00Z,openai,,,,,\n",
         .wanted = READ("2") " status=success\n"},
        {.name = "broken header",
         .input = "request_id,timestamp,provider,attributes,q\"\"uote\nr,2026-10-01T00:00:00Z,openai,{},\n",
         .wanted = "malformed_row: in.csv:1: row has a broken quote\n"},
        {.name = "attributes and other columns",
         .input = "request_id,timestamp,provider,attributes,\"q\"\"\",n\n"
                  "r,2026-10-01T00:00:00Z,openai,\"{ \"\"a\"\": 1.50 }\",\"b\\\tc\",\n"
                  "r,2026-10-01T00:00:00Z,openai,{},x,\n"
                  "r,2026-10-01T00:00:00Z,openai,\"{\"\"a\"\":1}\",,\n"
                  "r,2026-10-01T00:00:00Z,openai,{},,\n",
         .wanted = READ("2") " status=success attributes={\"a\": 1.50,\"q\\\"\":\"b\\\\\\u0009c\"}\n" READ(
                 "3") " status=success attributes={\"q\\\"\":\"x\"}\n" READ("4") " status=success "
                                                                                 "attributes={\"a\":1}"
                                                                                 "\n" READ("5") " statu"
                                                                                                "s="
                                                                                                "succes"
                                                                                                "s\n"},
        {.name = "bad rows do not stop the others",
         .input = HEADER "r,2026-10-01T00:00:00Z,openai,m,-5,,,\n"
                         "r,2026-10-01T00:00:00Z\n"
                         "r,2026-10-01T00:00:00Z,op\"enai,m,5,,,\n"
                         ",2026-10-01T00:00:00Z,openai,m,5,,,\n"
                         "r,2026-10-01T00:00:00Z,openai,m,5,{,,\n"
                         "r,2026-10-01T00:00:00Z,openai,m,5,[],,\n"
                         "r,2026-10-01T00:00:00Z,openai,m,5,,,\n",
         .wanted = "quarantine 2: input_tokens is negative [r,2026-10-01T00:00:00Z,openai,m,-5,,,]\n"
                   "quarantine 3: has fewer fields than the header [r,2026-10-01T00:00:00Z]\n"
                   "quarantine 4: has a broken quote [r,2026-10-01T00:00:00Z,op\"enai,m,5,,,]\n"
                   "quarantine 5: no request_id [,2026-10-01T00:00:00Z,openai,m,5,,,]\n"
                   "quarantine 6: unit_price is not a JSON object [r,2026-10-01T00:00:00Z,openai,m,5,{,,]\n"
                   "quarantine 7: unit_price is not a JSON object "
                   "[r,2026-10-01T00:00:00Z,openai,m,5,[],,]\n" READ("8") " model=m input_tokens=5 status=success\n"},
        {.name = "attributes that are no object",
         .input = "request_id,timestamp,provider,attributes\nr,2026-10-01T00:00:00Z,openai,x\n",
         .wanted = "quarantine 2: attributes is not a JSON object [r,2026-10-01T00:00:00Z,openai,x]\n"},
        {.name = "lines inside quotes",
         .input = "request_id,timestamp,provider,feature\r\nr,2026-10-01T00:00:00Z,openai,\"a\r\nb\"\r\nr,x,"
                  "openai,\r\n",
         .wanted = READ("2") " status=success feature=a\r\nb\nquarantine 4: timestamp can't be read [r,x,openai,]\n"},
        {.name = "renamed columns and providers",
         .input = "id,when,provider\nr,1790812800,anthropic\n",
         .source = &renamed,
         .wanted = "event 2: request_id=r timestamp=1790812800 provider=bedrock status=success\n"},
        {.name = "constants, and a column that is not kept",
         .input = "request_id,timestamp,Model Name,prompt,note,input_tokens,cache_read_input_tokens,computed_cost_usd\n"
                  "r,2026-10-01T00:00:00Z,,secret,n,10,5,12.5\n"
                  "r,2026-10-01T00:00:00Z,m,secret,,10,,\n",
         .source = &partial,
         .wanted = READ("2") " model=gpt-5.5 input_tokens=15 cache_read_input_tokens=5 computed_cost_usd=0.125 "
                             "status=success attributes={\"note\":\"n\"}\n" READ("3") " model=m input_tokens=10 "
                                                                                      "status=success\n"},
        {.name = "a column that there is not",
         .input = "request_id,timestamp,provider\n",
         .source = &mistaken,
         .wanted = "-: `columns` of source gw: events have no column `modle`\n"},
        {.name = "missing column",
         .input = "request_id,provider\nr,openai\n",
         .wanted = "malformed_row: in.csv:1: columns missing: timestamp\n"},
        {.name = "quote that swallows the rest",
         .input = HEADER "r,2026-10-01T00:00:00Z,openai,\"m,5,,,\nr,2026-10-01T00:00:00Z,openai,m,5,,,\n",
         .wanted = "malformed_row: in.csv:2: row has a quote that is not closed\n"},
};

static void rows(void **state)
{
	(void)state;
	CHECK_CASES(format_events_csv, cases, "in.csv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
