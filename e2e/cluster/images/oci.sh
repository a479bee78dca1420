# Writes container images with tar, sha256sum and jq into one OCI layout, $IMAGES: blobs are kept by digest, so what did not change is
# neither packed nor loaded again, and nothing is compressed, for nothing travels further than this disk. Sourced after lib.sh.
blobs=$IMAGES/blobs/sha256
mkdir -p "$blobs" "$IMAGES/layers" "$IMAGES/index"
[ -f "$IMAGES/oci-layout" ] || echo '{"imageLayoutVersion":"1.0.0"}' > "$IMAGES/oci-layout"

blob() { # FILE: moves it in, prints its digest
	local d; d=$(sha256sum "$1" | cut -d' ' -f1)
	mv -f "$1" "$blobs/$d"
	echo "$d"
}
# A layer is made of WANT, a digest of its inputs. `have_layer` is true, and prints the layer's digest, if it was made already.
have_layer() { # NAME WANT
	local want digest
	read -r want digest 2>/dev/null < "$IMAGES/layers/$1" && [ "$want" = "$2" ] && [ -f "$blobs/$digest" ] && echo "$digest"
}
layer() { # NAME WANT TAR-ARGUMENTS…: the same files give the same digest
	local name=$1 want=$2 digest; shift 2
	tar --sort=name --mtime=@0 --numeric-owner -cf "$IMAGES/.$name.tar" "$@"
	digest=$(blob "$IMAGES/.$name.tar")
	stamp "$IMAGES/layers/$name" "$want $digest"
	echo "$digest"
}
image() { # REFERENCE CONFIG LAYER-DIGEST…: prints the line for an index
	local reference=$1 config=$2 arch d m work; shift 2
	work=$(mktemp -d -p "$IMAGES" .image.XXXXXX)
	arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
	jq -nc --argjson config "$config" --arg arch "$arch" \
		'{os: "linux", architecture: $arch, config: $config, rootfs: {type: "layers", diff_ids: ($ARGS.positional | map("sha256:" + .))}}' \
		--args "$@" > "$work/config"
	d=$(blob "$work/config")
	for l in "$d" "$@"; do stat -c "sha256:$l %s" "$blobs/$l"; done | jq -Rnc '
		def oci: "application/vnd.oci.image." + .;
		[inputs | split(" ") | {digest: .[0], size: (.[1] | tonumber)}]
		| {schemaVersion: 2, mediaType: ("manifest.v1+json" | oci),
		   config: (.[0] + {mediaType: ("config.v1+json" | oci)}), layers: (.[1:] | map(. + {mediaType: ("layer.v1.tar" | oci)}))}' > "$work/manifest"
	m=$(blob "$work/manifest")
	rm -r "$work"
	jq -nc --arg name "$reference" --arg m "sha256:$m" --argjson size "$(stat -c %s "$blobs/$m")" \
		'{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $m, size: $size,
		  annotations: {"io.containerd.image.name": $name, "org.opencontainers.image.ref.name": ($name | split(":") | last)}}'
}
# What load.sh and archive.sh take. Clones that share a cache share all but the operator's own image.
index_of() { case $1 in verdigris) echo "verdigris-$id";; *) echo "$1";; esac; }
index() { # NAME, lines of `image` on stdin
	local file; file=$(index_of "$1")
	jq -sc '{schemaVersion: 2, manifests: .}' > "$IMAGES/.$file.new" && mv "$IMAGES/.$file.new" "$IMAGES/index/$file"
}
# Blobs of an index: manifests, their configs and layers.
blobs_of() { # FILE in index/
	local m
	for m in $(jq -r '.manifests[].digest | ltrimstr("sha256:")' "$IMAGES/index/$1"); do
		echo "$m"
		jq -r '.config.digest, .layers[].digest | ltrimstr("sha256:")' "$blobs/$m"
	done | sort -u
}
# Drops blobs that no index and no layer names any more.
prune() {
	local f keep
	keep=$( { for f in "$IMAGES"/index/*; do blobs_of "${f##*/}"; done; cut -d' ' -f2 "$IMAGES"/layers/*; } | sort -u)
	for f in "$blobs"/*; do grep -qx "${f##*/}" <<< "$keep" || rm -f "$f"; done
}
