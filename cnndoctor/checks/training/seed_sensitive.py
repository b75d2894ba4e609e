"""The same run succeeds with one seed and fails with another."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.train import Evaluation, SeedRun
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.success import TRAINED, evaluation_gain, held_out_gain
from cnndoctor.signs.trial_gains import AS_CONFIGURED, trial_gain

SHORT_RUN_SAMPLES = 400  # what the paired runs are judged on at most


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How far the configured run came with one seed: 0 is a constant prediction, 1 perfect; and the score's error."""

    seed: int
    gain: float
    error: float


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=("loss-flat", "chance-accuracy", "constant-predictions", "underfitting", "per-class-failure"),
)
def seed_sensitive(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    trials: TrialsEvidence | None,
    *,
    max_share: float = 0.4,
    errors: float = 3.0,
) -> Judgement:
    """The same run succeeds with one seed and fails with another.

    What it measures:
        How far the configured run comes with each seed that was tried, as a share of the way from a constant prediction to a
        perfect one: with ``stages.train.seeds: 2`` (or ``--profile thorough``, where it is cheap) the whole run again; after a
        run that failed, the short paired runs of the unchanged configuration. One seed must get half of the way, another less
        than 40 % of that, beyond three standard errors of both scores.
    Why it matters:
        Whether it works is then luck: a lucky seed hides a fault, an unlucky one makes a good idea look bad, and two
        experiments cannot be compared.
    How to fix:
        Try other seeds, three at least, and report their spread. Then take the luck away: an initialisation that fits
        (He for ReLU), normalisation layers, LeakyReLU where units die, a lower rate or a warm-up, a wider net. An ensemble of
        several seeds is better than its best member and hides nothing; it costs as many runs.
    When it is not a fault:
        Scores that differ by a little; tiny data, where every run differs.

    References:
        - X. Bouthillier et al., "Accounting for variance in machine learning benchmarks", 2021, arXiv:2103.03098
        - Z. Emam, Troubleshooting Convolutional Neural Nets (https://gist.github.com/zeyademam)
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    full = _full(experiment, train)
    short = _short(experiment, train, trials, max_share)
    outcomes = full if len(full) > 1 else short
    if len(outcomes) < 2:
        return NotApplicable(reason="the configured run was made with one seed only")
    best = max(outcomes, key=lambda outcome: outcome.gain)
    worst = min(outcomes, key=lambda outcome: outcome.gain)
    apart = errors * math.hypot(best.error, worst.error)
    if best.gain < TRAINED or worst.gain > max_share * best.gain or best.gain - worst.gain < apart:
        return None
    failed = sum(outcome.gain <= max_share * best.gain for outcome in outcomes)
    return Finding(
        message=(
            f"The same run gets {best.gain:.0%} of the way from chance to perfect with seed {best.seed} and {worst.gain:.0%} "
            f"with seed {worst.seed}: {failed} of {len(outcomes)} seeds fail (below {max_share:.0%} of the best)."
        ),
        confidence=0.9 if outcomes is full else 0.75,
        places=(Place(kind="key", name="seed"),),
        measured={
            "best_gain": best.gain,
            "worst_gain": worst.gain,
            "seeds": len(outcomes),
            "failed": failed,
        },
        remedies=(
            Remedy(
                text="Use an initialisation that fits the activations, normalisation layers, a lower rate or a warm-up."
            ),
            Remedy(text="Run at least three seeds and report their spread.", patch={"stages.train.seeds": 3}),
        ),
    )


def _full(experiment: ExperimentEvidence, train: TrainEvidence) -> list[_Outcome]:
    """Return the whole runs: with the configured seed and with the others."""
    own = SeedRun(
        seed=experiment.seed,
        steps=train.steps,
        ended=train.ended,
        train=train.train,
        validation=train.validation,
    )
    found = [_outcome(run) for run in (own, *train.other_seeds) if run.ended != "failed"]
    return [outcome for outcome in found if math.isfinite(outcome.gain)]


def _outcome(run: SeedRun) -> _Outcome:
    judged = run.validation or run.train
    broke = run.ended == "not-finite" or (judged is not None and not math.isfinite(judged.loss))
    gain = 0.0 if broke else evaluation_gain(judged)
    return _Outcome(seed=run.seed, gain=max(0.0, gain), error=_error(judged))


def _short(
    experiment: ExperimentEvidence, train: TrainEvidence, trials: TrialsEvidence | None, max_share: float
) -> list[_Outcome]:
    """Return the short paired runs of the unchanged configuration, if the whole run failed as the one of its seed did."""
    runs = trials.of(AS_CONFIGURED) if trials else ()
    if trials is None or len(runs) < 2 or len({run.steps for run in runs}) > 1:
        return []
    samples = train.validation.samples if train.validation else SHORT_RUN_SAMPLES
    spread = 0.5 / math.sqrt(max(1, min(samples, SHORT_RUN_SAMPLES)))
    outcomes = [
        _Outcome(seed=run.seed, gain=max(0.0, gain), error=spread)
        for run in runs
        if math.isfinite(gain := trial_gain(run, trials))
    ]
    reached = held_out_gain(train)
    best = max((outcome.gain for outcome in outcomes), default=0.0)
    if train.nonfinite is None and not reached <= max_share * best:
        return []
    own = next((outcome for outcome in outcomes if outcome.seed == experiment.seed), None)
    return outcomes if own is not None and own.gain < best else []


def _error(evaluation: Evaluation | None) -> float:
    error = score_error(evaluation)
    return error if math.isfinite(error) else 0.0
