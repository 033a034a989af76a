/*
 * json_scan and jansson must agree on what JSON is, limits and characters aside, and what jansson builds of the quoted
 * text must be what it builds of the text itself, but for the numbers, which are strings with their source text.
 */
#include "fuzz.h"

#include "format/json_scan.h"
#include <jansson.h>

static const struct json_skip skips[] = {{.path = {{"body"}}, .find = {{"usage"}}}, {.path = {{"a", "b"}}}};

static bool is_limit(const char *phrase)
{
	static const char *const limits[] = {"a number's exponent", "a number has more than", "more than 10000",
	                                     "JSON nests deeper"};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (strncmp(phrase, limits[i], strlen(limits[i])) == 0)
			return true;
	return false;
}

static void compare(const json_t *plain, const json_t *quoted)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_is_number(plain)) {
		MUST(json_is_string(quoted));
		if (json_is_integer(plain))
			MUST(strtoll(json_string_value(quoted), NULL, 10) == json_integer_value(plain));
		return;
	}
	MUST(json_typeof(plain) == json_typeof(quoted));
	if (json_is_object(plain)) {
		MUST(json_object_size(plain) == json_object_size(quoted));
		json_object_foreach((json_t *)plain, key, value) compare(value, json_object_get(quoted, key));
	} else if (json_is_array(plain)) {
		MUST(json_array_size(plain) == json_array_size(quoted));
		json_array_foreach((json_t *)plain, i, value) compare(value, json_array_get(quoted, i));
	} else {
		MUST(json_equal(plain, quoted));
	}
}

static void check_members(const struct json_scan *s, struct slice text)
{
	for (size_t i = 0; i < s->member_count; i++) {
		const struct json_member *m = &s->member[i];
		MUST(m->key.ptr > text.ptr && m->key.ptr + m->key.len < m->value.ptr);
		MUST(m->value.len > 0 && m->value.ptr + m->value.len <= text.ptr + text.len);
		struct json_scan inner = {0};
		MUST(json_scan(&inner, m->value) && inner.kind == m->kind);
		json_scan_release(&inner);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = fuzz_slice(data, size);
	struct buf quoted = BUF_INIT, skipped = BUF_INIT;
	struct json_scan s = {.quoted = &quoted, .want_members = true};
	struct json_scan skipping = {.quoted = &skipped, .skip = skips, .skip_count = 2};
	json_error_t why;
	bool fine = json_scan(&s, text);
	/* jansson takes a NUL byte after the value for the end. */
	bool comparable = memchr(data, '\0', size) == NULL;
	json_t *plain = comparable ? json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why) : NULL;
	if (fine) {
		json_t *built = json_loadb(quoted.ptr, quoted.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
		MUST(built || !slice_is_utf8(text) || strstr(why.text, "nicode"));
		MUST(json_scan(&skipping, text));
		if (plain && built)
			compare(plain, built);
		check_members(&s, text);
		json_decref(built);
	} else {
		MUST(s.fault && s.fault_at <= size);
		MUST(!plain || is_limit(s.fault));
		MUST(!json_scan(&skipping, text) || strncmp(s.fault, "more than 10000", 15) == 0);
	}
	json_decref(plain);
	json_scan_release(&s);
	json_scan_release(&skipping);
	buf_release(&quoted);
	buf_release(&skipped);
	return 0;
}
