"""A softmax that normalises over the batch or over space instead of over the classes."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects
from cnndoctor.signs.success import near_perfect, trained_well

OVER_THE_BATCH = " (batch)"  # how the probe marks an axis that is the batch's


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        EVALUATES_WRONGLY,
        (
            "samples-mixed-in-batch",
            "logits-into-probability-loss",
            "loss-far-from-chance",
            "vanishing-gradients",
        ),
    ),
)
def softmax_over_wrong_axis(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    *,
    max_mixing: float = 1e-3,
) -> Finding | None:
    """A softmax normalises over an axis that is not its own: the output's over the batch or space, any over the batch.

    What it measures:
        Along which axes the output of one real batch (or its exponential) sums to one. The class axis is not among
        them, but the batch axis or a spatial axis is. And every softmax within the forward: one that runs along the
        batch axis, while the gradient shows that samples depend on each other; and one of square scores, as an attention's,
        whose weights a matrix product then sums over the other axis.
    Why it matters:
        Softmax over the batch makes samples compete with each other: the prediction for one image changes with its
        neighbours, and the classes of one image are not compared at all. Over space, pixels compete in the same way.
    How to fix:
        Name the class axis: ``softmax(scores, dim=1)`` for [N, C] and [N, C, H, W], ``dim=-1`` for [N, T, C]. With
        CrossEntropyLoss use no softmax at all.
    When it is not a fault:
        A softmax over space or time in the middle of a model (attention, keypoints) is right and is left alone.

    References:
        - torch.nn.Softmax, and its warning "Implicit dimension choice for softmax has been deprecated"
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    output = first_batch.output
    logarithmic = not output.sums_to_one
    axes = tuple(
        axis
        for axis in (output.log_sums_to_one if logarithmic else output.sums_to_one)
        if axis < len(output.shape) and output.shape[axis] > 1
    )
    if not axes or output.class_axis < 0 or output.class_axis in axes or output.maximum <= output.minimum:
        return _within(first_batch, train, max_mixing)
    told = expects(setup.loss)
    if not told and 0 not in axes:
        return _within(
            first_batch, train, max_mixing
        )  # an unknown loss may well want a map that sums to one over space
    name = "log_softmax" if logarithmic else "softmax"
    over = "the batch" if axes[0] == 0 else f"axis {axes[0]}"
    return Finding(
        message=(
            f"The output {list(output.shape)} sums to 1 over {over} (axis {axes[0]}, "
            f"{output.shape[axes[0]]} entries) instead of "
            f"over the {output.shape[output.class_axis]} classes (axis {output.class_axis})."
        ),
        confidence=0.98 if told else 0.9,
        places=(Place(kind="layer", name=output.last_layer),),
        measured={"axis": axes[0], "class_axis": output.class_axis},
        remedies=(Remedy(text=_remedy(name, output.class_axis, told)),),
    )


def _within(
    first_batch: FirstBatchEvidence, train: TrainEvidence | None, max_mixing: float
) -> Finding | None:
    """Return a finding when a softmax inside the forward runs along the batch axis and samples are seen to mix."""
    over = [
        (place, axis) for place, axis in first_batch.softmax_axes.items() if axis.endswith(OVER_THE_BATCH)
    ]
    if not over or not first_batch.mixing > max_mixing:  # NaN compares as False: unknown
        return _crossed(first_batch, train) if first_batch.crossed_weights else None
    place, axis = over[0]
    return Finding(
        message=(
            f"The softmax at {place} normalises over {axis.removesuffix(OVER_THE_BATCH)}, which is the batch: in eval mode "
            f"a sample's output reacts to another's input with {first_batch.mixing:.2g} of the strength of its own "
            "(must be 0)."
        ),
        confidence=0.96,
        severity=Severity.WARNING if trained_well(train) else None,
        places=tuple(Place(kind="layer", name=name) for name, _ in over[:3]),
        measured={"mixing": first_batch.mixing, "softmaxes": len(over)},
        remedies=(
            Remedy(
                text="Normalise within a sample: dim=-1 over the keys of an attention, dim=1 over classes."
            ),
        ),
    )


def _crossed(first_batch: FirstBatchEvidence, train: TrainEvidence | None) -> Finding:
    """Say that the weights of an attention do not sum to one where they are summed over."""
    places = first_batch.crossed_weights
    axis = first_batch.softmax_axes.get(places[0], "one axis of square scores")
    failed = train is not None and not trained_well(train)
    return Finding(
        message=f"The softmax at {places[0]} normalises over {axis}, but the product that takes its weights sums over the "
        "other of the last two axes: the weights that are added up do not sum to one.",
        confidence=0.8 if failed else 0.75,
        severity=Severity.NOTE if near_perfect(train) else Severity.ERROR if failed else Severity.WARNING,
        places=tuple(Place(kind="layer", name=place) for place in places[:3]),
        measured={"softmaxes": len(places)},
        remedies=(Remedy(text="Normalise over what is summed: softmax(scores, dim=-1) @ values."),),
    )


def _remedy(name: str, class_axis: int, told: str) -> str:
    if told in {"scores", "binary-scores"}:
        return f"Remove the {name}: the loss takes raw scores and normalises over the classes itself."
    return f"Normalise over the classes: {name}(scores, dim={class_axis})."
