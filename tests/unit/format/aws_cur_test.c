#include "csv_sink.h"

/* CUR 2.0, a subset of its columns. */
#define NEW                                                                                                            \
	"bill_billing_entity,bill_billing_period_start_date,bill_billing_period_end_date,bill_payer_account_id,"       \
	"line_item_currency_code,line_item_line_item_description,line_item_line_item_type,line_item_product_code,"     \
	"line_item_resource_id,line_item_unblended_cost,line_item_usage_account_id,line_item_usage_amount,"            \
	"line_item_usage_start_date,line_item_usage_end_date,line_item_usage_type,pricing_unit,product,resource_tags"
#define OCTOBER "2026-10-01T00:00:00Z,2026-11-01T00:00:00.000Z,000000000001,USD,"
#define HOUR "2026-10-05 07:00:00,2026-10-05T08:00:00Z,"
#define KEY ": ai-costs[000000000001] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10"
#define HOUR_KEY KEY " start=2026-10-05T07:00:00Z end=2026-10-05T08:00:00Z"
#define MONTH_KEY KEY " start=2026-10-01T00:00:00Z end=2026-11-01T00:00:00Z"
#define PATH "landing/ai-costs-00001.csv.gz"

static const struct csv_case selection[] = {
        {.name = "a model's tokens by the thousand",
         .input = NEW "\nAWS," OCTOBER ",Usage,AmazonBedrock,,9.052E-7,000000000002,1.5," HOUR
                      "APS3-Claude4.6Sonnet-cache-read-input-token-count,1K tokens,{},{}\n",
         .wanted = "line 2" HOUR_KEY
                   " charge=usage class=cache_read provider=bedrock account=000000000002 region=ap-south-1"
                   " model=Claude4.6Sonnet quantity=1500 unit=tokens cost=0.0000009052 currency=USD "
                   "code=AmazonBedrock\n"},
        {.name = "by the million, tier and scope named, principal's ARN",
         .input =
                 NEW ",line_item_iam_principal,bill_invoice_id\nAWS," OCTOBER
                     ",Usage,AmazonBedrock,arn:aws:bedrock:us-east-1:000000000002:application-inference-profile/p1,2,"
                     "000000000002,0.25," HOUR
                     "USE1-Nova2.0Lite-output-tokens-cross-region-global-flex,1M tokens,,,arn:aws:iam::1:user/u,INV1\n",
         .wanted = "line 2" HOUR_KEY " charge=usage class=output provider=bedrock account=000000000002 region=us-east-1"
                   " resource=arn:aws:bedrock:us-east-1:000000000002:application-inference-profile/p1"
                   " principal=arn:aws:iam::1:user/u model=Nova2.0Lite tier=flex quantity=250000 unit=tokens cost=2"
                   " currency=USD invoice=INV1 tags={\"closebook_scope\":\"global\"} code=AmazonBedrock\n"},
        {.name = "other services are passed over, their charges wait for a product code",
         .input = NEW "\nAWS," OCTOBER ",Usage,AmazonEC2,,1,2,1," HOUR "BoxUsage:t3.large,Hrs,,\n"
                      "AWS," OCTOBER ",Usage,AmazonS3,,1,2,1," HOUR "Requests,Requests,,\n"
                      "AWS," OCTOBER ",Tax,AmazonEC2,,0.1,2,1.0,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,,,,\n"
                      "AWS," OCTOBER ",Tax,,,0.1,2,1.0,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,,,,\n",
         .wanted =
                 "line 4" MONTH_KEY " charge=tax provider=bedrock account=2 cost=0.1 currency=USD candidate=AmazonEC2\n"
                 "passed over 3\n"},
        {.name = "a Marketplace product's tax before and after its usage",
         .input =
                 NEW "\nAWS Marketplace," OCTOBER ",Tax,4a52,,0.1,2,1.0,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,,,,\n"
                     "AWS Marketplace," OCTOBER
                     "AWS Marketplace software usage|us-west-2|Million Input Tokens,Usage,4a52,,3,2,0.002," HOUR
                     "USW2-MP:USW2_InputTokenCount_Batch-Units,Units,"
                     "\"{\"\"product_name\"\":\"\"Claude Opus 4.8 (Amazon Bedrock Edition)\"\"}\",\n"
                     "AWS Marketplace," OCTOBER ",Credit,4a52,,-0.5,2,,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,,,,\n",
         .wanted = "line 2" MONTH_KEY " charge=tax provider=bedrock account=2 cost=0.1 currency=USD candidate=4a52\n"
                   "line 3" HOUR_KEY " charge=usage class=input provider=bedrock account=2 region=us-west-2"
                   " model=Claude Opus 4.8 tier=batch quantity=2000 unit=tokens cost=3 currency=USD"
                   " description=AWS Marketplace software usage|us-west-2|Million Input Tokens code=4a52\n"
                   "line 4" MONTH_KEY " charge=credit provider=bedrock account=2 cost=-0.5 currency=USD code=4a52\n"},
        {.name = "Marketplace: thousands, no scale, the model's ARN, the product's model",
         .input = NEW
         "\nAWS Marketplace," OCTOBER "AWS Marketplace software usage|us-west-2|thousand Output Tokens,Usage,4a52,"
         "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-opus-4-8,3,2,7," HOUR
         "USW2-MP:USW2_OutputTokenCount-Units,Units,\"{\"\"product_name\"\":\"\"X (Amazon Bedrock Edition)\"\"}\",\n"
         "AWS Marketplace," OCTOBER "usage,Usage,4a52,,3,2,7," HOUR "USW2-MP:USW2_OutputTokenCount-Units,Units,"
         "\"{\"\"product_name\"\":\"\"X (Amazon Bedrock Edition)\"\",\"\"model\"\":\"\"Opus\"\"}\",\n"
         "AWS Marketplace," OCTOBER "usage,Usage,5b63,,3,2,7," HOUR
         "USW2-MP:USW2_Hours-Units,Units,\"{\"\"product_name\"\":\"\"A bed of rocks\"\"}\",\n",
         .wanted = "line 2" HOUR_KEY " charge=usage class=output provider=bedrock account=2 region=us-west-2"
                   " resource=arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-opus-4-8"
                   " model=anthropic.claude-opus-4-8 quantity=7000 unit=tokens cost=3 currency=USD"
                   " description=AWS Marketplace software usage|us-west-2|thousand Output Tokens code=4a52\n"
                   "line 3" HOUR_KEY " charge=usage class=output provider=bedrock account=2 region=us-west-2 model=Opus"
                   " quantity=7000000 unit=tokens cost=3 currency=USD description=usage code=4a52\n"
                   "passed over 1\n"},
        {.name = "product family, no entity; other units; region of the ARN",
         .input = "line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_currency_code,"
                  "line_item_unblended_cost,identity_time_interval,product_product_family,pricing_unit,line_item_usage_"
                  "amount,"
                  "line_item_resource_id\n"
                  "Usage,X1,Guardrail-ContentPolicyUnitsConsumed,USD,0.15,2026-10-05T07:00:00Z/2026-10-05T08:00:00Z,"
                  "Amazon Bedrock,1K TextUnits,2,arn:aws:bedrock:eu-west-1:2:guardrail/g\n"
                  "Usage,AmazonBedrock,USE1-NovaPro-input-tokens,USD,0.15,2026-10-05T07:00:00Z/"
                  "2026-10-05T08:00:00Z,,,2,\n",
         .wanted = "line 2: ai-costs[] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10"
                   " start=2026-10-05T07:00:00Z end=2026-10-05T08:00:00Z charge=usage class=other provider=bedrock"
                   " region=eu-west-1 resource=arn:aws:bedrock:eu-west-1:2:guardrail/g model=Guardrail quantity=2000 "
                   "unit=TextUnits "
                   "cost=0.15"
                   " currency=USD code=X1\n"
                   "line 3: ai-costs[] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10"
                   " start=2026-10-05T07:00:00Z end=2026-10-05T08:00:00Z charge=usage class=input provider=bedrock"
                   " region=us-east-1 model=NovaPro cost=0.15 currency=USD code=AmazonBedrock\n"},
        {.name = "late usage is of its bill's period; empty cost counts 0",
         .input = NEW "\nAWS," OCTOBER ",Usage,AmazonBedrock,,,2,,"
                      "2026-09-30T23:00:00Z,2026-10-01T00:00:00Z,"
                      "USE1-NovaPro-input-tokens,1K tokens,,\n",
         .wanted = "line 2" KEY " start=2026-09-30T23:00:00Z end=2026-10-01T00:00:00Z charge=usage class=input"
                   " provider=bedrock account=2 region=us-east-1 model=NovaPro unit=tokens cost=0 currency=USD"
                   " code=AmazonBedrock\n"},
        {.name = "an empty chunk", .input = "", .wanted = ""},
        {.name = "a chunk without rows", .input = NEW "\n", .wanted = ""},
};

