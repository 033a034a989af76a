#include "json_sink.h"

#define TEXT(key, value) "{\"key\":\"" key "\",\"value\":{\"stringValue\":\"" value "\"}}"
#define INT(key, value) "{\"key\":\"" key "\",\"value\":{\"intValue\":" value "}}"
#define OPENAI TEXT("gen_ai.provider.name", "openai")
#define IDS(n) "\"traceId\":\"0000000000000000000000000000000" n "\",\"spanId\":\"000000000000000" n "\""
#define SPAN_OF(ids, attributes, rest)                                                                                 \
	"{" ids ",\"startTimeUnixNano\":\"1790812800123456789\",\"attributes\":[" attributes "]" rest "}"
#define SPAN(attributes) SPAN_OF(IDS("1"), attributes, "")
#define BATCH(resource, spans)                                                                                         \
	"{\"resourceSpans\":[{\"resource\":{\"attributes\":[" resource                                                 \
	"]},\"scopeSpans\":[{\"scope\":{},\"spans\":[" spans "]}]}]}\n"
#define LINE(attributes) BATCH("", SPAN(attributes))
#define READ_AT(line, id, rest, trace)                                                                                 \
	"event " line ": request_id=" id " timestamp=1790812800.123456789 provider=openai" rest                        \
	" trace_id=0000000000000000000000000000000" trace
#define READ(rest) READ_AT("1", "0000000000000001", rest " status=success", "1") "\n"
#define KEPT(rest, attributes)                                                                                         \
	READ_AT("1", "0000000000000001", rest " status=success", "1") " attributes={" attributes "}\n"

#define MAP(pairs)                                                                                                     \
	{                                                                                                              \
		.pair = pairs, .count = sizeof pairs / sizeof *pairs                                                   \
	}
static struct name_pair names[] = {
        {"cost.center", "cost_center"},
        {"llm.vendor", "provider"},
        {"k8s.namespace.name", "service"},
        {"app.note", "none"},
        {"http.route", "attributes"},
        {"app.tenant", "tenant_id"},
        {"gen_ai.input.messages", "attributes"},
        {"x.outcome", "status"},
};
static struct name_pair vendors[] = {{"openai", "azure_openai"}};
static struct name_pair constants[] = {{"environment", "prod"}};
static const struct source_config source = {
        .name = "traces", .columns = MAP(names), .constants = MAP(constants), .excludes_cache = 1};
static const struct source_config mapped = {.name = "traces", .provider_map = MAP(vendors)};

