#!/usr/bin/env bash
# The end-to-end tier on the cluster that is up: rules of the API and the chart, every story, the rights that were used, and a part of
# the fault matrix.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
cargo test -q -p verdigris-e2e --test api_rules --test api_chart --test harness_writers -- --test-threads=1 || status=1
e2e/stories.sh | tee e2e/results/stories.txt || status=1
cargo test -q -p verdigris-e2e --test used_rights -- --test-threads=1 || status=1
# Some cells of the fault matrix, all of which `make faults` runs; and that a cell can fail.
faults=${CARGO_TARGET_DIR:-target}/debug/faults
"$faults" --selftest || status=1
"$faults" --seed "${FAULTS_SEED:-1}" --cells "${FAULTS_CELLS:-8}" || status=1
exit $status
