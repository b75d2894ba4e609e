"""Which changes a run that went fairly well is paired with: each is asked for by its own evidence, and by nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from cnndoctor.context import Context
from cnndoctor.evidence import GradientEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.evidence.setup import OptimizerGroup
from cnndoctor.evidence.train import LayerSeries
from cnndoctor.observers import Observers
from cnndoctor.training.asked import PULL, asked_changes, decay_pull
from tests.changed import evidence_with
from tests.healthy import healthy_evaluation, healthy_train
from tests.small import small
from tests.stems import stem

FAIR = replace(
    healthy_train(),
    train=healthy_evaluation("train", 1433, 0.3, 0.9),
    validation=healthy_evaluation("validation", 364, 0.3, 0.88),
)
# The digits are augmented, which asks for a run without: here no fact asks for anything.
QUIET = {"data.train.random_reads": 0.0}


def context(facts: Mapping[str, object]) -> Context:
    """Return what the train stage is given after stages that saw healthy evidence with these facts replaced."""
    seen = evidence_with({**QUIET, **facts})
    return Context(experiment=small(), so_far=seen, tell=Observers())


def asked(facts: Mapping[str, object], train: TrainEvidence = FAIR) -> set[str]:
    """Return the names of what is asked for."""
    return set(asked_changes(context(facts), train))


ASKS: dict[str, dict[str, object]] = {
    "attached": {"gradient": GradientEvidence(checkable=True, cut_parameters=("head.weight",))},
    "permuted": {
        "first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True),)
    },
    "finer": {"setup.layers": stem()},
    "unscrambled": {"data.train.scrambled": "colours-last"},
    "plain-inputs": {"data.train.random_reads": 0.5},
    "shuffled": {
        "data.train.loader.label_run_excess": 50.0,
        "data.train.loader.distinct_labels_per_batch": 0.2,
    },
    "standardised-inputs": {"data.train.inputs.mean": 80.0, "data.train.inputs.std": 90.0},
    "no-weight-decay": {"setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=0.1),)},
    "no-dropout": {"setup.dropouts": {"drop": 0.8}},
    "no-schedule": {"setup.planned_lr": ((0.0, 0.05), (0.1, 0.0005), (0.2, 0.000005), (1.0, 0.0))},
    "lr*10": {"lr_range.configured_peak": 0.001, "lr_range.suggestion": 0.05, "lr_range.band": (0.002, 1.0)},
    "lr/10": {"lr_range.configured_peak": 3.0, "lr_range.suggestion": 0.5, "lr_range.band": (0.002, 1.0)},
}


@pytest.mark.parametrize("name", ASKS)
def test_each_change_is_asked_for_by_what_it_would_undo(name: str) -> None:
    """One fact asks for one change, and for no other."""
    assert asked(ASKS[name]) == {name}


def test_what_is_only_quicker_is_not_asked_for_where_nothing_but_the_loss_is_known() -> None:
    """A loss without a score halves in a few epochs more, whatever the rate: a reshape may still be undone."""
    unknown = replace(
        FAIR,
        train=replace(healthy_evaluation("train", 1433, 0.3, math.nan), chance_loss=math.nan),
        validation=replace(healthy_evaluation("validation", 364, 0.3, math.nan), chance_loss=math.nan),
    )
    assert asked(ASKS["lr*10"] | ASKS["no-dropout"] | ASKS["no-weight-decay"], unknown) == set()
    assert asked(ASKS["lr*10"] | ASKS["permuted"], unknown) == {"permuted"}


def test_what_asks_together_is_tried_together() -> None:
    """Facts that stand beside each other ask for all of their changes."""
    facts = {path: value for name in ASKS if name != "lr*10" for path, value in ASKS[name].items()}
    assert asked(facts) == set(ASKS) - {"lr*10"}


def test_a_first_loss_far_above_chance_asks_for_other_weights() -> None:
    """Both usual initialisations are tried; a loss near that of knowing nothing asks for neither."""
    assert asked({"first_batch.loss.expected": 2.3, "first_batch.loss.value": 50.0}) == {
        "default-init",
        "he-init",
    }
    assert asked({"first_batch.loss.expected": 2.3, "first_batch.loss.value": 2.9}) == set()


def test_what_the_run_itself_shows_asks_as_well() -> None:
    """Steps that are nearly all clipped under plain SGD, and activations at their limits."""
    assert asked({}, replace(FAIR, clipped_share=0.98)) == {"no-clipping"}
    assert asked({"setup.optimizer.adaptive": True}, replace(FAIR, clipped_share=0.98)) == set()
    stuck = replace(layer((0.1, 0.1), (0.5, 0.5)), saturated=0.7)
    assert asked({}, replace(FAIR, layers=(stuck,))) == {"relu"}


@pytest.mark.parametrize("name", ASKS)
def test_nothing_is_asked_for_where_nothing_is_left_to_gain(name: str) -> None:
    """A run near perfect on held-out data is left alone, whatever looks odd; one that is so in training only is not."""
    perfect = replace(FAIR, validation=healthy_evaluation("validation", 364, 0.01, 0.999))
    assert asked(ASKS[name], perfect) == set()
    learnt = replace(FAIR, train=healthy_evaluation("train", 1433, 0.01, 0.999))
    assert asked(ASKS[name], learnt) == {name}


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"data": None, "first_batch": None, "gradient": None, "setup": None},
        {"gradient": GradientEvidence(checkable=True)},
        {"first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(16, 32, 8), mixes_batch=True),)},
        {"first_batch.reshapes": (ReshapeFact(before=(32, 16, 8), after=(32, 4, 32), scrambles=True),)},
        {
            "data.train.loader.label_run_excess": 50.0,
            "data.train.loader.distinct_labels_per_batch": 0.9,
        },
        {"setup.optimizer.groups": (OptimizerGroup(lr=0.05, weight_decay=5e-4),)},
        {"setup.dropouts": {"head": 0.5}},
        {"lr_range.configured_peak": 0.39},
        {"lr_range.configured_peak": 0.01},
        {"lr_range.configured_peak": 0.8, "lr_range.band": ()},
        {"lr_range.suggestion": float("nan")},
        {"first_batch.loss.value": 6.0},
        {"first_batch.loss.value": 40.0, "first_batch.loss.expected": float("nan")},
    ],
    ids=[
        "nothing odd",
        "nothing seen",
        "whole graph",
        "batch cut",
        "no permute",
        "many labels",
        "mild decay",
        "usual dropout",
        "edge of the band",
        "below the suggestion",
        "no band",
        "no suggestion",
        "a usual first loss",
        "chance unknown",
    ],
)
def test_a_sound_run_is_asked_nothing(facts: Mapping[str, object]) -> None:
    """What is as it should be, unknown, or beyond what a change could undo costs no paired run."""
    assert asked(facts) == set()


def test_a_first_loss_far_above_chance_asks_for_both_initialisations() -> None:
    """Scores of 40 where knowing nothing costs 2.3: weights are tried as PyTorch and as He would set them."""
    assert asked({"first_batch.loss.value": 40.0}) == {"default-init", "he-init"}


@pytest.mark.parametrize(("share", "names"), [(0.97, {"no-clipping"}), (0.5, set())])
def test_steps_that_are_nearly_all_clipped_ask_to_be_whole(share: float, names: set[str]) -> None:
    """Clipping now and then is what it is for; to Adam the length of a gradient is nothing."""
    clipped = replace(FAIR, clipped_share=share)
    assert asked({}, clipped) == names
    assert asked({"setup.optimizer.adaptive": True}, clipped) == set()


@pytest.mark.parametrize(("saturated", "names"), [(0.7, {"relu"}), (0.3, set())])
def test_activations_at_their_limits_ask_for_rectifiers(saturated: float, names: set[str]) -> None:
    """Half of the outputs of one layer at the limit are enough; fewer are usual."""
    layers = (*FAIR.layers[:-1], replace(FAIR.layers[-1], saturated=saturated))
    assert asked({}, replace(FAIR, layers=layers)) == names


def test_cuts_are_tried_only_where_a_score_tells_what_they_cost() -> None:
    """A loss of a run without any score is small where its own target follows: it proves nothing of a cut."""
    cut = ASKS["attached"]
    unscored = replace(
        FAIR,
        train=replace(healthy_evaluation("train", 1433, 0.3, float("nan")), chance=float("nan"), classes=()),
        validation=None,
    )
    assert asked(cut, unscored) == set()


def layer(gradient: tuple[float, ...], weight: tuple[float, ...]) -> LayerSeries:
    """Return a layer with these gradients and weights over time."""
    return LayerSeries(path="x", kind="Linear", gradient_rms=gradient, weight_rms=weight)


def pull(*layers: LayerSeries, name: str = "SGD", decays: tuple[float, ...] = (0.1,)) -> float:
    """Return how hard decay pulls in a run with these layers and this optimizer."""
    groups = tuple(OptimizerGroup(lr=0.05, weight_decay=decay) for decay in decays)
    facts = {"setup.optimizer.groups": groups, "setup.optimizer.name": name}
    return decay_pull(evidence_with(facts), replace(FAIR, layers=layers))


def test_decay_is_held_against_the_gradient_of_the_later_half() -> None:
    """Its pull is decay times weight over gradient, in the median over layers; what was so at the start does not count."""
    early = layer((1e-6, 1e-6, 0.1, 0.1), (1.0, 1.0, 0.5, 0.5))
    late = layer((0.1, 0.1, 0.01, 0.01), (0.1, 0.1, 0.5, 0.5))
    assert pull(early) == pytest.approx(0.5)
    assert pull(early, late, late) == pytest.approx(5.0)
    assert pull(early, decays=(0.1, 0.02)) == pytest.approx(0.1)


def test_layers_without_weights_or_gradients_pull_nothing() -> None:
    """A pool has neither, a dead layer no gradient: what is left decides, and where nothing is left, nothing is known."""
    whole = layer((0.1, 0.1), (0.5, 0.5))
    assert pull(whole, layer((), ()), layer((0.0, 0.0), (0.5, 0.5))) == pytest.approx(0.5)
    assert pull(layer((0.0, 0.0), (0.5, 0.5))) == 0.0
    assert pull() == 0.0


@pytest.mark.parametrize(
    ("name", "decays"), [("AdamW", (0.1,)), ("SGD", (0.0,)), ("SGD", (0.1, 0.0)), ("SGD", ())]
)
def test_decay_that_is_no_gradient_or_not_everywhere_is_not_measured(
    name: str, decays: tuple[float, ...]
) -> None:
    """AdamW's acts beside the gradient, and what one group is spared of was thought about; the same of plain Adam is."""
    strong = layer((0.01, 0.01), (0.5, 0.5))
    assert pull(strong, name=name, decays=decays) == 0.0
    assert pull(strong, name="Adam") > PULL


def test_without_a_setup_no_decay_is_known() -> None:
    """Where the model could not be built nothing pulls."""
    assert decay_pull(evidence_with({"setup": None}), FAIR) == 0.0
