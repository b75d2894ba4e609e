"""From findings to causes: what explains what, in which order a person should read it, and the verdict.

A finding that another found check explains, at any distance and also through effects that stayed silent, is that one's
symptom; a cause that was looked for and is not there passes nothing on. What remains are causes, ordered by how sure the
evidence makes us that this keeps the run from training.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cnndoctor.check import Check
from cnndoctor.finding import Finding, Grade, Outcome, Severity
from cnndoctor.report import Cause, StageResult, Symptom, Verdict

# Each observed effect that a cause accounts for makes it a little more believable; chosen so that three effects outweigh a
# difference of 0.06 in confidence, no more: explaining much must not beat being sure.
SUPPORT_PER_SYMPTOM = 0.02
MOST_SUPPORT = 0.08
# A method that proves by construction may still meet evidence that proves little: below this nothing is called a proof.
SURE_AS_A_PROOF = 0.8
# None of the nine first causes that unseen programs were given with less (docs/clinic.md) was right.
UNSURE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    check: Check
    finding: Finding
    severity: Severity


def causes_of(outcomes: Iterable[Outcome], checks: Iterable[Check]) -> tuple[Cause, ...]:
    """Fold symptoms under causes and rank the causes, best first.

    Args:
        outcomes: One per check; only those found count.
        checks: The catalogue the outcomes come from.
    """
    by_id, outcomes = {check.id: check for check in checks}, tuple(outcomes)
    absent = {o.check for o in outcomes if o.status == "passed" and by_id[o.check].role == "cause"}
    reach = _reachable(by_id, absent)
    found = _with_severity([o for o in outcomes if o.status == "found"], by_id, reach)
    parents = {item.check.id: _explainers(item, found, reach) for item in found}
    roots = [item for item in found if not parents[item.check.id]]
    ranked = sorted(roots, key=lambda item: _rank(item, found, reach))
    named = any(item.check.role == "cause" and item.severity.rank > 0 for item in ranked)
    folded: set[str] = set()
    causes = []
    for root in ranked:
        symptoms = [
            s for s in found if _explains(root, s, reach) and parents[s.check.id] and s.check.id not in folded
        ]
        folded.update(symptom.check.id for symptom in symptoms)
        causes.append(_cause(root, symptoms, alone=root.check.role == "symptom" and not named))
    return tuple(causes)


def verdict_of(causes: Sequence[Cause], stages: Sequence[StageResult]) -> Verdict:
    """Return unhealthy when a cause stands above a note, incomplete when a stage that should have run could not."""
    if any(cause.severity.rank > 0 for cause in causes):
        return Verdict.UNHEALTHY
    if any(stage.status == "crashed" for stage in stages):
        return Verdict.INCOMPLETE
    return Verdict.HEALTHY


def _reachable(by_id: Mapping[str, Check], absent: Iterable[str] = ()) -> dict[str, set[str]]:
    """Return for every check all ids it explains, at any distance; not by way of causes that are absent."""
    reach: dict[str, set[str]] = {}
    for start in by_id:
        seen: set[str] = set()
        todo = list(by_id[start].explains)
        while todo:
            effect = todo.pop()
            if effect not in seen and effect != start:
                seen.add(effect)
                todo.extend(by_id[effect].explains if effect in by_id and effect not in absent else ())
        reach[start] = seen
    return reach


def _with_severity(
    outcomes: list[Outcome], by_id: Mapping[str, Check], reach: Mapping[str, set[str]]
) -> list[_Found]:
    """Give each finding its severity; a hint is a note unless a finding that is no hint stands that it explains."""
    solid = {
        o.check for o in outcomes if not _is_hint(o, by_id, explained=False) and _severity(o, by_id).rank > 0
    }
    found = []
    for outcome in outcomes:
        check, severity = by_id[outcome.check], _severity(outcome, by_id)
        explained = any(check.id in reach[other.check] for other in outcomes)
        if _is_hint(outcome, by_id, explained=explained) and not (reach[check.id] & solid):
            severity = Severity.NOTE
        assert outcome.finding is not None
        found.append(_Found(check=check, finding=outcome.finding, severity=severity))
    return found


def _is_hint(outcome: Outcome, by_id: Mapping[str, Check], *, explained: bool) -> bool:
    """Return whether a finding is of grade C, or less sure than what was ever right by itself.

    Args:
        outcome: With a finding.
        by_id: Every check.
        explained: Whether anything else found, be it a note, could bring it about: a confirmed hint stays a hint then.
    """
    assert outcome.finding is not None
    if explained and by_id[outcome.check].grade is Grade.C:
        return True
    finding = outcome.finding
    return _grade(by_id[outcome.check], finding) is Grade.C or finding.confidence < UNSURE


def _severity(outcome: Outcome, by_id: Mapping[str, Check]) -> Severity:
    assert outcome.finding is not None
    return outcome.finding.severity or by_id[outcome.check].severity


def _explainers(item: _Found, found: list[_Found], reach: Mapping[str, set[str]]) -> list[_Found]:
    """Return the found checks that explain this one; a note never hides an error or a warning.

    What a cause explains is gone once that cause is treated: it cannot explain what was shown beside the treatment.
    """
    treated = [other for other in found if other.check.id in item.finding.stands_beside]
    return [
        other
        for other in found
        if _explains(other, item, reach)
        and (other.severity.rank > 0 or item.severity.rank == 0)
        and not any(_explains(cause, other, reach) for cause in treated)
    ]


def _explains(cause: _Found, effect: _Found, reach: Mapping[str, set[str]]) -> bool:
    """Return whether one finding accounts for another; what a finding's own evidence rules out comes before the catalogue."""
    if cause.check.id in effect.finding.rules_out or cause.check.id == effect.check.id:
        return False
    if cause.check.id in effect.finding.stands_beside or effect.check.id in cause.finding.stands_beside:
        return False
    if effect.check.id in cause.finding.rules_out:
        return True
    if effect.finding.by_itself:
        return False
    return effect.check.id in reach[cause.check.id] and cause.check.id not in reach[effect.check.id]


