"""Evidence → outcomes → causes; the one path that an examination and ``recheck`` share. No torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cnndoctor.check import Check, run
from cnndoctor.diagnosis import causes_of, with_places
from cnndoctor.evidence import Evidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.trials import Trial
from cnndoctor.finding import Outcome, Severity, Value
from cnndoctor.report import Cause
from cnndoctor.signs.belief import believed
from cnndoctor.signs.success import evaluation_gain, gain
from cnndoctor.signs.trial_gains import CLEARLY, DECISIVE

# Judge how the configured run itself varies: of a treated one that says nothing about the experiment.
OF_AS_CONFIGURED = {"seed-sensitive"}
CUT_SHORT = "the training was cut short: how it ends is not known"
PROVEN = 0.9  # confidence in a cause whose treatment alone takes the whole run decisively further


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user says about the checks.

    Attributes:
        thresholds: Check id → keyword-only parameters.
        ignore: Check id → the user's reason; the finding is kept but is no cause.
        select: Only these checks or families run; empty for all.
        deselect: These checks or families do not run.
    """

    thresholds: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    ignore: Mapping[str, str] = field(default_factory=dict)
    select: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()

    def chosen(self, check: Check) -> bool:
        """Return whether this check is asked for."""
        names = {check.id, check.family, check.family.replace("_", "-")}
        return not (names & set(self.deselect)) and (not self.select or bool(names & set(self.select)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Outcome of every check, and the ranked causes."""

    outcomes: tuple[Outcome, ...]
    causes: tuple[Cause, ...]


def judge(evidence: Evidence, checks: Iterable[Check], rules: Rules | None = None) -> Judgement:
    """Judge evidence with every check and rank what was found.

    Args:
        evidence: What the stages saw.
        checks: The catalogue.
        rules: The user's thresholds, selection and ignored checks.
    """
    rules = rules or Rules()
    checks = tuple(checks)
    paced = believed(_with_inner_loss(evidence))
    seen = _without_stub(paced)
    left_out = {} if seen is paced else {TrainEvidence: CUT_SHORT, TrialsEvidence: CUT_SHORT}
    outcomes = tuple(
        _once_treated(
            _outcome(check, _without_empty_trials(paced if check.of_pace else seen), rules, left_out),
            check,
            seen,
            rules,
        )
        for check in checks
    )
    places = known_places(evidence)
    causes = tuple(with_places(cause, places) for cause in causes_of(outcomes, checks))
    return Judgement(outcomes=outcomes, causes=causes)


def _without_stub(evidence: Evidence) -> Evidence:
    """Leave out a training that its budget cut short: a run that was not finished says nothing about how it ends.

    A run that ended in NaN, raised, or came near its end is judged all the same; and so is the pace of any run.
    """
    if evidence.train is None or not evidence.train.is_stub:
        return evidence
    return replace(evidence, train=None, trials=None)


def _without_empty_trials(evidence: Evidence) -> Evidence:
    """Leave out trials of which only treated ones were run: of the experiment as configured they say nothing."""
    if evidence.trials is None or evidence.trials.trials:
        return evidence
    return replace(evidence, trials=None)


def _with_inner_loss(evidence: Evidence) -> Evidence:
    """Tell the setup what the first batch showed of a loss or step of the user's own."""
    setup, first_batch = evidence.setup, evidence.first_batch
    if setup is None or first_batch is None or not first_batch.loss.function:
        return evidence
    return replace(evidence, setup=replace(setup, loss=replace(setup.loss, inner=first_batch.loss.function)))


def _once_treated(outcome: Outcome, check: Check, evidence: Evidence, rules: Rules) -> Outcome:
    """Judge once more by the paired runs that share the best cure: what they show besides is an independent fault.

    Nothing but the runs differs between the two judgements, so that what is found in the second alone is found by them. What
    is found in both may be an effect of the first fault, unless the check says that the treated runs alone prove it.
    """
    treated = evidence.trials.treated if evidence.trials is not None else None
    if treated is None or check.role != "cause" or check.id in OF_AS_CONFIGURED:
        return outcome
    if treated.treats and not treated.reason:  # nothing is left to find: the treated run went well
        known = _known_before(outcome, check, evidence, treated, rules)
        return _with_cure(known, treated, evidence.train)
    again = _outcome(check, replace(evidence, trials=treated), rules)
    if not _is_loud(again) or again.finding is None:
        return outcome
    if _is_loud(outcome) and not again.finding.stands_beside:
        return outcome
    words = f"{again.finding.message} This shows once the first fault is treated: {treated.treatment}."
    return replace(again, finding=replace(again.finding, message=words, stands_beside=treated.treats))


def _known_before(
    outcome: Outcome, check: Check, evidence: Evidence, treated: TrialsEvidence, rules: Rules
) -> Outcome:
    """Return what a check said before the training, where the run hides it by going fairly well, and better once treated.

    Anything may help a run a little: what is not decisive is a warning.
    """
    run = treated.trials[0]
    if (
        outcome.status != "passed"
        or check.id not in treated.treats
        or _further(run, evidence.train) < CLEARLY
    ):
        return outcome
    before = _outcome(check, replace(evidence, train=None, trials=None), rules)
    if not _is_loud(before) or before.finding is None:
        return outcome
    return replace(before, finding=replace(before.finding, severity=Severity.WARNING))


def _is_loud(outcome: Outcome) -> bool:
    """Return whether a check found more than a note."""
    finding = outcome.finding
    return outcome.status == "found" and finding is not None and finding.severity is not Severity.NOTE


def _with_cure(outcome: Outcome, treated: TrialsEvidence, train: TrainEvidence | None) -> Outcome:
    """Say of a cause that was treated, and only of that, how far the same run came without it."""
    run, metric = treated.trials[0], train.metric if train is not None else ""
    score = run.validation_score if math.isfinite(run.validation_score) else run.train_score
    if (
        outcome.finding is None
        or outcome.check not in treated.treats
        or not metric
        or not math.isfinite(score)
    ):
        return outcome
    found = outcome.finding
    words = f"{found.message} With {treated.treatment}, the same run reaches {metric} {score:.2f}."
    if _further(run, train) >= DECISIVE:  # whatever was meant by it, this is what it costs
        found = replace(found, severity=Severity.ERROR, confidence=max(found.confidence, PROVEN))
    return replace(outcome, finding=replace(found, message=words))


def _further(run: Trial, train: TrainEvidence | None) -> float:
    """Return by how much a treated run gets further than the watched one, as gains on the split that both were scored on."""
    held_out = math.isfinite(run.validation_score)
    judged = (train.validation if held_out else train.train) if train is not None else None
    if judged is None:
        return 0.0
    chance = judged.chance if math.isfinite(judged.chance) else 0.0
    return gain(run.validation_score if held_out else run.train_score, chance) - max(
        0.0, evaluation_gain(judged)
    )


def known_places(evidence: Evidence) -> dict[tuple[str, str], tuple[str, int]]:
    """Return file and line of every config key and of every layer whose source is known."""
    experiment = evidence.experiment
    places = {("key", key): (experiment.path, line) for key, line in experiment.lines.items()}
    for layer in evidence.setup.layers if evidence.setup else ():
        if layer.source_file:
            places["layer", layer.path] = (layer.source_file, layer.source_line)
    return places


def _outcome(
    check: Check, evidence: Evidence, rules: Rules, left_out: Mapping[type[object], str] | None = None
) -> Outcome:
    if not rules.chosen(check):
        return Outcome(check=check.id, status="skipped", reason="not selected")
    outcome = run(check, evidence, rules.thresholds.get(check.id), left_out=left_out)
    if outcome.status == "found" and check.id in rules.ignore:
        return replace(outcome, status="ignored", reason=rules.ignore[check.id])
    return outcome
