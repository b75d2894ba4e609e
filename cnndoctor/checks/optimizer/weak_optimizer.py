"""An optimizer that fails at every rate where another one succeeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, OverfitEvidence, SetupEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.overfit import Rung
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import STANDS_STILL
from cnndoctor.signs.success import gain, trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, CLEARLY, DECISIVE, best_gain, rescue, worst_gain

IN_VAIN = 0.2  # of the way from a constant prediction to perfect; chosen: 0.07 where the loss asks for another thing


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=STANDS_STILL,
)
def weak_optimizer(
    overfit: OverfitEvidence,
    setup: SetupEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    min_rates: int = 3,
    max_share: float = 0.9,
    max_spread: float = 10.0,
) -> Judgement:
    """The optimizer fails at every learning rate tried, where Adam succeeds.

    What it measures:
        The ladder of the tiny-subset test: at the configured rate, a tenth, ten, a hundredth and a hundred times it
        the configured optimizer does not learn the subset, Adam does, with a second seed too. Or paired runs of the whole data
        that Adam rescues and no other change does, other rates and more steps among them. An optimizer that brings
        the loss down by nine tenths of what Adam does, and stays near a constant prediction's score, is not weak: the loss asks
        for another thing.
        Parameter groups whose rates lie more than ten times apart are not judged: the Adam of the test has one rate for all.
    Why it matters:
        Plain SGD stands still on plateaus and in valleys that Adam's scaling of each weight's step walks through:
        deep nets without normalisation, sparse or badly scaled inputs, recurrent nets.
    How to fix:
        Train with Adam or AdamW at 1e-3; or keep SGD and repair what makes it fail: momentum 0.9, normalisation
        layers, He initialisation, standardised inputs, warm-up.
    When it is not a fault:
        SGD that trains well in the full run; it often generalises better.

    References:
        - D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2015
        - limits are ours; saved runs of scripts/clinic.py hold ``min_rates``, the others are chosen
          (docs/thresholds.md)
    """
    adam = next(
        (rung for rung in overfit.rungs if rung.name == overfit.rescued_by and rung.name.startswith("adam")),
        None,
    )
    if setup.optimizer.adaptive or trained_well(train, data.baseline if data else None):
        return None
    known = [group.lr for group in setup.optimizer.groups if group.lr > 0]
    if known and max(known) > max_spread * min(known):
        return NotApplicable(
            reason="the rates of its groups lie far apart: what rescues may be the one rate for all"
        )
    if adam is None:
        return _by_whole_runs(setup, trials)
    rates = [rung for rung in overfit.rungs if rung.name.startswith("lr") and not rung.reached]
    if len(rates) < min_rates or _share_in_vain(overfit, rates, adam) >= max_share:
        return None
    return Finding(
        message=(
            f"{setup.optimizer.name} does not learn {overfit.samples} samples at any of {len(rates) + 1} learning rates from "
            f"{min(rung.lr for rung in rates):.1g} to {max(rung.lr for rung in rates):.1g}; "
            f"{adam.change} does in {adam.steps} steps."
        ),
        severity=Severity.WARNING if overfit.confirmed else Severity.NOTE,
        confidence=0.6 if overfit.confirmed else 0.4,
        places=(Place(kind="key", name="optimizer"),),
        measured={"rates": len(rates) + 1, "adam_steps": adam.steps, "score": overfit.configured.score},
        remedies=(
            Remedy(
                text=f"Train with {adam.change}, or add normalisation layers and momentum.",
                patch={"optimizer._target_": "torch.optim.Adam", "optimizer.lr": adam.lr},
            ),
        ),
    )


def _by_whole_runs(setup: SetupEvidence, trials: TrialsEvidence | None) -> Finding | None:
    """Say that Adam takes paired runs of the whole data clearly further, and that nothing else does, more steps included.

    Beside another cure it may be a crutch, and beside a treatment it is: Adam also does without the user's schedule.
    """
    if trials is None or trials.treatment:
        return None
    gained, reached = rescue(trials, "adam", clearly=DECISIVE), worst_gain(trials, "adam")
    others = {trial.name for trial in trials.trials} - {AS_CONFIGURED, "longer", "adam"}
    alone = not any(rescue(trials, name) for name in others)
    if not gained or not alone or best_gain(trials, "longer") > reached - CLEARLY:
        return None
    run, before = trials.of("adam")[0], max(0.0, best_gain(trials, AS_CONFIGURED))
    return Finding(
        message=f"With {run.change} the same run gets {reached:.0%} of the way from chance to perfect instead of {before:.0%}, "
        f"with two seeds; no other rate of {setup.optimizer.name} and no longer run gets near.",
        severity=Severity.WARNING,
        confidence=0.7,
        places=(Place(kind="key", name="optimizer"),),
        measured={"gain": reached, "gain_configured": before, "steps": run.steps},
        remedies=(
            Remedy(
                text=f"Train with {run.change}, or add normalisation layers and momentum.",
                patch={"optimizer._target_": "torch.optim.Adam", "optimizer.lr": 1e-3},
            ),
        ),
    )


def _share_in_vain(overfit: OverfitEvidence, rates: Sequence[Rung], adam: Rung) -> float:
    """Return the most of Adam's fall of the loss that the configured optimizer came to without a score for it.

    0 where Adam's loss did not fall, or every rate that brought the loss down brought the score up.
    """
    fall = adam.loss_start - adam.loss_end
    in_vain = [
        rung.loss_start - rung.loss_end
        for rung in (overfit.configured, *rates)
        if math.isfinite(rung.loss_end) and gain(rung.score, overfit.chance) < IN_VAIN
    ]
    return max(in_vain, default=0.0) / fall if fall > 0 else 0.0
