#!/usr/bin/env bash
# Breaks the node, on purpose and one thing at a time. Nothing touches the clock.
#   fault.sh pause|resume|kill COMPONENT        components are the names in .state/run; up.sh starts the killed ones again
#   fault.sh cut|mend NAMESPACE POD ADDRESS     no packet between the pod and the address (a pod's, or the API server's 10.96.0.1)
#   fault.sh dropped NAMESPACE POD              packets that this has dropped
#   fault.sh unplug|plug NAMESPACE POD          the pod's interface goes down, as if its cable were pulled
#   fault.sh crash NAMESPACE POD PROGRAM        kill -9 of the oldest process of that name in the pod
#   fault.sh crash-child NAMESPACE POD PROGRAM  kill -9 of the next oldest: PostgreSQL then recovers, and its container goes on
#   fault.sh pids NAMESPACE POD                 the pod's processes, numbered as on the node: fault.sh signal takes them
#   fault.sh signal SIGNAL PID…                 any signal to processes of the node, for example STOP and CONT to freeze a pod
. "$(dirname "$0")/lib.sh"
usage() { grep '^#  ' "$0" >&2; exit 2; }
component() { cat "$NODE_DIR/run/$1" 2>/dev/null || die "no component $1: it is one of $(cd "$NODE_DIR/run" && echo *)"; }
processes() { # NAMESPACE POD: from the pod's cgroup, so neither kubelet nor containerd need be alive
	local uid; uid=$(kubectl get pod --namespace "$1" "$2" --output jsonpath='{.metadata.uid}')
	enter bash -c 'cat $(find "$1" -path "*/pod$2/*" -name cgroup.procs) | sort -n' bash "$(cgroups | tail -1)" "$uid"
}
in_pod() { # NAMESPACE POD COMMAND…: in the pod's network
	local p; p=$(processes "$1" "$2" | head -1); shift 2
	[ -n "$p" ] || die "the pod has no process"
	enter nsenter --target "$p" --net -- "$@"
}
crash() { # NAMESPACE POD PROGRAM NUMBER: of the processes of that name, oldest first
	local p n=0
	for p in $(processes "$1" "$2"); do
		if [ "$(enter cat "/proc/$p/comm")" = "$3" ] && [ $((n += 1)) = "$4" ]; then enter kill -KILL "$p"; return; fi
	done
	die "no $3 in pod $1/$2"
}

stands() { # PID: until the kernel says that it is stopped
	local end=$((SECONDS + 5))
	until enter grep -q '^State:.T' "/proc/$1/status"; do [ $SECONDS -lt $end ] || die "process $1 was not stopped"; sleep .02; done
}

[ $# -ge 2 ] || usage
if external; then die "faults are for this folder's node: unset VERDIGRIS_KUBECONFIG"; fi
need_root
need_node
case $1:$# in
pause:2) p=$(component "$2") && enter kill -STOP "$p" && stands "$p";;
resume:2) p=$(component "$2") && enter kill -CONT "$p";;
kill:2) p=$(component "$2") && enter kill -KILL "$p";;
# In the pod's own namespace: there the address of the other end is always the real one, also behind a Service, and packets that only
# cross the bridge are seen too. It also stops connections that are already open.
cut:4) in_pod "$2" "$3" nft "add table inet cut; add chain inet cut in { type filter hook input priority 0; }; add chain inet cut out { type filter hook output priority 0; }; add rule inet cut in ip saddr $4 counter drop; add rule inet cut out ip daddr $4 counter drop";;
dropped:3) in_pod "$2" "$3" nft list table inet cut | awk '{for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1)} END {print n + 0}';;
mend:*) in_pod "$2" "$3" nft delete table inet cut;;
unplug:3) in_pod "$2" "$3" ip link set eth0 down;;
plug:3) in_pod "$2" "$3" sh -c 'ip link set eth0 up && ip route add default via 10.244.0.1';; # the route goes with the link
crash:4) crash "$2" "$3" "$4" 1;;
crash-child:4) crash "$2" "$3" "$4" 2;;
pids:3) processes "$2" "$3";;
signal:*) signal=$2; shift 2; enter kill -s "$signal" "$@";;
*) usage;;
esac
