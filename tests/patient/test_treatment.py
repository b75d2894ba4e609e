"""Each change does what it says to a fresh session, and only that."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, SequentialSampler

from cnndoctor.errors import UserCodeError
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.session import Session
from cnndoctor.patient.treatment import (
    apply_change,
    put_batch_first,
    reinitialise,
    replace_saturating,
    switch_dropout_off,
)
from tests.small import node, small


def change(**what: Any) -> Change:
    """Return a change."""
    return Change(name="x", words="x", **what)


def portrait(session: Session) -> dict[str, Any]:
    """Return everything a change could touch, as comparable values."""
    loader = session.train_loader
    assert isinstance(loader, DataLoader)
    return {
        "model": str(session.model),
        "weights": [p.detach().tolist() for p in session.model.parameters()],
        "optimizer": type(session.optimizer).__name__,
        "groups": [{k: v for k, v in g.items() if k != "params"} for g in session.optimizer.param_groups],
        "scheduler": copy.copy(session.scheduler.state_dict()) if session.scheduler else None,
        "smoothing": getattr(session.loss, "label_smoothing", None),
        "clip": session.clip_grad_norm,
        "accumulate": session.accumulate,
        "averaged": session.accumulate_normalised,
        "precision": (session.precision, session.scaler.is_enabled()),
        "loader": (loader.batch_size, type(loader.sampler).__name__, loader.drop_last),
        "inputs": session.change_inputs is None,
        "targets": session.change_targets is None,
    }


RICH = (
    "model.dropout=0.3",
    "loss.label_smoothing=0.1",
    "optimizer.weight_decay=0.01",
    "train={epochs: 2, accumulate: {steps: 2, normalise: false}, clip_grad_norm: 1.0, precision: bf16}",
    "scheduler={_target_: torch.optim.lr_scheduler.StepLR, step_size: 1}",
    "data.loader={batch_size: 8, shuffle: false}",
)
TOUCHES = {
    "nothing": (AS_CONFIGURED, set()),
    "rate": (change(lr_factor=0.1), {"groups", "scheduler"}),
    "optimizer": (change(optimizer="adam", lr=1e-3), {"optimizer", "groups", "scheduler"}),
    "other optimizer": (change(optimizer="sgd", lr=1e-3), {"groups", "scheduler"}),
    "dropout": (change(dropout_off=True), {"model"}),
    "decay": (change(weight_decay_off=True), {"groups"}),
    "schedule": (change(schedule_off=True), {"scheduler"}),
    "smoothing": (change(label_smoothing_off=True), {"smoothing"}),
    "clipping": (change(clip_grad_norm=0.1), {"clip"}),
    "inputs": (change(standardise_inputs=True), {"inputs"}),
    "targets": (change(standardise_targets=True), {"targets"}),
    "default weights": (change(default_init=True), {"weights"}),
    "He's weights": (change(he_init=True), {"weights"}),
    "accumulation": (change(accumulate_off=True), {"accumulate"}),
    "average": (change(averaged=True), {"averaged"}),
    "precision": (change(fp32=True), {"precision"}),
    "order": (change(shuffled=True), {"loader"}),
    "batch": (change(batch_factor=2), {"loader"}),
}


@pytest.mark.parametrize(("what", "touched"), TOUCHES.values(), ids=TOUCHES)
def test_change_touches_only_what_it_says(what: Change, touched: set[str]) -> None:
    """Everything else is as configured."""
    experiment = small(*RICH)
    plain, treated = portrait(experiment.fresh()), portrait(experiment.fresh(change=what))
    assert {name for name in plain if plain[name] != treated[name]} == touched


def test_changed_values() -> None:
    """The changed values are those the change names."""
    experiment = small(*RICH)
    group = experiment.fresh(change=change(lr_factor=0.1, weight_decay_off=True)).optimizer.param_groups[0]
    assert group["lr"] == pytest.approx(0.01)
    assert group["weight_decay"] == 0
    adam = experiment.fresh(change=change(optimizer="adam", lr=3e-4)).optimizer
    assert isinstance(adam, torch.optim.Adam)
    assert adam.param_groups[0]["lr"] == 3e-4
    for loader, size, sampler in (
        (experiment.fresh(change=change(batch_factor=3)).train_loader, 24, SequentialSampler),
        (experiment.fresh(change=change(shuffled=True)).train_loader, 8, RandomSampler),
    ):
        assert isinstance(loader, DataLoader)
        assert loader.batch_size == size
        assert isinstance(loader.sampler, sampler)


class Attention(nn.Module):
    """Keeps its dropout rate as a number, as many do."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout, self.p = 0.2, 0.9


