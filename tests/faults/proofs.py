"""Every proof there is: a proof that is not named here is not run."""

from __future__ import annotations

from collections.abc import Callable

from lab.project import LabProject
from tests.faults.canary.proof import Canaries
from tests.faults.killing.proof import Killing
from tests.faults.matrix.proof import Matrix
from tests.faults.model.proof import PROOF as MODEL
from tests.faults.nth.proof import PROOF as NTH
from tests.faults.proof import Cell, Proof
from tests.faults.racing.proof import Racing
from tests.faults.sampled.proof import Sampled
from tests.faults.traffic.proof import Traffic

# Gives the lab host; it is made at the first call, so that a proof that needs none does not wait for one.
At = Callable[[], LabProject]


def proofs(at: At) -> tuple[Proof, ...]:
    """All of them."""
    return (NTH, MODEL, *on_hosts(at))


def on_hosts(at: At) -> tuple[Proof, ...]:
    """Those that need a lab host; what runs in one process has tests of its own for its short set."""
    return (Matrix(at), Sampled(at), Killing(at), Racing(at), Canaries(at), Traffic(at))


def nowhere() -> LabProject:
    """For those who only list the cells."""
    raise AssertionError("listing the cells of a proof needs no host")


def proof_of(cell: Cell, among: tuple[Proof, ...]) -> Proof:
    """The proof that a cell belongs to."""
    return next(one for one in among if one.name == cell.proof)
