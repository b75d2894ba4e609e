"""Which losses are played as a game: part of the parameters raises what the others lower."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.catalogue import by_id
from cnndoctor.context import Context
from cnndoctor.evidence.gradient import GradientEvidence, TensorCheck
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.observers import Observers
from cnndoctor.signs.game import is_a_game
from cnndoctor.training.what_to_try import why_and_what
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_gradient, healthy_lr_range, healthy_overfit
from tests.small import small
from tests.verdicts import found, silent


def turned(*factors: float, verdict: str = "unchecked") -> GradientEvidence:
    """Return true gradients, and beside them one tensor for each factor by which its gradient was multiplied."""
    made = tuple(
        TensorCheck(
            name=f"G.{i}.weight", layer=f"G.{i}", error=2.0, verdict=verdict, analytic=f * 0.3, numeric=0.3
        )
        for i, f in enumerate(factors)
    )
    return replace(healthy_gradient(), tensors=(*healthy_gradient().tensors, *made))


@pytest.mark.parametrize(
    ("gradient", "game"),
    [
        (turned(-1.0, -1.0), True),
        (turned(-0.1, -0.1, -0.1), True),
        (turned(-1.0, 0.4), False),
        (turned(-1.0, -0.3), False),
        (turned(-1.0), False),
        (turned(-1.0, float("nan")), False),
        (turned(-1.0, -1.0, verdict="wrong"), False),
        (healthy_gradient(), False),
        (None, False),
    ],
    ids=[
        "GAN",
        "scaled",
        "a second loss joins in",
        "cut graph",
        "one alone",
        "not finite",
        "wrong",
        "true",
        "unseen",
    ],
)
def test_a_game_turns_the_gradients_of_one_side_by_one_factor(
    gradient: GradientEvidence | None, *, game: bool
) -> None:
    """Only a reversal turns every number of one side alike; cut graphs, estimators and joined losses do not."""
    assert is_a_game(gradient) is game


STILL = failed_train(losses=tuple(1.38 - 0.0001 * (i % 7) for i in range(135)))
STILL = replace(STILL, metric="", **{
    split: replace(getattr(STILL, split), score=float("nan"), chance=float("nan"), chance_loss=float("nan"), loss=1.38)
    for split in ("train", "validation")
})  # fmt: skip
PAIRED = tuple(
    PairedRun(
        factor=factor, lr=1e-3 * factor, seed=seed, steps=60, loss_start=1.4, loss_end=end, eval_end=end,
        eval_losses=tuple(end + 0.01 * (i - 2) for i in range(5)),
    )
    for seed in (0, 1) for factor, end in {0.1: 1.37, 1.0: 1.35, 10.0: 1.0, 100.0: 0.3}.items()
)  # fmt: skip
PLAYED = {
    "lr_range": replace(healthy_lr_range(), configured=1e-3, configured_peak=1e-3, paired=PAIRED),
    "train": STILL,
    "overfit": replace(
        healthy_overfit(), metric="loss-reduction", goal=0.5, chance=0.0,
        configured=replace(
            healthy_overfit().configured, loss_start=1.39, loss_end=1.4, score=0.0, reached=False, falling=False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("check", ["learning-rate-too-low", "loss-flat", "cannot-overfit-tiny-set"])
def test_a_loss_that_two_sides_hold_up_accuses_nobody(check: str) -> None:
    """A GAN in balance keeps its loss; that a wild rate lets one side win is no praise of it."""
    assert found(by_id(check), PLAYED).message
    assert silent(by_id(check), {**PLAYED, "gradient": turned(-1.0, -1.0)})


def test_nothing_is_tried_beside_a_game() -> None:
    """Paired runs would be compared by a loss that says nothing of who plays well."""
    context = Context(experiment=small(), so_far=evidence_with({}), tell=Observers())
    assert why_and_what(context, STILL)[0]
    played = replace(context, so_far=evidence_with({"gradient": turned(-1.0, -1.0)}))
    assert why_and_what(played, STILL) == ("", [])
