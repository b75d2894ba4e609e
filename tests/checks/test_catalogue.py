"""One walk over the whole catalogue holds the form of every check."""

import re
from pathlib import Path

import pytest

from cnndoctor import checks as checks_package
from cnndoctor.catalogue import all_checks
from cnndoctor.check import Check, run
from cnndoctor.finding import Grade, Severity
from tests.healthy import healthy_evidence

HEADINGS = ["What it measures:", "Why it matters:", "How to fix:", "When it is not a fault:", "References:"]
# Named in the catalogue of what is to come; a check may already explain them.
RESERVED = {
    "replicas-out-of-sync", "sampler-not-distributed", "epoch-not-set-on-sampler", "batchnorm-not-synced",
    "unused-parameters-in-ddp", "uneven-replica-inputs", "loss-averaged-wrongly", "missing-zero-grad",
    "optimizer-step-not-called", "backward-not-called", "eval-mode-while-training", "missing-eval-mode",
    "scheduler-order", "stale-optimizer", "checkpoint-aliasing",
}  # fmt: skip
CHECKS = {check.id: check for check in all_checks()}

each_check = pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)


@each_check
def test_page_has_every_heading_in_order(check: Check) -> None:
    """Each page has a one-sentence title and the five headings, each with something under it."""
    assert re.fullmatch(r"[A-Z`][^\n]{10,160}\.", check.page.partition("\n\n")[0]), check.page[:200]
    found = [
        line for line in check.page.splitlines() if line and not line.startswith(" ") and line.endswith(":")
    ]
    assert found == HEADINGS
    for heading in HEADINGS:
        body = check.page.split(heading + "\n", 1)[1].split("\n" + HEADINGS[0], 1)[0]
        assert body.startswith("    "), heading
        assert body.strip()


@each_check
def test_id_is_the_file_name_and_family_the_folder(check: Check) -> None:
    """Whoever knows the id finds the file."""
    file = Path(checks_package.__path__[0]) / check.family / f"{check.id.replace('-', '_')}.py"
    assert file.is_file()
    assert check.function.__name__ == check.id.replace("-", "_")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", check.id)


@each_check
def test_severity_fits_grade(check: Check) -> None:
    """A hint is never an error by itself, and what cannot be an error is graded as a hint or confirmed statistics."""
    assert isinstance(check.severity, Severity)
    assert isinstance(check.grade, Grade)
    assert not (check.grade is Grade.C and check.severity is Severity.ERROR)


@each_check
def test_explains_known_checks_only(check: Check) -> None:
    """Every effect is a check that exists or a reserved id, is named once, and is not the check itself."""
    assert set(check.explains) <= set(CHECKS) | RESERVED, set(check.explains) - set(CHECKS) - RESERVED
    assert len(set(check.explains)) == len(check.explains)
    assert check.id not in check.explains


def test_what_explains_what_has_no_circle() -> None:
    """Nothing explains itself through others: two that explained each other would both be causes."""
    assert _circles() == []


@each_check
def test_silent_on_the_healthy_run(check: Check) -> None:
    """No check says anything above a note about a healthy run, and none crashes."""
    outcome = run(check, healthy_evidence())
    assert outcome.status in {"passed", "skipped"}, outcome


@each_check
def test_survives_missing_evidence(check: Check) -> None:
    """A check runs or is skipped, but never crashes, when only setup and failures are there."""
    evidence = healthy_evidence(
        data=None, first_batch=None, overfit=None, lr_range=None, gradient=None, train=None
    )
    assert run(check, evidence).status in {"passed", "skipped"}


def test_ids_are_unique() -> None:
    """Two families never hold the same id."""
    assert len({check.id for check in all_checks()}) == len(all_checks())


def test_thresholds_are_plain_values() -> None:
    """Users set thresholds in YAML, so that every default is a plain value."""
    for check in all_checks():
        for name, value in check.thresholds.items():
            assert isinstance(value, float | int | str | bool), f"{check.id}.{name}"


def _circles() -> list[str]:
    """Return every shortest way from a check back to itself, each circle once."""
    found: dict[frozenset[str], str] = {}
    for start in CHECKS:
        ways, seen = [[start]], set()
        while ways:
            way = ways.pop(0)
            for effect in CHECKS[way[-1]].explains if way[-1] in CHECKS else ():
                if effect == start:
                    found.setdefault(frozenset(way), " → ".join([*way, start]))
                    ways = []
                    break
                if effect not in seen:
                    seen.add(effect)
                    ways.append([*way, effect])
    return sorted(found.values())
