"""The report: what one examination concluded, frozen, versioned and public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from cnndoctor.finding import Grade, Outcome, Place, Remedy, Severity, Value

SCHEMA_VERSION = "1.0"

StageStatus = Literal["ran", "skipped", "crashed"]


class Verdict(StrEnum):
    """What the run is, in one word."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """What became of one stage.

    Attributes:
        name: setup, data, first-batch, overfit, lr-range, gradient or train.
        status: ran, skipped or crashed.
        seconds: Wall time.
        note: Why it was skipped or crashed, or what was cut short; otherwise one phrase of what it saw.
    """

    name: str
    status: StageStatus
    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """A finding that a cause explains."""

    check: str
    message: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One entry of the ranked diagnosis.

    Attributes:
        check: Id of the check that found it.
        family: Folder of the check, for example ``learning_rate``.
        severity: How much it matters in this run.
        confidence: Probability in (0, 1] that it is a true cause.
        grade: A, B or C.
        title: What is wrong, from the check's page; a short noun phrase.
        message: One sentence with numbers.
        places: Where, most precise first.
        measured: The numbers, by name.
        remedies: What to change, best first.
        symptoms: What it explains, loudest first.
    """

    check: str
    family: str
    severity: Severity
    confidence: float
    grade: Grade
    title: str
    message: str
    places: tuple[Place, ...] = ()
    measured: Mapping[str, Value] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    symptoms: tuple[Symptom, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One plotted line: x and y of equal length; y may hold NaN where nothing was measured."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A small chart of the report.

    Attributes:
        name: Stable id, for example ``loss``, ``lr-range``.
        title: What it shows.
        x_label: Axis name with unit.
        y_label: Axis name with unit.
        curves: The lines.
        log_x: Whether the x axis is logarithmic.
        log_y: Whether the y axis is logarithmic.
        marks: Vertical marks by label, for example the configured learning rate.
        band: A shaded x range, for example the usable band; empty when there is none.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]
    log_x: bool = False
    log_y: bool = False
    marks: Mapping[str, float] = field(default_factory=dict)
    band: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Who wrote the report."""

    name: str = "cnndoctor"
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigIdentity:
    """Which experiment was examined."""

    name: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalMetrics:
    """Metrics of the last (or best) epoch, by name, per split."""

    train: Mapping[str, float] = field(default_factory=dict)
    validation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole result; every rendering is made from this alone.

    Attributes:
        schema_version: Version of this structure; additive within a major.
        tool: Name and version.
        verdict: healthy, unhealthy or incomplete.
        summary: The verdict in one sentence, with counts.
        config: Which experiment.
        environment: Versions, device, git commit, seed, command.
        seconds: Wall time of the examination.
        stages: In the order they run, skipped ones included.
        causes: The ranked diagnosis, best first.
        outcomes: One for each check, in catalogue order.
        metrics: Final metrics.
        plots: Small charts for renderings that can draw.
        run: Folder of the run as the user can type it; empty when not saved.
    """

    schema_version: str = SCHEMA_VERSION
    tool: Tool
    verdict: Verdict
    summary: str
    config: ConfigIdentity
    environment: Mapping[str, Value] = field(default_factory=dict)
    seconds: float = 0.0
    stages: tuple[StageResult, ...] = ()
    causes: tuple[Cause, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    metrics: FinalMetrics = field(default_factory=FinalMetrics)
    plots: tuple[Plot, ...] = ()
    run: str = ""
