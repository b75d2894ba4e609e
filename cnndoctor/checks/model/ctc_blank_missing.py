"""CTC without room for its blank: too few outputs, the blank used as a label, or targets longer than the output."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.evidence.data import LabelFacts
from cnndoctor.evidence.first_batch import LossCallFacts
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import is_ctc


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        BLOWS_UP,
        ("user-code-raises", "labels-out-of-range", "output-width-mismatch", "loss-goes-the-wrong-way"),
    ),
)
def ctc_blank_missing(
    setup: SetupEvidence,
    data: DataEvidence,
    first_batch: FirstBatchEvidence | None,
    *,
    max_too_long_share: float = 0.0,
) -> Finding | None:
    """The CTC head or its targets leave no room for the blank.

    What it measures:
        The number of outputs against the symbols that occur and the blank, also where a loss or step of one's own calls torch's
        CTC loss; targets that hold the blank's index within the length that the loss is told; and target lengths against the
        output's length.
    Why it matters:
        CTC needs one output more than there are symbols: the blank, which separates repeated symbols. If a symbol has
        the blank's index, it can never be read. A target longer than the output has probability zero: the loss is
        infinite.
    How to fix:
        Give the head one more output than symbols, keep index 0 for the blank and number symbols from 1. Downsample
        less, or drop the samples that are too long. ``zero_infinity=True`` only hides them.
    When it is not a fault:
        Zeros that pad targets are no labels when target lengths say so.

    References:
        - Graves et al. 2006, Connectionist Temporal Classification; torch.nn.CTCLoss
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    labels = data.train.labels
    if first_batch is not None and first_batch.loss.ctc_blank_targets:
        return _as_a_symbol(first_batch.loss)
    if is_ctc(setup.loss):
        narrow = _too_narrow(setup.loss.blank, labels, _width(setup, first_batch))
        return narrow or _too_long(data, labels, max_too_long_share)
    if first_batch is None or not first_batch.loss.ctc_outputs:
        return None
    return _too_narrow(first_batch.loss.ctc_blank, labels, first_batch.loss.ctc_outputs)


def _as_a_symbol(loss: LossCallFacts) -> Finding:
    return _finding(
        f"{loss.ctc_blank_targets:.0%} of the targets hold {loss.ctc_blank} within their length, and that is the blank's "
        f"index: the symbol can never be read.",
        loss.ctc_outputs,
    )


def _width(setup: SetupEvidence, first_batch: FirstBatchEvidence | None) -> int:
    shape = first_batch.output.shape if first_batch and first_batch.output.shape else setup.output_shape
    return shape[-1] if shape else setup.classes


def _too_narrow(blank: int, labels: LabelFacts, width: int) -> Finding | None:
    symbols = {int(float(label)) for label in labels.histogram}
    if not width or not symbols:
        return None
    if blank >= width:
        return _finding(
            f"The blank has index {blank}, but the head has only {width} outputs (0 to {width - 1}).", width
        )
    if max(symbols) >= width:
        said = f"Labels reach {max(symbols)}, but the head has {width} outputs and one of them is the blank ({blank})."
        return _finding(said, width)
    # Padding with the blank's index looks like a label; it is one for sure only when every output is taken by a symbol
    # and padding would have to be far more frequent than the rest.
    if blank in symbols and len(symbols) == width and not _is_padding(labels, blank):
        said = f"All {width} outputs are used by labels, also the blank's index {blank}: no output is left for the blank."
        return _finding(said, width)
    return None


def _is_padding(labels: LabelFacts, blank: int) -> bool:
    counts = {int(float(label)): count for label, count in labels.histogram.items()}
    others = sorted(count for label, count in counts.items() if label != blank)
    return not others or counts[blank] > 2 * others[-1]


def _too_long(data: DataEvidence, labels: LabelFacts, max_share: float) -> Finding | None:
    long = labels.target_lengths_exceed_inputs
    share = len(long) / max(1, data.train.examined)
    if share <= max_share:
        return None
    return Finding(
        message=f"{len(long)} samples have a target longer than the model's output sequence: their CTC loss is infinite.",
        confidence=0.95,
        places=tuple(Place(kind="sample", name=f"train[{index}]") for index in long[:5]),
        measured={"too_long": len(long)},
        remedies=(Remedy(text="Downsample less along time, or leave these samples out."),),
    )


def _finding(message: str, width: int) -> Finding:
    return Finding(
        message=message,
        confidence=0.93,
        places=(Place(kind="key", name="model"), Place(kind="key", name="loss")),
        measured={"outputs": width},
        remedies=(
            Remedy(text="Give the head one output more than there are symbols; blank at 0, symbols from 1."),
        ),
    )
