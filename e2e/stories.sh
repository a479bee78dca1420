#!/usr/bin/env bash
# All stories on the cluster that is up, one after the other, no retries: stories.sh [TIMES]. What each run said is kept in
# e2e/results/runs; ends with `N passed, 0 failed`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
times=${1:-1}
runs=$here/results/runs
mkdir -p "$runs"
cd "$here/.."
cargo test --quiet --package verdigris-e2e --no-run --test 'story_*'
passed=0 failed=0
for run in $(seq "$times"); do
	log=$runs/$(date -u +%Y%m%dT%H%M%SZ).txt
	cargo test --quiet --package verdigris-e2e --no-fail-fast --test 'story_*' -- --nocapture --test-threads=1 > "$log" 2>&1 || true
	good=$(grep -cE '^[a-z_]+: passed after' "$log" || true) bad=$(grep -cE '^test .* FAILED$|^[a-z_]+: FAILED after' "$log" || true)
	# A story that did not come to an end says neither.
	all=$(find "$here/tests" -name 'story_*.rs' | wc -l)
	bad=$((all - good > bad ? all - good : bad))
	echo "run $run of $times: $good good, $bad bad, see $log"
	grep -E '^[a-z_]+: FAILED|^story ' "$log" || true
	passed=$((passed + good)) failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
