#!/usr/bin/env bash
# Builds the node's programs, `node` (with links by component name) and `helm`, when their sources changed. Static: no C compiler needed.
. "$(dirname "$0")/lib.sh"
skip_if_external "Kubernetes and helm are not built"

build() {
	cd "$here/node"
	local want; want=$(digest ./*.go go.mod go.sum "$here/build.sh")
	if fresh "$BIN/.stamp" "$want" && [ -x "$BIN/node" ] && [ -x "$BIN/helm" ]; then return; fi
	command -v go > /dev/null || die "go is missing: install Go 1.25 or newer from https://go.dev/dl/"
	say "building Kubernetes and helm from Go modules: 5 to 10 minutes the first time"
	# The release scripts would stamp the versions; without it the API server's does not parse.
	local kubernetes helm major minor v=k8s.io/component-base/version
	kubernetes=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
	helm=$(go list -m -f '{{.Version}}' helm.sh/helm/v3)
	IFS=. read -r major minor _ <<< "${kubernetes#v}"
	mkdir -p "$BIN/new"
	CGO_ENABLED=0 go build -trimpath -o "$BIN/new/" \
		-ldflags "-s -w -X $v.gitVersion=$kubernetes -X $v.gitMajor=$major -X $v.gitMinor=$minor \
			-X k8s.io/client-go/pkg/version.gitVersion=$kubernetes -X helm.sh/helm/v3/internal/version.version=$helm" \
		. helm.sh/helm/v3/cmd/helm
	ln -sf node "$BIN/new/kubectl"
	mv -f "$BIN"/new/* "$BIN/" && rmdir "$BIN/new"
	stamp "$BIN/.stamp" "$want"
}
locked "$BIN/.lock" build
