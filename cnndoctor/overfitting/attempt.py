"""One attempt to learn a handful of samples by heart: what counts as learnt, and when an attempt is given up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise, repeat
from statistics import fmean, median
from typing import Any

import torch
from torch import Tensor

from cnndoctor.loop import Step, steps
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.scoring import Tally
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.series import finite

LOOK_EVERY = 5  # steps between two looks at losses and score
STUCK_AFTER = 150  # plain deep nets may sit on a plateau for 60 steps before they learn
STUCK = 0.98  # share of the first loss that a run has not got below by then
BLOCKS = 5  # of the losses that each lie below the one before: noise does that once in 120 times
# Of the loss; a healthy net at a rate of 2e-3 sinks by 5e-3 on its plateau, a rate of 1e-7 by 1e-6.
LEAST_CREEP = 1e-3
# Share of the first loss: accuracy alone is no pass, softmax before cross-entropy reaches 100 %.
WELL_DOWN = 0.1
PATIENCE = 1.0  # after the score is reached, the loss gets as many steps again to come down
LEAST_PATIENCE = 60  # steps that the loss gets at least
HALF = 0.5  # of the loss, where nothing else can tell
AGAINST = 0.05  # below its start and below chance, by which a score moves against the loss; chosen, as signs/foreign_score does
NEARLY_GONE = 0.01  # share of the first loss; as much as the regression goal leaves of the variance is 0.05
CLEARLY_FALLING = 0.9  # median loss of the last eighth over that of the eighth before the last quarter


@dataclass(slots=True, kw_only=True)
class Fit:
    """One attempt to learn the subset by heart.

    Attributes:
        losses: Loss of every step, up to the first that is not finite.
        score: Score of the last look; NaN when nothing can be scored.
        score_start: Score of the first look.
        metric: Name of the score; empty when nothing can be scored.
        chance: Score of a constant prediction.
        reached: Whether the goal was met.
        finite: Whether every loss was finite.
        timed_out: Whether time ran out before the steps did.
        constant: All outputs were equal over the samples at the last look.
        lr: Learning rate of the first group.
    """

    losses: list[float] = field(default_factory=list)
    score: float = math.nan
    score_start: float = math.nan
    metric: str = ""
    chance: float = math.nan
    reached: bool = False
    finite: bool = True
    timed_out: bool = False
    constant: bool = False
    lr: float = math.nan

    @property
    def falling(self) -> bool:
        """Return whether the loss still falls clearly where the run ended: it learns, but slowly."""
        return self.finite and is_falling(self.losses)

    @property
    def loss_end(self) -> float:
        """Return the median loss of the last tenth of the steps; NaN when the run broke."""
        return (
            median(self.losses[-max(1, len(self.losses) // 10) :])
            if self.losses and self.finite
            else math.nan
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What counts as learnt by heart.

    Attributes:
        task: What kind of problem.
        reachable: Best accuracy possible on this subset.
        own_loss: Whether a loss of the user's own is fitted, which may leave out part of the targets that a score counts, or
            ask for something else: what it asks for is then learnt once it is nearly gone.
    """

    task: Task
    reachable: float = 1.0
    own_loss: bool = False

    def score(self, chance: float) -> float:
        """Return the score to reach.

        Labels must all be right. Pixels need not: an output of lower resolution cannot draw every border. Quantities are
        never met exactly.

        Args:
            chance: Score of a constant prediction on the subset; NaN when unknown.
        """
        base = chance if math.isfinite(chance) else 0.0
        match self.task:
            case Task.CLASSIFICATION:
                return 0.99 * self.reachable
            case Task.MULTILABEL:
                return max(0.98, base + 0.8 * (1 - base))
            case Task.SEGMENTATION:
                return base + 0.8 * (1 - base)
            case Task.REGRESSION:
                return 0.95
            case Task.CTC:
                return 0.9
            case _:
                return HALF  # of the loss a custom step starts with; its floor is unknown


def fit(
    session: Session,
    batch: object,
    goal: Goal,
    *,
    max_steps: int,
    box: TimeBox,
    until: Callable[[Fit], bool] | None = None,
    score_plain: bool = False,
    patient: bool = True,
    tell: Callable[[int, float], None] | None = None,
) -> Fit:
    """Train on one batch until it is learnt, the steps or the time are used up, or nothing moves.

    Args:
        session: A fresh session; changed in place.
        batch: The fixed batch.
        goal: What counts as learnt.
        max_steps: Most steps.
        box: After it is over no step is begun.
        until: Ends the attempt early where it returns True; asked at every look.
        score_plain: Score by a forward of its own with dropout silent, since training-mode outputs are noisy.
        patient: Whether a reached score still waits for the loss to come down.
        tell: Called at every look with the step and the last loss.
    """
    attempt, pending = Fit(lr=float(session.optimizer.param_groups[0]["lr"])), []
    reached_at = -1
    for step in steps(session, repeat(batch)):
        pending.append(step.loss)
        last = step.index + 1 >= max_steps
        attempt.timed_out = not last and box.over
        if not (last or attempt.timed_out or step.index % LOOK_EVERY == 0):
            continue
        _look(attempt, session, step, pending, goal, plain=score_plain)
        if tell is not None and attempt.losses:
            tell(step.index + 1, attempt.losses[-1])
        if attempt.reached and reached_at < 0:
            reached_at = step.index
        done = attempt.reached and (not patient or _waited_enough(attempt, step.index, reached_at))
        over = last or done or attempt.timed_out or not attempt.finite
        if over or _stuck(attempt) or (until and until(attempt)):
            break
    if pending:
        _take(attempt, pending)
    return attempt


