#include "source/xml.h"

#include <expat.h>
#include <stdio.h>

enum { DEPTH_MAX = 16, NAME_MAX_BYTES = 64, TEXT_MAX = 16 << 10 };

struct reader {
	XML_Parser parser;
	xml_element *element;
	void *context;
	char name[DEPTH_MAX][NAME_MAX_BYTES];
	int depth;
	struct buf text;
	bool stopped;
};

static void stop(struct reader *r)
{
	r->stopped = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static void on_start(void *context, const char *name, const char **attributes)
{
	(void)attributes;
	struct reader *r = context;
	if (r->depth == DEPTH_MAX) {
		stop(r);
		return;
	}
	snprintf(r->name[r->depth++], NAME_MAX_BYTES, "%s", name);
	buf_reset(&r->text);
}

static void on_end(void *context, const char *name)
{
	struct reader *r = context;
	r->depth--;
	struct slice parent = r->depth > 0 ? slice_of(r->name[r->depth - 1]) : SLICE("");
	if (!r->stopped && !r->element(r->context, parent, slice_of(name), buf_slice(&r->text)))
		stop(r);
	buf_reset(&r->text);
}

static void on_text(void *context, const char *text, int len)
{
	struct reader *r = context;
	if (r->text.len + (size_t)len > TEXT_MAX)
		stop(r);
	else
		buf_add(&r->text, text, (size_t)len);
}

bool xml_read(struct slice document, xml_element *element, void *context, struct err *e)
{
	struct reader r = {.parser = XML_ParserCreate(NULL), .element = element, .context = context};
	if (!r.parser)
		return fail(e, ERR_BUG, "expat cannot be started");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	bool fine =
	        document.len < INT32_MAX && XML_Parse(r.parser, document.ptr, (int)document.len, 1) == XML_STATUS_OK;
	if (!fine)
		fail(e, ERR_UNAVAILABLE, "the answer is not the XML that was expected: %s",
		     XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	buf_release(&r.text);
	return fine;
}

struct wanted {
	const char *name;
	char *out;
	size_t size;
	bool found;
};

static bool keep_wanted(void *context, struct slice parent, struct slice name, struct slice text)
{
	(void)parent;
	struct wanted *w = context;
	if (!w->found && slice_is(name, w->name)) {
		snprintf(w->out, w->size, "%.*s", (int)text.len, text.ptr);
		w->found = true;
	}
	return true;
}

bool xml_find(struct slice document, const char *name, char *out, size_t size)
{
	struct wanted w = {.name = name, .out = out, .size = size};
	struct err ignored = ERR_INIT;
	xml_read(document, keep_wanted, &w, &ignored);
	return w.found;
}
