"""Channel and hidden sizes that the accelerator cannot use well."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import WEIGHTED


@check(severity="note", grade="C")
def unfriendly_shapes(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    *,
    multiple: int = 8,
    min_width: int = 32,
    min_share: float = 0.3,
) -> Finding | None:
    """Layer widths are no multiples of eight, which half precision on a GPU wants.

    What it measures:
        The share of inner layers whose output width is no multiple of 8, where a GPU computes in half precision.
    Why it matters:
        Tensor cores work on blocks of eight; other widths are padded or take the slow way, at up to half of the speed.
    How to fix:
        Round widths up to a multiple of 8 (64 for large layers), and the batch size as well.
    When it is not a fault:
        Heads, small layers, CPUs and full precision.

    References:
        - NVIDIA, "Deep Learning Performance Guide", tensor core requirements
        - ``multiple`` is NVIDIA's, the other limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    if not experiment.device.startswith("cuda") or experiment.precision == "fp32":
        return None
    inner = [
        p
        for p in setup.parameters
        if p.kind.startswith(WEIGHTED) and len(p.shape) > 1 and p.shape[0] >= min_width
    ][:-1]
    odd = [p for p in inner if p.shape[0] % multiple]
    if not odd or len(odd) < min_share * len(inner):
        return None
    first = odd[0].shape[0]
    return Finding(
        message=f"{len(odd)} of {len(inner)} inner layers have widths that are no multiple of {multiple} (first {first}).",
        confidence=0.6,
        severity=Severity.NOTE,
        places=tuple(Place(kind="layer", name=p.layer) for p in odd[:5]),
        measured={"layers": len(odd)},
        remedies=(Remedy(text=f"Round widths up to a multiple of {multiple}."),),
    )
