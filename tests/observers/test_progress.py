"""Progress is a bar for a person, lines for a log, and silence when asked."""

from io import StringIO

from rich.console import Console

from cnndoctor.observers.progress import BarObserver, LogObserver, progress_observers
from cnndoctor.report import StageResult


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_right_kind_is_chosen() -> None:
    """A terminal gets a bar; a file, CI and a dumb terminal get lines; -q gets nothing."""
    chosen = progress_observers(quiet=False, stream=Terminal(), environment={})
    assert isinstance(chosen[0], BarObserver)
    for stream, environment in (
        (StringIO(), {}),
        (Terminal(), {"CI": "true"}),
        (Terminal(), {"TERM": "dumb"}),
    ):
        assert isinstance(
            progress_observers(quiet=False, stream=stream, environment=environment)[0], LogObserver
        )
    assert progress_observers(quiet=True) == []


def test_log_has_a_line_a_stage_and_a_heartbeat() -> None:
    """Nothing for half a minute, then how far and how long, then the stage's result."""
    now = [0.0]
    out = StringIO()
    log = LogObserver(out, clock=lambda: now[0])
    log.stage_started("overfit", "fits 32 samples")
    for done in range(0, 50, 10):
        now[0] = float(done)
        log.progress(done, 100, "steps")
    log.stage_finished(StageResult(name="overfit", status="ran", seconds=50.0, note="fits"))
    log.stage_finished(StageResult(name="train", status="skipped", note="a cause\nstands"))
    assert out.getvalue().splitlines() == [
        "  overfit: steps 30 of 100, 30 s so far, about 70 s left",
        "ran     overfit        50.0 s  fits",
        "skipped train                  a cause stands",
    ]


def test_a_count_over_several_phrases_keeps_its_time() -> None:
    """A count that goes on under another phrase is timed from its start; one that begins anew is not."""
    now = [0.0]
    out = StringIO()
    log = LogObserver(out, clock=lambda: now[0])
    log.stage_started("lr-range", "sweeps")
    for second, done, doing in ((0, 0, "seed 1"), (20, 200, "seed 1"), (40, 400, "seed 2"), (60, 0, "again")):
        now[0] = float(second)
        log.progress(done, 600, doing)
    now[0] = 80.0
    log.progress(100, 600, "again")
    assert out.getvalue().splitlines() == [
        "  lr-range: seed 2 400 of 600, 40 s so far, about 20 s left",
        "  lr-range: again 100 of 600, 20 s so far, about 100 s left",
    ]


def test_unknown_total_has_no_estimate() -> None:
    """An iterable without length shows the count alone."""
    now = [0.0]
    out = StringIO()
    log = LogObserver(out, clock=lambda: now[0])
    log.stage_started("data", "reads")
    now[0] = 31.0
    log.progress(1200, None, "reads")
    assert out.getvalue() == "  data: reads 1,200, 31 s so far\n"


def test_bar_leaves_a_line_and_reads_no_markup() -> None:
    """After a stage one line stays; a user's brackets are text; a new phrase starts a new count."""
    out = Terminal()
    bar = BarObserver(Console(file=out, force_terminal=True, width=100, color_system=None))
    bar.stage_started("train", "epoch [red]1[/red]")
    bar.progress(1, 10, "epoch [red]1[/red]")
    bar.progress(0, None, "validation")
    bar.stage_finished(StageResult(name="train", status="ran", seconds=3.0, note="20 epochs [red]"))
    bar.progress(1, 2, "late")
    bar.close()
    assert "epoch [red]1[/red]" in out.getvalue()
    assert out.getvalue().rstrip().endswith("✓ train           3.0 s  20 epochs [red]")
