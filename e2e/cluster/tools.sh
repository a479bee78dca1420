#!/usr/bin/env bash
# Installs the packages of packages.txt that the host lacks, as root; otherwise names them and fails.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
missing() {
	local package command
	while read -r package command; do
		case $package in '' | '#'*) continue;; esac
		if [ -n "$command" ] && command -v "$command" > /dev/null; then continue; fi
		if grep -q "^$package install ok installed" <<< "$installed"; then continue; fi
		echo "$package"
	done < "$here/packages.txt"
}
command -v dpkg-query > /dev/null || die "this host is not Debian: run the cluster on Debian 12, or set VERDIGRIS_KUBECONFIG and VERDIGRIS_PG_BINS to what you have"
installed=$(dpkg-query -W -f '${Package} ${Status}\n')
packages=$(missing | paste -sd ' ')
if [ -z "$packages" ]; then exit; fi
[ "$(id -u)" = 0 ] || die "missing packages: run as root: apt-get install $packages"
say "installing $packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages > /dev/null || die "apt could not install: $packages"
