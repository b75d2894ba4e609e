"""Everything that one examination saw: one record of each stage that ran."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from cnndoctor.evidence.data import DataEvidence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything one examination saw; ``None`` where a stage did not run (its StageResult says why)."""

    experiment: ExperimentEvidence
    failures: FailuresEvidence
    setup: SetupEvidence | None = None
    data: DataEvidence | None = None
    first_batch: FirstBatchEvidence | None = None
    overfit: OverfitEvidence | None = None
    lr_range: LrRangeEvidence | None = None
    gradient: GradientEvidence | None = None
    train: TrainEvidence | None = None
    trials: TrialsEvidence | None = None
    pictures: PicturesEvidence | None = None

    def of_type(self, record: type[Any]) -> Any | None:  # noqa: ANN401 - the caller names the type it gets back
        """Return the record of this exact type, or None where its stage did not run.

        Args:
            record: One of the evidence classes of this package.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is record:
                return value
        return None
