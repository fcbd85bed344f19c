#!/bin/sh
# Runs the lab's program: finds uv or installs it in a private place, brings .venv up to date, and hands over.
set -eu
cd "$(dirname "$0")/.."
version=0.13.9
private=${XDG_CACHE_HOME:-$HOME/.cache}/ocrfleet/uv-$version

find_uv() {
	if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
		command -v uv
	elif [ -x "$private/bin/uv" ]; then
		echo "$private/bin/uv"
	else
		echo "uv: installing $version in $private" >&2
		install_uv >&2
		echo "$private/bin/uv"
	fi
}

install_uv() {
	if ! python3 -m venv "$private" 2>/dev/null; then
		# Debian keeps venv in a package of its own.
		as_root apt-get update -qq
		as_root apt-get install -y -qq python3-venv
		python3 -m venv --clear "$private"
	fi
	"$private/bin/pip" install --quiet --disable-pip-version-check "uv==$version"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

uv=$(find_uv)
[ -x .venv/bin/python3 ] || echo "Python packages: getting those of uv.lock" >&2
"$uv" sync --locked --quiet
# uv compiles what it installs; our own package is only linked, and some shells keep Python from compiling it later.
.venv/bin/python3 -m compileall -q infra/ocrfleet
[ "$1" = uv ] && echo "$uv" && exit
[ "$1" = sync ] || UV="$uv" exec .venv/bin/python3 -m lab "$@"
