#include "json_sink.h"

#define EVENT(rest) "{\"request_id\":\"r\",\"timestamp\":\"2026-10-01T00:00:00Z\",\"provider\":\"openai\"" rest "}\n"
#define READ(rest) "event 1: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai" rest "\n"
#define QUARANTINE(reason) "quarantine 1: " reason "\n"

#define MAP(pairs)                                                                                                     \
	{                                                                                                              \
		.pair = pairs, .count = sizeof pairs / sizeof *pairs                                                   \
	}
static struct name_pair nested_names[] = {
        {"id", "request_id"},
        {"startTime", "timestamp"},
        {"usage.input", "input_tokens"},
        {"usage.r", "cache_read_input_tokens"},
        {"usage.w", "cache_write_input_tokens"},
        {"metadata.team", "team_id"},
        {"metadata.a.b", "service"},
        {"tag.team", "team_id"},
        {"served", "model"},
        {"body", "none"},
        {"input", "none"},
        {"status", "attributes"},
        {"level", "status"},
        {"cost.usd", "computed_cost_usd"},
        {"price", "unit_price"},
};
static struct name_pair openai[] = {{"provider", "openai"}, {"environment", "prod"}, {"input_tokens", "7"}};
static const struct source_config nested = {.name = "gw", .columns = MAP(nested_names), .constants = MAP(openai)};
static const struct source_config exclusive = {.name = "gw", .excludes_cache = 1};
static const struct source_config cents = {.name = "gw", .cost_in_cents = 1};
static struct name_pair dotted_none[] = {{"a.b", "none"}}, no_column[] = {{"modle", "x"}},
                        fixed_id[] = {{"request_id", "x"}};
static const struct source_config cuts_inside = {.name = "gw", .columns = MAP(dotted_none)};
static const struct source_config misnamed = {.name = "gw", .constants = MAP(no_column)};
static const struct source_config same_id = {.name = "gw", .constants = MAP(fixed_id)};
#define NESTED(rest) "{\"id\":\"r\",\"startTime\":\"2026-10-01 00:00:00.000000\"" rest "}\n"
#define READ_NESTED(rest) "event 1: request_id=r timestamp=2026-10-01 00:00:00.000000 provider=openai" rest "\n"

