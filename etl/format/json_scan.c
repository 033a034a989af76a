#include "format/json_scan.h"
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

struct frame {
	bool is_object;
	struct slice key; /* of the member being read */
};

/* Frame 0 is outside of everything; frame `depth` is the innermost open object or array. */
struct scanner {
	struct json_scan *s;
	const char *start, *at, *end;
	const char *copied; /* what stands before it has gone to s->quoted */
	size_t depth;
	size_t skip_depth;            /* of the object whose member is skipped; 0 = none */
	const struct json_skip *skip; /* that one */
	struct json_member member;    /* of the outermost object, being read */
	struct frame frame[JSON_DEPTH_MAX + 1];
};

enum { BLANK = 1, DIGIT = 2 };
static const uint8_t byte_class[256] = {
        [' '] = BLANK, ['\t'] = BLANK, ['\n'] = BLANK, ['\r'] = BLANK, ['0' ... '9'] = DIGIT,
};

static bool is_digit(const struct scanner *c)
{
	return c->at < c->end && byte_class[(uint8_t)*c->at] == DIGIT;
}

static bool fault(struct scanner *c, const char *what)
{
	c->s->cut_off = c->at >= c->end;
	c->s->fault = c->s->cut_off ? "JSON is cut off" : what;
	c->s->fault_at = (size_t)(c->at - c->start);
	return false;
}

/* A limit that was passed: says so even at the end of the text. */
static bool over_limit(struct scanner *c, const char *what)
{
	c->s->fault = what;
	c->s->fault_at = (size_t)(c->at - c->start);
	return false;
}

static void skip_blanks(struct scanner *c)
{
	while (c->at < c->end && byte_class[(uint8_t)*c->at] == BLANK)
		c->at++;
}

static void copy_until(struct scanner *c, const char *end)
{
	if (c->s->quoted && end > c->copied)
		buf_add(c->s->quoted, c->copied, (size_t)(end - c->copied));
	c->copied = end;
}

static bool is_hex(char x)
{
	return (x >= '0' && x <= '9') || (x >= 'a' && x <= 'f') || (x >= 'A' && x <= 'F');
}

/* c->at stands on the backslash. */
static bool scan_escape(struct scanner *c)
{
	if (++c->at >= c->end)
		return fault(c, NULL);
	if (*c->at == 'u') {
		for (int i = 0; i < 4; i++) {
			c->at++;
			if (c->at >= c->end || !is_hex(*c->at))
				return fault(c, "not valid JSON: bad \\u escape");
		}
	} else if (!*c->at || !strchr("\"\\/bfnrt", *c->at)) {
		return fault(c, "not valid JSON: bad escape");
	}
	c->at++;
	return true;
}

/* Moves c->at over bytes of a string that mean themselves. */
static void scan_plain(struct scanner *c)
{
	const char *p = c->at;
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
	while (c->end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stops = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
		                             _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
		unsigned stop = (unsigned)_mm_movemask_epi8(stops);
		if (stop) {
			c->at = p + __builtin_ctz(stop);
			return;
		}
		p += 16;
	}
#endif
	while (p < c->end && *p != '"' && *p != '\\' && (uint8_t)*p >= 0x20)
		p++;
	c->at = p;
}

/* c->at stands on the opening quote; afterwards behind the closing one. */
static bool scan_string(struct scanner *c, struct slice *inner, bool *escaped)
{
	const char *start = ++c->at;
	*escaped = false;
	for (;;) {
		scan_plain(c);
		if (c->at >= c->end)
			return fault(c, NULL);
		if (*c->at == '"')
			break;
		if (*c->at != '\\')
			return fault(c, "not valid JSON: control character in a string");
		*escaped = true;
		if (!scan_escape(c))
			return false;
	}
	*inner = (struct slice){start, (size_t)(c->at - start)};
	c->at++;
	return true;
}

static bool scan_exponent(struct scanner *c)
{
	int exponent = 0;
	c->at++;
	if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
		c->at++;
	if (!is_digit(c))
		return fault(c, "not valid JSON: bad number");
	while (is_digit(c)) {
		exponent = exponent * 10 + (*c->at++ - '0');
		if (exponent > JSON_EXPONENT_MAX)
			return over_limit(c, "a number's exponent is out of range");
	}
	return true;
}

