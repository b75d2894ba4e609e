"""Judges the saved evidence of a run again, for example after a threshold changed; no torch, no training."""

from __future__ import annotations

from cnndoctor.catalogue import all_checks
from cnndoctor.config import Config, validate_check_names
from cnndoctor.judge import Rules, judge
from cnndoctor.report import Report
from cnndoctor.reporting.summary import assemble
from cnndoctor.runs.run_folder import RunFolder


def recheck(
    folder: RunFolder, config: Config, *, select: tuple[str, ...] = (), deselect: tuple[str, ...] = ()
) -> Report:
    """Return a new report over a run's evidence.

    Args:
        folder: The run.
        config: Its config, whose thresholds and ignored checks count.
        select: Only these checks or families.
        deselect: Not these checks or families.

    Raises:
        RunNotReadable: The run is missing or damaged.
        ConfigError: The config names a check that does not exist.
    """
    validate_check_names(config, {check.id: check.thresholds for check in all_checks()})
    before, evidence = folder.read_report(), folder.read_evidence()
    rules = Rules(thresholds=config.thresholds, ignore=config.ignore, select=select, deselect=deselect)
    return assemble(
        evidence,
        judge(evidence, all_checks(), rules),
        config=before.config,
        stages=before.stages,
        environment=before.environment,
        seconds=before.seconds,
        run=before.run,
    )