static const struct format_case cases[] = {
        CASE("least", LINE(OPENAI), READ("")),
        CASE("the older name of the provider", LINE(TEXT("gen_ai.system", "openai")), READ("")),
        CASE("the newer name goes first", LINE(TEXT("gen_ai.system", "x") "," OPENAI "," TEXT("gen_ai.system", "y")),
             KEPT("", "\"gen_ai.system\":\"x\",\"gen_ai.system\":\"y\"")),
        CASE("ids and model of the response",
             LINE(OPENAI "," TEXT("gen_ai.response.id", "chatcmpl-1") "," TEXT("gen_ai.request.model", "m") "," TEXT(
                     "gen_ai.response.model", "m-1")),
             READ_AT("1", "chatcmpl-1", " model=m-1 status=success", "1") " attributes={\"gen_ai.request.model\":"
                                                                          "\"m\"}\n"),
        CASE("the model that was asked for", LINE(OPENAI "," TEXT("gen_ai.request.model", "m")), READ(" model=m")),
        CASE("counts as text, numbers and doubles",
             LINE(OPENAI
                  "," INT("gen_ai.usage.input_tokens", "\"3210\"") "," INT("gen_ai.usage.output_tokens", "7") "," INT(
                          "gen_ai.usage.cache_read.input_tokens",
                          "200") ",{\"key\":\"gen_ai.usage.cache_write.input_tokens\",\"value\":{"
                                 "\"doubleValue\":3000.0}}"),
             READ(" input_tokens=3210 output_tokens=7 cache_read_input_tokens=200 cache_write_input_tokens=3000.0")),
        CASE("older names of counts",
             LINE(OPENAI "," INT("gen_ai.usage.prompt_tokens", "1") "," INT(
                     "gen_ai.usage.completion_tokens", "2") "," INT("gen_ai.usage.cache_creation.input_tokens", "3")),
             READ(" input_tokens=1 output_tokens=2 cache_write_input_tokens=3")),
        CASE("who called",
             BATCH(TEXT("service.name", "api") "," TEXT("deployment.environment.name",
                                                        "prod") "," TEXT("app.team_id", "t") "," TEXT("host.name", "h"),
                   SPAN(OPENAI "," TEXT("gen_ai.conversation.id", "c"))),
             READ_AT("1", "0000000000000001", " team_id=t service=api environment=prod status=success workflow_id=c",
                     "1") "\n"),
        CASE("older names of these",
             BATCH(TEXT("deployment.environment", "dev") "," TEXT("team.id", "t"), SPAN(OPENAI)),
             READ(" team_id=t environment=dev")),
        CASE("a span's attributes win over its resource's",
             BATCH(TEXT("app.team_id", "of resource") "," TEXT("deployment.environment.name", "prod"),
                   SPAN(OPENAI "," TEXT("team.id", "of span") "," TEXT("deployment.environment", "dev"))),
             KEPT(" team_id=of span environment=dev", "\"app.team_id\":\"of resource\"")),
        CASE("an empty attribute says nothing",
             BATCH(TEXT("service.name", "api"), SPAN(OPENAI "," TEXT("service.name", " "))), READ(" service=api")),
        CASE("resources do not mix",
             "{\"resourceSpans\":[{\"resource\":{\"attributes\":[" TEXT(
                     "service.name", "a") "]},\"scopeSpans\":[{"
                                          "\"spans\":[" SPAN(OPENAI) "]},{\"spans\":[" SPAN_OF(
                                                  IDS("2"), OPENAI, "") "]}]},{\"scopeSpans\":[{"
                                                                        "\"spans\":[" SPAN_OF(IDS("3"), OPENAI,
                                                                                              "") "]}]}]}",
             READ(" service=a") READ_AT("1", "0000000000000002", " service=a status=success",
                                        "2") "\n" READ_AT("1", "0000000000000003", " status=success", "3") "\n"),
        CASE("errors",
             BATCH("", SPAN_OF(IDS("1"), OPENAI, ",\"status\":{\"code\":2,\"message\":\"x\"}") "," SPAN_OF(
                               IDS("2"), OPENAI,
                               ",\"status\":{\"code\":\"STATUS_CODE_ERROR\"}") "," SPAN_OF(IDS("3"), OPENAI,
                                                                                           ",\"status\":{\"code\":1}")),
             READ_AT("1", "0000000000000001", " status=error",
                     "1") "\n" READ_AT("1", "0000000000000002", " status=error",
                                       "2") "\n" READ_AT("1", "0000000000000003", " status=success", "3") "\n"),
        CASE("what is kept",
             LINE(OPENAI "," TEXT("gen_ai.operation.name", "chat") "," TEXT("gen_ai.agent.id", "a\\u00e9") "," INT(
                     "gen_ai.request.max_tokens",
                     "\"100\"") "," INT("app.n",
                                        "\"-5\"") "," INT("app.z",
                                                          "\"007\"") ","
                                                                     "{\"key\":\"app.on\",\"value\":{\"boolValue\":true}},{\"key\":\"app.t\",\"value\":{\"doubleValue\":0.70}},"
                                                                     "{\"key\":\"app.list\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"x\"}]}}},"
                                                                     "{\"key\":\"app.none\",\"value\":{}},{\"key\":\"app.bare\"},{\"value\":{\"stringValue\":\"x\"}}," TEXT(
                                                                             "http.route", "/v1")),
             KEPT("",
                  "\"gen_ai.operation.name\":\"chat\",\"gen_ai.agent.id\":\"a\\u00e9\",\"gen_ai.request.max_tokens\":100,"
                  "\"app.n\":\"-5\",\"app.z\":\"007\",\"app.on\":true,\"app.t\":0.70")),
        CASE("what was said is not kept",
             LINE(OPENAI "," TEXT("gen_ai.input.messages", "secret") "," TEXT("gen_ai.output.messages", "secret") "," TEXT(
                     "gen_ai.prompt.0.content",
                     "secret") "," TEXT("gen_ai.completion.0.content",
                                        "secret") "," TEXT("gen_ai.system_instructions",
                                                           "secret") "," TEXT("gen_ai.tool.definitions",
                                                                              "secret") "," TEXT("gen_ai.tool.call.arguments",
                                                                                                 "secret")),
             READ("")),
        CASE("the operations that are calls",
             BATCH("", SPAN(OPENAI "," TEXT("gen_ai.operation.name", "text_completion")) "," SPAN_OF(
                               IDS("2"), OPENAI "," TEXT("gen_ai.operation.name", "generate_content"),
                               "") "," SPAN_OF(IDS("3"), OPENAI "," TEXT("gen_ai.operation.name", "embeddings"), "")),
             KEPT("", "\"gen_ai.operation.name\":\"text_completion\"")
                     READ_AT("1", "0000000000000002", " status=success", "2") " attributes={\"gen_ai.operation.name\":\"generate_content\"}\n" READ_AT(
                             "1", "0000000000000003", " status=success",
                             "3") " attributes={\"gen_ai.operation.name\":\"embeddings\"}\n"),
        CASE("and what is around them",
             BATCH(OPENAI,
                   SPAN(OPENAI "," TEXT("gen_ai.operation.name", "invoke_agent")) "," SPAN_OF(
                           IDS("2"), OPENAI "," TEXT("gen_ai.operation.name", "create_agent"),
                           "") "," SPAN_OF(IDS("3"), OPENAI "," TEXT("gen_ai.operation.name", "invoke_workflow"),
                                           "") "," SPAN_OF(IDS("4"),
                                                           OPENAI "," TEXT("gen_ai.operation.name", "execute_tool"),
                                                           "") "," SPAN_OF(IDS("5"), TEXT("http.route", "/v1"),
                                                                           "") "," SPAN_OF(IDS("6"),
                                                                                           TEXT("gen_ai.operation.name",
                                                                                                "chat"),
                                                                                           "") ",{},7"),
             "passed over 8\n"),
        CASE("spans that come again",
             BATCH("", SPAN(OPENAI) "," SPAN(OPENAI)) BATCH("", SPAN(OPENAI) "," SPAN_OF(IDS("2"), OPENAI, "")),
             READ("") READ_AT("2", "0000000000000002", " status=success", "2") "\npassed over 2\n"),
        CASE("spans without ids are not compared",
             BATCH("", SPAN_OF("\"traceId\":\"1\"", OPENAI "," TEXT("gen_ai.response.id", "r"),
                               "") "," SPAN_OF("\"traceId\":\"1\"", OPENAI "," TEXT("gen_ai.response.id", "r"), "")),
             "event 1: request_id=r timestamp=1790812800.123456789 provider=openai status=success trace_id=1\n"
             "event 1: request_id=r timestamp=1790812800.123456789 provider=openai status=success trace_id=1\n"),
        CASE("a time that is a number",
             BATCH("", "{" IDS("1") ",\"startTimeUnixNano\":1790812800123456789,\"attributes\":[" OPENAI "]}"),
             READ("")),
        CASE("members in any order, escapes",
             BATCH("",
                   "{\"attributes\":[{\"value\":{\"stringValue\":\"o\\u0070enai\"},\"key\":\"gen_ai.system\"}],\"startTimeUnixNano\":\"1790812800123456789\"," IDS(
                           "1") "}"),
             READ("")),

        CASE("no time", BATCH("", "{" IDS("1") ",\"attributes\":[" OPENAI "]}"), "quarantine 1: no timestamp\n"),
        CASE("a time that is none", BATCH("", "{" IDS("1") ",\"startTimeUnixNano\":\"0\",\"attributes\":[" OPENAI "]}"),
             "quarantine 1: timestamp can't be read\n"),
        CASE("a time in the future",
             BATCH("", "{" IDS("1") ",\"startTimeUnixNano\":\"1890812800123456789\",\"attributes\":[" OPENAI "]}"),
             "quarantine 1: timestamp is in the future\n"),
        CASE("no id", BATCH("", SPAN_OF("\"traceId\":\"1\"", OPENAI, "")), "quarantine 1: no request_id\n"),
        CASE("an empty provider", LINE(TEXT("gen_ai.system", "")), "quarantine 1: no provider\n"),
        CASE("a negative count", LINE(OPENAI "," INT("gen_ai.usage.input_tokens", "-1")),
             "quarantine 1: input_tokens is negative\n"),
        CASE("NUL in a column", LINE(TEXT("gen_ai.system", "a\\u0000")),
             "quarantine 1: a string holds a NUL character\n"),
        CASE("NUL in an attribute", LINE(OPENAI "," TEXT("app.x", "a\\u0000")),
             "quarantine 1: a string holds a NUL character\n"),
        CASE("lone surrogate in an attribute", LINE(OPENAI "," TEXT("app.x", "\\udc00")),
             "quarantine 1: not valid JSON: bad character in a string\n"),
        CASE("bad UTF-8 in an attribute", LINE(OPENAI "," TEXT("app.x", "\xff")),
             "quarantine 1: attributes are not valid UTF-8\n"),
        CASE("bad lines do not stop the others",
             "\n{\"resourceSpans\":[\n[1]\n" LINE(
                     OPENAI) "{\"resourceMetrics\":[]}\n \r\n{\"resourceSpans\":7}\n{\"resourceSpans\":[{\"scopeSpans\":{}},{}]}\n"
                             "{\"resourceSpans\":[{\"scopeSpans\":[",
             "quarantine 2: JSON is cut off\nquarantine 3: not a JSON object\n" READ_AT(
                     "4", "0000000000000001", " status=success",
                     "1") "\nquarantine 9: JSON is cut off\npassed over 1\n"),
        CASE("empty file", "", ""),

        CASE_OF(mapped, "provider_map", LINE(OPENAI),
                "event 1: request_id=0000000000000001 timestamp=1790812800.123456789 provider=azure_openai status=success trace_id=00000000000000000000000000000001\n"),
        CASE_OF(source, "columns, constants and counts of the source",
                BATCH(TEXT("k8s.namespace.name", "shop") "," TEXT("cost.center", "42"),
                      SPAN(TEXT("llm.vendor", "openai") "," TEXT("service.name", "s") "," TEXT("http.route", "/v1") "," TEXT(
                              "app.note",
                              "n") "," TEXT("app.tenant",
                                            "acme") "," TEXT("gen_ai.input.messages",
                                                             "secret") "," TEXT("x.outcome",
                                                                                "partial") "," INT("gen_ai.usage.input_tokens",
                                                                                                   "1") "," INT("gen_ai.usage.cache_read.input_tokens",
                                                                                                                "2"))),
                READ_AT("1", "0000000000000001",
                        " service=shop environment=prod input_tokens=3 cache_read_input_tokens=2 status=partial "
                        "cost_center=42 tenant_id=acme",
                        "1") " attributes={\"http.route\":\"/v1\"}\n"),
};

