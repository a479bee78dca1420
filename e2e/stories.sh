#!/usr/bin/env bash
# Runs the stories, one file at a time, inside the cluster's network. Their results are kept below e2e/results.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
mkdir -p e2e/results
cargo test -q -p verdigris-e2e --tests --no-run
exec e2e/cluster/exec.sh cargo test -p verdigris-e2e --tests --no-fail-fast -- --test-threads=1
