#!/usr/bin/env bash
# All stories on the cluster that is up, some at once, no retries: stories.sh [TIMES]. Those that need the operator for themselves
# come last, one after the other. What each story said is kept below e2e/results/runs; ends with `N passed, M failed`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
times=${1:-1}
export VERDIGRIS_STORIES_AT_ONCE=${VERDIGRIS_STORIES_AT_ONCE:-3}
cd "$here"
# Lines of `NAME PROGRAM`.
echo "• Building the stories with cargo, minutes the first time" >&2
programs=$(cargo test --quiet --package verdigris-e2e --no-run --test 'story_*' --message-format=json |
	jq -r 'select(.executable != null and .target.kind == ["test"]) | "\(.target.name) \(.executable)"' | sort)
[ "$(wc -l <<< "$programs")" = "$(find tests -name 'story_*.rs' | wc -l)" ] || { echo "not every story was built" >&2; exit 1; }

one() { # FOLDER NAME PROGRAM
	local begin=$SECONDS word=bad
	if "$3" --nocapture --test-threads=1 > "$1/$2.txt" 2>&1 && grep -q '^test result: ok. 1 passed' "$1/$2.txt"; then word=good; fi
	echo "$word $2 $((SECONDS - begin)) s"
}
export -f one
some() { # FOLDER AT-ONCE, programs on stdin
	xargs --no-run-if-empty --max-lines=1 --max-procs="$2" bash -c 'one "$0" "$1" "$2"' "$1"
}

passed=0 failed=0
for run in $(seq "$times"); do
	folder=$here/results/runs/$(date -u +%Y%m%dT%H%M%SZ) begin=$SECONDS
	mkdir -p "$folder"
	# The longest first: it takes as long as several others.
	while read -r name program; do
		if grep -q 'story_alone(' "tests/$name.rs"; then echo "$name $program" >&4; else echo "$name $program" >&3; fi
	done < <(grep '^story_killed_at_each_step ' <<< "$programs"; grep -v '^story_killed_at_each_step ' <<< "$programs") 3> "$folder/together" 4> "$folder/alone"
	{ some "$folder" "$VERDIGRIS_STORIES_AT_ONCE" < "$folder/together"; some "$folder" 1 < "$folder/alone"; } > "$folder/outcome.txt"
	good=$(grep -c '^good ' "$folder/outcome.txt" || true) bad=$(grep -c '^bad ' "$folder/outcome.txt" || true)
	echo "run $run of $times: $good good, $bad bad, $((SECONDS - begin)) s, see $folder"
	# What failed is said here with its reason: a log that only the machine holds that ran it is soon gone.
	{ grep '^bad ' "$folder/outcome.txt" || true; } | while read -r bad name took; do
		echo "$bad $name $took"
		{ grep -m1 -A14 '^story ' "$folder/$name.txt" || tail -n 10 "$folder/$name.txt"; } | cut -c1-500
	done
	passed=$((passed + good)) failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
