"""A learning rate so low that training hardly moves within the planned run."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    GradientEvidence,
    LrRangeEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.finding import Finding, NotApplicable, Severity
from cnndoctor.series import finite, tail
from cnndoctor.signs.effects import STANDS_STILL
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.pairs import best, by_seed, clearly_better, share_learnt
from cnndoctor.signs.rate_key import rate_places, set_rate, suggested_rate
from cnndoctor.signs.success import held_out_gain, trained_well
from cnndoctor.signs.trial_gains import (
    AS_CONFIGURED,
    CLEARLY,
    DECISIVE,
    RATES,
    best_gain,
    merely_generalises_further,
    outdoes,
    rescue,
    rival_gain,
)

# Labels that belong to nothing can be learnt by heart: they are not why a loss stays up that falls at another rate.
NO_MATTER = ("labels-unrelated-to-inputs",)
HIGHER = {"lr*10": 10.0, "lr*100": 100.0}
OF_STEP = (*RATES, "adam", "sgd")  # what changes the size of a step, as a rate does
NEARLY = 0.8  # chosen: a run of five epochs of sixty, where three times the steps gain 0.98 of what ten times the rate does
CLOSE = 3.0  # times above the configured rate: chosen, as the spacing of rungs in the range test is
MOST_OVERTAKEN = 0.6  # chosen on a transformer whose warm-up was longer than its run: 32 % of what ten times the rate learns
FEW = 0.5  # of the steps of the whole training, in which a short run gets lower: chosen
LITTLE = 0.3  # of what a short run has learnt: who learnt less than that in as many steps is overtaken as well; chosen


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=(
        *STANDS_STILL,
        "stopped-too-early",
        "weak-optimizer",
        "model-too-small",
        "loss-and-metric-disagree",
    ),
)
def learning_rate_too_low(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    lr_range: LrRangeEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    gradient: GradientEvidence | None,
    *,
    max_share: float = 0.3,
    trained_gain: float = 0.8,
    max_fall: float = 100.0,
) -> Judgement:
    """The learning rate is so low that training hardly moves within the planned run.

    What it measures:
        Short runs from equal weights over equal batches at the configured rate and at ten (or more) times it. The finding
        needs the higher rate to end clearly below on every seed, the configured one to have learnt less than 30 % of that
        (60 % where the higher rate gets lower than the whole training), and the full training run to have gone badly: its
        best proof is a short run at a higher rate that gets lower in a fraction of the steps than the whole training did.
        A run that trains well is blamed only where a higher rate takes the whole run clearly further in as many steps, on two
        seeds, as nothing else does; nor is a rate where a higher one takes the loss below zero by a hundred times
        its first size: a loss without a floor falls the faster the higher the rate, and that proves nothing.
    Why it matters:
        Too small steps look like a model that cannot learn: a flat loss, scores near chance, predictions that hardly differ.
        A longer run would help, at a price; a higher rate helps at once.
    How to fix:
        Set the suggested rate. Keep a low rate where weights are pretrained and must not be forgotten, but then give the new
        head a group of its own with a higher one.
    When it is not a fault:
        Fine-tuning at 1e-5, Adam at 1e-4 over a long schedule: as long as the run gets there.

    References:
        - L. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    if lr_range.configured_peak <= 0:
        return _zero(experiment, lr_range)
    if not lr_range.paired:
        return NotApplicable(reason="no paired runs around the configured learning rate were made")
    if is_a_game(gradient):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    whole = max(outdoes(trials, name, beside=OF_STEP, clearly=CLEARLY) for name in HIGHER)
    if trials is not None and trials.treats:
        # What is left beside a treated cause is a fault of its own only where it keeps the run from training by itself.
        whole = whole if whole >= DECISIVE and _stuck(trials, max_share) else 0.0
        if whole:
            return replace(_by_whole_runs(experiment, lr_range, trials, whole), stands_beside=trials.treats)
    if trained_well(train, data.baseline if data else None) or (
        train and held_out_gain(train) > trained_gain
    ):
        # Where more steps go as far as a higher rate, or nearly so at a rate that the range test would choose, too: it was
        # stopped too early.
        further = whole and rescue(trials, "longer") <= (NEARLY if _is_usual(lr_range) else 1) * whole
        # A rate at which all training data come out right moved far enough.
        further = further and not merely_generalises_further(trials, whole)
        return _by_whole_runs(experiment, lr_range, trials, whole) if further else None
    return _by_short_runs(experiment, lr_range, train, max_share=max_share, max_fall=max_fall)


def _by_short_runs(
    experiment: ExperimentEvidence,
    lr_range: LrRangeEvidence,
    train: TrainEvidence | None,
    *,
    max_share: float,
    max_fall: float,
) -> Judgement:
    """Say what short runs prove beside a training that went badly, or before one."""
    pairs = _wins(lr_range)
    if not pairs or (lr_range.band and lr_range.configured_peak > lr_range.band[1]):
        return None
    base, winner = pairs[0]
    if winner.eval_end < -max_fall * max(1.0, abs(winner.loss_start)):
        return NotApplicable(reason="the loss has no floor: lower is not better")
    overtaken = train is not None and _overtakes(winner, train)
    # The whole training is the better witness: a schedule may stay far below the peak that the short runs are made at.
    most = MOST_OVERTAKEN if overtaken and len(pairs) > 1 else max_share
    if max(share_learnt(base, winner) for base, winner in pairs) > most:
        return None
    below = bool(lr_range.band) and lr_range.configured_peak < lr_range.band[0]
    if train is not None and not overtaken and not below:
        return None
    lr = suggested_rate(lr_range, winner)
    return Finding(
        message=_message(lr_range, base, winner, train if overtaken else None),
        severity=_severity(overtaken=overtaken and len(pairs) > 1, trained=train is not None),
        confidence=_confidence(
            overtaken=overtaken, below=below, confirmed=len(pairs) > 1, trained=train is not None
        ),
        places=rate_places(experiment),
        measured={
            "lr": lr_range.configured_peak,
            "band_low": lr_range.band[0] if lr_range.band else None,
            "suggestion": lr_range.suggestion if math.isfinite(lr_range.suggestion) else None,
            "loss_start": base.loss_start,
            "loss_configured": base.eval_end,
            "loss_higher": winner.eval_end,
            "higher_factor": winner.factor,
        },
        remedies=(set_rate(experiment, lr, f"Set the learning rate to about {lr:.2g}."),),
        rules_out=NO_MATTER if overtaken and len(pairs) > 1 else (),
    )


