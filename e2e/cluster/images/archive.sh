#!/usr/bin/env bash
# Writes an archive of images to stdout for another cluster's tools, such as `kind load image-archive`: archive.sh pause|databases|verdigris
. "$(dirname "$0")/../lib.sh"
. "$here/images/oci.sh"
file=$(index_of "${1:?pause, databases or verdigris}")
[ -f "$IMAGES/index/$file" ] || die "no images of that name: run make images, or make image for verdigris"
blobs_of "$file" | sed 's,^,blobs/sha256/,' | tar -C "$IMAGES" -cf - --transform "s,^index/$file$,index.json," oci-layout "index/$file" --files-from -
