#include "json_sink.h"

#define HEAD "{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":\"2026-10-02T10:20:30Z\",\"requestId\":\"r-1\""
#define READ(rest) "log 1: 2026-10-02T10:20:30Z provider=bedrock request=r-1" rest "\n"

static const struct format_case cases[] = {
        CASE("whole record",
             "{\"schemaType\":\"ModelInvocationLog\",\"schemaVersion\":\"1.0\",\"timestamp\":\"2026-10-02T10:20:30Z\","
             "\"accountId\":\"012345678901\",\"identity\":{\"arn\":\"arn:aws:sts::012345678901:assumed-role/app/i-1\"},"
             "\"region\":\"us-east-1\",\"requestId\":\"r-1\",\"operation\":\"InvokeModel\","
             "\"modelId\":\"arn:aws:bedrock:us-east-1:012345678901:inference-profile/"
             "us.anthropic.claude-sonnet-4-6-v1:0\","
             "\"inferenceRegion\":\"us-west-2\",\"input\":{\"inputContentType\":\"application/json\","
             "\"inputBodyJson\":{\"messages\":[{\"n\":1}]},\"inputTokenCount\":10,\"cacheReadInputTokenCount\":20,"
             "\"cacheWriteInputTokenCount\":30},\"output\":{\"outputContentType\":\"application/"
             "json\",\"outputBodyJson\":"
             "{\"usage\":{\"cache_creation\":{\"ephemeral_5m_input_tokens\":18,\"ephemeral_1h_input_tokens\":12}}},"
             "\"outputTokenCount\":40}}\n",
             READ(" account=012345678901 region=us-east-1 inference=us-west-2 model=anthropic.claude-sonnet-4-6-v1:0"
                  " operation=InvokeModel principal=arn:aws:sts::012345678901:assumed-role/app/i-1"
                  " in=10 read=20 write=30 write1h=12 out=40")),
        CASE("streamed body",
             HEAD
             ",\"output\":{\"outputBodyJson\":[{\"type\":\"message_start\",\"message\":{\"usage\":{\"cache_creation\":"
             "{\"ephemeral_1h_input_tokens\":7}}}},{\"type\":\"message_stop\"}]}}",
             READ(" in=0 read=0 write=0 write1h=7 out=0")),
        CASE("failed call",
             HEAD ",\"modelId\":\"amazon.nova-pro-v1:0\",\"errorCode\":\"ThrottlingException\",\"input\":{}}",
             READ(" model=amazon.nova-pro-v1:0 error=ThrottlingException in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("foundation model ARN",
             HEAD ",\"modelId\":\"arn:aws:bedrock:eu-west-1::foundation-model/meta.llama4-v1:0\"}",
             READ(" model=meta.llama4-v1:0 in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("global profile", HEAD ",\"modelId\":\"global.anthropic.claude-opus-4-8-v1\"}",
             READ(" model=anthropic.claude-opus-4-8-v1 in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("european profile", HEAD ",\"modelId\":\"eu.amazon.nova-lite-v1:0\"}",
             READ(" model=amazon.nova-lite-v1:0 in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("asian profile", HEAD ",\"modelId\":\"apac.amazon.nova-lite-v1:0\"}",
             READ(" model=amazon.nova-lite-v1:0 in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("a model that only looks like it", HEAD ",\"modelId\":\"useful.model\"}",
             READ(" model=useful.model in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("counts as text", HEAD ",\"input\":{\"inputTokenCount\":\"10\"}}",
             READ(" in=10 read=0 write=0 write1h=-1 out=0")),
        CASE("bad bytes in a body", HEAD ",\"input\":{\"inputBodyJson\":\"\xff\\u0000\"}}",
             READ(" in=0 read=0 write=0 write1h=-1 out=0")),
        CASE("other schema", "{\"schemaType\":\"AsyncInvocation\",\"requestId\":\"x\"}\n{\"a\":1}\n" HEAD "}",
             "passed over 1\npassed over 1\nlog 3: 2026-10-02T10:20:30Z provider=bedrock request=r-1"
             " in=0 read=0 write=0 write1h=-1 out=0\n"),
        CASE("no request id",
             "{\"schemaType\":\"ModelInvocationLog\",\"timestamp\":\"2026-10-02T10:20:30Z\",\"requestId\":\"\"}",
             "quarantine 1: no requestId\n"),
        CASE("no time", "{\"schemaType\":\"ModelInvocationLog\",\"requestId\":\"r\"}",
             "quarantine 1: timestamp is not a time\n"),
        CASE("future",
             "{\"schemaType\":\"ModelInvocationLog\",\"requestId\":\"r\",\"timestamp\":\"2026-11-06T00:00:01Z\"}",
             "quarantine 1: timestamp is in the future\n"),
        CASE("negative count", HEAD ",\"output\":{\"outputTokenCount\":-1}}",
             "quarantine 1: a token count is not a whole number from 0 to 10^15\n"),
        CASE("half a count", HEAD ",\"output\":{\"outputTokenCount\":0.5}}",
             "quarantine 1: a token count is not a whole number from 0 to 10^15\n"),
        CASE("half a count in the body",
             HEAD
             ",\"output\":{\"outputBodyJson\":{\"usage\":{\"cache_creation\":{\"ephemeral_1h_input_tokens\":0.5}}}}}",
             "quarantine 1: a token count is not a whole number from 0 to 10^15\n"),
        CASE("broken lines", "Permissions ok\n" HEAD "\n[]\n" HEAD ",\"requestId\":\"r-2\"}\n\n7\n" HEAD "}\n",
             "quarantine 1: not valid JSON: a value expected\n"
             "quarantine 2: JSON is cut off\n"
             "quarantine 3: not a JSON object\n"
             "quarantine 4: a JSON object repeats a key\n"
             "quarantine 6: not a JSON object\n"
             "log 7: 2026-10-02T10:20:30Z provider=bedrock request=r-1 in=0 read=0 write=0 write1h=-1 out=0\n"),
};

static void reads_the_log(void **state)
{
	(void)state;
	check_cases(&format_bedrock_log, cases, sizeof cases / sizeof *cases, false);
}

static void detects_the_log(void **state)
{
	(void)state;
	const struct format *f = &format_bedrock_log;
	assert_true(f->detect(SLICE("{\"schemaType\": \"ModelInvocationLog\",")));
	assert_true(f->detect(SLICE(
	        "{\"requestId\":\"r\",\"operation\":\"Converse\",\"modelId\":\"m\",\"accountId\":\"1\",\"input\":{")));
	assert_false(f->detect(SLICE("{\"schemaType\":\"other\",\"requestId\":\"r\"}")));
	assert_false(f->detect(SLICE("\"schemaType\":\"ModelInvocationLog\"")));
	assert_false(f->detect(SLICE("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_the_log),
	        cmocka_unit_test(detects_the_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