def _is_usual(lr_range: LrRangeEvidence) -> bool:
    """Return whether the configured rate lies within the band and not far below the suggestion."""
    peak = lr_range.configured_peak
    return bool(lr_range.band) and lr_range.band[0] <= peak and lr_range.suggestion <= CLOSE * peak


def _stuck(trials: TrialsEvidence, max_share: float) -> bool:
    """Return whether the runs at the configured rate learn next to nothing of what they could at a higher one."""
    return best_gain(trials, AS_CONFIGURED) <= max_share * rival_gain(trials, *HIGHER)


def _by_whole_runs(
    experiment: ExperimentEvidence, lr_range: LrRangeEvidence, trials: TrialsEvidence | None, gained: float
) -> Finding:
    """Say what runs as long as the configured one prove of a training that went fairly well and could go far better."""
    name = max(HIGHER, key=lambda other: outdoes(trials, other, beside=OF_STEP, clearly=CLEARLY))
    lr = HIGHER[name] * lr_range.configured_peak
    return Finding(
        message=f"The learning rate of {lr_range.configured_peak:.3g} is too low: at {lr:.2g} the same run gets {gained:.0%} "
        f"of the way from chance to perfect further in as many steps, with two seeds.",
        severity=Severity.WARNING,
        confidence=0.8,
        places=rate_places(experiment),
        measured={"lr": lr_range.configured_peak, "higher_lr": lr, "gained": gained},
        remedies=(set_rate(experiment, lr, f"Set the learning rate to about {lr:.2g}."),),
    )


def _wins(lr_range: LrRangeEvidence) -> list[tuple[PairedRun, PairedRun]]:
    """Return configured run and best higher rate for each seed; empty unless the higher wins clearly on every one."""
    wins = []
    for runs in by_seed(lr_range.paired).values():
        base = runs.get(1.0)
        higher = best([run for factor, run in runs.items() if factor > 1])
        if base is None or higher is None or not clearly_better(higher, base):
            return []
        if runs.get(0.1) is not None and clearly_better(runs[0.1], base):
            return []  # both directions win: the rate is not what is wrong
        wins.append((base, higher))
    return wins


def _overtakes(winner: PairedRun, train: TrainEvidence) -> bool:
    """Return whether a short run at a higher rate got lower than the whole training in a fraction of its steps.

    In as many steps at most, where the whole training has learnt little of what the short run has.
    """
    losses = finite(train.losses)
    if not losses or train.steps <= 0:
        return False
    end = sum(tail(losses, 0.1)) / len(tail(losses, 0.1))
    learnt, theirs = winner.loss_start - end, winner.loss_start - winner.eval_end
    most = train.steps if learnt < LITTLE * theirs else FEW * train.steps
    return winner.eval_end < end and winner.steps <= most


def _severity(*, overtaken: bool, trained: bool) -> Severity:
    """Without the full training nothing shows that the planned steps do not suffice: a note then."""
    if not trained:
        return Severity.NOTE
    return Severity.ERROR if overtaken else Severity.WARNING


def _confidence(*, overtaken: bool, below: bool, confirmed: bool, trained: bool) -> float:
    if overtaken:
        return 0.95 if confirmed else 0.8
    if trained:
        return 0.7 if confirmed and below else 0.5
    return 0.6 if confirmed and below else 0.4


def _message(
    lr_range: LrRangeEvidence, base: PairedRun, winner: PairedRun, train: TrainEvidence | None
) -> str:
    edge = ""
    if lr_range.band and lr_range.configured_peak < lr_range.band[0]:
        edge = f", below the usable band ({lr_range.band[0]:.2g} to {lr_range.band[1]:.2g}),"
    whole = f"; the whole training of {train.steps} steps ended higher than that" if train is not None else ""
    return (
        f"The learning rate of {lr_range.configured_peak:.3g}{edge} is too low: from the same start ({base.loss_start:.3g}) "
        f"and over the same batches it gets to {base.eval_end:.3g} in {base.steps} steps, {winner.lr:.2g} to "
        f"{winner.eval_end:.3g}{whole}."
    )


def _zero(experiment: ExperimentEvidence, lr_range: LrRangeEvidence) -> Finding:
    known = math.isfinite(lr_range.suggestion)
    text = (
        f"Set the learning rate to about {lr_range.suggestion:.2g}."
        if known
        else "Set a learning rate above 0."
    )
    return Finding(
        message="The learning rate is 0: no step changes any weight.",
        severity=Severity.ERROR,
        confidence=0.98,
        places=rate_places(experiment),
        measured={"lr": 0.0},
        remedies=(set_rate(experiment, lr_range.suggestion, text),),
    )
