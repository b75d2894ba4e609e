"""What the paired runs say: how far each change came, on every seed, and whether it clearly helped."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.signs.success import NEAR_PERFECT, first_loss, gain, loss_gone

AS_CONFIGURED = "as-configured"
# Reasons of paired runs: only changes that something seen besides asks for (all of them in a thorough examination), and simple
# models that had done better than the run.
ASKED, BELOW_BASELINE = "asked", "below-baseline"
SCALED = "standardised-both"
# Their losses cannot be compared.
OTHER_LOSS = {"no-penalty", "no-label-smoothing", "standardised-targets", SCALED}
RATES = ("lr/10", "lr*10", "lr/100", "lr*100")
# What takes regularisation away raises the training score of a sound run, too. Where nothing else can be compared, so much of
# the way counts: dropout of 0.9 cost 0.49 of it, chosen below.
WEAKENED = {"no-dropout", "no-weight-decay", "no-penalty", "no-label-smoothing", "plain-inputs"}
ON_TRAINING_ALONE = 0.4
# A rescue that accuses by itself. Chosen: twice what counts as one; planted causes of configs/programs gave 0.23 to 0.8.
DECISIVE = 0.2
# Share of the remaining error, at least so much of the way, that is a rescue near the top. Chosen on tanh layers with weights
# five times too large: 88 % right, 98 % with He's initialisation.
MOST_OF_THE_ERROR, LEAST = 0.65, 0.05
# What scaling both leaves of the error that scaling one does: 0.36 where byte targets stand beside inputs of 0 to 1.
HALF_THE_ERROR = 0.5
# Of the way, at least so much where half of the error is gone; seeds near the top differ by 0.016.
LEAST_HALVED = 0.02
# Of the way: of two that differ by less neither goes further; seeds differ by 0.016 near the top.
AS_FAR = 0.01
CLEARLY = 0.1  # of the way from chance to perfect; two seeds of the same run differ by less in our sick runs


def trial_gain(trial: Trial, trials: TrialsEvidence) -> float:
    """Return how far a trial came: gain on validation, or on training data; NaN when unknown.

    A run whose loss was not finite came nowhere: 0.

    Args:
        trial: The trial.
        trials: All of them: which split they are compared on, and what chance is.
    """
    held_out = math.isfinite(trial.validation_score) and not trials.on_training
    score = trial.validation_score if held_out else trial.train_score
    if math.isfinite(score):
        return gain(score, trials.chance if math.isfinite(trials.chance) else 0.0)
    return math.nan if math.isfinite(trial.train_loss) else 0.0


def worst_gain(trials: TrialsEvidence | None, name: str) -> float:
    """Return the smallest gain over the seeds of a change; NaN when it was not tried."""
    gains = [trial_gain(trial, trials) for trial in trials.of(name)] if trials else []
    return min(gains, default=math.nan)


def best_gain(trials: TrialsEvidence | None, name: str) -> float:
    """Return the largest gain over the seeds of a change; NaN when it was not tried."""
    gains = [trial_gain(trial, trials) for trial in trials.of(name)] if trials else []
    return max(gains, default=math.nan)


def rescue(trials: TrialsEvidence | None, name: str, *, clearly: float = CLEARLY) -> float:
    """Return by how much a change beats the configured run on every seed; 0 when it does not, or was not tried twice.

    It has to beat the whole configured run, too, however much longer that was: what is merely quicker cures nothing.

    Args:
        trials: The paired runs.
        name: The change.
        clearly: Smallest difference of gains that counts.
    """
    if trials is None or len(trials.of(name)) < 2:
        return 0.0
    base = best_gain(trials, AS_CONFIGURED)
    cured, before = worst_gain(trials, name), max(0.0, base if math.isfinite(base) else 0.0)
    # Near the top there is little left to gain: what takes most of the error away cures as well.
    enough = max(LEAST, min(clearly, MOST_OF_THE_ERROR * (1 - before)))
    if trials.on_training and name in WEAKENED:
        enough = ON_TRAINING_ALONE
    return cured - before if cured - before >= enough and _beats_the_whole_run(cured, trials) else 0.0


def halving(trials: TrialsEvidence | None, name: str) -> float:
    """Return by how much a change that was asked for beats the configured run, where it leaves half of its error.

    Two seeds of a run near the top differ by less than what takes half of the error away from both.

    Args:
        trials: The paired runs.
        name: The change.
    """
    if trials is None or len(trials.of(name)) < 2:
        return 0.0
    before, cured = max(0.0, best_gain(trials, AS_CONFIGURED)), worst_gain(trials, name)
    gained = cured - before
    enough = gained >= max(LEAST_HALVED, HALF_THE_ERROR * (1 - before))
    return gained if enough and _beats_the_whole_run(cured, trials) else 0.0


def lifts(
    trials: TrialsEvidence | None, name: str, *, beside: tuple[str, ...] = (), clearly: float = DECISIVE
) -> float:
    """Return by how much a change outdoes all others, or leaves half of the error where only changes asked for were tried.

    Args:
        trials: The paired runs.
        name: The change.
        beside: Changes that are no rivals, since they change the same thing.
        clearly: Smallest difference of gains that counts where every change was tried.
    """
    own = outdoes(trials, name, beside=beside, clearly=clearly)
    if own or trials is None or trials.reason != ASKED:
        return own
    others = {trial.name for trial in trials.trials} - {AS_CONFIGURED, name, *beside}
    own = halving(trials, name)
    return own if own >= max((halving(trials, other) for other in others), default=0.0) else 0.0


def _beats_the_whole_run(cured: float, trials: TrialsEvidence) -> bool:
    """Return whether a gain lies clearly above the whole configured run's, or misses at most half of what that misses."""
    whole = gain(trials.whole_score, trials.chance)
    return not math.isfinite(whole) or cured - whole >= min(CLEARLY, (1 - whole) / 2)