class DropPath(nn.Module):
    """Stochastic depth."""

    def __init__(self) -> None:
        super().__init__()
        self.drop_prob = 0.1


def test_every_kind_of_dropout_is_switched_off() -> None:
    """Layers, recurrent nets, attention and stochastic depth; a number called p elsewhere is no dropout."""
    model = nn.Sequential(
        nn.Dropout(0.5),
        nn.Dropout2d(0.5),
        nn.LSTM(2, 2, 2, dropout=0.5),
        Attention(),
        DropPath(),
        nn.Dropout(0.0),
    )
    assert switch_dropout_off(model) == ["0", "1", "2", "3", "4"]
    assert model[2].dropout == 0
    assert model[3].dropout == 0
    assert model[3].p == 0.9
    assert switch_dropout_off(model) == []


def test_inner_saturating_layers_become_relu() -> None:
    """Sigmoid and tanh inside are replaced, wherever a shared one stands; the one on the output stays."""
    act = nn.Tanh()
    model = nn.Sequential(
        nn.Linear(2, 2), act, nn.Linear(2, 2), act, nn.Sequential(nn.Linear(2, 1)), nn.Sigmoid()
    )
    assert replace_saturating(model) == ["1", "3"]
    assert [type(layer).__name__ for layer in model] == [
        "Linear",
        "ReLU",
        "Linear",
        "ReLU",
        "Sequential",
        "Sigmoid",
    ]
    assert replace_saturating(nn.Sequential(nn.Tanh())) == []


def test_reinitialising_by_he() -> None:
    """He's rule has variance two over fan-in; biases are zero; a lazy layer waits."""
    torch.manual_seed(0)
    layer = nn.Linear(200, 300)
    model = nn.Sequential(layer, nn.LazyLinear(3))
    nn.init.constant_(layer.weight, 0.5)
    reinitialise(model, he=True)
    assert float(layer.weight.detach().var()) == pytest.approx(2 / 200, rel=0.05)
    assert not layer.bias.detach().any()


@pytest.mark.parametrize("settings", [(), (f"data.loader.collate_fn={node('mirrored', _partial_=True)}",)])
def test_standardised_inputs(settings: tuple[str, ...]) -> None:
    """Features come with mean 0 and deviation 1, targets as they were; the random state is untouched."""
    session = small("data.loader.batch_size=48", *settings).fresh(change=change(standardise_inputs=True))
    batch = next(iter(session.train_loader))
    inputs, labels = session.prepare(batch)
    assert inputs.mean(0).abs().max() < 1e-5
    assert (inputs.var(0, correction=0) - 1).abs().max() < 1e-4
    assert torch.equal(labels, batch[1])


def test_standardising_leaves_what_it_cannot_scale() -> None:
    """Another width than the one measured passes through; integers do too."""
    session = small().fresh(change=change(standardise_inputs=True, standardise_targets=True))
    assert session.change_inputs is not None
    assert session.change_targets is not None
    wide = torch.rand(3, 9)
    assert torch.equal(session.change_inputs(wide), wide)
    assert session.change_targets(torch.tensor([1, 2])).tolist() == [1, 2]


