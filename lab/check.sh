#!/bin/sh
# Everything that needs neither Docker nor an engine: lint, types (for Linux and macOS), layers, unit and golden tests.
set -eu
cd "$(dirname "$0")/.."
sh lab/run.sh sync
bin=.venv/bin
# pytest keeps the tests it has prepared, which some shells forbid; without that each run prepares them all anew.
unset PYTHONDONTWRITEBYTECODE

$bin/ruff check --quiet .
$bin/ruff format --quiet --check .
$bin/mypy --no-error-summary
$bin/mypy --no-error-summary --platform darwin --cache-dir .mypy_cache/darwin
$bin/lint-imports --no-cache >/dev/null || $bin/lint-imports
# Many tests wait for processes, so more run at once than there are cores.
$bin/python3 -m pytest --quiet --numprocesses=4 tests/unit tests/golden
sh lab/oldest.sh
