/*
 * What reading closebook.yaml is made of: a table of keys says for each where its value goes and who reads it. Shared
 * by the files that hold the tables (config.c, config_source.c) and the readers (config_value.c).
 */
#pragma once
#include "config/config.h"
#include "config/yaml_node.h"

/* What a source type can have; a key may belong to some of them only. */
enum role {
	ROLE_ANY = 0,
	ROLE_BILL = 1,    /* yields lines that are matched on dimensions */
	ROLE_NAMES = 2,   /* the provider's name comes from the data */
	ROLE_COLUMNS = 4, /* headers can be renamed */
	ROLE_CUR = 8,
	ROLE_S3 = 16,
	ROLE_API = 32,  /* of a provider: with a key of the organisation's */
	ROLE_HTTP = 64, /* any file at a URL */
	ROLE_DATABASE = 128,
	ROLE_WEB = ROLE_S3 | ROLE_API | ROLE_HTTP,
	ROLE_EVENTS = 256,
	ROLE_TAIL = 512, /* files of a folder that still grow */
};
struct source_type {
	const char *name;
	unsigned roles;
	const char *url; /* where it is fetched from when only a secret is given */
};

struct loader {
	struct config *config;
	struct arena *arena;
	struct yaml_file yaml;
	const char *base;                      /* what relative paths are relative to */
	const struct source_type *source_type; /* of the source being read */
};
struct key;
/* Reads the node into *target, a member of struct config or struct source_config. */
typedef bool value_reader(struct loader *l, const struct key *key, yaml_node_t *node, void *target, struct err *e);

struct key {
	const char *name;
	value_reader *read;
	size_t offset;
	const char *const *choices; /* of read_choice and read_origins; NULL-terminated */
	const struct key *keys;     /* of read_section */
	unsigned role;              /* of source types that know the key */
};

/* Reads a mapping by its table; every other key is refused. `what` is how messages call it. */
bool config_read_keys(struct loader *l, const struct key *keys, const yaml_node_t *mapping, const char *what,
                      void *target, struct err *e);
/* A copy that lives as long as the configuration. */
const char *config_text(struct loader *l, struct slice s);
/* A path relative to the file, or to the home folder. */
const char *config_absolute(struct loader *l, const char *path);
/* The names of the source types that have one of the roles, or (0) of all. */
void config_list_types(unsigned roles, struct buf *out);

value_reader read_text, read_path, read_decimal, read_choice, read_currency, read_days, read_seconds, read_bytes,
        read_date, read_retention, read_secret, read_web, read_section, read_map, read_sources, refuse;
