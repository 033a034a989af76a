#include "config/yaml_node.h"

#include "base/file.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

enum { FILE_LIMIT = 1 << 20, TEXT_LIMIT = 4096 };

static bool fail_at_mark(const struct yaml_file *f, const yaml_mark_t *mark, struct err *e, const char *message)
{
	fail(e, ERR_CONFIG, "%s", message);
	return err_where(e, f->path, mark->line + 1, mark->column + 1);
}

static bool fail_parse(const struct yaml_file *f, const yaml_parser_t *parser, struct err *e)
{
	char message[512];
	bool in_context = parser->context && parser->context[0];
	snprintf(message, sizeof(message), "not valid YAML: %s%s%s", parser->problem ? parser->problem : "unreadable",
	         in_context ? ", " : "", in_context ? parser->context : "");
	if (parser->error != YAML_READER_ERROR)
		return fail_at_mark(f, &parser->problem_mark, e, message);
	fail(e, ERR_CONFIG, "%s (byte %zu)", message, parser->problem_offset);
	return err_where(e, f->path, 0, 0);
}

static bool parse(struct yaml_file *f, yaml_parser_t *parser, struct err *e)
{
	if (!yaml_parser_load(parser, &f->document))
		return fail_parse(f, parser, e);
	f->loaded = true;
	if (!yaml_document_get_root_node(&f->document))
		return true;
	yaml_document_t more;
	if (!yaml_parser_load(parser, &more))
		return fail_parse(f, parser, e);
	yaml_node_t *second = yaml_document_get_root_node(&more);
	bool single = !second || fail_at_mark(f, &second->start_mark, e, "the file holds a second YAML document");
	yaml_document_delete(&more);
	return single;
}

bool yaml_file_open(struct yaml_file *f, const char *path, struct err *e)
{
	*f = (struct yaml_file){.path = path, .text = BUF_INIT};
	struct err unread = ERR_INIT;
	if (!file_read(path, FILE_LIMIT, &f->text, &unread))
		return fail(e, ERR_CONFIG, "%s", unread.message);
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return fail(e, ERR_BUG, "the YAML parser cannot be made");
	yaml_parser_set_input_string(&parser, (const unsigned char *)f->text.ptr, f->text.len);
	bool parsed = parse(f, &parser, e);
	yaml_parser_delete(&parser);
	return parsed;
}

void yaml_file_release(struct yaml_file *f)
{
	if (f->loaded)
		yaml_document_delete(&f->document);
	f->loaded = false;
	buf_release(&f->text);
}

yaml_node_t *yaml_file_root(struct yaml_file *f)
{
	return yaml_document_get_root_node(&f->document);
}
yaml_node_t *yaml_file_node(struct yaml_file *f, int index)
{
	return yaml_document_get_node(&f->document, index);
}

bool yaml_fail(const struct yaml_file *f, const yaml_node_t *node, struct err *e, const char *format, ...)
{
	char message[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return fail_at_mark(f, &node->start_mark, e, message);
}

static struct slice scalar(const yaml_node_t *node)
{
	return (struct slice){(const char *)node->data.scalar.value, node->data.scalar.length};
}

bool yaml_is_null(const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	struct slice text = scalar(node);
	return text.len == 0 || slice_is(text, "~") || slice_is_nocase(text, "null");
}

static const char *kind_name(const yaml_node_t *node)
{
	return node->type == YAML_SEQUENCE_NODE  ? "a list"
	       : node->type == YAML_MAPPING_NODE ? "a mapping"
	                                         : "a single value";
}

bool yaml_text(const struct yaml_file *f, const yaml_node_t *node, const char *what, struct slice *out, struct err *e)
{
	if (node->type != YAML_SCALAR_NODE)
		return yaml_fail(f, node, e, "`%s` must be a single value, not %s", what, kind_name(node));
	*out = scalar(node);
	if (out->len > TEXT_LIMIT)
		return yaml_fail(f, node, e, "`%s` is longer than %d bytes", what, TEXT_LIMIT);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->ptr[i] < ' ')
			return yaml_fail(f, node, e, "`%s` contains a control character", what);
	return true;
}

bool yaml_expect_mapping(const struct yaml_file *f, const yaml_node_t *node, const char *what, size_t most,
                         struct err *e)
{
	if (node->type != YAML_MAPPING_NODE)
		return yaml_fail(f, node, e, "%s must be a mapping (key: value), not %s", what, kind_name(node));
	if ((size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start) > most)
		return yaml_fail(f, node, e, "%s has more than %zu keys", what, most);
	return true;
}

bool yaml_expect_list(const struct yaml_file *f, const yaml_node_t *node, const char *what, size_t most, struct err *e)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return yaml_fail(f, node, e, "%s must be a list, not %s", what, kind_name(node));
	if ((size_t)(node->data.sequence.items.top - node->data.sequence.items.start) > most)
		return yaml_fail(f, node, e, "%s has more than %zu items", what, most);
	return true;
}

bool yaml_key(struct yaml_file *f, const yaml_node_t *mapping, const yaml_node_pair_t *pair, struct slice *out,
              struct err *e)
{
	const yaml_node_t *node = yaml_file_node(f, pair->key);
	if (!yaml_text(f, node, "key", out, e))
		return false;
	for (const yaml_node_pair_t *p = mapping->data.mapping.pairs.start; p < pair; p++)
		if (slice_equal(scalar(yaml_file_node(f, p->key)), *out))
			return yaml_fail(f, node, e, "`%.*s` is given twice", (int)out->len, out->ptr);
	return true;
}