static bool scan_digits(struct scanner *c)
{
	if (!is_digit(c))
		return fault(c, "not valid JSON: bad number");
	while (is_digit(c))
		c->at++;
	return true;
}

static bool key_is(struct slice key, const char *name)
{
	size_t len = strlen(name);
	return key.len == len && memcmp(key.ptr, name, len) == 0;
}

/* Whether the keys that lead to the value at hand end in `path`. */
static bool path_ends_here(const struct scanner *c, const struct json_path *path)
{
	size_t count = 0;
	while (path->key[count])
		count++;
	if (count == 0 || c->depth < c->skip_depth + count || c->depth > c->skip_depth + count + 2)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct frame *f = &c->frame[c->depth - i];
		if (!f->is_object || !key_is(f->key, path->key[count - 1 - i]))
			return false;
	}
	return true;
}

static bool scan_number(struct scanner *c)
{
	const char *start = c->at;
	if (*c->at == '-')
		c->at++;
	if (c->at < c->end && *c->at == '0')
		c->at++;
	else if (!scan_digits(c))
		return false;
	if (c->at < c->end && *c->at == '.') {
		c->at++;
		if (!scan_digits(c))
			return false;
	}
	if (c->at < c->end && (*c->at == 'e' || *c->at == 'E') && !scan_exponent(c))
		return false;
	struct slice number = {start, (size_t)(c->at - start)};
	if (number.len > JSON_NUMBER_MAX)
		return over_limit(c, "a number has more than 1000 characters");
	if (c->skip_depth) {
		if (path_ends_here(c, &c->skip->find))
			c->s->found = number;
	} else if (c->s->quoted) {
		copy_until(c, start);
		buf_add_char(c->s->quoted, '"');
		buf_add_slice(c->s->quoted, number);
		buf_add_char(c->s->quoted, '"');
		c->copied = c->at;
	}
	return true;
}

static bool scan_literal(struct scanner *c, const char *word, size_t len)
{
	size_t left = (size_t)(c->end - c->at);
	if (memcmp(c->at, word, left < len ? left : len) != 0)
		return fault(c, "not valid JSON: unknown word");
	c->at += left < len ? left : len;
	return left >= len || fault(c, NULL);
}

/* Every key of the path at its own depth, counted from the outermost object. */
static bool path_is_here(const struct scanner *c, const struct json_path *path)
{
	size_t depth = 0;
	while (path->key[depth]) {
		depth++;
		if (depth > c->depth || !c->frame[depth].is_object ||
		    !key_is(c->frame[depth].key, path->key[depth - 1]))
			return false;
	}
	return depth == c->depth;
}

/* c->at stands on the first byte of the value. */
static void begin_value(struct scanner *c)
{
	for (size_t i = 0; i < c->s->skip_count && !c->skip_depth; i++) {
		if (path_is_here(c, &c->s->skip[i].path)) {
			c->skip = &c->s->skip[i];
			c->skip_depth = c->depth;
			copy_until(c, c->at);
		}
	}
	if (c->depth == 1)
		c->member.value.ptr = c->at;
}

static bool keep_member(struct scanner *c)
{
	struct json_scan *s = c->s;
	if (s->member_count == JSON_MEMBERS_MAX)
		return over_limit(c, "more than 10000 members");
	if (s->member_count == s->member_cap) {
		s->member_cap = s->member_cap ? 2 * s->member_cap : 64;
		s->member = must_realloc(s->member, s->member_cap * sizeof *s->member);
	}
	c->member.value.len = (size_t)(c->at - c->member.value.ptr);
	s->member[s->member_count++] = c->member;
	return true;
}

/* c->at stands behind the value, whose object or array is the innermost open one again. */
static bool end_value(struct scanner *c)
{
	if (c->skip_depth && c->depth == c->skip_depth) {
		if (c->s->quoted)
			buf_add_text(c->s->quoted, "null");
		c->copied = c->at;
		c->skip_depth = 0;
	}
	if (c->depth == 1 && c->s->want_members && c->frame[1].is_object)
		return keep_member(c);
	return true;
}

