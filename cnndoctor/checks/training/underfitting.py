"""A training score below what simple models reach."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.noise import at_chance, score_text
from cnndoctor.signs.success import behind_baseline, errs_far_more, evaluation_gain, gain
from cnndoctor.signs.trial_gains import best_rescue, rescue


@check(severity=Severity.WARNING, grade="B", role="symptom", explains=("per-class-failure",))
def underfitting(
    train: TrainEvidence,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    of_baseline: float = 0.8,
) -> Judgement:
    """The model fits its own training data worse than a simple model predicts unseen data.

    What it measures:
        The eval-mode score on training data against the cross-validated score of nearest neighbours and ridge regression on
        the same data, both as shares of the way from a constant prediction to perfect; less than 80 % counts, beyond three
        standard errors. A run whose held-out error is a multiple of theirs gets a note.
    Why it matters:
        A network that a linear model beats is held back by something: rate, regularisation, architecture or too few steps.
    How to fix:
        Train longer; raise the learning rate within its band; take regularisation and augmentation off, one at a time;
        widen or deepen the model; use a stronger optimizer. When single changes no longer help, a hyper-parameter search:
        random draws, learning rate and weight decay on a logarithmic scale, width and dropout beside them, 20 to 50 short runs
        judged on validation; the best few again with other seeds and full length.
    When it is not a fault:
        A deliberately tiny or distilled model; heavy augmentation.

    References:
        - Goodfellow et al. 2016, Deep Learning, section 5.2; Deepchecks, "Simple Model Comparison"
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if data is None or not data.baseline.metric or train.train is None:
        return NotApplicable(reason="no simple baseline to compare with")
    if train.ended in {"budget", "interrupted", "failed"}:
        return NotApplicable(reason=f"the run was cut short ({train.ended})")
    simple = gain(data.baseline.train, data.baseline.chance)
    reached = evaluation_gain(train.train)
    if at_chance(train.train) or not behind_baseline(train, data.baseline, of_baseline=of_baseline):
        return _beaten(train, data.baseline)
    helped, longer = best_rescue(trials), rescue(trials, "longer")
    remedy = (
        f"Try {helped.change}: it helped on two seeds."
        if helped
        else "Raise the learning rate or the number of epochs."
    )
    return Finding(
        message=(
            f"The {train.metric} on its own training data is {score_text(train.train.score, train.metric)}, "
            f"while a simple model reaches "
            f"{score_text(data.baseline.train, train.metric)} on data it has not seen (limit {of_baseline:.0%} of that)."
            f"{' Three times the steps go clearly further.' if longer else ''}"
        ),
        confidence=0.8,
        measured={
            "train_score": train.train.score,
            "baseline": data.baseline.train,
            "gain": reached,
            "baseline_gain": simple,
        },
        remedies=(
            Remedy(text=remedy),
            Remedy(text="Take augmentation, dropout and weight decay off, one at a time."),
        ),
    )


def _beaten(train: TrainEvidence, baseline: SimpleBaseline) -> Finding | None:
    """Tell, as a note, of a run that leaves a multiple of the error that a simple model leaves on the same held-out data."""
    reached = evaluation_gain(train.validation)
    simple = gain(baseline.validation, baseline.chance)
    if train.validation is None or not errs_far_more(train.validation, reached, simple):
        return None
    return Finding(
        message=f"On validation the {train.metric} is {score_text(train.validation.score, train.metric)}, where a simple model "
        f"fitted to the same training data reaches {score_text(baseline.validation, train.metric)}.",
        confidence=0.5,
        severity=Severity.NOTE,
        measured={"validation_score": train.validation.score, "baseline": baseline.validation},
        remedies=(
            Remedy(
                text="Ask what keeps the network from what a simple model can do: its inputs, its rate, its steps?"
            ),
        ),
    )
