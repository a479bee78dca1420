#!/usr/bin/env bash
# One CA, one certificate and kubeconfig per component. EC keys: RSA ones take seconds. Run by up.sh, once in a node's life.
. "$(dirname "$0")/lib.sh"
cd "$NODE_DIR/pki"
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }
key ca
openssl req -x509 -new -key ca.key -out ca.crt -days 365 -subj "/CN=$NODE_NAME-ca"
key sa
openssl pkey -in sa.key -pubout -out sa.pub
user() { # NAME SUBJECT SAN
	key "$1"
	openssl req -new -key "$1.key" -subj "$2" |
		openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out "$1.crt" \
			-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3") 2>/dev/null
	cat > "$NODE_DIR/$1.kubeconfig" <<-K
		apiVersion: v1
		kind: Config
		clusters: [{name: $NODE_NAME, cluster: {server: "https://127.0.0.1:$NODE_PORT", certificate-authority-data: $(base64 -w0 ca.crt)}}]
		users: [{name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}]
		contexts: [{name: $NODE_NAME, context: {cluster: $NODE_NAME, user: $1}}]
		current-context: $NODE_NAME
	K
	chmod 600 "$NODE_DIR/$1.kubeconfig" "$1.key"
}
user apiserver /CN=kube-apiserver "IP:127.0.0.1,IP:10.96.0.1,IP:$NODE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
user kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" "IP:$NODE_IP,DNS:$NODE_NAME"
user kcm /CN=system:kube-controller-manager DNS:kcm
user scheduler /CN=system:kube-scheduler DNS:scheduler
user proxy /CN=system:kube-proxy DNS:proxy
user coredns /CN=system:coredns DNS:coredns
user volumes /CN=system:volumes DNS:volumes
user admin /O=system:masters/CN=admin DNS:admin   # last: up.sh takes it for the sign that all are there
