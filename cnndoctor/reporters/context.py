"""What a reporter may know beside the report itself, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The surroundings of one rendering; every field may be left out.

    Attributes:
        config_text: The experiment file as it was examined, for the excerpt under a cause.
        width: Columns of the terminal.
        colour: Whether the terminal understands colour.
        pages: Text of each check's page by check id: SARIF rules, and "why" in the HTML report.
        grades: Grade of each check by check id, A, B or C: how precise SARIF says that a rule is.
        severities: Severity of each check by check id, unless a finding says otherwise.
        stage_of: Check id → the stage whose evidence it judges, so that outcomes can be counted by stage.
    """

    config_text: str = ""
    width: int = 80
    colour: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)
    grades: Mapping[str, str] = field(default_factory=dict)
    severities: Mapping[str, str] = field(default_factory=dict)
    stage_of: Mapping[str, str] = field(default_factory=dict)