static const struct format_case cases[] = {
        CASE("least", EVENT(""), READ(" status=success")),
        CASE("core columns keep their text",
             EVENT(",\"model\":\"gpt-5.5\",\"input_tokens\":12,\"output_tokens\":3.0,\"computed_cost_usd\":1.20e-3,"
                   "\"unit_price\":{ \"input_per_million\": 1.250 "
                   "},\"status\":\"partial\",\"batch\":true,\"cache_hit\":false"),
             READ(" model=gpt-5.5 input_tokens=12 output_tokens=3.0 unit_price={ \"input_per_million\": 1.250 }"
                  " computed_cost_usd=1.20e-3 status=partial batch=true cache_hit=false")),
        CASE("numbers as text, text as numbers",
             EVENT(",\"input_tokens\":\"12\",\"team_id\":42,\"computed_cost_usd\":\"0.5\""),
             READ(" team_id=42 input_tokens=12 computed_cost_usd=0.5 status=success")),
        CASE("null and empty are absent",
             EVENT(",\"team_id\":null,\"service\":\"\",\"unit_price\":null,\"attributes\":null"),
             READ(" status=success")),
        CASE("escapes", EVENT(",\"team_id\":\"a\\u00e9\\/\\\"b\",\"serv\\u0069ce\":\"s\""),
             READ(" team_id=a\xc3\xa9/\"b service=s status=success")),
        CASE("UTF-8", EVENT(",\"team_id\":\"caf\xc3\xa9\""), READ(" team_id=caf\xc3\xa9 status=success")),
        CASE("what else comes",
             EVENT(",\"latency_ms\":8.120,\"x\":[1, {\"y\":null}],\"z\\n\":\"\\u00e9\",\"none\":null"),
             READ(" status=success attributes={\"latency_ms\":8.120,\"x\":[1, "
                  "{\"y\":null}],\"z\\n\":\"\\u00e9\",\"none\":null}")),
        CASE("attributes alone", EVENT(",\"attributes\":{\"a\": 1}"), READ(" status=success attributes={\"a\": 1}")),
        CASE("attributes and more", EVENT(",\"attributes\":{\"a\": 1 },\"b\":2"),
             READ(" status=success attributes={\"a\": 1 ,\"b\":2}")),
        CASE("empty attributes and more", EVENT(",\"attributes\":{ },\"b\":2"),
             READ(" status=success attributes={\"b\":2}")),
        CASE("attributes that are no object", EVENT(",\"attributes\":\"x\""),
             READ(" status=success attributes={\"attributes\":\"x\"}")),
        CASE("unit_price as text", EVENT(",\"unit_price\":\"{\\\"output_per_million\\\":10}\""),
             READ(" unit_price={\"output_per_million\":10} status=success")),
        CASE("unix time", "{\"request_id\":\"r\",\"timestamp\":1790812800,\"provider\":\"AWS.Bedrock\"}",
             "event 1: request_id=r timestamp=1790812800 provider=bedrock status=success\n"),

        CASE("no request id", "{\"timestamp\":\"2026-10-01T00:00:00Z\",\"provider\":\"openai\"}",
             QUARANTINE("no request_id")),
        CASE("future", "{\"request_id\":\"r\",\"timestamp\":\"2026-11-07T00:00:00Z\",\"provider\":\"openai\"}",
             QUARANTINE("timestamp is in the future")),
        CASE("negative", EVENT(",\"input_tokens\":-1"), QUARANTINE("input_tokens is negative")),
        CASE("list in a text column", EVENT(",\"team_id\":[\"a\"]"),
             QUARANTINE("an object or array where a plain value belongs")),
        CASE("object in a count", EVENT(",\"input_tokens\":{}"),
             QUARANTINE("an object or array where a plain value belongs")),
        CASE("unit_price is a number", EVENT(",\"unit_price\":3"), QUARANTINE("unit_price is not a JSON object")),
        CASE("unit_price is a list", EVENT(",\"unit_price\":[3]"), QUARANTINE("unit_price is not a JSON object")),
        CASE("unit_price repeats a key", EVENT(",\"unit_price\":{\"a\":1,\"a\":2}"),
             QUARANTINE("unit_price is not a JSON object")),
        CASE("column twice", EVENT(",\"team_id\":\"a\",\"team_id\":\"b\""), QUARANTINE("a JSON object repeats a key")),
        CASE("column twice, written differently", EVENT(",\"team_id\":\"a\",\"team\\u005fid\":\"b\""),
             QUARANTINE("a JSON object repeats a key")),
        CASE("null column twice", EVENT(",\"team_id\":null,\"team_id\":\"b\""),
             QUARANTINE("a JSON object repeats a key")),
        CASE("other member twice", EVENT(",\"x\":1,\"x\":1"), QUARANTINE("a JSON object repeats a key")),
        CASE("key twice within attributes", EVENT(",\"attributes\":{\"x\":1,\"x\":1}"),
             QUARANTINE("a JSON object repeats a key")),
        CASE("attributes twice", EVENT(",\"attributes\":{},\"attributes\":{}"),
             QUARANTINE("a JSON object repeats a key")),
        CASE("NUL in text", EVENT(",\"team_id\":\"a\\u0000\""), QUARANTINE("a string holds a NUL character")),
        CASE("NUL in attributes", EVENT(",\"x\":{\"y\":\"\\u0000\"}"), QUARANTINE("a string holds a NUL character")),
        CASE("lone surrogate", EVENT(",\"team_id\":\"\\udc00\""),
             QUARANTINE("not valid JSON: bad character in a string")),
        CASE("bad UTF-8 in a column", EVENT(",\"team_id\":\"\xff\""), QUARANTINE("team_id is not valid UTF-8")),
        CASE("bad UTF-8 in attributes", EVENT(",\"x\":\"\xff\""), QUARANTINE("invalid UTF-8")),
        CASE("bad UTF-8 in a key", EVENT(",\"\xff\":1"), QUARANTINE("invalid UTF-8")),
        CASE("bad UTF-8 in unit_price", EVENT(",\"unit_price\":{\"\xff\":1}"),
             QUARANTINE("unit_price is not a JSON object")),
        CASE("not an object", "[1]\n", QUARANTINE("not a JSON object")),
        CASE("a number that jsonb can't hold", EVENT(",\"x\":1e20000"),
             QUARANTINE("a number's exponent is out of range")),

        CASE("reading goes on",
             "{\"request_id\":\"r\",\n" EVENT("") "\n\nnonsense\n" EVENT(",\"model\":\"m\"") "{\"request_id\":\"r",
             "quarantine 1: JSON is cut off\n"
             "event 2: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai status=success\n"
             "quarantine 5: not valid JSON: unknown word\n"
             "event 6: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai model=m status=success\n"
             "quarantine 7: JSON is cut off\n"),
        CASE("an array", "[\n" EVENT(",\"model\":\"m\"") ",\n{\"a\" 1},\n" EVENT("") "]\n",
             "event 2: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai model=m status=success\n"
             "quarantine 4: not valid JSON: ':' expected\n"
             "event 5: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai status=success\n"),
        CASE("an array that is cut off", "[" EVENT(""),
             READ(" status=success") "error truncated_file: in.json:2: the file ends within a JSON array\n"),
        CASE("columns change places between events",
             EVENT(",\"model\":\"m\",\"service\":\"s\"") EVENT(",\"service\":\"s\",\"model\":\"m\"")
                     EVENT(",\"x\":1,\"y\":1") EVENT(",\"y\":1,\"service\":\"t\""),
             READ(" model=m service=s status=success") "event 2: request_id=r timestamp=2026-10-01T00:00:00Z "
                                                       "provider=openai model=m service=s status=success\n"
                                                       "event 3: request_id=r timestamp=2026-10-01T00:00:00Z "
                                                       "provider=openai status=success attributes={\"x\":1,\"y\":1}\n"
                                                       "event 4: request_id=r timestamp=2026-10-01T00:00:00Z "
                                                       "provider=openai service=t status=success "
                                                       "attributes={\"y\":1}\n"),
        CASE("empty file", "", ""),

        CASE_OF(nested, "constants where nothing is said", NESTED(",\"environment\":\" \""),
                READ_NESTED(" environment=prod input_tokens=7 status=success")),
        CASE_OF(nested, "what the file says goes before constants",
                NESTED(",\"provider\":\"mistral\",\"environment\":\"dev\",\"input_tokens\":0"),
                "event 1: request_id=r timestamp=2026-10-01 00:00:00.000000 provider=mistral environment=dev "
                "input_tokens=0 status=success\n"),
        CASE_OF(nested, "paths",
                NESTED(",\"usage\":{\"x\":[{\"input\":9}],\"input\":3,\"r\":\"4\",\"w\":null},"
                       "\"metadata\":{\"a\":{\"b\":\"s\\u00e9\"},\"team\":\"t\"},\"cost\":{\"usd\":1.5}"),
                READ_NESTED(
                        " team_id=t service=s\xc3\xa9 environment=prod input_tokens=3 cache_read_input_tokens=4 "
                        "computed_cost_usd=1.5 status=success attributes={\"usage\":{\"x\":[{\"input\":9}],"
                        "\"input\":3,\"r\":\"4\",\"w\":null},\"metadata\":{\"a\":{\"b\":\"s\\u00e9\"},\"team\":\"t\"},"
                        "\"cost\":{\"usd\":1.5}}")),
        CASE_OF(nested, "paths that lead nowhere",
                NESTED(",\"metadata\":{\"a\":7,\"team\":\"\"},\"usage\":[{\"input\":1}]"),
                READ_NESTED(" environment=prod input_tokens=7 status=success attributes={\"metadata\":{\"a\":7,"
                            "\"team\":\"\"},\"usage\":[{\"input\":1}]}")),
        CASE_OF(nested, "a path through JSON in a string", NESTED(",\"metadata\":\"{\\\"team\\\":\\\"t\\\"}\""),
                READ_NESTED(" team_id=t environment=prod input_tokens=7 status=success "
                            "attributes={\"metadata\":\"{\\\"team\\\":\\\"t\\\"}\"}")),
        CASE_OF(nested, "a string that is no JSON", NESTED(",\"metadata\":\"{\\\"team\\\"\""),
                READ_NESTED(" environment=prod input_tokens=7 status=success attributes={\"metadata\":"
                            "\"{\\\"team\\\"\"}")),
        CASE_OF(nested, "of several names the first in `columns` that holds something",
                NESTED(",\"tag\":{\"team\":\"second\"},\"metadata\":{\"team\":\"first\"}"),
                READ_NESTED(" team_id=first environment=prod input_tokens=7 status=success attributes={\"tag\":"
                            "{\"team\":\"second\"},\"metadata\":{\"team\":\"first\"}}")),
        CASE_OF(nested, "a dotted name as it stands", NESTED(",\"metadata.team\":\"t\""),
                READ_NESTED(" team_id=t environment=prod input_tokens=7 status=success")),
        CASE_OF(nested, "a column's own name stands in", NESTED(",\"model\":\"m\",\"served\":\"\""),
                READ_NESTED(" model=m environment=prod input_tokens=7 status=success")),
        CASE_OF(nested, "or is something else", NESTED(",\"model\":{\"alias\":\"m\"},\"served\":\"m1\""),
                READ_NESTED(" model=m1 environment=prod input_tokens=7 status=success "
                            "attributes={\"model\":{\"alias\":\"m\"}}")),
        CASE_OF(nested, "not kept, or kept as an attribute",
                NESTED(",\"body\":{\"secret\":1},\"input\":\"secret\",\"status\":207,\"level\":\"ERROR\""),
                READ_NESTED(" environment=prod input_tokens=7 status=error attributes={\"status\":207}")),
        CASE_OF(nested, "an object in a text column", NESTED(",\"metadata\":{\"team\":{}}"),
                QUARANTINE("an object or array where a plain value belongs")),
        CASE_OF(nested, "a renamed member twice", NESTED(",\"served\":\"a\",\"served\":\"a\""),
                QUARANTINE("a JSON object repeats a key")),
        CASE_OF(nested, "unit_price under another name", NESTED(",\"price\":{\"a\":1,\"a\":2}"),
                QUARANTINE("unit_price is not a JSON object")),
        CASE_OF(exclusive, "input without what the cache held",
                EVENT(",\"input_tokens\":\"10\",\"cache_read_input_tokens\":200,\"cache_write_input_tokens\":3000.0"),
                READ(" input_tokens=3210 cache_read_input_tokens=200 cache_write_input_tokens=3000.0 status=success")),
        CASE_OF(exclusive, "all input was cached", EVENT(",\"cache_read_input_tokens\":200"),
                READ(" input_tokens=200 cache_read_input_tokens=200 status=success")),
        CASE_OF(exclusive, "nothing was cached", EVENT(",\"input_tokens\":10"),
                READ(" input_tokens=10 status=success")),
        CASE_OF(exclusive, "no counts", EVENT(""), READ(" status=success")),
        CASE_OF(cents, "cents", EVENT(",\"computed_cost_usd\":0.0250"),
                READ(" computed_cost_usd=0.00025 status=success")),
        CASE_OF(cents, "no cost", EVENT(""), READ(" status=success")),
        CASE_OF(cents, "cents too small to be kept", EVENT(",\"computed_cost_usd\":1e-36"),
                QUARANTINE("computed_cost_usd can't be read")),
        CASE_OF(cuts_inside, "a part can't be left out", EVENT(""),
                "error -: `columns`: `a.b` can't be `none`, only a whole member can\n"),
        CASE_OF(misnamed, "a constant for a column that there is not", EVENT(""),
                "error -: `constants` of source gw: events have no column `modle`\n"),
        CASE_OF(same_id, "one id for all", EVENT(""),
                "error -: `constants` of source gw: `request_id` can't be the same for all events\n"),
        CASE("an API's answer", "{\"data\":[" EVENT("") ",\n" EVENT(",\"model\":\"m\"") "],\"meta\":{\"page\":1}}\n",
             READ(" status=success") "event 3: request_id=r timestamp=2026-10-01T00:00:00Z provider=openai model=m "
                                     "status=success\n"),
        CASE("an event with a member `data`", EVENT(",\"data\":[{\"a\":1}]"),
             READ(" status=success attributes={\"data\":[{\"a\":1}]}")),
};