def test_a_summed_loss_is_averaged() -> None:
    """The loss of a batch is divided by its size; a loss that is a mean stays as it is."""
    experiment = small("loss.reduction=sum")
    summed, mean = (experiment.fresh(change=c) for c in (AS_CONFIGURED, change(mean_loss=True)))
    batch = next(iter(summed.train_loader))
    before, after = (float(session.compute(batch).loss.detach()) for session in (summed, mean))
    assert after == pytest.approx(before / len(batch[0]))


@pytest.mark.parametrize(("axis", "shape"), [(-1, (8, 1)), (1, (8, 1, 1, 1))])
def test_the_last_axis_of_the_output_is_dropped_or_added(axis: int, shape: tuple[int, ...]) -> None:
    """An axis of size one goes or comes at the end of [8, 1, 1]; the numbers stay."""
    session = small().fresh()
    session.model = nn.Flatten(2)
    inputs = torch.randn(8, 1, 1)
    apply_change(session, change(output_axis=axis))
    assert torch.equal(session.forward(inputs), inputs.reshape(shape))


def test_the_activation_of_the_output_is_taken_off() -> None:
    """A session with the change gives the scores themselves."""
    session = small().fresh()
    session.model = nn.Sequential(session.model, nn.Softmax(dim=1))
    inputs = torch.randn(8, 4)
    apply_change(session, change(bare_output=True))
    assert torch.equal(session.forward(inputs), session.model[0](inputs))


def test_embeddings_start_smaller_and_a_tied_layer_with_them() -> None:
    """A deviation of 1 becomes 0.05 in the table and in what shares it; a smaller one stays as it is."""
    session = small().fresh()
    table, low = nn.Embedding(50, 8), nn.Embedding(50, 8)
    head = nn.Linear(8, 50, bias=False)
    head.weight = table.weight
    nn.init.normal_(low.weight, std=0.02)
    before = low.weight.detach().clone()
    session.model = nn.ModuleList([table, head, low])
    apply_change(session, change(small_embeddings=True))
    assert head.weight.std().item() == pytest.approx(0.05, rel=1e-3)
    assert torch.equal(low.weight, before)


@pytest.mark.parametrize(
    "layer", [nn.Conv2d(1, 3, 3, stride=2), nn.MaxPool2d(3, stride=2), nn.AvgPool2d(3, 2)]
)
def test_a_layer_steps_by_one(layer: nn.Module) -> None:
    """A convolution or pooling looks at every place, and at no other layer's."""
    session = small().fresh()
    session.model = nn.Sequential(layer, nn.MaxPool2d(2))
    apply_change(session, change(finer="0"))
    assert session.model[0](torch.randn(2, 1, 9, 9)).shape[2:] == (7, 7)
    assert session.model[1](torch.randn(2, 1, 8, 8)).shape[2:] == (4, 4)


def test_without_penalty_the_data_loss_is_left() -> None:
    """What the step reports as penalty is taken off the loss, and the outputs are the same."""
    experiment = small(f"step={node('whole_step', _partial_=True)}")
    whole, freed = (experiment.fresh(change=c) for c in (AS_CONFIGURED, change(penalty_off=True)))
    batch = next(iter(whole.train_loader))
    before, after = (session.compute(session.prepare(batch)) for session in (whole, freed))
    assert before.penalty is not None
    assert float(before.penalty.detach()) > 0
    assert float(after.loss.detach()) == pytest.approx(
        float(before.loss.detach()) - float(before.penalty.detach())
    )
    assert torch.equal(before.outputs, after.outputs)


