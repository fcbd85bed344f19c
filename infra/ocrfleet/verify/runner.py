"""Runs tests/acceptance against one host with testinfra, over OpenSSH with our own configuration."""

from __future__ import annotations

import contextlib
import io
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from ocrfleet.commands.ssh import config_text
from ocrfleet.errors import Refused
from ocrfleet.project import Project
from ocrfleet.remote import Target, connect
from ocrfleet.remote.keys import pinned_keys
from ocrfleet.spec import HostSpec
from ocrfleet.verify.report import Check, Outcome, Report


class Collector:
    """A pytest plugin that keeps every outcome and tells the checks which host they look at."""

    def __init__(self, project: Project, host: HostSpec) -> None:
        self.checks: list[Check] = []
        self._project, self._host = project, host

    @pytest.fixture(scope="session")
    def spec(self) -> HostSpec:
        """The host file of the host under test."""
        return self._host

    @pytest.fixture(scope="session")
    def project(self) -> Project:
        """The project it is in."""
        return self._project

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a check's outcome; a check that cannot start has failed."""
        if report.when == "call" or report.outcome != "passed":
            outcome: Outcome = report.outcome
            self.checks.append(Check(_name(report), outcome, _detail(report)))


def run_checklist(project: Project, host: HostSpec, *, junit: Path | None = None) -> Report:
    """Run every check and return what they found; raise where the host cannot be reached, before any check."""
    checklist = project.root / "tests" / "acceptance"
    collector = Collector(project, host)
    with tempfile.TemporaryDirectory(prefix="ocrfleet-") as folder:
        target = Target.of(host)
        _look_in(project, target)
        config = _ssh_config(project, target, Path(folder))
        argv = [
            *chosen(checklist, host),
            f"--hosts=ssh://{host.name}",
            f"--ssh-config={config}",
            "-p",
            "no:cacheprovider",
        ]
        argv += ["-c", str(checklist / "pytest.ini"), f"--rootdir={checklist}"]
        argv += [f"--junit-xml={junit.resolve()}"] if junit else []
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = pytest.main(argv, plugins=[collector])
    if code not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise Refused(f"the checklist could not run: {said.getvalue()[-500:]}", fix=f"ocrfleet doctor {host.name}")
    return Report(tuple(collector.checks), {str(name): why for name, why in host.waivers.items()})


def chosen(checklist: Path, host: HostSpec) -> list[str]:
    """The files of checks that apply to a host; those of what it has not are absent, not skipped."""
    is_vllm = host.engine.vllm is not None
    special = {
        "test_edge.py": host.edge is not None,
        "test_gpu.py": host.gpu is not None,
        "test_pages.py": is_vllm and host.model is not None and host.model.family == "deepseek-ocr",
        "test_vllm.py": is_vllm,
        "test_weights.py": host.model is not None,
    }
    return [str(path) for path in sorted(checklist.glob("test_*.py")) if special.get(path.name, True)]


def _look_in(project: Project, target: Target) -> None:
    """Log in once: what OpenSSH cannot do says so once a check, and not what to type next."""
    with closing(connect(project, target).session) as session:
        session.run(("true",))


def _ssh_config(project: Project, target: Target, folder: Path) -> Path:
    """Write an ssh configuration with the pinned keys and no others, and one connection for all checks."""
    known = folder / "known_hosts"
    doors = (target, target.jump) if target.jump else (target,)
    lines = (f"{door.server_name} {pin.kind} {pin.body}\n" for door in doors for pin in pinned_keys(project, door))
    known.write_text("".join(lines), encoding="utf-8")
    identity = str(project.path(target.identity_file)) if target.identity_file else None
    config = folder / "config"
    config.write_text(config_text(target, known_hosts=known, control=folder / "c", identity=identity), encoding="utf-8")
    return config


def _name(report: pytest.TestReport) -> str:
    name = report.nodeid.rpartition("::")[2].partition("[")[0]
    return name.removeprefix("test_").replace("_", " ")


def _detail(report: pytest.TestReport) -> str:
    if report.outcome == "passed":
        return "; ".join(str(value) for _, value in report.user_properties)
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    return text.strip().splitlines()[0][:300] if text.strip() else report.outcome
