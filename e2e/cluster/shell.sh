#!/usr/bin/env bash
# A shell in the node's network with KUBECONFIG, kubectl, helm and psql: Services and pods answer by name.
. "$(dirname "$0")/lib.sh"
external || need_node
say "kubectl, helm and psql are on PATH; a Service answers as NAME.NAMESPACE; exit leaves"
exec "$here/exec.sh" "${SHELL:-bash}" "$@"