class CutNet(nn.Module):
    """A network whose first layer is cut off; fails where it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.first, self.last, self.fails = nn.Linear(4, 4), nn.Linear(4, 3), fails

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        if self.fails:
            raise ValueError("as told")
        scores: torch.Tensor = self.last(self.first(inputs).detach())
        return scores


def cut_session(what: Change, *, fails: bool = False) -> Session:
    """Return a session of the small experiment with a network that is cut."""
    session = small().fresh(change=what)
    session.model = CutNet(fails=fails)
    return session


def test_attached_keeps_values_in_the_graph_of_its_own_session() -> None:
    """The forward of this session has no cut; another session's, and this one's without gradients, are as configured."""
    attached, plain = cut_session(change(attached=True)), cut_session(AS_CONFIGURED)
    for session in (attached, plain):
        session.forward(torch.ones(2, 4)).sum().backward()
    assert next(attached.model.parameters()).grad is not None
    assert next(plain.model.parameters()).grad is None
    with torch.no_grad():
        assert not attached.forward(torch.ones(2, 4)).requires_grad


def test_attached_is_removed_after_an_exception() -> None:
    """A forward that raises leaves detach as it was."""
    session = cut_session(change(attached=True), fails=True)
    with pytest.raises(UserCodeError):
        session.forward(torch.ones(2, 4))
    assert not torch.ones(1, requires_grad=True).detach().requires_grad


def test_attached_holds_in_a_step() -> None:
    """A cut in a step of the user's own is closed, too."""
    session = small().fresh(change=change(attached=True))
    session.step = lambda model, batch, loss: loss(2 * model(batch[0]).detach(), batch[1])
    assert session.compute(session.prepare(next(iter(session.train_loader)))).loss.requires_grad


def test_layers_get_an_activation() -> None:
    """Behind the named layers alone nothing negative is left; the next session is as configured."""
    experiment = small()
    batch = torch.randn(64, 4)
    bare = experiment.fresh().model
    activated = experiment.fresh(change=change(activated=("head",))).model
    assert torch.equal(activated(batch), bare(batch).relu())
    assert torch.equal(experiment.fresh().model(batch), bare(batch))


class Bare(nn.Module):
    """Holds weight matrices of its own beside a layer: what no layer initialises."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(40, 30)
        self.matrix = nn.Parameter(torch.full((60, 50), 0.7))
        self.kernel = nn.Parameter(torch.zeros(20, 8, 3, 3))
        self.scale = nn.Parameter(torch.full((50,), 0.3))
        self.gain = nn.Parameter(torch.ones(6, 50))
        self.column = nn.Parameter(torch.full((50, 1), 0.3))
        self.frozen = nn.Parameter(torch.full((60, 50), 0.4), requires_grad=False)
        self.later = nn.UninitializedParameter()


@pytest.mark.parametrize(
    ("he", "deviation"), [(False, (3 * 50) ** -0.5), (True, (2 / 50) ** 0.5)], ids=["default", "He"]
)
def test_bare_matrices_are_initialised_as_a_linear_layers_would_be(he: bool, deviation: float) -> None:
    """Variance 1/3 over fan-in by PyTorch's rule, 2 over fan-in by He's; constants and zeros come to life."""
    torch.manual_seed(0)
    model = Bare()
    reinitialise(model, he=he)
    matrix, kernel = model.matrix.detach(), model.kernel.detach()
    assert float(matrix.std()) == pytest.approx(deviation, rel=0.05)
    assert float(kernel.std()) == pytest.approx(deviation * (50 / 72) ** 0.5, rel=0.1)
    assert abs(float(matrix.mean())) < 0.1 * deviation
    assert he or float(matrix.abs().max()) <= 50**-0.5


@pytest.mark.parametrize("he", [False, True], ids=["default", "He"])
def test_what_is_no_weight_matrix_stays(he: bool) -> None:
    """Vectors, columns, gains that start as ones, frozen matrices and those without a shape yet are left as they are."""
    model = Bare()
    reinitialise(model, he=he)
    for name, value in (("scale", 0.3), ("gain", 1.0), ("column", 0.3), ("frozen", 0.4)):
        assert bool((model.get_parameter(name) == value).all()), name
    assert isinstance(model.later, nn.UninitializedParameter)


def test_a_module_that_resets_itself_is_reset_by_itself() -> None:
    """Where the user's module says how its matrices begin, that is the default; nothing is laid over it."""

    class Orthogonal(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.matrix = nn.Parameter(torch.zeros(8, 8))

        def reset_parameters(self) -> None:
            nn.init.eye_(self.matrix)

    for he in (False, True):
        model = Orthogonal()
        reinitialise(nn.Sequential(model), he=he)
        assert torch.equal(model.matrix.detach(), torch.eye(8))


class Sequences(nn.Module):
    """A recurrent layer, attention and an encoder; two of them take steps first, one samples."""

    def __init__(self, *, first: bool) -> None:
        super().__init__()
        self.rnn = nn.GRU(4, 6, batch_first=first)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=first)
        self.last = nn.LSTM(6, 3, batch_first=True)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        states, _ = self.rnn(rows)
        mixed, _ = self.attention(states, states, states)
        scores: torch.Tensor = self.last(mixed)[0][:, -1]
        return scores


