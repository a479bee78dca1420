# The only entry. `make` names the targets.
.DEFAULT_GOAL := help
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
export CARGO_TARGET_DIR ?= $(CURDIR)/target
# Stories start it too, outside the cluster.
export VERDIGRIS_BIN = $(CARGO_TARGET_DIR)/debug/verdigris

# cargo is quiet, and takes minutes the first time.
BUILDING = echo "• Building with cargo, minutes the first time:"

include e2e/cluster/cluster.mk

.PHONY: machine faults soak bench-idle check-counted help demo demo-selftest record test check unit integration e2e chart deny generate bench docs operator-binary fmt rust

help: ## name the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 18

rust: ## name what is missing of the Rust toolchain
	@command -v cargo > /dev/null || { echo "cargo is missing: install Rust (https://rustup.rs), version 1.90 or later" >&2; exit 1; }

machine: ## name what this machine lacks for cluster and demo: Rust, Go, root
	@$(CLUSTER)/host.sh --rust

operator-binary: rust
	@$(BUILDING) the operator
	@cargo build -q -p verdigris

demo: machine cluster image ## a PostgreSQL 15 under load becomes a 17 with a new schema, and goes back
	@$(BUILDING) the demo
	@cargo build -q -p verdigris-e2e --bins
	@e2e/cluster/exec.sh $(CARGO_TARGET_DIR)/debug/demo

record: machine cluster image ## record the demo in docs/src/a-run.md
	@$(BUILDING) the demo
	@cargo build -q -p verdigris-e2e --bins
	@e2e/record.sh $(CARGO_TARGET_DIR)/debug/demo

demo-selftest: pg-servers rust ## show that the demo's ledger and comparison can fail
	@VERDIGRIS_PG_BINS=$(PG_BINS) cargo run -q -p verdigris-e2e --bin selftest

test: machine ## everything: what CI runs
	@e2e/tiers.sh

check: rust ## format, lints, structure: what a commit must pass
	cargo fmt --all --check
	cargo clippy -q --workspace --lib --bins --examples -- -D warnings
	@# Tests may panic, index and be long: that is how they fail and how a story reads.
	cargo clippy -q --workspace --tests -- -D warnings -A clippy::pedantic -A clippy::unwrap_used -A clippy::expect_used \
		-A clippy::indexing_slicing -A clippy::panic -A clippy::too_many_lines -A missing_docs -A clippy::type_complexity -A clippy::async_yields_async

check-counted: check
	@echo "format and lints: 2 passed, 0 failed"

deny: rust ## licences, bans, sources; advisories where the database can be reached
	@e2e/deny.sh

unit: rust ## pure parts: core, API types, drift of what is generated, what the demo refuses
	cargo test -q -p verdigris-core -p verdigris-crds
	cargo test -q -p verdigris --lib --test structure --test lease --test fault_matrix
	cargo test -q -p verdigris-e2e --lib --test harness_foreign

integration: pg-servers rust ## the operator's SQL against real servers of 15 to 18
	VERDIGRIS_PG_BINS=$(PG_BINS) cargo test -q -p verdigris --test 'postgres_*' --test 'mover_*' --test 'preflight_*'
	VERDIGRIS_PG_BINS=$(PG_BINS) cargo run -q -p verdigris-e2e --bin selftest

chart: node ## lint and render the chart
	@e2e/chart.sh

e2e: machine cluster image ## every story on a real cluster
	@mkdir -p e2e/results
	@$(BUILDING) the stories
	@cargo build -q -p verdigris-e2e --tests --bins
	@e2e/all.sh

faults: machine cluster image ## every fault at every step of a switchover, on a real cluster; the table goes to docs/evidence
	@cargo build -q -p verdigris-e2e --bins
	@$(CARGO_TARGET_DIR)/debug/faults --all --write docs/evidence

soak: machine cluster image ## 100 switchovers and a million writes under random faults
	@cargo build -q -p verdigris-e2e --bins
	@$(CARGO_TARGET_DIR)/debug/soak

bench-idle: machine cluster image ## what an idle operator costs the API server, from the audit log, and its memory
	@$(BUILDING) the bench
	@cargo build -q -p verdigris-e2e --bins
	@$(CARGO_TARGET_DIR)/debug/idle 10

generate: rust ## write what is generated: the CRD and the field reference
	cargo run -q -p verdigris-crds --example generate
	UPDATE=1 cargo test -q -p verdigris-core --test docs

docs: ## build the book, if mdbook is there
	@command -v mdbook > /dev/null && mdbook build docs || echo "mdbook is not installed: docs/src is plain Markdown"

fmt: rust ## format
	cargo fmt --all
