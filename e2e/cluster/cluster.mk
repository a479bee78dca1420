# The test cluster's targets; the root Makefile includes this file. It defines `operator-binary`, which makes $(VERDIGRIS_BIN).
# Everything is done by scripts in this folder, which look first and do only what is missing.
CLUSTER := e2e/cluster
VERDIGRIS_BIN ?= target/debug/verdigris
# The servers for integration tests, as in: VERDIGRIS_PG_BINS=$(PG_BINS) cargo test
PG_BINS = $(or $(VERDIGRIS_PG_BINS),$(shell $(CLUSTER)/pg-servers.sh --where))

.PHONY: host tools cluster-tools server-tools node pg-servers images image cluster cluster-down cluster-smoke shell

host: # before anything is built
	@$(CLUSTER)/host.sh

tools: ## install the Debian packages that cluster and servers need (as root), or name them
	@$(CLUSTER)/tools.sh

cluster-tools:
	@$(CLUSTER)/tools.sh --for-cluster

server-tools:
	@$(CLUSTER)/tools.sh --for-servers

node: cluster-tools ## build Kubernetes and helm from Go modules
	@$(CLUSTER)/build.sh

pg-servers: server-tools ## unpack PostgreSQL 15 to 18 for tests on this host
	@$(CLUSTER)/pg-servers.sh > /dev/null

images: cluster-tools ## build the images of PostgreSQL, PgBouncer and the operator's base
	@$(CLUSTER)/images/build.sh

image: images operator-binary ## pack the operator's image, and load it if the cluster is up
	@$(CLUSTER)/images/operator.sh "$(VERDIGRIS_BIN)"
	@$(CLUSTER)/load.sh --if-up verdigris

cluster: host node images ## bring the cluster up, or what of it is missing
	@$(CLUSTER)/up.sh
	@$(CLUSTER)/load.sh databases --if-made verdigris

cluster-down: ## take the cluster down; what was built and installed stays
	@$(CLUSTER)/down.sh

cluster-smoke: cluster ## prove the cluster: two databases behind a Service that is turned from one to the other
	@$(CLUSTER)/smoke.sh

shell: cluster ## a shell in the cluster's network, with kubectl, helm and psql
	@$(CLUSTER)/shell.sh
