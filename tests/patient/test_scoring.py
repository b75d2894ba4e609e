"""Scores against slow and obvious versions of themselves, for every shape that outputs and targets come in."""

from __future__ import annotations

import functools
import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndoctor.patient.scoring import Tally, constant_loss
from cnndoctor.patient.task import OfOtherOutputs, Task

N, C = 40, 5


@pytest.fixture
def draw() -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(0)


def tallied(task: Task, loss: object, outputs: Tensor, targets: Tensor, batch: int = 7) -> Tally:
    """Tally in uneven batches, as a loader gives them."""
    tally = Tally(task=task, loss=loss)
    for start in range(0, len(targets), batch):
        tally.add(outputs[start : start + batch], targets[start : start + batch])
    return tally


def share(pairs: list[tuple[int, int]]) -> float:
    """Return the share of equal pairs."""
    return sum(a == b for a, b in pairs) / len(pairs)


def most_frequent(values: list[int]) -> float:
    """Return the share of the most frequent value."""
    return max(values.count(value) for value in values) / len(values)


def test_accuracy_of_class_scores(draw: torch.Generator) -> None:
    """Accuracy, chance and the prediction shares are what counting by hand gives."""
    scores, labels = torch.randn(N, C, generator=draw), torch.randint(C, (N,), generator=draw)
    tally = tallied(Task.CLASSIFICATION, nn.CrossEntropyLoss(), scores, labels)
    predicted = [max(range(C), key=row.__getitem__) for row in scores.tolist()]
    assert tally.metric == "accuracy"
    assert tally.score() == pytest.approx(share(list(zip(predicted, labels.tolist(), strict=True))))
    assert tally.chance() == tally.top_label_share() == pytest.approx(most_frequent(labels.tolist()))
    assert tally.top_prediction_share() == pytest.approx(most_frequent(predicted))
    assert tally.samples == N


def test_one_hot_targets_are_labels(draw: torch.Generator) -> None:
    """Class probabilities score as their most likely class."""
    scores, labels = torch.randn(N, C, generator=draw), torch.randint(C, (N,), generator=draw)
    plain = tallied(Task.CLASSIFICATION, nn.CrossEntropyLoss(), scores, labels)
    hot = tallied(Task.CLASSIFICATION, nn.CrossEntropyLoss(), scores, functional.one_hot(labels, C).float())
    assert hot.score() == plain.score()


@pytest.mark.parametrize("bound", ["module", "function"])
def test_ignored_labels_do_not_count(draw: torch.Generator, bound: str) -> None:
    """``ignore_index`` is left out of score and chance, also when it is bound to a function."""
    loss: object = nn.CrossEntropyLoss(ignore_index=0)
    if bound == "function":
        loss = functools.partial(functional.cross_entropy, ignore_index=0)
    scores, labels = torch.randn(N, C, generator=draw), torch.randint(C, (N,), generator=draw)
    tally = tallied(Task.CLASSIFICATION, loss, scores, labels)
    kept = [(int(p), int(t)) for p, t in zip(scores.argmax(1), labels, strict=True) if t]
    assert tally.score() == pytest.approx(share(kept))
    assert tally.chance() == pytest.approx(most_frequent([t for _, t in kept]))
    assert tally.left_out() == pytest.approx(1 - len(kept) / N)


def test_labels_out_of_range_do_not_crash() -> None:
    """Impossible labels are left out: the data stage names them."""
    tally = tallied(Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.eye(3), torch.tensor([0, 9, -5]))
    assert tally.score() == 1


def test_nothing_but_ignored_labels_is_no_score() -> None:
    """Without one label that counts the score is not a number, and not zero."""
    tally = tallied(Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.eye(3), torch.full((3,), -100))
    assert math.isnan(tally.score())
    assert not tally.metric


@pytest.mark.parametrize("shape", [(N,), (N, 1)])
@pytest.mark.parametrize("loss", [nn.BCEWithLogitsLoss(), nn.BCELoss()])
def test_one_score_of_two_classes(draw: torch.Generator, shape: tuple[int, ...], loss: nn.Module) -> None:
    """One logit turns positive at 0, one probability at 0.5, whatever the shapes of both."""
    logits, labels = torch.randn(shape, generator=draw), torch.randint(2, (N,), generator=draw).float()
    outputs = logits if isinstance(loss, nn.BCEWithLogitsLoss) else logits.sigmoid()
    tally = tallied(Task.CLASSIFICATION, loss, outputs, labels)
    predicted = [int(value > 0) for value in logits.flatten().tolist()]
    assert tally.score() == pytest.approx(share(list(zip(predicted, [int(v) for v in labels], strict=True))))


