#!/usr/bin/env bash
# Gives the node images: load.sh [--if-up] [--if-made] NAME… (pause, databases, verdigris). Blobs that the node has are not sent again.
. "$(dirname "$0")/lib.sh"
skip_if_external "no image is loaded; push it where that cluster pulls from, or see images/archive.sh"
. "$here/images/oci.sh"

answers() { ctr version > /dev/null 2>&1; }
load() { # NAME
	local have blob index file; file=$(index_of "$1")
	index=$(sha256sum < "$IMAGES/index/$file")
	if fresh "$NODE_DIR/loaded/$1" "$index"; then return; fi
	have=$(ctr content ls -q)
	for blob in $(blobs_of "$file"); do
		grep -q "$blob" <<< "$have" || echo "blobs/sha256/$blob"
	done | tar -C "$IMAGES" -cf - --transform "s,^index/$file$,index.json," oci-layout "index/$file" --files-from - |
		ctr images import - > /dev/null
	stamp "$NODE_DIR/loaded/$1" "$index"
	say "loaded $(jq -r '[.manifests[].annotations["io.containerd.image.name"] | split("/")[-1]] | join(", ")' "$IMAGES/index/$file")"
}
made=
for name; do
	case $name in
	--if-up) if ! init_pid > /dev/null; then say "the cluster is down: nothing to load into"; exit; fi; continue;;
	--if-made) made=1; continue;;
	esac
	if [ ! -f "$IMAGES/index/$(index_of "$name")" ]; then [ -n "$made" ] && continue; die "no images $name: run make images, or make image for verdigris"; fi
	need_node
	end=$((SECONDS + 20))
	until answers; do [ $SECONDS -lt $end ] || die "containerd does not answer: see $NODE_DIR/log/containerd.log"; sleep .1; done
	locked "$IMAGES/.lock" load "$name"
done
