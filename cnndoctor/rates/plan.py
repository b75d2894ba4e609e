"""What learning rates an experiment plans: its first rate, its peak, the shape of its schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch.optim.lr_scheduler import ReduceLROnPlateau

from cnndoctor.evidence import SetupEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.patient.session import Session
from cnndoctor.rates.sweep import CONSTANT_RATE, rates_of

ADAPTIVE = {"Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "SparseAdam", "Rprop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The rates as configured.

    Attributes:
        configured: Initial rate of the first group.
        peak: Highest planned rate.
        schedule: constant, decaying, warmup or plateau.
        ratios: Rates of the groups relative to the first.
        adaptive: Whether the optimizer normalises by gradient size.
    """

    configured: float
    peak: float
    schedule: str
    ratios: tuple[float, ...]
    adaptive: bool


def plan_of(experiment: Experiment, setup: SetupEvidence | None) -> Plan:
    """Find out which rates are configured: from the planned schedule where setup saw it, else from the optimizer.

    Args:
        experiment: What is examined; two sessions of it are built.
        setup: What the setup stage saw; None when it did not run.
    """
    session = experiment.fresh()
    initial = _initial(session)
    constant = experiment.fresh(change=CONSTANT_RATE)
    planned = [lr for _, lr in setup.planned_lr] if setup else []
    known = bool(planned) and max(planned) > 0  # a first group at rate 0 is frozen; the others tell
    return Plan(
        configured=planned[0] if known else initial,
        peak=max(planned) if known else max(initial, _initial(constant)),
        schedule="plateau" if isinstance(session.scheduler, ReduceLROnPlateau) else shape_of(planned),
        ratios=rates_of(constant).ratios,
        adaptive=type(session.optimizer).__name__ in ADAPTIVE,
    )


def shape_of(planned: Sequence[float]) -> str:
    """Return constant, decaying or warmup for the planned rates of a run, evenly sampled; constant when unknown."""
    if not planned or max(planned) <= 0:
        return "constant"
    peak = max(planned)
    if planned[0] < 0.5 * peak and planned.index(peak) < 0.6 * len(planned):
        return "warmup"
    return "decaying" if planned[-1] < 0.5 * peak else "constant"


def _initial(session: Session) -> float:
    """Return the rate that a session starts at; 0 where all its groups are frozen."""
    rates = rates_of(session)
    return rates.first if any(rates.bases) else 0.0