def test_own_loss_with_probabilities(draw: torch.Generator) -> None:
    """Scores that all lie in [0, 1] under a loss nobody knows are probabilities."""
    logits, labels = torch.randn(N, generator=draw), torch.randint(2, (N,), generator=draw).float()
    known = tallied(Task.CLASSIFICATION, nn.BCEWithLogitsLoss(), logits, labels)
    assert tallied(Task.CLASSIFICATION, nn.Identity(), logits.sigmoid(), labels).score() == known.score()


def test_pixels_of_a_mask(draw: torch.Generator) -> None:
    """[N, C, H, W] against [N, H, W] counts pixels."""
    scores, mask = torch.randn(6, C, 3, 4, generator=draw), torch.randint(C, (6, 3, 4), generator=draw)
    pairs = [
        (int(scores[n, :, h, w].argmax()), int(mask[n, h, w]))
        for n in range(6)
        for h in range(3)
        for w in range(4)
    ]
    tally = tallied(Task.SEGMENTATION, nn.CrossEntropyLoss(), scores, mask, batch=4)
    assert tally.score() == pytest.approx(share(pairs))
    assert (
        tallied(Task.SEGMENTATION, nn.CrossEntropyLoss(), scores, mask[:, None], 4).score() == tally.score()
    )


def test_channels_of_an_overlapping_mask(draw: torch.Generator) -> None:
    """Under a binary loss each channel of a mask is a yes or no of its own."""
    scores, mask = torch.randn(4, 3, 2, 2, generator=draw), torch.randint(2, (4, 3, 2, 2), generator=draw)
    tally = tallied(Task.SEGMENTATION, nn.BCEWithLogitsLoss(), scores, mask.float())
    hits = [int(s > 0) == int(t) for s, t in zip(scores.flatten(), mask.flatten(), strict=True)]
    assert tally.score() == pytest.approx(sum(hits) / len(hits))


@pytest.mark.parametrize("length", [4, C])
def test_positions_of_a_sequence(draw: torch.Generator, length: int) -> None:
    """[N, T, C] against [N, T] is understood when only that fits; [N, C, T] is the torch order."""
    scores, tags = torch.randn(6, C, length, generator=draw), torch.randint(C, (6, length), generator=draw)
    pairs = [(int(scores[n, :, t].argmax()), int(tags[n, t])) for n in range(6) for t in range(length)]
    assert tallied(Task.SEGMENTATION, nn.CrossEntropyLoss(), scores, tags).score() == pytest.approx(
        share(pairs)
    )
    if length != C:
        last = scores.transpose(1, 2)
        assert tallied(Task.SEGMENTATION, nn.CrossEntropyLoss(), last, tags).score() == pytest.approx(
            share(pairs)
        )


def test_positions_folded_into_the_batch(draw: torch.Generator) -> None:
    """[N*T, C] against [N, T], as a step may hand back, is the same as unfolded."""
    scores, tags = torch.randn(24, C, generator=draw), torch.randint(C, (6, 4), generator=draw)
    tally = Tally(task=Task.SEGMENTATION, loss=nn.CrossEntropyLoss())
    tally.add(scores, tags)
    assert tally.score() == pytest.approx(float((scores.argmax(1) == tags.flatten()).float().mean()))


def test_several_labels_a_sample(draw: torch.Generator) -> None:
    """Every label of a sample counts; chance is the better constant per label."""
    logits, labels = torch.randn(N, 3, generator=draw), (torch.rand(N, 3, generator=draw) > 0.8).float()
    tally = tallied(Task.MULTILABEL, nn.BCEWithLogitsLoss(), logits, labels)
    hits = [
        (a > 0) == bool(b) for a, b in zip(logits.flatten().tolist(), labels.flatten().tolist(), strict=True)
    ]
    assert tally.score() == pytest.approx(sum(hits) / len(hits))
    constant = [most_frequent(column.tolist()) for column in labels.unbind(1)]
    assert tally.chance() == pytest.approx(sum(constant) / 3)


