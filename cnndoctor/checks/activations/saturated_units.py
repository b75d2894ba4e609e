"""Sigmoids and tanhs that sit at the ends of their range."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import STARVES_THE_GRADIENT
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import rescue


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=STARVES_THE_GRADIENT,
)
def saturated_units(
    train: TrainEvidence,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_saturated_share: float = 0.5,
) -> Judgement:
    """Sigmoid or tanh units are saturated: they sit at the ends of their range.

    What it measures:
        The share of outputs within 2 % of the ends of a sigmoid's or tanh's range over a whole evaluation pass, per layer;
        the last activation is left out, because a sure classifier saturates there. Only runs that train badly are judged.
    Why it matters:
        At the ends the derivative is almost 0, so the layers before receive next to no gradient.
    How to fix:
        Use ReLU or GELU in hidden layers; initialise with ``torch.nn.init.xavier_uniform_``; scale the inputs to mean 0 and
        standard deviation 1; lower the learning rate; put BatchNorm or LayerNorm before the activation.
    When it is not a fault:
        Gates that are meant to open and close, and networks that train well.

    References:
        - Glorot and Bengio: Understanding the difficulty of training deep feedforward neural networks, 2010
        - the limit is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    watched = [layer for layer in train.layers if layer.saturated > 0 and layer.path != train.last_activation]
    if not watched:
        return NotApplicable(reason="no sigmoid or tanh inside the network")
    stuck = [layer for layer in watched if layer.saturated > max_saturated_share]
    if not stuck or trained_well(train, data.baseline if data else None):
        return None
    worst = max(stuck, key=lambda layer: layer.saturated)
    helped = max(rescue(trials, name) for name in ("relu", "default-init"))
    return Finding(
        message=(
            f"{worst.saturated:.0%} of the outputs of {worst.path} lie within 2 % of the ends of their range "
            f"(limit {max_saturated_share:.0%})."
        ),
        confidence=0.8 if helped else 0.5,
        places=tuple(Place(kind="layer", name=layer.path.partition(" (")[0]) for layer in stuck[:5]),
        measured={"saturated_share": worst.saturated, "layers": len(stuck), "helped_by": helped},
        remedies=(
            Remedy(text="Use ReLU or GELU in the hidden layers."),
            Remedy(
                text="Initialise with torch.nn.init.xavier_uniform_ and scale the inputs to mean 0 and std 1."
            ),
        ),
    )
