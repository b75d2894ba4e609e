"""Evidence → the small charts of a report. Pure; no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnndoctor.evidence import Evidence, LrRangeEvidence, TrainEvidence
from cnndoctor.report import Curve, Plot

MOST_POINTS = 200


def plots_of(evidence: Evidence) -> tuple[Plot, ...]:
    """Return every chart the evidence can fill, the most telling first."""
    return tuple(_all(evidence))


def _all(evidence: Evidence) -> Iterator[Plot]:
    if evidence.train is not None and evidence.train.losses:
        yield from _training(evidence.train)
    if evidence.lr_range is not None and evidence.lr_range.sweeps:
        yield lr_plot(evidence.lr_range)
    if evidence.overfit is not None and len(evidence.overfit.loss_curve) > 1:
        curve = evidence.overfit.loss_curve
        x = tuple(
            float(i) * evidence.overfit.configured.steps / max(1, len(curve) - 1) for i in range(len(curve))
        )
        yield Plot(
            name="overfit",
            title=f"Loss on a tiny subset ({evidence.overfit.samples} samples)",
            x_label="step",
            y_label="loss",
            curves=(Curve(name=f"{evidence.overfit.samples} samples", x=x, y=curve),),
        )
    if evidence.first_batch is not None:
        signals = [
            s for s in evidence.first_batch.layers if math.isfinite(s.gradient_rms) and s.gradient_rms > 0
        ]
        if len(signals) > 2:
            yield Plot(
                name="gradient-profile",
                title="Gradient by layer on the first batch",
                x_label="layer, in order of execution",
                y_label="RMS gradient of the output",
                log_y=True,
                curves=(
                    Curve(
                        name="gradient", x=_counted(len(signals)), y=tuple(s.gradient_rms for s in signals)
                    ),
                ),
            )


def lr_plot(evidence: LrRangeEvidence) -> Plot:
    """Return the learning-rate range curve with its band, the configured and the suggested rate."""
    marks = {"configured": evidence.configured_peak} if evidence.configured_peak > 0 else {}
    if math.isfinite(evidence.suggestion):
        marks["suggested"] = evidence.suggestion
    return Plot(
        name="lr-range",
        title="Learning-rate range test",
        x_label="learning rate",
        y_label="smoothed loss",
        log_x=True,
        curves=tuple(
            _thinned(f"seed {s.seed}", *_until_it_blows_up(s.lrs, s.smoothed)) for s in evidence.sweeps
        ),
        marks=marks,
        band=evidence.band,
    )


def _until_it_blows_up(
    lrs: tuple[float, ...], losses: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the sweep up to where the loss has risen above its start as far as it had fallen below it.

    What comes after is divergence, and would press the part that matters flat.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    if not finite:
        return lrs, losses
    ceiling = finite[0] + max(finite[0] - min(finite), 0.1 * abs(finite[0]))
    end = next((i for i, loss in enumerate(losses) if loss > ceiling), len(losses))
    return (*lrs[:end], *lrs[end : end + 1]), (*losses[:end], *(ceiling for _ in losses[end : end + 1]))


def _training(train: TrainEvidence) -> Iterator[Plot]:
    epochs = train.epochs
    curves = [_thinned("training per step", tuple(float(s) for s in train.loss_steps), train.losses)]
    ends = tuple(float(epoch.steps) for epoch in epochs)
    if any(math.isfinite(epoch.validation_loss) for epoch in epochs):
        curves.append(Curve(name="validation", x=ends, y=tuple(epoch.validation_loss for epoch in epochs)))
    yield Plot(name="loss", title="Loss", x_label="optimizer step", y_label="loss", curves=tuple(curves))
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
        )
    if len(set(train.lrs)) > 1:
        yield Plot(
            name="lr",
            title="Learning rate",
            x_label="optimizer step",
            y_label="learning rate",
            curves=(_thinned("learning rate", tuple(float(s) for s in train.loss_steps), train.lrs),),
        )


def _thinned(name: str, x: tuple[float, ...], y: tuple[float, ...]) -> Curve:
    """Return at most ``MOST_POINTS`` points, evenly taken, the last one among them."""
    count = min(len(x), len(y))
    stride = max(1, math.ceil(count / MOST_POINTS))
    kept = sorted({*range(0, count, stride), count - 1} - {-1})
    return Curve(name=name, x=tuple(x[i] for i in kept), y=tuple(y[i] for i in kept))


def _counted(count: int) -> tuple[float, ...]:
    return tuple(float(i) for i in range(count))
