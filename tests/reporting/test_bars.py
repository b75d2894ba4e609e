"""What a report compares side by side, out of evidence alone."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.evidence import Evidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.train import Confusion, Evaluation
from cnndoctor.evidence.trials import Trial
from cnndoctor.report import Bars
from cnndoctor.reporting.bars import bars_of, matrices_of
from tests.healthy import healthy_data, healthy_evidence, healthy_train


def trial(name: str, score: float, *, seed: int = 0, loss: float = math.nan) -> Trial:
    """Return a short run that reached a score."""
    return Trial(
        name=name, change=f"{name} changed", seed=seed, steps=100, train_score=score, train_loss=loss
    )


def compared(evidence: Evidence, name: str) -> Bars:
    """Return the comparison of this name."""
    (found,) = (bars for bars in bars_of(evidence) if bars.name == name)
    return found


def judged(**changes: object) -> TrainEvidence:
    """Return the healthy training with facts of its validation replaced."""
    train = healthy_train()
    assert isinstance(train.validation, Evaluation)
    return replace(train, validation=replace(train.validation, **changes))  # type: ignore[arg-type]


def test_trials_are_ranked_below_the_configured_run() -> None:
    """The configured run comes first, then the best change; seeds are averaged and counted; a broken run comes last."""
    trials = TrialsEvidence(
        reason="chance",
        chance=0.1,
        trials=(
            trial("as-configured", 0.1), trial("relu", math.nan), trial("adam", 0.7), trial("adam", 0.9, seed=1),
            trial("lr/10", 0.3),
        ),
    )  # fmt: skip
    bars = compared(healthy_evidence(trials=trials), "trials")
    assert bars.categories == ("as configured", "adam changed (2 seeds)", "lr/10 changed", "relu changed")
    (series,) = bars.series
    assert series.values[:3] == (0.1, 0.8, 0.3)
    assert math.isnan(series.values[3])
    assert bars.marks == {"chance": 0.1}


def test_treated_trials_are_a_comparison_of_their_own() -> None:
    """It names the treatment; and where runs are not equally long, each says how long it was."""
    longer = replace(trial("adam", 0.9), steps=300)
    treated = TrialsEvidence(
        reason="chance", trials=(trial("as-configured", 0.5), longer), treatment="no weight decay"
    )
    trials = TrialsEvidence(
        reason="chance", trials=(trial("as-configured", 0.1), trial("relu", 0.5)), treated=treated
    )
    evidence = healthy_evidence(trials=trials)
    assert compared(evidence, "trials").categories == ("as configured", "relu changed")
    bars = compared(evidence, "trials-treated")
    assert "no weight decay" in bars.title
    assert bars.categories == ("nothing further (100 steps)", "adam changed (300 steps)")


def test_trials_without_scores_are_compared_by_loss() -> None:
    """Where nothing can be scored, the lowest loss comes first after the configured run, and chance is no mark."""
    trials = TrialsEvidence(
        reason="slow",
        chance=0.1,
        trials=(
            trial("as-configured", math.nan, loss=3.0), trial("adam", math.nan, loss=2.0), trial("relu", math.nan, loss=1.0),
        ),
    )  # fmt: skip
    bars = compared(healthy_evidence(trials=trials), "trials")
    assert bars.categories == ("as configured", "relu changed", "adam changed")
    assert "lower is better" in bars.title
    assert not bars.marks


def test_a_lone_trial_compares_nothing() -> None:
    """Without a change beside the configured run there is nothing side by side."""
    trials = TrialsEvidence(reason="slow", trials=(trial("as-configured", 0.1),))
    assert "trials" not in {bars.name for bars in bars_of(healthy_evidence(trials=trials))}


def test_classes_stand_side_by_side_for_both_splits() -> None:
    """Each class has its samples of training and validation; a task without classes has none."""
    bars = compared(healthy_evidence(), "classes")
    assert bars.categories[:2] == ("0 zero", "1 one")
    assert [series.name for series in bars.series] == ["train", "validation"]
    regression = replace(healthy_evidence().experiment, task="regression")
    assert "classes" not in {bars.name for bars in bars_of(healthy_evidence(experiment=regression))}


def test_of_many_classes_the_largest_and_smallest_are_shown() -> None:
    """A hundred classes become twenty, and the title says which."""
    data = healthy_data()
    labels = replace(data.train.labels, histogram={str(label): 1000 - label for label in range(100)})
    many = replace(data, train=replace(data.train, labels=labels), validation=None)
    bars = compared(healthy_evidence(data=many), "classes")
    assert len(bars.categories) == 20
    assert bars.series[0].values[0] == 1000
    assert bars.series[0].values[-1] == 901
    assert "12 largest and 8 smallest of 100" in bars.title


def test_confusion_is_a_matrix_or_its_largest_mistakes() -> None:
    """Up to twenty classes are a matrix; beyond, the most frequent mistakes are named."""
    small = healthy_evidence(train=judged(confusion=((9, 1), (0, 8)), confusion_labels=("a", "b")))
    (matrix,) = matrices_of(small)
    assert (matrix.labels, matrix.counts) == (("a", "b"), ((9, 1), (0, 8)))
    assert "confusions" not in {bars.name for bars in bars_of(small)}
    large = healthy_evidence(train=judged(confusions=(Confusion(label="cat", taken_for="dog", count=7),)))
    assert matrices_of(large) == ()
    assert compared(large, "confusions").categories == ("cat → dog",)
