"""Known findings do not count, new ones do, and those that are gone are told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cnndoctor.ci import baseline
from cnndoctor.errors import UsageError
from cnndoctor.finding import Finding, Grade, Outcome, Place, Severity
from cnndoctor.report import Cause, ConfigIdentity, Report, Symptom, Tool, Verdict


def cause(check: str, message: str = "0.5 is above 0.06.") -> Cause:
    """Return an error of one check."""
    return Cause(
        check=check,
        family="data",
        severity=Severity.ERROR,
        confidence=0.9,
        grade=Grade.B,
        title=check,
        message=message,
        places=(Place(kind="key", name="optimizer.lr", line=3),),
        symptoms=(Symptom(check="loss-diverges", message="It rose.", severity=Severity.ERROR),),
    )


def report(folder: Path, *causes: Cause, name: str = "a") -> Report:
    """Return the report of an experiment that exists in a folder."""
    path = folder / f"{name}.yaml"
    path.write_text("")
    found = [Outcome(check=each, status="found", finding=Finding(message="m", confidence=0.9)) for each in
             (*(cause.check for cause in causes), *(["loss-diverges"] if causes else []))]  # fmt: skip
    passed = [Outcome(check=each, status="passed") for each in ("gone", "lr", "new") if each not in
              {cause.check for cause in causes}]  # fmt: skip
    return Report(
        tool=Tool(),
        verdict=Verdict.UNHEALTHY if causes else Verdict.HEALTHY,
        summary="1 error",
        config=ConfigIdentity(name=name, path=str(path), sha256=""),
        causes=causes,
        outcomes=(*found, *passed),
    )


def test_a_known_finding_is_no_cause(tmp_path: Path) -> None:
    """It is ignored with the baseline as reason, its symptoms with it, also when its numbers changed."""
    file = tmp_path / "known.json"
    assert baseline.write(file, [report(tmp_path, cause("lr"))]) == 1
    shown = baseline.without_known(report(tmp_path, cause("lr", "0.4 is.")), baseline.read(file), file)
    assert shown.causes == ()
    assert shown.verdict is Verdict.HEALTHY
    assert shown.summary == "nothing new, 1 known finding not counted (known.json)"
    assert {outcome.check: outcome.reason for outcome in shown.outcomes if outcome.status == "ignored"} == {
        "lr": "known: it stands in known.json",
        "loss-diverges": "symptom of lr, known",
    }


def test_a_new_finding_counts(tmp_path: Path) -> None:
    """Beside a known finding a new one stays a cause, and the symptom they share stays found."""
    file = tmp_path / "known.json"
    baseline.write(file, [report(tmp_path, cause("lr"))])
    shown = baseline.without_known(report(tmp_path, cause("lr"), cause("new")), baseline.read(file), file)
    assert [each.check for each in shown.causes] == ["new"]
    assert shown.verdict is Verdict.UNHEALTHY
    assert {outcome.status for outcome in shown.outcomes if outcome.check == "loss-diverges"} == {"found"}


def test_another_experiment_is_not_excused(tmp_path: Path) -> None:
    """An entry belongs to its file: the same finding elsewhere is new."""
    file = tmp_path / "known.json"
    baseline.write(file, [report(tmp_path, cause("lr"))])
    other = report(tmp_path, cause("lr"), name="b")
    assert baseline.without_known(other, baseline.read(file), file) is other


def test_stale_entries(tmp_path: Path) -> None:
    """An entry is stale when its check passed or its experiment is gone; not when the check was skipped."""
    file = tmp_path / "known.json"
    baseline.write(file, [report(tmp_path, cause("lr")), report(tmp_path, cause("gone"), name="b")])
    known = baseline.read(file)
    now = report(tmp_path)
    assert [entry.check for entry in baseline.stale([now], known, file)] == ["lr"]
    skipped = replace(now, outcomes=(Outcome(check="lr", status="skipped", reason="not selected"),))
    assert baseline.stale([skipped], known, file) == ()
    (tmp_path / "b.yaml").unlink()
    assert [entry.check for entry in baseline.stale([skipped], known, file)] == ["gone"]


def test_writing_keeps_what_was_not_examined(tmp_path: Path) -> None:
    """Entries of experiments that were not examined stay; each has a line of its own; no number is in it."""
    file = tmp_path / "known.json"
    baseline.write(file, [report(tmp_path, cause("lr")), report(tmp_path, cause("gone"), name="b")])
    assert baseline.write(file, [report(tmp_path)]) == 1
    text = file.read_text()
    assert [entry["config"] for entry in json.loads(text)["findings"]] == ["b.yaml"]
    assert sum("fingerprint" in line for line in text.splitlines()) == 1
    assert "0.5" not in text


@pytest.mark.parametrize("text", [None, "{", '{"version": 9, "findings": []}', '{"findings": [1]}'])
def test_an_unreadable_baseline_is_refused(tmp_path: Path, text: str | None) -> None:
    """A missing, damaged or foreign file is wrong usage, told with its name."""
    file = tmp_path / "known.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match=r"known\.json"):
        baseline.read(file)
