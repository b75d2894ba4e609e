"""Options whose words are wrong are refused before anything is examined."""

from __future__ import annotations

import pytest

from cnndoctor.commands.options import STAGE_NAMES, refuse_unknown_checks, refuse_unknown_stages, report_files
from cnndoctor.errors import CnndoctorError, UsageError
from cnndoctor.stages import STAGES


def test_report_files_are_pairs() -> None:
    """A format and a path each; the path may hold further equals signs."""
    assert report_files(["json=a=b.json", "html={name}.html"], several=True) == (
        ("json", "a=b.json"),
        ("html", "{name}.html"),
    )


@pytest.mark.parametrize(
    ("option", "several", "said"),
    [("yaml=a", False, "a format of text"), ("json", False, "FORMAT=PATH"), ("html=a", True, "{name}")],
)
def test_wrong_report_files_are_told(option: str, several: bool, said: str) -> None:
    """An unknown format, a missing path, and one page for several experiments say what to write instead."""
    with pytest.raises(UsageError, match=said):
        report_files([option], several=several)


def test_names_must_be_known() -> None:
    """Stages are those of the checklist; checks and families count, the latter in both spellings."""
    assert tuple(stage.name for stage in STAGES) == STAGE_NAMES
    refuse_unknown_stages(STAGE_NAMES)
    refuse_unknown_checks(["dead-relu", "learning_rate", "learning-rate"])
    with pytest.raises(UsageError, match="stages are setup"):
        refuse_unknown_stages(["trian"])
    with pytest.raises(CnndoctorError, match="dead-relu"):
        refuse_unknown_checks(["dead-rely"])
