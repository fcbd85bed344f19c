"""A project with Spark or Calypso in it, on a lab host that has that machine's GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.gpus.cards import RTX_4090, Card
from lab.gpus.hosts import on_lab
from lab.project import LabProject, written


@dataclass
class GpuProject(LabProject):
    """A lab project whose host file is that of a machine with a GPU."""

    card: Card = RTX_4090

    def raw(self) -> dict[str, Any]:
        """The machine's own host file, at the lab's address."""
        return on_lab(written(self.name), {"user": "ocr", **self.ssh}, self.card)
