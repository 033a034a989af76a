# closebook: `make help` lists the targets.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
VERSION := 0.1.0

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
SECONDS ?= 10
ROWS ?= 500000
ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
CI ?=
REMAKE = $(MAKE) --no-print-directory $(if $(V),,--silent)
# Commands are named, and with V=1 shown.
say = $(if $(V),,@echo '  $(1)' $@;)

PACKAGES := libpq jansson yaml-0.1 libcrypto libisal libcurl expat libarchive
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla
PROGRAM_CPPFLAGS := -Ietl -I$(BUILD) -D_GNU_SOURCE -DCLOSEBOOK_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null) $(CPPFLAGS)
PROGRAM_CFLAGS := -std=gnu17 -pthread $(WARNINGS) $(if $(CI),-Werror) $(CFLAGS)
PROGRAM_LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lcsv $(LDLIBS)

SOURCES := $(shell find etl -name '*.c' | LC_ALL=C sort)
OBJECTS := $(SOURCES:%.c=$(BUILD)/obj/%.o)
LIBRARY := $(BUILD)/libclosebook.a
SQL := $(shell find sql -name '*.sql' | LC_ALL=C sort)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(shell find tests/unit -name '*_test.c' | LC_ALL=C sort -r))
CSV_TESTS := $(patsubst %,$(BUILD)/unit/format/%_test,csv events_csv bill_csv aws_cur)
SQL_TESTS := $(sort $(wildcard tests/sql/*_test.sql))
E2E := $(sort $(wildcard tests/e2e/*_test.sh tests/e2e/*_test.py))

# Sanitizers abort, so that a test fails. clang's libFuzzer finds the inputs; gcc's sanitizers watch the tests.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ_BUILD := $(BUILD)/fuzzer
FUZZ := $(patsubst tests/fuzz/%.c,$(FUZZ_BUILD)/fuzz/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: deps ## build the program (build/closebook); CC=clang works too, CI=1 makes warnings errors
	@$(REMAKE) -j"$$(nproc)" program

.PHONY: run
run: build ## one night's work on the sample company, in build/run
	@fixtures/run $(BUILD)/closebook $(BUILD)/run

.PHONY: test
test: deps-test ## unit, SQL, end-to-end and short fuzz tests
	@$(REMAKE) -j"$$(nproc)" program unit-tests fuzzers
	@FUZZ_SECONDS=2 tests/run $(BUILD)/closebook $(E2E) $(UNIT) $(SQL_TESTS) $(FUZZ)
	@for engine in libcsv portable; do CLOSEBOOK_CSV=$$engine tests/run $(BUILD)/closebook $(CSV_TESTS) || exit; done

.PHONY: lint
lint: deps-test ## format, warnings, static analysis, house rules
	@prove --verbose tests/lint

.PHONY: asan
asan: deps-test ## unit and end-to-end tests with address and undefined-behaviour sanitizers; E2E="FILE…" for less
	@$(REMAKE) -j"$$(nproc)" BUILD=$(BUILD)/asan CFLAGS='-O1 -g $(SANITIZE)' program unit-tests
	@$(REMAKE) BUILD=$(BUILD)/asan asan-tests

.PHONY: tsan
tsan: deps-test ## tests of threads with the thread sanitizer
	@$(REMAKE) -j"$$(nproc)" BUILD=$(BUILD)/tsan CFLAGS='-O1 -g -fsanitize=thread' program $(BUILD)/tsan/unit/source/stream_test
	@$(REMAKE) BUILD=$(BUILD)/tsan tsan-tests

.PHONY: fuzz
fuzz: deps-test ## every fuzz target for SECONDS=10 each
	@$(REMAKE) -j"$$(nproc)" fuzzers
	@FUZZ_SECONDS=$(SECONDS) tests/run $(BUILD)/closebook $(FUZZ)

.PHONY: bench
bench: deps-bench ## time and memory on a generated month of ROWS=500000 requests, next to psql and DuckDB
	@$(REMAKE) -j"$$(nproc)" program $(BUILD)/bench/bytes
	@tests/bench/run $(BUILD) $(ROWS)
	@tests/bench/pull $(BUILD)

.PHONY: install
install: build ## into PREFIX=/usr/local (DESTDIR for packages)
	install -D -m 0755 $(BUILD)/closebook $(DESTDIR)$(PREFIX)/bin/closebook
	@find jobs -type f -not -path 'jobs/systemd/*' | while read -r file; do \
		mode=0644; [[ -x $$file ]] && mode=0755; \
		install -v -D -m $$mode "$$file" "$(DESTDIR)$(PREFIX)/share/closebook/$$file"; done
	@for unit in jobs/systemd/*; do \
		install -v -D -m 0644 <(sed 's|/usr/local|$(PREFIX)|g' "$$unit") "$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/}"; done

.PHONY: clean
clean: ## remove what was built; stops and removes the sample's database
	@[[ ! -e $(BUILD)/run ]] || fixtures/run --remove $(BUILD)/closebook $(BUILD)/run
	rm -rf $(BUILD)

# What the targets above are made of. `build` and `test` install packages first and look for them anew with a make of
# their own.
.PHONY: deps deps-test deps-bench program unit-tests asan-tests tsan-tests fuzzers
deps:
	@jobs/bootstrap
deps-test:
	@jobs/bootstrap --test
deps-bench:
	@jobs/bootstrap --bench
program: $(BUILD)/closebook
unit-tests: $(UNIT)
asan-tests:
	@ASAN_OPTIONS=abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1 tests/run $(BUILD)/closebook $(E2E) $(UNIT)
tsan-tests:
	@THREADS_REPEAT=6 TSAN_OPTIONS=halt_on_error=1 tests/run $(BUILD)/closebook tests/e2e/threads_test.py $(BUILD)/unit/source/stream_test
fuzzers:
	@$(REMAKE) BUILD=$(FUZZ_BUILD) CC=clang CFLAGS='-O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link' \
		$(FUZZ) $(FUZZ_BUILD)/corpus

# Stamps: rewritten when their text changes, so that other flags compile anew, and files that went away are missed.
.PHONY: force
$(BUILD)/flags: export TEXT = $(CC) $(PROGRAM_CPPFLAGS) $(PROGRAM_CFLAGS)
$(BUILD)/objects: export TEXT = $(OBJECTS)
$(BUILD)/queries: export TEXT = $(SQL)
$(BUILD)/flags $(BUILD)/objects $(BUILD)/queries: force
	@mkdir -p $(@D)
	@cmp -s $@ - <<<"$$TEXT" || cat >$@ <<<"$$TEXT"

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,compile)$(CC) $(PROGRAM_CPPFLAGS) $(PROGRAM_CFLAGS) -MMD -MP -c -o $@ $<

# The SQL files as C string literals.
$(BUILD)/sql_files.inc: $(SQL) etl/store/embed.awk $(BUILD)/queries
	@mkdir -p $(@D)
	$(call say,embed  )awk -f etl/store/embed.awk $(SQL) > $@.part && mv $@.part $@
$(BUILD)/obj/etl/store/sql.o: $(BUILD)/sql_files.inc

$(LIBRARY): $(filter-out $(BUILD)/obj/etl/main.o,$(OBJECTS)) $(BUILD)/objects
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(BUILD)/closebook: $(BUILD)/obj/etl/main.o $(LIBRARY)
	$(call say,link   )$(CC) $(PROGRAM_CFLAGS) $(LDFLAGS) -o $@ $^ $(PROGRAM_LDLIBS)

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,link   )$(CC) $(PROGRAM_CPPFLAGS) -Itests/unit $(PROGRAM_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PROGRAM_LDLIBS) -lcmocka

$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIBRARY) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,link   )$(CC) $(PROGRAM_CPPFLAGS) $(PROGRAM_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PROGRAM_LDLIBS)

$(BUILD)/corpus: tests/fuzz/corpus $(wildcard fixtures/*)
	@rm -rf $@
	tests/fuzz/corpus $@

$(BUILD)/bench/%: tests/bench/%.c $(LIBRARY) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,link   )$(CC) $(PROGRAM_CPPFLAGS) $(PROGRAM_CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(PROGRAM_LDLIBS)

-include $(OBJECTS:.o=.d) $(UNIT:=.d) $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%.d,$(wildcard tests/fuzz/*.c))
