"""Training survives only because normalisation repairs a broken scale."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import matrices, relative_std


@check(severity="note", grade="C")
def batchnorm_hides_fault(
    setup: SetupEvidence, *, max_scale: float = 6.0, min_share: float = 0.5
) -> Finding | None:
    """Weights start far too large, and BatchNorm hides it.

    What it measures:
        Weight matrices whose standard deviation times the square root of the fan-in is above 6 (He's initialisation: 1.4), in a
        model with normalisation layers.
    Why it matters:
        Normalisation divides the scale away in the forward, but the effective learning rate of such weights falls with the
        square of their scale: they hardly learn.
    How to fix:
        The default initialisation, or ``nn.init.kaiming_normal_``.
    When it is not a fault:
        Always a note: the run may do well.

    References:
        - van Laarhoven 2017, "L2 Regularization versus Batch and Weight Normalization"
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if not setup.normalisation:
        return None
    scaled = [(p, relative_std(p)) for p in matrices(setup) if p.fan_in > 0]
    large = [(p, scale) for p, scale in scaled if scale > max_scale]
    if not large or len(large) < min_share * len(scaled):
        return None
    parameter, scale = max(large, key=lambda pair: pair[1])
    return Finding(
        message=(
            f"{len(large)} of {len(scaled)} weight tensors start too large ({parameter.name}: {scale / 1.414:.2g} times "
            f"He's), which normalisation hides."
        ),
        confidence=0.5,
        severity=Severity.NOTE,
        places=(Place(kind="layer", name=parameter.layer),),
        measured={"relative_std": scale},
        remedies=(Remedy(text="Leave torch's default initialisation, or use nn.init.kaiming_normal_."),),
    )
