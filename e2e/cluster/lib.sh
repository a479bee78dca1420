# What every script here shares: where things are, what is fresh, how to reach the node. Sourced, never run; it starts nothing.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
say() { echo "cluster: $*" >&2; }
die() { say "$*"; exit 1; }

# Built things, by content: programs, images, PostgreSQL. VERDIGRIS_CACHE moves all three, for example to share them between clones.
if [ -n "${VERDIGRIS_CACHE:-}" ]; then
	mkdir -p "$VERDIGRIS_CACHE"
	cache=$(cd "$VERDIGRIS_CACHE" && pwd -P)
	BIN=$cache/bin IMAGES=$cache/images PG=$cache/pg
else
	BIN=$here/.bin IMAGES=$here/.images PG=$here/.pg
fi
MAJORS="15 16 17 18"

# `fresh STAMP WHAT` is true if STAMP says that it was made from WHAT (a digest); `stamp` says so from now on.
fresh() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$(dirname "$1")" && echo "$2" > "$1.new" && mv "$1.new" "$1"; }
digest() { # FILE…: of their contents and base names, wherever the clone lies
	local f
	for f; do echo "${f##*/} $(sha256sum < "$f")"; done | sha256sum | cut -d' ' -f1
}
# One at a time, also when several clones share a cache. What it starts and leaves running must close descriptor 9.
locked() { # FILE COMMAND…
	local file=$1; shift
	mkdir -p "$(dirname "$file")"
	( flock 9; "$@" ) 9> "$file"
}

# The node. Two clones must not meet: name (also the cgroup's) and port follow from the clone's path.
path_digest=$(printf %s "$here" | sha256sum)
id=${path_digest:0:6}
NODE_DIR=${NODE_DIR:-$here/.state}
NODE_NAME=$(cat "$NODE_DIR/name" 2>/dev/null || echo "${NODE_NAME:-verdigris-$id}")
NODE_IP=192.0.2.10   # documentation range, on the node's own lo: nothing can route there from outside
# The API server's port, the same on the node and on the host's 127.0.0.1: up.sh looks for a free one and keeps it in the state.
node_port() { cat "$NODE_DIR/port" 2>/dev/null || echo $((16000 + 0x$id % 8000)); }

# Somebody else's cluster: then there is no node of ours, and nothing here touches that cluster's machines.
external() { [ -n "${VERDIGRIS_KUBECONFIG:-}" ]; }
skip_if_external() { # WHAT
	if external; then say "VERDIGRIS_KUBECONFIG=$VERDIGRIS_KUBECONFIG names a cluster: $1"; exit 0; fi
}
kubeconfig() { if external; then echo "$VERDIGRIS_KUBECONFIG"; else echo "$NODE_DIR/admin.kubeconfig"; fi; }
need_root() { [ "$(id -u)" = 0 ] || die "the node needs root (namespaces, mounts, cgroups): run it with sudo, or set VERDIGRIS_KUBECONFIG to a cluster that you have"; }

# The node is one process (init) with network, mount and process namespaces of its own. Killing it makes the kernel kill every
# process of the node, pods included, and drop every mount, bridge and rule.
# It is found by its name, so also when the folder with its state is gone.
named_init() { pgrep -o -f "^$NODE_NAME-init "; }
init_pid() { local p; p=$(named_init) && [ "$(folder_of "$p")" = "$NODE_DIR" ] && echo "$p"; }
folder_of() { tail -z -n 1 "/proc/$1/cmdline" | tr -d '\0'; }
claim_name() {
	local p; p=$(named_init) || return 0
	[ "$(folder_of "$p")" = "$NODE_DIR" ] || die "a node of the name $NODE_NAME runs already, with its state in $(folder_of "$p"): take it down there, or choose another NODE_NAME"
}
need_node() { init_pid > /dev/null || die "the node is down: run make cluster"; }
# Runs a command as a process of the node. Not `ip netns exec`: it remounts /sys and so hides the cgroups.
enter() { nsenter --target "$(init_pid)" --net --mount --pid -- "$@"; }
kubectl() { "$BIN/kubectl" --kubeconfig "$(kubeconfig)" "$@"; }
ctr() { enter ctr --address /run/node/containerd/containerd.sock --namespace k8s.io "$@"; }

# Directories of the node's cgroup, one per v1 hierarchy or the one of v2.
cgroups() {
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo "/sys/fs/cgroup/$NODE_NAME"; return; fi
	local h
	for h in /sys/fs/cgroup/*/; do if ! [ -L "${h%/}" ]; then echo "$h$NODE_NAME"; fi; done
}
