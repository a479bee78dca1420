#!/usr/bin/env bash
# The end-to-end tier on the cluster that is up: rules of the API and the chart, every story, and the rights that were used.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0
cargo test -q -p verdigris-e2e --test api_rules --test api_chart --test harness_writers -- --test-threads=1 || status=1
e2e/stories.sh | tee e2e/results/stories.txt || status=1
cargo test -q -p verdigris-e2e --test used_rights -- --test-threads=1 || status=1
exit $status