def is_falling(losses: list[float]) -> bool:
    """Return whether a loss was clearly on its way down over its last quarter."""
    values = finite(losses)
    eighth = len(values) // 8
    if eighth < 3:
        return True  # too short to tell: no ground to call it stuck
    late, before = median(values[-eighth:]), median(values[-3 * eighth : -2 * eighth])
    span = max(values) - min(values)
    return before - late > (1 - CLEARLY_FALLING) * 0.5 * abs(before) or (
        before - late > 0.05 * span and late < before
    )


def _look(
    attempt: Fit, session: Session, step: Step, pending: list[Tensor], goal: Goal, *, plain: bool
) -> None:
    """Fetch the losses since the last look and score the outputs."""
    _take(attempt, pending)
    if not attempt.finite:
        attempt.reached = False
        return
    computed = _plain_outputs(session, step) if plain else step.computed
    attempt.constant = _constant(computed.outputs)
    tally = Tally(task=goal.task, loss=session.scoring_loss)
    tally.add(computed.outputs, computed.targets)
    if tally.metric and math.isfinite(tally.score()):
        attempt.metric, attempt.score, attempt.chance = tally.metric, tally.score(), tally.chance()
        if not math.isfinite(attempt.score_start):
            attempt.score_start = attempt.score
    else:
        attempt.metric, attempt.score = "loss-reduction", _reduction(attempt.losses)
    attempt.reached = attempt.score >= (
        goal.score(attempt.chance) if attempt.metric != "loss-reduction" else HALF
    )
    by_loss = goal.own_loss and (_nearly_gone(attempt.losses) or moves_against(attempt))
    attempt.reached = attempt.reached or by_loss


def _take(attempt: Fit, pending: list[Tensor]) -> None:
    """Move pending losses from the device in one go; the first that is not finite ends the series."""
    for value in torch.stack([loss.reshape(()).float() for loss in pending]).tolist():
        if not math.isfinite(value):
            attempt.finite = False
            break
        attempt.losses.append(value)
    pending.clear()


def _plain_outputs(session: Session, step: Step) -> Any:  # noqa: ANN401
    """Forward once more with dropout silent; the user's own batch statistics stay in use."""
    silent = [module for module in session.model.modules() if "drop" in type(module).__name__.lower()]
    before = [module.training for module in silent]
    try:
        for module in silent:
            module.eval()
        with preserved_randomness(), torch.no_grad():
            return session.compute(step.batch)
    finally:
        for module, training in zip(silent, before, strict=True):
            module.train(training)


def _constant(outputs: object) -> bool:
    tensor = first_tensor(outputs, floating=True)
    if tensor is None or tensor.ndim == 0 or len(tensor) < 2:
        return False
    flat = tensor.detach().float().reshape(len(tensor), -1)
    return bool((flat - flat[0]).abs().max() <= 1e-4 * flat.abs().max().clamp_min(1e-12))


def _reduction(losses: list[float]) -> float:
    """Return the share of the first loss that is gone; for a loss below zero the fall against its size, at most 1."""
    if not losses:
        return math.nan
    start, end = losses[0], fmean(losses[-LOOK_EVERY:])
    return max(0.0, min(1.0, (start - end) / max(abs(start), 1e-12)))


def _nearly_gone(losses: list[float]) -> bool:
    """Return whether next to nothing is left of a loss; one that goes below zero has no such point."""
    return min(losses) >= 0 and fmean(losses[-LOOK_EVERY:]) <= NEARLY_GONE * losses[0]


def moves_against(attempt: Fit) -> bool:
    """Return whether r2 falls while half of the loss goes: it asks for something else, a rank say, or a set in any order.

    A collapse onto the mean would bring a bad r2 up to a constant prediction's. No change would make such a score good, so that
    a ladder would be climbed to its end in vain. Classes are classes: a loss that leads away from them is at fault itself. Of
    3,400 saved runs two move so, a set prediction and a ranking, both sound and both with a dozen changes tried for nothing.

    Args:
        attempt: What was reached so far.
    """
    if attempt.metric != "r2" or min(attempt.losses) < 0 or not math.isfinite(attempt.score):
        return False
    chance = attempt.chance if math.isfinite(attempt.chance) else 0.0
    below = attempt.score < min(attempt.score_start, chance) - AGAINST
    return below and not attempt.constant and _reduction(attempt.losses) >= HALF


def _waited_enough(attempt: Fit, index: int, reached_at: int) -> bool:
    """Return whether the loss has come down too, or has had its time to since the score was reached."""
    patience = max(LEAST_PATIENCE, PATIENCE * reached_at)
    return _well_down(attempt.losses) or index - reached_at > patience


def _well_down(losses: list[float]) -> bool:
    return bool(losses) and losses[-1] <= WELL_DOWN * losses[0]


def _stuck(attempt: Fit) -> bool:
    losses = attempt.losses
    if len(losses) < STUCK_AFTER or min(losses) <= losses[0] - (1 - STUCK) * abs(losses[0]):
        return False
    return not _creeping(losses)


def _creeping(losses: list[float]) -> bool:
    """Return whether a loss has sunk steadily, however little: a timid rate on a plateau, not a broken model."""
    part = len(losses) // BLOCKS
    blocks = [median(losses[i * part : (i + 1) * part]) for i in range(BLOCKS)]
    steady = all(later < earlier for earlier, later in pairwise(blocks))
    return steady and blocks[0] - blocks[-1] > LEAST_CREEP * abs(blocks[0])
