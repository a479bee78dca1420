#!/usr/bin/env bash
# Brings the node up, or what of it is not running, gives it the images, and returns when it is Ready and resolves names.
. "$(dirname "$0")/lib.sh"
skip_if_external "no node is started"
need_root
claim_name
[ -x "$BIN/node" ] || die "no $BIN/node: run make node"

make_cgroups() {
	local c v2=
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then v2=1; hand_down /sys/fs/cgroup; fi
	for c in $(cgroups); do
		mkdir -p "$c"
		[ -n "$v2" ] || give_cpus "$c"
	done
}
# v1: a new cpuset has no CPUs, and nothing can run in it, until it is told. In v2 an empty one has those of its parent.
give_cpus() { # CGROUP
	local f
	for f in cpuset.cpus cpuset.mems; do
		if [ -e "$1/$f" ] && [ -z "$(cat "$1/$f")" ]; then cat "$1/../$f" > "$1/$f"; fi
	done
}
# v2: a cgroup has the controllers that its parent hands down. kubelet wants all of these that the kernel has, or does not start; what
# is below the node's cgroup it hands down itself.
hand_down() { # CGROUP
	local controller
	for controller in cpu cpuset hugetlb memory pids; do
		if grep -qw "$controller" "$1/cgroup.controllers" && ! grep -qw "$controller" "$1/cgroup.subtree_control"; then
			echo "+$controller" > "$1/cgroup.subtree_control" ||
				die "the cgroup controller $controller cannot be handed down in $1: kubelet needs it. Is this a container? Use a machine, or a virtual one"
		fi
	done
}

listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
choose_port() {
	[ ! -f "$NODE_DIR/port" ] || return 0
	local p; p=${NODE_PORT:-$(node_port)}
	while listens "$p"; do p=$((p + 1)); done
	echo "$p" > "$NODE_DIR/port"
}

start_init() {
	rm -f "$NODE_DIR"/run/*
	# bash reaps the orphans that end up with it. It must not hold our stdout or lock, or who waits for them waits for ever.
	setsid unshare --net --mount --pid --fork --kill-child --mount-proc --propagation private \
		bash -c 'exec -a "$0-init" bash -c "while :; do sleep infinity & wait; done" "$1"' "$NODE_NAME" "$NODE_DIR" \
		< /dev/null > "$NODE_DIR/log/init.log" 2>&1 9>&- &
	local outer=$! end=$((SECONDS + 10))
	until init_pid > /dev/null; do
		[ -e "/proc/$outer" ] && [ $SECONDS -lt $end ] || die "the node's namespaces could not be made: $(cat "$NODE_DIR/log/init.log")"
		sleep .02
	done
}

# The host's end: the same address and port as on the node, so that one kubeconfig serves both.
forward() {
	local port ready end=$((SECONDS + 10)); port=$(node_port)
	ready() { kubectl get --raw /readyz > /dev/null 2>&1; }
	! ready || return 0
	! listens "$port" || die "127.0.0.1:$port belongs to another program: run make cluster-down and make cluster, which chooses another port"
	# In the node's process namespace, so that it ends with the node, but in the host's network.
	setsid nsenter --target "$(init_pid)" --pid -- "$BIN/node" forward "/proc/$(init_pid)/ns/net" "127.0.0.1:$port=127.0.0.1:$port" \
		< /dev/null > "$NODE_DIR/log/forward.log" 2>&1 9>&- &
	until ready; do
		[ $SECONDS -lt $end ] || die "the API server does not answer at 127.0.0.1:$port: $(cat "$NODE_DIR/log/forward.log")"
		sleep .1
	done
}

# Inside, /var/lib, /var/log and /run are the node's own, and these folders lie at fixed short paths: so the clone may be anywhere,
# and a socket's path never grows past the 107 bytes that the kernel takes.
folders() {
	enter mountpoint -q /run/node && return
	nsenter --target "$(init_pid)" --net --pid --mount -- bash -eu -c '
		exec {state}< "$1" {scripts}< "$2" {programs}< "$3"
		for d in /run /var/lib /var/log; do mount -t tmpfs node "$d"; done
		mkdir /run/netns /run/node /run/cluster /run/programs
		mount --bind "/proc/self/fd/$state" /run/node
		mount --bind "/proc/self/fd/$scripts" /run/cluster
		mount --bind "/proc/self/fd/$programs" /run/programs
		mount --make-rshared /   # kubelet passes mounts on to containers
	' bash "$NODE_DIR" "$here" "$BIN"
}

up() {
	mkdir -p "$NODE_DIR"/{pki,log,run,etcd,cni,containerd,kubelet,volumes,pod-logs}
	echo "$NODE_NAME" > "$NODE_DIR/name"
	make_cgroups
	choose_port
	export NODE_NAME NODE_IP NODE_PORT
	NODE_PORT=$(node_port)
	[ -f "$NODE_DIR/admin.kubeconfig" ] || "$here/pki.sh"
	init_pid > /dev/null || start_init
	folders
	"$here/load.sh" pause & local loading=$!
	enter /run/cluster/components.sh
	wait "$loading"
	forward
}
mkdir -p "$NODE_DIR"
locked "$NODE_DIR/up.lock" up
say "up: node $NODE_NAME, API server 127.0.0.1:$(node_port), KUBECONFIG=$NODE_DIR/admin.kubeconfig"
