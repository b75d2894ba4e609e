"""Told at the end: each file turns a report into one format's text; nothing here measures or judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

from cnndoctor.report import Report
from cnndoctor.reporters.context import Context

__all__ = ["FORMATS", "Context", "Reporter"]

Reporter = Callable[[Report, Context], str]


def _on_demand(module: str) -> Reporter:
    """Return a reporter that imports its module when first called, so that ``--help`` stays fast."""

    def render(report: Report, context: Context) -> str:
        reporter = cast("Reporter", import_module(f"cnndoctor.reporters.{module}").render)
        return reporter(report, context)

    return render


FORMATS: Mapping[str, Reporter] = MappingProxyType(
    {
        "text": _on_demand("terminal"),
        "concise": _on_demand("concise"),
        "json": _on_demand("json"),
        "markdown": _on_demand("markdown"),
        "html": _on_demand("html"),
        "sarif": _on_demand("sarif"),
        "junit": _on_demand("junit"),
        "github": _on_demand("github"),
        "gitlab": _on_demand("gitlab"),
    }
)
