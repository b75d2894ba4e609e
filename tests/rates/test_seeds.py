"""How many sweeps are made, and from where: stand-ins for real sweeps, nothing is trained."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.evidence.lr_range import Sweep
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import seeds
from cnndoctor.rates.plan import Plan
from tests.small import small
from tests.stages.alone import context_of

PLAN = Plan(configured=0.1, peak=0.1, schedule="constant", ratios=(1.0,), adaptive=False)
CLEAR = Sweep(
    seed=0, lrs=(), losses=(1.0,) * 120, smoothed=(), stopped="end", signal=20.0, low=1e-3, minimum=0.1
)
ELSEWHERE = replace(CLEAR, minimum=0.5)
WEAK = replace(CLEAR, signal=5.0)
SILENT = replace(CLEAR, signal=1.0, low=math.nan, minimum=math.nan)
BROKEN = replace(SILENT, losses=(1e9,) * 10, stopped="diverged")


def swept(monkeypatch, seen, *, ladder=False, effort="standard", seconds=None):
    """Sweep over seeds that see these things, one after the other; return how many were made and where each began."""
    began = []

    def sweep(experiment, lrs, *, seed, box, tell):
        began.append(lrs[0])
        assert seed == experiment.seed + len(began) - 1
        return seen[len(began) - 1]

    monkeypatch.setattr(seeds, "sweep", sweep)
    experiment = small("stages.lr_range={steps: 120, seeds: 3}")
    context = context_of(experiment, effort=effort)
    assert len(seeds.sweeps_over_seeds(context, PLAN, TimeBox(seconds), ladder=ladder)) == len(began)
    return began


@pytest.mark.parametrize(("seen", "settings", "made"), [
    ((CLEAR, CLEAR), {}, 2),  # two that agree make a third superfluous
    ((CLEAR, ELSEWHERE, CLEAR), {}, 3),  # two that do not
    ((SILENT, SILENT), {}, 2),  # nothing to be seen is not looked for again
    ((WEAK, SILENT, SILENT), {}, 3),  # a little is looked for once more
    ((WEAK, SILENT), {"ladder": True}, 2),  # unless short runs decide
    ((SILENT,), {"effort": "smoke"}, 1),
    ((CLEAR,), {"seconds": 0.0}, 1),  # the first is made in any case
])  # fmt: skip
def test_as_many_sweeps_as_it_takes(monkeypatch, seen, settings, made):
    """Sweeps end as soon as they agree, or plainly show nothing."""
    assert len(swept(monkeypatch, seen, **settings)) == made


def test_a_loss_that_breaks_at_once_is_swept_further_down(monkeypatch):
    """Large targets or inputs want tiny rates: the next sweeps begin ten thousand times lower."""
    began = swept(monkeypatch, (BROKEN, CLEAR, CLEAR))
    assert began == pytest.approx([1e-6, 1e-10, 1e-10])