def merely_generalises_further(trials: TrialsEvidence | None, gained: float) -> bool:
    """Return whether the configured runs fit their training data, and a change adds no decisive share on held-out data.

    Nothing kept such a run from training: a sentiment LSTM had all of its training data right and 97 % of validation, where
    word embeddings drawn smaller, and a higher rate as well, gave 99.5 %.

    Args:
        trials: The paired runs.
        gained: What the change adds on held-out data, as a share of the way from chance to perfect.
    """
    configured = trials.of(AS_CONFIGURED) if trials else ()
    if trials is None or not configured or gained >= DECISIVE:
        return False
    return all(gain(trial.train_score, trials.chance) >= NEAR_PERFECT for trial in configured)


def best_rescue(trials: TrialsEvidence | None) -> Trial | None:
    """Return the change (not simply more steps) that helped most on every seed; None when none did."""
    if trials is None:
        return None
    names = {trial.name for trial in trials.trials} - {AS_CONFIGURED, "longer"}
    helped = sorted((-rescue(trials, name), name) for name in names if rescue(trials, name) > 0)
    return trials.of(helped[0][1])[0] if helped else None


def outdoes(
    trials: TrialsEvidence | None, name: str, *, beside: tuple[str, ...] = (), clearly: float = DECISIVE
) -> float:
    """Return by how much a change rescues the run where no other change does as well; 0 where it proves nothing.

    A cause is what its own change cures, and nothing else cures better: where another rate or optimizer gets further, the
    change may be a crutch.

    Args:
        trials: The paired runs.
        name: The change.
        beside: Changes that are no rivals, since they change the same thing.
        clearly: Smallest difference of gains, on every seed, that counts.
    """
    own = rescue(trials, name, clearly=clearly)
    if trials is None or not own:
        return 0.0
    others = {trial.name for trial in trials.trials} - {AS_CONFIGURED, "longer", name, *beside}
    return own if own >= max((rescue(trials, other) for other in others), default=0.0) - AS_FAR else 0.0


def joint_rescue(trials: TrialsEvidence | None) -> float:
    """Return by how much inputs and targets scaled together rescue a run that neither alone takes as far; else 0."""
    own, reached = rescue(trials, SCALED), worst_gain(trials, SCALED)
    alone = rival_gain(trials, "standardised-inputs", "standardised-targets")
    further = reached >= alone + CLEARLY or 1 - reached <= HALF_THE_ERROR * (1 - alone)
    return own if further else 0.0


def rival_gain(trials: TrialsEvidence | None, *names: str) -> float:
    """Return the largest gain that any of these changes reached on all its seeds; 0 when none was tried."""
    gains = [worst_gain(trials, name) for name in names]
    return max((value for value in gains if math.isfinite(value)), default=0.0)


def scored_by_loss(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    """Return the trials of a run without any known score, scored by the share of the first loss that is gone.

    A loss below zero has no such share: then there are no scores.

    Args:
        evidence: The trials; a change that changes what the loss is made of keeps none.
        train: The watched run.
    """
    whole = loss_gone(train)
    if not math.isfinite(whole):
        unknown = tuple(
            replace(trial, train_score=math.nan, validation_score=math.nan) for trial in evidence.trials
        )
        return replace(evidence, trials=unknown, whole_score=math.nan)
    first = first_loss(train)
    scored = tuple(
        replace(
            trial,
            train_score=1 - trial.train_loss / first,
            validation_score=1 - trial.validation_loss / first,
        )
        if trial.name not in OTHER_LOSS
        else trial
        for trial in evidence.trials
    )
    return replace(evidence, trials=scored, chance=0.0, whole_score=whole)
