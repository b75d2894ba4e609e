"""Healthy evidence with single facts replaced: what a check's test hands over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnndoctor.evidence import Evidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.trials import Trial
from cnndoctor.finding import UserFailure
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_overfit, healthy_train


def evidence_with(changes: Mapping[str, object]) -> Evidence:
    """Return healthy evidence with facts replaced.

    Args:
        changes: Dotted path (``first_batch.output.zero_share``) → value; a path may name a whole record.
    """
    evidence = healthy_evidence()
    for path, value in changes.items():
        evidence = _changed(evidence, path.split("."), value)
    return evidence


def failed_train(**changes: Any) -> TrainEvidence:
    """Return a training run that ends at chance."""
    chance = {"train": 1433, "validation": 364}
    bad = {split: healthy_evaluation(split, size, 2.31, 0.1) for split, size in chance.items()}
    record = replace(
        healthy_train(), train=bad["train"], train_in_train_mode=bad["train"], validation=bad["validation"]
    )
    return replace(record, **changes)


def failed_overfit() -> object:
    """Return a tiny set that was not learnt by heart."""
    overfit = healthy_overfit()
    return replace(overfit, configured=replace(overfit.configured, reached=False, score=0.2, loss_end=2.1))


def failed_first_batch(phase: str, message: str, *, kind: str = "RuntimeError") -> dict[str, object]:
    """Return the facts of a first batch in which the user's program raised.

    Args:
        phase: What it was doing: forward, loss, backward …
        message: What the exception said.
        kind: Class name of the exception.
    """
    failure = UserFailure(phase=phase, type=kind, message=message)
    return {"first_batch": None, "failures.failures": (failure,)}


def _changed(record: Any, path: list[str], value: object) -> Any:
    name, *rest = path
    return replace(record, **{name: _changed(getattr(record, name), rest, value) if rest else value})


def paired_trials(scores: Mapping[str, tuple[float, ...]], *, chance: float = 0.1) -> TrialsEvidence:
    """Return paired runs of which only the scores matter.

    Args:
        scores: Name of the change → its score with each seed, on both splits.
        chance: Score of a constant prediction.
    """
    return TrialsEvidence(
        reason="chance",
        chance=chance,
        trials=tuple(
            Trial(
                name=name,
                change=name,
                seed=seed,
                steps=300,
                train_loss=1.0,
                train_score=score,
                validation_loss=1.0,
                validation_score=score,
            )
            for name, runs in scores.items()
            for seed, score in enumerate(runs)
        ),
    )
