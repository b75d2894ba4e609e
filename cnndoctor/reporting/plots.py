"""Evidence → the small charts of a report. Pure; no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from cnndoctor.evidence import (
    Evidence,
    FirstBatchEvidence,
    LrRangeEvidence,
    OverfitEvidence,
    TrainEvidence,
)
from cnndoctor.evidence.train import LayerSeries
from cnndoctor.report import Curve, Plot

MOST_POINTS = 200
MOST_LAYERS = 6  # as many curves as there are colours
MOST_RATES = 4
LOWEST_SCORE = -3.0  # below it, r2 between 0 and 1 would be a line at the upper edge


def plots_of(evidence: Evidence) -> tuple[Plot, ...]:
    """Return every chart the evidence can fill, the most telling first."""
    return tuple(_all(evidence))


def _all(evidence: Evidence) -> Iterator[Plot]:
    if evidence.train is not None and evidence.train.losses:
        yield from _training(evidence.train)
    if evidence.lr_range is not None and evidence.lr_range.sweeps:
        yield lr_plot(evidence.lr_range)
    if evidence.overfit is not None and len(evidence.overfit.loss_curve) > 1:
        yield _overfit(evidence.overfit)
    if evidence.first_batch is not None:
        yield from _profiles(evidence.first_batch)
    if evidence.train is not None:
        yield from _layers(evidence.train)


def _overfit(overfit: OverfitEvidence) -> Plot:
    curve = overfit.loss_curve
    stride = overfit.configured.steps / max(1, len(curve) - 1)
    curves = (
        Curve(name=f"{overfit.samples} samples", x=tuple(i * stride for i in range(len(curve))), y=curve),
    )
    return Plot(
        name="overfit",
        title=f"Loss on a tiny subset ({overfit.samples} samples)",
        x_label="step",
        y_label="loss",
        curves=curves,
        y_range=_below_divergence(curves),
    )


def _profiles(first_batch: FirstBatchEvidence) -> Iterator[Plot]:
    """Show what came back to each layer and what each put out, in order of execution."""
    for name, title, y_label, attribute in (
        (
            "gradient-profile",
            "Gradient by layer on the first batch",
            "RMS gradient of the output",
            "gradient_rms",
        ),
        (
            "activation-profile",
            "Activation by layer on the first batch",
            "standard deviation of the output",
            "std",
        ),
    ):
        layers = [
            layer
            for layer in sorted(first_batch.layers, key=lambda layer: layer.position)
            if math.isfinite(getattr(layer, attribute)) and getattr(layer, attribute) > 0
        ]
        if len(layers) > 2:
            yield Plot(
                name=name,
                title=title,
                x_label="layer, in order of execution",
                y_label=y_label,
                log_y=True,
                curves=(
                    Curve(
                        name=name.removesuffix("-profile"),
                        x=_counted(len(layers)),
                        y=tuple(getattr(layer, attribute) for layer in layers),
                    ),
                ),
                x_names=tuple(f"{layer.path or 'model'} ({layer.kind})" for layer in layers),
                detail=True,
            )


def _layers(train: TrainEvidence) -> Iterator[Plot]:
    """Show how large the updates of a few layers were, the smallest and the largest among them."""
    steps = tuple(float(step) for step in train.sampled_steps)
    moved = [layer for layer in train.layers if len(layer.update_ratio) == len(steps) > 1]
    moved = [
        layer for layer in moved if any(math.isfinite(ratio) and ratio > 0 for ratio in layer.update_ratio)
    ]
    if not moved:
        return
    yield Plot(
        name="update-ratio",
        title="Update by weight, by layer (about 0.001 is usual)",
        x_label="optimizer step",
        y_label="RMS update / RMS weight",
        log_y=True,
        curves=tuple(_thinned(layer.path or "model", steps, layer.update_ratio) for layer in _few(moved)),
        detail=True,
    )


def _few(layers: list[LayerSeries]) -> list[LayerSeries]:
    """Return at most ``MOST_LAYERS`` layers in order of execution: the extremes, and others evenly between first and last."""
    if len(layers) <= MOST_LAYERS:
        return sorted(layers, key=lambda layer: layer.position)
    by_size = sorted(layers, key=lambda layer: layer.update_ratio[-1])
    chosen = {id(layer): layer for layer in (by_size[0], by_size[-1])}
    stride = (len(layers) - 1) / (MOST_LAYERS - 3)
    for place in range(MOST_LAYERS - 2):
        layer = layers[round(place * stride)]
        chosen[id(layer)] = layer
    return sorted(chosen.values(), key=lambda layer: layer.position)


def lr_plot(evidence: LrRangeEvidence) -> Plot:
    """Return the learning-rate range curve with its band, the configured and the suggested rate."""
    marks = {"configured": evidence.configured_peak} if evidence.configured_peak > 0 else {}
    if math.isfinite(evidence.suggestion):
        marks["suggested"] = evidence.suggestion
    curves = tuple(_thinned(f"seed {s.seed}", s.lrs, s.smoothed) for s in evidence.sweeps)
    return Plot(
        name="lr-range",
        title="Learning-rate range test",
        x_label="learning rate",
        y_label="smoothed loss",
        log_x=True,
        curves=curves,
        marks=marks,
        band=evidence.band,
        y_range=_below_divergence(curves, least=1.0, headroom=0.3),
    )


def _below_divergence(
    curves: Sequence[Curve], *, least: float = 4.0, headroom: float = 1.0
) -> tuple[float, ...]:
    """Return the part of the y axis worth showing of losses, where a divergence would press the rest flat; empty otherwise.

    Shown is up to somewhat above where the curves start; the picture says that they go on.

    Args:
        curves: Losses.
        least: Cut only where a curve rises this many times as far above its start as it falls below it.
        headroom: How far above the start is shown, relative to the fall.
    """
    starts = [next((y for y in curve.y if math.isfinite(y)), math.nan) for curve in curves]
    values = [y for curve in curves for y in curve.y if math.isfinite(y)]
    if not values:
        return ()
    start, low = max(start for start in starts if math.isfinite(start)), min(values)
    fall = max(start - low, 0.1 * abs(start))
    if not 0 < fall < math.inf or max(values) <= start + max(least * fall, headroom * fall):
        return ()
    room = 0.05 * fall
    floor = 0.0 if 0 <= low <= room else low - room
    return floor, start + headroom * fall


def _events(train: TrainEvidence) -> dict[str, float]:
    """Return what happened at which step of the run, by name."""
    found: dict[str, float] = {}
    if 0 <= train.best_epoch < len(train.epochs) - 1:
        found["best epoch, step"] = float(train.epochs[train.best_epoch].steps)
    if train.nonfinite is not None:
        found["first NaN, step"] = float(train.nonfinite.step)
    if train.resumed_from:
        found["resumed, step"] = float(train.resumed_from)
    if train.ended == "early-stopping":
        found["stopped early, step"] = float(train.steps)
    # A schedule in steps knows a few rates; one that falls all the time has a curve of its own.
    if 1 < len(set(train.lrs)) <= MOST_RATES:
        falls = [
            float(step)
            for step, before, after in zip(train.loss_steps[1:], train.lrs, train.lrs[1:], strict=False)
            if after < before
        ]
        found |= {f"rate falls{' again' * number}, step": step for number, step in enumerate(falls)}
    return found


def _training(train: TrainEvidence) -> Iterator[Plot]:
    epochs = train.epochs
    curves = [_thinned("training per step", tuple(float(s) for s in train.loss_steps), train.losses)]
    ends = tuple(float(epoch.steps) for epoch in epochs)
    if any(math.isfinite(epoch.validation_loss) for epoch in epochs):
        curves.append(Curve(name="validation", x=ends, y=tuple(epoch.validation_loss for epoch in epochs)))
    events = _events(train)
    yield Plot(
        name="loss",
        title="Loss",
        x_label="optimizer step",
        y_label="loss",
        curves=tuple(curves),
        marks=events,
        y_range=_below_divergence(curves),
    )
    if train.metric and len(epochs) > 1:
        scores = [Curve(name="training", x=ends, y=tuple(epoch.train_score for epoch in epochs))]
        if any(math.isfinite(epoch.validation_score) for epoch in epochs):
            scores.append(
                Curve(name="validation", x=ends, y=tuple(epoch.validation_score for epoch in epochs))
            )
        yield Plot(
            name="score",
            title=train.metric.capitalize(),
            x_label="optimizer step",
            y_label=train.metric,
            curves=tuple(scores),
            marks={name: step for name, step in events.items() if not name.startswith("rate")},
            y_range=_above_collapse(scores),
        )
    if len(set(train.lrs)) > 1:
        yield Plot(
            name="lr",
            title="Learning rate",
            x_label="optimizer step",
            y_label="learning rate",
            curves=(_thinned("learning rate", tuple(float(s) for s in train.loss_steps), train.lrs),),
        )


def _above_collapse(scores: Sequence[Curve]) -> tuple[float, ...]:
    """Return the part of the y axis worth showing of scores whose best is 1; r2 has no lower end."""
    values = [y for curve in scores for y in curve.y if math.isfinite(y)]
    return (-1.0, 1.05) if values and min(values) < LOWEST_SCORE else ()


def _thinned(name: str, x: tuple[float, ...], y: tuple[float, ...]) -> Curve:
    """Return at most ``MOST_POINTS`` points, evenly taken, the last one among them."""
    count = min(len(x), len(y))
    stride = max(1, math.ceil(count / MOST_POINTS))
    kept = sorted({*range(0, count, stride), count - 1} - {-1})
    return Curve(name=name, x=tuple(x[i] for i in kept), y=tuple(y[i] for i in kept))


def _counted(count: int) -> tuple[float, ...]:
    return tuple(float(i) for i in range(count))
