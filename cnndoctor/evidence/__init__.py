"""What the stages saw: frozen, small, NaN-safe records; one file and one public record per stage.

A check names the records it needs by type. Everything is plain numbers and text: no tensor, no path object,
kilobytes at most. ``Evidence`` gathers what one examination left behind; a stage that did not run left nothing.

Not every fact is judged. What cost nothing to take along (the loss in eval mode, the accelerator's peak memory, the seconds a
batch takes, what the overfit stage switched off) is for whoever opens the folder of a run, or compares two.

A record is read from its file when it is first asked for: the page of one check needs two or three of them, and making the
classes of all takes a fifth of a start.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnndoctor.evidence.data import DataEvidence
    from cnndoctor.evidence.evidence import Evidence
    from cnndoctor.evidence.experiment import ExperimentEvidence
    from cnndoctor.evidence.failures import FailuresEvidence
    from cnndoctor.evidence.first_batch import FirstBatchEvidence
    from cnndoctor.evidence.gradient import GradientEvidence
    from cnndoctor.evidence.lr_range import LrRangeEvidence
    from cnndoctor.evidence.overfit import OverfitEvidence
    from cnndoctor.evidence.pictures import PicturesEvidence
    from cnndoctor.evidence.setup import SetupEvidence
    from cnndoctor.evidence.train import TrainEvidence
    from cnndoctor.evidence.trials import TrialsEvidence

__all__ = [
    "DataEvidence",
    "Evidence",
    "ExperimentEvidence",
    "FailuresEvidence",
    "FirstBatchEvidence",
    "GradientEvidence",
    "LrRangeEvidence",
    "OverfitEvidence",
    "PicturesEvidence",
    "SetupEvidence",
    "TrainEvidence",
    "TrialsEvidence",
]

_FILES = {
    "DataEvidence": "data",
    "Evidence": "evidence",
    "ExperimentEvidence": "experiment",
    "FailuresEvidence": "failures",
    "FirstBatchEvidence": "first_batch",
    "GradientEvidence": "gradient",
    "LrRangeEvidence": "lr_range",
    "OverfitEvidence": "overfit",
    "PicturesEvidence": "pictures",
    "SetupEvidence": "setup",
    "TrainEvidence": "train",
    "TrialsEvidence": "trials",
}


def __getattr__(name: str) -> object:
    """Read the file of a record."""
    if name not in _FILES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    record: object = getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = record
    return record
