"""Judged evidence → the report: verdict, one-sentence summary, final metrics, charts. Pure; used by doctor and recheck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from cnndoctor import __version__
from cnndoctor.diagnosis import verdict_of
from cnndoctor.evidence import Evidence, TrainEvidence
from cnndoctor.finding import Severity, Value
from cnndoctor.judge import Judgement
from cnndoctor.report import Cause, ConfigIdentity, FinalMetrics, Report, StageResult, Tool
from cnndoctor.reporting.bars import bars_of, matrices_of
from cnndoctor.reporting.galleries import galleries_of
from cnndoctor.reporting.plots import plots_of


def assemble(
    evidence: Evidence,
    judgement: Judgement,
    *,
    config: ConfigIdentity,
    stages: Sequence[StageResult],
    environment: Mapping[str, Value],
    seconds: float,
    run: str = "",
) -> Report:
    """Return the report of one examination.

    Args:
        evidence: What the stages saw.
        judgement: What the checks made of it.
        config: Which experiment.
        stages: What became of every stage, in order.
        environment: Where it ran.
        seconds: Wall time.
        run: Folder of the run; empty when not saved.
    """
    verdict = verdict_of(judgement.causes, stages)
    return Report(
        tool=Tool(version=__version__),
        verdict=verdict,
        summary=_summary(judgement.causes, stages),
        config=config,
        environment=environment,
        seconds=seconds,
        stages=tuple(stages),
        causes=judgement.causes,
        outcomes=judgement.outcomes,
        metrics=final_metrics(evidence.train),
        plots=plots_of(evidence),
        bars=bars_of(evidence),
        matrices=matrices_of(evidence),
        galleries=galleries_of(judgement.causes, evidence),
        run=run,
    )


def final_metrics(train: TrainEvidence | None) -> FinalMetrics:
    """Return loss, score and the user's metrics with the final weights, per split."""
    if train is None:
        return FinalMetrics()
    found: dict[str, dict[str, float]] = {"train": {}, "validation": {}}
    for evaluation in (train.train, train.validation):
        if evaluation is not None:
            found[evaluation.split]["loss"] = evaluation.loss
            if math.isfinite(evaluation.score):
                found[evaluation.split][train.metric or "score"] = evaluation.score
    for name, value in (train.epochs[-1].metrics if train.epochs else {}).items():
        split, _, metric = name.partition("/")
        found.setdefault(split, {})[metric] = value
    return FinalMetrics(train=found["train"], validation=found["validation"])


def _summary(causes: Sequence[Cause], stages: Sequence[StageResult]) -> str:
    ran = sum(stage.status == "ran" for stage in stages)
    counts = [
        (sum(c.severity is s for c in causes), s.value)
        for s in (Severity.ERROR, Severity.WARNING, Severity.NOTE)
    ]
    parts = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count]
    found = ", ".join(parts) if parts else "nothing found"
    # What a person breaks off is no crash.
    broken = "".join(
        f", {stage.name} {'interrupted' if stage.note == 'interrupted' else 'crashed'}"
        for stage in stages
        if stage.status == "crashed"
    )
    return f"{found}; {ran} of {len(stages)} stages ran{broken}"
