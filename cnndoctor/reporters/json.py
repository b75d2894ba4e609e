"""report.json: the report for other programs, a public and versioned format, and the way back."""

from __future__ import annotations

import json

from cnndoctor import codec
from cnndoctor.errors import RunNotReadable
from cnndoctor.report import SCHEMA_VERSION, Report
from cnndoctor.reporters.context import Context


def render(report: Report, _context: Context) -> str:
    """Write the report as strict JSON; its schema is ``report.schema.json`` beside this file.

    Args:
        report: The report.
        _context: Not needed: the report says all.

    Returns:
        JSON text; non-finite numbers are the strings ``NaN``, ``Infinity`` and ``-Infinity``.
    """
    return codec.dumps(report)


def read(text: str) -> Report:
    """Read what :func:`render` wrote.

    Args:
        text: Content of a report.json.

    Returns:
        The report.

    Raises:
        RunNotReadable: When it is damaged, or of another major version.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunNotReadable(f"report.json is damaged: {error}.") from None
    version = str(data.get("schema_version", "none")) if isinstance(data, dict) else "none"
    if version.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        ours = SCHEMA_VERSION.split(".")[0]
        raise RunNotReadable(
            f"report.json has schema version {version}; this cnndoctor reads {ours}.x. Diagnose the run again."
        )
    return codec.decode(Report, data)
