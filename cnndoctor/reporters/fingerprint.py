"""An identity for a cause that stays the same from run to run while its numbers change."""

from __future__ import annotations

import hashlib

from cnndoctor.report import Cause, Report


def fingerprint(cause: Cause, report: Report) -> str:
    """Identify a cause by its check, the experiment's name and the foremost place that is not a mere example.

    Args:
        cause: The cause.
        report: Its report.

    Returns:
        32 hexadecimal digits.
    """
    # Samples and steps differ with the seed; lines move when the file is edited.
    stable = [place.name for place in cause.places if place.kind in {"key", "layer"}]
    text = "\0".join([cause.check, report.config.name, *stable[:1]])
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
