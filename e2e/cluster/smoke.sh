#!/usr/bin/env bash
# Proves the cluster from outside, with kubectl and psql alone: two databases, a Service turned from one to the other, and what the
# images promise. Ends with `N passed, 0 failed`; its namespace is gone afterwards.
. "$(dirname "$0")/lib.sh"
namespace=smoke-$$
passed=0 failed=0
k() { kubectl --namespace "$namespace" "$@"; }
check() { # WHAT EXPECTED COMMAND…
	local what=$1 expected=$2 got; shift 2
	if got=$("$@" 2>&1) && [ "$got" = "$expected" ]; then
		passed=$((passed + 1)); echo "ok   $what"
	else
		failed=$((failed + 1)); echo "FAIL $what: expected '$expected', got '$got'"
	fi
}
check_soon() { # SECONDS WHAT EXPECTED COMMAND…: the last try counts
	local end=$((SECONDS + $1)) what=$2 expected=$3; shift 3
	until [ "$("$@" 2>&1)" = "$expected" ] || [ $SECONDS -ge $end ]; do sleep .1; done
	check "$what" "$expected" "$@"
}
ask() { # HOST SQL
	PGPASSWORD='it'\''s "secret"' PGCONNECT_TIMEOUT=5 "$here/exec.sh" psql -XAtq --host "$1.$namespace" --username postgres --dbname orders --command "$2"
}
in_green() { k exec green -- psql -XAtq -U postgres -d orders -c "$1"; }
cleanup() { kubectl delete namespace "$namespace" --wait=true --ignore-not-found > /dev/null 2>&1 || true; }
trap cleanup EXIT
if external; then die "the smoke test proves this folder's node: unset VERDIGRIS_KUBECONFIG"; fi
need_node

kubectl create namespace "$namespace" > /dev/null
k apply --server-side -f "$here/smoke.yaml" > /dev/null
k rollout status statefulset/blue --timeout 60s > /dev/null || true
k wait --for condition=Ready pod/green --timeout 60s > /dev/null || true

major="SELECT current_setting('server_version_num')::int / 10000"
check_soon 10 "a client reaches blue, 15, through the Service by name" 15 ask db "$major"
check "blue runs as the uid it was given, on its volume" "1234 /data/pg" k exec blue-0 -- bash -c 'echo "$(id -u) $PGDATA"'
check "arguments reach the server" logical ask db 'SHOW wal_level'
k patch service db --type merge --patch '{"spec": {"selector": {"slot": "green"}}}' > /dev/null
check_soon 10 "the selector turned, the same name is green, 17" 17 ask db "$major"
check "a server that started as root runs as postgres" 999 k exec green -- stat -c %u /proc/1
check "init scripts ran, .sql and .sh" "shell,sql" in_green "SELECT string_agg(by, ',' ORDER BY by) FROM filled"
check "POSTGRES_INITDB_ARGS count" "on 1MB" in_green "SELECT concat_ws(' ', current_setting('data_checksums'), current_setting('wal_segment_size'))"
check "a wrong password is refused" refused sh -c 'PGPASSWORD=wrong "$1" psql -XAtq -h "$2" -U postgres -c "SELECT 1" > /dev/null 2>&1 || echo refused' sh "$here/exec.sh" "db.$namespace"
check "a pod reaches the Service by name" 17 k exec blue-0 -- env PGPASSWORD='it'\''s "secret"' psql -XAtq -h db -U postgres -d orders -c "$major"
check "blue reads green's changes: logical replication is possible" 1 ask "db" "SELECT count(*) FROM pg_create_logical_replication_slot('smoke', 'pgoutput', true)"
check "the audit log names us" yes sh -c 'test "$("$1/audit.sh" | grep -c kubectl)" -gt 0 && echo yes' sh "$here"
k patch service db --type merge --patch '{"spec": {"selector": {"slot": "blue"}}}' > /dev/null
check_soon 10 "and back again to 15" 15 ask db "$major"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
