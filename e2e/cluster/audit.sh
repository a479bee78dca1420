#!/usr/bin/env bash
# Counts the API server's requests from its audit log, by user agent, verb and resource: audit.sh [SINCE [writes|all]]
# SINCE is a time as in 2030-01-31T12:00:00Z; only writes are counted unless it says all.
. "$(dirname "$0")/lib.sh"
if external; then die "the audit log is this folder's node's: unset VERDIGRIS_KUBECONFIG"; fi
jq -r --arg since "${1:-}" --arg what "${2:-writes}" '
	select(.requestReceivedTimestamp >= $since)
	| select($what == "all" or (.verb | IN("create", "update", "patch", "delete", "deletecollection")))
	| [.userAgent // "-", .verb, (.objectRef | [.apiGroup, .resource, .subresource] | map(select(.)) | join("/"))] | @tsv' \
	"$NODE_DIR/log/audit.log" | sort | uniq -c | sort -rn
