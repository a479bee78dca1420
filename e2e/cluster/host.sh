#!/usr/bin/env bash
# Names all that this machine lacks, before anything is built: host.sh [--rust]. Debian's packages are for tools.sh.
. "$(dirname "$0")/lib.sh"
lacks=()
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; } # WANTED FOUND
number() { grep -m1 -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' || true; }
program() { # NAME WANTED FOUND WHERE-FROM
	if [ -z "$3" ]; then
		lacks+=("$1, $2 or later: $4. If your own user has it: sudo env \"PATH=\$PATH\" make …")
	elif ! at_least "$2" "$3"; then
		lacks+=("$1, $2 or later: this one is $3. $4")
	fi
}

if [ "${1:-}" = --rust ]; then
	wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$here/../../Cargo.toml")
	program cargo "$wanted" "$(cargo --version 2>/dev/null | number)" "install Rust from https://rustup.rs"
fi
if external; then
	for p in kubectl helm; do
		[ -x "$BIN/$p" ] || command -v "$p" > /dev/null || lacks+=("$p on PATH: with VERDIGRIS_KUBECONFIG it is not built")
	done
else
	if ! [ -x "$BIN/node" ] || ! [ -x "$BIN/helm" ]; then
		# In the module's folder, where a newer Go is fetched by one that can.
		program go "$(number < "$here/node/go.mod")" "$(cd "$here/node" && { go version 2>/dev/null || true; } | number)" "install Go from https://go.dev/dl/"
	fi
	[ "$(id -u)" = 0 ] || lacks+=("root (namespaces, mounts, cgroups): use sudo, or set VERDIGRIS_KUBECONFIG to a cluster that you have")
fi
if [ ${#lacks[@]} = 0 ]; then exit; fi
say "nothing was built; this machine lacks"
for lack in "${lacks[@]}"; do say "  $lack"; done
exit 1
