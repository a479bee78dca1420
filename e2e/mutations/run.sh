#!/usr/bin/env bash
# Proves that every story can fail. One change of code a story: the patch is applied to a copy of the tree, the operator is built from it
# and rolled out, and the story must fail. run.sh [PATCH…], default all; ends with `N caught, 0 missed`. A patch names its story in a
# line `Story: NAME`, says in `Breaks: …` what it takes away, and in `Says: …` what the story's failure must contain: one that fails
# for another reason proves nothing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
cluster=${VERDIGRIS_CLUSTER:-$root/e2e/cluster}
# A folder of its own for what is built from the copy: cargo would take it for the tree's, which lies the same way and is older.
own=${CARGO_TARGET_DIR:-$root/target}
target=$own/mutations
results=$root/e2e/results/mutations
export VERDIGRIS_CLUSTER=$cluster CARGO_TARGET_DIR=$target VERDIGRIS_BIN=$target/debug/verdigris
# Most fail by waiting in vain; what a story waits for comes within a minute on an idle machine.
export VERDIGRIS_STORY_PATIENCE=${VERDIGRIS_STORY_PATIENCE:-150}
[ -z "${VERDIGRIS_KUBECONFIG:-}" ] || { echo "mutations roll out images of their own: unset VERDIGRIS_KUBECONFIG" >&2; exit 2; }
if [ $# = 0 ]; then set -- "$here"/*.patch; fi

copy=$(mktemp -d)/verdigris
git -C "$root" worktree add --quiet --detach "$copy"
# What is not committed yet counts too.
git -C "$root" diff HEAD --binary | git -C "$copy" apply --allow-empty
git -C "$copy" add --all
roll_out() { # TREE
	cargo build --quiet --manifest-path "$1/Cargo.toml" --package verdigris
	"$cluster/images/operator.sh" "$VERDIGRIS_BIN"
	"$cluster/load.sh" verdigris
	if "$cluster/kubectl" -n verdigris-system get deployment verdigris > /dev/null 2>&1; then
		"$cluster/kubectl" -n verdigris-system rollout restart deployment verdigris > /dev/null
		"$cluster/kubectl" -n verdigris-system rollout status deployment verdigris --timeout 120s > /dev/null
	fi
}
finish() {
	git -C "$root" worktree remove --force "$copy"
	CARGO_TARGET_DIR=$own VERDIGRIS_BIN=$own/debug/verdigris roll_out "$root"
}
trap finish EXIT

mkdir -p "$results"
caught=0 missed=0
for patch; do
	grep -q '^Says: ' "$patch" || { echo "$patch has no line Says:" >&2; exit 2; }
	name=$(basename "$patch" .patch) story=$(sed -n 's/^Story: //p' "$patch")
	git -C "$copy" checkout --quiet .
	git -C "$copy" apply "$patch"
	if ! roll_out "$copy" > "$results/$name.log" 2>&1; then
		echo "BROKEN $name: does not build or roll out, see $results/$name.log"; missed=$((missed + 1)); continue
	fi
	if cargo test --quiet --manifest-path "$copy/Cargo.toml" --package verdigris-e2e --test "story_$story" >> "$results/$name.log" 2>&1; then
		echo "MISSED $name: story $story passes without what it proves"; missed=$((missed + 1))
		continue
	fi
	failure=$(grep -m1 -E -A3 "story $story:" "$results/$name.log" || true) says=$(sed -n 's/^Says: //p' "$patch")
	if [ -n "$failure" ] && grep -qF -- "$says" <<< "$failure"; then
		echo "caught $name: $(head -n 1 <<< "$failure" | cut -c1-160)"; caught=$((caught + 1))
	else
		echo "MISSED $name: story $story failed, but not for that: $(head -n 1 <<< "$failure" | cut -c1-160)"; missed=$((missed + 1))
	fi
done
echo "$caught caught, $missed missed"
[ "$missed" = 0 ]
