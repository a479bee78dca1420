#!/usr/bin/env bash
# Runs every tier, counts the tests that ran in each, and fails if one failed or a tier ran none.
set -uo pipefail
cd "$(dirname "$0")/.."
results=e2e/results
mkdir -p "$results"
total=0 failed=0 bad=0
printf '%-12s %8s %8s %8s\n' tier passed failed seconds > "$results/tiers.txt"

tier() { # NAME TARGET: the lines "test result: … N passed; M failed" and "N passed, M failed" are what counts
	local name=$1 target=$2 log=$results/$1.log begin=$SECONDS status=0 ok no
	echo "== $name"
	make --no-print-directory "$target" > "$log" 2>&1 || status=$?
	ok=$(grep -oE '[0-9]+ passed' "$log" | awk '{n += $1} END {print n + 0}')
	no=$(grep -oE '[0-9]+ failed' "$log" | awk '{n += $1} END {print n + 0}')
	total=$((total + ok)) failed=$((failed + no))
	printf '%-12s %8s %8s %8s\n' "$name" "$ok" "$no" $((SECONDS - begin)) | tee -a "$results/tiers.txt"
	if [ $status -ne 0 ] || [ "$no" -ne 0 ]; then
		bad=1
		tail -n 60 "$log"
		echo "tier $name failed (exit $status); all of its output: $log"
	elif [ "$ok" -eq 0 ]; then
		bad=1
		echo "tier $name ran no test; that is a failure too"
	fi
}

tier check check-counted
tier deny deny
tier unit unit
tier integration integration
tier chart chart
tier e2e e2e

echo
cat "$results/tiers.txt"
echo
[ $bad -eq 0 ] || failed=$((failed > 0 ? failed : 1))
echo "$total passed, $failed failed"
exit $bad
