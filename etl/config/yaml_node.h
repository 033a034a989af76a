/* libyaml's document nodes, which know their line and column, behind a few questions. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include <yaml.h>

/* One document of a file. */
struct yaml_file {
	const char *path; /* for messages */
	struct buf text;
	yaml_document_t document;
	bool loaded;
};
/* Reads a file of one document, or none. ERR_CONFIG with line and column. */
bool yaml_file_open(struct yaml_file *f, const char *path, struct err *e);
void yaml_file_release(struct yaml_file *f);
/* NULL for an empty file (comments only). */
yaml_node_t *yaml_file_root(struct yaml_file *f);
yaml_node_t *yaml_file_node(struct yaml_file *f, int index);

/* Records ERR_CONFIG at the node; false. */
bool yaml_fail(const struct yaml_file *f, const yaml_node_t *node, struct err *e, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* A key without value, `~` or `null`: the same as leaving the key out. */
bool yaml_is_null(const yaml_node_t *node);
/* The value of a scalar; ERR_CONFIG ("`what` must be …, not a list") for others, and for a NUL or control character in
 * it. */
bool yaml_text(const struct yaml_file *f, const yaml_node_t *node, const char *what, struct slice *out, struct err *e);
/* ERR_CONFIG unless the node is a mapping, or list, of at most `most` items. */
bool yaml_expect_mapping(const struct yaml_file *f, const yaml_node_t *node, const char *what, size_t most,
                         struct err *e);
bool yaml_expect_list(const struct yaml_file *f, const yaml_node_t *node, const char *what, size_t most, struct err *e);
/* The key of a pair, which must be a scalar that no pair before it has. */
bool yaml_key(struct yaml_file *f, const yaml_node_t *mapping, const yaml_node_pair_t *pair, struct slice *out,
              struct err *e);
