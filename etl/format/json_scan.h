/*
 * One linear pass over one JSON value, before jansson sees it. It checks the grammar, puts number tokens in quotes
 * (jansson would make doubles of them; money keeps its source text), replaces members that are not wanted by null
 * (bodies of any size are never built), and says where the outermost object's members stand in the text, so that
 * what goes to jsonb goes as it was written.
 *
 * It works on any bytes. What it leaves to jansson, because that needs the values built: repeated keys, UTF-8,
 * lone surrogates and \u0000.
 */
#pragma once
#include "base/str.h"

enum {
	JSON_DEPTH_MAX = 128,   /* objects and arrays inside each other */
	JSON_NUMBER_MAX = 1000, /* characters of a number; beyond this and the next, jsonb's numeric overflows */
	JSON_EXPONENT_MAX = 9999,
	JSON_MEMBERS_MAX = 10000, /* when the members are wanted */
	JSON_PATH_MAX = 4,
};

enum json_kind {
	JSON_IS_NULL,
	JSON_IS_TRUE,
	JSON_IS_FALSE,
	JSON_IS_NUMBER,
	JSON_IS_STRING,
	JSON_IS_OBJECT,
	JSON_IS_ARRAY
};

struct json_member {
	struct slice key;   /* between its quotes, as written */
	struct slice value; /* as written; a string with its quotes */
	enum json_kind kind;
	bool key_escaped, value_escaped; /* has a backslash, so that bytes and meaning differ */
};

/* Keys from the outside in, ended by NULL. */
struct json_path {
	const char *key[JSON_PATH_MAX + 1];
};

/* A member that becomes null, given by the keys that lead to it from the outermost object. */
struct json_skip {
	struct json_path path;
	/* A number inside it that is wanted all the same: its innermost keys, at most two levels further in. */
	struct json_path find;
};

struct json_scan {
	/* What is wanted; all zero: only check. */
	const struct json_skip *skip;
	size_t skip_count;
	struct buf *quoted; /* takes the text with quoted numbers and nulls; is reset first */
	bool want_members;

	/* What was found; slices point into the text. */
	enum json_kind kind;
	struct json_member *member;
	size_t member_count, member_cap;
	struct slice found; /* absent when it is not there; the last one wins */
	const char *fault;  /* static phrase */
	size_t fault_at;    /* bytes from the start */
	bool cut_off;       /* the fault is that the text ends too early */
};

/* False: s->fault, fault_at and cut_off say why. `text` is one value, with blanks around it. */
bool json_scan(struct json_scan *s, struct slice text);
void json_scan_release(struct json_scan *s);
