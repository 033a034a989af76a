/* The few elements that AWS's XML answers are read for, through expat: no tree is built. */
#pragma once
#include "base/err.h"
#include "base/str.h"

/* Called at the end of each element: its name, its parent's, and its text (without its children's; 16 KiB at most). */
typedef bool xml_element(void *context, struct slice parent, struct slice name, struct slice text);
/* False: it is not well-formed XML (ERR_UNAVAILABLE), or the callback returned false. */
bool xml_read(struct slice document, xml_element *element, void *context, struct err *e);
/* The text of the first element of that name, copied to `out`; false when there is none. */
bool xml_find(struct slice document, const char *name, char *out, size_t size);
