"""Renders a report with everything a reporter may use: the config's text and the pages of the checks. No torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cnndoctor.catalogue import all_checks
from cnndoctor.check import Need
from cnndoctor.finding import Place
from cnndoctor.report import Report
from cnndoctor.reporters import FORMATS, Context
from cnndoctor.runs.run_folder import RunFolder

SAVED = {"report.json": "json", "report.md": "markdown", "report.html": "html"}
STAGE_OF_RECORD = {
    "ExperimentEvidence": "setup",
    "FailuresEvidence": "setup",
    "SetupEvidence": "setup",
    "DataEvidence": "data",
    "FirstBatchEvidence": "first-batch",
    "OverfitEvidence": "overfit",
    "LrRangeEvidence": "lr-range",
    "GradientEvidence": "gradient",
    "TrainEvidence": "train",
    "TrialsEvidence": "train",
}


def render(
    report: Report, format_name: str, config_text: str, *, width: int = 80, colour: bool = False
) -> str:
    """Return a report in one of the formats.

    Args:
        report: The report.
        format_name: A key of ``reporters.FORMATS``.
        config_text: The experiment file as examined.
        width: Columns of the terminal.
        colour: Whether the terminal understands colour.
    """
    checks = all_checks()
    context = Context(
        config_text=config_text,
        width=width,
        colour=colour,
        pages={check.id: check.page for check in checks},
        grades={check.id: check.grade.value for check in checks},
        severities={check.id: check.severity.value for check in checks},
        stage_of={check.id: _stage(check.needs) for check in checks},
    )
    return FORMATS[format_name](report if format_name == "json" else _from_here(report), context)


def _from_here(report: Report) -> Report:
    """Return a report whose files below the working directory are named from there, as code hosts and people do."""
    here = Path.cwd()

    def nearer(place: Place) -> Place:
        path = Path(place.file)
        return replace(place, file=str(path.relative_to(here))) if here in path.parents else place

    causes = (
        replace(cause, places=tuple(nearer(place) for place in cause.places)) for cause in report.causes
    )
    return replace(report, causes=tuple(causes))


def save_renderings(folder: RunFolder, report: Report, config_text: str) -> None:
    """Write the three renderings of a report into its run's folder."""
    for name, kind in SAVED.items():
        folder.write(name, render(report, kind, config_text))


def _stage(needs: tuple[Need, ...]) -> str:
    """Return the latest stage whose evidence a check cannot do without."""
    order = list(STAGE_OF_RECORD)
    names = [need.record.__name__ for need in needs if not need.optional] or [
        need.record.__name__ for need in needs
    ]
    latest = max(names, key=order.index, default="SetupEvidence")
    return STAGE_OF_RECORD[latest]
