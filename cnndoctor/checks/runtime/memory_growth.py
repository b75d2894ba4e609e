"""Memory that climbs with every step."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity

MEGABYTE = 2**20


@check(severity=Severity.WARNING, grade="B", of_pace=True)
def memory_growth(train: TrainEvidence, *, min_steps: int = 200, max_megabytes: float = 256.0) -> Judgement:
    """Memory climbs with every step: somebody keeps tensors.

    What it measures:
        Bytes of live tensors, counted several times after a warm-up, once the process had grown by more than 64 MB; growth
        must be seen every time. It counts when the planned run would gather more than 256 MB.
    Why it matters:
        The run ends when memory does.
    How to fix:
        Keep ``loss.item()`` or ``outputs.detach().cpu()`` instead of tensors with their graph; empty lists that collect
        outputs; no ``retain_graph=True``.
    When it is not a fault:
        Caches that fill once, such as a data set that keeps decoded samples.

    References:
        - https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if train.steps < min_steps:
        return NotApplicable(reason=f"fewer than {min_steps} steps")
    total = train.memory_growth * max(train.planned_steps, train.steps) / MEGABYTE
    if total < max_megabytes:
        return None
    return Finding(
        message=(
            f"Live tensors grow by {train.memory_growth / 1024:.0f} kB a step, {total:.0f} MB over the planned run "
            f"(limit {max_megabytes:.0f} MB)."
        ),
        confidence=0.75,
        measured={"bytes_per_step": train.memory_growth, "megabytes": total},
        remedies=(
            Remedy(text="Keep loss.item() and outputs.detach().cpu(), never tensors with their graph."),
        ),
    )
