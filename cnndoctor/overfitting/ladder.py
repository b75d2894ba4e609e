"""The ladder of the tiny-subset test: which single changes are tried, and in which order."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from cnndoctor.evidence.overfit import Rung
from cnndoctor.overfitting.attempt import Fit
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.changes import Change
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task

# Everything that keeps a model from memorising on purpose, off. The schedule too: its peak rate is what is tested.
REGULARISATION_OFF = Change(
    name="as-configured",
    words="regularisation off",
    dropout_off=True,
    weight_decay_off=True,
    schedule_off=True,
    label_smoothing_off=True,
    accumulate_off=True,
)
STANDARDISED_INPUTS = replace(
    REGULARISATION_OFF,
    name="standardised-inputs",
    words="inputs with mean 0 and deviation 1",
    standardise_inputs=True,
)
STANDARDISED_TARGETS = replace(
    REGULARISATION_OFF,
    name="standardised-targets",
    words="targets with mean 0 and deviation 1",
    standardise_targets=True,
)
DEFAULT_INIT = replace(
    REGULARISATION_OFF, name="default-init", words="PyTorch's default initialisation", default_init=True
)


def rung_of(attempt: Fit, change: Change, *, seed: int = 0) -> Rung:
    """Return an attempt as evidence.

    Args:
        attempt: The attempt.
        change: What it changed.
        seed: Seed of its session.
    """
    return Rung(
        name=change.name,
        change=change.words,
        lr=attempt.lr,
        steps=len(attempt.losses),
        loss_start=attempt.losses[0] if attempt.losses else math.nan,
        loss_end=attempt.loss_end,
        score=attempt.score,
        reached=attempt.reached,
        finite=attempt.finite,
        falling=attempt.falling,
        seed=seed,
        score_start=attempt.score_start,
    )


def changes_to_try(
    session: Session, batch: object, task: Task, first_loss: float, chance_loss: float
) -> Iterator[Change]:
    """Yield the rungs, likeliest rescue first, each one change away from the configured run without regularisation.

    What the numbers of this subset already speak for (inputs or targets far off scale, a first loss far above that of a
    constant prediction) is tried before the general suspects.

    Args:
        session: A session as configured, for what is there to change.
        batch: The fixed batch, prepared.
        task: What kind of problem.
        first_loss: Loss of the first step as configured.
        chance_loss: Loss of the best constant prediction; NaN when unknown.
    """
    suspected: dict[Change, bool] = {}
    if not session.members.are_all_inputs(
        batch
    ):  # what is learnt is then made of them: scaled, it is another loss
        suspected[STANDARDISED_INPUTS] = _off_scale(session.members.inputs_of(batch))
    if task is Task.REGRESSION and session.step is None:
        suspected[STANDARDISED_TARGETS] = _off_scale(session.members.targets_of(batch), most=10.0)
    suspected[DEFAULT_INIT] = math.isfinite(chance_loss) and first_loss > 5 * chance_loss
    yield from (change for change, first in suspected.items() if first)
    yield from _rates()
    yield from _adams(session)
    yield from (change for change, first in suspected.items() if not first)
    yield replace(REGULARISATION_OFF, name="he-init", words="weights initialised by He's rule", he_init=True)
    if not session.clip_grad_norm:
        yield replace(
            REGULARISATION_OFF,
            name="gradient-clipping",
            words="gradients clipped at norm 1",
            clip_grad_norm=1.0,
        )
    if session.precision != "fp32":
        yield replace(REGULARISATION_OFF, name="fp32", words="full precision", fp32=True)


def _rates() -> Iterator[Change]:
    for factor, sign in ((0.1, "/10"), (10.0, "*10"), (0.01, "/100"), (100.0, "*100")):
        words = f"learning rate {'divided by' if factor < 1 else 'times'} {sign[1:]}"
        yield replace(REGULARISATION_OFF, name=f"lr{sign}", words=words, lr_factor=factor)


def _adams(session: Session) -> Iterator[Change]:
    configured = float(session.optimizer.param_groups[0]["lr"])
    is_adam = type(session.optimizer).__name__ in {"Adam", "AdamW", "NAdam", "RAdam"}
    for lr in (1e-3, 1e-2, 3e-4):
        if not (is_adam and 0.5 < lr / max(configured, 1e-30) < 2):
            yield replace(
                REGULARISATION_OFF, name=f"adam-{lr:g}", words=f"Adam with lr {lr:g}", optimizer="adam", lr=lr
            )


def _off_scale(member: object, most: float = 5.0) -> bool:
    tensor = first_tensor(member, floating=True)
    if tensor is None or tensor.numel() < 2:
        return False
    mean, std = float(tensor.float().mean()), float(tensor.float().std())
    return abs(mean) > most or std > most or std < 1 / (4 * most)
