#!/usr/bin/env bash
# Packs the operator's image, verdigris:dev, from a program: operator.sh PROGRAM. Only the program's layer is new, which takes a second.
. "$(dirname "$0")/../lib.sh"
. "$here/images/oci.sh"
skip_if_external "no image is packed; make one with the Containerfile"
[ $# = 1 ] && [ -x "$1" ] || die "usage: operator.sh PROGRAM, what cargo built (missing: ${1:-})"
program=$(readlink -f "$1")

# The base image's C library is Debian 12's; a program linked on something newer would not start, and only say so in a pod's log.
# Without debugging information a debug build is a tenth of its size; names stay, for backtraces.
pack() {
	local work=$1 needs layer
	needs=$(objdump -T "$program" | grep -o 'GLIBC_2\.[0-9]*' | sort -V | tail -1)
	[ "$(printf '%s\n' "$needs" GLIBC_2.36 | sort -V | tail -1)" = GLIBC_2.36 ] ||
		die "$program needs $needs and the image has GLIBC_2.36 (Debian 12): build it on Debian 12, or use the Containerfile"
	mkdir -p "$work/usr/local/bin"
	strip --strip-debug -o "$work/usr/local/bin/verdigris" "$program"
	layer=$(layer "operator-$id" "$(sha256sum < "$program" | cut -c1-64)" --owner=0 --group=0 --mode=0755 -C "$work" usr)
	image docker.io/library/verdigris:dev \
		'{"Entrypoint": ["/usr/local/bin/verdigris"], "User": "65532:65532", "Env": ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"]}' \
		"$(cut -d' ' -f2 "$IMAGES/layers/base")" "$(cut -d' ' -f2 "$IMAGES/layers/clients")" "$layer" | index verdigris
	prune
}
pack_if_changed() {
	local want; want=$(digest "$program" "$here/images/operator.sh" "$IMAGES/.stamp")
	if fresh "$IMAGES/.operator-$id" "$want" && [ -f "$IMAGES/index/$(index_of verdigris)" ]; then return; fi
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	pack "$work"
	stamp "$IMAGES/.operator-$id" "$want"
	say "image verdigris:dev packed from $1"
}
[ -f "$IMAGES/layers/clients" ] || die "no base layers: run make images"
locked "$IMAGES/.lock" pack_if_changed "$1"
