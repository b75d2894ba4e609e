"""Evidence → what a report compares side by side: samples per class, paired trials, mistaken classes. Pure; no torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from cnndoctor.evidence import Evidence, TrialsEvidence
from cnndoctor.evidence.train import Evaluation
from cnndoctor.evidence.trials import Trial
from cnndoctor.report import Bars, BarSeries, Matrix

MOST_CLASSES = 20
FIRST_CLASSES = 12  # beyond 20 classes: this many of the largest, the rest of the smallest
HAVE_CLASSES = {"classification", "segmentation", "multilabel"}
AS_CONFIGURED = "as-configured"


def bars_of(evidence: Evidence) -> tuple[Bars, ...]:
    """Return every comparison the evidence can fill: trials first, for they tell what to change."""
    return tuple(_all(evidence))


def matrices_of(evidence: Evidence) -> tuple[Matrix, ...]:
    """Return the confusion matrix of the final weights, where there are between 2 and 20 classes."""
    judged = evidence.train.judged if evidence.train else None
    if judged is None or len(judged.confusion) < 2:
        return ()
    what = "pixels" if evidence.experiment.task == "segmentation" else "samples"
    return (
        Matrix(
            name="confusion",
            title=f"What {judged.split} {what} were taken for, by the final weights",
            labels=judged.confusion_labels,
            counts=judged.confusion,
        ),
    )


def _all(evidence: Evidence) -> Iterator[Bars]:
    if evidence.trials is not None:
        yield from _trials(evidence.trials)
        if evidence.trials.treated is not None:
            yield from _trials(evidence.trials.treated)
    judged = evidence.train.judged if evidence.train else None
    if judged is not None and not judged.confusion and judged.confusions:
        yield _confusions(judged)
    yield from _classes(evidence)


def _trials(trials: TrialsEvidence) -> Iterator[Bars]:
    """Compare each change with the run as configured, by score where there is one, by loss otherwise."""
    names = list(dict.fromkeys(trial.name for trial in trials.trials))
    if AS_CONFIGURED not in names or len(names) < 2:
        return
    by_score = any(math.isfinite(trial.train_score) for trial in trials.trials)
    what = "score" if by_score else "loss"

    def reached(name: str, split: str) -> float:
        return _mean(trials.of(name), f"{split}_{what}")

    def rank(name: str) -> tuple[bool, float]:
        value = reached(name, "train")
        good = value if by_score else -value
        return name != AS_CONFIGURED, -good if math.isfinite(good) else math.inf

    names.sort(key=rank)
    splits = [
        split
        for split in ("train", "validation")
        if any(math.isfinite(reached(name, split)) for name in names)
    ]
    if not splits:
        return
    better = "" if by_score else " (lower is better)"
    beside = f" beside the best cure ({trials.treatment})" if trials.treatment else ""
    lengths = {trial.steps for trial in trials.trials if trial.name != "longer"}
    yield Bars(
        name="trials-treated" if trials.treatment else "trials",
        title=f"Paired runs with one thing changed{beside}{better}",
        category_label="Change",
        value_label=what,
        categories=tuple(_in_words(trials, name, with_steps=len(lengths) > 1) for name in names),
        series=tuple(
            BarSeries(
                name="training" if split == "train" else split,
                values=tuple(reached(name, split) for name in names),
            )
            for split in splits
        ),
        marks={"chance": trials.chance} if by_score and math.isfinite(trials.chance) else {},
    )


def _in_words(trials: TrialsEvidence, name: str, *, with_steps: bool) -> str:
    """Return the change, of how many seeds it is a mean, and its steps where not all runs have as many."""
    runs = trials.of(name)
    unchanged = "nothing further" if trials.treatment else "as configured"
    words = unchanged if name == AS_CONFIGURED else runs[0].change or name
    facts = [f"{len(runs)} seeds"] * (len(runs) > 1) + [f"{runs[0].steps} steps"] * with_steps
    return f"{words} ({', '.join(facts)})" if facts else words


def _mean(runs: Sequence[Trial], attribute: str) -> float:
    values = [float(getattr(run, attribute)) for run in runs]
    finite = [value for value in values if math.isfinite(value)]
    return fmean(finite) if finite else math.nan


def _confusions(judged: Evaluation) -> Bars:
    return Bars(
        name="confusions",
        title=f"Most frequent mistakes on {judged.split}, by the final weights",
        category_label="Class and what it was taken for",
        value_label="samples",
        categories=tuple(f"{each.label} → {each.taken_for}" for each in judged.confusions),
        series=(BarSeries(name="samples", values=tuple(float(each.count) for each in judged.confusions)),),
    )


def _classes(evidence: Evidence) -> Iterator[Bars]:
    """Compare the classes by their samples, side by side for both splits."""
    data = evidence.data
    if data is None or evidence.experiment.task not in HAVE_CLASSES:
        return
    splits = [
        split for split in (data.train, data.validation) if split is not None and split.labels.histogram
    ]
    labels = sorted({label for split in splits for label in split.labels.histogram}, key=_order)
    if len(labels) < 2:
        return
    title = "Samples of each class"
    if len(labels) > MOST_CLASSES:
        largest = sorted(labels, key=lambda label: (-splits[0].labels.histogram.get(label, 0), _order(label)))
        smallest = MOST_CLASSES - FIRST_CLASSES
        title = f"Samples of each class: the {FIRST_CLASSES} largest and {smallest} smallest of {len(labels)}"
        labels = [*largest[:FIRST_CLASSES], *largest[-smallest:]]
    names = data.train.classes or (evidence.setup.class_names if evidence.setup is not None else ())
    yield Bars(
        name="classes",
        title=title,
        category_label="Class",
        value_label=_unit(evidence.experiment.task),
        categories=tuple(_name(label, names) for label in labels),
        series=tuple(
            BarSeries(
                name=split.name,
                values=tuple(float(split.labels.histogram.get(label, 0)) for label in labels),
            )
            for split in splits
        ),
    )


def _unit(task: str) -> str:
    return {"segmentation": "pixels", "multilabel": "positives"}.get(task, "samples")


def _order(label: str) -> tuple[float, str]:
    try:
        return float(label), label
    except ValueError:
        return math.inf, label


def _name(label: str, names: Sequence[str]) -> str:
    index = int(label) if label.isdecimal() else -1
    return f"{label} {names[index]}" if 0 <= index < len(names) and names[index] != label else label
