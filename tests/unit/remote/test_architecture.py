"""There is one way to a host: no other code opens a connection, and none passes secrets as environment."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ocrfleet

ROOT = Path(ocrfleet.__file__).parent
SOURCES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
# Fabric brings a YAML reader of its own along; ours is behind ocrfleet.spec.
SLOW = {"pydantic", "jinja2", "typer", "rich", "pypdfium2", "PIL", "pytest", "ocrfleet.spec", "ocrfleet.render"}
LIGHT = ("project", "plan", "remote", "commands.containers", "errors", "agent.names")


def test_connections_are_opened_in_one_module_only() -> None:
    assert modules_calling("Connection", "SSHClient", "ThreadingGroup", "SerialGroup") == {"remote/ssh.py"}


def test_transports_are_made_only_where_keys_are_checked_or_only_shown() -> None:
    assert modules_calling("Transport") == {"remote/keys.py", "remote/scan.py"}


def test_fabric_is_imported_in_one_module_only() -> None:
    assert {name for name, tree in SOURCES.items() if "fabric" in imports(tree)} == {"remote/ssh.py"}


def test_nothing_is_passed_to_a_host_as_environment() -> None:
    found = [name for name, tree in SOURCES.items() for call in calls(tree) if runs_with_environment(name, call)]
    assert found == []


def test_what_the_provider_process_imports_starts_fast() -> None:
    program = f"import sys; import {', '.join(f'ocrfleet.{name}' for name in LIGHT)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert SLOW & set(done.stdout.split()) == set()


def modules_calling(*names: str) -> set[str]:
    """The modules in which something of these names is called."""
    return {module for module, tree in SOURCES.items() for call in calls(tree) if name_of(call) in names}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call in a module."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    """The last part of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def runs_with_environment(module: str, call: ast.Call) -> bool:
    """Whether a call looks like Fabric's `run(…, env=…)`; the agent's own commands on the host are another matter."""
    given = {keyword.arg for keyword in call.keywords}
    return not module.startswith("agent/") and name_of(call) in {"run", "sudo"} and "env" in given


def imports(tree: ast.AST) -> set[str]:
    """The packages a module imports."""
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {name.partition(".")[0] for name in plain | {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}}
