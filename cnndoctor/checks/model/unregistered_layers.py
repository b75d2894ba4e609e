"""Layers in plain Python lists or dicts, which neither the optimizer nor ``.to(device)`` can see."""

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
        (
            "parameters-not-in-optimizer",
            "user-code-raises",
            "frozen-layers",
            "vanishing-gradients",
            "not-reproducible",
            "dead-relu",
        ),
    ),
)
def unregistered_layers(setup: SetupEvidence, train: TrainEvidence | None) -> Finding | None:
    """Layers sit in a plain Python container, where torch cannot see them.

    What it measures:
        Modules and parameters with trainable elements that are reachable from the model through plain lists, tuples,
        dicts or sets, but are not registered anywhere in it.
    Why it matters:
        ``model.parameters()`` leaves them out: they are never trained, stay on the CPU after ``.to(device)``, keep
        their mode after ``.eval()`` and are missing from checkpoints.
    How to fix:
        ``self.layers = nn.ModuleList([...])`` instead of a list, ``nn.ModuleDict`` instead of a dict,
        ``nn.ParameterList`` for parameters.
    When it is not a fault:
        A frozen teacher or loss network hidden in a list on purpose has nothing to train and is not reported.

    References:
        - torch.nn.ModuleList: "modules it contains are properly registered"
        - Stack Overflow 50463975, "PyTorch: how to properly create a list of nn.Linear()"
    """
    loose = [module for module in setup.loose_modules if module.parameters > 0 and module.trainable]
    if not loose:
        return None
    hidden = sum(module.parameters for module in loose)
    total = hidden + sum(layer.parameters for layer in setup.layers)
    first = loose[0]
    nothing = not setup.parameters
    return Finding(
        message=(
            f"{len(loose)} layers with {hidden} of {total} parameters sit in a plain Python container "
            f"({first.path}: {first.kind}) "
            f"and are not registered: the optimizer does not train them."
        ),
        confidence=0.97,
        severity=Severity.WARNING if trained_well(train) and not nothing else None,
        places=tuple(
            Place(kind="layer", name=module.path, file=module.source_file, line=module.source_line)
            for module in loose[:8]
        ),
        measured={"layers": len(loose), "hidden_parameters": hidden},
        remedies=(
            Remedy(
                text="Wrap the container in nn.ModuleList (list), nn.ModuleDict (dict) or nn.ParameterList (parameters)."
            ),
        ),
    )
