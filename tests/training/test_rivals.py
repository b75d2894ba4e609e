"""Which changes make sense for an experiment."""

from __future__ import annotations

import pytest

from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.training.rivals import ATTACHED, INPUTS, SHUFFLED, activated, permuting, rivals
from tests.small import node, small


@pytest.mark.parametrize("cut", [False, True])
def test_the_whole_graph_is_tried_only_where_gradients_are_cut(cut: bool) -> None:
    """A run whose gradients are whole is not tried without cuts."""
    assert (ATTACHED in list(rivals(small(), penalised=False, cut=cut))) is cut


REBUILT = (
    f"step={node('rebuilding_step')[:-1]}, _partial_: true}}",
    f"data.loader.collate_fn={node('points_alone')[:-1]}, _partial_: true}}",
)


@pytest.mark.parametrize(
    ("settings", "tried"), [((), True), (REBUILT, False)], ids=["labels", "inputs alone"]
)
def test_scaled_inputs_are_no_rival_where_they_are_what_is_rebuilt(
    settings: tuple[str, ...], *, tried: bool
) -> None:
    """A loss of scaled counts against scaled counts is another loss: lower is not better."""
    assert (INPUTS in list(rivals(small(*settings), penalised=False))) is tried


SWAPPED = ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True)


def test_what_the_forward_scrambles_is_tried_with_permutes() -> None:
    """Each pair of a sample's shapes is named once; the axes of the batch are none of its business."""
    again = ReshapeFact(before=(7, 16, 8), after=(7, 8, 16), scrambles=True)
    other = ReshapeFact(before=(32, 3, 4, 5), after=(32, 4, 5, 3), scrambles=True)
    change = permuting([SWAPPED, again, other])
    assert change is not None
    assert change.name == "permuted"
    assert change.permuted == (((16, 8), (8, 16)), ((3, 4, 5), (4, 5, 3)))
    assert change in list(rivals(small(), penalised=False, reshapes=[SWAPPED, again, other]))


@pytest.mark.parametrize(
    "reshapes",
    [
        [],
        [ReshapeFact(before=(32, 16, 8), after=(32, 128))],
        [ReshapeFact(before=(32, 16, 8), after=(16, 32, 8), scrambles=True, mixes_batch=True)],
        [ReshapeFact(before=(32, 16, 8), after=(32, 4, 32), scrambles=True)],
        [SWAPPED, ReshapeFact(before=(32, 16, 8), after=(32, 4, 32), scrambles=True)],
    ],
    ids=["none", "a flattening", "across the batch", "no permute", "no permute for one of two"],
)
def test_other_reshapes_are_not_tried(reshapes: list[ReshapeFact]) -> None:
    """A sound reshape, one across the batch, and one that no swap of axes replaces have no rival."""
    assert permuting(reshapes) is None
    names = {change.name for change in rivals(small(), penalised=False, reshapes=reshapes)}
    assert "permuted" not in names


@pytest.mark.parametrize(("told", "tried"), [(True, True), (False, False)])
def test_random_order_is_tried_where_batches_come_sorted(told: bool, tried: bool) -> None:
    """Whoever orders the batches: a sampler of the user's own, too, gives way once they hold few labels each."""
    sorted_by_user = small(f"data.loader.sampler={node('Backwards')}")
    assert (SHUFFLED in list(rivals(sorted_by_user, penalised=False, sorted_batches=told))) is tried
    assert SHUFFLED in list(rivals(small("data.loader.shuffle=false"), penalised=False))


def test_layers_in_a_row_are_filled_up_to_the_last() -> None:
    """Every layer of a chain but the last gets an activation; without a chain there is nothing to try."""
    change = activated(["a → b → c", "head.0 → head.1"])
    assert change is not None
    assert change.activated == ("a", "b", "head.0")
    assert activated([]) is None


def test_an_early_layer_that_shrinks_is_let_step_by_one() -> None:
    """It is tried only where one was seen to leave little of small images."""
    changes = {change.name: change for change in rivals(small(), penalised=False, shrinking="stem.1")}
    assert changes["finer"].finer == "stem.1"
    assert "finer" not in {change.name for change in rivals(small(), penalised=False)}
