"""Whether a few samples can be memorised, and which single change makes it possible."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One attempt on the same tiny subset.

    Attributes:
        name: as-configured, regularisation-off, lr-scan, adam, standardised-inputs, gradient-clipping, wider, …
        change: What differs from the configuration, in words a user understands.
        lr: Learning rate used (first group).
        steps: Steps made.
        loss_start: Loss at the first step.
        loss_end: Median loss of the last tenth of the steps.
        score: accuracy, pixel accuracy, share of variance, exact sequences, or loss reduction for a custom step; in [0, 1].
        reached: Whether the goal was met.
        finite: Whether every loss was finite.
        falling: The loss still fell clearly at the end: short of the goal, it learns, only slowly.
        seed: Seed of this attempt.
        score_start: Score at the first step; NaN when nothing could be scored.
    """

    name: str
    change: str
    lr: float
    steps: int
    loss_start: float
    loss_end: float
    score: float
    reached: bool
    finite: bool = True
    falling: bool = False
    seed: int = 0
    score_start: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverfitEvidence:
    """The tiny subset and the ladder.

    Attributes:
        samples: Samples of the subset.
        classes: Classes present in it; 0 where there are none.
        metric: accuracy, pixel-accuracy, r2, exact-sequences, label-accuracy or loss-reduction.
        goal: Score to reach.
        chance: Score of a constant prediction.
        reachable: Best score possible given conflicting labels.
        loss_floor: Smallest loss possible (label smoothing, soft targets); 0 when it is 0 or unknown.
        configured: The run as configured, regularisation and augmentation off.
        with_regularisation: The run with dropout, weight decay and augmentation as configured; None when there is none.
        rungs: The ladder, in the order tried; empty when the configured run reached the goal.
        rescued_by: Name of the first rung that reached the goal; empty when none did.
        switched_off: What was off, in words.
        seconds: Wall time.
        loss_curve: Loss of the configured run, at most 100 points.
        constant_outputs: All predictions of the configured run were equal at the end.
        parameters: Trainable elements of the model.
        chance_loss: Loss of the best constant prediction on the subset; NaN when unknown.
        parts: With regularisation in the way: one attempt for each part of it alone (``with-dropout`` …).
        dropout_at_lower_rate: Dropout alone again at lower rates, where at the configured one it fails; None where it does not.
        confirmed: The rescue held with a second seed: the rescuing rung reached the goal there and the configured run did not.
        cut_short: Time ran out before the configured run could show whether it learns.
        note: What was special about the subset; empty otherwise.
    """

    samples: int
    classes: int
    metric: str
    goal: float
    chance: float
    configured: Rung
    reachable: float = 1.0
    loss_floor: float = 0.0
    with_regularisation: Rung | None = None
    rungs: tuple[Rung, ...] = ()
    rescued_by: str = ""
    switched_off: tuple[str, ...] = ()
    seconds: float = 0.0
    loss_curve: tuple[float, ...] = ()
    constant_outputs: bool = False
    parameters: int = 0
    chance_loss: float = float("nan")
    parts: tuple[Rung, ...] = ()
    dropout_at_lower_rate: Rung | None = None
    confirmed: bool = False
    cut_short: bool = False
    note: str = ""
