"""Predictions that are the same whatever is shown."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import LayerSignal
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy
from cnndoctor.signs.depth import fades_gradually
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.noise import at_chance
from cnndoctor.signs.success import behind_baseline, trained_well

RECURRENT = {"LSTM", "GRU", "RNN"}
# Spread over samples, relative to the scale: clearly different before a layer, and a thousandth of that behind it. Chosen: an
# LSTM read behind 90 to 112 steps of padding went from 0.8 to 1e-5; with the padding in front its outputs differed by 0.8.
DIFFERENT, FORGOTTEN = 0.1, 1e-3


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "vanishing-gradients",
            "labels-unrelated-to-inputs",
            "parameters-not-updating",
            "saturated-units",
        ),
    ),
)
def output_ignores_input(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    *,
    max_change: float = 1e-5,
) -> Finding | NotApplicable | None:
    """The model's output does not depend on its input.

    What it measures:
        How much the output of one batch changes, relative to its scale, when the inputs are zeroed, shuffled or
        replaced by noise. In a run that ends at chance also when samples swap their inputs alone: a recurrent layer that is
        read behind a long padding answers alike to all real samples, though not to noise. And in a run that fits its data worse
        than simple models do: whether three quarters of a sequence, or all words beside their padding, may be swapped between
        samples without any effect.
    Why it matters:
        A model that does not see its input can only learn the most frequent answer.
    How to fix:
        Follow the input through ``forward``: a variable that was overwritten, a mask or weight of zero, every unit
        dead behind a ReLU, or a softmax over a single unit. The layer where outputs stop to differ between samples is
        named. Of padded sequences read each one's own last step (``pack_padded_sequence``, or
        ``output[range(n), lengths - 1]``), or pad them in front.
    When it is not a fault:
        A zero-initialised head gives the same output at the very start; it is judged after the first steps only.

    References:
        - Stack Exchange 352036; Karpathy, "A Recipe for Training Neural Networks", input-independent baseline
        - the limit is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    change = first_batch.depends_on_input
    if not math.isfinite(change) or first_batch.output.nonfinite:
        return None
    if change >= max_change:
        return _alike(setup, first_batch, train, max_change) or _reads_a_part(
            first_batch, train, data, max_change
        )
    # A signal that fades over many layers is a fault of depth or initialisation, which have checks of their own.
    if trained_well(train) or fades_gradually(first_batch):
        return None
    zero = [p.name for p in setup.parameters if len(p.shape) > 1 and p.std == 0 and p.mean == 0]
    if zero and not _still_constant(train):
        return NotApplicable(
            reason=f"{zero[0]} starts at zero, so that the output has to be constant at first"
        )
    constant = next(
        (layer.path for layer in first_batch.layers if layer.varies_over_samples < max_change), ""
    )
    # Units that are dead from the start have a check of their own, which needs the training run.
    dead = any(layer.dead_units >= 1 for layer in first_batch.layers)
    behind = f"; outputs of {constant} are already the same for every sample" if constant else ""
    return Finding(
        message=f"Zeroed, shuffled and noise inputs change the output by {change:.1g} of its scale "
        f"(at least {max_change:g}){behind}.",
        confidence=0.85 if dead else 0.95,
        places=(Place(kind="layer", name=constant or first_batch.output.last_layer),),
        measured={"output_change": change, "input_gradient": first_batch.input_gradient},
        remedies=(
            Remedy(
                text=f"Follow the input through forward up to {constant or 'the output'}: where does it get lost?"
            ),
        ),
    )


def _alike(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None, max_change: float
) -> Finding | None:
    """Judge a model whose recurrent layer forgets what it read: samples that differ before it are all alike behind it."""
    if not first_batch.told_apart < max_change or train is None or not at_chance(train.train):
        return None
    recurrent = {layer.path for layer in setup.layers if layer.kind in RECURRENT}
    before = 0.0
    for layer in sorted(first_batch.layers, key=lambda layer: layer.position):
        forgets = layer.varies_over_samples < FORGOTTEN * before
        if layer.path in recurrent and before > DIFFERENT and forgets and not fades_gradually(first_batch):
            return _forgets(layer, before, first_batch.told_apart)
        before = max(before, layer.varies_over_samples)
    return None


def _reads_a_part(
    first_batch: FirstBatchEvidence, train: TrainEvidence | None, data: DataEvidence | None, max_change: float
) -> Finding | None:
    """Judge a model that reads a small part of its inputs, in a run that learns less than simple models from all of them."""
    if train is None or not behind_baseline(train, data.baseline if data else None):
        return None
    if first_batch.words_read == 0 and first_batch.told_apart > max_change:
        return _reads_padding(first_batch)
    part = first_batch.part_read
    if part is None:
        return None
    # The end of a sequence may be all that a recurrence has not forgotten yet, before any step.
    if part.stop == part.length:
        return None
    rest = f"the other {part.length - part.stop + part.start} of {part.length} places along axis {part.axis}"
    return Finding(
        message=f"Before training only places {part.start} to {part.stop - 1} of the inputs decide the output: {rest} may be "
        f"swapped between samples without changing a bit of it, and the run learns less than simple models do.",
        confidence=0.93,
        places=(Place(kind="layer", name=first_batch.output.last_layer),),
        measured={"start": part.start, "stop": part.stop, "length": part.length, "axis": part.axis},
        remedies=(
            Remedy(
                text="Follow the rest of the inputs through forward: an index or gather that takes the wrong step "
                "(output[:, 0] for output[:, -1]), a slice, or a mask that is the wrong way round."
            ),
        ),
    )


def _reads_padding(first_batch: FirstBatchEvidence) -> Finding:
    return Finding(
        message="The words of a sequence do not reach the output, only where its padding stands does: at the start all words "
        "may be swapped between samples without changing a bit of it, and the run learns less than simple models do.",
        confidence=0.93,
        places=(Place(kind="layer", name=first_batch.output.last_layer),),
        measured={"words_swapped": first_batch.words_read, "samples_swapped": first_batch.told_apart},
        remedies=(
            Remedy(
                text="Look at the mask of the padding: nn.MultiheadAttention's key_padding_mask is True where there is "
                "padding, scaled_dot_product_attention's attn_mask is True where there is a word."
            ),
        ),
    )


def _forgets(layer: LayerSignal, before: float, told_apart: float) -> Finding:
    return Finding(
        message=f"Samples that swap their inputs change the output by {told_apart:.1g} of its scale: at the start all get "
        f"the same answer, and training ends at chance. Before {layer.path} samples differ by {before:.0%} of the scale, in "
        f"what it puts out by {layer.varies_over_samples:.1g}: by its last step the layer has forgotten what it read.",
        confidence=0.9,
        places=(Place(kind="layer", name=layer.path),),
        measured={"told_apart": told_apart, "before": before, "behind": layer.varies_over_samples},
        remedies=(
            Remedy(
                text="Where sequences are padded at their end, read each one's own last step: pack_padded_sequence, or "
                "output[range(n), lengths - 1]; or pad them in front."
            ),
            Remedy(
                text="Or pool over all steps that are no padding (mean, maximum), and cut sequences shorter."
            ),
        ),
    )


def _still_constant(train: TrainEvidence | None) -> bool:
    """Tell whether training ended with one answer for every input."""
    if train is None or train.train is None:
        return False
    judged = train.train
    return judged.top_prediction_share >= 0.999 or judged.output_std < 1e-3
