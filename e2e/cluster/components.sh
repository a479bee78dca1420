#!/usr/bin/env bash
# Starts the components that do not run. Runs on the node only (up.sh); every step looks first, so that it can be repeated.
set -euo pipefail
state=/run/node node=/run/programs/node
alive() { [ -f "$state/run/$1" ] && kill -0 "$(cat "$state/run/$1")" 2>/dev/null; }
start() { # NAME COMMAND…
	local name=$1; shift
	if alive "$name"; then return; fi
	setsid "$@" < /dev/null >> "$state/log/$name.log" 2>&1 9>&- &
	echo $! > "$state/run/$name"
}
until_ok() { # SECONDS COMMAND…
	local end=$((SECONDS + $1)); shift
	until "$@" > /dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then echo "cluster: gave up waiting for: $*; see the logs in .state/log" >&2; return 1; fi
		sleep .1
	done
}
kubectl() { "$node" kubectl --kubeconfig "$state/admin.kubeconfig" "$@"; }

# Only lo and, later, the pods' bridge: no packet can leave. A default route is there because kube-proxy and Service addresses want
# one; it leads to lo.
ip link set lo up
ip addr replace "$NODE_IP/32" dev lo
ip route replace default dev lo src "$NODE_IP"
sysctl -qw net.ipv4.ip_forward=1

for f in /run/cluster/config/*; do
	to=$state/${f##*/}
	sed "s|@IP@|$NODE_IP|g; s|@NAME@|$NODE_NAME|g" "$f" > "$to.new"
	# Only if it changed: kube-proxy ends when its file is written.
	if cmp -s "$to.new" "$to"; then rm "$to.new"; else mv "$to.new" "$to"; fi
done
cp "$state/10-pods.conflist" "$state/cni/"
cd "$state/pki"

start containerd containerd --config "$state/containerd.toml"
start etcd "$node" etcd --data-dir "$state/etcd" --unsafe-no-fsync --log-level error \
	--listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
start kube-apiserver "$node" kube-apiserver --etcd-servers http://127.0.0.1:2379 \
	--secure-port "$NODE_PORT" --bind-address 0.0.0.0 --advertise-address "$NODE_IP" \
	--tls-cert-file apiserver.crt --tls-private-key-file apiserver.key --client-ca-file ca.crt --authorization-mode Node,RBAC \
	--service-account-issuer https://kubernetes.default.svc --service-account-key-file sa.pub --service-account-signing-key-file sa.key \
	--service-cluster-ip-range 10.96.0.0/16 --allow-privileged \
	--audit-policy-file "$state/audit.yaml" --audit-log-path "$state/log/audit.log" --audit-log-maxsize 2000 \
	--kubelet-preferred-address-types InternalIP --kubelet-certificate-authority ca.crt \
	--kubelet-client-certificate admin.crt --kubelet-client-key admin.key

until_ok 60 kubectl get --raw /readyz
start kube-controller-manager "$node" kube-controller-manager --kubeconfig "$state/kcm.kubeconfig" --leader-elect=false \
	--use-service-account-credentials --service-account-private-key-file sa.key --root-ca-file ca.crt \
	--cluster-signing-cert-file ca.crt --cluster-signing-key-file ca.key
start kube-scheduler "$node" kube-scheduler --kubeconfig "$state/scheduler.kubeconfig" --leader-elect=false
start kubelet "$node" kubelet --config "$state/kubelet.yaml" --kubeconfig "$state/kubelet.kubeconfig" \
	--hostname-override "$NODE_NAME" --node-ip "$NODE_IP" --root-dir "$state/kubelet"
start kube-proxy "$node" kube-proxy --config "$state/proxy.yaml"
until_ok 20 kubectl apply --server-side -f "$state/addons.yaml"
start coredns "$node" coredns -conf "$state/Corefile"
start volumes "$node" volumes --kubeconfig "$state/volumes.kubeconfig" --dir "$state/volumes" --node "$NODE_NAME"

until_ok 30 curl -sf http://127.0.0.1:10248/healthz # kubelet: a node counts as Ready for a while after its death
until_ok 60 kubectl wait --for condition=Ready "node/$NODE_NAME" --timeout 60s
until_ok 30 kubectl get serviceaccount default   # without it no pod is admitted
until_ok 30 curl -sf http://127.0.0.1:8181/ready # CoreDNS
