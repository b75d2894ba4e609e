"""The output of one sample depends on the other samples of its batch."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

SEQUENCE = (
    "LSTM",
    "GRU",
    "RNN",
    "MultiheadAttention",
    "TransformerEncoder",
    "TransformerDecoder",
    "Transformer",
)


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        EVALUATES_WRONGLY,
        ("labels-unrelated-to-inputs", "loss-far-from-chance", "output-ignores-input"),
    ),
)
def samples_mixed_in_batch(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    *,
    max_mixing: float = 1e-3,
    max_collated: float = 0.05,
) -> Finding | None:
    """A sample's output changes with the other samples in its batch.

    What it measures:
        How far one sample's output moves when another sample's input is replaced, or made ten times as large, in eval mode
        with normalisation on running statistics, relative to how far that other's own output moves. Independent samples do not
        move at all. Where this cannot be told: recurrent and attention layers without ``batch_first`` whose input has the
        batch on its first axis. And, with a collate function of one's own that adds no padding, the outputs of samples that are
        collated together against those of the same samples one by one (edges that were not counted on changed them by 0.74 of
        their deviation, sound joins by 0).
    Why it matters:
        The prediction for an image depends on its neighbours: information leaks between samples, targets no longer
        belong to outputs, and results change with the batch size.
    How to fix:
        Keep the batch axis first and untouched: ``x.flatten(1)`` instead of ``view(-1, k)``, ``dim=1`` instead of
        ``dim=0`` in softmax and mean, ``batch_first=True`` for recurrent and attention layers that get [N, T, F]. A collate
        function that joins graphs counts their nodes on: ``edges + start``.
    When it is not a fault:
        BatchNorm in training mode mixes samples by design and is left out. Models that attend over the batch on
        purpose are rare; put this check under ``ignore:`` with your reason.

    References:
        - Karpathy, "A Recipe for Training Neural Networks", "use backprop to chart dependencies"
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    mixing, where = first_batch.mixing, first_batch.mixing_layer
    if not math.isfinite(mixing):
        taken = _taken_for_steps(setup, first_batch) if not trained_well(train) else None
        return taken or _collated(first_batch, train, max_collated)
    if mixing <= max_mixing:
        return _collated(first_batch, train, max_collated)
    layer = next((layer for layer in setup.layers if layer.path == where), None)
    if layer is not None and layer.settings.get("track_running_stats") == "False":
        return None  # batch statistics in eval mode have their own check
    sequence = layer is not None and layer.kind.startswith(SEQUENCE)
    hint = " (it takes [T, N, F] unless batch_first=True)" if sequence else ""
    return Finding(
        message=(
            f"In eval mode a sample's output reacts to another sample's input with {mixing:.2g} of the strength of its own "
            f"(must be 0)" + (f"; samples first meet in {where}{hint}." if where else ".")
        ),
        confidence=0.95,
        severity=Severity.WARNING if trained_well(train) else None,
        places=(Place(kind="layer", name=where),) if where else (),
        measured={"mixing": mixing},
        # What a layer mixes is mixed before the loss can broadcast anything.
        stands_beside=("broadcast-targets",) if sequence else (),
        remedies=(
            Remedy(
                text=f"Build {where} with batch_first=True."
                if sequence
                else "Leave the batch axis alone: flatten(1) for view(-1, …), dim=1 for dim=0, permute before reshape."
            ),
        ),
    )


def _collated(first_batch: FirstBatchEvidence, train: TrainEvidence | None, limit: float) -> Finding | None:
    """Say that a sample's output hangs on what the collate function puts beside it."""
    if not first_batch.collate_mixing > limit:  # NaN compares as False: unknown
        return None
    return Finding(
        message="Collated together with others, samples get other outputs than one by one: they differ by "
        f"{first_batch.collate_mixing:.2g} of the outputs' deviation in eval mode (must be 0), though nothing is padded.",
        confidence=0.9,
        severity=Severity.WARNING if trained_well(train) else None,
        places=(Place(kind="key", name="data.loader"),),
        measured={"collate_mixing": first_batch.collate_mixing},
        remedies=(
            Remedy(
                text="Look at collate_fn: indices of a joined sample (edges, segments, positions) must be counted on by what "
                "stands before it."
            ),
        ),
    )


def _taken_for_steps(setup: SetupEvidence, first_batch: FirstBatchEvidence) -> Finding | None:
    """Name a sequence layer that is handed [N, T, F] and takes it for [T, N, F]."""
    size = first_batch.batch_size
    taken = [
        layer
        for layer in setup.layers
        if layer.kind.startswith(SEQUENCE)
        and layer.settings.get("batch_first") == "False"
        and len(layer.input_shape) == 3
        and layer.input_shape[0] == size != layer.input_shape[1]
    ]
    if not taken or size < 2:
        return None
    first = taken[0]
    shape = " x ".join(map(str, first.input_shape))
    return Finding(
        message=(
            f"{first.path} takes [T, N, F] unless batch_first=True, and gets {shape} for a batch of {size}: it runs over the "
            f"samples as if they were steps of one sequence."
        ),
        confidence=0.95,
        places=tuple(Place(kind="layer", name=layer.path) for layer in taken[:5]),
        measured={"batch_size": size, "steps": first.input_shape[1]},
        remedies=(Remedy(text=f"Build {first.path} with batch_first=True."),),
    )
