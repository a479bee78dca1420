#!/usr/bin/env bash
# Writes an archive of images to stdout for another cluster's tools, such as `kind load image-archive`: archive.sh pause|databases|verdigris
. "$(dirname "$0")/../lib.sh"
. "$here/images/oci.sh"
[ -f "$IMAGES/index/${1:?pause, databases or verdigris}" ] || die "no images of that name: run make images, or make image for verdigris"
blobs_of "$1" | sed 's,^,blobs/sha256/,' | tar -C "$IMAGES" -cf - --transform "s,^index/$1$,index.json," oci-layout "index/$1" --files-from -
