#!/usr/bin/env bash
# Runs a command of the host in the node's network: it reaches pods and Services by address and by name. exec.sh COMMAND…
# The environment goes with it; KUBECONFIG and PATH (kubectl, helm, psql 18) are set. Where VERDIGRIS_KUBECONFIG names another cluster the
# command runs on the host as it is, and reaches what the host reaches.
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || die "usage: exec.sh COMMAND…"
pg=$("$here/pg-servers.sh" --where)
export KUBECONFIG PATH="$BIN:$pg/18/bin:$PATH"
KUBECONFIG=$(kubeconfig)
if external; then exec "$@"; fi
need_node
need_root
# A mount namespace of its own, for the one file that says where names are resolved.
exec nsenter --target "$(init_pid)" --net -- unshare --mount --propagation private -- \
	sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh "$NODE_DIR/resolv.conf" "$@"
