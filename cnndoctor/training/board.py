"""What the observers are told of a training run: progress, curves, layers, a few weights, the worst samples as pictures."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnndoctor.evidence.train import Epoch, TrainEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.training.precision_recall import AtLeast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnndoctor.training.course import Course

MOST_LAYERS = 40
MOST_WEIGHTS = 4
HISTOGRAM_EPOCHS = 10
BINS = 40
PICTURES = 8


def told_steps(tell: Observers, course: Course) -> None:
    """Tell the kept steps since the last time, and how far the run is."""
    _tell_points(tell, course)
    _tell_progress(tell, course)


def _tell_points(tell: Observers, course: Course) -> None:
    curves = course.curves
    for position in range(bisect_right(curves.steps, course.told_step), len(curves.steps) if tell else 0):
        at = curves.steps[position]
        loss, norm = curves.losses[position], curves.norms[position]
        points = {"loss/train": loss, "lr": curves.lrs[position], "gradient/norm": norm}
        if math.isnan(norm) and math.isfinite(loss):  # not computed at this step
            del points["gradient/norm"]
        tell.scalars(points, at)
    course.told_step = curves.steps[-1] if curves.steps else -1


def _tell_progress(tell: Observers, course: Course) -> None:
    tell.progress(
        course.step, course.total or None, f"training as configured, epoch {len(course.epochs) + 1}"
    )


def told_epoch(tell: Observers, course: Course, epoch: Epoch) -> None:
    """Tell the curves of an epoch, the layers, now and then a histogram of a few weights, and how far the run is."""
    _tell_points(tell, course)
    if not len(tell):
        return
    numbers = {
        "loss/train (epoch)": epoch.train_loss,
        "loss/validation": epoch.validation_loss,
        "metric/train": epoch.train_score,
        "metric/validation": epoch.validation_score,
        **{f"metric/{name.replace('/', ' ')}": value for name, value in epoch.metrics.items()},
    }
    points = {tag: value for tag, value in numbers.items() if math.isfinite(value)}
    ratios, dead = list(course.update_ratios().items()), list(course.dead.items())
    points |= {f"update/{path or 'model'}": ratio for path, ratio in ratios[:MOST_LAYERS]}
    points |= {
        f"activation/dead {path or 'model'}": shares[-1] for path, shares in dead[:MOST_LAYERS] if shares
    }
    tell.scalars(points, epoch.steps)
    every = max(1, course.plan.epochs // HISTOGRAM_EPOCHS)
    if epoch.index % every == 0:
        _tell_weights(tell, course.session.model, epoch.steps)
    _tell_progress(tell, course)


def told_precision_recall(
    tell: Observers, curves: Iterable[AtLeast], names: Sequence[str], step: int
) -> None:
    """Tell precision and recall of the final weights on validation, class by class."""
    for curve in curves:
        name = names[curve.label] if curve.label < len(names) else str(curve.label)
        tell.precision_recall(f"validation/{name}", curve.positives, curve.negatives, step)


def told_worst(tell: Observers, experiment: Experiment, evidence: TrainEvidence) -> None:
    """Show the samples with the largest loss, where they are pictures that can be read by index."""
    judged = evidence.validation or evidence.train
    if judged is None or not len(tell):
        return
    dataset = experiment.validation_data if judged.split == "validation" else experiment.train_data
    if dataset is None or not hasattr(dataset, "__getitem__"):
        return
    with preserved_randomness():
        for rank, index in enumerate(judged.worst[:PICTURES]):
            try:
                sample = dataset[index]
            except Exception:  # noqa: BLE001 - the data stage reports samples that cannot be read; this is only a picture
                return
            pixels = as_pixels(first_tensor(experiment.members.inputs_of(sample)))
            if pixels is not None:
                tell.image(f"worst/{rank + 1}", pixels, evidence.steps, f"{judged.split}[{index}]")


def as_pixels(image: Tensor | None) -> NDArray[np.uint8] | None:
    """Return an image [C, H, W] or [H, W] stretched to 0–255 as [H, W] or [H, W, 3]; None when it is no picture."""
    if image is None or image.is_complex() or image.ndim not in {2, 3} or min(image.shape[-2:]) < 4:
        return None
    pixels = image.detach().float().cpu()
    if pixels.ndim == 3:
        pixels = pixels[:3].permute(1, 2, 0) if pixels.shape[0] >= 3 else pixels[0]
    low, high = pixels.min(), pixels.max()
    scaled = (pixels - low) / (high - low).clamp_min(1e-12) * 255
    # Small pictures are hardly visible: every pixel becomes a square.
    zoom = max(1, 64 // max(pixels.shape[:2]))
    return scaled.nan_to_num().byte().repeat_interleave(zoom, 0).repeat_interleave(zoom, 1).numpy()


def _tell_weights(tell: Observers, model: torch.nn.Module, step: int) -> None:
    matrices = [(name, p) for name, p in model.named_parameters() if p.ndim > 1 and p.requires_grad]
    stride = max(1, math.ceil(len(matrices) / MOST_WEIGHTS))
    for name, weight in matrices[::stride]:
        values = weight.detach().float()
        if not bool(values.isfinite().all()):
            continue
        low, high = values.min().item(), values.max().item()
        if high > low:
            counts = torch.histc(values, BINS, low, high).tolist()
            tell.histogram(f"weights/{name}", counts, np.linspace(low, high, BINS + 1).tolist(), step)
