"""The terminal report reads well at any width, in a log and in colour."""

from dataclasses import replace

from cnndoctor.finding import Outcome, Place
from cnndoctor.report import Report, StageResult
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


def test_setting_of_the_command_line_is_shown_in_place_of_the_line(report: Report, context: Context) -> None:
    """The file's line shows another value than the one that counted, so that it is not underlined."""
    told = replace(report, environment={**report.environment, "overrides": "seed=1\noptimizer.lr=0.5"})
    text = render(told, context)
    assert "--> configs/a.yaml:6 (--set optimizer.lr=0.5)" in text
    assert "lr: 5e-1" not in text


def test_traceback_keeps_its_lines(report: Report, context: Context) -> None:
    """What was said in several lines is printed in several lines."""
    said = 'Traceback:\n  File "mine.py", line 3, in forward\nValueError: no'
    raised = replace(report.causes[0], measured={"phase": "forward", "traceback": said})
    lines = render(replace(report, causes=(raised,)), context).splitlines()
    at = lines.index("    Traceback:")
    assert lines[at + 1 : at + 3] == ['      File "mine.py", line 3, in forward', "    ValueError: no"]


def test_curves_are_named_by_what_they_measure(report: Report, context: Context) -> None:
    """A curve is called by its axis and its name, once where both are the same."""
    plot = replace(report.plots[0], x_label="step", y_label="accuracy")
    named = replace(plot.curves[0], name="training", x=(0.0, 1.0), y=(0.1, 0.9))
    text = render(
        replace(report, plots=(replace(plot, curves=(named, replace(named, name="accuracy"))),)), context
    )
    assert "  accuracy, training  ▁█" in text
    assert "  accuracy            ▁█" in text


def test_an_own_fault_is_owned(report: Report, context: Context) -> None:
    """Where cnndoctor itself broke, it says so, and that the rest stands; otherwise it says nothing of the kind."""
    broken = StageResult(name="data", status="crashed", note="own fault: KeyError: 3 (data.py:7)")
    text = " ".join(render(replace(report, stages=(broken,)), context).split())
    assert "not of the experiment; sorry" in text
    assert "sorry" not in render(report, context)


def test_skipped_checks_share_their_reason_or_are_named(report: Report, context: Context) -> None:
    """A reason of many is said once with their number; a reason of one names the check."""
    outcomes = tuple(Outcome(check=f"check-{i}", status="skipped", reason="no data") for i in range(9))
    alone = Outcome(check="saturated-units", status="skipped", reason="no sigmoid")
    text = render(replace(report, outcomes=(*outcomes, alone)), context)
    assert "  skipped   9 checks: no data\n            saturated-units: no sigmoid\n" in text
    own = tuple(Outcome(check=f"c{i}", status="skipped", reason=f"reason {i}") for i in range(9))
    text = render(replace(report, outcomes=own), context)
    assert "  skipped   9 checks, each for a reason of its own, named in report.html\n" in text


def test_a_source_is_named_once(report: Report, context: Context) -> None:
    """A place in the user's code is its file and line, not its path twice."""
    place = Place(kind="source", name="/home/me/net.py", file="net.py", line=12)
    text = render(replace(report, causes=(replace(report.causes[0], places=(place,)),)), context)
    assert "  where     source net.py:12\n" in text


def test_an_interrupted_run_says_how_to_go_on(report: Report, context: Context) -> None:
    """What a person broke off is called interrupted and not crashed, and the command that resumes it is there."""
    stages = (
        StageResult(name="gradient", status="crashed", seconds=3.0, note="interrupted"),
        StageResult(name="train", status="skipped", note="interrupted"),
    )
    text = render(replace(report, stages=stages, run="runs/a/1"), context)
    assert "crashed" not in text.partition("stages  ")[2].partition("checks  ")[0]
    assert "skipped · interrupted" in text
    assert "--resume runs/a/1" in text
    assert "--resume" not in render(replace(report, run="runs/a/1"), context)