static bool scan_key(struct scanner *c)
{
	bool escaped;
	struct frame *f = &c->frame[c->depth];
	skip_blanks(c);
	if (c->at >= c->end || *c->at != '"')
		return fault(c, "not valid JSON: member name expected");
	if (!scan_string(c, &f->key, &escaped))
		return false;
	if (c->depth == 1) {
		c->member.key = f->key;
		c->member.key_escaped = escaped;
	}
	skip_blanks(c);
	if (c->at >= c->end || *c->at != ':')
		return fault(c, "not valid JSON: ':' expected");
	c->at++;
	return true;
}

static bool open_container(struct scanner *c, bool is_object)
{
	if (c->depth == JSON_DEPTH_MAX)
		return over_limit(c, "JSON nests deeper than 128 levels");
	c->depth++;
	c->frame[c->depth] = (struct frame){.is_object = is_object};
	c->at++;
	return true;
}

/* One value, or only the opening of an object or array (*opened). */
static bool scan_value(struct scanner *c, bool *opened)
{
	enum json_kind kind;
	struct slice inner;
	bool ok, escaped = false;
	*opened = false;
	skip_blanks(c);
	if (c->at >= c->end)
		return fault(c, NULL);
	begin_value(c);
	size_t depth = c->depth;
	switch (*c->at) {
	case '{':
	case '[':
		kind = *c->at == '{' ? JSON_IS_OBJECT : JSON_IS_ARRAY;
		*opened = true;
		ok = open_container(c, kind == JSON_IS_OBJECT);
		break;
	case '"':
		kind = JSON_IS_STRING;
		ok = scan_string(c, &inner, &escaped);
		break;
	case 't':
		kind = JSON_IS_TRUE;
		ok = scan_literal(c, "true", 4);
		break;
	case 'f':
		kind = JSON_IS_FALSE;
		ok = scan_literal(c, "false", 5);
		break;
	case 'n':
		kind = JSON_IS_NULL;
		ok = scan_literal(c, "null", 4);
		break;
	default:
		kind = JSON_IS_NUMBER;
		ok = *c->at == '-' || is_digit(c) ? scan_number(c) : fault(c, "not valid JSON: a value expected");
	}
	if (depth == 0)
		c->s->kind = kind;
	if (depth == 1) {
		c->member.kind = kind;
		c->member.value_escaped = escaped;
	}
	return ok;
}

/* After a value: closes what ends here, up to the next comma. *more: a further value of the same level follows. */
static bool scan_after(struct scanner *c, bool *more)
{
	*more = false;
	for (;;) {
		if (!end_value(c))
			return false;
		skip_blanks(c);
		if (c->depth == 0)
			return c->at == c->end || fault(c, "not valid JSON: text after the value");
		const struct frame *f = &c->frame[c->depth];
		if (c->at < c->end && *c->at == ',') {
			c->at++;
			*more = true;
			return true;
		}
		if (c->at >= c->end || *c->at != (f->is_object ? '}' : ']'))
			return fault(c, f->is_object ? "not valid JSON: ',' or '}' expected"
			                             : "not valid JSON: ',' or ']' expected");
		c->at++;
		c->depth--;
	}
}

/* Whether the object or array that was just opened ends at once; then it is closed. */
static bool closes_at_once(struct scanner *c)
{
	skip_blanks(c);
	if (c->at >= c->end || *c->at != (c->frame[c->depth].is_object ? '}' : ']'))
		return false;
	c->at++;
	c->depth--;
	return true;
}

bool json_scan(struct json_scan *s, struct slice text)
{
	struct scanner c; /* most frames are never used: not worth clearing */
	bool opened, more = true;
	if (!text.ptr)
		text = SLICE("");
	c.s = s;
	c.start = c.at = c.copied = text.ptr;
	c.end = text.ptr + text.len;
	c.depth = c.skip_depth = 0;
	c.member = (struct json_member){0};
	c.frame[0] = (struct frame){0};
	s->member_count = 0;
	s->found = SLICE_NULL;
	s->cut_off = false;
	s->fault = NULL;
	s->fault_at = 0;
	if (s->quoted)
		buf_reset(s->quoted);
	while (more) {
		if (c.frame[c.depth].is_object && !scan_key(&c))
			return false;
		if (!scan_value(&c, &opened))
			return false;
		if (opened && !closes_at_once(&c))
			continue;
		if (!scan_after(&c, &more))
			return false;
	}
	copy_until(&c, c.at);
	return true;
}

void json_scan_release(struct json_scan *s)
{
	free(s->member);
	s->member = NULL;
	s->member_count = s->member_cap = 0;
}
