"""Projects of their own, for tests that write in them."""

import shutil
from pathlib import Path

from ocrfleet.project import Project
from tests.unit.spec.files import LAB, ROOT


def copy(root: Path) -> Project:
    """The lab's host file and all templates."""
    (root / "hosts").mkdir(parents=True)
    (root / "hosts/lab.yaml").write_text(LAB, encoding="utf-8")
    shutil.copy(ROOT / "Pulumi.yaml", root)
    shutil.copytree(ROOT / "templates", root / "templates", ignore=shutil.ignore_patterns("__pycache__"))
    return Project(root)
