#!/bin/sh
# Everything that needs neither Docker nor an engine: lint, types (for Linux and macOS), layers, unit and golden tests.
# The parts run beside each other; one is seen at work, and the others tell what they found when they end.
set -eu
cd "$(dirname "$0")/.."
sh lab/run.sh sync
# pytest keeps the tests it has prepared, which some shells forbid; without that each run prepares them all anew.
unset PYTHONDONTWRITEBYTECODE
PATH="$PWD/.venv/bin:$PATH"
# Tests write thousands of small files. In memory that costs nothing, where memory may hold programs.
memory=/dev/shm
[ -w $memory ] && ! findmnt --noheadings --options noexec $memory >/dev/null 2>&1 || memory=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$memory/ocrfleet-check.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 130' INT TERM

lint() {
	ruff check --quiet . && ruff format --quiet --check . && mypy --no-error-summary &&
		mypy --no-error-summary --platform darwin --cache-dir .mypy_cache/darwin &&
		{ lint-imports --no-cache >/dev/null || lint-imports; }
}
waiting="tests/unit/lab tests/unit/provider tests/unit/remote" # for processes and sockets
agent() { python3 -m pytest --quiet -p no:cacheprovider -p no:logging tests/unit/agent; }
oldest() { sh lab/oldest.sh; }
# shellcheck disable=SC2086  # several folders are several words
waiting() { python3 -m pytest --quiet -p no:cacheprovider $waiting; }
# shellcheck disable=SC2046,SC2086
rest() { python3 -m pytest --quiet tests/unit tests/golden --ignore=tests/unit/agent $(printf -- '--ignore=%s ' $waiting); }

part() {
	found=$("$1" 2>&1) && ended=0 || ended=$?
	[ -z "$found" ] || printf '%s\n' "$found"
	return $ended
}

parts=""
for name in lint waiting agent oldest; do
	part $name &
	parts="$parts $!"
done
worst=0
rest || worst=1
for part in $parts; do
	wait "$part" || worst=1
done
exit $worst
