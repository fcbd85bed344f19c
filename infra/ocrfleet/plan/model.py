"""Whether a model is whole on its host already, or must be fetched."""

from __future__ import annotations

from collections.abc import Mapping


def lacking(models: Mapping[str, str | None], repo: str, revision: str) -> str | None:
    """Why a commit has to be fetched, by what the host told of its models; None where it is whole."""
    return models.get(f"{repo}@{revision}", "it was not fetched yet")
