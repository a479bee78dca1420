#!/usr/bin/env bash
# Entry point of the postgres images, with the contract of the official one: on an empty PGDATA it makes a cluster from POSTGRES_USER, _PASSWORD,
# _DB, _INITDB_ARGS, _INITDB_WALDIR and _HOST_AUTH_METHOD (each also as …_FILE), runs /docker-entrypoint-initdb.d on a server that only its
# socket reaches, and then runs what it is told. It starts as root, and becomes postgres, or as any other user.
set -euo pipefail
fail() { echo "docker-entrypoint: $*" >&2; exit 1; }
note() { echo "docker-entrypoint: $*"; }

setting() { # NAME DEFAULT: NAME, or the content of the file that NAME_FILE names, or DEFAULT
	local file=$1_FILE
	if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then fail "both $1 and $file are set: set one"; fi
	if [ -n "${!file:-}" ]; then export "$1=$(< "${!file}")"; else export "$1=${!1:-$2}"; fi
	unset "$file"
}

# Some programs ask who they are by name, which a uid of the orchestrator's choice has not.
name_this_uid() {
	if getent passwd "$(id -u)" > /dev/null; then return; fi
	NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
	echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$PGDATA:/bin/false" > "$NSS_WRAPPER_PASSWD"
	echo "postgres:x:$(id -g):" > "$NSS_WRAPPER_GROUP"
	export NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP LD_PRELOAD=libnss_wrapper.so
}
forget_name() {
	[ -n "${NSS_WRAPPER_PASSWD:-}" ] || return 0
	rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
	unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

make_cluster() {
	local arguments=()
	if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
		fail "no superuser password: set POSTGRES_PASSWORD, or POSTGRES_HOST_AUTH_METHOD=trust to let everybody in without one"
	fi
	if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then arguments+=(--waldir "$POSTGRES_INITDB_WALDIR"); fi
	if [ -n "$POSTGRES_PASSWORD" ]; then arguments+=(--pwfile /dev/fd/8); fi
	# POSTGRES_INITDB_ARGS holds several arguments, quoted as for a shell.
	eval 'initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" "${arguments[@]}" '"$POSTGRES_INITDB_ARGS" 8< <(printf '%s\n' "$POSTGRES_PASSWORD")
	printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >> "$PGDATA/pg_hba.conf"
}

sql() { psql --no-psqlrc --no-password --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "${db:-$POSTGRES_DB}" "$@"; }
docker_process_sql() { sql "$@"; }   # the name that init scripts of others call

run_init_scripts() {
	local f
	for f in /docker-entrypoint-initdb.d/*; do
		case $f in
		# A script that may not be executed is read into this shell, and so has the functions above.
		*.sh) note "running $f"; if [ -x "$f" ]; then "$f"; else . "$f"; fi;;
		*.sql) note "running $f"; sql --file "$f";;
		*.sql.gz) note "running $f"; gzip -dc "$f" | sql;;
		*.sql.xz) note "running $f"; xz -dc "$f" | sql;;
		*.sql.zst) note "running $f"; zstd -dc "$f" | sql;;
		'/docker-entrypoint-initdb.d/*') ;;
		*) note "ignoring $f";;
		esac
	done
}

initialise() { # COMMAND…: the server's own settings hold for the init scripts as well
	export PGHOST=/var/run/postgresql PGPORT=${PGPORT:-5432} PGPASSWORD=$POSTGRES_PASSWORD
	unset PGHOSTADDR
	make_cluster
	pg_ctl --pgdata "$PGDATA" --wait --options "$(printf '%q ' "${@:2}" -c listen_addresses= -p "$PGPORT")" start
	if [ "$(db=postgres sql --tuples-only --no-align --set db="$POSTGRES_DB" <<< "SELECT count(*) FROM pg_database WHERE datname = :'db'")" = 0 ]; then
		db=postgres sql --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db"'
	fi
	run_init_scripts
	pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
	unset PGPASSWORD PGHOST
	note "the cluster is made; starting the server"
}

case ${1:-} in -*) set -- postgres "$@";; esac
# Asking for help makes no cluster.
for word; do case $word in -'?' | --help | --describe-config | -V | --version) exec "$@";; esac; done
if [ "${1:-}" != postgres ]; then exec "$@"; fi

mkdir -p "$PGDATA" || fail "PGDATA=$PGDATA cannot be made by uid $(id -u)"
if [ "$(id -u)" = 0 ]; then
	find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
	if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then install -d -o postgres -g postgres -m 700 "$POSTGRES_INITDB_WALDIR"; fi
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
# An fsGroup gives the group access to all of a volume each time it is mounted, and then the server would refuse to start.
chmod 700 "$PGDATA" 2>/dev/null || note "the mode of $PGDATA belongs to somebody else"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
	setting POSTGRES_PASSWORD ''
	setting POSTGRES_USER postgres
	setting POSTGRES_DB "$POSTGRES_USER"
	setting POSTGRES_INITDB_ARGS ''
	setting POSTGRES_HOST_AUTH_METHOD scram-sha-256
	name_this_uid
	initialise "$@"
	forget_name
fi
exec "$@"
