"""Reading what is planted: ids, other names of one fault, two faults, hints and healthy runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.catalogue import all_checks
from scoreboard.cases import Expected, cases, expected_of

ROOT = Path(__file__).resolve().parents[3]


def _written(folder: Path, comment: str, name: str = "dead-relu.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / name
    config.write_text(f"{comment}name: a\n", encoding="utf-8")
    return config


@pytest.mark.parametrize(
    ("comment", "kind", "faults"),
    [
        ("", "fault", (("dead-relu",),)),
        ("# Planted: a sentence, with a comma, is for people.\n", "fault", (("dead-relu",),)),
        ("# planted: overfitting\n", "fault", (("overfitting",),)),
        ("# planted: wrong-gradient | overfitting\n", "fault", (("wrong-gradient", "overfitting"),)),
        ("# planted: wrong-gradient, overfitting\n", "faults", (("wrong-gradient",), ("overfitting",))),
        (
            "# planted: loss-flat | dead-relu, summed-loss\n",
            "faults",
            (("loss-flat", "dead-relu"), ("summed-loss",)),
        ),
        ("# planted as a note: stopped-too-early\n", "note", (("stopped-too-early",),)),
    ],
)
def test_planted(tmp_path: Path, comment: str, kind: str, faults: tuple[tuple[str, ...], ...]) -> None:
    """A bar parts two names of one fault, a comma two faults; without ids the file's name counts."""
    expected = expected_of(_written(tmp_path, comment), healthy=False)
    assert (expected.kind, expected.faults) == (kind, faults)


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("dead-relu-mild.yaml", (("dead-relu",),)),
        ("dead-relu+summed-loss.yaml", (("dead-relu",), ("summed-loss",))),
    ],
)
def test_planted_by_the_name_of_the_file(
    tmp_path: Path, name: str, faults: tuple[tuple[str, ...], ...]
) -> None:
    """A strength is no part of an id, and a plus joins two faults."""
    assert expected_of(_written(tmp_path, "", name), healthy=False).faults == faults


def test_something_else_than_ids_is_refused(tmp_path: Path) -> None:
    """A comment that cannot be read is an error, and never silently another fault."""
    with pytest.raises(ValueError, match="no list of ids"):
        expected_of(_written(tmp_path, "# planted: two causes of a kind\n"), healthy=False)


def test_parts_groups_and_strengths(tmp_path: Path) -> None:
    """Files named healthy are healthy in a program's folder, and a program is its folder."""
    _written(tmp_path / "configs" / "healthy", "")
    _written(tmp_path / "configs" / "patients", "")
    _written(tmp_path / "configs" / "unseen" / "shop", "", "healthy-odd.yaml")
    _written(tmp_path / "configs" / "unseen" / "shop", "", "dead-relu-strong.yaml")
    _written(tmp_path / "configs" / "programs" / "opened", "", "healthy.yaml")
    seen = [(case.part, case.name, case.strength, case.expected.kind) for case in cases(tmp_path)]
    assert seen == [
        ("tuning", "patients/dead-relu", "", "fault"),
        ("tuning", "healthy/dead-relu", "", "healthy"),
        ("tuning", "opened/healthy", "", "healthy"),
        ("test", "shop/dead-relu-strong", "strong", "fault"),
        ("test", "shop/healthy-odd", "", "healthy"),
    ]
    assert [case.name for case in cases(tmp_path, ("test",), ["*/healthy*"])] == ["shop/healthy-odd"]


def test_every_planted_fault_of_the_tuning_part_is_one_a_check_finds() -> None:
    """No patient waits for a name that no check has."""
    known = {check.id for check in all_checks()}
    own = cases(ROOT, ("tuning",))
    assert {name for case in own for name in case.expected.names} <= known
    assert sum(case.expected == Expected() for case in own) >= 32


def test_an_experiment_on_data_that_is_not_there_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file needs must lie in the named folder; without it, it is skipped and not counted as missed."""
    _written(tmp_path / "configs" / "unseen" / "shop", "# needs: mnist.npz\n", "dead-relu.yaml")
    (case,) = cases(tmp_path, ("test",))
    monkeypatch.delenv("CNNDOCTOR_DATA", raising=False)
    assert not case.can_run
    monkeypatch.setenv("CNNDOCTOR_DATA", str(tmp_path))
    assert not case.can_run
    (tmp_path / "mnist.npz").touch()
    assert case.can_run
