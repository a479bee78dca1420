#!/usr/bin/env bash
# Lints the chart and renders it with several values; counts what passed.
set -euo pipefail
cd "$(dirname "$0")/.."
helm=e2e/cluster/helm
passed=0
one() { "$@" > /dev/null || { echo "failed: $*" >&2; echo "$passed passed, 1 failed"; exit 1; }; passed=$((passed + 1)); }
one "$helm" lint --strict --kube-version 1.33.0 charts/verdigris
one "$helm" template --kube-version 1.33.0 v charts/verdigris --namespace verdigris-system
for values in charts/verdigris/ci/*.yaml; do
	one "$helm" lint --strict --kube-version 1.33.0 charts/verdigris --values "$values"
	one "$helm" template --kube-version 1.33.0 v charts/verdigris --namespace verdigris-system --values "$values"
done
echo "$passed passed, 0 failed"