static void reads_spans(void **state)
{
	(void)state;
	check_cases(&format_otlp, cases, sizeof cases / sizeof *cases, false);
}

static void leaves_out_long_attributes(void **state)
{
	(void)state;
	static const size_t lengths[] = {1998, 1999};
	for (size_t i = 0; i < 2; i++) {
		struct buf line = BUF_INIT;
		struct transcript t = {0};
		buf_add_text(&line,
		             "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{" IDS(
		                     "1") ",\"startTimeUnixNano\":\"1790812800123456789\",\"attributes\":[" OPENAI
		                          ",{\"key\":\"app.x\",\"value\":{\"stringValue\":\"");
		for (size_t k = 0; k < lengths[i]; k++)
			buf_add_char(&line, 'x');
		buf_add_text(&line, "\"}}]}]}]}]}");
		read_into(&t, &format_otlp, buf_slice(&line), NULL);
		assert_int_equal(strstr(t.text.ptr, "app.x") != NULL, i == 0);
		buf_release(&line);
		buf_release(&t.text);
	}
}

static void refuses_a_line_over_the_limit(void **state)
{
	(void)state;
	struct buf file = BUF_INIT;
	struct transcript t = {0};
	buf_add_text(&file, LINE(OPENAI) "{\"x\":\"");
	while (file.len < (64 << 20) + 4096)
		buf_add_text(&file, "0123456789abcdef0123456789abcdef");
	read_into(&t, &format_otlp, buf_slice(&file), NULL);
	assert_string_equal(t.text.ptr,
	                    READ("") "error malformed_row: in.json:2: a JSON record is longer than 64 MiB\n");
	buf_release(&file);
	buf_release(&t.text);
}

static void detects_its_files(void **state)
{
	(void)state;
	static const char *const ours[] = {LINE(OPENAI), "\n [{\"resourceSpans\" : [",
	                                   "\xef\xbb\xbf{\"resourceSpans\":"};
	static const char *const others[] = {"", "resourceSpans", "{\"resourceLogs\":[]}",
	                                     "{\"a\":1}\n{\"resourceSpans\":[]}", "{\"a\":\"resourceSpans\"}"};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		assert_true(format_otlp.detect(slice_of(ours[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(format_otlp.detect(slice_of(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_spans),
	        cmocka_unit_test(leaves_out_long_attributes),
	        cmocka_unit_test(refuses_a_line_over_the_limit),
	        cmocka_unit_test(detects_its_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
