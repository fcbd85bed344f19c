"""A host file that may still be wrong, as the rules about vLLM read it: what is not what it should be is not there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ocrfleet.spec.vllm.table import number


@dataclass(frozen=True)
class View:
    """One host file with a pinned vLLM."""

    data: Mapping[Any, Any]

    def part(self, *path: str) -> Mapping[Any, Any]:
        """What is under a key, where that is keys and values."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def version(self) -> tuple[int, ...]:
        return number(self.part("engine")["vllm"])

    @property
    def flags(self) -> Mapping[Any, Any]:
        return self.part("engine", "flags")

    @property
    def env(self) -> Mapping[Any, Any]:
        return self.part("engine", "env")

    @property
    def base(self) -> str:
        return text(self.part("build").get("base"))

    @property
    def profile(self) -> str:
        return text(self.part("build").get("profile"))

    @property
    def utilisation(self) -> float:
        """The share of the memory that vLLM takes; its own default where no flag says another."""
        return float(whole_or(self.flags.get("gpu-memory-utilization"), 0.92))

    @property
    def is_shared(self) -> bool:
        """Whether CPU and GPU use the same memory."""
        return self.part("gpu").get("memory") == "shared"


def text(value: Any) -> str:
    """The value, if it is text."""
    return value if isinstance(value, str) else ""


def whole_or(value: Any, otherwise: float) -> float:
    """The value, if it is a number."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
