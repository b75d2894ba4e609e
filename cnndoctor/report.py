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
        grade: A, B or C: proof, statistics, hint; what a proving check is less than 80 % sure of is B.
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
        y_range: The part of the y axis that is drawn, low and high, where values beyond would press the rest flat; empty
            for all. Curves keep their values.
        x_names: What stands at x = 0, 1, 2 …, for example layer paths; empty when x is a number of its own.
        detail: Whether it is a closer look, which short renderings leave out.
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
    y_range: tuple[float, ...] = ()
    x_names: tuple[str, ...] = ()
    detail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSeries:
    """One set of bars: a value for each category; NaN where nothing was measured."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Values of named things side by side.

    Attributes:
        name: Stable id, for example ``classes``, ``trials``.
        title: What it shows.
        category_label: What the things are.
        value_label: What is measured, with unit.
        categories: The things.
        series: One or more sets of values, each as long as ``categories``.
        marks: Values to compare with, by label, for example chance.
    """

    name: str
    title: str
    category_label: str
    value_label: str
    categories: tuple[str, ...]
    series: tuple[BarSeries, ...]
    marks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """Counts over pairs of classes: which one it was, and which one it was taken for.

    Attributes:
        name: Stable id, for example ``confusion``.
        title: What it shows.
        labels: Class names; rows and columns stand in this order.
        counts: Samples of the row's class that were taken for the column's.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One sample as a small picture.

    Attributes:
        place: Which sample, for example ``train[17]``.
        told: What is known of it, for example ``labelled three, taken for eight``.
        file: Its file, where the data set knows it.
        png: A PNG of at most 64 × 64 pixels, in base64.
        width: Pixels.
        height: Pixels.
    """

    place: str
    told: str = ""
    file: str = ""
    png: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """Pictures of samples that belong together.

    Attributes:
        name: Stable id: the check whose samples these are, or ``worst``.
        title: What they have in common.
        check: The check; empty when no cause names them.
        pictures: At most 24 over all galleries of a report.
    """

    name: str
    title: str
    check: str = ""
    pictures: tuple[Picture, ...] = ()


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
        bars: Values of named things, for renderings that can draw.
        matrices: Confusion matrices.
        galleries: Samples as small pictures.
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
    bars: tuple[Bars, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    galleries: tuple[Gallery, ...] = ()
    run: str = ""
