"""A learning rate above what this model, loss and optimizer can use."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    GradientEvidence,
    LrRangeEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.finding import Finding, NotApplicable, Severity
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.pairs import by_seed, clearly_better, learnt_nothing, share_learnt
from cnndoctor.signs.rate_key import rate_places, set_rate, suggested_rate
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import RATES, outdoes

LOWER = {"lr/10": 0.1, "lr/100": 0.01}  # the nearer first: where it cures, it is enough
# What changes the size of a step as a rate does.
OF_RATE = (*RATES, "adam", "sgd", "gradient-clipping")
# Labels that belong to nothing can be learnt by heart: they are not why a loss stays up that falls at another rate.
# Activations that grow over the steps are what too large steps do, where a smaller one stops it.
NO_MATTER = ("labels-unrelated-to-inputs", "exploding-activations")

# Of a loss. Chosen: RMSprop at 0.1, a hundred times too high, ends at 0.41 where 60 steps at a tenth of it come to 0.02 and
# 0.001; of 900 saved runs it speaks in no other.
FRACTION = 0.1


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=(
        "loss-diverges",
        "loss-not-finite",
        "nonfinite-gradients",
        "loss-oscillates",
        "loss-flat",
        "chance-accuracy",
        "constant-predictions",
        "cannot-overfit-tiny-set",
        "underfitting",
        "per-class-failure",
        "update-too-large",
        "dead-relu",
        "saturated-units",
        "overconfident-logits",
        "weak-optimizer",
        "train-eval-gap",
        "best-epoch-lost",
        "seed-sensitive",
        "clipping-always-active",
        "no-learning-rate-decay",
        "loss-and-metric-disagree",
        "transfer-not-used",
    ),
)
def learning_rate_too_high(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    lr_range: LrRangeEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    first_batch: FirstBatchEvidence | None,
    gradient: GradientEvidence | None,
    *,
    far_above: float = 3.0,
    max_share: float = 0.5,
    max_above_band: float = 5.0,
    max_growth: float = 10.0,
) -> Judgement:
    """The learning rate is above what this model, loss and optimizer can use.

    What it measures:
        Short runs from equal weights over equal batches: at the configured rate, at a tenth of it, further down where that
        wins. The finding needs a lower rate that ends clearly below (more than two standard errors over the same batches, on
        two seeds) while the configured rate learns nothing or less than half as much, or paired runs of the whole data that
        a lower rate rescues on two seeds as nothing but a rate does (one seed may be lucky); or, at three times the edge of
        the band and more, lower rates that leave in a few steps a tenth of the loss that the whole training ends with. The
        band of the range test says how far above the usable rates the configured one lies. A run that trains well is blamed
        only where one of the last two shows it, too. Where no short runs were made (the smoke profile), a rate five times
        above the band with which the first three optimizer steps make the loss ten times larger is proof enough.
    Why it matters:
        Each update overshoots: the loss rises, swings or turns into NaN, rectifiers are pushed to where they never fire again,
        and no longer training repairs that.
    How to fix:
        Set the suggested rate. Where a large rate is wanted, warm it up over the first few hundred steps, clip gradients, or
        add normalisation layers; scale it down with smaller batches.
    When it is not a fault:
        A rate of 0.1 to 0.5 with SGD and batch normalisation trains many residual nets. What counts is that it learns.

    References:
        - L. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3
        - Y. Bengio, "Practical recommendations for gradient-based training of deep architectures", 2012, section 3.1.1
        - limits are ours; saved runs of scripts/clinic.py hold ``far_above``, the others are chosen
          (docs/thresholds.md)
    """
    well = trained_well(train, data.baseline if data else None)
    if not lr_range.paired:
        if first_batch is None or well or not _explodes(lr_range, first_batch, max_above_band, max_growth):
            return NotApplicable(reason="no paired runs around the configured learning rate were made")
        return _by_first_steps(experiment, lr_range, first_batch)
    if is_a_game(gradient) and (train is None or train.nonfinite is None):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    whole = max(outdoes(trials, name, beside=OF_RATE) for name in LOWER)
    wins = _wins(lr_range)
    overtaken = _above(lr_range) >= far_above and _overtaken(wins, train)
    if well and not whole and not overtaken:
        return None
    if whole and trials is not None and trials.treats:
        return replace(_by_whole_runs(experiment, lr_range, trials, whole), stands_beside=trials.treats)
    if whole and any(winner is None for _, winner in wins):
        return _by_whole_runs(experiment, lr_range, trials, whole)
    if not wins or any(winner is None for _, winner in wins):
        return None
    pairs = [(base, winner) for base, winner in wins if winner is not None]
    shares = [share_learnt(base, winner) for base, winner in pairs]
    stuck, above = all(learnt_nothing(base) for base, _ in pairs), _above(lr_range)
    if not stuck and not whole and not overtaken and (max(shares) > max_share or above < 1):
        return None
    confirmed = len(pairs) > 1
    lr = suggested_rate(lr_range, pairs[-1][1])
    return Finding(
        message=_message(lr_range, pairs[-1], above),
        severity=Severity.ERROR if confirmed and (stuck or train is not None) else Severity.WARNING,
        confidence=_confidence(
            stuck=stuck or whole > 0, confirmed=confirmed, far=above >= far_above, trained=train is not None
        ),
        places=rate_places(experiment),
        measured={
            "lr": lr_range.configured_peak,
            "band_high": lr_range.band[1] if lr_range.band else None,
            "suggestion": lr_range.suggestion if math.isfinite(lr_range.suggestion) else None,
            "loss_start": pairs[-1][0].loss_start,
            "loss_configured": _plain(pairs[-1][0].eval_end),
            "loss_lower": _plain(pairs[-1][1].eval_end),
            "lower_factor": pairs[-1][1].factor,
        },
        remedies=(set_rate(experiment, lr, f"Set the learning rate to about {lr:.2g}."),),
        rules_out=NO_MATTER if (stuck or whole) and confirmed else (),
    )


def _explodes(
    lr_range: LrRangeEvidence, first_batch: FirstBatchEvidence, above: float, growth: float
) -> bool:
    """Return whether the rate lies far above the band and the first real steps already make the loss explode.

    Limits chosen from 457 saved runs: sound ones lie 1.7 times above their band at most (a summed loss 5,800 times), and none
    of those above their band grows in three steps; rates that blow a run up lie from 10 to 900 times above, and make its loss
    100 times larger and more.
    """
    if not lr_range.band or _above(lr_range) < above:
        return False
    # A loss that was never measured is NaN as well, and so is one whose gradients were broken before any step.
    stepped = any(p.changed for p in first_batch.parameters)
    sound = all(p.gradient != "nonfinite" for p in first_batch.parameters)
    before, after = first_batch.loss.value, first_batch.loss_after
    return stepped and sound and 0 < before < math.inf and not after <= growth * before


def _by_first_steps(
    experiment: ExperimentEvidence, lr_range: LrRangeEvidence, first_batch: FirstBatchEvidence
) -> Finding:
    """Say what the sweep and the first steps prove together where no paired runs were made."""
    before, after = first_batch.loss.value, first_batch.loss_after
    ends = f"to {after:.3g}" if math.isfinite(after) else "to NaN or infinity"
    lr = lr_range.suggestion if math.isfinite(lr_range.suggestion) else lr_range.band[1] / 10
    return Finding(
        message=f"The learning rate of {lr_range.configured_peak:.3g} is too high: {_above(lr_range):.2g} times the edge of "
        f"divergence ({lr_range.band[1]:.2g}), and {first_batch.steps} optimizer steps take the loss from {before:.3g} {ends}.",
        severity=Severity.ERROR,
        confidence=0.92,
        places=rate_places(experiment),
        measured={
            "lr": lr_range.configured_peak,
            "band_high": lr_range.band[1],
            "suggestion": _plain(lr_range.suggestion),
            "loss_before": before,
            "loss_after": _plain(after),
        },
        remedies=(set_rate(experiment, lr, f"Set the learning rate to about {lr:.2g}."),),
        rules_out=NO_MATTER,
    )


def _by_whole_runs(
    experiment: ExperimentEvidence, lr_range: LrRangeEvidence, trials: TrialsEvidence | None, gained: float
) -> Finding:
    """Say what paired runs over the whole data prove where the short ones were too short to tell rates apart."""
    factor = next(factor for name, factor in LOWER.items() if outdoes(trials, name, beside=OF_RATE))
    lower = factor * lr_range.configured_peak
    lr = min(lr_range.suggestion, lower) if math.isfinite(lr_range.suggestion) else lower
    return Finding(
        message=f"The learning rate of {lr_range.configured_peak:.3g} is too high: at {lower:.2g} the same run gets "
        f"{gained:.0%} of the way from chance to perfect further, with two seeds.",
        severity=Severity.ERROR,
        confidence=0.93,
        places=rate_places(experiment),
        measured={"lr": lr_range.configured_peak, "lower_lr": lower, "gained": gained},
        remedies=(set_rate(experiment, lr, f"Set the learning rate to about {lr:.2g}."),),
        rules_out=NO_MATTER,
    )


def _wins(lr_range: LrRangeEvidence) -> list[tuple[PairedRun, PairedRun | None]]:
    """Return, for each seed, the configured run and the best lower rate that is clearly better; None where there is none."""
    wins = []
    for runs in by_seed(lr_range.paired).values():
        base = runs.get(1.0)
        if base is None:
            continue
        lower = [run for factor, run in runs.items() if factor < 1 and clearly_better(run, base)]
        wins.append((base, min(lower, key=lambda run: run.eval_end) if lower else None))
    return wins


def _overtaken(wins: list[tuple[PairedRun, PairedRun | None]], train: TrainEvidence | None) -> bool:
    """Return whether a few steps at a lower rate leave a fraction of what the whole training ends with, on two seeds."""
    if train is None or train.train is None or len(wins) < 2:
        return False
    return all(
        winner is not None
        and 0 <= winner.eval_end <= FRACTION * train.train.loss
        and winner.eval_end <= FRACTION * base.eval_end
        for base, winner in wins
    )


def _above(lr_range: LrRangeEvidence) -> float:
    """Return how many times the configured rate lies above the band; 1 where there is no band."""
    return lr_range.configured_peak / lr_range.band[1] if lr_range.band and lr_range.band[1] > 0 else 1.0


def _confidence(*, stuck: bool, confirmed: bool, far: bool, trained: bool) -> float:
    """Return how sure this is: the full run that went badly, a run that learns nothing, a second seed, the band."""
    if not confirmed:
        return 0.6
    if stuck:
        return 0.96 if far else 0.88
    return 0.85 if trained and far else 0.75 if trained else 0.6


def _message(lr_range: LrRangeEvidence, pair: tuple[PairedRun, PairedRun], above: float) -> str:
    base, winner = pair
    end = (
        f"ends at a loss of {base.eval_end:.3g}"
        if math.isfinite(base.eval_end)
        else "breaks (NaN or infinite loss)"
    )
    edge = (
        f", {above:.2g} times the edge of divergence ({lr_range.band[1]:.2g})"
        if lr_range.band and above > 1
        else ""
    )
    return (
        f"The learning rate of {lr_range.configured_peak:.3g}{edge} is too high: from the same start ({base.loss_start:.3g}) "
        f"and over the same batches it {end} after {base.steps} steps, {winner.lr:.2g} gets to {winner.eval_end:.3g}."
    )


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None