static void rows_taken(void **state)
{
	(void)state;
	CHECK_CASES(format_aws_cur, selection, PATH);
}

#define SHORT                                                                                                          \
	"line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_currency_code,"                \
	"line_item_usage_start_date,line_item_usage_end_date,line_item_unblended_cost"
#define SHORT_ROW "Usage,AmazonBedrock,,USD,2026-10-05T07:00:00Z,2026-10-05T08:00:00Z,1"
#define SHORT_KEY                                                                                                      \
	": ai-costs[] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10 start=2026-10-05T07:00:00Z"            \
	" end=2026-10-05T08:00:00Z charge=usage provider=bedrock"

static const struct source_config request_tag = {.request_id_tag = "user_request_id"};
static const struct source_config blended = {.cost_column = "line_item_blended_cost"};
static const struct source_config net = {.cost_column = "line_item_net_unblended_cost", .dataset = "given"};
static struct name_pair rename_pair[] = {{"price", "line_item_unblended_cost"}};
static const struct source_config renamed = {.columns = {.pair = rename_pair, .count = 1}};

static const struct csv_case dialects[] = {
        {.name = "legacy names and tag columns",
         .input = "bill/BillingEntity,bill/BillingPeriodStartDate,bill/PayerAccountId,lineItem/CurrencyCode,"
                  "lineItem/LineItemType,lineItem/ProductCode,lineItem/UnblendedCost,lineItem/NetUnblendedCost,"
                  "lineItem/UsageAccountId,lineItem/UsageAmount,lineItem/UsageStartDate,lineItem/UsageEndDate,"
                  "lineItem/UsageType,pricing/unit,product/ProductName,product/regionCode,resourceTags/user:CostCenter,"
                  "resourceTags/app,resourceTags/aws:createdBy\n"
                  "AWS "
                  "Marketplace,2026-10-01T00:00:00Z,1,USD,Usage,4a52,2,1.5,3,4,2026-10-05T00:00:00Z,2026-10-06T00:00:"
                  "00Z,"
                  "MP:InputTokenCount-Units,Units,Claude 5 (Amazon Bedrock Edition),eu-west-3,cc-1,\"a\"\"b\",\n",
         .wanted = "line 2: ai-costs[1] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10"
                   " start=2026-10-05T00:00:00Z end=2026-10-06T00:00:00Z charge=usage class=input provider=bedrock "
                   "account=3"
                   " region=eu-west-3 model=Claude 5 quantity=4000000 unit=tokens cost=2 net=1.5 currency=USD"
                   " tags={\"app\":\"a\\\"b\",\"user_cost_center\":\"cc-1\"} code=4a52\n"},
        {.name = "tag maps: keys in every spelling, the resource's tag first, request id taken out",
         .input = SHORT
         ",resource_tags,tags\n" SHORT_ROW
         ",\"{\"\"user_team\"\":\"\"growth\"\",\"\"user_request_id\"\":\"\"r-1\"\"}\","
         "\"{\"\"iamPrincipal/user:Team\"\":\"\"other\"\",\"\"iamPrincipal/user:role\"\":\"\"x\"\",\"\"accountTag/"
         "Org\"\":"
         "\"\"o\"\",\"\"costCategory/Area\"\":\"\"c\"\",\"\"resourceTags/user_app\"\":\"\"a\"\"}\"\n" SHORT_ROW
         ",\"{\"\"user_team\"\":\"\"growth\"\",\"\"user_request_id\"\":\"\"r-2\"\"}\",\n" SHORT_ROW ",{},\n",
         .source = &request_tag,
         .wanted =
                 "line 2" SHORT_KEY " request=r-1 cost=1 currency=USD tags={\"cost_category_area\":\"c\",\"org\":\"o\","
                 "\"user_app\":\"a\",\"user_role\":\"x\",\"user_team\":\"growth\"} code=AmazonBedrock\n"
                 "line 3" SHORT_KEY
                 " request=r-2 cost=1 currency=USD tags={\"user_team\":\"growth\"} code=AmazonBedrock\n"
                 "line 4" SHORT_KEY " cost=1 currency=USD code=AmazonBedrock\n"},
        {.name = "tag maps that are not plain: escapes, blanks, other values",
         .input =
                 SHORT ",resource_tags\n" SHORT_ROW
                       ",\"{\"\"user_a\"\":\"\"x\\\"\"y\"\",\"\"user_b\"\":\"\"\\u00e9\"\"}\"\n" SHORT_ROW
                       ",\" { \"\"user_a\"\" : \"\"x\"\" , \"\"user_b\"\": \"\"y\"\" } \"\n" SHORT_ROW
                       ",\"{\"\"user_a\"\":1.50,\"\"user_b\"\":null,\"\"user_c\"\":{\"\"d\"\":\"\"e\"\"}}\"\n" SHORT_ROW
                       ",\"{\"\"user_a\"\": \"\"x\"\", \"\"user_b\"\": \"\"\"\"}\"\n",
         .wanted =
                 "line 2" SHORT_KEY
                 " cost=1 currency=USD tags={\"user_a\":\"x\\\"y\",\"user_b\":\"\xc3\xa9\"} code=AmazonBedrock\n"
                 "line 3" SHORT_KEY " cost=1 currency=USD tags={\"user_a\":\"x\",\"user_b\":\"y\"} code=AmazonBedrock\n"
                 "line 4" SHORT_KEY " cost=1 currency=USD tags={\"user_a\":\"1.50\"} code=AmazonBedrock\n"
                 "line 5" SHORT_KEY " cost=1 currency=USD tags={\"user_a\":\"x\"} code=AmazonBedrock\n"},
        {.name = "net cost beside cost, empty where the row has none",
         .input = SHORT ",line_item_net_unblended_cost\n" SHORT_ROW ",0.8\n" SHORT_ROW ",\n",
         .wanted = "line 2" SHORT_KEY " cost=1 net=0.8 currency=USD code=AmazonBedrock\n"
                   "line 3" SHORT_KEY " cost=1 currency=USD code=AmazonBedrock\n"},
        {.name = "another cost column",
         .input = SHORT ",line_item_net_unblended_cost,line_item_blended_cost\n" SHORT_ROW ",0.8,0.9\n",
         .source = &blended,
         .wanted = "line 2" SHORT_KEY " cost=0.9 currency=USD code=AmazonBedrock\n"},
        {.name = "the net cost column, by the config; its dataset too",
         .input = SHORT ",line_item_net_unblended_cost\n" SHORT_ROW ",0.8\n" SHORT_ROW ",\n",
         .source = &net,
         .wanted =
                 "line 2: given[] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10 start=2026-10-05T07:00:00Z"
                 " end=2026-10-05T08:00:00Z charge=usage provider=bedrock cost=0.8 currency=USD code=AmazonBedrock\n"
                 "line 3: given[] from=2026-10-01T00:00:00Z to=2026-11-01T00:00:00Z 2026-10 start=2026-10-05T07:00:00Z"
                 " end=2026-10-05T08:00:00Z charge=usage provider=bedrock cost=0 currency=USD code=AmazonBedrock\n"},
        {.name = "an aliased column, named in the config",
         .input = "price,line_item_line_item_type,line_item_product_code,line_item_usage_type,line_item_currency_code,"
                  "line_item_usage_start_date,line_item_usage_end_date\n"
                  "7,Usage,AmazonBedrock,,USD,2026-10-05T07:00:00Z,2026-10-05T08:00:00Z\n",
         .source = &renamed,
         .wanted = "line 2" SHORT_KEY " cost=7 currency=USD code=AmazonBedrock\n"},
};

