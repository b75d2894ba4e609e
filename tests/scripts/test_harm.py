"""Whether a planted fault does harm is a matter of two trainings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"


def _written(folder: Path, name: str, comments: str, lr: float) -> Path:
    """Write the small experiment with a rate and comments of its own, beside a copy of its parts."""
    (folder / "parts.py").write_text((DATA / "parts.py").read_text(encoding="utf-8"), encoding="utf-8")
    text = (DATA / "small.yaml").read_text(encoding="utf-8").replace("lr: 0.1,", f"lr: {lr:g},")
    path = folder / name
    path.write_text(f"{comments}\n{text}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("lr", "comments", "code", "harm"),
    [
        pytest.param(0.0, "# planted: learning-rate-too-low", 0, True, id="a rate of 0 does harm"),
        pytest.param(0.09, "# planted: learning-rate-too-low", 1, False, id="a rate as good does none"),
        pytest.param(
            0.09,
            "# planted: validation-missing\n# wrong by construction: said so",
            0,
            False,
            id="what is wrong however it scores",
        ),
    ],
)
def test_a_mutant_is_held_against_its_twin(
    tmp_path: Path, lr: float, comments: str, code: int, harm: bool
) -> None:
    """A fault that costs nothing is told by the exit code, unless the file says why it is one."""
    _written(tmp_path, "healthy.yaml", "# the twin", 0.1)
    mutant = _written(tmp_path, "mutant.yaml", f"{comments}\n# twin: healthy.yaml", lr)
    told = tmp_path / "harm.json"
    done = subprocess.run(
        [sys.executable, "scripts/harm.py", str(mutant), "--seeds", "0", "1", "--json", str(told)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert json.loads(told.read_text(encoding="utf-8"))
    assert ("| yes: validation_score" in done.stdout) is harm, done.stdout