def _rank(item: _Found, found: list[_Found], reach: Mapping[str, set[str]]) -> tuple[object, ...]:
    """Sort key: causes before bare symptoms, severe before mild, sure before unsure; then proof before statistics, then id."""
    effects = [s for s in found if _explains(item, s, reach) and s.severity.rank > 0]
    belief = item.finding.confidence + min(MOST_SUPPORT, SUPPORT_PER_SYMPTOM * len(effects))
    bare = item.check.role == "symptom" and item.severity.rank > 0
    group = 0 if item.severity.rank > 0 and not bare else 1 if bare else 2
    severity = _severity_with(item, effects)
    return (group, -severity.rank, -round(belief, 4), _grade(item.check, item.finding).value, item.check.id)


def _severity_with(root: _Found, symptoms: list[_Found]) -> Severity:
    """Return a cause's severity: what may do harm (a warning), and does bring an error about, is an error."""
    harmful = any(symptom.severity is Severity.ERROR for symptom in symptoms)
    return Severity.ERROR if harmful and root.severity is Severity.WARNING else root.severity


def _grade(check: Check, finding: Finding) -> Grade:
    """Return how this finding was come by: what a proving check is not sure of is statistics, and so is a confirmed hint."""
    unsure = check.grade is Grade.A and finding.confidence < SURE_AS_A_PROOF
    confirmed = check.grade is Grade.C and finding.confirmed
    return Grade.B if unsure or confirmed else check.grade


def _cause(root: _Found, symptoms: list[_Found], *, alone: bool) -> Cause:
    finding, check = root.finding, root.check
    ordered = sorted(symptoms, key=lambda s: (-s.severity.rank, -s.finding.confidence, s.check.id))
    message = (
        f"{finding.message} The cause was not found." if alone and root.severity.rank > 0 else finding.message
    )
    return Cause(
        check=check.id,
        family=check.family,
        severity=_severity_with(root, symptoms),
        confidence=finding.confidence,
        grade=_grade(check, finding),
        title=check.title,
        message=message,
        places=finding.places,
        measured=finding.measured,
        remedies=finding.remedies,
        symptoms=tuple(
            Symptom(check=s.check.id, message=s.finding.message, severity=s.severity) for s in ordered
        ),
    )


def with_places(cause: Cause, places: Mapping[tuple[str, str], tuple[str, int]]) -> Cause:
    """Fill in file and line of the places that are known by kind and name.

    Args:
        cause: The cause as the check left it.
        places: (kind, name) → (file, line).
    """
    return replace(
        cause,
        places=tuple(
            place
            if place.file or (place.kind, place.name) not in places
            else replace(
                place, file=places[place.kind, place.name][0], line=places[place.kind, place.name][1]
            )
            for place in cause.places
        ),
    )
