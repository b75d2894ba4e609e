"""Regularisation so strong that the model cannot even learn a handful of samples."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, OverfitEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.attempts import share_of_goal
from cnndoctor.signs.success import trained_well


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=(
        "loss-flat",
        "chance-accuracy",
        "constant-predictions",
        "underfitting",
        "per-class-failure",
        "update-too-large",
        "learning-rate-too-high",
        "learning-rate-too-low",
        "dead-relu",
        "vanishing-gradients",
        "stopped-too-early",
        "loss-diverges",
        "loss-oscillates",
        "weak-optimizer",
    ),
)
def regularization_blocks_fit(
    overfit: OverfitEvidence,
    setup: SetupEvidence | None,
    experiment: ExperimentEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    *,
    max_share: float = 0.7,
) -> Judgement:
    """Regularisation is so strong that the model cannot even learn a handful of samples.

    What it measures:
        The same tiny subset twice: learnt by heart with dropout, weight decay and label smoothing off, and not with them as
        configured, in four times the steps. Each part is then put back alone to see which one it is. Scores are taken with
        dropout silent.
    Why it matters:
        What keeps a few samples from being learnt keeps all of them from being learnt: the run underfits.
    How to fix:
        Weaken the part that is named: weight decay to 1e-4 … 5e-4 (1e-2 with AdamW), dropout to 0.1 … 0.5 and never on the
        last scores. Switch all of it off first, get the model to fit, then add parts one by one.
    When it is not a fault:
        When the whole run trains well all the same.

    References:
        - A. Karpathy, "A recipe for training neural networks", 2019: overfit first, then regularise
        - Stack Exchange 352036, "What should I do when my neural network doesn't learn?"
        - the limit is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    attempt = overfit.with_regularisation
    if attempt is None:
        return NotApplicable(
            reason="no regularisation that could be switched off, or the subset is not learnt without it either"
        )
    if (
        not overfit.configured.reached
        or attempt.reached
        or trained_well(train, data.baseline if data else None)
    ):
        return None
    share = share_of_goal(overfit, attempt)
    if share > max_share:
        return None
    lower = overfit.dropout_at_lower_rate
    if (
        lower is not None
        and lower.reached
        and all(part.reached or part.name == "with-dropout" for part in overfit.parts)
    ):
        return None
    culprit = min(overfit.parts, key=lambda part: share_of_goal(overfit, part), default=attempt)
    part = (
        culprit.name.removeprefix("with-").replace("-", " ")
        if not culprit.reached
        else "regularisation as a whole"
    )
    key = {"weight decay": "optimizer.weight_decay", "label smoothing": "loss.label_smoothing"}.get(
        part, "model"
    )
    slow = attempt.falling and attempt.finite
    return Finding(
        message=(
            f"{_words(part, experiment, setup)} keeps the model from learning {overfit.samples} samples: {overfit.metric} "
            f"comes to {attempt.score:.2f} in {attempt.steps} steps (a constant prediction has {overfit.chance:.2f}), "
            f"without it to {overfit.configured.score:.2f} in {overfit.configured.steps}."
        ),
        severity=Severity.WARNING if slow or train is None else Severity.ERROR,
        confidence=0.6 if slow else 0.92 if train is not None else 0.85,
        places=(Place(kind="key", name=key),),
        measured={
            "score_with": attempt.score if math.isfinite(attempt.score) else None,
            "score_without": overfit.configured.score,
            "steps": attempt.steps,
            "part": part,
        },
        remedies=(_remedy(part, key, experiment, setup),),
    )


def _words(part: str, experiment: ExperimentEvidence, setup: SetupEvidence | None) -> str:
    value = experiment.settings.get("optimizer.weight_decay", "")
    if part == "weight decay" and value:
        return f"The weight decay of {value}"
    if part == "dropout" and setup is not None and setup.dropouts:
        return f"Dropout (p up to {max(setup.dropouts.values()):g})"
    return part[:1].upper() + part[1:]


def _remedy(part: str, key: str, experiment: ExperimentEvidence, setup: SetupEvidence | None) -> Remedy:
    if part == "weight decay":
        decoupled = setup is not None and setup.optimizer.name == "AdamW"
        value = 1e-2 if decoupled else 1e-4
        # Never advise more than there is.
        value = min(value, _number(experiment.settings.get(key, ""), value * 100) / 10)
        return Remedy(
            text=f"Set the weight decay to {value:g}.",
            patch={key: value} if key in experiment.settings else {},
        )
    if part == "label smoothing":
        return Remedy(
            text="Set label smoothing to 0.1 or less.", patch={key: 0.1} if key in experiment.settings else {}
        )
    return Remedy(
        text=f"Weaken or remove {part}; get the model to fit first, then add it back in small amounts."
    )


def _number(text: str, default: float) -> float:
    try:
        return float(text)
    except ValueError:
        return default