static void reads_events(void **state)
{
	(void)state;
	check_cases(&format_events_json, cases, sizeof cases / sizeof *cases, false);
}

static void refuses_lines_that_nest_too_deep(void **state)
{
	(void)state;
	struct buf line = BUF_INIT;
	struct transcript t = {0};
	buf_add_text(&line, "{\"x\":");
	for (int i = 0; i < 200; i++)
		buf_add_char(&line, '[');
	buf_add_text(&line, "\n");
	read_into(&t, &format_events_json, buf_slice(&line), NULL);
	assert_string_equal(t.text.ptr, "quarantine 1: JSON nests deeper than 128 levels\n");
	buf_release(&line);
	buf_release(&t.text);
}

static void refuses_a_line_over_the_limit(void **state)
{
	(void)state;
	struct buf file = BUF_INIT;
	struct transcript t = {0};
	buf_add_text(&file, EVENT(""));
	buf_add_text(&file, "{\"x\":\"");
	while (file.len < (16 << 20) + 4096)
		buf_add_text(&file, "0123456789abcdef0123456789abcdef");
	read_into(&t, &format_events_json, buf_slice(&file), NULL);
	assert_string_equal(
	        t.text.ptr,
	        READ(" status=success") "error malformed_row: in.json:2: a JSON record is longer than 16 MiB\n");
	buf_release(&file);
	buf_release(&t.text);
}

static void detects_its_files(void **state)
{
	(void)state;
	static const char *const ours[] = {EVENT(""), "[" EVENT(""), "\n{\"timestamp\":1,\"request_id\":\"x\"",
	                                   "{\"request_id\":\"x\",\"provider\":\"y"};
	static const char *const others[] = {
	        "request_id,timestamp,provider\n", "", "{\"requestId\":\"x\",\"timestamp\":\"y\"}",
	        "{\"error\":{},\"request_id\":\"x\"}", "junk {\"request_id\":1,\"provider\":2}"};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		assert_true(format_events_json.detect(slice_of(ours[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(format_events_json.detect(slice_of(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reads_events),
	        cmocka_unit_test(refuses_lines_that_nest_too_deep),
	        cmocka_unit_test(refuses_a_line_over_the_limit),
	        cmocka_unit_test(detects_its_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