def test_labels_by_index() -> None:
    """Rows of indices that end at -1, as MultiLabelMarginLoss wants them, are sets of labels."""
    scores = torch.tensor([[2.0, -1, 3], [-1.0, 2, -1]])
    tally = tallied(
        Task.MULTILABEL, nn.MultiLabelMarginLoss(), scores, torch.tensor([[2, 0, -1], [1, -1, 2]])
    )
    assert tally.score() == 1


@pytest.mark.parametrize("columns", [0, 1, 3])
def test_regression(draw: torch.Generator, columns: int) -> None:
    """R2 is one minus error over variance; (N,) and (N, 1) meet without broadcasting."""
    shape = (N, columns) if columns else (N,)
    values = torch.randn(shape, generator=draw) * 7 + 100
    outputs = values + torch.randn(shape, generator=draw)
    tally = tallied(Task.REGRESSION, nn.MSELoss(), outputs.reshape(N, -1), values)
    table, answers = values.reshape(N, -1).double(), outputs.reshape(N, -1).double()
    expected = 1 - float((answers - table).square().mean() / table.var(0, correction=0).mean())
    assert tally.metric == "r2"
    assert tally.score() == pytest.approx(expected)
    assert tally.chance() == 0
    spread = float(answers.var(0, correction=0).mean() / table.var(0, correction=0).mean())
    assert tally.output_std() == pytest.approx(math.sqrt(spread))


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        (nn.PoissonNLLLoss(), [0.0, math.log(2.0), math.log(4.0)]),
        (functools.partial(functional.poisson_nll_loss, log_input=True), [0.0, math.log(2.0), math.log(4.0)]),
        (nn.PoissonNLLLoss(log_input=False), [1.0, 2.0, 4.0]),
        (functools.partial(functional.poisson_nll_loss, log_input=False), [1.0, 2.0, 4.0]),
    ],
)
def test_log_rates_are_counts(loss: object, outputs: list[float]) -> None:
    """A Poisson loss wants logarithms of rates unless told otherwise; the score compares rates with counts."""
    tally = tallied(Task.REGRESSION, loss, torch.tensor(outputs), torch.tensor([1.0, 2.0, 4.0]))
    assert tally.score() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("task", "loss", "outputs", "targets"),
    [
        (Task.REGRESSION, nn.PoissonNLLLoss(), [1.0, 2.0, 4.0], [1.0, 2.0, 4.0]),
        (
            Task.REGRESSION,
            functools.partial(functional.poisson_nll_loss, full=True),
            [1.0, 2.0, 4.0],
            [1.0, 2.0, 4.0],
        ),
        (Task.CLASSIFICATION, nn.BCEWithLogitsLoss(), [0.1, 0.8, 0.3], [0.0, 1.0, 0.0]),
    ],
)
def test_what_a_step_makes_of_scores_is_taken_as_it_is(
    task: Task, loss: object, outputs: list[float], targets: list[float]
) -> None:
    """Rates and probabilities that a step names beside a loss of logarithms and logits are no logarithms and logits."""
    named = tallied(task, OfOtherOutputs(loss), torch.tensor(outputs), torch.tensor(targets))
    assert named.score() == pytest.approx(1.0)
    assert tallied(task, loss, torch.tensor(outputs), torch.tensor(targets)).score() < 1


@pytest.mark.parametrize(
    "loss", [nn.CrossEntropyLoss(ignore_index=0), functools.partial(functional.cross_entropy, ignore_index=0)]
)
def test_settings_hold_for_other_outputs(loss: object) -> None:
    """A label that the loss leaves out is left out of scores, whatever a step makes of its outputs."""
    tally = tallied(Task.CLASSIFICATION, OfOtherOutputs(loss), torch.eye(3), torch.tensor([0, 1, 2]))
    assert tally.labels_left_out == 1


def test_shapes_that_do_not_meet_are_left_out() -> None:
    """What cannot be scored gives no score instead of a wrong one."""
    for task in Task:
        tally = tallied(task, nn.MSELoss(), torch.zeros(4, 3), torch.zeros(4, 2))
        assert math.isnan(tally.score()), task
        tally.add(None, None)
        tally.add(torch.tensor(1.0), torch.tensor(1))
        assert not tally.samples