def test_layers_take_samples_first() -> None:
    """Every layer that took steps first is turned and named; samples then no longer meet."""
    model = Sequences(first=False)
    assert put_batch_first(model) == ["rnn", "attention"]
    rows = torch.randn(5, 7, 4, generator=torch.Generator().manual_seed(0))
    other = torch.cat([rows[:1], torch.zeros(4, 7, 4)])
    assert torch.allclose(model(rows)[0], model(other)[0], atol=1e-6)
    assert not torch.allclose(Sequences(first=False)(rows)[0], Sequences(first=False)(other)[0], atol=1e-6)


@pytest.mark.parametrize("training", [True, False])
def test_an_encoder_takes_samples_first(training: bool) -> None:
    """Attention inside of torch's own encoder is turned as if it had been built so, on its fast path in eval mode, too."""

    def encoder(*, first: bool) -> nn.TransformerEncoder:
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=first)
        return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    turned, right = encoder(first=False), encoder(first=True)
    right.load_state_dict(turned.state_dict())
    assert put_batch_first(turned) == ["layers.0.self_attn", "layers.1.self_attn"]
    rows = torch.randn(5, 7, 8, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        ours, theirs = (model.train(training)(rows) for model in (turned, right))
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_nothing_to_be_turned_is_told() -> None:
    """Where every layer takes samples first, or there is none, the treatment does not fit this model."""
    for model in (Sequences(first=True), nn.Linear(2, 2)):
        with pytest.raises(RuntimeError, match="no layer takes the batch axis second"):
            put_batch_first(model)


def test_a_session_is_treated_by_samples_first() -> None:
    """A session with the change gives what the same weights give with samples first."""
    session = small().fresh()
    torch.manual_seed(0)
    session.model = Sequences(first=False)
    apply_change(session, change(batch_first=True))
    right = Sequences(first=True)
    right.load_state_dict(session.model.state_dict())
    rows = torch.randn(5, 7, 4)
    assert torch.equal(session.forward(rows), right(rows))


SCORES = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("through", "axis", "expected"),
    [
        ("sigmoid", 1, SCORES.sigmoid()),
        ("log_softmax", 1, SCORES.log_softmax(1)),
        ("log_softmax", 2, SCORES.log_softmax(2)),
        ("log", 1, SCORES.exp().log()),
    ],
)
def test_the_output_goes_through_what_its_loss_wants(through: str, axis: int, expected: torch.Tensor) -> None:
    """Scores become probabilities or log-probabilities of the right axis, probabilities their logarithm."""
    session = small().fresh()
    session.model = nn.Identity()
    apply_change(session, change(output_through=through, class_axis=axis))
    given = SCORES.exp() if through == "log" else SCORES
    assert torch.allclose(session.forward(given), expected, atol=1e-6)


def test_another_activation_stands_in_place_of_the_last() -> None:
    """A softmax over samples is taken off before log_softmax over classes is put on, and not laid over it."""
    session = small().fresh()
    session.model = nn.Sequential(nn.Identity(), nn.Softmax(dim=0))
    apply_change(session, change(bare_output=True, output_through="log_softmax", class_axis=1))
    assert torch.allclose(session.forward(SCORES), SCORES.log_softmax(1), atol=1e-6)
