"""What a stage is given and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from cnndoctor.evidence import Evidence
from cnndoctor.experiment import Experiment
from cnndoctor.finding import UserFailure
from cnndoctor.observers import Observers

EvidenceOf = TypeVar("EvidenceOf")
Effort = Literal["smoke", "standard", "thorough"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every stage gets.

    Attributes:
        experiment: What is examined; each stage builds its own sessions from it.
        so_far: Evidence of the stages before.
        tell: Progress and TensorBoard; told, never asked.
        folder: The run's folder, for checkpoints; None when nothing is saved.
        effort: smoke (seconds), standard or thorough (more seeds and steps).
        resume: Folder of an earlier run to go on from; None to start anew.
        rate_wanted: Whether the learning rate itself is what is asked for, and not a verdict on the configured one.
        overhead: Share of the training time that watching may take after the first looks at the layers.
        known_causes: Ids of the sure errors that stand and keep the run from training: no paired runs are needed to find them.
        suspects: Ids of less sure errors of that kind: treated where no paired run helps by itself.
        validation_apart: Whether validation is at fault by itself: runs that do worse there are compared on training data.
    """

    experiment: Experiment
    so_far: Evidence
    tell: Observers
    folder: Path | None = None
    effort: Effort = "standard"
    resume: Path | None = None
    rate_wanted: bool = False
    overhead: float = 0.03
    known_causes: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    validation_apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Generic[EvidenceOf]):
    """What a stage saw.

    Attributes:
        evidence: Its record; None when the user's code raised before anything could be measured.
        failures: What the user's code raised.
        extra: A second record (the train stage's trials).
        note: One phrase for the stage table: what was seen, or what was cut short.
    """

    evidence: EvidenceOf | None
    failures: tuple[UserFailure, ...] = ()
    extra: object | None = None
    note: str = ""
