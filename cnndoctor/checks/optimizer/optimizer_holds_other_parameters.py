"""The optimizer updates parameters that are not the model's."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        ("parameters-not-in-optimizer", "parameters-not-updating", "user-code-raises", "frozen-layers"),
    ),
)
def optimizer_holds_other_parameters(setup: SetupEvidence, train: TrainEvidence | None) -> Finding | None:
    """The optimizer holds tensors that are not parameters of the model.

    What it measures:
        Tensors in the optimizer's groups that are no parameter of the model by identity, and how many of the model's
        parameters are missing in return.
    Why it matters:
        A copy is trained, and the model is not: the model was rebuilt, copied (``deepcopy``), reloaded or had its
        head replaced after the optimizer was built, or the optimizer builds a model of its own.
    How to fix:
        Build the optimizer last, from ``model.parameters()`` of the very model that is trained.
    When it is not a fault:
        Learnable parameters of the loss (a temperature, class centres) beside all of the model's: a note.

    References:
        - torch.optim, "If you need to move a model to GPU, do so before constructing optimizers"
    """
    foreign = setup.optimizer.foreign
    if not foreign:
        return None
    trainable = [p for p in setup.parameters if p.trainable and not p.frozen_on_purpose]
    missing = [p for p in trainable if p.optimizer_groups == 0]
    copies = {tuple(shape) for shape in foreign} & {p.shape for p in missing}
    beside = not missing or trained_well(train)
    return Finding(
        message=(
            f"{setup.optimizer.name} holds {len(foreign)} tensors that are not the model's, while {len(missing)} of its "
            f"{len(trainable)} parameters are missing" + (": it trains a copy of them." if copies else ".")
        ),
        confidence=0.98 if copies else 0.8,
        severity=Severity.NOTE if beside else None,
        places=(Place(kind="key", name="optimizer"),),
        measured={"foreign": len(foreign), "missing": len(missing)},
        remedies=(
            Remedy(text="Build the optimizer last, from model.parameters() of the model that is trained."),
        ),
    )
