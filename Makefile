# closebook: `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BUILD ?= build
PREFIX ?= /usr/local
CC ?= gcc
PACKAGES := libpq jansson yaml-0.1 libcrypto libisal
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS += -Ietl -I$(BUILD) -D_GNU_SOURCE -DCLOSEBOOK_VERSION='"$(VERSION)"' $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS ?= -O2 -g
ALL_CFLAGS := -std=gnu17 -pthread $(WARNINGS) $(if $(CI),-Werror) $(CFLAGS)
LDLIBS += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lcsv -pthread

SOURCES := $(shell find etl -name '*.c' | LC_ALL=C sort)
OBJECTS := $(SOURCES:%.c=$(BUILD)/obj/%.o)
LIBRARY := $(filter-out $(BUILD)/obj/etl/main.o,$(OBJECTS))
SQL := $(shell find sql -name '*.sql' | LC_ALL=C sort)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(shell find tests/unit -name '*_test.c' | LC_ALL=C sort))
FUZZ := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: deps ## build the program (build/closebook)
	@$(MAKE) --no-print-directory -j"$$(nproc)" $(BUILD)/closebook

.PHONY: deps
deps:
	@jobs/bootstrap

.PHONY: program
program: $(BUILD)/closebook

$(BUILD)/closebook: $(OBJECTS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The SQL files as C string literals, with their digests taken at run time.
$(BUILD)/sql_files.inc: $(SQL) etl/store/embed.awk
	@mkdir -p $(@D)
	awk -f etl/store/embed.awk $(SQL) > $@.part && mv $@.part $@
$(BUILD)/obj/etl/store/sql.o: $(BUILD)/sql_files.inc

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/unit $(ALL_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS) -lcmocka

-include $(OBJECTS:.o=.d) $(UNIT:=.d)
