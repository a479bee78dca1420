#!/usr/bin/env bash
# slim.sh ROOT: drops what a database does not need and makes what the packages' scripts would have made. Packages are unpacked, not
# configured, which is faster; and mmdebstrap's extract variant skips customize hooks, so build.sh calls this.
set -eu
cd "${1:?}"
rm -rf usr/share/{doc,man,info,locale,lintian,bash-completion} usr/{lib/*,share}/perl* usr/lib/*/{libperl*,gconv} \
	usr/bin/perl* usr/include usr/games var/cache/* var/lib/{apt,dpkg}
ln -sf bash bin/sh
sed 's/:\*:/:x:/; $apostgres:x:999:999::/var/lib/postgresql:/bin/bash' usr/share/base-passwd/passwd.master > etc/passwd
sed 's/:\*:/:x:/; $apostgres:x:999:' usr/share/base-passwd/group.master > etc/group
install -d -o 999 -g 999 var/lib/postgresql
# Any uid may be the server's: these are open to all, as /tmp is.
install -d -o 999 -g 999 -m 1777 var/lib/postgresql/data run/postgresql
install -d -m 755 docker-entrypoint-initdb.d
rm -rf var/run && ln -sfn /run var/run
install -d -m 1777 tmp
ldconfig -r .
