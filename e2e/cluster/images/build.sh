#!/usr/bin/env bash
# Makes the images that tests run: pause, the databases (postgres:15 to 18 and pgbouncer:1), and the layers under the operator's own image.
# They share one small root file system. Packages only, no image registry; what did not change is kept.
. "$(dirname "$0")/../lib.sh"
. "$here/images/oci.sh"
images=$here/images
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
env='["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]'

pause_image() {
	local want layer; want=$(digest "$images/pause.c" "$images/oci.sh")
	layer=$(have_layer pause "$want") || {
		mkdir "$work/pause"
		gcc -Os -static -s -o "$work/pause/pause" "$images/pause.c"
		layer=$(layer pause "$want" --owner=0 --group=0 -C "$work/pause" .)
	}
	image localhost/pause:1 '{"Entrypoint": ["/pause"], "User": "65532"}' "$layer" | index pause
}

base_layer() {
	local want packages; want=$(digest "$images/base-packages.txt" "$images/slim.sh" "$images/oci.sh")
	have_layer base "$want" && return
	[ "$(id -u)" = 0 ] || die "unpacking a root file system takes root: run make images with sudo once"
	say "unpacking the base image's packages"
	packages=$(grep -v '^#' "$images/base-packages.txt" | tr ' \n' ',,')
	mmdebstrap --quiet --variant=extract --mode=root --format=directory --include="${packages%,}" bookworm "$work/root" >&2
	"$images/slim.sh" "$work/root"
	layer base "$want" --one-file-system -C "$work/root" .
}

server_layer() { # MAJOR
	local major=$1 want; want=$(digest "$pg/.$1.stamp" "$images/build.sh" "$images/oci.sh")
	have_layer "server-$major" "$want" && return
	cp -a "$pg/$major" "$work/$major"
	# As in the official image: reached from outside, and the socket where Debian has it; these clients' own default is /tmp.
	printf "\nlisten_addresses = '*'\nunix_socket_directories = '/var/run/postgresql, /tmp'\n" >> "$work/$major/share/postgresql.conf.sample"
	layer "server-$major" "$want" --owner=0 --group=0 --transform 's,^\./,usr/local/,' -C "$work/$major" ./bin ./lib ./share
}

entry_layer() {
	local want; want=$(digest "$images/docker-entrypoint.sh" "$images/oci.sh")
	have_layer entry "$want" ||
		layer entry "$want" --owner=0 --group=0 --mode 0755 --transform 's,^,usr/local/bin/,' -C "$images" docker-entrypoint.sh
}

pgbouncer_layer() {
	local want; want=$(digest "$images/build.sh" "$images/oci.sh")
	have_layer pgbouncer "$want" && return
	# Unpacked rather than installed: the package asks for postgresql-common, and so for Perl.
	mkdir "$work/bouncer"
	(cd "$work/bouncer" && apt-get download -qq -o APT::Sandbox::User=root pgbouncer && dpkg-deb -x pgbouncer_*.deb . && rm -rf ./*.deb usr/share etc lib) >&2
	layer pgbouncer "$want" --owner=0 --group=0 -C "$work/bouncer" .
}

# Client tools of all majors, for the operator: each finds its own libpq beside it.
clients_layer() {
	local want major; want=$(digest "$pg"/.??.stamp "$images/build.sh" "$images/oci.sh")
	have_layer clients "$want" && return
	for major in $MAJORS; do
		mkdir -p "$work/clients/usr/lib/postgresql/$major"/{bin,lib}
		cp -a "$pg/$major"/bin/{pg_dump,pg_restore,pg_dumpall,psql,pg_isready} "$work/clients/usr/lib/postgresql/$major/bin/"
		cp -a "$pg/$major"/lib/libpq.so.5* "$work/clients/usr/lib/postgresql/$major/lib/"
	done
	layer clients "$want" --owner=0 --group=0 -C "$work/clients" .
}

postgres_image() { # MAJOR BASE ENTRY
	local data=/var/lib/postgresql/data config version
	if [ "$1" -ge 18 ]; then data=/var/lib/postgresql/18/docker; fi
	version=$(sed -n "s/.*==\($1\.[0-9]*\)\..*/\1/p" "$images/postgresql.lock")
	config=$(jq -nc --argjson env "$env" --arg data "$data" --arg major "$1" --arg version "$version" '
		{Entrypoint: ["docker-entrypoint.sh"], Cmd: ["postgres"], StopSignal: "SIGINT", ExposedPorts: {"5432/tcp": {}},
		 Volumes: {(if ($major | tonumber) < 18 then $data else "/var/lib/postgresql" end): {}},
		 Env: ($env + ["PGDATA=" + $data, "PG_MAJOR=" + $major, "PG_VERSION=" + $version])}')
	image "docker.io/library/postgres:$1" "$config" "$2" "$(server_layer "$1")" "$3"
}

database_images() { # BASE
	local major entry; entry=$(entry_layer)
	for major in $MAJORS; do postgres_image "$major" "$1" "$entry"; done
	image docker.io/library/pgbouncer:1 \
		"$(jq -nc --argjson env "$env" '{Entrypoint: ["/usr/sbin/pgbouncer"], Cmd: ["/etc/pgbouncer/pgbouncer.ini"], User: "999:999", Env: $env}')" \
		"$1" "$(pgbouncer_layer)"
}

build() {
	local base want
	want=$(digest "$here"/images/* "$here/lib.sh" "$pg"/.??.stamp)
	if fresh "$IMAGES/.stamp" "$want"; then return; fi
	pause_image
	base=$(base_layer)
	database_images "$base" > "$work/databases"
	index databases < "$work/databases"
	clients_layer > /dev/null
	prune
	stamp "$IMAGES/.stamp" "$want"
	say "images: pause, postgres:15 to 18, pgbouncer:1 ($(du -sh "$IMAGES" | cut -f1))"
}
skip_if_external "no images are built; it pulls its own, and the operator's is made with the Containerfile"
pg=$(VERDIGRIS_PG_BINS='' "$here/pg-servers.sh")
locked "$IMAGES/.lock" build