static void dialects_and_options(void **state)
{
	(void)state;
	CHECK_CASES(format_aws_cur, dialects, PATH);
}

#define BAD(start, end, cost, currency)                                                                                \
	SHORT ",line_item_usage_amount,resource_tags\nUsage,AmazonEC2,,USD,x,y,z,w,{\n" /* nobody looks at that */     \
	      "Usage,AmazonBedrock,," currency "," start "," end "," cost
#define AT "2026-10-05T07:00:00Z"

static const struct csv_case refused[] = {
        {.name = "cost",
         .input = BAD(AT, AT, "\"1,000.00\",,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_unblended_cost \"1,000.00\" can't be read: not a decimal "
                   "number\n"},
        {.name = "huge",
         .input = BAD(AT, AT, "1e400,,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_unblended_cost \"1e400\" can't be read: more than 30 integer "
                   "digits\n"},
        {.name = "quantity",
         .input = BAD(AT, AT, "1,NaN,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_usage_amount \"NaN\" can't be read: not a decimal number\n"},
        {.name = "time",
         .input = BAD("soon", AT, "1,,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_usage_start_date \"soon\" is not a time\n"},
        {.name = "no time",
         .input = BAD("", AT, "1,,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_usage_start_date \"\" is missing\n"},
        {.name = "order",
         .input = BAD(AT, "2026-10-05T06:00:00Z", "1,,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: line_item_usage_end_date \"2026-10-05T06:00:00Z\" is before the start\n"},
        {.name = "currency",
         .input = BAD(AT, AT, "1,,\n", ""),
         .wanted = "malformed_row: in.csv:3: line_item_currency_code \"\" is missing\n"},
        {.name = "tags",
         .input = BAD(AT, AT, "1,,[1]\n", "USD"),
         .wanted = "malformed_row: in.csv:3: resource_tags \"[1]\" is not a JSON object\n"},
        {.name = "a tag twice",
         .input = BAD(AT, AT, "1,,\"{\"\"a\"\":\"\"b\"\",\"\"a\"\":\"\"c\"\"}\"\n", "USD"),
         .wanted =
                 "malformed_row: in.csv:3: resource_tags \"{\"a\":\"b\",\"a\":\"c\"}\" a JSON object repeats a key\n"},
        {.name = "tags that are cut off",
         .input = BAD(AT, AT, "1,,\"{\"\"a\"\":\"\"b\"\"\"\n", "USD"),
         .wanted = "malformed_row: in.csv:3: resource_tags \"{\"a\":\"b\"\" JSON is cut off\n"},
        {.name = "width",
         .input = BAD(AT, AT, "1,\n", "USD"),
         .wanted = "malformed_row: in.csv:3: row has fewer fields than the header\n"},
        {.name = "columns",
         .input = "line_item_usage_type,line_item_product_code\n",
         .wanted = "malformed_row: in.csv:1: columns missing: line_item_currency_code, line_item_line_item_type,"
                   " line_item_unblended_cost\n"},
};

static void bad_lines_reject_the_file(void **state)
{
	(void)state;
	CHECK_CASES(format_aws_cur, refused, PATH);
}

static const struct {
	const char *type, *charge;
} types[] = {
        {"Usage", "usage"},
        {"DiscountedUsage", "usage"},
        {"SavingsPlanCoveredUsage", "usage"},
        {"Tax", "tax"},
        {"Credit", "credit"},
        {"Refund", "refund"},
        {"Fee", "fee"},
        {"RIFee", "fee"},
        {"SavingsPlanUpfrontFee", "fee"},
        {"SavingsPlanRecurringFee", "fee"},
        {"FlatRateSubscription", "fee"},
        {"SavingsPlanNegation", "discount"},
        {"BundledDiscount", "discount"},
        {"Discount", "discount"},
        {"EdpDiscount", "discount"},
        {"PrivateRateDiscount", "discount"},
        {"Rounding", "adjustment"},
        {"", "adjustment"},
};

static void charge_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct buf input = BUF_INIT, got = BUF_INIT, wanted = BUF_INIT;
		buf_printf(&input, SHORT "\n%s%s\n", types[i].type, &SHORT_ROW[strlen("Usage")]);
		buf_printf(&wanted, " charge=%s provider", types[i].charge);
		read_csv(&got, &format_aws_cur, buf_slice(&input), NULL, PATH);
		if (slice_find(buf_slice(&got), wanted.ptr) == SIZE_MAX)
			fail_msg("%s: %s", types[i].type, got.ptr);
		buf_release(&input);
		buf_release(&got);
		buf_release(&wanted);
	}
}

static const struct {
	const char *path, *dataset;
} datasets[] = {
        {"a/b/ai-costs-00002.csv.gz", "ai-costs"},
        {"bedrock-1.csv", "bedrock"},
        {"october.csv", "october"},
        {"october", "october"},
        {"cur2.csv.gz", "cur2"},
        {"7.csv", "7"},
        {".csv", "cur"},
        {NULL, "cur"},
};

static void report_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof datasets / sizeof *datasets; i++) {
		struct buf got = BUF_INIT, wanted = BUF_INIT;
		buf_printf(&wanted, "line 2: %s[] ", datasets[i].dataset);
		read_csv(&got, &format_aws_cur, SLICE(SHORT "\n" SHORT_ROW "\n"), NULL, datasets[i].path);
		if (!slice_starts(buf_slice(&got), wanted.ptr))
			fail_msg("%s: %s", datasets[i].path ? datasets[i].path : "none", got.ptr);
		buf_release(&got);
		buf_release(&wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(rows_taken),
	        cmocka_unit_test(dialects_and_options),
	        cmocka_unit_test(bad_lines_reject_the_file),
	        cmocka_unit_test(charge_types),
	        cmocka_unit_test(report_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
