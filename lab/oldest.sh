#!/bin/sh
# Runs the agent's tests under Python 3.10, the oldest a host may have, where one is found on this machine.
set -eu
uv=$(sh lab/run.sh uv)
# pyenv hides the versions that are not chosen from everybody who looks on PATH.
python=$("$uv" python find --no-python-downloads 3.10 2>/dev/null ||
	ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python3.10 2>/dev/null | tail -n 1)
[ -n "$python" ] || {
	echo "no Python 3.10 on this machine: the agent's tests ran under $(.venv/bin/python3 --version) only"
	exit 0
}
"$uv" run --quiet --no-project --isolated --python "$python" --with pytest==9.2.0 --with hypothesis==6.168.5 \
	env PYTHONPATH=infra python -m pytest --quiet -c tests/unit/agent/pytest.ini tests/unit/agent
