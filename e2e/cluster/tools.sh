#!/usr/bin/env bash
# Installs the packages of packages.txt that the host lacks, as root; otherwise names them and fails. tools.sh [--for-cluster|--for-servers]:
# a cluster that is there already takes no packages, nor do servers that are.
. "$(dirname "$0")/lib.sh"
case ${1:-} in
--for-cluster) skip_if_external "no packages are installed";;
--for-servers) [ -z "${VERDIGRIS_PG_BINS:-}" ] || exit 0;;
esac
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
command -v dpkg-query > /dev/null || die "this host is not Debian: use Debian 12; or set VERDIGRIS_KUBECONFIG to a cluster, and for tests on this host VERDIGRIS_PG_BINS to servers, that you have"
installed=$(dpkg-query -W -f '${Package} ${Status}\n')
packages=$(missing | paste -sd ' ')
if [ -z "$packages" ]; then exit; fi
[ "$(id -u)" = 0 ] || die "missing packages: run as root: apt-get install $packages"
say "installing $packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $packages > /dev/null || die "apt could not install: $packages"
