#!/usr/bin/env bash
# Takes the node down at once, in whatever state it is, and leaves nothing behind: no process, mount, cgroup, rule or file of state.
. "$(dirname "$0")/lib.sh"
skip_if_external "it is left alone"
if [ ! -d "$NODE_DIR" ] && ! init_pid > /dev/null; then say "nothing to take down"; exit; fi
need_root
claim_name

network=
if p=$(init_pid); then
	network=$(readlink "/proc/$p/ns/net")
	[ "$(readlink /proc/self/ns/net)" != "$network" ] || die "this shell is inside the node's network: leave it first"
	kill -KILL "$p"
	while [ -e "/proc/$p" ]; do sleep .05; done
fi
# What exec.sh started is a process of the host in the node's network: it would keep the network alive.
if [ -n "$network" ]; then
	for n in /proc/[0-9]*/ns/net; do
		if [ "$(readlink "$n" 2>/dev/null)" = "$network" ]; then p=${n#/proc/}; kill -KILL "${p%%/*}" 2>/dev/null || true; fi
	done
fi
for c in $(cgroups); do
	# A killed process leaves its cgroup a moment after it is gone from /proc.
	for _ in $(seq 100); do
		[ -d "$c" ] || break
		find "$c" -depth -type d -exec rmdir {} + 2>/dev/null || sleep .1
	done
	[ ! -d "$c" ] || say "the cgroup $c is still in use and was left"
done
if [ -f "$NODE_DIR/up.lock" ]; then rm -rf --one-file-system "$NODE_DIR"; fi
say "down: $NODE_NAME is gone"
