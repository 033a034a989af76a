/*
 * Amazon Bedrock's model invocation log: JSON lines, one record a call. It is the only place where AWS names the
 * request id, so it is the middle leg between events and bill. The bodies of request and answer stand in the records
 * and may be large: json_scan passes over them and picks out the one count that exists only there.
 */
#include "format/json.h"

static const struct json_skip bodies[] = {
        {.path = {{"input", "inputBodyJson"}}},
        {.path = {{"output", "outputBodyJson"}}, .find = {{"usage", "cache_creation", "ephemeral_1h_input_tokens"}}},
};

/* Inference profiles that route a model over several regions are named after it: "eu.anthropic.claude-…". */
static const char *const profile_prefix[] = {
        "us.", "us-gov.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "sa.", "me.", "af.",
};

static struct slice bare_model(struct slice id)
{
	const char *slash = id.len ? memrchr(id.ptr, '/', id.len) : NULL;
	if (slash)
		id = slice_from(id, (size_t)(slash - id.ptr) + 1);
	for (size_t i = 0; i < sizeof profile_prefix / sizeof *profile_prefix; i++)
		if (slice_starts(id, profile_prefix[i]))
			return slice_from(id, strlen(profile_prefix[i]));
	return id;
}

struct count_spec {
	const char *part, *name;
	size_t offset; /* in struct usage_log */
};
static const struct count_spec counts[] = {
        {"input", "inputTokenCount", offsetof(struct usage_log, input_tokens)},
        {"input", "cacheReadInputTokenCount", offsetof(struct usage_log, cache_read_input_tokens)},
        {"input", "cacheWriteInputTokenCount", offsetof(struct usage_log, cache_write_input_tokens)},
        {"output", "outputTokenCount", offsetof(struct usage_log, output_tokens)},
};

static bool fill_counts(const json_t *record, const struct json_scan *scan, struct usage_log *log)
{
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t *count = (int64_t *)(void *)((char *)log + counts[i].offset);
		if (!json_count(json_object_get(record, counts[i].part), counts[i].name, count))
			return false;
	}
	log->cache_write_1h_input_tokens = -1;
	return !scan->found.ptr || slice_uint(scan->found, &log->cache_write_1h_input_tokens);
}

/* False: *reason says why the record can't be used. */
static bool fill_log(const json_t *record, const struct json_scan *scan, utc_us as_of, struct usage_log *log,
                     const char **reason)
{
	log->provider = SLICE("bedrock");
	log->request_id = json_word(record, "requestId");
	log->account_id = json_word(record, "accountId");
	log->region = json_word(record, "region");
	log->inference_region = json_word(record, "inferenceRegion");
	log->model = bare_model(json_word(record, "modelId"));
	log->operation = json_word(record, "operation");
	log->principal = json_word(json_object_get(record, "identity"), "arn");
	log->error_code = json_word(record, "errorCode");
	if (!log->request_id.ptr) {
		*reason = "no requestId";
		return false;
	}
	if (!utc_parse(json_text(record, "timestamp"), &log->timestamp)) {
		*reason = "timestamp is not a time";
		return false;
	}
	if (log->timestamp > as_of + UTC_DAY) {
		*reason = "timestamp is in the future";
		return false;
	}
	if (!fill_counts(record, scan, log)) {
		*reason = "a token count is not a whole number from 0 to 10^15";
		return false;
	}
	return true;
}

static bool read_record(struct json_reader *reader, struct slice text, uint64_t line, const struct reader_options *o,
                        const struct sink *out, struct err *e)
{
	const char *reason = "";
	struct usage_log log = {.line = line};
	JSON_AUTO record = json_build(reader, text, &reason);
	if (record && !json_is_object(record))
		reason = "not a JSON object";
	if (!json_is_object(record))
		return out->quarantine(out->context, line, reason, text, e);
	if (!slice_is(json_text(record, "schemaType"), "ModelInvocationLog")) {
		out->passed_over(out->context, 1);
		return true;
	}
	if (!fill_log(record, &reader->scan, o->as_of, &log, &reason))
		return out->quarantine(out->context, line, reason, text, e);
	return out->usage_log(out->context, &log, e);
}

static bool bedrock_read(struct stream *in, const struct reader_options *o, const struct sink *out, struct err *e)
{
	struct json_reader reader = {.scan = {.skip = bodies, .skip_count = sizeof bodies / sizeof *bodies}};
	struct json_records records;
	struct slice record;
	bool ok;
	json_records_begin(&records, in, true, JSON_RECORD_MAX);
	while ((ok = json_records_next(&records, &record, e)) && record.ptr) {
		ok = read_record(&reader, record, records.line, o, out, e);
		if (!ok)
			break;
	}
	json_records_release(&records);
	json_reader_release(&reader);
	return ok;
}

/* The keys come in any order, and a body may fill all of the head. */
static bool bedrock_detect(struct slice head)
{
	char first = json_head_first(head);
	if (first != '{' && first != '[')
		return false;
	if (json_head_has(head, "schemaType", "ModelInvocationLog"))
		return true;
	return json_head_has(head, "requestId", NULL) && json_head_has(head, "modelId", NULL) &&
	       json_head_has(head, "accountId", NULL) && json_head_has(head, "operation", NULL);
}

const struct format format_bedrock_log = {
        .name = "bedrock-log",
        .source_type = "bedrock-invocation-log",
        .summary = "Amazon Bedrock model invocation log, JSON lines",
        .detect = bedrock_detect,
        .read = bedrock_read,
};
