"""The terminal report reads well at any width, in a log and in colour."""

from dataclasses import replace

from cnndoctor.report import Report
from cnndoctor.reporters import Context
from cnndoctor.reporters.terminal import render


def test_verdict_comes_first_and_errors_before_notes(report: Report, context: Context) -> None:
    """The first line is the verdict; causes follow in the report's order."""
    text = render(report, context)
    assert text.startswith("UNHEALTHY  digits-cnn")
    assert text.index("error[learning-rate-too-high]") < text.index("note[loader-slow]")


def test_key_is_underlined_at_its_column(report: Report, context: Context) -> None:
    """The caret stands under the key and its value, and the place carries the column."""
    lines = render(report, replace(context, width=120)).splitlines()
    at = next(index for index, line in enumerate(lines) if "--> configs/a.yaml:6:41" in line)
    start = lines[at + 1].index("lr: 5e-1")
    assert lines[at + 2][start : start + 8] == "^" * 8
    assert lines[at + 2].count("^") == 8


def test_only_commands_and_patches_exceed_the_width(report: Report, context: Context) -> None:
    """Lines are wrapped, but what is there to be copied is not."""
    for line in render(report, context).splitlines():
        assert len(line) <= 80 or line.lstrip().startswith(("+ ", "cnndoctor", "tensorboard"))


def test_user_text_is_no_markup(report: Report, context: Context) -> None:
    """Square brackets of the user's stay square brackets, in colour too."""
    coloured = render(report, replace(context, colour=True, width=4000))
    assert "[red]x[/red]" in coloured
    assert "\x1b[1;31m" in coloured
    assert "\x1b[" not in render(report, context)


def test_unreadable_config_still_points(report: Report) -> None:
    """Without the experiment file the place is named, without an excerpt."""
    text = render(report, Context())
    assert "--> configs/a.yaml:6\n" in text
    assert "^^^" not in text