def test_sequences_without_alignment() -> None:
    """CTC outputs are decoded greedily: repeats merged, blanks dropped, padding of the target ignored."""
    best = torch.tensor([[1, 1, 0, 1, 2], [0, 2, 2, 0, 0]])  # [N, T]
    scores = functional.one_hot(best, 3).float().transpose(0, 1)  # [T, N, C]
    tally = Tally(task=Task.CTC, loss=nn.CTCLoss())
    tally.add(scores, torch.tensor([[1, 1, 2], [1, 0, 0]]))
    assert tally.score() == 0.5
    assert tally.metric == "exact-sequences"


def test_labels_of_later_batches_may_be_more() -> None:
    """A batch with more classes makes the counts grow, and one with fewer still fits."""
    tally = Tally(task=Task.CLASSIFICATION, loss=None)
    for classes in (2, 4, 3):
        tally.add(torch.eye(classes), torch.arange(classes))
    assert tally.score() == 1
    assert tally.confusion is not None
    assert tally.confusion.shape == (4, 4)


def best_constant(loss: nn.Module, columns: int, targets: Tensor) -> float:
    """Return the loss of the best constant output, found by descending."""
    constant = torch.zeros(columns, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([constant], max_iter=100)

    def closure() -> Tensor:
        optimizer.zero_grad()
        outputs = constant.expand(len(targets), columns) if columns > 1 else constant.expand(len(targets))
        value: Tensor = loss(outputs, targets)
        value.backward()
        return value

    for _ in range(5):
        optimizer.step(closure)
    return float(closure().detach())


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(),
        nn.CrossEntropyLoss(label_smoothing=0.2),
        nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5, 2], dtype=torch.float64)),
    ],
    ids=["plain", "smoothed", "weighted"],
)
def test_loss_of_the_best_constant_class_scores(draw: torch.Generator, loss: nn.Module) -> None:
    """The loss at chance is the entropy of the labels, also with smoothing or weights."""
    labels = torch.randint(3, (N,), generator=draw).clamp_max(2)
    labels[:20] = 0
    tally = tallied(Task.CLASSIFICATION, loss, torch.zeros(N, 3), labels)
    assert constant_loss(loss, Task.CLASSIFICATION, tally) == pytest.approx(
        best_constant(loss, 3, labels), abs=1e-6
    )


def test_loss_of_the_best_constant_logit_and_value(draw: torch.Generator) -> None:
    """One logit has the entropy of two classes; a value has the variance of the targets."""
    labels = (torch.rand(N, generator=draw) > 0.8).double()
    binary = nn.BCEWithLogitsLoss()
    tally = tallied(Task.CLASSIFICATION, binary, torch.zeros(N), labels)
    assert constant_loss(binary, Task.CLASSIFICATION, tally) == pytest.approx(
        best_constant(binary, 1, labels), abs=1e-6
    )
    values = torch.randn(N, generator=draw).double()
    tally = tallied(Task.REGRESSION, nn.MSELoss(), torch.zeros(N), values)
    assert constant_loss(nn.MSELoss(), Task.REGRESSION, tally) == pytest.approx(
        best_constant(nn.MSELoss(), 1, values)
    )


@pytest.mark.parametrize(
    "loss",
    [
        nn.CrossEntropyLoss(reduction="sum"),
        nn.Identity(),
        functools.partial(functional.cross_entropy, reduction="sum"),
    ],
)
def test_unknown_losses_have_no_constant(loss: object) -> None:
    """A sum, or a loss of the user's own, has no such number."""
    tally = tallied(Task.CLASSIFICATION, loss, torch.eye(3), torch.arange(3))
    assert math.isnan(constant_loss(loss, Task.CLASSIFICATION, tally))


def test_a_batch_without_targets_in_it_is_left_out() -> None:
    """An empty tensor of targets, as of pictures in which nothing is marked, is no score and no crash."""
    tally = Tally(task=Task.REGRESSION)
    tally.add(torch.zeros(4, 1), torch.zeros(0, 1))
    tally.add(torch.zeros(0, 1), torch.zeros(0, 1))
    assert tally.samples == 0
