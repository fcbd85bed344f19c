"""Whether a model is whole on its host already, or must be fetched."""

from __future__ import annotations

from ocrfleet.plan.facts import Facts


def lacking(facts: Facts, repo: str, revision: str) -> str | None:
    """Why a commit of a model has to be fetched; None where it is whole."""
    return facts.models.get(f"{repo}@{revision}", "it was not fetched yet")
