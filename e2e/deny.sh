#!/usr/bin/env bash
# cargo-deny on licences, bans and sources; on advisories too where their database is at hand.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.20.2
tool=${CARGO_TARGET_DIR:-target}/tools
deny=$(command -v cargo-deny || true)
if [ -z "$deny" ] || ! "$deny" --version | grep -q " $version\$"; then
	deny=$tool/bin/cargo-deny
	if [ ! -x "$deny" ]; then
		# Its speed does not matter, its build time does.
		CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off cargo install -q --locked --root "$tool" "cargo-deny@$version"
	fi
fi
cargo fetch -q --locked # its metadata covers every platform
"$deny" --offline check licenses bans sources
echo "licences, bans and sources: 3 passed, 0 failed"
if [ -d "${CARGO_HOME:-$HOME/.cargo}/advisory-dbs" ]; then
	"$deny" --offline check advisories
	echo "advisories: 1 passed, 0 failed"
else
	echo "advisories: not looked at, their database is not on this machine (cargo deny fetch)"
fi
