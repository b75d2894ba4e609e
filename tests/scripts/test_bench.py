"""The benchmark: what a row says."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _bench() -> Any:
    specification = importlib.util.spec_from_file_location(
        "bench_of_the_tests", ROOT / "scripts" / "bench.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


BENCH = _bench()


def test_a_row_above_its_target_says_so() -> None:
    """Misses stand in the table as plainly as what holds."""
    row = BENCH.Row(name="train/x", value=1.09, limit=1.08)
    assert "**FAIL**" in BENCH._line(row)
    assert "pass" in BENCH._line(replace(row, value=1.08))
