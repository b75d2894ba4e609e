"""Registered layers that the forward never uses."""

from __future__ import annotations

from collections.abc import Iterable

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

# Parts that are left unused on purpose now and then.
MEANT = ("aux", "pool", "teacher", "ema", "expert", "exit", "target", "momentum", "head_", "discriminator")


@check(
    severity="warning",
    grade="A",
    explains=merged(
        LEARNS_NOTHING, ("parameters-not-updating", "missing-nonlinearity", "oversized-dense-layer")
    ),
)
def unused_layers(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
) -> Finding | None:
    """Some layers are built and registered, but the forward never uses them.

    What it measures:
        Trainable parameters whose layer was never called in a forward of one real batch and that received no
        gradient.
    Why it matters:
        Mostly a slip of the pen: ``self.conv2`` was meant where ``self.conv1`` stands twice, a variable was
        overwritten (``out = self.b(x)`` instead of ``self.b(out)``), or a later layer replaced an earlier one. The
        network is shallower than it was meant to be, and what was to be learnt there is not.
    How to fix:
        Use the layer in ``forward`` or delete it. Distributed training needs ``find_unused_parameters=True``
        otherwise.
    When it is not a fault:
        Auxiliary heads, experts that this batch did not choose, and the unused pooler of a pretrained model: where
        the run learns well this is a note, and so is a whole part of the model that a step of one's own leaves alone. Name
        wanted ones under ``intent: {frozen: […]}``.

    References:
        - Stack Exchange 352036, "Verify that your code is bug free": variables created but never used
    """
    gradients = {step.name: step.gradient for step in first_batch.parameters}
    facts = {parameter.name: parameter for parameter in setup.parameters}
    moved = (
        set()
        if train is None or not train.unchanged_parameters
        else set(facts) - set(train.unchanged_parameters)
    )
    unused = [
        name
        for name in first_batch.unused_parameters
        if gradients.get(name, "none") == "none"
        and name in facts
        and facts[name].trainable
        and not facts[name].frozen_on_purpose
        and name not in moved
    ]
    if not unused:
        return None
    layers = list(dict.fromkeys(facts[name].layer for name in unused))
    meant = all(any(word in layer.lower() for word in MEANT) for layer in layers)
    # A step of one's own may leave a whole part of the model for another time, but hardly some layers of one that it uses.
    apart = experiment.custom_step and not _parts(layers) & _parts(
        p.layer for p in facts.values() if p.name not in unused
    )
    harmless = apart or (meant and (experiment.custom_step or trained_well(train)))
    return Finding(
        message=f"{len(layers)} of the model's layers are never used by its forward: {_listed(layers)}.",
        confidence=0.6 if harmless else 0.75 if trained_well(train) else 0.85,
        severity=Severity.NOTE if harmless else None,
        places=tuple(Place(kind="layer", name=layer) for layer in layers[:8]),
        measured={"layers": len(layers), "parameters": len(unused)},
        remedies=(
            Remedy(
                text=f"Use {layers[0]} in forward (look for a name used twice or an overwritten variable), or delete it."
            ),
        ),
    )


def _parts(layers: Iterable[str]) -> set[str]:
    """Return the names of the model's own children that hold these layers."""
    return {layer.partition(".")[0] for layer in layers}


def _listed(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
