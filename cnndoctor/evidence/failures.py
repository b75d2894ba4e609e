"""What the user's code raised while it was examined."""

from __future__ import annotations

from dataclasses import dataclass

from cnndoctor.finding import UserFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class FailuresEvidence:
    """Every exception out of the user's code, in the order met; empty on a run that runs."""

    failures: tuple[UserFailure, ...] = ()
