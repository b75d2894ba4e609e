"""What a check says of healthy evidence with facts replaced: one finding, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cnndoctor.check import Check, run
from cnndoctor.finding import Finding
from tests.changed import evidence_with


def found(check: Check, changes: Mapping[str, object]) -> Finding:
    """Return what the check finds, with the severity it counts with; fail where it finds nothing.

    Args:
        check: The check.
        changes: Dotted path → value, as ``evidence_with`` takes them.
    """
    outcome = run(check, evidence_with(changes))
    assert outcome.finding is not None, outcome
    return replace(outcome.finding, severity=outcome.finding.severity or check.severity)


def silent(check: Check, changes: Mapping[str, object]) -> bool:
    """Return True where the check passes or is skipped; fail with what came of it where it finds something or crashes.

    Args:
        check: The check.
        changes: Dotted path → value, as ``evidence_with`` takes them.
    """
    outcome = run(check, evidence_with(changes))
    assert outcome.status in {"passed", "skipped"}, outcome
    return True
