#!/usr/bin/env bash
# Records the demo and writes docs/src/a-run.md: what a terminal shows, and nothing by hand. Needs the cluster (make cluster image) and
# the demo's program ($1).
set -euo pipefail
[ -z "${VERDIGRIS_KUBECONFIG:-}" ] || { echo "the recording is of this repository's own cluster, and deletes its namespace shop: unset VERDIGRIS_KUBECONFIG" >&2; exit 2; }
export DEMO_NAMESPACE=shop
root=$(cd "$(dirname "$0")/.." && pwd -P)
demo=$1 page=$root/docs/src/a-run.md
notes=$(mktemp -d)
watcher=
trap '[ -z "$watcher" ] || kill "$watcher" 2> /dev/null; rm -rf "$notes"' EXIT
kubectl() { "$root/e2e/cluster/kubectl" "$@"; }

kubectl delete namespace shop --ignore-not-found --timeout=120s > /dev/null
until kubectl get crd databasemigrations.verdigris.dev > /dev/null 2>&1; do sleep 1; done &
until_there=$!
"$root/e2e/cluster/exec.sh" "$demo" > "$notes/demo" 2>&1 &
running=$!
wait "$until_there"
"$root/e2e/cluster/kubectl" -n shop get dbmig -w > "$notes/watch" 2> /dev/null &
watcher=$!
wait "$running" || { tail -n 30 "$notes/demo" >&2; exit 1; }

block() { printf '\n```text\n'; cat; printf '```\n'; }
shown() { # COMMAND: as typed, then what it prints
	{ printf '$ %s\n' "$1"; eval "$1"; } | block
}
table() { # columns divided by |
	awk -F '|' '{for (i = 1; i <= NF; i++) {cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i)} if (NF > n) n = NF}
		END {for (r = 1; r <= NR; r++) {line = ""; for (i = 1; i <= n; i++) line = line (i < n ? sprintf("%-" width[i] "s  ", cell[r, i]) : cell[r, i]); print line}}'
}
{
	cat <<- 'TEXT'
		# A run, as the terminal shows it

		<!-- Recorded by `make record`. -->

		The demo (`make demo`) on two cores: a shop under write load goes from PostgreSQL 15 to 17 with a new schema, and back. Your figures will be others; what can be read where is the same.

		## While it runs

		Lines that repeat phase, step and percentage are left out.
	TEXT
	{ echo '$ kubectl -n shop get dbmig -w'; awk '{key = $2 " " $3; for (i = 4; i <= NF; i++) if ($i ~ /%$/) key = key " " $i} key != last {print; last = key}' "$notes/watch"; } | block
	printf '\nThe last ten changes of phase stand in `status.history` afterwards:\n'
	shown "kubectl -n shop get dbmig shop -o jsonpath='{range .status.history[*]}{.at} {.from} → {.to} ({.why}){\"\\n\"}{end}'"
	printf '\nWhat the demo itself says at its end:\n'
	sed -n '/^───/,/^───/p' "$notes/demo" | sed '1d;$d' | block
	printf '\n## The plan\n\nWhat is approved by its digest.\n'
	shown "kubectl -n shop get configmap shop-plan -o jsonpath='{.data.plan\.yaml}'"
	printf '\n## Afterwards\n'
	shown 'kubectl -n shop get dbmig shop -o wide'
	printf '\nThe conditions of `kubectl -n shop describe dbmig shop`, one line each:\n'
	kubectl -n shop get dbmig shop -o 'jsonpath={range .status.conditions[*]}{.type}={.status}|{.reason}|{.message}{"\n"}{end}' | table | block
	printf '\nThe steps:\n'
	kubectl -n shop get dbmig shop -o 'jsonpath={range .status.steps[*]}{.name}|{.state}|{.startedAt}|{.finishedAt}{"\n"}{end}' | table | block
	printf '\n## All of it\n'
	shown 'kubectl -n shop describe dbmig shop'
	printf '\n## Events\n'
	shown 'kubectl -n shop get events --field-selector involvedObject.kind=DatabaseMigration --sort-by=.eventTime -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message'
} > "$notes/page"
mv "$notes/page" "$page"
chmod 644 "$page"
echo "$page"
