"""The clinic's scoreboard: what counts as named, as missed and as a false alarm; and that every healthy run can be read."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from cnndoctor import factory
from cnndoctor.config import load

ROOT = Path(__file__).resolve().parents[2]
HEALTHY = sorted((ROOT / "configs" / "healthy").glob("*.yaml"))


def _clinic() -> Any:
    specification = importlib.util.spec_from_file_location(
        "clinic_of_the_tests", ROOT / "scripts" / "clinic.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


CLINIC = _clinic()


def _report(*causes: tuple[str, str], verdict: str = "unhealthy", crashed: str = "") -> dict[str, Any]:
    return {
        "verdict": verdict,
        "causes": [
            {"check": check, "severity": severity, "confidence": 0.9, "message": f"{check}.", "symptoms": []}
            for check, severity in causes
        ],
        "stages": [{"name": "train", "status": "crashed" if crashed else "ran", "note": crashed}],
        "outcomes": [],
    }


def _result(report: dict[str, Any], *planted: str) -> Any:
    case = CLINIC.Case(config=Path("configs/patients/dead-relu.yaml"), seed=0, planted=planted)
    return CLINIC._result(case, 3.0, report)


def test_cause_first() -> None:
    """A planted cause that stands first above a note is a hit, whatever notes stand before it."""
    result = _result(_report(("slow-hardware-use", "note"), ("dead-relu", "error")), "dead-relu")
    assert result.named_first
    assert result.well


def test_cause_among_three() -> None:
    """A planted cause behind another one is no hit, but counts among the first three."""
    result = _result(_report(("loss-flat", "warning"), ("dead-relu", "error")), "dead-relu")
    assert (result.named_first, result.named_among_three, result.well) == (False, True, False)
    assert "| dead-relu | 0 | NO | yes | loss-flat, dead-relu |" in "\n".join(CLINIC._table([result]))


def test_false_alarm() -> None:
    """A healthy run with a warning is flagged, one with notes alone is not."""
    assert not _result(_report(("overfitting", "warning"))).well
    assert _result(_report(("overfitting", "note"), verdict="healthy")).well


def test_a_crash_of_ours_is_never_well() -> None:
    """A stage that broke by our own fault spoils even a hit."""
    report = _report(("dead-relu", "error"), crashed="own fault: KeyError: 'a'")
    assert not _result(report, "dead-relu").well


@pytest.mark.parametrize(
    ("comment", "ids"),
    [
        ("", ("dead-relu",)),
        ("# planted: wrong-gradient, overfitting\n", ("wrong-gradient", "overfitting")),
        ("# planted: two causes, told to people in a sentence-like way\n", ("dead-relu",)),
    ],
)
def test_planted(tmp_path: Path, comment: str, ids: tuple[str, ...]) -> None:
    """The file's name is the planted cause unless a comment lists ids."""
    config = tmp_path / "dead-relu.yaml"
    config.write_text(f"{comment}name: a\n", encoding="utf-8")
    assert CLINIC._planted(config) == ids


@pytest.mark.parametrize("config", HEALTHY, ids=[config.stem for config in HEALTHY])
def test_healthy_runs_bind(config: Path) -> None:
    """Every healthy run names callables that exist and accept their arguments."""
    assert factory.check(load(config)) == ()
