"""Finds a Pulumi engine, or gets one: found on PATH, by the official installer, or built from `engine/`."""

from __future__ import annotations

import hashlib
import re
import shutil
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from lab.go import find_go
from lab.places import Places
from lab.shell import LabError, output, run
from lab.steps import Tell

VERSION = "3.259.0"
INSTALLER = "https://get.pulumi.com"
REACH_SECONDS = 10
GO_ENV = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -buildvcs=false"}
VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


@dataclass(frozen=True)
class Part:
    """One binary of the engine: where its module is, what it is called, and how it is built."""

    module: str
    binary: str
    package: str
    version: str
    tags: str
    minutes: float

    def command(self, go: Path, target: Path) -> list[str]:
        """The build as an argument list."""
        link = f"-ldflags=-s -w -X {VARIABLE}=v{self.version}"
        return [str(go), "build", f"-tags={self.tags}", "-trimpath", link, f"-o={target / self.binary}", self.package]


PARTS = (
    Part("cli", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", VERSION, "", 4),
    Part(
        "host",
        "pulumi-language-python",
        "github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3",
        "3.192.0",
        "osusergo,grpcnotrace",
        0.5,
    ),
)


@dataclass(frozen=True)
class Engine:
    """The folder with `pulumi` and its Python language host; None where both are on PATH already."""

    folder: Path | None
    way: str


def find_engine(places: Places, tell: Tell) -> Engine:
    """Return an engine of at least the pinned version, by the first way that works."""
    if _on_path():
        return Engine(None, f"found on PATH: {shutil.which('pulumi')}")
    folder = places.cache / f"engine-{VERSION}-{recipe(places)}"
    if _works(folder / "bin"):
        return Engine(folder / "bin", f"kept from an earlier run: {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    way = _install(folder, tell) or _build(places, folder, tell)
    if not _works(folder / "bin"):
        raise LabError(f"the Pulumi engine in {folder} does not run")
    return Engine(folder / "bin", way)


def _on_path() -> bool:
    has_host = shutil.which("pulumi-language-python") is not None
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", output(["pulumi", "version"]))
    wanted = [int(part) for part in VERSION.split(".")]
    return has_host and found is not None and [int(part) for part in found.groups()] >= wanted


def _works(folder: Path) -> bool:
    return (folder / "pulumi-language-python").exists() and VERSION in output([str(folder / "pulumi"), "version"])


def recipe(places: Places) -> str:
    """Name the build by everything that decides what it makes."""
    files = sorted((places.root / "engine").glob("*/go.*"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _install(folder: Path, tell: Tell) -> str | None:
    """Run the official installer; None when it cannot be reached from here."""
    tell(f"looking for the official installer at {INSTALLER}")
    try:
        with urllib.request.urlopen(INSTALLER, timeout=REACH_SECONDS) as answer:
            script = answer.read().decode()
    except OSError:
        return None
    argv = ["sh", "-s", "--", "--version", VERSION, "--install-root", str(folder), "--no-edit-path"]
    try:
        run(argv, tell, stdin=script)
    except LabError:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return "installed by the official installer"


def _build(places: Places, folder: Path, tell: Tell) -> str:
    """Build command line and language host with Go; in a copy, because Go writes into its module files."""
    work, made = places.cache / "engine-build", places.cache / "engine-built"
    for path in (work, made):
        shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(places.root / "engine", work)
    go = find_go(places, tell)
    for part in PARTS:
        tell(f"building {part.binary} with Go (about {part.minutes} minutes on two cores)")
        run(part.command(go, made / "bin"), tell, env=GO_ENV, cwd=work / part.module)
    _copy_scripts(go, work, made / "bin", tell)
    made.rename(folder)
    shutil.rmtree(work, ignore_errors=True)
    return "built from engine/ with Go"


def _copy_scripts(go: Path, work: Path, target: Path, tell: Tell) -> None:
    """Two scripts of the SDK belong beside the binaries; a module archive loses their mode."""
    argv = [str(go), "list", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
    sdk = Path(run(argv, tell, env=GO_ENV, cwd=work / "cli").strip().splitlines()[-1])
    for script in SCRIPTS:
        copy = target / Path(script).name
        shutil.copyfile(sdk / script, copy)
        copy.chmod(0o755)
