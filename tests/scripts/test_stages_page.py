"""The page on the stages: sections of different scripts live side by side."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def _writer() -> Any:
    path = ROOT / "scripts" / "stages_page.py"
    specification = importlib.util.spec_from_file_location("stages_page_of_the_tests", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def test_a_section_replaces_its_own_and_leaves_the_others(tmp_path: Path) -> None:
    """Writing one section twice keeps its newest text, the introduction and every other section."""
    page, write = tmp_path / "stages.md", _writer().write_section
    write(page, "one", "first")
    write(page, "two", "other")
    write(page, "one", "second")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# How good the stages are")
    assert "<!-- one:begin -->\nsecond\n<!-- one:end -->" in text
    assert "first" not in text
    assert text.index("second") < text.index("<!-- two:begin -->\nother\n<!-- two:end -->")
