"""Which change treats which cause: what a sick run whose cause is known already is repeated with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnndoctor.evidence import FirstBatchEvidence
from cnndoctor.patient.changes import Change, together
from cnndoctor.training.rivals import ATTACHED, AVERAGED, UNFROZEN

BARE = Change(name="bare-output", words="no activation on the output", bare_output=True)
HELD = Change(name="all-held", words="every parameter given to the optimizer", all_held=True)
MEAN = Change(name="mean-loss", words="the mean of the loss instead of its sum", mean_loss=True)
SQUEEZED = Change(name="squeezed", words="the output's last axis of size one dropped", output_axis=-1)
WIDENED = Change(name="widened", words="a last axis of size one added to the output", output_axis=1)

TREATMENTS = {
    "accumulation-not-normalised": AVERAGED,
    "activation-on-logits": BARE,
    "detached-graph": ATTACHED,
    "frozen-layers": UNFROZEN,
    "output-cannot-reach-targets": BARE,
    "parameters-not-in-optimizer": HELD,
    "single-unit-softmax": BARE,
    "softmax-before-cross-entropy": BARE,
    "summed-loss": MEAN,
    "unregistered-layers": HELD,
}


def treatment_of(causes: Sequence[str], first_batch: FirstBatchEvidence | None) -> Change | None:
    """Return the one change that treats all causes; None where one of them has no automatic treatment.

    Args:
        causes: Ids of the causes.
        first_batch: What the first batch showed, the shapes that met at the loss among it.
    """
    found = [_treatment(cause, first_batch) for cause in causes]
    changes = list(dict.fromkeys(change for change in found if change is not None))
    if not changes or None in found:
        return None
    treatment: Change | None = changes[0]
    for change in changes[1:]:
        treatment = _both(treatment, change)
    return treatment


def _treatment(cause: str, first_batch: FirstBatchEvidence | None) -> Change | None:
    if cause != "broadcast-targets" or first_batch is None:
        return TREATMENTS.get(cause)
    output, target = first_batch.loss.output_shape, first_batch.loss.target_shape
    if output == (*target, 1):
        return SQUEEZED
    return WIDENED if target == (*output, 1) else None


def _both(first: Change | None, second: Change) -> Change | None:
    both = together(first, second) if first is not None else None
    words = f"{first.words} and {second.words}" if first is not None else ""
    return replace(both, words=words) if both is not None else None
