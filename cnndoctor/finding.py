"""What a check says: a finding with its numbers, its places and its remedies, and the outcome of every check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

# A measured value or a proposed setting: whatever JSON can hold flat.
Value = float | int | str | bool | None
PlaceKind = Literal["key", "layer", "sample", "step", "source"]
Status = Literal["passed", "found", "skipped", "ignored", "crashed"]


class Severity(StrEnum):
    """How much a finding matters; ordered note < warning < error."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Return 0 for a note, 1 for a warning, 2 for an error."""
        return list(Severity).index(self)


class Grade(StrEnum):
    """How sure a check can be: A proof by construction, B confirmed statistics, C a hint."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the fault sits.

    Attributes:
        kind: ``key`` (config key), ``layer`` (module path), ``sample`` (split and index), ``step``, ``source``.
        name: For example ``optimizer.lr``, ``features.0``, ``train[17]``, ``step 240``, ``models.py``.
        file: Source or config file, where known; filled in by the judge for keys and layers.
        line: 1-based line in ``file``; 0 when unknown.
    """

    kind: PlaceKind
    name: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One concrete thing to change.

    Attributes:
        text: One imperative sentence.
        patch: Config keys and their new values, when the change is in the experiment file.
    """

    text: str
    patch: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found wrong.

    Attributes:
        message: One sentence with its own numbers and the limit it broke.
        confidence: Probability in (0, 1] that this is truly a fault of this run.
        places: Where it sits, most precise first.
        measured: The numbers behind the sentence, by name.
        remedies: What to change, best first.
        severity: Overrides the check's own severity when the evidence is weaker or the harm smaller.
        rules_out: Ids of checks that this very evidence accounts for, although they could otherwise be its cause: a NaN born
            by log(0) rules out the learning rate.
        stands_beside: Ids of causes that do not explain this, nor it them: it was shown beside their treatment, or its own
            evidence is of another place.
        by_itself: Paired runs went well once this alone was repaired: no other fault explains it, unless its evidence rules
            this out.
        confirmed: Paired runs show on two seeds what the check by itself only hints at: its grade is B then, not C.
    """

    message: str
    confidence: float
    places: tuple[Place, ...] = ()
    measured: Mapping[str, Value] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    severity: Severity | None = None
    rules_out: tuple[str, ...] = ()
    stands_beside: tuple[str, ...] = ()
    by_itself: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A check's word that it has nothing to judge here, with the reason (no sentence end, no capital)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one check in one examination.

    Attributes:
        check: The check's id.
        status: passed, found, skipped (with reason), ignored (with the user's reason) or crashed (with ours).
        reason: Why it was skipped, ignored or crashed; empty otherwise.
        finding: Present when the status is found or ignored.
    """

    check: str
    status: Status
    reason: str = ""
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFailure:
    """An exception out of the user's own code.

    Attributes:
        phase: What was being done: ``build model``, ``build data.train``, ``read train[17]``, ``forward``, ``loss``,
            ``backward``, ``step``, ``validation``, ``metric miou`` ….
        type: Exception class name.
        message: First line of the exception's text.
        traceback: The user's frames only, as Python prints them.
        file: File of the innermost user frame; empty when there is none.
        line: Its 1-based line.
        stage: The stage that met it.
    """

    phase: str
    type: str
    message: str
    traceback: str = ""
    file: str = ""
    line: int = 0
    stage: str = ""
