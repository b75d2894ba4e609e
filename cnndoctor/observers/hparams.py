"""One line in TensorBoard's HParams for each run: what was configured, and what came of it.

TensorBoard shows only the keys that the first run it reads has, so every run has the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from cnndoctor.evidence import ExperimentEvidence
from cnndoctor.report import Report, Verdict


def configured(experiment: ExperimentEvidence) -> dict[str, float | str]:
    """Return what was configured, by name; a number where it is one, so that it can be sorted and filtered.

    Args:
        experiment: What the experiment file says.
    """
    return {
        "hp/model": experiment.model,
        "hp/loss": experiment.loss or "none",
        "hp/optimizer": experiment.optimizer,
        "hp/lr": _number(experiment.settings.get("optimizer.lr", "")),
        "hp/momentum": _number(experiment.settings.get("optimizer.momentum", "")),
        "hp/weight_decay": _number(experiment.settings.get("optimizer.weight_decay", "")),
        "hp/scheduler": experiment.scheduler or "none",
        "hp/batch_size": float(experiment.batch_size),
        "hp/epochs": float(experiment.epochs),
        "hp/steps": float(experiment.steps),
        "hp/precision": experiment.precision,
        "hp/accumulate": float(experiment.accumulate),
        "hp/clip_grad_norm": experiment.clip_grad_norm,
        "hp/seed": float(experiment.seed),
        "hp/device": experiment.device,
    }


def reached(report: Report) -> dict[str, float]:
    """Return what came of it, by name; NaN where it was not measured.

    Args:
        report: The report.
    """
    found = {
        "result/healthy": float(report.verdict is Verdict.HEALTHY),
        "result/causes": float(sum(cause.severity.rank > 0 for cause in report.causes)),
    }
    for split, metrics in (("train", report.metrics.train), ("validation", report.metrics.validation)):
        found[f"result/{split} loss"] = metrics.get("loss", math.nan)
        found[f"result/{split} score"] = _score(metrics)
    return found


def _score(metrics: Mapping[str, float]) -> float:
    return next((value for name, value in metrics.items() if name != "loss"), math.nan)


def _number(text: str) -> float | str:
    """Read a number; TensorBoard holds text and numbers apart, so what is not set is a text."""
    try:
        return float(text)
    except ValueError:
        return text or "default"
