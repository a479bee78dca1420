#!/usr/bin/env bash
# What an idle operator costs: 20 finished and 5 waiting objects, then the API server's audit log of MINUTES minutes (10) is
# counted, and the operator's memory read. idle.sh [MINUTES]; the cluster is up and the operator installed.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:-10}
k=e2e/cluster/kubectl
namespace=idle
"$k" create namespace "$namespace" > /dev/null
trap '"$k" delete namespace "$namespace" --wait=false > /dev/null' EXIT
manifest() { # NAME
	cat <<-Y
		apiVersion: verdigris.dev/v1alpha1
		kind: DatabaseMigration
		metadata: {name: $1, namespace: $namespace}
		spec:
		  service: {name: $1}
		  blue: {workload: {kind: StatefulSet, name: $1}, adminSecretRef: {name: $1}}
		  green: {selector: {app: $1-green}}
		---
	Y
}
# Finished ones: the operator is away while they get the status that it writes at the end of a run.
"$k" -n verdigris-system scale deployment verdigris --replicas 0 > /dev/null
"$k" -n verdigris-system wait --for=delete pod -l app.kubernetes.io/name=verdigris --timeout 60s > /dev/null
for n in $(seq 20); do manifest "done-$n"; done | "$k" apply -f - > /dev/null
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
ended='{"status":{"observedGeneration":1,"phase":"Succeeded","conditions":[{"type":"Reconciling","status":"False","reason":"Completed","message":"The run is over.","lastTransitionTime":"'$now'"}]}}'
for n in $(seq 20); do "$k" -n "$namespace" patch dbmig "done-$n" --subresource status --type merge -p "$ended" > /dev/null; done
# Waiting ones: everything that they name is missing.
for n in $(seq 5); do manifest "waits-$n"; done | "$k" apply -f - > /dev/null
"$k" -n verdigris-system scale deployment verdigris --replicas 2 > /dev/null
"$k" -n verdigris-system rollout status deployment verdigris --timeout 120s > /dev/null
for n in $(seq 5); do "$k" -n "$namespace" wait dbmig "waits-$n" --for=condition=Stalled --timeout 60s > /dev/null; done
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
echo "20 finished and 5 waiting objects, idle for $minutes minutes from $since"
sleep $((minutes * 60))
echo "writes of the operator by verb and resource, from the API server's audit log:"
jq -r --arg since "$since" 'select(.requestReceivedTimestamp >= $since and .stage == "ResponseComplete")
	| select(.user.username == "system:serviceaccount:verdigris-system:verdigris")
	| select(.verb | IN("create", "update", "patch", "delete", "deletecollection"))
	| "  \(.verb) \(.objectRef.resource)"' "${NODE_DIR:-e2e/cluster/.state}/log/audit.log" | sort | uniq -c
echo "memory of its processes, kB (VmRSS, VmHWM):"
for pid in $(pgrep -f '^/usr/local/bin/verdigris controller'); do grep -E 'VmRSS|VmHWM' "/proc/$pid/status" | tr '\n' ' '; echo; done
