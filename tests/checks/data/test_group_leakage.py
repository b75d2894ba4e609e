"""Promises of group-leakage."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.data.group_leakage import group_leakage as check
from cnndoctor.finding import Severity
from tests.healthy import healthy_data, healthy_evidence, healthy_experiment


def found(groups: int, samples: int, size: int = 50, **experiment):
    """Judge splits that share so many groups."""
    overlap = replace(
        healthy_data().overlap,
        groups=groups,
        group_samples=samples,
        group_size=size,
        group_names=tuple(f"person {i}" for i in range(groups)),
    )
    return run(
        check,
        healthy_evidence(
            data=replace(healthy_data(), overlap=overlap),
            experiment=replace(healthy_experiment(), **experiment),
        ),
    )


def test_healthy_is_silent():
    """Groups that stay apart are no finding; without groups nothing can be said."""
    assert found(0, 0).status == "passed"
    assert run(check, healthy_evidence()).status == "skipped"


def test_a_shared_group_is_a_warning():
    """Groups are named, and counted by the samples they bring."""
    finding = found(4, 20).finding
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert "person 0, person 1, person 2, …" in finding.message
    assert "20 of 50" in finding.message


def test_memorising_on_purpose_is_a_note():
    """Who wants to learn by heart is told quietly."""
    finding = found(4, 20, intent_memorise=True).finding
    assert finding is not None
    assert finding.severity is Severity.NOTE
